//! The connections, and the calls that are one plain command.

use crate::{
    batch::Batcher,
    error::{Error, Result},
    live::LiveFeed,
};
use fred::{
    clients::{Client, Pool},
    interfaces::{ClientLike, KeysInterface},
    prelude::Builder,
    types::config::{Config, ReconnectPolicy, UnresponsiveConfig},
};
use std::{sync::Arc, time::Duration};

/// A call that took longer is given up; a healthy one takes less than a millisecond.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(3);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Reconnect for ever, at first at once, at most every two seconds.
const RECONNECT_MS: (u32, u32) = (50, 2_000);
/// Calls that wait in one connection; beyond that they fail at once.
const COMMANDS_WAITING_MAX: usize = 10_000;
/// Live messages between two reads of the feed; beyond that the reader is told to resync.
const LIVE_MESSAGES_MAX: usize = 16_384;

/// Redis as Parterre uses it. Cheap to clone; all clones share the connections and the waiting holds.
#[derive(Clone)]
pub struct RedisStore {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
    builder: Builder,
    batcher: Batcher,
}

impl std::fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisStore").field("connections", &self.inner.pool.size()).finish()
    }
}

impl RedisStore {
    /// Connects `pool_size` connections to `url` (`redis://`, `redis-cluster://`, `redis+unix://`) and waits until
    /// they stand. A connection that is lost later comes back by itself; calls fail fast meanwhile.
    pub async fn connect(url: &str, pool_size: usize) -> Result<Self> {
        let config = Config::from_url(url)?;
        let mut builder = Builder::from_config(config);
        builder
            .with_performance_config(|c| {
                c.default_command_timeout = COMMAND_TIMEOUT;
                c.broadcast_channel_capacity = LIVE_MESSAGES_MAX;
            })
            .with_connection_config(|c| {
                c.connection_timeout = CONNECT_TIMEOUT;
                c.internal_command_timeout = COMMAND_TIMEOUT;
                c.max_command_attempts = 1;
                c.max_command_buffer_len = COMMANDS_WAITING_MAX;
                c.tcp.nodelay = Some(true);
                c.unresponsive = UnresponsiveConfig {
                    max_timeout: Some(2 * COMMAND_TIMEOUT),
                    interval: COMMAND_TIMEOUT / 3,
                };
            })
            .set_policy(ReconnectPolicy::new_exponential(0, RECONNECT_MS.0, RECONNECT_MS.1, 2));
        let pool = builder.build_pool(pool_size.max(1))?;
        pool.init().await?;
        Ok(Self { inner: Arc::new(Inner { pool, builder, batcher: Batcher::default() }) })
    }

    /// Answers when Redis does.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.client()?.ping::<()>(None).await?)
    }

    /// Opens a connection of its own that hears deltas as they happen.
    pub async fn subscribe(&self) -> Result<LiveFeed> {
        let client = self.inner.builder.build_subscriber_client()?;
        LiveFeed::open(client).await
    }

    /// The connection for the next call. One that is known to be down answers at once instead of queueing.
    pub(crate) fn client(&self) -> Result<&Client> {
        let client = self.inner.pool.next_connected();
        if client.is_connected() { Ok(client) } else { Err(Error::Unavailable) }
    }

    /// Makes connections of their own, for what waits.
    pub(crate) fn builder(&self) -> &Builder {
        &self.inner.builder
    }

    pub(crate) fn batcher(&self) -> &Batcher {
        &self.inner.batcher
    }

    pub(crate) async fn delete(&self, keys: Vec<fred::types::Key>) -> Result<()> {
        let _: u64 = self.client()?.unlink(keys).await?;
        Ok(())
    }

    /// Closes every connection; for tests and an orderly stop.
    pub async fn close(&self) -> Result<()> {
        self.inner.pool.quit().await.map_err(Error::from)
    }
}
