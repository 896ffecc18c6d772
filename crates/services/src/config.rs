//! What the use cases need to know of the installation.

use crate::HoldSecret;

/// Settings of the use cases.
#[derive(Clone, Debug)]
pub struct ServicesConfig {
    /// Where the site is reached from outside, without a slash at the end.
    pub base_url: String,
    /// Authenticates hold tokens.
    pub hold_secret: HoldSecret,
    /// Secret of the payment provider's webhooks.
    pub webhook_secret: payments::Secret,
    /// From placing an order to its deadline.
    pub pay_window_ms: u64,
}
