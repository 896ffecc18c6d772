//! Seating plans: an immutable drawing and a logical tree, with one canonical order of seats.
//!
//! A plan is data. [`import`] reads it (own format or the one that pretix uses), tells every problem at once,
//! and freezes it as a [`Plan`]; [`generate`] writes the demo plans in the own format, so that they pass the
//! same gate. `docs/plan-format.md` is the reference. To add something that a plan can say: [`source`], then
//! `import/own.rs` and `import/freeze.rs`, then `model.rs`, then `protocol::geometry`.
//!
//! One plan unit is one metre. Positions are whole centimetres, so that a plan survives its compact asset exactly.

pub mod derive;
pub mod generate;
pub mod import;
mod model;
mod neighbours;
pub mod outline;
pub mod path;
pub mod source;

pub use model::{
    Area, AreaKind, AreaShape, Attributes, Category, Counting, Label, Level, Plan, Point, Rect, Row, Seat,
    SeatLookup, Section, Shape, ShapeKind,
};
pub use neighbours::NeighbourBits;
pub use path::{Gap, RowPath};
