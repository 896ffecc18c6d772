//! Prices with everything in, and the way to the seats.

use crate::{
    components::swatch::ZoneSwatch,
    format::{clock_time, counted, price_range},
};
use leptos::prelude::*;
use protocol::api::{AreaView, EventDetail, EventSummary, SaleStatus, TierView, ZoneView};

/// The box beside the event.
#[component]
pub fn EventPrices(
    /// Which event.
    event: EventDetail,
) -> impl IntoView {
    let summary = event.summary.clone();
    let for_sale = !matches!(summary.status, SaleStatus::Cancelled | SaleStatus::Ended);
    let timezone = summary.venue.timezone.clone();
    let zones = event.zones.into_iter().enumerate();
    let zones =
        zones.map(|(ix, zone)| view! { <ZonePrices ix zone timezone=timezone.clone()/> }).collect_view();
    view! {
        <div class="price-box">
            <h2 class="price-range">{price_range(summary.price_from, summary.price_to)}</h2>
            <p class="muted">"All fees are in these prices."</p>
            <p class="price-way"><WayOn summary/></p>
            <ul class="zones" role="list">{zones}</ul>
            {(for_sale && !event.areas.is_empty()).then(|| view! { <Areas areas=event.areas/> })}
        </div>
    }
}

/// The way to the seats, or to other events when there is none.
#[component]
fn WayOn(summary: EventSummary) -> impl IntoView {
    let seats = format!("/events/{}/seats", summary.slug);
    let (class, href, text) = match summary.status {
        SaleStatus::OnSale => ("button wide", seats, "Choose seats"),
        SaleStatus::Cancelled | SaleStatus::Ended => ("button wide quiet", "/".into(), "See other events"),
        SaleStatus::Scheduled | SaleStatus::Paused | SaleStatus::SoldOut => {
            ("button wide quiet", seats, "Look at the seats")
        }
    };
    view! { <a class=class href=href>{text}</a> }
}

/// On a phone, price and way on stay in reach of the thumb; elsewhere the box beside the event does that.
#[component]
pub fn EventBar(
    /// Which event.
    summary: EventSummary,
) -> impl IntoView {
    let from = summary.price_from.map(|price| {
        let more = summary.price_to.is_some_and(|to| to != price);
        view! { <p class="event-bar-price">{more.then_some("from ")}<b>{price.to_string()}</b><small class="muted">"fees included"</small></p> }
    });
    view! {
        <div class="event-bar" role="region" aria-label="Price and way to the seats">
            {from}
            <WayOn summary/>
        </div>
    }
}

#[component]
fn ZonePrices(ix: usize, zone: ZoneView, timezone: String) -> impl IntoView {
    let tiers = zone
        .tiers
        .into_iter()
        .map(|tier| view! { <TierLine tier timezone=timezone.clone()/> })
        .collect_view();
    view! {
        <li class="zone">
            <p class="zone-name"><ZoneSwatch ix/>{zone.name}</p>
            <ul class="tiers" role="list">{tiers}</ul>
        </li>
    }
}

#[component]
fn TierLine(tier: TierView, timezone: String) -> impl IntoView {
    let fee = (tier.fee.minor > 0).then(|| format!("{} + {} fee", tier.price, tier.fee));
    let until = tier.valid_to.map(|at| {
        format!(
            "until {} {}",
            crate::format::local_date(at, &timezone).format("%a %-d %b"),
            clock_time(at, &timezone)
        )
    });
    view! {
        <li class="tier">
            <span>{tier.name}{until.map(|until| view! { <small class="muted">" "{until}</small> })}</span>
            <span class="tier-price"><b>{tier.total.to_string()}</b>{fee.map(|fee| view! { <small class="muted">{fee}</small> })}</span>
        </li>
    }
}

#[component]
fn Areas(areas: Vec<AreaView>) -> impl IntoView {
    view! {
        <h3>"Without a numbered seat"</h3>
        <ul class="areas" role="list">
            {areas.into_iter().map(|area| view! {
                <li>
                    <span>{area.name}</span>
                    <span class="muted">{if area.available == 0 { "none free now".to_owned() } else { counted(area.available, "place free", "places free") }}</span>
                </li>
            }).collect_view()}
        </ul>
    }
}
