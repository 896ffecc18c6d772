//! The gateway against the sandbox, over real sockets.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod api;
mod charges;
mod common;
mod faults;
mod hosted_page;
mod sessions;
mod webhooks;
