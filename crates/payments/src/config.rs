//! Where the provider is, who we are there, and how hard we may knock.

use domain::secret::Secret;
use std::time::Duration;

/// The provider's limits and our patience. We stay at 80 % of the limits, with bursts of the other 20 %, so that
/// no second ever sees more than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests a second to one endpoint that the provider allows.
    pub endpoint_per_s: u32,
    /// Requests a second of the whole account that the provider allows.
    pub account_per_s: u32,
    /// The longest that one call waits for its turn before it answers `Busy`.
    pub wait_ms_max: u64,
    /// The longest that one call may take at the provider.
    pub timeout_ms: u64,
}

impl Limits {
    /// Stripe's published defaults for live keys: 25 a second an endpoint, 100 an account.
    pub const LIVE: Self =
        Self { endpoint_per_s: 25, account_per_s: 100, wait_ms_max: 4_000, timeout_ms: 20_000 };
    /// For our own sandbox on the loopback.
    pub const SANDBOX: Self =
        Self { endpoint_per_s: 5_000, account_per_s: 10_000, wait_ms_max: 4_000, timeout_ms: 10_000 };

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    pub(crate) fn wait_max(&self) -> Duration {
        Duration::from_millis(self.wait_ms_max)
    }
}

/// All that [`crate::StripeGateway`] needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeConfig {
    /// `sk_live_…`, `sk_test_…`, or the sandbox's.
    pub secret_key: Secret,
    /// What [`crate::verify_webhook`] checks with (`whsec_…`).
    pub webhook_secret: Secret,
    /// `https://api.stripe.com`, or the sandbox's address.
    pub base_url: String,
    /// How hard we may knock.
    pub limits: Limits,
}

impl StripeConfig {
    /// Stripe itself.
    pub fn stripe(secret_key: impl Into<String>, webhook_secret: impl Into<String>) -> Self {
        Self {
            secret_key: Secret::new(secret_key),
            webhook_secret: Secret::new(webhook_secret),
            base_url: "https://api.stripe.com".to_owned(),
            limits: Limits::LIVE,
        }
    }

    /// Our sandbox at `base_url`.
    pub fn sandbox(
        secret_key: impl Into<String>,
        webhook_secret: impl Into<String>,
        base_url: impl Into<String>,
    ) -> Self {
        Self {
            base_url: base_url.into(),
            limits: Limits::SANDBOX,
            ..Self::stripe(secret_key, webhook_secret)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_in_a_log_shows_no_secret() {
        let text = format!("{:?}", StripeConfig::stripe("sk_live_abc", "whsec_def"));
        assert!(!text.contains("abc") && !text.contains("def"), "{text}");
    }
}
