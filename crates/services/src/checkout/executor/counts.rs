//! Numbers for the operator: each step is counted once, when it was stored.

use domain::checkout::{Checkout, Input, Phase, Reason};

/// Counts what a stored step has brought about.
pub(super) fn count(before: &Checkout, after: &Checkout, input: Input) {
    if before.phase == after.phase {
        return;
    }
    let order = match (before.phase, after.phase) {
        (Phase::Start, _) => Some("placed"),
        (_, Phase::Settling) => Some("completed"),
        (_, Phase::Closed(Reason::Deadline)) => Some("expired"),
        (_, Phase::Closed(_)) => Some("cancelled"),
        _ => None,
    };
    if let Some(status) = order {
        metrics::counter!("parterre_orders_total", "status" => status).increment(1);
    }
    let payment = match input {
        Input::Captured { .. } => Some("captured"),
        Input::Declined { .. } => Some("declined"),
        Input::SessionFailed { .. } => Some("refused"),
        Input::SessionClosed { .. } => Some("expired"),
        _ => None,
    };
    if let Some(outcome) = payment {
        metrics::counter!("parterre_payments_total", "outcome" => outcome).increment(1);
    }
}
