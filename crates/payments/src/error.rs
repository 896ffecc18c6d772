//! What can go wrong between us and the provider, by what the caller does about it. Texts carry no secrets.

use std::time::Duration;

/// Why a gateway call gave no answer. A declined card is not an error: see [`crate::ChargeOutcome`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// Nothing was sent: the provider's rate limit is near, or it has just failed several times in a row.
    #[error("payments are busy, next try in {retry_after:?}")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// The provider answered 409, 429 or 5xx: repeat later with the same idempotency key.
    #[error("the payment provider is busy ({status}), next try in {retry_after:?}")]
    ProviderBusy {
        /// The HTTP status.
        status: u16,
        /// When to try again.
        retry_after: Duration,
    },
    /// The provider understood and refuses: a fault of ours or of the configuration, repeating does not help.
    #[error("the payment provider refuses the request ({status} {code}): {message}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The provider's code (`idempotency_error`, `resource_missing`, …).
        code: String,
        /// For logs, never for a browser.
        message: String,
    },
    /// No answer, or none that can be read: whether it happened is unknown.
    #[error("the payment provider cannot be reached: {0}")]
    Unreachable(String),
}

impl GatewayError {
    /// Whether the provider may have acted nevertheless; then only a repetition with the same key tells.
    pub fn outcome_unknown(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::ProviderBusy { .. })
    }

    /// When to try again, if trying again is any use.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after } | Self::ProviderBusy { retry_after, .. } => Some(*retry_after),
            Self::Unreachable(_) => Some(Duration::from_secs(1)),
            Self::Rejected { .. } => None,
        }
    }
}

/// Why a webhook is refused; all of them are answered 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The `Stripe-Signature` header is not one.
    #[error("the signature header cannot be read")]
    BadHeader,
    /// Signed with another secret, or changed on the way.
    #[error("the signature does not match")]
    BadSignature,
    /// Signed more than [`crate::WEBHOOK_TOLERANCE_S`] seconds ago (or ahead): perhaps a replay.
    #[error("the signature is too old")]
    Stale,
    /// The signature is good (or could not be looked at, for bytes that are no text) but the body is no webhook.
    #[error("the body cannot be read")]
    BadBody,
}

/// Why a configuration makes no gateway.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The secret key has characters that no header may carry.
    #[error("the payment provider's secret key cannot be sent: only visible ASCII characters are allowed")]
    SecretKey,
    /// The base address is none.
    #[error("the payment provider's base address {0:?} is not an http(s) address")]
    BaseUrl(String),
}
