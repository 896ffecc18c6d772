//! Payments, spoken to Stripe. All Stripe types of Parterre are here; nothing outside sees one.
//!
//! The rest of the product knows the [`Gateway`] trait, plain types in our own words, and [`verify_webhook`].
//! [`StripeGateway`] is the one implementation; point its `base_url` at the sandbox and the very same code runs
//! without keys.
//!
//! To speak one more call: add a method to [`Gateway`] in plain types, build the request in the module of its noun
//! under `stripe/`, what is read of its answer in `stripe/seen.rs` (what we need and no more), send it through
//! `StripeGateway::send` (pace, breaker, timeout and error mapping live there), and prove it against the sandbox in
//! `tests/`.

mod breaker;
mod config;
mod error;
mod gateway;
mod pace;
mod stripe;
mod types;
mod webhook;

pub use config::{Limits, StripeConfig};
pub use domain::secret::Secret;
pub use error::{ConfigError, GatewayError, WebhookError};
pub use gateway::{Answer, Gateway};
pub use stripe::StripeGateway;
pub use types::{
    Charge, ChargeOutcome, IntentId, OpenSession, Refund, RefundId, RefundState, Session, SessionId,
    SessionLine, SessionState, Taken, TakenPage, WebhookFact, WebhookKind,
};
pub use webhook::{WEBHOOK_TOLERANCE_S, parse_webhook, verify_webhook};
