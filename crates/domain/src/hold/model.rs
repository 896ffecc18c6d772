//! Holds of one event in plain memory: what the scripts in Redis must do, said once more and simply.
//!
//! The simulation of checkout runs on it, and random command sequences hold it against the real scripts. The clock is
//! an argument; time must not run backwards.

use super::{
    AreaConflict, ConvertOutcome, ExtendOutcome, Fence, Hold, HoldChange, HoldOutcome, HoldRequest,
    HoldRules, HoldState, RedisMs, ReleaseOutcome, Restate, SeatConflict, SettleOutcome,
};
use crate::{
    ids::{EventId, HoldId},
    rules,
    seat::{AreaIx, PackedStates, SeatIx, SeatState},
};
use std::collections::{BTreeMap, BTreeSet};

/// How long a request is remembered after its hold ended.
pub const REMEMBERED_MS: u64 = 3_600_000;

#[derive(Clone, Debug)]
struct Record {
    hold: Hold,
    client_id: String,
    ttl_ms: u64,
    held_until_ms: RedisMs,
    payment_window_used: bool,
}

impl Record {
    fn places(&self) -> u32 {
        places(&self.hold.seats, &self.hold.areas)
    }
}

fn places(seats: &[SeatIx], areas: &[(AreaIx, u32)]) -> u32 {
    areas.iter().fold(seats.len() as u32, |sum, (_, n)| sum.saturating_add(*n))
}

/// An event with its holds.
#[derive(Clone, Debug)]
pub struct HoldModel {
    event: EventId,
    rules: HoldRules,
    linked: BTreeSet<SeatIx>,
    states: PackedStates,
    areas: BTreeMap<AreaIx, u32>,
    epoch: u64,
    seq: u64,
    /// In the order of their making, or of their last change.
    holds: Vec<Record>,
    /// By client id: the hold it made, the digest, and when it may be forgotten.
    requests: BTreeMap<String, (HoldId, String, Option<RedisMs>)>,
    settled: BTreeMap<HoldId, RedisMs>,
}

impl HoldModel {
    /// An event freshly loaded. `linked` has every seat whose next seat is its neighbour under the rule.
    pub fn new(
        event: EventId,
        epoch: u64,
        rules: HoldRules,
        states: PackedStates,
        linked: BTreeSet<SeatIx>,
        areas: BTreeMap<AreaIx, u32>,
    ) -> Self {
        let (holds, requests, settled) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Self { event, rules, linked, states, areas, epoch, seq: 0, holds, requests, settled }
    }

    /// All seats at `now_ms`.
    pub fn states(&mut self, now_ms: RedisMs) -> &PackedStates {
        self.tidy(now_ms);
        &self.states
    }

    /// Places left at `now_ms`.
    pub fn areas(&mut self, now_ms: RedisMs) -> &BTreeMap<AreaIx, u32> {
        self.tidy(now_ms);
        &self.areas
    }

    /// Lets a hold's deadline be the beginning of time: for tests that do not wait.
    pub fn let_expire(&mut self, hold: HoldId) {
        if let Some(record) =
            self.holds.iter_mut().find(|r| r.hold.id == hold && r.hold.state == HoldState::Held)
        {
            record.hold.expires_ms = 0;
        }
    }

    /// Everything lost but what PostgreSQL knows: holds gone, reserved ones too.
    pub fn rebuild(&mut self, epoch: u64, states: PackedStates, areas: BTreeMap<AreaIx, u32>) {
        let linked = std::mem::take(&mut self.linked);
        *self = Self::new(self.event, epoch, self.rules, states, linked, areas);
    }

    fn tidy(&mut self, now_ms: RedisMs) {
        let due = |r: &Record| r.hold.state == HoldState::Held && r.hold.expires_ms <= now_ms;
        for id in self.holds.iter().filter(|r| due(r)).map(|r| r.hold.id).collect::<Vec<_>>() {
            self.free(id, now_ms);
        }
        self.requests.retain(|_, (_, _, until)| until.is_none_or(|until| until > now_ms));
        self.settled.retain(|_, until| *until > now_ms);
    }

    fn position(&self, hold: HoldId) -> Option<usize> {
        self.holds.iter().position(|r| r.hold.id == hold)
    }

    fn forget(&mut self, hold: HoldId, now_ms: RedisMs) -> Option<Record> {
        let record = self.holds.remove(self.position(hold)?);
        if let Some(request) = self.requests.get_mut(&record.client_id) {
            request.2 = Some(now_ms + REMEMBERED_MS);
        }
        Some(record)
    }

