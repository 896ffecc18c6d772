//! Counters that must be there before anything is counted.

use crate::{outbox::Group, work::WORKERS};

/// Begins the counters whose rise wakes somebody. One that appears with its first mishap has not risen: an alert on its
/// rise would miss exactly that one.
pub fn begin_counters() {
    for name in [
        "parterre_oversell_total",
        "parterre_event_frozen_total",
        "parterre_orphan_payment_total",
        "parterre_payment_disputed_total",
        "parterre_refund_failed_total",
        "parterre_checkout_stuck_total",
    ] {
        metrics::counter!(name).increment(0);
    }
    for between in ["redis_postgres", "postgres_provider"] {
        metrics::counter!("parterre_drift_total", "between" => between).increment(0);
    }
    for worker in WORKERS.into_iter().chain(Group::ALL.map(Group::name)) {
        metrics::counter!("parterre_worker_panics_total", "worker" => worker).increment(0);
    }
}
