//! The seam between Parterre and whoever takes the money.

use crate::{
    Charge, ChargeOutcome, GatewayError, IntentId, OpenSession, Refund, RefundId, RefundState, Session,
    SessionId, SessionState, TakenPage,
};
use chrono::{DateTime, Utc};
use std::{future::Future, pin::Pin, time::Duration};

/// What a gateway call gives back; boxed so that `Arc<dyn Gateway>` works.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, GatewayError>> + Send + 'a>>;

/// A payment provider. Every call is bounded in time, and every call that takes or returns money carries an
/// idempotency key: after [`GatewayError::outcome_unknown`] the caller repeats it with the same key and the same
/// arguments. Never hold a database connection or a lock across a call.
pub trait Gateway: Send + Sync {
    /// Opens a hosted payment page.
    fn open_session<'a>(&'a self, open: &'a OpenSession) -> Answer<'a, Session>;

    /// Closes a hosted payment page. `Expired`: no payment can come any more, the seats may go. `Paid` or
    /// `Processing`: the buyer was faster, the seats must stay.
    fn expire_session<'a>(&'a self, session: &'a SessionId) -> Answer<'a, SessionState>;

    /// Asks how a hosted payment page stands; for reconciliation and the return page.
    fn session<'a>(&'a self, session: &'a SessionId) -> Answer<'a, SessionState>;

    /// Charges a payment method at once.
    fn charge<'a>(&'a self, charge: &'a Charge) -> Answer<'a, ChargeOutcome>;

    /// Asks how a charge stands; for reconciliation after an unknown outcome.
    fn intent<'a>(&'a self, intent: &'a IntentId) -> Answer<'a, ChargeOutcome>;

    /// Gives money back.
    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, RefundState>;

    /// Asks how a refund stands; for those whose webhook did not come.
    fn refund_state<'a>(&'a self, refund: &'a RefundId) -> Answer<'a, RefundState>;

    /// Money taken by payments made since `since`, newest first, at most 100 a page; `after` is the `next` of the page
    /// before. For reconciliation.
    fn taken<'a>(&'a self, since: DateTime<Utc>, after: Option<&'a IntentId>) -> Answer<'a, TakenPage>;

    /// The provider does not answer, and is left alone for so long; `None` when calls go through.
    fn outage(&self) -> Option<Duration>;
}
