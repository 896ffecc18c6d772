//! What goes in and out of the store beside the words of `domain::hold`.

pub use domain::hold::{ConvertOutcome, ExtendOutcome, HoldChange, ReleaseOutcome, Restate, SettleOutcome};
use domain::{
    hold::{Hold, HoldRules, RedisMs},
    ids::{EventId, HoldId},
    seat::{AreaIx, PackedStates, SeatIx, SeatState},
};

/// Counts the lives of an event in Redis: rises with every rebuild, never falls (INV-8).
pub type Epoch = u64;

/// Everything Redis needs to sell an event, as PostgreSQL knows it.
#[derive(Clone, Debug)]
pub struct EventLoad {
    /// Sold, blocked, and held for every seat of a pending reservation; all others available.
    pub states: PackedStates,
    /// One bit a seat, most significant first: seat `ix` and seat `ix + 1` are neighbours under the no-single-seat
    /// rule (`domain::rules::rule_links`, which leaves exempt places out).
    pub linked: Vec<u8>,
    /// Places left in each area, sold and reserved ones already taken off.
    pub areas: Vec<(AreaIx, u32)>,
    /// The event's rules.
    pub rules: HoldRules,
    /// Pending reservations of PostgreSQL, as the reserved holds they come from. `now_ms` is ignored.
    pub reservations: Vec<Hold>,
    /// The greatest epoch PostgreSQL has seen: the new one is above it even if Redis lost everything.
    pub epoch_floor: Epoch,
    /// What `load_mark` said before PostgreSQL was read; `None` when the event was not loaded.
    pub expected: Option<LoadMark>,
}

/// A point in an event's life, to notice that PostgreSQL moved on while it was being read for a rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadMark {
    /// The epoch.
    pub epoch: Epoch,
    /// Conversions, settlements and restatements so far in this epoch.
    pub durable: u64,
}

/// What came of a rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The epoch that now stands.
    pub epoch: Epoch,
    /// False: the event had moved on since `expected`, nothing was changed. With another process's rebuild the event
    /// is simply loaded; to force another one, read the mark and PostgreSQL again.
    pub fresh: bool,
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SweepResult {
    /// Holds that had expired and are tidied away.
    pub freed: u32,
    /// More wait: call again.
    pub more: bool,
    /// The earliest moment at which something can be due next, on Redis' clock.
    pub next_due_ms: RedisMs,
    /// Redis' clock.
    pub now_ms: RedisMs,
}

/// An event as it stands: what a viewer starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The epoch.
    pub epoch: Epoch,
    /// The number of the last delta that is in it.
    pub offset: u64,
    /// All seats.
    pub states: PackedStates,
    /// Places left in each area.
    pub areas: Vec<(AreaIx, u32)>,
    /// Redis' clock.
    pub now_ms: RedisMs,
}

/// What happened to a hold or to seats: the kinds of the event's log (INV-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeltaKind {
    /// A hold was made.
    Hold,
    /// Seats were added to or given back from a hold.
    Change,
    /// A deadline moved.
    Extend,
    /// A hold was given back.
    Release,
    /// A hold expired.
    Expire,
    /// Checkout began.
    Convert,
    /// Tickets were issued.
    Sold,
    /// A reservation ended without tickets.
    Freed,
    /// A new epoch began.
    Rebuild,
    /// Seats were blocked, unblocked or returned.
    Restate,
}

/// One line of the event's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// What happened.
    pub kind: DeltaKind,
    /// The hold; nil where none is concerned.
    pub hold: HoldId,
    /// Whose hold; empty where none is concerned.
    pub buyer: String,
    /// The seats concerned.
    pub seats: Vec<SeatIx>,
    /// The state they have now; `None` when the public state did not change.
    pub state: Option<SeatState>,
    /// Area places concerned.
    pub areas: Vec<(AreaIx, u32)>,
}

/// One step of an event's history: all of it happened at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The epoch.
    pub epoch: Epoch,
    /// Its number in the epoch, without gaps; the rebuild itself is 0.
    pub offset: u64,
    /// Redis' clock.
    pub now_ms: RedisMs,
    /// New states, absolute; a seat may stand here twice, the last counts.
    pub seats: Vec<(SeatIx, SeatState)>,
    /// Places left, absolute, of the areas that changed.
    pub areas: Vec<(AreaIx, u32)>,
    /// Who did what.
    pub log: Vec<LogEntry>,
}

/// What a live subscription hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveMessage {
    /// The next step of an event.
    Delta(EventId, Delta),
    /// The event was rebuilt: take a snapshot.
    EpochChanged(EventId, Epoch),
    /// Messages may have been lost, of every event: take snapshots.
    Resync,
}
