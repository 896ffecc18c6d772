//! The store against a real Redis (`TEST_REDIS_URL`); each test has an event of its own.

mod common;
mod events;
mod holds;
mod model;
