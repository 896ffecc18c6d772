//! The store: a pool of connections, and the calls that are one command.

use crate::{error::{Error, Result}, live::LiveFeed, types::*};
use domain::{hold::{Hold, HoldOutcome, HoldRequest}, ids::{EventId, HoldId}, seat::{AreaIx, SeatIx}};

/// Redis as Parterre uses it. Cheap to clone; all clones share the connections.
#[derive(Clone, Debug)]
pub struct RedisStore;

impl RedisStore {
    /// Connects `pool_size` connections and waits until they stand.
    pub async fn connect(_url: &str, _pool_size: usize) -> Result<Self> { Err(Error::Unavailable) }
    /// Answers when Redis does.
    pub async fn ping(&self) -> Result<()> { Err(Error::Unavailable) }
    /// Where the event stands, to be read *before* PostgreSQL is read for a rebuild.
    pub async fn load_mark(&self, _event: EventId) -> Result<Option<LoadMark>> { Err(Error::Unavailable) }
    /// Rebuilds the event under a new epoch; all holds that are not in `load.reservations` are gone.
    pub async fn load_event(&self, _event: EventId, _load: &EventLoad) -> Result<Loaded> { Err(Error::Unavailable) }
    /// Which of `events` are loaded, and in which epoch.
    pub async fn loaded_events(&self, _events: &[EventId]) -> Result<Vec<(EventId, Epoch)>> { Err(Error::Unavailable) }
    /// Removes every key of the event.
    pub async fn unload_event(&self, _event: EventId) -> Result<()> { Err(Error::Unavailable) }
    /// Takes all of `request`, or nothing.
    pub async fn hold(&self, _request: HoldRequest) -> Result<HoldOutcome> { Err(Error::Unavailable) }
    /// Adds to and gives back from a hold, all or nothing. A hold that becomes empty is released: it comes back as
    /// `Held` without seats and is gone then.
    pub async fn change(&self, _event: EventId, _hold: HoldId, _change: HoldChange) -> Result<HoldOutcome> { Err(Error::Unavailable) }
    /// The hold, unless it expired or is gone.
    pub async fn find(&self, _event: EventId, _hold: HoldId) -> Result<Option<Hold>> { Err(Error::Unavailable) }
    /// The newest live hold of a buyer: refresh, back, second tab.
    pub async fn of_buyer(&self, _event: EventId, _buyer: &str) -> Result<Option<Hold>> { Err(Error::Unavailable) }
    /// Renews the deadline within the caps; with a payment window once, to at least that long from now.
    pub async fn extend(&self, _event: EventId, _hold: HoldId, _token_digest: &str, _to_payment_window_ms: Option<u64>) -> Result<ExtendOutcome> { Err(Error::Unavailable) }
    /// Gives a hold back.
    pub async fn release(&self, _event: EventId, _hold: HoldId, _token_digest: &str) -> Result<ReleaseOutcome> { Err(Error::Unavailable) }
    /// Held → Reserved: stays until settled or unconverted; `expires_ms` becomes now + `pay_window_ms`.
    pub async fn convert(&self, _event: EventId, _hold: HoldId, _token_digest: &str, _pay_window_ms: u64) -> Result<ConvertOutcome> { Err(Error::Unavailable) }
    /// Reserved → Held, with what was left of the hold's life, at least `ttl_ms_min`.
    pub async fn unconvert(&self, _event: EventId, _hold: HoldId, _ttl_ms_min: u64) -> Result<ConvertOutcome> { Err(Error::Unavailable) }
    /// The reservation ended: its seats are sold, or free again. Sold is marked also when the hold's record is lost.
    pub async fn settle(&self, _event: EventId, _hold: HoldId, _seats: &[SeatIx], _areas: &[(AreaIx, u32)], _sold: bool) -> Result<SettleOutcome> { Err(Error::Unavailable) }
    /// Blocks, unblocks, returns seats and places.
    pub async fn restate(&self, _event: EventId, _restate: &Restate) -> Result<SettleOutcome> { Err(Error::Unavailable) }
    /// Tidies expired holds away, `limit` at most; nothing depends on it (INV-3).
    pub async fn sweep(&self, _event: EventId, _limit: u32) -> Result<SweepResult> { Err(Error::Unavailable) }
    /// The event as it stands, in one call.
    pub async fn snapshot(&self, _event: EventId) -> Result<Option<Snapshot>> { Err(Error::Unavailable) }
    /// All deltas after `offset`, in order; `None` when some are gone, or the epoch is another.
    pub async fn deltas_since(&self, _event: EventId, _epoch: Epoch, _offset: u64) -> Result<Option<Vec<Delta>>> { Err(Error::Unavailable) }
    /// Opens a connection of its own that hears deltas as they happen.
    pub async fn subscribe(&self) -> Result<LiveFeed> { Err(Error::Unavailable) }
}
