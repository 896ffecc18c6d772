//! The island of the seat page: the live map, the buyer's hold, the countdown.
//!
//! What it shows of the hold is what the server answered; a tap shows as pending until then. The server renders the
//! same panel, so that a refresh shows the seats before a byte of WASM is there, and its forms work without.

#![expect(missing_docs, reason = "the island macro writes a public struct for the props without a word")]

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

use super::props::PickerEvent;
use desk::Desk;
use leptos::prelude::*;
use panel::Panel;
use protocol::api::HoldView;
use stage::Stage;

/// Map and panel.
#[island]
pub fn SeatPicker(
    /// The event.
    event: PickerEvent,
    /// What the buyer holds.
    initial: Option<HoldView>,
) -> impl IntoView {
    let desk = Desk::new(event, initial);
    Effect::new(move |_| desk.start());
    view! {
        <div class="picker">
            <Stage desk/>
            <Panel desk/>
            <p class="visually-hidden" role="status" aria-live="polite">{move || desk.said.get()}</p>
        </div>
    }
}
