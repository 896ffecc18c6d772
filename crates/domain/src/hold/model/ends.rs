//! What becomes of a hold: more time, given back, reserved, sold or freed.

use super::{Ended, HoldModel, REMEMBERED_MS};
use crate::{
    hold::{ConvertOutcome, ExtendOutcome, HoldState, RedisMs, ReleaseOutcome, Restate, SettleOutcome},
    ids::HoldId,
    seat::{SeatIx, SeatState},
};

impl HoldModel {
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
            record.hold.expires_ms = now_ms + window_ms;
            record.hold.state = HoldState::Reserved;
        }
        ConvertOutcome::Done(self.seen(at, now_ms))
    }

    /// As the store's `settle`.
    pub fn settle(&mut self, hold: HoldId, seats: &[SeatIx], sold: bool, now_ms: RedisMs) -> SettleOutcome {
        self.tidy(now_ms);
        let until = now_ms + REMEMBERED_MS;
        let known = self.position(hold).map(|at| self.holds[at].hold.clone());
        let before = self.settled.get(&hold);
        match known {
            Some(record) if !sold => {
                self.free(hold, now_ms);
                self.settled.insert(hold, Ended { sold, areas: record.areas, until });
            }
            Some(record) => {
                self.forget(hold, now_ms);
                self.mark_sold(&record.seats);
                self.settled.insert(hold, Ended { sold, areas: Vec::new(), until });
            }
            None if sold && !before.is_some_and(|ended| ended.sold) => {
                let again = before.map(|ended| ended.areas.clone()).unwrap_or_default();
                again.into_iter().for_each(|(area, n)| self.area_add(area, -i64::from(n)));
                self.mark_sold(seats);
                self.settled.insert(hold, Ended { sold, areas: Vec::new(), until });
            }
            None => {}
        }
        SettleOutcome::Done
    }

    fn mark_sold(&mut self, seats: &[SeatIx]) {
        for seat in seats {
            self.states.set(*seat, SeatState::Sold);
        }
    }

    /// As the store's `restate_once`.
    pub fn restate_once(&mut self, name: HoldId, restate: &Restate, now_ms: RedisMs) -> SettleOutcome {
        self.tidy(now_ms);
        if self.settled.contains_key(&name) {
            return SettleOutcome::Done;
        }
        let until = now_ms + REMEMBERED_MS;
        self.settled.insert(name, Ended { sold: true, areas: Vec::new(), until });
        self.restate(restate, now_ms)
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
