//! The store against a real Redis (`TEST_REDIS_URL`); each test has an event of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod cluster;
mod common;
mod cost;
mod events;
mod holds;
mod model;
mod streams;
