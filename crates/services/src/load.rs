//! Bringing an event from PostgreSQL into Redis: when it is published, and whenever Redis lost it (INV-8).

use crate::{Error, Result, Sale, Services, clock};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    hold::{Hold, HoldState},
    ids::EventId,
    seat::{PackedStates, SeatIx, SeatState},
};
use std::collections::HashSet;
use store_pg::hold_log::HoldLogRow;
use store_pg::reservations::claims::{Claims, PendingClaim};
use store_redis::{EventLoad, LoadMark, Loaded};

/// How far the clocks of two processes may be apart.
const CLOCKS_DIFFER_S: i64 = 60;
/// How far back the standing check looks for decided orders; it comes every minute.
const DECIDED_MINUTES: i64 = 10;
/// Another process may be loading the same event: its result is as good as ours.
const ATTEMPTS_MAX: u32 = 5;

impl Services {
    /// Loads an event that Redis does not know. Does nothing when somebody else was faster. A thousand buyers who find
    /// it gone at once cause one load in this process.
    pub(crate) async fn load(&self, sale: &Sale) -> Result<()> {
        let loading = async {
            if self.redis.load_mark(sale.id()).await?.is_none() {
                self.rebuild_from(sale, None).await?;
            }
            Ok(())
        };
        let loads = &self.caches.loads;
        let done = loads.try_get_with(sale.id(), loading).await;
        loads.invalidate(&sale.id()).await;
        done.map_err(|error: std::sync::Arc<Error>| Error::clone(&error))
    }

    /// Loads an event anew under a new epoch, whatever Redis has: running holds are lost, tickets and
    /// reservations stay.
    pub async fn rebuild(&self, sale: &Sale) -> Result<Loaded> {
        let mut loaded = None;
        for _ in 0..ATTEMPTS_MAX {
            let mark = self.redis.load_mark(sale.id()).await?;
            let done = self.rebuild_from(sale, mark).await?;
            loaded = Some(done);
            if done.fresh {
                break;
            }
        }
        loaded.ok_or(Error::Busy { retry_after_ms: 500 })
    }

    async fn rebuild_from(&self, sale: &Sale, expected: Option<LoadMark>) -> Result<Loaded> {
        let since = clock::now() - TimeDelta::seconds(CLOCKS_DIFFER_S);
        let claims = self.pg.claims(sale.id()).await?;
        let logged = self.pg.hold_log_end(sale.id()).await?.map_or(0, |(epoch, _)| epoch);
        let fenced = claims.pending.iter().map(|p| p.fence.epoch).max().unwrap_or_default();
        let load = EventLoad {
            states: states(sale, &claims),
            linked: sale.house.seating.rule_links().as_bytes().to_vec(),
            areas: claims.areas.iter().map(|a| (a.area, a.capacity.saturating_sub(a.claimed))).collect(),
            rules: sale.row.rules,
            reservations: claims.pending.iter().map(|p| reserved(sale, p)).collect(),
            epoch_floor: logged.max(fenced),
            expected,
        };
        let loaded = self.redis.load_event(sale.id(), &load).await?;
        if loaded.fresh {
            self.log_epoch(sale.id(), loaded.epoch).await?;
            // What was decided after it was read here, and told to a Redis that was lost then, is told again.
            self.tell_decided(sale.id(), since, None).await?;
        }
        // The first load is everyday; a later one says that Redis lost something.
        match loaded.epoch {
            0 | 1 => tracing::debug!(event = %sale.id(), fresh = loaded.fresh, "event loaded"),
            epoch => tracing::info!(event = %sale.id(), epoch, fresh = loaded.fresh, "event loaded anew"),
        }
        Ok(loaded)
    }

    /// Tells Redis once more how orders ended that were decided since then: all of them, or those of these seats. What
    /// it knows already changes nothing.
    async fn tell_decided(
        &self,
        event: EventId,
        since: DateTime<Utc>,
        seats: Option<&HashSet<SeatIx>>,
    ) -> Result<()> {
        for claim in self.pg.decided_claims(event, since).await? {
            if seats.is_none_or(|seats| claim.seats.iter().any(|seat| seats.contains(seat))) {
                self.redis.settle(event, claim.hold, &claim.seats, claim.sold).await?;
            }
        }
        Ok(())
    }

    /// Seats that Redis has as held while PostgreSQL knows of no order that waits for them. Most are held by buyers who
    /// choose; a few may be kept for orders that were decided while a process loaded the event and died.
    pub(crate) async fn end_stale_reservations(&self, sale: &Sale) -> Result<()> {
        let Some(snapshot) = self.redis.snapshot(sale.id()).await? else { return Ok(()) };
        let claims = self.pg.claims(sale.id()).await?;
        let known = states(sale, &claims);
        let differ = (0..).map(SeatIx).zip(known.iter().zip(snapshot.states.iter()));
        let differ = differ.filter(|(_, (want, have))| *have == SeatState::Held && *want != SeatState::Held);
        let seats: HashSet<SeatIx> = differ.map(|(seat, _)| seat).collect();
        if seats.is_empty() {
            return Ok(());
        }
        self.tell_decided(sale.id(), clock::now() - TimeDelta::minutes(DECIDED_MINUTES), Some(&seats)).await
    }

    /// Remembers the epoch where Redis cannot lose it: the next one is above it, whatever happens (INV-7).
    async fn log_epoch(&self, event: EventId, epoch: u64) -> Result<()> {
        let row = HoldLogRow {
            event,
            epoch,
            offset: 0,
            kind: "rebuild".into(),
            hold: None,
            buyer: String::new(),
            data: serde_json::Value::Null,
            at: clock::now(),
        };
        self.pg.append_hold_log(&[row]).await?;
        Ok(())
    }
}

/// The public state of every seat as PostgreSQL knows it.
pub(crate) fn states(sale: &Sale, claims: &Claims) -> PackedStates {
    let seats = sale.house.plan.seat_count();
    let mut states = PackedStates::available(seats);
    for ix in (0..seats).map(SeatIx).filter(|&ix| sale.zone_of_seat(ix).is_none()) {
        states.set(ix, SeatState::Blocked);
    }
    claims.pending.iter().flat_map(|p| &p.seats).for_each(|&seat| states.set(seat, SeatState::Held));
    claims.sold.iter().for_each(|&seat| states.set(seat, SeatState::Sold));
    claims.blocked.iter().for_each(|&seat| states.set(seat, SeatState::Blocked));
    states
}

fn reserved(sale: &Sale, claim: &PendingClaim) -> Hold {
    let ms = |time: DateTime<Utc>| u64::try_from(time.timestamp_millis()).unwrap_or_default();
    Hold {
        id: claim.hold,
        event: sale.id(),
        buyer: claim.buyer.clone(),
        token_digest: claim.token_digest.clone(),
        seats: claim.seats.clone(),
        areas: claim.areas.clone(),
        created_ms: ms(clock::now()),
        expires_ms: ms(claim.pay_before),
        now_ms: 0,
        extensions: 0,
        fence: claim.fence,
        state: HoldState::Reserved,
        payload: String::new(),
    }
}
