//! The event as schema.org data, for search engines.

use domain::money::Money;
use protocol::api::{EventDetail, SaleStatus};
use serde_json::{Value, json};

/// JSON-LD that cannot end its script element.
pub fn json_ld(event: &EventDetail, origin: &str) -> String {
    let summary = &event.summary;
    let status = if summary.status == SaleStatus::Cancelled { "EventCancelled" } else { "EventScheduled" };
    let address = format!("{origin}/events/{}", summary.slug);
    let offers: Vec<Value> = event
        .zones
        .iter()
        .flat_map(|zone| zone.tiers.iter().map(move |tier| (zone, tier)))
        .map(|(zone, tier)| {
            json!({
                "@type": "Offer",
                "name": format!("{}, {}", zone.name, tier.name),
                "price": decimal(tier.total),
                "priceCurrency": tier.total.currency.code(),
                "availability": availability(summary.status),
                "validFrom": summary.on_sale_at,
                "url": format!("{address}/seats"),
            })
        })
        .collect();
    let data = json!({
        "@context": "https://schema.org",
        "@type": "Event",
        "name": summary.name,
        "description": event.description,
        "startDate": summary.starts_at,
        "doorTime": summary.doors_at,
        "eventStatus": format!("https://schema.org/{status}"),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "image": [format!("{origin}/posters/{}.svg", summary.slug)],
        "url": address,
        "location": {
            "@type": "Place",
            "name": summary.venue.name,
            "address": {
                "@type": "PostalAddress",
                "streetAddress": summary.venue.address,
                "addressLocality": summary.venue.city,
                "addressCountry": summary.venue.country,
            },
        },
        "offers": offers,
    });
    data.to_string().replace('<', "\\u003c")
}

fn availability(status: SaleStatus) -> &'static str {
    match status {
        SaleStatus::OnSale => "https://schema.org/InStock",
        SaleStatus::Scheduled => "https://schema.org/PreOrder",
        SaleStatus::Paused => "https://schema.org/OutOfStock",
        SaleStatus::SoldOut => "https://schema.org/SoldOut",
        SaleStatus::Cancelled | SaleStatus::Ended => "https://schema.org/Discontinued",
    }
}

/// `45.50`: what schema.org reads as a price.
fn decimal(money: Money) -> String {
    let digits = money.currency.minor_digits() as usize;
    if digits == 0 {
        return money.minor.to_string();
    }
    let unit = 10_i64.pow(money.currency.minor_digits());
    format!("{}.{:0digits$}", money.minor / unit, (money.minor % unit).abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Currency;

    #[test]
    fn prices_are_decimal_numbers() {
        let yen = Currency::parse("JPY").unwrap();
        for (money, text) in [
            (Money::new(4550, Currency::EUR), "45.50"),
            (Money::new(5, Currency::EUR), "0.05"),
            (Money::new(900, yen), "900"),
        ] {
            assert_eq!(decimal(money), text);
        }
    }
}
