use crate::seats::picker::{
    desk::{Desk, Wanted},
    taps::Batch,
};
use domain::seat::SeatState;

/// Mounts the map.
pub fn start(_: Desk) {}
/// Marks the buyer's seats.
pub fn show(_: &[u32], _: &Batch) {}
/// Shows the filter.
pub fn filter(_: &Wanted) {}
/// Closer.
pub fn zoom_in() {}
/// Further away.
pub fn zoom_out() {}
/// All of it.
pub fn fit() {}
/// Brings the buyer's seats into view.
pub fn look_at_selection() {}
/// The position of a seat.
pub fn seat_ix(_: &str) -> Option<u32> {
    None
}
/// A seat in words.
pub fn seat_words(_: u32) -> Option<String> {
    None
}
/// The live state of a seat.
pub fn state_of(_: u32) -> Option<SeatState> {
    None
}
