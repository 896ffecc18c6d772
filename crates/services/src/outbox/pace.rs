//! How long consumers work, wait and try.

use std::time::Duration;

/// How consumers of a group go about it. The default is what the product does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long a consumer has a fact to itself; after that its process counts as dead.
    pub lease: Duration,
    /// How long an effect may take; shorter than the lease.
    pub effect_max: Duration,
    /// Pause after the first failed attempt; doubled with each.
    pub pause_min: Duration,
    /// The longest pause.
    pub pause_max: Duration,
    /// Attempts until a fact becomes a dead letter. With the default pauses that is most of an hour.
    pub attempts_max: u32,
    /// Facts that one process has in hand at once.
    pub at_once: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(120),
            effect_max: Duration::from_secs(60),
            pause_min: Duration::from_secs(2),
            pause_max: Duration::from_secs(15 * 60),
            attempts_max: 12,
            at_once: 8,
        }
    }
}

impl Pace {
    /// The pause after an attempt (from 1) that failed: doubled each time, up to the longest, of which between half and
    /// all by `dice`, so that what failed together is not tried together.
    pub(super) fn pause_after(&self, attempt: u32, dice: u64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(30);
        let whole = self.pause_min.saturating_mul(1 << doublings).min(self.pause_max);
        let half = whole / 2;
        let part = u32::try_from(dice % 1_000).unwrap_or_default();
        half + half * part / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_spread_over_their_second_half() {
        let pace = Pace::default();
        let bounds = |attempt| (pace.pause_after(attempt, 0), pace.pause_after(attempt, 999));
        let table = [(1, 1_000, 2_000), (2, 2_000, 4_000), (5, 16_000, 32_000), (40, 450_000, 900_000)];
        for (attempt, least_ms, most_ms) in table {
            let (least, most) = bounds(attempt);
            assert_eq!(least, Duration::from_millis(least_ms), "{attempt}");
            assert!(most > least && most <= Duration::from_millis(most_ms), "{attempt}: {most:?}");
        }
    }
}
