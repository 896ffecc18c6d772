//! A ticket as a pass for a phone's wallet (`.pkpass`): a ZIP of JSON, pictures, a manifest and its signature.

mod asn1;
mod certificate;
mod signature;
mod zip;

pub use certificate::PassSigner;

use crate::{Booking, Brand, RenderError, TicketFacts, dates, png};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};

/// A pass is of no use so long after the end of its event.
const AFTER_THE_END_H: i64 = 12;
/// Pictures that a pass must have: name and edge in pixels.
const ICONS: [(&str, u32); 3] = [("icon.png", 29), ("icon@2x.png", 58), ("icon@3x.png", 87)];

/// The pass of one ticket. `at` is the signature's time.
///
/// # Errors
/// When the signature cannot be made: the key does not fit.
pub fn wallet_pass(
    booking: &Booking,
    ticket: &TicketFacts,
    brand: &Brand,
    signer: &PassSigner,
    at: DateTime<Utc>,
) -> Result<Vec<u8>, RenderError> {
    let description = pass_json(booking, ticket, brand, signer).to_string();
    let mut files = vec![("pass.json".to_owned(), description.into_bytes())];
    for (name, edge_px) in ICONS {
        files.push((name.to_owned(), icon(edge_px, brand.rgb())));
    }
    let sums = files.iter().map(|(name, bytes)| (name.clone(), Value::from(hex(&Sha1::digest(bytes)))));
    let manifest = Value::Object(sums.collect::<Map<_, _>>()).to_string().into_bytes();
    let signature = signer.sign_detached(&manifest, at)?;
    files.push(("manifest.json".into(), manifest));
    files.push(("signature".into(), signature));
    Ok(zip::stored(&files))
}

fn pass_json(booking: &Booking, ticket: &TicketFacts, brand: &Brand, signer: &PassSigner) -> Value {
    let event = &booking.event;
    let (around, seat) = ticket.place();
    let (r, g, b) = brand.rgb();
    let ink = if brand.accent_ink() == "#ffffff" { "rgb(255, 255, 255)" } else { "rgb(27, 24, 32)" };
    let field = |key: &str, label: &str, value: &str| json!({ "key": key, "label": label, "value": value });
    let mut secondary = vec![field("seat", "Seat", &seat)];
    if !around.is_empty() {
        secondary.insert(0, field("around", "Where", around));
    }
    let mut auxiliary = vec![
        field("when", "When", &dates::short(event.starts_at, &event.timezone)),
        field("doors", "Doors", &dates::clock(event.doors_at, &event.timezone)),
    ];
    auxiliary.extend(ticket.gate.as_deref().map(|gate| field("gate", "Gate", gate)));
    let code = json!({
        "format": "PKBarcodeFormatQR", "message": ticket.code, "messageEncoding": "iso-8859-1", "altText": booking.number,
    });
    let mut pass = json!({
        "formatVersion": 1,
        "passTypeIdentifier": signer.pass_type(),
        "teamIdentifier": signer.team(),
        "serialNumber": ticket.id.to_string(),
        "organizationName": brand.name,
        "description": format!("Ticket for {}", event.name),
        "logoText": brand.name,
        "relevantDate": event.doors_at.to_rfc3339(),
        "expirationDate": (event.ends_at + TimeDelta::hours(AFTER_THE_END_H)).to_rfc3339(),
        "voided": event.cancelled,
        "backgroundColor": format!("rgb({r}, {g}, {b})"),
        "foregroundColor": ink,
        "labelColor": ink,
        "barcodes": [code],
        "eventTicket": {
            "primaryFields": [field("event", "", &event.name)],
            "secondaryFields": secondary,
            "auxiliaryFields": auxiliary,
            "backFields": [
                field("venue", "Venue", &format!("{}, {}", event.venue, event.address)),
                field("holder", "Name", &booking.holder),
                field("tier", "Price", &format!("{}, {}", ticket.tier, ticket.price)),
                field("order", "Order", &booking.number),
                field("page", "Your order", &booking.order_url),
            ],
        },
    });
    if let Some((latitude, longitude)) = event.position {
        pass["locations"] = json!([{ "latitude": latitude, "longitude": longitude }]);
    }
    pass
}

/// A stage under its arcs, on the accent.
fn icon(edge_px: u32, accent: (u8, u8, u8)) -> Vec<u8> {
    let unit = 32.0 / f64::from(edge_px);
    png::square(edge_px, ((255, 255, 255), accent), |x, y| {
        let (x, y) = (f64::from(x) * unit - 16.0, f64::from(y) * unit - 25.0);
        let from_stage = x.hypot(y);
        let above = y < 0.0 && x.abs() < -y * 1.2;
        !(from_stage < 3.6
            || (above && ((9.0..11.5).contains(&from_stage) || (15.5..18.0).contains(&from_stage))))
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::tests::booking;
    use chrono::TimeZone as _;

    #[test]
    fn a_pass_tells_its_ticket_and_signs_what_it_tells() {
        let at = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
        let signer = PassSigner::from_pem(&PassSigner::draw_for_trial(at).unwrap()).unwrap();
        let (booking, brand) = (booking(), Brand::new("The Small House", "#c8452f"));
        let pass = wallet_pass(&booking, &booking.tickets[0], &brand, &signer, at).unwrap();
        assert!(pass.starts_with(b"PK\x03\x04"));
        let text = String::from_utf8_lossy(&pass);
        for part in
            ["pass.json", "icon@2x.png", "manifest.json", "signature", &booking.tickets[0].code, "Seat 12"]
        {
            assert!(text.contains(part), "{part}");
        }
        let json = pass_json(&booking, &booking.tickets[0], &brand, &signer);
        assert_eq!(json["passTypeIdentifier"], "pass.parterre.trial");
        let gate = |json: &Value| json["eventTicket"]["auxiliaryFields"][2]["value"].clone();
        assert_eq!(gate(&json), "B");
        let nameless = TicketFacts { gate: None, ..booking.tickets[0].clone() };
        assert!(gate(&pass_json(&booking, &nameless, &brand, &signer)).is_null());
        assert_eq!(
            (&json["voided"], &json["foregroundColor"]),
            (&false.into(), &"rgb(255, 255, 255)".into())
        );
    }
}
