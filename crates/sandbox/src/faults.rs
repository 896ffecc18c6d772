//! Told to misbehave, so that callers can be tested against a provider on a bad day.

use serde::{Deserialize, Serialize};

/// How to misbehave; `POST /_sandbox/faults` replaces all of it, `{}` ends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Faults {
    /// Every webhook is delivered twice.
    pub duplicate: bool,
    /// Every webhook waits this long.
    pub delay_ms: u64,
    /// Webhooks are gathered for a moment and delivered backwards.
    pub reorder: bool,
    /// So many webhooks are never delivered; `GET /v1/events` still lists them.
    pub drop_next: u32,
    /// Every API call waits this long before it acts.
    pub latency_ms: u64,
    /// So many API calls answer 500 and do nothing.
    pub fail_next: u32,
    /// So many API calls answer 429 and do nothing.
    pub limit_next: u32,
    /// API calls whose path contains this wait before they act, until the faults are replaced.
    pub hold_before: Option<String>,
    /// API calls whose path contains this act, and wait before they answer, until the faults are replaced.
    pub hold_after: Option<String>,
    /// How many calls wait so; told, not set.
    #[serde(skip_deserializing)]
    pub held: u32,
    /// So many API calls act, and then break the connection instead of answering.
    pub lose_answer_next: u32,
    /// So many mails are asked to come again later (451).
    pub mail_busy_next: u32,
    /// So many text messages are answered with 503.
    pub sms_fail_next: u32,
}

/// Takes one of `count`, if there is one.
pub(crate) fn take(count: &mut u32) -> bool {
    let any = *count > 0;
    *count = count.saturating_sub(1);
    any
}
