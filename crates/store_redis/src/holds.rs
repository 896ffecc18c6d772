//! Calls on holds: arguments packed, replies read.

use crate::{
    error::{Error, Result},
    record::{self, Head, put_areas},
    scripts::{self, Script},
    store::RedisStore,
    types::{ConvertOutcome, ExtendOutcome, HoldChange, ReleaseOutcome, SettleOutcome},
    wire::{Reader, put_u32s},
};
use bytes::Bytes;
use domain::{
    hold::{AreaConflict, Hold, HoldOutcome, HoldRequest, SeatConflict},
    ids::{EventId, HoldId},
    seat::{AreaIx, SeatIx, SeatState},
};
use fred::types::Value;

/// Calls in a row when expired holds wait in masses; each tidies a thousand.
const TIDY_CALLS_MAX: u32 = 2_000;

/// A request with its packed parts: packing happens in the caller's task, not in the one that sends.
pub(crate) struct Call {
    pub(crate) request: HoldRequest,
    args: [Bytes; 7],
}

impl Call {
    pub(crate) fn new(request: HoldRequest) -> Self {
        let claim = record::claim(&request.buyer, &request.seats, &request.areas);
        let rest = record::rest(&request.token_digest, &request.client_id, &request.payload);
        let args = [
            hold_field(request.hold_id),
            field(b'b', request.buyer.as_bytes()),
            field(b'c', request.client_id.as_bytes()),
            Bytes::copy_from_slice(request.request_digest.as_bytes()),
            claim.into(),
            rest.into(),
            record::want(&request).into(),
        ];
        Self { request, args }
    }

    pub(crate) fn into_args(self) -> [Bytes; 7] {
        self.args
    }
}

fn field(kind: u8, name: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(1 + name.len());
    out.push(kind);
    out.extend_from_slice(name);
    out.into()
}

fn hold_field(hold: HoldId) -> Bytes {
    field(b'h', hold.0.as_bytes())
}

fn text(value: impl ToString) -> Value {
    Value::Bytes(value.to_string().into())
}

fn seats_of(seats: &[SeatIx]) -> Value {
    let mut out = Vec::with_capacity(4 * seats.len());
    put_u32s(&mut out, seats.iter().map(|s| s.0));
    Value::Bytes(out.into())
}

fn areas_of(areas: &[(AreaIx, u32)]) -> Value {
    let mut out = Vec::with_capacity(6 * areas.len());
    put_areas(&mut out, areas);
    Value::Bytes(out.into())
}

/// Sends holds of one event in one call; the answers are in the order of the calls.
pub(crate) async fn hold_all(
    store: &RedisStore,
    event: EventId,
    calls: Vec<Call>,
) -> Result<Vec<Result<HoldOutcome>>> {
    let mut outcomes: Vec<Option<Result<HoldOutcome>>> = calls.iter().map(|_| None).collect();
    let mut open: Vec<(usize, Call)> = calls.into_iter().enumerate().collect();
    for _ in 0..TIDY_CALLS_MAX {
        let args = open.iter().flat_map(|(_, call)| call.args.iter().cloned().map(Value::Bytes)).collect();
        let replies: Vec<Bytes> = store.run(&scripts::HOLD, event, args).await?;
        if replies.len() != open.len() {
            return Err(Error::Corrupt);
        }
        let mut again = Vec::new();
        for ((at, call), reply) in open.into_iter().zip(replies) {
            if reply.first() == Some(&b'T') {
                again.push((at, call));
            } else {
                outcomes[at] = Some(hold_outcome(event, Some(call.request), None, &reply));
            }
        }
        open = again;
        if open.is_empty() {
            break;
        }
    }
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or(Err(Error::Unavailable))).collect())
}

