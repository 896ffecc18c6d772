//! What a large house has beside the two servers, for tests: a cluster of Redis and a replica of PostgreSQL, on the
//! loopback, with nothing that lasts. They end with the value, and by the kernel's hand with the thread that made it.

mod cluster;
mod replica;

pub use cluster::RedisCluster;
pub use replica::Replica;

use crate::error::Error;
use crate::process::log_tail;
use std::path::Path;

fn not_ready(name: &'static str, reason: impl Into<String>, log: &Path) -> Error {
    Error::NotReady { name, reason: reason.into(), tail: log_tail(log), log: log.to_owned() }
}