    fn free(&mut self, hold: HoldId, now_ms: RedisMs) {
        if let Some(record) = self.forget(hold, now_ms) {
            self.free_seats(&record.hold.seats);
            for (area, n) in record.hold.areas {
                self.area_add(area, i64::from(n));
            }
        }
    }

    fn free_seats(&mut self, seats: &[SeatIx]) {
        for seat in seats {
            if self.states.get(*seat) == SeatState::Held {
                self.states.set(*seat, SeatState::Available);
            }
        }
    }

    fn area_add(&mut self, area: AreaIx, n: i64) {
        if let Some(left) = self.areas.get_mut(&area) {
            *left = u32::try_from(i64::from(*left).saturating_add(n).max(0)).unwrap_or(u32::MAX);
        }
    }

    fn buyer_places(&self, buyer: &str) -> u32 {
        self.holds.iter().filter(|r| r.hold.buyer == buyer).map(Record::places).sum()
    }

    fn seen(&self, at: usize, now_ms: RedisMs) -> Hold {
        Hold { now_ms, ..self.holds[at].hold.clone() }
    }

    fn conflicts(&self, seats: &[SeatIx], areas: &[(AreaIx, u32)]) -> Option<HoldOutcome> {
        let seats: Vec<_> = seats
            .iter()
            .map(|&seat| SeatConflict { seat, state: self.states.get(seat) })
            .filter(|conflict| conflict.state != SeatState::Available)
            .collect();
        let areas: Vec<_> = areas
            .iter()
            .filter_map(|(area, n)| {
                let available = self.areas.get(area).copied().unwrap_or(0);
                (available < *n).then_some(AreaConflict { area: *area, available })
            })
            .collect();
        (!seats.is_empty() || !areas.is_empty()).then_some(HoldOutcome::Unavailable { seats, areas })
    }

    fn singles(&self, wanted: &[SeatIx], lenient: bool) -> Option<HoldOutcome> {
        if lenient || !self.rules.no_single_seat {
            return None;
        }
        let available = |seat| self.states.get(seat) == SeatState::Available;
        let singles = rules::singles_left(wanted, available, |seat| self.linked.contains(&seat));
        (!singles.is_empty()).then_some(HoldOutcome::SingleSeats(singles))
    }

    /// As the store's `hold`.
    pub fn hold(&mut self, request: HoldRequest, now_ms: RedisMs) -> HoldOutcome {
        self.tidy(now_ms);
        if let Some((id, digest, _)) = self.requests.get(&request.client_id) {
            if *digest != request.request_digest {
                return HoldOutcome::Mismatch;
            }
            return self
                .position(*id)
                .map_or(HoldOutcome::Expired, |at| HoldOutcome::Repeated(self.seen(at, now_ms)));
        }
        let wanted = places(&request.seats, &request.areas);
        if wanted > self.rules.seats_per_hold_max {
            return HoldOutcome::LimitExceeded { max: self.rules.seats_per_hold_max };
        }
        if self.buyer_places(&request.buyer) + wanted > self.rules.seats_per_buyer_max {
            return HoldOutcome::LimitExceeded { max: self.rules.seats_per_buyer_max };
        }
        let refused = self
            .conflicts(&request.seats, &request.areas)
            .or_else(|| self.singles(&request.seats, request.lenient));
        refused.unwrap_or_else(|| self.take(request, now_ms))
    }

    fn take(&mut self, request: HoldRequest, now_ms: RedisMs) -> HoldOutcome {
        for seat in &request.seats {
            self.states.set(*seat, SeatState::Held);
        }
        for (area, n) in &request.areas {
            self.area_add(*area, -i64::from(*n));
        }
        self.seq += 1;
        let ttl_ms = request.ttl_ms.unwrap_or(self.rules.hold_ttl_ms);
        let HoldRequest {
            event,
            buyer,
            client_id,
            request_digest,
            hold_id: id,
            token_digest,
            seats,
            areas,
            payload,
            ..
        } = request;
        let hold = Hold {
            id,
            event,
            buyer,
            token_digest,
            seats,
            areas,
            created_ms: now_ms,
            expires_ms: now_ms + ttl_ms,
            now_ms,
            extensions: 0,
            fence: Fence { epoch: self.epoch, seq: self.seq },
            state: HoldState::Held,
            payload,
        };
        self.requests.insert(client_id.clone(), (id, request_digest, None));
        let record =
            Record { held_until_ms: hold.expires_ms, client_id, ttl_ms, payment_window_used: false, hold };
        self.holds.push(record);
        HoldOutcome::Held(self.seen(self.holds.len() - 1, now_ms))
    }

