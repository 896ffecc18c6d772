//! The live state of events in this process: one subscription an event, a mirror of its seats, and frames that are
//! gathered for some tens of milliseconds, encoded once and shared by all sockets. A new viewer costs Redis nothing.

mod channel;
mod frame;
mod hub;

pub use channel::{Channel, Joined};
pub use frame::{DeltaFrame, Frame};
pub use hub::LiveHub;
