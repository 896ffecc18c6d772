//! Calls on a whole event: load, snapshot, history, sweep.

use crate::{
    delta,
    error::{Error, Result},
    record, scripts,
    scripts::Keys,
    store::RedisStore,
    types::{Delta, Epoch, EventLoad, LoadMark, Loaded, Restate, SettleOutcome, Snapshot, SweepResult},
    wire::{Reader, put_u32s},
};
use bytes::Bytes;
use domain::{
    hold::HoldRules,
    ids::EventId,
    seat::{AreaIx, PackedStates, SeatIx, SeatState},
};
use fred::{interfaces::HashesInterface, types::Value};
use futures::StreamExt;
use uuid::Uuid;

/// Questions under way at once when many events are asked about.
const EVENTS_AT_ONCE: usize = 64;

impl RedisStore {
    /// Where the event stands; `None` when it is not loaded. To be read *before* PostgreSQL is read for a rebuild.
    pub async fn load_mark(&self, event: EventId) -> Result<Option<LoadMark>> {
        let key = Keys::of(event).hash();
        let asked = self.nodes().ask(&key, |client| {
            let key = key.clone();
            async move { client.hget::<Option<Bytes>, _, _>(key, "p").await }
        });
        let Some(progress) = asked.await? else { return Ok(None) };
        let mut r = Reader::new(&progress);
        let (epoch, _offset, _seq, durable) = (r.u64()?, r.u64()?, r.u64()?, r.u64()?);
        Ok(Some(LoadMark { epoch, durable }))
    }

    /// Which of `events` are loaded, and in which epoch. Events of a master that is away are left out; an error when
    /// nobody answers at all.
    pub async fn loaded_events(&self, events: &[EventId]) -> Result<Vec<(EventId, Epoch)>> {
        let marks: Vec<_> = futures::stream::iter(events.iter().copied())
            .map(async |event| (event, self.load_mark(event).await))
            .buffered(EVENTS_AT_ONCE)
            .collect()
            .await;
        let mut failure = None;
        let (mut loaded, mut answers) = (Vec::new(), 0);
        for (event, mark) in marks {
            match mark {
                Ok(mark) => {
                    answers += 1;
                    loaded.extend(mark.map(|mark| (event, mark.epoch)));
                }
                Err(Error::Unavailable) => failure = Some(Error::Unavailable),
                Err(error) => return Err(error),
            }
        }
        match failure {
            Some(error) if answers == 0 => Err(error),
            _ => Ok(loaded),
        }
    }

    /// Rebuilds the event under a new epoch; all holds that are not in `load.reservations` are gone.
    #[tracing::instrument(level = "info", skip_all, fields(%event))]
    pub async fn load_event(&self, event: EventId, load: &EventLoad) -> Result<Loaded> {
        let expected = load.expected.map(|mark| mark.epoch.to_string()).unwrap_or_default();
        let durable = load.expected.map_or(0, |mark| mark.durable);
        let mut args = vec![
            Value::Bytes(expected.into()),
            Value::Bytes(durable.to_string().into()),
            Value::Bytes(load.epoch_floor.to_string().into()),
            Value::Bytes(padded_states(load).into()),
            Value::Bytes(neighbours(load).into()),
            Value::Bytes(rules(&load.rules, load.states.seats()).into()),
            Value::Bytes(areas(&load.areas).into()),
        ];
        for hold in &load.reservations {
            args.push(Value::Bytes([b"h", hold.id.0.as_bytes().as_slice()].concat().into()));
            args.push(Value::Bytes([b"b", hold.buyer.as_bytes()].concat().into()));
            args.push(Value::Bytes(record::reserved_record(hold).into()));
        }
        let (fresh, epoch): (u64, u64) = self.run(&scripts::REBUILD, event, args).await?;
        Ok(Loaded { epoch, fresh: fresh == 1 })
    }

    /// Removes every key of the event.
    pub async fn unload_event(&self, event: EventId) -> Result<()> {
        self.delete(Keys::of(event).stored()).await
    }

    /// Blocks, unblocks or returns seats and places.
    pub async fn restate(&self, event: EventId, restate: &Restate) -> Result<SettleOutcome> {
        self.restate_named(event, restate, Value::Bytes(Vec::new().into())).await
    }

    /// The same under a name: a repetition within an hour changes nothing.
    pub async fn restate_once(&self, event: EventId, name: Uuid, restate: &Restate) -> Result<SettleOutcome> {
        let name = [b"h", name.as_bytes().as_slice()].concat();
        self.restate_named(event, restate, Value::Bytes(name.into())).await
    }

    async fn restate_named(&self, event: EventId, restate: &Restate, name: Value) -> Result<SettleOutcome> {
        let mut seats = Vec::with_capacity(4 * restate.seats.len());
        put_u32s(&mut seats, restate.seats.iter().map(|s| s.0));
        let mut areas = Vec::with_capacity(6 * restate.areas.len());
        for (area, places) in &restate.areas {
            areas.extend_from_slice(&area.0.to_be_bytes());
            let places = i32::try_from(*places).unwrap_or(if *places < 0 { i32::MIN } else { i32::MAX });
            areas.extend_from_slice(&places.to_be_bytes());
        }
        let state = |state: SeatState| Value::Bytes((state as u8).to_string().into());
        let args = vec![
            Value::Bytes(seats.into()),
            state(restate.from),
            state(restate.to),
            Value::Bytes(areas.into()),
            name,
        ];
        let reply = self.ask(&scripts::RESTATE, event, args).await?;
        Ok(reply.map_or(SettleOutcome::NotLoaded, |_| SettleOutcome::Done))
    }

