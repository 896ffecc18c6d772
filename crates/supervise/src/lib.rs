//! The product's own PostgreSQL and Redis, run as child processes.
//!
//! `Services::start` gives two ready URLs, whatever the machine has: where a URL is configured that server
//! is the operator's and is left alone; the other is initialised once under the data folder, started on a
//! free loopback port with a secret of its own, watched, restarted when it dies, and stopped in order.
//!
//! What always holds:
//! - One supervisor per data folder, by a file lock that dies with its holder.
//! - No server outlives its supervisor: the kernel signals it when the supervisor is killed, and what is
//!   still running all the same is found and stopped by the next start.
//! - The data folder of PostgreSQL appears whole or not at all (built beside, then renamed).
//! - Redis comes back with exactly what it had at an orderly stop, or empty; never with an older state.
//! - As root, neither server runs as root.
//!
//! To add a server: implement `kind::Kind` in a file of its own and start it in `keeper`.

mod account;
mod error;
mod keeper;
mod kind;
mod postgres;
mod process;
mod redis;
mod services;
mod state_dir;
#[cfg(feature = "testing")]
pub mod testing;
mod throwaway;

pub use error::Error;
pub use services::{Config, Durability, Services};
pub use throwaway::{run_durable, run_throwaway};
