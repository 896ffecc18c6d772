//! A streaming replica, read where an answer may be some seconds old (ADR 0021).
//!
//! It is read while it keeps up: a task looks every second whether it has replayed what the primary had written a few
//! seconds ago. A replica that fails, hangs or falls behind is set aside until a look finds it well again, and whoever
//! met the failure is answered by the primary.

use crate::{
    error::{Result, StoreError},
    pool::{ACQUIRE_TIMEOUT, PgStore, options},
};
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout};

/// How old an answer of the replica may be.
pub const LAG_MAX: Duration = Duration::from_secs(5);
/// Between two looks at it.
const LOOK: Duration = Duration::from_secs(1);
/// A replica that takes longer is not waited for; the longest statement that it gets takes a fraction of this.
const PATIENCE: Duration = Duration::from_secs(2);

/// The replica, and whether to read it now.
#[derive(Debug)]
pub(crate) struct Replica {
    pool: PgPool,
    is_well: AtomicBool,
    reads: AtomicU64,
    fallbacks: AtomicU64,
}

/// What is told of the replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicaState {
    /// Whether it is read now.
    pub is_well: bool,
    /// Questions that it answered.
    pub reads: u64,
    /// Questions that the primary answered in its place.
    pub fallbacks: u64,
}

impl PgStore {
    /// Reads from the replica at `url` what may be old. It need not be there.
    pub fn with_replica(mut self, url: &str, connections_max: u32) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(connections_max)
            .acquire_timeout(PATIENCE.min(ACQUIRE_TIMEOUT))
            .connect_lazy_with(options(url, "parterre-read")?);
        let replica = Replica {
            pool,
            is_well: AtomicBool::new(false),
            reads: AtomicU64::new(0),
            fallbacks: AtomicU64::new(0),
        };
        let replica = Arc::new(replica);
        tokio::spawn(keep_looking(self.pool.clone(), Arc::downgrade(&replica)));
        self.replica = Some(replica);
        Ok(self)
    }

    /// How the replica does; `None` without one.
    pub fn replica(&self) -> Option<ReplicaState> {
        self.replica.as_ref().map(|replica| ReplicaState {
            is_well: replica.is_well.load(Relaxed),
            reads: replica.reads.load(Relaxed),
            fallbacks: replica.fallbacks.load(Relaxed),
        })
    }

    /// Asks the replica, or the primary when there is none, it is not well, or it does not answer. Never for anything
    /// that decides, and never for what its asker may just have written.
    pub(crate) async fn read_stale<T, F>(&self, ask: impl Fn(PgPool) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let Some(replica) = &self.replica else { return ask(self.pool.clone()).await };
        if replica.is_well.load(Relaxed) {
            match timeout(PATIENCE, ask(replica.pool.clone())).await {
                Ok(Ok(answer)) => {
                    replica.reads.fetch_add(1, Relaxed);
                    return Ok(answer);
                }
                Ok(Err(error)) => replica.set_aside(&error.to_string()),
                Err(_) => replica.set_aside("it does not answer in time"),
            }
        }
        replica.fallbacks.fetch_add(1, Relaxed);
        ask(self.pool.clone()).await
    }

    /// As [`Self::read_stale`]; what the replica does not have, the primary is asked for. For what never changes once it
    /// is there.
    pub(crate) async fn read_constant<T, F>(&self, ask: impl Fn(PgPool) -> F) -> Result<Option<T>>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        match self.read_stale(&ask).await? {
            None if self.replica.is_some() => ask(self.pool.clone()).await,
            found => Ok(found),
        }
    }
}

impl Replica {
    /// Until a look finds it well again.
    fn set_aside(&self, why: &str) {
        if self.is_well.swap(false, Relaxed) {
            tracing::warn!(why, "the replica is not read for now");
        }
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Positions of the primary's log, each with the moment at which it was written already.
#[derive(Debug, Default)]
struct Positions(VecDeque<(Instant, String)>);

impl Positions {
    fn put(&mut self, at: Instant, position: String) {
        self.0.push_back((at, position));
    }

    /// What a replica must have replayed to be no more than [`LAG_MAX`] behind: the youngest position of that age, or the
    /// oldest there is.
    fn required(&mut self, now: Instant) -> Option<&str> {
        while self.0.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= LAG_MAX) {
            self.0.pop_front();
        }
        self.0.front().map(|(_, position)| position.as_str())
    }
}

async fn keep_looking(primary: PgPool, replica: Weak<Replica>) {
    let mut positions = Positions::default();
    while let Some(replica) = replica.upgrade() {
        // A primary that is away writes nothing that the replica could lack. It is waited for as long as the pool does: a
        // question that is cut off would leave its connection to the next one in the middle of an answer.
        if let Ok(position) = position(&primary).await {
            positions.put(Instant::now(), position);
        }
        if let Some(required) = positions.required(Instant::now()) {
            match timeout(PATIENCE, has_replayed(&replica.pool, required)).await {
                Ok(Ok(true)) => {
                    if !replica.is_well.swap(true, Relaxed) {
                        tracing::info!("the replica is read");
                    }
                }
                Ok(Ok(false)) => replica.set_aside("it is behind, or no replica"),
                Ok(Err(error)) => replica.set_aside(&error.to_string()),
                Err(_) => replica.set_aside("it does not answer in time"),
            }
        }
        drop(replica);
        sleep(LOOK).await;
    }
}

async fn position(primary: &PgPool) -> Result<String> {
    Ok(sqlx::query_scalar("SELECT pg_current_wal_lsn()::text").fetch_one(primary).await?)
}

/// A server that was promoted goes its own way from there on: it is no replica any more.
async fn has_replayed(replica: &PgPool, position: &str) -> Result<bool> {
    let answer: Option<bool> =
        sqlx::query_scalar("SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::text::pg_lsn")
            .bind(position)
            .fetch_one(replica)
            .await
            .map_err(StoreError::from)?;
    Ok(answer.unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_youngest_position_that_is_old_enough_is_required() {
        let start = Instant::now();
        let after = |s| start + Duration::from_secs(s);
        let mut positions = Positions::default();
        assert_eq!(positions.required(start), None);
        positions.put(after(0), "0/A".into());
        assert_eq!(positions.required(after(0)), Some("0/A"), "the only one there is");
        for second in 1..=6 {
            positions.put(after(second), format!("0/{second}"));
        }
        assert_eq!(positions.required(after(5)), Some("0/A"));
        assert_eq!(positions.required(after(6)), Some("0/1"));
        assert_eq!(positions.required(after(60)), Some("0/6"), "the primary was away since");
    }
}