/// Reads a reply of `hold.lua` or `change.lua`. The former answers a new hold with its head alone: the rest is the
/// request.
fn hold_outcome(
    event: EventId,
    request: Option<HoldRequest>,
    hold: Option<HoldId>,
    reply: &[u8],
) -> Result<HoldOutcome> {
    let mut r = Reader::new(reply);
    Ok(match r.u8()? {
        b'H' => match request {
            Some(request) => HoldOutcome::Held(new_hold(request, &mut r)?),
            None => HoldOutcome::Held(record::read_hold(event, hold, &reply[1..])?),
        },
        b'R' => HoldOutcome::Repeated(record::read_hold(event, hold, &reply[1..])?),
        b'M' => HoldOutcome::Mismatch,
        b'X' => HoldOutcome::Expired,
        b'C' => HoldOutcome::InCheckout,
        b'N' => HoldOutcome::NotLoaded,
        b'L' => HoldOutcome::LimitExceeded { max: r.u32()? },
        b'S' => {
            let mut seats = Vec::new();
            while !r.is_empty() {
                seats.push(SeatIx(r.u32()?));
            }
            HoldOutcome::SingleSeats(seats)
        }
        b'U' => {
            let n = r.u16()?;
            let seats = (0..n)
                .map(|_| Ok(SeatConflict { seat: SeatIx(r.u32()?), state: SeatState::from_bits(r.u8()?) }))
                .collect::<Result<_>>()?;
            let mut areas = Vec::new();
            while !r.is_empty() {
                areas.push(AreaConflict { area: AreaIx(r.u16()?), available: r.u32()? });
            }
            HoldOutcome::Unavailable { seats, areas }
        }
        _ => return Err(Error::Corrupt),
    })
}

fn new_hold(request: HoldRequest, r: &mut Reader<'_>) -> Result<Hold> {
    let now_ms = r.u64()?;
    let (Head { state, extensions, created_ms, expires_ms, fence }, _) = Head::read(r)?;
    let HoldRequest { event, buyer, hold_id: id, token_digest, seats, areas, payload, .. } = request;
    Ok(Hold {
        id,
        event,
        buyer,
        token_digest,
        seats,
        areas,
        created_ms,
        expires_ms,
        now_ms,
        extensions,
        fence,
        state,
        payload,
    })
}

impl RedisStore {
    /// Runs a script that answers with one string; `None` when the event is not loaded.
    pub(crate) async fn ask(
        &self,
        script: &Script,
        event: EventId,
        args: Vec<Value>,
    ) -> Result<Option<Bytes>> {
        for _ in 0..TIDY_CALLS_MAX {
            let reply: Bytes = self.run(script, event, args.clone()).await?;
            match reply.first() {
                Some(b'N') => return Ok(None),
                Some(b'T') => {}
                Some(_) => return Ok(Some(reply)),
                None => return Err(Error::Corrupt),
            }
        }
        Err(Error::Unavailable)
    }

    /// Adds to and gives back from a hold, all or nothing; the deadline stays. A hold that becomes empty is released:
    /// it comes back as `Held` without seats, and is gone then.
    #[tracing::instrument(level = "debug", skip_all, fields(%event, %hold))]
    pub async fn change(&self, event: EventId, hold: HoldId, change: &HoldChange) -> Result<HoldOutcome> {
        let remove: Vec<_> =
            change.remove_seats.iter().filter(|s| !change.add_seats.contains(s)).copied().collect();
        let payload = change.payload.as_ref().map_or_else(|| "K".to_owned(), |p| format!("P{p}"));
        let args = vec![
            Value::Bytes(hold_field(hold)),
            text(&change.token_digest),
            seats_of(&change.add_seats),
            seats_of(&remove),
            areas_of(&change.add_areas),
            areas_of(&change.remove_areas),
            text(payload),
            text(u8::from(change.lenient)),
        ];
        match self.ask(&scripts::CHANGE, event, args).await? {
            Some(reply) => hold_outcome(event, None, Some(hold), &reply),
            None => Ok(HoldOutcome::NotLoaded),
        }
    }

    /// The hold; `None` when it expired or is gone, or the event is not loaded.
    pub async fn find(&self, event: EventId, hold: HoldId) -> Result<Option<Hold>> {
        match self.ask(&scripts::FIND, event, vec![Value::Bytes(hold_field(hold))]).await?.as_deref() {
            Some([b'D', record @ ..]) => Ok(Some(record::read_hold(event, None, record)?)),
            _ => Ok(None),
        }
    }

