//! Holds of one event in plain memory: what the scripts in Redis must do, said once more and simply.
//!
//! The simulation of checkout runs on it, and random command sequences hold it against the real scripts. The clock is
//! an argument; time must not run backwards.

mod ends;
mod takes;

use super::{Hold, HoldRules, HoldState, RedisMs};
use crate::{
    ids::{EventId, HoldId},
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

/// How a reservation ended, remembered for an hour.
#[derive(Clone, Debug)]
struct Ended {
    sold: bool,
    /// Places that went back with it: taken again if it is paid for late.
    areas: Vec<(AreaIx, u32)>,
    until: RedisMs,
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
    settled: BTreeMap<HoldId, Ended>,
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
        self.settled.retain(|_, ended| ended.until > now_ms);
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
}
