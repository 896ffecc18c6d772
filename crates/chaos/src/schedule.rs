//! What goes wrong in a round, and when: drawn from the seed alone.

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};
use std::time::Duration;

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// `kill -9` of a server, and a start after a while.
    KillServer(usize, Duration),
    /// `kill -9` of a worker, and a start after a while.
    KillWorker(usize, Duration),
    /// `kill -9` of Redis; it comes back empty.
    LoseRedis(Duration),
    /// Redis stops in order and comes back with what it had.
    RestartRedis(Duration),
    /// `FLUSHALL`.
    FlushRedis,
    /// `kill -9` of PostgreSQL; it recovers.
    KillPostgres,
    /// The wire to PostgreSQL, to Redis or to the provider is bad for a while.
    Wire(Line, Trouble, Duration),
    /// The provider misbehaves until the next such fault, or the end.
    Provider(Value),
}

/// Which wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Postgres,
    Redis,
    Provider,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Cut,
    Slow,
    Stopped,
}

/// PostgreSQL's keeper waits longer after each crash within a minute: not every round kills it.
const POSTGRES_EVERY: u64 = 4;

/// Faults with the time of each from the beginning of the load, in order.
pub fn draw(seed: u64, lasting: Duration) -> Vec<(Duration, Fault)> {
    let mut dice = StdRng::seed_from_u64(seed);
    let count = dice.random_range(3..=7);
    let mut faults: Vec<(Duration, Fault)> = (0..count)
        .map(|_| {
            let at = lasting.mul_f64(dice.random_range(0.1..0.95));
            (at, fault(&mut dice))
        })
        .collect();
    if seed.is_multiple_of(POSTGRES_EVERY) {
        faults.push((lasting.mul_f64(dice.random_range(0.2..0.8)), Fault::KillPostgres));
    }
    faults.sort_by_key(|(at, _)| *at);
    faults
}

fn fault(dice: &mut StdRng) -> Fault {
    let mut a_while = |longest_ms: u64| Duration::from_millis(dice.random_range(20..longest_ms));
    let (short, long) = (a_while(400), a_while(1_500));
    match dice.random_range(0..12) {
        0 | 1 => Fault::KillServer(dice.random_range(0..2), long),
        2 => Fault::KillWorker(dice.random_range(0..2), long),
        3 => Fault::LoseRedis(short),
        4 => Fault::RestartRedis(short),
        5 => Fault::FlushRedis,
        6..9 => {
            let line = *[Line::Postgres, Line::Redis, Line::Provider].choose(dice).unwrap_or(&Line::Redis);
            let trouble =
                *[Trouble::Cut, Trouble::Slow, Trouble::Stopped].choose(dice).unwrap_or(&Trouble::Cut);
            Fault::Wire(line, trouble, long)
        }
        _ => Fault::Provider(provider(dice)),
    }
}

fn provider(dice: &mut StdRng) -> Value {
    let count = dice.random_range(1..8);
    match dice.random_range(0..8) {
        0 => json!({ "duplicate": true }),
        1 => json!({ "reorder": true }),
        2 => json!({ "delay_ms": dice.random_range(100..2_500) }),
        3 => json!({ "drop_next": count }),
        4 => json!({ "latency_ms": dice.random_range(100..1_500) }),
        5 => json!({ "fail_next": count }),
        6 => json!({ "lose_answer_next": count }),
        _ => json!({ "duplicate": true, "reorder": true, "lose_answer_next": count, "drop_next": 1 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_schedule_again() {
        let lasting = Duration::from_secs(6);
        assert_eq!(draw(7, lasting), draw(7, lasting));
        assert!((1..40).any(|seed| draw(seed, lasting) != draw(seed + 1, lasting)));
        for seed in 0..200 {
            let faults = draw(seed, lasting);
            assert!(faults.iter().all(|(at, _)| *at < lasting), "{seed}");
            assert!(faults.is_sorted_by_key(|(at, _)| *at), "{seed}");
        }
    }
}
