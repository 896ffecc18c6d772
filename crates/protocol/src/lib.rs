//! What travels between server, browser and outside programs: the live frames, the geometry asset, the JSON of the
//! public HTTP contract. Pure; compiled for host and browser.

pub mod api;
pub mod coalesce;
pub mod geometry;
pub mod live;
pub mod merge;
