//! Payments, spoken to Stripe. All Stripe types of Parterre are here; nothing outside sees one.
//!
//! The rest of the product knows the [`Gateway`] trait, the plain types of [`types`], and
//! [`verify_webhook`]. [`StripeGateway`] is the one implementation; point its `base_url` at the sandbox and the
//! very same code runs without keys.
//!
//! To speak one more call: add a method to [`Gateway`] in plain types, build the request in a module of its own
//! under `stripe/`, send it through `StripeGateway::send` (pace, breaker, timeout and error mapping live there),
//! and prove it against the sandbox in `tests/`.

mod error;
mod gateway;
mod types;

pub use error::{GatewayError, WebhookError};
pub use gateway::{Answer, Gateway};
pub use types::{
    Charge, ChargeOutcome, IntentId, OpenSession, Refund, RefundId, RefundState, Session, SessionId, SessionLine,
    SessionState, WebhookFact, WebhookKind,
};
