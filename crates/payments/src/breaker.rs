//! Stops calling a provider that has just failed several times in a row, and feels its way back with single calls.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Failures in a row that open the breaker.
const FAILURES_MAX: u32 = 5;
const PAUSE_FIRST: Duration = Duration::from_secs(2);
const PAUSE_MAX: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct State {
    failures: u32,
    pause: Duration,
    closed_until: Option<Instant>,
}

/// A breaker: `allow` before a call, `record` after it.
#[derive(Debug)]
pub(crate) struct Breaker(Mutex<State>);

impl Breaker {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { failures: 0, pause: PAUSE_FIRST, closed_until: None }))
    }

    /// Whether a call may go; `Err` says when to ask again. After a pause one call goes as a probe, and the
    /// others wait one more pause for its result: a probe that is dropped half-way blocks nothing for ever.
    pub(crate) fn allow(&self, now: Instant) -> Result<(), Duration> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.closed_until {
            Some(until) if until > now => Err(until - now),
            Some(_) => {
                state.closed_until = Some(now + state.pause);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// How long calls are still held back; takes no turn. `None` also once a probe may go: somebody has to send it.
    pub(crate) fn closed_for(&self, now: Instant) -> Option<Duration> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.closed_until.filter(|until| *until > now).map(|until| until - now)
    }

    /// Notes how a call ended. A refusal of the provider is not a failure: it answered.
    pub(crate) fn record(&self, answered: bool, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            *state = State { failures: 0, pause: PAUSE_FIRST, closed_until: None };
            return;
        }
        state.failures += 1;
        if state.failures == FAILURES_MAX {
            state.closed_until = Some(now + state.pause);
        } else if state.failures > FAILURES_MAX {
            state.pause = (state.pause * 2).min(PAUSE_MAX);
            state.closed_until = Some(now + state.pause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_stop_the_calls_and_one_success_lets_them_all_through() {
        let start = Instant::now();
        let breaker = Breaker::new();
        for _ in 0..FAILURES_MAX {
            assert_eq!(breaker.allow(start), Ok(()));
            breaker.record(false, start);
        }
        assert_eq!(breaker.allow(start), Err(PAUSE_FIRST));
        assert_eq!(breaker.closed_for(start), Some(PAUSE_FIRST));
        let later = start + PAUSE_FIRST;
        assert_eq!(breaker.closed_for(later), None, "a probe may go");
        assert_eq!(breaker.allow(later), Ok(()), "one probe");
        assert!(breaker.allow(later).is_err(), "and only one");
        assert!(breaker.closed_for(later).is_some(), "until the probe is answered");
        breaker.record(true, later);
        assert_eq!(breaker.closed_for(later), None);
        assert_eq!((breaker.allow(later), breaker.allow(later)), (Ok(()), Ok(())));
    }

    #[test]
    fn a_failed_probe_doubles_the_pause_up_to_a_bound() {
        let mut now = Instant::now();
        let breaker = Breaker::new();
        for _ in 0..FAILURES_MAX {
            breaker.record(false, now);
        }
        for expected_s in [2, 4, 8, 16, 30, 30] {
            let pause = breaker.allow(now).unwrap_err();
            assert_eq!(pause, Duration::from_secs(expected_s));
            now += pause;
            assert_eq!(breaker.allow(now), Ok(()));
            breaker.record(false, now);
        }
    }

    #[test]
    fn a_success_in_between_starts_the_count_again() {
        let now = Instant::now();
        let breaker = Breaker::new();
        for _ in 0..20 {
            for _ in 1..FAILURES_MAX {
                breaker.record(false, now);
            }
            breaker.record(true, now);
            assert_eq!(breaker.allow(now), Ok(()));
        }
    }
}
