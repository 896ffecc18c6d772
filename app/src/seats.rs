//! The seat page: the live map, the same seats as a list, and the buyer's hold.
//!
//! The list and its forms are the server's and work without JavaScript; the island ([`picker`]) puts the map on
//! top and keeps the list in step. The selection is the server's hold: nothing is chosen that is not held.

pub mod ask;
pub mod opening;
pub mod picker;
pub mod wire;

#[cfg(feature = "ssr")]
pub mod choose_for_me;
#[cfg(feature = "ssr")]
pub mod extend_hold;
#[cfg(feature = "ssr")]
pub mod hold_seats;
#[cfg(feature = "ssr")]
mod outline;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod release_hold;
#[cfg(feature = "ssr")]
mod wire_of;
