//! The island of the seat page: the live map, the buyer's hold, the countdown.
//!
//! What it shows of the hold is what the server answered; a tap shows as pending until then. The server renders the
//! same panel, so that a refresh shows the seats before a byte of WASM is there, and its forms work without.

mod cart;
mod desk;
mod list;
#[cfg(feature = "hydrate")]
mod live_line;
mod map;
mod messages;
mod panel;
mod stage;
mod taps;
mod timer;
mod wish;

use super::opening;
use desk::Desk;
use leptos::prelude::*;
use panel::Panel;
use stage::Stage;

/// Map and panel.
#[island]
pub fn SeatPicker() -> impl IntoView {
    opening::read().map(|opening| {
        let desk = Desk::new(opening.event, opening.hold);
        Effect::new(move |_| desk.start());
        view! {
            <div class="picker">
                <Stage desk/>
                <Panel desk/>
                <p class="visually-hidden" role="status" aria-live="polite">{move || desk.said.get()}</p>
            </div>
        }
    })
}
