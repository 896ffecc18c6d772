//! What went wrong and what can be done, above the buyer's seats.

use super::{desk::Desk, map, timer::WARN_SECONDS};
use crate::format::countdown;
use leptos::prelude::*;

/// A refused tap, with the nearest seats like the lost ones.
#[component]
pub fn TroubleNotice(
    /// The island.
    desk: Desk,
) -> impl IntoView {
    move || {
        desk.trouble.get().map(|trouble| {
            let take = trouble.take.clone();
            view! {
                <div class="notice bad" role="alert">
                    <p class="notice-title">{trouble.title}</p>
                    <p>{trouble.meaning}</p>
                    {(!take.is_empty()).then(|| view! {
                        <p>"The nearest like it: "<b>{trouble.take_words}</b></p>
                        <button class="button small" on:click=move |_| desk.take_offer(take.clone())>"Take these"</button>
                    })}
                    <button class="dismiss" aria-label="Close this message" on:click=move |_| desk.trouble.set(None)>"×"</button>
                </div>
            }
        })
    }
}

/// Seats that this choice would leave alone: said while choosing, refused at checkout.
#[component]
pub fn SinglesNotice(
    /// The island.
    desk: Desk,
) -> impl IntoView {
    let singles = Memo::new(move |_| {
        desk.hold.with(|hold| hold.as_ref().map(|hold| hold.singles.clone()).unwrap_or_default())
    });
    move || {
        let seats = singles.get();
        // The names come from the drawing, which arrives after the hold.
        desk.phase.track();
        let words = seats.iter().filter_map(|ix| map::seat_words(*ix)).collect::<Vec<_>>().join("; ");
        let named = if words.is_empty() { words } else { words + ". " };
        (!seats.is_empty()).then(|| {
            view! {
                <div class="notice warn" role="status">
                    <p class="notice-title">"This leaves one seat alone"</p>
                    <p>{named}"The house does not sell single leftover seats while others are free: take it too, or move by one."</p>
                    <button class="button small" disabled=move || desk.busy.get() on:click=move |_| desk.take_offer(seats.clone())>"Take it too"</button>
                </div>
            }
        })
    }
}

/// The time ran out; the selection is one press away.
#[component]
pub fn LostNotice(
    /// The island.
    desk: Desk,
) -> impl IntoView {
    move || {
        desk.lost.get().map(|lost| {
            view! {
                <div class="notice warn" role="alert">
                    <p class="notice-title">"Your time for these seats is over"</p>
                    <p>"They are free again and no money was taken: "{lost.labels.join("; ")}"."</p>
                    <button class="button small" disabled=move || desk.busy.get() on:click=move |_| desk.take_again()>"Take the same seats again"</button>
                    <button class="dismiss" aria-label="Close this message" on:click=move |_| desk.lost.set(None)>"×"</button>
                </div>
            }
        })
    }
}

/// The last seconds, with more time one press away.
#[component]
pub fn LowTimeNotice(
    /// The island.
    desk: Desk,
) -> impl IntoView {
    let low =
        Memo::new(move |_| desk.left_ms.get().is_some_and(|left| left > 0 && left <= WARN_SECONDS * 1_000));
    let renewable =
        Memo::new(move |_| desk.hold.with(|hold| hold.as_ref().is_some_and(|hold| hold.extensions_left > 0)));
    move || {
        low.get().then(|| {
            view! {
                <div class="notice warn" role="alert">
                    <p class="notice-title">"Do you need longer?"</p>
                    <p>"Your seats go back in "{move || countdown(desk.left_ms.get().unwrap_or_default())}"."</p>
                    {move || if renewable.get() {
                        view! { <button class="button small" disabled=move || desk.busy.get() on:click=move |_| desk.renew()>"Renew my time"</button> }.into_any()
                    } else {
                        view! { <p>"It cannot be renewed again. Continue to checkout now."</p> }.into_any()
                    }}
                </div>
            }
        })
    }
}
