//! The seat map's model: everything about the map that is not pixels and not the browser.
//!
//! [`Scene`](scene::Scene) holds the plan, the live states and what the buyer marked; [`Camera`](camera::Camera)
//! says what part of it is seen; [`DisplayList`](display::DisplayList) is what a painter draws in one frame.
//! Positions on the drawing are *plan* points in metres; positions on the canvas are *screen* points in CSS
//! pixels; a name never leaves open which (`screen_from_plan`).
//!
//! To add something that shows on a seat: a bit in [`marks`], set by the scene, drawn by each painter.
//! To add something between the seats: an item of the display list. No DOM, no clock, no randomness in here:
//! time comes in as milliseconds, so that every frame can be tested natively.

pub mod camera;
pub mod display;
pub mod filters;
pub mod flight;
pub mod focus;
pub mod grid;
pub mod hit;
pub mod lod;
pub mod marks;
pub mod minimap;
pub mod points;
pub mod scene;
pub mod space;
pub mod strips;
pub mod tally;
pub mod words;
pub mod zones;

#[cfg(test)]
mod testing;
