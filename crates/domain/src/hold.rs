//! A hold: an expiring claim on seats and area places, all or nothing (INV-2), proved by a token.

mod outcomes;

pub mod model;

pub use outcomes::{ConvertOutcome, ExtendOutcome, HoldChange, ReleaseOutcome, Restate, SettleOutcome};

use crate::{
    ids::{EventId, HoldId},
    seat::{AreaIx, SeatIx, SeatState},
};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970 on Redis' clock, the only clock that decides expiry (INV-3).
pub type RedisMs = u64;

/// The rules of an event that a hold is checked against; loaded into Redis when the event is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldRules {
    /// Seats and places in one hold.
    pub seats_per_hold_max: u32,
    /// Seats and places one buyer may hold at once, over all holds.
    pub seats_per_buyer_max: u32,
    /// Life of a new hold.
    pub hold_ttl_ms: u64,
    /// How often a hold may be extended.
    pub extensions_max: u32,
    /// Life of a hold from its first acquisition, all extensions together.
    pub lifetime_max_ms: u64,
    /// Refuse holds that leave one free seat between taken ones.
    pub no_single_seat: bool,
}

impl Default for HoldRules {
    fn default() -> Self {
        Self {
            seats_per_hold_max: 10,
            seats_per_buyer_max: 10,
            hold_ttl_ms: 600_000,
            extensions_max: 3,
            lifetime_max_ms: 2_400_000,
            no_single_seat: true,
        }
    }
}

/// Fencing number: a later claim on the same seat has a greater one, across losses of Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fence {
    /// Rises with every rebuild.
    pub epoch: u64,
    /// Rises with every hold of the epoch.
    pub seq: u64,
}

/// Where a hold stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// Expires at its deadline.
    Held,
    /// Checkout runs: a reservation in PostgreSQL stands behind it, the sweeper leaves it alone.
    Reserved,
}

/// What a buyer asks for. Seats are sorted and distinct, areas too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRequest {
    /// The event.
    pub event: EventId,
    /// Who asks: an opaque key of at most 64 bytes; caps count by it.
    pub buyer: String,
    /// The caller's name for this request: the same again gives the same hold (INV-5).
    pub client_id: String,
    /// Digest of the request, to tell a repetition from a reuse of `client_id`.
    pub request_digest: String,
    /// Name for the new hold, drawn by the caller.
    pub hold_id: HoldId,
    /// Hex SHA-256 of the token that will prove it.
    pub token_digest: String,
    /// Seats to take.
    pub seats: Vec<SeatIx>,
    /// Area places to take.
    pub areas: Vec<(AreaIx, u32)>,
    /// A shorter or longer life than the event's, already bounded.
    pub ttl_ms: Option<u64>,
    /// Skip the no-single-seat rule: set when no legal choice exists, near sell-out for one.
    pub lenient: bool,
    /// Opaque to Redis: tier choices, given back with the hold.
    pub payload: String,
}

/// A hold as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its name.
    pub id: HoldId,
    /// The event.
    pub event: EventId,
    /// Whose it is.
    pub buyer: String,
    /// Hex SHA-256 of its token.
    pub token_digest: String,
    /// Seats, sorted.
    pub seats: Vec<SeatIx>,
    /// Area places.
    pub areas: Vec<(AreaIx, u32)>,
    /// First acquisition.
    pub created_ms: RedisMs,
    /// Deadline.
    pub expires_ms: RedisMs,
    /// Redis' clock when this was read.
    pub now_ms: RedisMs,
    /// Extensions used.
    pub extensions: u32,
    /// Fencing number.
    pub fence: Fence,
    /// Held or reserved.
    pub state: HoldState,
    /// What the caller put in.
    pub payload: String,
}

/// Why a seat could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatConflict {
    /// Which.
    pub seat: SeatIx,
    /// Its state: held, sold or blocked.
    pub state: SeatState,
}

/// Why an area could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AreaConflict {
    /// Which.
    pub area: AreaIx,
    /// Places left.
    pub available: u32,
}

/// What came of a hold, or of a change to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldOutcome {
    /// All taken.
    Held(Hold),
    /// The same request was answered before; this is the hold it made, as it stands now.
    Repeated(Hold),
    /// The same `client_id` came with another request.
    Mismatch,
    /// Nothing was taken: these are not free.
    Unavailable {
        /// Seats that failed.
        seats: Vec<SeatConflict>,
        /// Areas that failed.
        areas: Vec<AreaConflict>,
    },
    /// Nothing was taken: these seats would be left single.
    SingleSeats(Vec<SeatIx>),
    /// Nothing was taken: over the cap.
    LimitExceeded {
        /// The cap that was hit.
        max: u32,
    },
    /// The hold to change is gone; of a repeated request, the hold it made is gone.
    Expired,
    /// The hold to change is reserved: checkout must be left first (INV-6).
    InCheckout,
    /// Redis does not know the event: never published, or lost. Rebuild, then try again.
    NotLoaded,
}
