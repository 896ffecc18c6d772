//! The map behind the island: mounts it, tells it what is held, hears what is tapped. On the server there is none.

#[cfg(feature = "hydrate")]
mod live;

#[cfg(feature = "hydrate")]
pub use live::*;

#[cfg(not(feature = "hydrate"))]
pub use nothing::*;

/// On the server nothing of this runs; the signatures are the browser's.
#[cfg(not(feature = "hydrate"))]
mod nothing {
    use super::super::{
        desk::{Desk, Wanted},
        taps::Batch,
    };

    /// Mounts the map.
    pub fn start(_: Desk) {}
    /// Marks the buyer's seats.
    pub fn show(_: &[u32], _: &Batch) {}
    /// Shows the filter.
    pub fn filter(_: Desk, _: &Wanted) {}
    /// Closer.
    pub fn zoom_in() {}
    /// Further away.
    pub fn zoom_out() {}
    /// All of it.
    pub fn fit() {}
    /// Something else lies over the map now.
    pub fn cover_changed() {}
    /// Brings seats into view.
    pub fn look_at(_: &[u32]) {}
    /// Seats in words.
    pub fn words_of(_: &[u32]) -> String {
        String::new()
    }
}
