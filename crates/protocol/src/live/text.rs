//! The same messages as JSON text (`/live?format=json`), for outside programs.
//!
//! Areas go by their names here; a caller passes the names of the plan's areas in their order. A state is its
//! number (0 available, 1 held, 2 sold, 3 blocked), in `statuses` one byte a seat.

use super::{ClientMessage, Counters, Delta, Position, Refusal, ServerMessage, Snapshot, WireError, wire};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    ids::{AreaId, EventId},
    limits::PLAN_SEATS_MAX,
    seat::{AreaIx, PackedStates, SeatIx, SeatState},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
enum ServerText {
    Snapshot {
        event: EventId,
        epoch: u64,
        offset: u64,
        statuses: String,
        areas: Vec<(AreaId, u32)>,
    },
    /// `offset` is the last one covered, as in the snapshot; `from` the first.
    Delta {
        event: EventId,
        epoch: u64,
        from: u64,
        offset: u64,
        changes: Vec<(u32, u8)>,
        areas: Vec<(AreaId, u32)>,
    },
    Resync {
        event: EventId,
    },
    Counters {
        event: EventId,
        epoch: u64,
        offset: u64,
        available: Vec<u32>,
    },
    Pong {
        client_ms: u64,
        server_ms: u64,
    },
    Heartbeat {
        server_ms: u64,
    },
    Refused {
        event: EventId,
        reason: Refusal,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
enum ClientText {
    Subscribe {
        event: EventId,
        #[serde(default)]
        since: Option<Position>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sections: Option<Vec<u16>>,
    },
    Unsubscribe {
        event: EventId,
    },
    Ping {
        #[serde(default)]
        client_ms: u64,
    },
}

impl ServerMessage {
    /// The JSON text; `areas` are the names of the plan's areas, in their order.
    pub fn to_json(&self, areas: &[AreaId]) -> Result<String, WireError> {
        let text = match self.clone() {
            Self::Snapshot(s) => ServerText::Snapshot {
                event: s.event,
                epoch: s.epoch,
                offset: s.offset,
                statuses: STANDARD.encode(s.states.iter().map(|state| state as u8).collect::<Vec<_>>()),
                areas: named(&s.areas, areas)?,
            },
            Self::Delta(d) => ServerText::Delta {
                event: d.event,
                epoch: d.epoch,
                from: d.from,
                offset: d.to,
                changes: d.changes.iter().map(|&(seat, state)| (seat.0, state as u8)).collect(),
                areas: named(&d.areas, areas)?,
            },
            Self::Resync { event } => ServerText::Resync { event },
            Self::Counters(Counters { event, epoch, offset, available }) => {
                ServerText::Counters { event, epoch, offset, available }
            }
            Self::Pong { client_ms, server_ms } => ServerText::Pong { client_ms, server_ms },
            Self::Heartbeat { server_ms } => ServerText::Heartbeat { server_ms },
            Self::Refused { event, reason } => ServerText::Refused { event, reason },
        };
        serde_json::to_string(&text).map_err(|_| WireError::Malformed)
    }

    /// Reads the JSON text; `areas` are the names of the plan's areas, in their order.
    pub fn from_json(text: &str, areas: &[AreaId]) -> Result<Self, WireError> {
        let text: ServerText = serde_json::from_str(text).map_err(|_| WireError::Malformed)?;
        Ok(match text {
            ServerText::Snapshot { event, epoch, offset, statuses, areas: counts } => {
                let states = states_of(&statuses)?;
                Self::Snapshot(Snapshot { event, epoch, offset, states, areas: indexed(&counts, areas)? })
            }
            ServerText::Delta { event, epoch, from, offset, changes, areas: counts } => {
                if from > offset {
                    return Err(WireError::Malformed);
                }
                let changes = changes.iter().map(|&(seat, bits)| Ok((SeatIx(seat), state_of(bits)?)));
                let changes = changes.collect::<Result<_, _>>()?;
                Self::Delta(Delta::new(event, epoch, (from, offset), changes, indexed(&counts, areas)?))
            }
            ServerText::Resync { event } => Self::Resync { event },
            ServerText::Counters { event, epoch, offset, available } => {
                Self::Counters(Counters { event, epoch, offset, available })
            }
            ServerText::Pong { client_ms, server_ms } => Self::Pong { client_ms, server_ms },
            ServerText::Heartbeat { server_ms } => Self::Heartbeat { server_ms },
            ServerText::Refused { event, reason } => Self::Refused { event, reason },
        })
    }
}

impl ClientMessage {
    /// The JSON text.
    pub fn to_json(&self) -> Result<String, WireError> {
        let text = match self.clone() {
            Self::Subscribe { event, since, sections } => ClientText::Subscribe { event, since, sections },
            Self::Unsubscribe { event } => ClientText::Unsubscribe { event },
            Self::Ping { client_ms } => ClientText::Ping { client_ms },
        };
        serde_json::to_string(&text).map_err(|_| WireError::Malformed)
    }

    /// Reads the JSON text; `since` and `sections` may be absent.
    pub fn from_json(text: &str) -> Result<Self, WireError> {
        // A section is at most five digits and a comma, where the binary form has three bytes.
        if text.len() > 2 * super::CLIENT_FRAME_BYTES_MAX {
            return Err(WireError::TooLarge);
        }
        let text: ClientText = serde_json::from_str(text).map_err(|_| WireError::Malformed)?;
        wire::bounded(match text {
            ClientText::Subscribe { event, since, sections } => Self::Subscribe { event, since, sections },
            ClientText::Unsubscribe { event } => Self::Unsubscribe { event },
            ClientText::Ping { client_ms } => Self::Ping { client_ms },
        })
    }
}

fn named(counts: &[(AreaIx, u32)], areas: &[AreaId]) -> Result<Vec<(AreaId, u32)>, WireError> {
    let name = |&(ix, left): &(AreaIx, u32)| Some((areas.get(ix.index())?.clone(), left));
    counts.iter().map(|count| name(count).ok_or(WireError::UnknownArea)).collect()
}

fn indexed(counts: &[(AreaId, u32)], areas: &[AreaId]) -> Result<Vec<(AreaIx, u32)>, WireError> {
    let find = |(name, left): &(AreaId, u32)| {
        let ix = areas.iter().position(|area| area == name)?;
        Some((AreaIx(u16::try_from(ix).ok()?), *left))
    };
    counts.iter().map(|count| find(count).ok_or(WireError::UnknownArea)).collect()
}

fn states_of(statuses: &str) -> Result<PackedStates, WireError> {
    let bytes = STANDARD.decode(statuses).map_err(|_| WireError::Malformed)?;
    let seats =
        u32::try_from(bytes.len()).ok().filter(|&n| n <= PLAN_SEATS_MAX).ok_or(WireError::TooLarge)?;
    let mut states = PackedStates::available(seats);
    for (ix, &bits) in (0..).zip(&bytes) {
        states.set(SeatIx(ix), state_of(bits)?);
    }
    Ok(states)
}

fn state_of(bits: u8) -> Result<SeatState, WireError> {
    if bits < 4 { Ok(SeatState::from_bits(bits)) } else { Err(WireError::Malformed) }
}