    /// The newest live hold of a buyer: refresh, back, second tab.
    pub async fn of_buyer(&self, event: EventId, buyer: &str) -> Result<Option<Hold>> {
        match self
            .ask(&scripts::FIND, event, vec![Value::Bytes(field(b'b', buyer.as_bytes()))])
            .await?
            .as_deref()
        {
            Some([b'D', record @ ..]) => Ok(Some(record::read_hold(event, None, record)?)),
            _ => Ok(None),
        }
    }

    /// Renews the deadline within the caps; with a payment window once, to at least that long from now.
    pub async fn extend(
        &self,
        event: EventId,
        hold: HoldId,
        token_digest: &str,
        to_payment_window_ms: Option<u64>,
    ) -> Result<ExtendOutcome> {
        let window = to_payment_window_ms.map(|ms| ms.to_string()).unwrap_or_default();
        let args = vec![Value::Bytes(hold_field(hold)), text(token_digest), text(window)];
        Ok(match self.ask(&scripts::EXTEND, event, args).await?.as_deref() {
            None => ExtendOutcome::NotLoaded,
            Some([b'D', record @ ..]) => {
                ExtendOutcome::Extended(record::read_hold(event, Some(hold), record)?)
            }
            Some([b'L', record @ ..]) => {
                ExtendOutcome::LimitReached(record::read_hold(event, Some(hold), record)?)
            }
            Some(b"G") => ExtendOutcome::Gone,
            Some(_) => return Err(Error::Corrupt),
        })
    }

    /// Gives a hold back. Repeatable.
    #[tracing::instrument(level = "debug", skip_all, fields(%event, %hold))]
    pub async fn release(&self, event: EventId, hold: HoldId, token_digest: &str) -> Result<ReleaseOutcome> {
        let args = vec![Value::Bytes(hold_field(hold)), text(token_digest)];
        Ok(match self.ask(&scripts::RELEASE, event, args).await?.as_deref() {
            None => ReleaseOutcome::NotLoaded,
            Some(b"D") => ReleaseOutcome::Released,
            Some(b"G") => ReleaseOutcome::Gone,
            Some(b"C") => ReleaseOutcome::InCheckout,
            Some(_) => return Err(Error::Corrupt),
        })
    }

    /// Held → Reserved: stays until settled; `expires_ms` becomes now + `pay_window_ms`, for the
    /// caller to watch. Repeatable.
    pub async fn convert(
        &self,
        event: EventId,
        hold: HoldId,
        token_digest: &str,
        pay_window_ms: u64,
    ) -> Result<ConvertOutcome> {
        let args = vec![Value::Bytes(hold_field(hold)), text(token_digest), text(pay_window_ms)];
        Ok(match self.ask(&scripts::CONVERT, event, args).await?.as_deref() {
            None => ConvertOutcome::NotLoaded,
            Some([b'D', record @ ..]) => ConvertOutcome::Done(record::read_hold(event, Some(hold), record)?),
            Some(b"G") => ConvertOutcome::Gone,
            Some(_) => return Err(Error::Corrupt),
        })
    }

    /// The reservation ended: its seats and places are sold, or free again. Repeatable. `seats` are marked sold also
    /// when the hold's record is lost; nothing is freed without a record, since the seats may be another's by then.
    #[tracing::instrument(level = "debug", skip_all, fields(%event, %hold, sold))]
    pub async fn settle(
        &self,
        event: EventId,
        hold: HoldId,
        seats: &[SeatIx],
        sold: bool,
    ) -> Result<SettleOutcome> {
        let args = vec![Value::Bytes(hold_field(hold)), text(u8::from(sold)), seats_of(seats)];
        let reply = self.ask(&scripts::SETTLE, event, args).await?;
        Ok(reply.map_or(SettleOutcome::NotLoaded, |_| SettleOutcome::Done))
    }
}
