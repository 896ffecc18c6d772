//! Live messages: what a viewer's socket carries. `docs/protocol.md` draws the frames.
//!
//! Every message of an event carries its `epoch` (rises when the live state was rebuilt) and an `offset`
//! (rises by one with every change of the epoch). States and counts are absolute, never differences, so that
//! the same message twice, or an overlapping one, does no harm (INV-7); [`crate::merge`] has the rules.
//!
//! To add a message: a variant at the end of the enum (the position is its tag on the wire), its text twin in
//! `live/text.rs`, a line in the golden test and in `docs/protocol.md`.

pub mod text;
pub mod wire;

use domain::{
    ids::EventId,
    seat::{AreaIx, PackedStates, SeatIx, SeatState},
};
use serde::{Deserialize, Serialize};

/// First byte of every binary frame. Another number is another protocol.
pub const VERSION: u8 = 1;
/// A client's frame is never larger: a subscription to every section of the largest plan.
pub const CLIENT_FRAME_BYTES_MAX: usize = 4_096;
/// Topics that one socket may subscribe to.
pub const TOPICS_MAX: usize = 8;

/// A place in an event's history; later is greater. In JSON `[epoch, offset]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct Position {
    /// Rises with every rebuild.
    pub epoch: u64,
    /// Rises by one with every change of the epoch; 0 before the first.
    pub offset: u64,
}

impl From<(u64, u64)> for Position {
    fn from((epoch, offset): (u64, u64)) -> Self {
        Self { epoch, offset }
    }
}

impl From<Position> for (u64, u64) {
    fn from(position: Position) -> Self {
        (position.epoch, position.offset)
    }
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerMessage {
    /// The whole state of an event.
    Snapshot(Snapshot),
    /// What changed over a range of offsets.
    Delta(Delta),
    /// The stream of this event has broken off for this socket (too slow, or history lost). Nothing more of it
    /// comes until the client subscribes again with `since: None`.
    Resync {
        /// The event.
        event: EventId,
    },
    /// Free seats of every section, for viewers that do not follow all sections.
    Counters(Counters),
    /// Answer to a ping.
    Pong {
        /// As the client sent it.
        client_ms: u64,
        /// The server's clock, milliseconds since 1970.
        server_ms: u64,
    },
    /// The line is alive.
    Heartbeat {
        /// The server's clock, milliseconds since 1970.
        server_ms: u64,
    },
    /// The subscription was not taken.
    Refused {
        /// The event.
        event: EventId,
        /// Why.
        reason: Refusal,
    },
}

/// The whole state of an event at one offset. Always of all sections, whatever the subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The event.
    pub event: EventId,
    /// Its epoch.
    pub epoch: u64,
    /// The last change that is in it.
    pub offset: u64,
    /// State of every seat.
    pub states: PackedStates,
    /// Places left in every area.
    pub areas: Vec<(AreaIx, u32)>,
}

/// All changes of the offsets `from..=to`: each seat and area with its value as of `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The event.
    pub event: EventId,
    /// Its epoch.
    pub epoch: u64,
    /// First offset covered, at least 1.
    pub from: u64,
    /// Last offset covered.
    pub to: u64,
    /// Seats that changed, sorted by seat, each once.
    pub changes: Vec<(SeatIx, SeatState)>,
    /// Areas that changed, sorted, each once, with the places left.
    pub areas: Vec<(AreaIx, u32)>,
}

impl Delta {
    /// A delta in canonical form: of a seat or area named twice, the later mention counts.
    pub fn new(
        event: EventId,
        epoch: u64,
        (from, to): (u64, u64),
        mut changes: Vec<(SeatIx, SeatState)>,
        mut areas: Vec<(AreaIx, u32)>,
    ) -> Self {
        keep_last(&mut changes);
        keep_last(&mut areas);
        Self { event, epoch, from, to, changes, areas }
    }

    /// The same range of offsets, with only the seats that `wanted` picks: what a viewer of some sections gets.
    pub fn filtered(&self, wanted: impl Fn(SeatIx) -> bool) -> Self {
        let changes = self.changes.iter().copied().filter(|&(seat, _)| wanted(seat)).collect();
        Self { changes, areas: self.areas.clone(), ..*self }
    }
}

/// Sorts by key and keeps the last value of each.
fn keep_last<K: Ord + Copy, V: Copy>(pairs: &mut Vec<(K, V)>) {
    if pairs.is_sorted_by(|a, b| a.0 < b.0) {
        return;
    }
    pairs.reverse();
    pairs.sort_by_key(|&(key, _)| key);
    pairs.dedup_by_key(|&mut (key, _)| key);
}

/// Free seats of all sections, by position of the section in the plan. Always complete; the newest counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// The event.
    pub event: EventId,
    /// Its epoch.
    pub epoch: u64,
    /// The last change that is counted.
    pub offset: u64,
    /// Free seats of each section.
    pub available: Vec<u32>,
}

/// Why a subscription was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No such event, or it is not public.
    UnknownEvent,
    /// More than [`TOPICS_MAX`] on one socket.
    TooManyTopics,
    /// The live state cannot be read now; try again later.
    Unavailable,
}

/// What a viewer says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientMessage {
    /// Follow an event; again for the same event replaces the earlier subscription.
    Subscribe {
        /// The event.
        event: EventId,
        /// What the client has; the server sends the deltas since, or a snapshot where it cannot.
        since: Option<Position>,
        /// Positions of the sections whose seats are wanted; `None` is all of them.
        sections: Option<Vec<u16>>,
    },
    /// Follow it no longer.
    Unsubscribe {
        /// The event.
        event: EventId,
    },
    /// Are you there?
    Ping {
        /// Comes back in the pong.
        client_ms: u64,
    },
}

/// Why bytes or a text are no message, or a message has no such form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Another protocol version, or an empty frame.
    #[error("the frame is not of protocol version {VERSION}")]
    Version,
    /// Not a message of this protocol.
    #[error("the frame is malformed")]
    Malformed,
    /// Over a bound of `domain::limits`.
    #[error("the frame is over a limit")]
    TooLarge,
    /// An area that the plan does not have.
    #[error("the frame names an unknown area")]
    UnknownArea,
}

impl ServerMessage {
    /// The event it is about; heartbeats and pongs have none.
    pub fn event(&self) -> Option<EventId> {
        match self {
            Self::Snapshot(Snapshot { event, .. })
            | Self::Delta(Delta { event, .. })
            | Self::Counters(Counters { event, .. })
            | Self::Resync { event }
            | Self::Refused { event, .. } => Some(*event),
            Self::Pong { .. } | Self::Heartbeat { .. } => None,
        }
    }

    /// The binary frame.
    pub fn encode(&self) -> Result<Vec<u8>, WireError> {
        wire::encode_server(self)
    }

    /// Reads a binary frame.
    pub fn decode(frame: &[u8]) -> Result<Self, WireError> {
        wire::decode_server(frame)
    }
}

impl ClientMessage {
    /// The binary frame.
    pub fn encode(&self) -> Result<Vec<u8>, WireError> {
        wire::encode_client(self)
    }

    /// Reads a binary frame.
    pub fn decode(frame: &[u8]) -> Result<Self, WireError> {
        wire::decode_client(frame)
    }
}
