//! A zone's mark: its colour in the shape that its seats have on the map, so that colour never tells alone.

use leptos::prelude::*;
use seatmap::zones::{LOOKS, SeatShape};

/// The mark of the zone at `ix`.
#[component]
pub fn ZoneSwatch(
    /// Position of the zone in the event.
    ix: usize,
) -> impl IntoView {
    view! {
        <svg class=format!("swatch zone-{}", ix % LOOKS + 1) viewBox="0 0 24 24" width="16" height="16" aria-hidden="true" focusable="false">
            <path d=SeatShape::of_zone(ix).svg_path()></path>
        </svg>
    }
}
