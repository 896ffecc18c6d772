//! The one place that reads the clock. Tests bring their own.

use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Tells the time; hand in your own to let sessions expire without waiting.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The system's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox stands outside the product and has no services::clock"
)]
pub(crate) fn system() -> Clock {
    Arc::new(Utc::now)
}