    /// As the store's `change`.
    pub fn change(&mut self, hold: HoldId, change: &HoldChange, now_ms: RedisMs) -> HoldOutcome {
        self.tidy(now_ms);
        let Some(at) =
            self.position(hold).filter(|at| self.holds[*at].hold.token_digest == change.token_digest)
        else {
            return HoldOutcome::Expired;
        };
        if self.holds[at].hold.state == HoldState::Reserved {
            return HoldOutcome::InCheckout;
        }
        let old = self.holds[at].hold.clone();
        let added: Vec<_> = change.add_seats.iter().filter(|s| !old.seats.contains(s)).copied().collect();
        let goes = |s: &SeatIx| change.remove_seats.contains(s) && !change.add_seats.contains(s);
        let removed: Vec<_> = old.seats.iter().filter(|s| goes(s)).copied().collect();
        let mut seats: Vec<_> = old.seats.iter().filter(|s| !goes(s)).chain(&added).copied().collect();
        seats.sort_unstable();
        let (areas, plus, minus) = net(&old.areas, change);
        let (before, after) = (self.holds[at].places(), places(&seats, &areas));
        if after > before {
            if after > self.rules.seats_per_hold_max {
                return HoldOutcome::LimitExceeded { max: self.rules.seats_per_hold_max };
            }
            if self.buyer_places(&old.buyer) - before + after > self.rules.seats_per_buyer_max {
                return HoldOutcome::LimitExceeded { max: self.rules.seats_per_buyer_max };
            }
        }
        if let Some(refused) = self.conflicts(&added, &plus) {
            return refused;
        }
        let states = self.states.clone();
        self.free_seats(&removed);
        if !added.is_empty() {
            // Seats of the hold itself count as wanted, whatever their state.
            if let Some(refused) = self.singles(&seats, change.lenient) {
                self.states = states;
                return refused;
            }
        }
        for seat in &added {
            self.states.set(*seat, SeatState::Held);
        }
        for (area, n) in plus {
            self.area_add(area, -i64::from(n));
        }
        for (area, n) in minus {
            self.area_add(area, i64::from(n));
        }
        let mut record = self.holds.remove(at);
        (record.hold.seats, record.hold.areas) = (seats, areas);
        if let Some(payload) = &change.payload {
            record.hold.payload.clone_from(payload);
        }
        self.holds.push(record);
        let seen = self.seen(self.holds.len() - 1, now_ms);
        if after == 0 {
            self.forget(hold, now_ms);
        }
        HoldOutcome::Held(seen)
    }

    /// As the store's `find`.
    pub fn find(&mut self, hold: HoldId, now_ms: RedisMs) -> Option<Hold> {
        self.tidy(now_ms);
        self.position(hold).map(|at| self.seen(at, now_ms))
    }

    /// As the store's `of_buyer`.
    pub fn of_buyer(&mut self, buyer: &str, now_ms: RedisMs) -> Option<Hold> {
        self.tidy(now_ms);
        let at = self.holds.iter().rposition(|r| r.hold.buyer == buyer)?;
        Some(self.seen(at, now_ms))
    }

    /// As the store's `extend`.
    pub fn extend(
        &mut self,
        hold: HoldId,
        token: &str,
        window_ms: Option<u64>,
        now_ms: RedisMs,
    ) -> ExtendOutcome {
        self.tidy(now_ms);
        let rules = self.rules;
        let Some(at) = self.position(hold).filter(|at| self.holds[*at].hold.token_digest == token) else {
            return ExtendOutcome::Gone;
        };
        let record = &mut self.holds[at];
        if record.hold.state == HoldState::Held {
            let expires_ms = record.hold.expires_ms;
            record.hold.expires_ms = match window_ms {
                Some(_) if record.payment_window_used => expires_ms,
                Some(window_ms) => {
                    record.payment_window_used = true;
                    expires_ms.max(now_ms + window_ms)
                }
                None => {
                    let last_ms = record.hold.created_ms + rules.lifetime_max_ms;
                    if record.hold.extensions >= rules.extensions_max || expires_ms >= last_ms {
                        return ExtendOutcome::LimitReached(self.seen(at, now_ms));
                    }
                    record.hold.extensions += 1;
                    expires_ms.max((now_ms + record.ttl_ms).min(last_ms))
                }
            };
            record.held_until_ms = record.hold.expires_ms;
        }
        ExtendOutcome::Extended(self.seen(at, now_ms))
    }

