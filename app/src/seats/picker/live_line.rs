//! The live line of the island.

use super::{
    desk::{Desk, Phase},
    map,
};
use leptos::prelude::*;
use seatmap_web::view::SeatMapHandle;

/// Opens the line.
pub fn open(desk: Desk, map: SeatMapHandle) {
    desk.phase.set(Phase::Ready);
    map::changed(desk, &map);
}
