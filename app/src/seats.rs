//! The seat page: the live map, the same seats as a list, and the buyer's hold.
//!
//! The list and its forms are the server's and work without JavaScript; the island ([`picker`]) puts the map on
//! top and keeps the list in step. The selection is the server's hold: nothing is chosen that is not held.

pub mod change_hold;
pub mod choose_for_me;
pub mod current_hold;
pub mod extend_hold;
pub mod picker;
pub mod props;
pub mod release_hold;

#[cfg(feature = "ssr")]
pub mod hold_seats;
#[cfg(feature = "ssr")]
mod outline;
#[cfg(feature = "ssr")]
pub mod page;
