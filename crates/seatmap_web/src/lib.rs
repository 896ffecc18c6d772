//! The seat map in the browser: painting, input, and the live line.
//!
//! [`SeatMapHandle::mount`](view::SeatMapHandle::mount) puts a canvas into an element: sections, areas and the stage,
//! the seats over them (WebGL2; without it they are drawn flat), then writing and the focus ring. It is a little
//! larger than the element, and a drag first only moves it. What is drawn comes from [`seatmap`]; nothing here decides what a tap means.
//!
//! Events only change the state and ask for a frame; the frame draws, once a display refresh, and only while
//! something has changed or moves. To paint something new: give it to the display list in `seatmap`, then to
//! `paint`.

pub mod config;
mod dom;
mod gesture;
mod input;
mod keys;
pub mod live;
mod minimap;
mod paint;
mod painters;
mod shared;
mod sheet;
mod state;
mod theme;
pub mod view;
