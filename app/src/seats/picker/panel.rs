//! The panel beside the map; on phones a drawer with three stops.

use super::{
    cart::Cart,
    desk::Desk,
    map,
    messages::{LostNotice, LowTimeNotice, SinglesNotice, TroubleNotice},
    timer::WARN_SECONDS,
    wish::WishForm,
};
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
    let open = desk.event.with_value(|event| event.open);
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
    view! {
        <aside class="panel" data-stop=move || STOPS[stop.get() % STOPS.len()] aria-label="Your seats">
            <button
                class="panel-handle"
                aria-expanded=move || if stop.get() == 0 { "false" } else { "true" }
                on:click=move |_| stop.update(|stop| *stop = (*stop + 1) % STOPS.len())
            >
                <span class="visually-hidden">"Your seats: more or less of them"</span>
            </button>
            <Total desk/>
            <div class="panel-body">
                <LowTimeNotice desk/>
                <LostNotice desk/>
                <TroubleNotice desk/>
                <SinglesNotice desk/>
                <Cart desk/>
                {open.then(|| view! { <WishForm desk/> })}
            </div>
        </aside>
    }
}

/// Total, countdown, Continue: on phones all that is seen at the first stop.
#[component]
fn Total(desk: Desk) -> impl IntoView {
    let checkout = desk.event.with_value(PickerEvent::checkout_path);
    let low = Memo::new(move |_| desk.left_ms.get().is_some_and(|left| left <= WARN_SECONDS * 1_000));
    let held = Memo::new(move |_| desk.hold.with(Option::is_some));
    view! {
        <div class="panel-total" class:holding=move || held.get()>
            <p class="panel-sum">
                {move || desk.hold.with(|hold| match hold {
                    Some(hold) => view! {
                        <b>{hold.total.to_string()}</b>
                        <small class="muted">{format!("{}, fees included", counted(hold.size(), "seat", "seats"))}</small>
                    }.into_any(),
                    None => view! { <b class="muted">"No seat yet"</b><small class="muted">"Prices include all fees"</small> }.into_any(),
                })}
            </p>
            {move || held.get().then(|| view! {
                <p class="timer" class:low=move || low.get() role="timer" aria-label="Time left">
                    {move || countdown(desk.left_ms.get().unwrap_or_default())}
                </p>
            })}
            <div class="panel-actions">
                {
                    let checkout = checkout.clone();
                    move || held.get().then(|| view! { <a class="button wide" href=checkout.clone()>"Continue"</a> })
                }
            </div>
        </div>
    }
}
