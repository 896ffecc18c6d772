//! Where an event stands, in one word for cards and in sentences for its page.

use crate::format::{counted, venue_time};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use protocol::api::{EventSummary, SaleStatus};

/// Below this share of the capacity, "few left" is worth saying.
const FEW_PERCENT: u64 = 10;

/// Few seats are left.
pub fn few_left(event: &EventSummary) -> bool {
    event.status == SaleStatus::OnSale
        && event.available > 0
        && u64::from(event.available) * 100 <= u64::from(event.capacity) * FEW_PERCENT
}

/// One word and its tone; `None` when all is as one expects.
pub fn state_word(event: &EventSummary, now: DateTime<Utc>) -> Option<(&'static str, String)> {
    match event.status {
        SaleStatus::OnSale if few_left(event) => Some(("warn", "Few left".to_owned())),
        SaleStatus::OnSale => None,
        SaleStatus::Scheduled => {
            let when = event.on_sale_at.map(|at| {
                let text = venue_time(at, &event.venue.timezone, now);
                text.split(" (").next().unwrap_or_default().to_owned()
            });
            Some(("plain", when.map_or_else(|| "On sale soon".to_owned(), |when| format!("On sale {when}"))))
        }
        SaleStatus::Paused => Some(("warn", "Sale paused".to_owned())),
        SaleStatus::SoldOut => Some(("muted", "Sold out".to_owned())),
        SaleStatus::Cancelled => Some(("bad", "Cancelled".to_owned())),
        SaleStatus::Ended => Some(("muted", "Over".to_owned())),
    }
}

/// What a buyer may expect, in sentences: what is so, and what to do.
pub fn sentences(event: &EventSummary, now: DateTime<Utc>) -> (&'static str, String, String) {
    let timezone = &event.venue.timezone;
    match event.status {
        SaleStatus::OnSale if event.available == 0 => (
            "warn",
            "Every seat is held by somebody right now".into(),
            "Not all of them will be paid for. What is given back shows on the map at once, so it is worth looking.".into(),
        ),
        SaleStatus::OnSale if few_left(event) => (
            "warn",
            format!("{} left", counted(event.available, "seat", "seats")),
            "Seats that others hold may come back within minutes.".into(),
        ),
        SaleStatus::OnSale => (
            "good",
            "On sale now".into(),
            format!("{} free.", counted(event.available, "seat", "seats")),
        ),
        SaleStatus::Scheduled => (
            "plain",
            event.on_sale_at.map_or_else(
                || "Not on sale yet".to_owned(),
                |at| format!("On sale from {}", venue_time(at, timezone, now)),
            ),
            "You can look at the seats already; holding them starts at that moment.".into(),
        ),
        SaleStatus::Paused => (
            "warn",
            "The organizer has paused the sale".into(),
            "Tickets that were bought stay valid. Seats in a checkout can still be paid for.".into(),
        ),
        SaleStatus::SoldOut => (
            "plain",
            "Sold out".into(),
            "All tickets are paid for. When one is returned, it is for sale here again.".into(),
        ),
        SaleStatus::Cancelled => (
            "bad",
            "This event is cancelled".into(),
            "Nobody can buy a ticket any more. Tickets that were paid for are refunded in full, fees included.".into(),
        ),
        SaleStatus::Ended => ("plain", "This event is over".into(), "Its tickets are no longer sold.".into()),
    }
}

/// The word on a card.
#[component]
pub fn StateWord(
    /// Tone and word.
    word: (&'static str, String),
) -> impl IntoView {
    view! { <span class=format!("state {}", word.0)>{word.1}</span> }
}
