//! A million steps, and every planted mistake found.

use simulate::{BUGS, round};

/// Rounds that a planted mistake has to show itself in.
const ROUNDS_MAX: u64 = 3_000;

#[test]
fn a_million_steps_with_faults_break_nothing() {
    let (mut steps, mut completed, mut orders, mut seed) = (0, 0, 0, 1);
    while steps < 1_000_000 {
        let outcome = round::run(seed, None);
        assert!(
            outcome.violations.is_empty(),
            "{:#?}\nagain: cargo run -p simulate -- --one --seed {seed}",
            outcome.violations
        );
        (steps, completed, orders) =
            (steps + outcome.steps, completed + outcome.completed, orders + outcome.orders);
        seed += 1;
    }
    // A sale in which nothing is sold would prove nothing.
    assert!(completed * 5 > orders, "{completed} of {orders} orders were completed");
}

#[test]
fn a_seed_is_a_round() {
    assert_eq!(round::run(42, None), round::run(42, None));
    assert_ne!(round::run(42, None), round::run(43, None));
}

#[test]
fn every_planted_mistake_is_found() {
    for bug in BUGS {
        assert!(round::shows(bug, ROUNDS_MAX).is_some(), "{bug:?} was not found in {ROUNDS_MAX} rounds");
    }
}
