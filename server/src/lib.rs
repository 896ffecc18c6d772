//! The composition root of Parterre: settings, the use cases over their stores, the site, and what a process does by
//! its role. Everything is put together here, and nothing is decided. The program itself is `main.rs`; the tests in
//! `tests/it` start the same parts in their own process.
//!
//! To add a role: a variant of `Role` in `main.rs` and a function in [`roles`]. To add a route: a file in `http/api`,
//! its line in `http/api.rs` and in `http/api/openapi.rs`.

pub mod compose;
pub mod config;
pub mod http;
pub mod logging;
pub mod roles;
mod supervise;
