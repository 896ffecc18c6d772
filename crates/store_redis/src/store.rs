//! The connections, and the calls that are one plain command.

use crate::{batch::Batcher, error::Result, live::LiveFeed, nodes::Nodes};
use fred::interfaces::KeysInterface;
use std::sync::Arc;

/// Redis as Parterre uses it. Cheap to clone; all clones share the connections and the waiting holds.
#[derive(Clone)]
pub struct RedisStore {
    inner: Arc<Inner>,
}

struct Inner {
    nodes: Nodes,
    batcher: Batcher,
}

impl std::fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisStore").field("connections", &self.nodes().pool_size()).finish()
    }
}

impl RedisStore {
    /// Connects `pool_size` connections to `url` (`redis://`, `redis+unix://`), or to each master of a cluster
    /// (`redis-cluster://host:port?node=host:port`), and waits until they stand. A connection that is lost later comes
    /// back by itself; calls fail fast meanwhile. Of a cluster one node must be there; events of a master that is away
    /// are not available until it comes.
    pub async fn connect(url: &str, pool_size: usize) -> Result<Self> {
        let nodes = Nodes::connect(url, pool_size).await?;
        Ok(Self { inner: Arc::new(Inner { nodes, batcher: Batcher::default() }) })
    }

    /// Answers when Redis does; of a cluster, when some master does.
    pub async fn ping(&self) -> Result<()> {
        self.nodes().ping().await
    }

    /// Opens connections of their own that hear deltas as they happen.
    pub async fn subscribe(&self) -> Result<LiveFeed> {
        LiveFeed::open(self.nodes().clone()).await
    }

    pub(crate) fn nodes(&self) -> &Nodes {
        &self.inner.nodes
    }

    pub(crate) fn batcher(&self) -> &Batcher {
        &self.inner.batcher
    }

    /// Removes keys of one event.
    pub(crate) async fn delete(&self, keys: Vec<fred::types::Key>) -> Result<()> {
        let Some(key) = keys.first().and_then(|key| key.as_str()).map(str::to_owned) else { return Ok(()) };
        let _: u64 = self
            .nodes()
            .ask(&key, |client| {
                let keys = keys.clone();
                async move { client.unlink(keys).await }
            })
            .await?;
        Ok(())
    }

    /// Closes every connection; for tests and an orderly stop.
    pub async fn close(&self) -> Result<()> {
        self.nodes().close().await
    }
}
