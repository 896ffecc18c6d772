//! How often somebody may try to sign in: by address, and by account whatever the address. A right password that comes
//! too soon is refused as well, or trying would cost nothing.

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// One try more for each of these.
const BY_ADDRESS: Duration = Duration::from_secs(6);
const BY_ACCOUNT: Duration = Duration::from_secs(12);
/// Tries in a row: a house full of people is one address.
const ADDRESS_BURST: NonZeroU32 = NonZeroU32::new(20).unwrap();
const ACCOUNT_BURST: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// Quiet ones are forgotten once in so many tries.
const TIDY_EVERY: u32 = 1_000;

/// Tries to sign in, of this process.
pub struct SignInPace {
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    accounts: DefaultKeyedRateLimiter<String>,
    seen: AtomicU32,
}

impl Default for SignInPace {
    fn default() -> Self {
        Self {
            addresses: limiter(BY_ADDRESS, ADDRESS_BURST),
            accounts: limiter(BY_ACCOUNT, ACCOUNT_BURST),
            seen: AtomicU32::new(0),
        }
    }
}

impl SignInPace {
    /// Whether this try may be made; it counts either way.
    pub fn allows(&self, address: Option<IpAddr>, email: &str) -> bool {
        if self.seen.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.addresses.retain_recent();
            self.accounts.retain_recent();
        }
        let address = address.is_none_or(|address| self.addresses.check_key(&address).is_ok());
        let account: String = email.trim().to_lowercase().chars().take(200).collect();
        address && self.accounts.check_key(&account).is_ok()
    }
}

fn limiter<K: Hash + Eq + Clone>(each: Duration, burst: NonZeroU32) -> DefaultKeyedRateLimiter<K> {
    let quota = Quota::with_period(each).unwrap_or(Quota::per_second(NonZeroU32::MIN));
    RateLimiter::keyed(quota.allow_burst(burst))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn an_account_and_an_address_have_so_many_tries() {
        let pace = SignInPace::default();
        let address = |last| Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)));
        let tries = |last: u8, email: &str| (0..100).filter(|_| pace.allows(address(last), email)).count();
        assert_eq!(tries(1, "eve@example.org"), 10);
        assert_eq!(tries(2, " EVE@example.org"), 0, "from another address, in other letters");
        assert!(pace.allows(address(3), "adam@example.org"));
        assert!(!pace.allows(address(1), "adam@example.org"), "the address has none left");
    }
}
