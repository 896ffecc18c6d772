//! Redis: holds and the live stream. All keys and Lua of Parterre are here; `docs/holds.md` tells what they look like.
//!
//! To add a call: write `lua/<verb>.lua` with its header over the prelude `lua/lib.lua`, name it in `scripts.rs`, give
//! it a method in `holds.rs` or `events.rs` that packs the arguments and reads the reply, teach the model in
//! `domain::hold::model` the same, and add it to the command enum of `tests/model.rs`.

mod batch;
mod connecting;
mod delta;
mod error;
mod events;
mod holds;
mod live;
mod nodes;
pub mod raw;
mod record;
mod scripts;
mod store;
mod streams;
mod types;
mod wire;

pub use error::{Error, Result};
pub use live::{LiveControl, LiveFeed};
pub use store::RedisStore;
pub use streams::{FactCall, Heard, Lag, Reading, StreamName, StreamReader};
pub use types::*;
