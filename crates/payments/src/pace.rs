//! Keeps us under the provider's rate limits: a token bucket an endpoint and one for the account. A call that
//! would wait too long is told so at once instead of queueing without end.

use crate::Limits;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// The endpoints that the provider counts apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Sessions,
    Intents,
    Refunds,
}

const ENDPOINTS: usize = 3;

/// One bucket, written as the time at which it will be full again (GCRA): no timer refills it.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_at: Instant,
    interval: Duration,
    burst: Duration,
}

impl Bucket {
    fn new(limit_per_s: u32, now: Instant) -> Self {
        let limit = limit_per_s.max(2);
        let interval = Duration::from_secs_f64(1.0 / (f64::from(limit) * 0.8));
        // A bucket of n tokens allows n at once and then one an interval: n + rate must stay within the limit.
        let tokens = (limit / 5).max(1);
        Self { full_at: now, interval, burst: interval * (tokens - 1) }
    }

    /// When the next call may go.
    fn next_at(&self, now: Instant) -> Instant {
        match self.full_at.checked_sub(self.burst) {
            Some(at) if at > now => at,
            _ => now,
        }
    }

    /// Takes the token of a call that goes at `at`.
    fn take(&mut self, at: Instant) {
        self.full_at = self.full_at.max(at) + self.interval;
    }
}

#[derive(Debug)]
struct Buckets {
    account: Bucket,
    endpoints: [Bucket; ENDPOINTS],
}

/// The pace of one account.
#[derive(Debug)]
pub(crate) struct Pace {
    buckets: Mutex<Buckets>,
    wait_max: Duration,
}

impl Pace {
    pub(crate) fn new(limits: &Limits, now: Instant) -> Self {
        let buckets = Buckets {
            account: Bucket::new(limits.account_per_s, now),
            endpoints: [Bucket::new(limits.endpoint_per_s, now); ENDPOINTS],
        };
        Self { buckets: Mutex::new(buckets), wait_max: limits.wait_max() }
    }

    /// Books the next free moment for a call; `Err` says how long the queue is when that is too long.
    pub(crate) fn book(&self, endpoint: Endpoint, now: Instant) -> Result<Instant, Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Buckets { account, endpoints } = &mut *buckets;
        let own = &mut endpoints[endpoint as usize];
        let at = account.next_at(now).max(own.next_at(now));
        let wait = at - now;
        if wait > self.wait_max {
            return Err(wait);
        }
        account.take(at);
        own.take(at);
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { endpoint_per_s: 25, account_per_s: 100, wait_ms_max: 2_000, timeout_ms: 1_000 };

    #[test]
    fn no_second_sees_more_than_the_limit() {
        let start = Instant::now();
        let pace = Pace::new(&LIMITS, start);
        let booked: Vec<Instant> =
            (0..400).filter_map(|_| pace.book(Endpoint::Sessions, start).ok()).collect();
        assert!(booked.len() > 30, "{}", booked.len());
        for (ix, from) in booked.iter().enumerate() {
            let within = booked[ix..].iter().take_while(|at| **at < *from + Duration::from_secs(1)).count();
            assert!(within <= 25, "{within} calls within a second");
        }
    }

    #[test]
    fn a_long_queue_is_refused_and_says_how_long() {
        let start = Instant::now();
        let pace = Pace::new(&LIMITS, start);
        let refused = (0..400).find_map(|_| pace.book(Endpoint::Intents, start).err()).unwrap();
        assert!(refused > Duration::from_secs(2) && refused < Duration::from_secs(3));
        assert!(pace.book(Endpoint::Intents, start + Duration::from_secs(3)).is_ok());
    }

    #[test]
    fn endpoints_wait_for_themselves_only_while_the_account_has_room() {
        let start = Instant::now();
        let pace = Pace::new(&LIMITS, start);
        while pace.book(Endpoint::Sessions, start).is_ok() {}
        assert!(pace.book(Endpoint::Sessions, start).is_err());
        assert!(pace.book(Endpoint::Refunds, start).is_ok());
    }
}