    /// Tidies expired holds away, about `limit` at most; nothing depends on it (INV-3). An event that is not loaded
    /// has nothing to tidy.
    pub async fn sweep(&self, event: EventId, limit: u32) -> Result<SweepResult> {
        let args = vec![Value::Bytes(limit.max(1).to_string().into())];
        let Some(reply) = self.ask(&scripts::SWEEP, event, args).await? else {
            return Ok(SweepResult::default());
        };
        let mut r = Reader::new(&reply[1..]);
        Ok(SweepResult { freed: r.u32()?, more: r.u8()? != 0, next_due_ms: r.u64()?, now_ms: r.u64()? })
    }

    /// The event as it stands, in one call; `None` when it is not loaded.
    pub async fn snapshot(&self, event: EventId) -> Result<Option<Snapshot>> {
        for _ in 0..2_000 {
            let reply: Vec<Bytes> = self.run(&scripts::SNAPSHOT, event, Vec::new()).await?;
            match reply.as_slice() {
                [none] if none.as_ref() == b"N" => return Ok(None),
                [again] if again.as_ref() == b"T" => {}
                [head, states] if head.first() == Some(&b'D') => {
                    return Ok(Some(read_snapshot(&head[1..], states)?));
                }
                _ => return Err(Error::Corrupt),
            }
        }
        Err(Error::Unavailable)
    }

    /// All deltas after `offset`, in order; `None` when some are gone, or the epoch is another.
    pub async fn deltas_since(
        &self,
        event: EventId,
        epoch: Epoch,
        offset: u64,
    ) -> Result<Option<Vec<Delta>>> {
        let args = vec![Value::Bytes(epoch.to_string().into()), Value::Bytes(offset.to_string().into())];
        let reply: Option<Vec<Bytes>> = match self.run(&scripts::DELTAS, event, args).await? {
            Value::Null => None,
            value => Some(value.convert()?),
        };
        reply.map(|entries| entries.iter().map(|entry| delta::decode(entry)).collect()).transpose()
    }
}

/// The states with pending reservations held, filled up with blocked to a whole number of words.
fn padded_states(load: &EventLoad) -> Vec<u8> {
    let seats = load.states.seats();
    let mut states = load.states.clone();
    for seat in load.reservations.iter().flat_map(|hold| &hold.seats) {
        if states.get(*seat) == SeatState::Available {
            states.set(*seat, SeatState::Held);
        }
    }
    let whole = seats.next_multiple_of(16);
    let mut padded = PackedStates::from_bytes(states.as_bytes().to_vec(), whole);
    for ix in seats..whole {
        padded.set(SeatIx(ix), SeatState::Blocked);
    }
    padded.as_bytes().to_vec()
}

/// Two bits a seat, so that one word number names the same seats in both strings: nothing, linked with the next seat.
fn neighbours(load: &EventLoad) -> Vec<u8> {
    let bit = |bits: &[u8], ix: u32| bits.get(ix as usize / 8).map_or(0, |byte| (byte >> (7 - ix % 8)) & 1);
    let seats = load.states.seats();
    let mut out = PackedStates::available(seats.next_multiple_of(16));
    for ix in 0..seats {
        out.set(SeatIx(ix), SeatState::from_bits(bit(&load.linked, ix)));
    }
    out.as_bytes().to_vec()
}

fn rules(rules: &HoldRules, seats: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(33);
    put_u32s(&mut out, [rules.seats_per_hold_max, rules.seats_per_buyer_max]);
    out.extend_from_slice(&rules.hold_ttl_ms.to_be_bytes());
    put_u32s(&mut out, [rules.extensions_max.min(255)]);
    out.extend_from_slice(&rules.lifetime_max_ms.to_be_bytes());
    out.push(u8::from(rules.no_single_seat));
    put_u32s(&mut out, [seats]);
    out
}

fn areas(areas: &[(AreaIx, u32)]) -> Vec<u8> {
    let mut left = vec![0; areas.iter().map(|(area, _)| area.index() + 1).max().unwrap_or(0)];
    for (area, places) in areas {
        left[area.index()] = *places;
    }
    let mut out = Vec::with_capacity(4 * left.len());
    put_u32s(&mut out, left);
    out
}

fn read_snapshot(head: &[u8], states: &[u8]) -> Result<Snapshot> {
    let mut r = Reader::new(head);
    let (epoch, offset, now_ms, seats) = (r.u64()?, r.u64()?, r.u64()?, r.u32()?);
    let n = r.u16()?;
    let areas = (0..n).map(|ix| Ok((AreaIx(ix), r.u32()?))).collect::<Result<_>>()?;
    // Built with the padding, then cut: the bits of seats that do not exist are zero again.
    let padded = PackedStates::from_bytes(states.to_vec(), seats.next_multiple_of(16));
    let mut cut = PackedStates::from_bytes(padded.as_bytes().to_vec(), seats.next_multiple_of(4));
    for ix in seats..seats.next_multiple_of(4) {
        cut.set(SeatIx(ix), SeatState::Available);
    }
    Ok(Snapshot {
        epoch,
        offset,
        states: PackedStates::from_bytes(cut.as_bytes().to_vec(), seats),
        areas,
        now_ms,
    })
}
