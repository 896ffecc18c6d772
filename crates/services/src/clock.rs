//! The one place that reads the clock and draws random numbers. Expiry of holds is never decided by it: Redis' clock is.

use chrono::{DateTime, Utc};
use rand::RngCore;

/// Now, on this machine's clock.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The instant of `ms` milliseconds since 1970.
pub fn from_ms(ms: u64) -> DateTime<Utc> {
    i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Random bytes fit for secrets.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// A random number that seeds a shuffle; not for secrets.
pub fn seed() -> u64 {
    rand::rng().next_u64()
}
