//! The panel beside the map; on phones a drawer with three stops.

use super::{cart::Cart, desk::Desk, map, messages::Messages, wish::WishForm};
use crate::{
    format::{countdown, counted},
    seats::wire::PickerEvent,
};
use leptos::prelude::*;

const STOPS: [&str; 3] = ["peek", "half", "full"];

/// Messages, seats, total, time, the way on.
#[component]
pub fn Panel(
    /// The island.
    desk: Desk,
) -> impl IntoView {
    let choosing = desk.event.with_value(|event| event.open && event.has_seats());
    let stop = RwSignal::new(0_usize);
    // A message must not hide below the fold of the drawer.
    Effect::new(move |_| {
        if desk.trouble.with(Option::is_some) || desk.lost.with(Option::is_some) {
            stop.update(|stop| *stop = (*stop).max(1));
        }
    });
    Effect::new(move |_| {
        stop.track();
        map::cover_changed();
    });
    let place = Memo::new(move |_| STOPS[stop.get() % STOPS.len()]);
    let expanded = Memo::new(move |_| if stop.get() == 0 { "false" } else { "true" });
    view! {
        <aside class="panel" data-stop=place aria-label="Your seats">
            <button
                class="panel-handle"
                aria-expanded=expanded
                on:click=move |_| stop.update(|stop| *stop = (*stop + 1) % STOPS.len())
            >
                <span class="visually-hidden">"Your seats: more or less of them"</span>
            </button>
            <Total desk/>
            <div class="panel-body">
                <Messages desk/>
                <Cart desk/>
                {choosing.then(|| view! { <WishForm desk/> })}
            </div>
        </aside>
    }
}

/// Total, countdown, Continue: on phones all that is seen at the first stop.
#[component]
fn Total(desk: Desk) -> impl IntoView {
    let checkout = desk.event.with_value(PickerEvent::checkout_path);
    let none = Memo::new(move |_| !desk.holding.get());
    let sum = Memo::new(move |_| {
        desk.hold.with(|hold| {
            hold.as_ref().map_or_else(|| "No seat yet".to_owned(), |hold| hold.total.to_string())
        })
    });
    let meaning = Memo::new(move |_| {
        desk.hold.with(|hold| match hold {
            // The whole of it stands further down, where a phone's drawer may not reach yet.
            Some(hold) if !hold.singles.is_empty() => "This leaves one seat alone".to_owned(),
            Some(hold) => format!("{}, fees included", counted(hold.size(), "seat", "seats")),
            None => "Prices include all fees".to_owned(),
        })
    });
    let left = Memo::new(move |_| countdown(desk.left_ms.get().unwrap_or_default()));
    view! {
        <div class="panel-total" class:holding=desk.holding>
            <p class="panel-sum"><b class:muted=none>{sum}</b><small class="muted">{meaning}</small></p>
            <p class="timer" class:low=desk.low hidden=none role="timer" aria-label="Time left">{left}</p>
            <div class="panel-actions" hidden=none><a class="button wide" href=checkout>"Continue"</a></div>
        </div>
    }
}
