//! The shipped scripts as bytes: what a load generator sends to measure Redis without this crate's client.

use crate::{
    holds::Call,
    scripts::{self, Keys},
};
use bytes::Bytes;
use domain::{hold::HoldRequest, ids::EventId};

/// Text of the script that holds.
pub fn hold_script() -> &'static str {
    scripts::HOLD.text()
}

/// Text of the script that reads a snapshot.
pub fn snapshot_script() -> &'static str {
    scripts::SNAPSHOT.text()
}

/// What every script of an event gets as KEYS.
pub fn keys(event: EventId) -> Vec<Bytes> {
    Keys::of(event).all().iter().map(|key| Bytes::copy_from_slice(key.as_bytes())).collect()
}

/// What the script that holds gets as ARGV for one request.
pub fn hold_args(request: HoldRequest) -> [Bytes; 7] {
    Call::new(request).into_args()
}
