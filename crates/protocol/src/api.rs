//! The JSON of the public HTTP contract, version 1. Times are RFC 3339 UTC, money is `{"amount", "currency"}` in minor
//! units, ids are opaque strings. Requests refuse unknown fields.

mod catalogue;
mod orders;
mod problem;
mod reservations;
mod strict;

pub use catalogue::*;
pub use orders::*;
pub use problem::*;
pub use reservations::*;
