//! Deltas as they happen.

use crate::{error::{Error, Result}, types::LiveMessage};
use domain::ids::EventId;

/// A connection that hears deltas.
#[derive(Debug)]
pub struct LiveFeed;

/// Says which events a [`LiveFeed`] hears; cheap to clone.
#[derive(Clone, Debug)]
pub struct LiveControl;

impl LiveFeed {
    /// The handle that chooses events.
    pub fn control(&self) -> LiveControl { LiveControl }
    /// The next message; `None` when the connection was closed for good.
    pub async fn next(&mut self) -> Option<LiveMessage> { None }
}

impl LiveControl {
    /// From now on (when this returns), messages of `event` come.
    pub async fn subscribe_event(&self, _event: EventId) -> Result<()> { Err(Error::Unavailable) }
    /// No more messages of `event`.
    pub async fn unsubscribe_event(&self, _event: EventId) -> Result<()> { Err(Error::Unavailable) }
}
