//! A payment sandbox: the part of Stripe's HTTP API that Parterre uses, a hosted payment page, and signed
//! webhooks, on a port of its own; beside it a mail server and a telephone whose messages stay here. It takes no money. `docs/sandbox.md` says what it speaks.
//!
//! To add a call: a handler under `api/` that reads [`form::Form`] and changes `state::State` under its lock
//! (everything between two answers is one step, so pay and expire cannot both win), the object's JSON in
//! `shape.rs`, a route in `api.rs`, and a test through the real client in `payments/tests`.

mod api;
mod cards;
mod clock;
mod config;
mod delivery;
mod faults;
mod form;
mod journal;
mod mail;
mod mailbox;
mod model;
mod pages;
mod server;
mod shape;
mod state;
mod telephone;

pub use clock::Clock;
pub use config::SandboxConfig;
pub use delivery::sign;
pub use server::{serve, serve_with_mail};
pub use telephone::sign_form;
