//! Where an event stands, in one word for cards and in sentences for its page.

use super::notice::Notice;
use crate::{
    error::AppError,
    format::{counted, venue_time},
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use protocol::api::{EventSummary, SaleStatus};
use services::Services;

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
            "You can look at the seats already. Nothing can be held or paid for before that moment.".into(),
        ),
        SaleStatus::Paused => (
            "warn",
            "The organizer has paused the sale".into(),
            "Tickets that were paid for stay valid, and a payment that has begun can be finished. Look in again later.".into(),
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
        SaleStatus::Ended => (
            "plain",
            "This event is over".into(),
            "Its tickets are no longer sold. What was paid for stands on the page of its order.".into(),
        ),
    }
}

/// Whether tickets can be had, for who holds some already: those who look may see that all are gone.
pub fn sells(event: &EventSummary) -> bool {
    matches!(event.status, SaleStatus::OnSale | SaleStatus::SoldOut)
}

/// Halted by the system itself: its own words, in place of the organizer's pause.
pub async fn halted(services: &Services, event: &EventSummary) -> Result<Option<String>, AppError> {
    Ok(match event.status {
        SaleStatus::Paused => services.frozen(event.id).await?,
        _ => None,
    })
}

/// Where the event stands, with a way on for who has tickets.
#[component]
pub fn StatusNotice(
    /// Which event.
    event: EventSummary,
    /// Why the system halted its sale.
    halted: Option<String>,
    /// The page is not the event's own: its address is part of the answer.
    #[prop(optional)]
    elsewhere: bool,
    /// The time.
    now: DateTime<Utc>,
) -> impl IntoView {
    let (tone, title, meaning) = match halted {
        Some(why) => ("warn", "The sale is halted".to_owned(), why),
        None => sentences(&event, now),
    };
    let over = matches!(event.status, SaleStatus::Cancelled | SaleStatus::Ended);
    view! {
        <Notice tone title>
            <p>
                {meaning}
                {elsewhere.then(|| view! { " "<a href=format!("/events/{}", event.slug)>"To the event’s page"</a> })}
                {over.then(|| view! { " "<a href="/tickets/find">"Find your tickets"</a> })}
            </p>
        </Notice>
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
