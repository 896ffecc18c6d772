//! The measurements, one file a group of rows.

pub mod capacity;
pub mod code;
pub mod latency;
pub mod live;
pub mod map;
pub mod orders;
pub mod postgres;
pub mod scaling;
pub mod sizes;

use std::time::Duration;

/// How long and how often.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Interleaved rounds.
    pub rounds: u32,
    /// One part of a round.
    pub part: Duration,
    /// The open loop beyond capacity.
    pub flood: Duration,
    /// Sockets opened for their memory.
    pub idle_sockets: usize,
    /// Watchers of one event.
    pub watchers: usize,
    /// Live holds of the fullest event.
    pub live_holds: u64,
    /// Pictures drawn of the map.
    pub map_rounds: u32,
}

impl Effort {
    /// Under two minutes.
    pub const QUICK: Self = Self {
        rounds: 3,
        part: Duration::from_millis(900),
        flood: Duration::from_secs(2),
        idle_sockets: 4_000,
        watchers: 2_000,
        live_holds: 100_000,
        map_rounds: 3,
    };
    /// What the documents quote.
    pub const FULL: Self = Self {
        rounds: 5,
        part: Duration::from_millis(2_500),
        flood: Duration::from_secs(10),
        idle_sockets: 8_000,
        watchers: 4_000,
        live_holds: 1_000_000,
        map_rounds: 5,
    };
}
