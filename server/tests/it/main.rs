//! The whole server from outside: HTTP and WebSocket, the real PostgreSQL and Redis, the payment sandbox.
//!
//! To add a test: start a [`world::World`] (own database, own events, own sandbox; Redis is shared unless the test
//! harms it), speak to it with [`client::Client`] as an outside program would, and wait on values with
//! [`world::eventually`]. What has to survive a crash runs as a child process: [`child::Child`].

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod backup;
mod best_available;
mod books;
mod buyer;
mod catalogue;
mod checkout;
mod child;
mod client;
mod commits;
mod crash;
mod crash_points;
mod cut;
mod deadline;
mod delivery;
mod documents;
mod holds;
mod hosted;
mod house;
mod live;
mod losing_redis;
mod lost_tickets;
mod outbox;
mod oversell;
mod own_redis;
mod papers;
mod race;
mod refunds;
mod refusal_pages;
mod refusals;
mod repeats;
mod returns;
mod seatmap;
mod socket;
mod staff;
mod texts;
mod tickets;
mod trial;
mod visitor;
mod webhooks;
mod world;
