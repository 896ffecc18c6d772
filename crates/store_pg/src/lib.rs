//! PostgreSQL: what is durable. All SQL of Parterre is here, and nothing but SQL: no rule of the house, no
//! clock, no randomness. Times and new ids come in as arguments.
//!
//! To add a query: find the module of its noun, write the statement as one static text next to the method on
//! [`PgStore`] that runs it, and give the method a test in `tests/it` (a runtime query is checked by nobody
//! else, see `docs/adr/0002-runtime-queries.md`). A statement that changes a state is guarded by the state it
//! expects and looks at its row count. A change is audited in its own transaction ([`audit`]). A new constraint
//! gets a name, and [`error`] maps the name to a meaning.
//!
//! What each table and constraint guards: `docs/data.md`.

pub mod audit;
pub mod catalogue;
pub mod checkouts;
pub mod dead_letters;
pub mod deliveries;
pub mod demo;
pub mod error;
pub mod facts;
pub mod flight;
pub mod hold_log;
pub mod idempotency;
pub mod integrity;
pub mod invoices;
pub mod keys;
pub mod orders;
pub mod organizers;
pub mod outbox;
pub mod payments;
pub mod plans;
mod pool;
pub mod refunds;
pub mod replica;
pub mod reservations;
mod secrets;
pub mod staff;
pub mod support;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tickets;

pub use error::{Result, StoreError};
pub use pool::{MIGRATIONS, PgStore};
