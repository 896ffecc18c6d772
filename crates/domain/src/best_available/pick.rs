//! Picking among near-equals by a seed: no generator to carry around, the same seed gives the same answer.

/// One of the candidates whose cost is within `spread` (of the range of all costs) of the lowest.
pub(super) fn pick<W: Copy>(
    candidates: &[W],
    cost: impl Fn(&W) -> f64,
    spread: impl Fn(f64) -> f64,
    seed: u64,
) -> Option<W> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for candidate in candidates {
        let cost = cost(candidate);
        low = low.min(cost);
        high = high.max(cost);
    }
    let limit = low + spread(high - low);
    let near = || candidates.iter().filter(|candidate| cost(candidate) <= limit);
    let count = near().count() as u64;
    let nth = mixed(seed).checked_rem(count)?;
    near().nth(usize::try_from(nth).ok()?).copied()
}

/// Another seed, so that a split is not picked in step with the whole blocks.
pub(super) fn split_seed(seed: u64) -> u64 {
    seed ^ 0x5bd1_e995_9d1c_a3a7
}

/// Mixes all bits of the seed (the finaliser of SplitMix64): callers may count seeds up.
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
