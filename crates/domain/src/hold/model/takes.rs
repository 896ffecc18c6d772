//! Taking seats and places, and exchanging them: all or nothing, and only what is free.

use super::{HoldModel, Record, places};
use crate::{
    hold::{
        AreaConflict, Fence, Hold, HoldChange, HoldOutcome, HoldRequest, HoldState, RedisMs, SeatConflict,
    },
    ids::HoldId,
    rules,
    seat::{AreaIx, SeatIx, SeatState},
};
use std::collections::BTreeMap;

impl HoldModel {
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
        let record = Record { client_id, ttl_ms, payment_window_used: false, hold };
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
