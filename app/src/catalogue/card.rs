//! An event as a poster card.

use crate::{
    components::status::{StateWord, state_word},
    format::venue_time,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use protocol::api::{EventSummary, SaleStatus};

/// The card.
#[component]
pub fn EventCard(
    /// Which event.
    event: EventSummary,
    /// For the year of its date.
    now: DateTime<Utc>,
    /// Its poster is in the first screen.
    eager: bool,
) -> impl IntoView {
    let word = state_word(&event, now);
    let gone = matches!(event.status, SaleStatus::SoldOut | SaleStatus::Cancelled | SaleStatus::Ended);
    let when = venue_time(event.starts_at, &event.venue.timezone, now);
    view! {
        <li class="card" class:receded=gone>
            <a href=format!("/events/{}", event.slug) class="card-link">
                <img
                    class="card-poster"
                    src=format!("/posters/{}.svg", event.slug)
                    alt=""
                    width="300"
                    height="420"
                    loading=if eager { "eager" } else { "lazy" }
                    decoding="async"
                />
                <div class="card-text">
                    <p class="card-when"><time datetime=event.starts_at.to_rfc3339()>{when}</time></p>
                    <h3 class="card-name">{event.name}</h3>
                    <p class="card-place">{event.venue.name}", "{event.venue.city}</p>
                    <p class="card-foot">
                        {event.price_from.filter(|_| !gone).map(|price| view! {
                            <span class="card-price">"from " <b>{price.to_string()}</b></span>
                        })}
                        {word.map(|word| view! { <StateWord word/> })}
                    </p>
                </div>
            </a>
        </li>
    }
}