    /// As the store's `release`.
    pub fn release(&mut self, hold: HoldId, token: &str, now_ms: RedisMs) -> ReleaseOutcome {
        self.tidy(now_ms);
        match self.holds.iter().find(|r| r.hold.id == hold && r.hold.token_digest == token) {
            None => ReleaseOutcome::Gone,
            Some(record) if record.hold.state == HoldState::Reserved => ReleaseOutcome::InCheckout,
            Some(_) => {
                self.free(hold, now_ms);
                ReleaseOutcome::Released
            }
        }
    }

    /// As the store's `convert`.
    pub fn convert(&mut self, hold: HoldId, token: &str, window_ms: u64, now_ms: RedisMs) -> ConvertOutcome {
        self.tidy(now_ms);
        let Some(at) = self.position(hold).filter(|at| self.holds[*at].hold.token_digest == token) else {
            return ConvertOutcome::Gone;
        };
        let record = &mut self.holds[at];
        if record.hold.state == HoldState::Held {
            record.held_until_ms = record.hold.expires_ms;
            record.hold.expires_ms = now_ms + window_ms;
            record.hold.state = HoldState::Reserved;
        }
        ConvertOutcome::Done(self.seen(at, now_ms))
    }

    /// As the store's `unconvert`.
    pub fn unconvert(&mut self, hold: HoldId, ttl_ms_min: u64, now_ms: RedisMs) -> ConvertOutcome {
        self.tidy(now_ms);
        let Some(at) = self.position(hold) else { return ConvertOutcome::Gone };
        let record = &mut self.holds[at];
        if record.hold.state == HoldState::Reserved {
            record.hold.expires_ms = record.held_until_ms.max(now_ms + ttl_ms_min);
            record.held_until_ms = record.hold.expires_ms;
            record.hold.state = HoldState::Held;
        }
        ConvertOutcome::Done(self.seen(at, now_ms))
    }

    /// As the store's `settle`.
    pub fn settle(&mut self, hold: HoldId, seats: &[SeatIx], sold: bool, now_ms: RedisMs) -> SettleOutcome {
        self.tidy(now_ms);
        let known = self.position(hold).is_some();
        if known && !sold {
            self.free(hold, now_ms);
        } else if known || sold && !self.settled.contains_key(&hold) {
            let record = self.forget(hold, now_ms);
            for seat in record.as_ref().map_or(seats, |r| r.hold.seats.as_slice()) {
                self.states.set(*seat, SeatState::Sold);
            }
        } else {
            return SettleOutcome::Done;
        }
        self.settled.insert(hold, now_ms + REMEMBERED_MS);
        SettleOutcome::Done
    }

    /// As the store's `restate`.
    pub fn restate(&mut self, restate: &Restate, now_ms: RedisMs) -> SettleOutcome {
        self.tidy(now_ms);
        for seat in &restate.seats {
            if seat.0 < self.states.seats() && self.states.get(*seat) == restate.from {
                self.states.set(*seat, restate.to);
            }
        }
        for (area, n) in &restate.areas {
            self.area_add(*area, *n);
        }
        SettleOutcome::Done
    }
}

type Areas = Vec<(AreaIx, u32)>;

/// A hold's places after a change, and what it takes and gives back.
fn net(old: &[(AreaIx, u32)], change: &HoldChange) -> (Areas, Areas, Areas) {
    let mut net: BTreeMap<AreaIx, u32> = old.iter().copied().collect();
    for (area, n) in &change.remove_areas {
        let has = net.entry(*area).or_default();
        *has = has.saturating_sub(*n);
    }
    for (area, n) in &change.add_areas {
        let has = net.entry(*area).or_default();
        *has = has.saturating_add(*n);
    }
    let had = |area: AreaIx| old.iter().find(|(a, _)| *a == area).map_or(0, |(_, n)| *n);
    let plus =
        net.iter().map(|(area, n)| (*area, n.saturating_sub(had(*area)))).filter(|(_, n)| *n > 0).collect();
    let minus =
        net.iter().map(|(area, n)| (*area, had(*area).saturating_sub(*n))).filter(|(_, n)| *n > 0).collect();
    (net.into_iter().filter(|(_, n)| *n > 0).collect(), plus, minus)
}
