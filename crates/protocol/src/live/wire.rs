//! The binary form: the version byte, then postcard.
//!
//! A delta goes to ten thousand sockets, so its seats are grouped by state and sorted, and each stands as the
//! distance from the one before it: a block of neighbours costs one byte a seat.

use super::{
    CLIENT_FRAME_BYTES_MAX, ClientMessage, Counters, Delta, Refusal, ServerMessage, Snapshot, VERSION,
    WireError,
};
use domain::{
    ids::EventId,
    limits::{PLAN_AREAS_MAX, PLAN_SEATS_MAX, PLAN_SECTIONS_MAX},
    seat::{AreaIx, PackedStates, SeatIx, SeatState},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

#[derive(Serialize, Deserialize)]
enum Frame {
    Snapshot {
        event: EventId,
        epoch: u64,
        offset: u64,
        seats: u32,
        states: Packed,
        areas: Vec<(AreaIx, u32)>,
    },
    Delta(DeltaFrame),
    Resync {
        event: EventId,
    },
    Counters(Counters),
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
struct DeltaFrame {
    event: EventId,
    epoch: u64,
    from: u64,
    /// `to - from`: one byte where a number of its own would be eight.
    span: u64,
    /// Distances between sorted seats, by state 0..4; the first of a group is the seat itself.
    steps: [Vec<u32>; 4],
    areas: Vec<(AreaIx, u32)>,
}

/// Bytes as bytes: serde would visit a plain `Vec<u8>` element by element.
struct Packed(Vec<u8>);

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl de::Visitor<'_> for Bytes {
            type Value = Packed;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Packed, E> {
                Ok(Packed(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

pub(super) fn encode_server(message: &ServerMessage) -> Result<Vec<u8>, WireError> {
    let frame = match message {
        ServerMessage::Snapshot(s) => Frame::Snapshot {
            event: s.event,
            epoch: s.epoch,
            offset: s.offset,
            seats: s.states.seats(),
            states: Packed(s.states.as_bytes().to_vec()),
            areas: s.areas.clone(),
        },
        ServerMessage::Delta(delta) => Frame::Delta(pack(delta)?),
        ServerMessage::Resync { event } => Frame::Resync { event: *event },
        ServerMessage::Counters(counters) => Frame::Counters(counters.clone()),
        &ServerMessage::Pong { client_ms, server_ms } => Frame::Pong { client_ms, server_ms },
        &ServerMessage::Heartbeat { server_ms } => Frame::Heartbeat { server_ms },
        &ServerMessage::Refused { event, reason } => Frame::Refused { event, reason },
    };
    to_frame(&frame)
}

pub(super) fn decode_server(frame: &[u8]) -> Result<ServerMessage, WireError> {
    Ok(match from_frame(frame)? {
        Frame::Snapshot { event, epoch, offset, seats, states, areas } => {
            if seats > PLAN_SEATS_MAX || areas.len() > PLAN_AREAS_MAX {
                return Err(WireError::TooLarge);
            }
            if states.0.len() != PackedStates::bytes_for(seats) {
                return Err(WireError::Malformed);
            }
            let states = PackedStates::from_bytes(states.0, seats);
            ServerMessage::Snapshot(Snapshot { event, epoch, offset, states, areas })
        }
        Frame::Delta(delta) => ServerMessage::Delta(unpack(delta)?),
        Frame::Resync { event } => ServerMessage::Resync { event },
        Frame::Counters(counters) => {
            if counters.available.len() > PLAN_SECTIONS_MAX {
                return Err(WireError::TooLarge);
            }
            ServerMessage::Counters(counters)
        }
        Frame::Pong { client_ms, server_ms } => ServerMessage::Pong { client_ms, server_ms },
        Frame::Heartbeat { server_ms } => ServerMessage::Heartbeat { server_ms },
        Frame::Refused { event, reason } => ServerMessage::Refused { event, reason },
    })
}

pub(super) fn encode_client(message: &ClientMessage) -> Result<Vec<u8>, WireError> {
    to_frame(message)
}

pub(super) fn decode_client(frame: &[u8]) -> Result<ClientMessage, WireError> {
    if frame.len() > CLIENT_FRAME_BYTES_MAX {
        return Err(WireError::TooLarge);
    }
    let message = from_frame(frame)?;
    bounded(message)
}

/// Refuses a subscription to more sections than a plan can have.
pub(super) fn bounded(message: ClientMessage) -> Result<ClientMessage, WireError> {
    match &message {
        ClientMessage::Subscribe { sections: Some(sections), .. } if sections.len() > PLAN_SECTIONS_MAX => {
            Err(WireError::TooLarge)
        }
        _ => Ok(message),
    }
}

fn pack(delta: &Delta) -> Result<DeltaFrame, WireError> {
    let mut steps: [Vec<u32>; 4] = Default::default();
    let mut last = [0_u32; 4];
    let mut before: Option<SeatIx> = None;
    for &(seat, state) in &delta.changes {
        if before.is_some_and(|before| before >= seat) {
            return Err(WireError::Malformed);
        }
        before = Some(seat);
        let group = state as usize;
        steps[group].push(seat.0 - last[group]);
        last[group] = seat.0;
    }
    let span = delta.to.checked_sub(delta.from).ok_or(WireError::Malformed)?;
    Ok(DeltaFrame {
        event: delta.event,
        epoch: delta.epoch,
        from: delta.from,
        span,
        steps,
        areas: delta.areas.clone(),
    })
}

fn unpack(frame: DeltaFrame) -> Result<Delta, WireError> {
    let seats: usize = frame.steps.iter().map(Vec::len).sum();
    if seats > PLAN_SEATS_MAX as usize || frame.areas.len() > PLAN_AREAS_MAX {
        return Err(WireError::TooLarge);
    }
    let mut changes = Vec::with_capacity(seats);
    for (steps, bits) in frame.steps.iter().zip(0_u8..) {
        let state = SeatState::from_bits(bits);
        let mut seat = 0_u32;
        for (nth, &step) in steps.iter().enumerate() {
            if nth > 0 && step == 0 {
                return Err(WireError::Malformed);
            }
            seat = seat.checked_add(step).ok_or(WireError::Malformed)?;
            changes.push((SeatIx(seat), state));
        }
    }
    changes.sort_unstable_by_key(|&(seat, _)| seat);
    let twice = |pair: &[(SeatIx, SeatState)]| pair[0].0 == pair[1].0;
    if changes.windows(2).any(twice) || !frame.areas.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(WireError::Malformed);
    }
    let to = frame.from.checked_add(frame.span).ok_or(WireError::Malformed)?;
    Ok(Delta { event: frame.event, epoch: frame.epoch, from: frame.from, to, changes, areas: frame.areas })
}

fn to_frame<T: Serialize>(message: &T) -> Result<Vec<u8>, WireError> {
    postcard::to_extend(message, vec![VERSION]).map_err(|_| WireError::Malformed)
}

/// Reads the whole frame: bytes left over are as wrong as bytes missing.
fn from_frame<'a, T: Deserialize<'a>>(frame: &'a [u8]) -> Result<T, WireError> {
    match frame.split_first() {
        Some((&VERSION, body)) => match postcard::take_from_bytes(body) {
            Ok((message, [])) => Ok(message),
            _ => Err(WireError::Malformed),
        },
        _ => Err(WireError::Version),
    }
}
