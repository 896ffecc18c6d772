//! States and times in the words of the staff pages: the names of the tables, which support and engineers share.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// A state by its stored name, without underscores.
pub(super) fn name_of(state: impl Serialize) -> String {
    match serde_json::to_value(state) {
        Ok(serde_json::Value::String(name)) => name.replace('_', " "),
        _ => "unknown".to_owned(),
    }
}

/// The tone of a state's label.
pub(super) fn tone_of(name: &str) -> &'static str {
    match name {
        "failed" | "surplus" | "dead" | "disputed" => "state bad",
        "placed" | "pending" | "processing" | "creating" | "open" | "partial" | "waiting" => "state warn",
        "cancelled" | "expired" | "voided" | "none" => "state muted",
        _ => "state",
    }
}

/// A moment to the second, in UTC: logs are compared, so they share a zone.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// What `<time datetime>` wants.
pub(super) fn machine_time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_names_of_the_tables() {
        assert_eq!(name_of(services::support::RefundStatus::Partial), "partial");
        assert_eq!(name_of(services::support::PaymentState::Surplus), "surplus");
        assert_eq!(tone_of("surplus"), "state bad");
        assert_eq!(moment(DateTime::UNIX_EPOCH), "1970-01-01 00:00:00");
    }
}
