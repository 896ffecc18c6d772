//! The measurements, one file a group of rows.

pub mod capacity;
pub mod code;
pub mod latency;
pub mod live;
pub mod loss;
pub mod map;
pub mod orders;
pub mod postgres;
pub mod safety;
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
    /// Orders in one part of a round of G15.
    pub orders: usize,
    /// Sockets opened for their memory, and fresh servers in which they are.
    pub idle_sockets: usize,
    pub idle_rounds: u32,
    /// Watchers of one event.
    pub watchers: usize,
    /// Live holds of the fullest event.
    pub live_holds: u64,
    /// Pictures drawn of the map.
    pub map_rounds: u32,
    /// Losses of Redis, of each kind.
    pub losses: u32,
    /// Pairs of seats of each event that are sold before Redis is lost.
    pub sold_pairs: usize,
    /// Steps of the simulation, and the longest that it may take.
    pub steps: u64,
    pub simulating: Duration,
    /// Rounds of the sale in chaos.
    pub chaos_rounds: u64,
}

impl Effort {
    /// Under two minutes.
    pub const QUICK: Self = Self {
        rounds: 3,
        part: Duration::from_millis(700),
        flood: Duration::from_secs(2),
        orders: 400,
        idle_sockets: 4_000,
        idle_rounds: 1,
        watchers: 2_000,
        live_holds: 100_000,
        map_rounds: 1,
        losses: 1,
        sold_pairs: 100,
        steps: 10_000_000,
        simulating: Duration::from_secs(3),
        chaos_rounds: 0,
    };
    /// What the documents quote.
    pub const FULL: Self = Self {
        rounds: 5,
        part: Duration::from_millis(2_500),
        flood: Duration::from_secs(10),
        orders: 800,
        idle_sockets: 8_000,
        idle_rounds: 2,
        watchers: 4_000,
        live_holds: 1_000_000,
        map_rounds: 5,
        losses: 3,
        sold_pairs: 500,
        steps: 10_000_000,
        simulating: Duration::from_secs(1_800),
        chaos_rounds: 100,
    };
}
