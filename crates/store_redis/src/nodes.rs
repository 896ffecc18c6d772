//! Which server has a key: the one there is, or the master of the key's slot in a cluster.
//!
//! Each master has connections of its own. A client of a whole cluster would reconnect as a whole: while one master is
//! away it answers for none. Here a master that is away costs its own events and nobody else's.

mod slots;
mod watch;

use crate::{
    connecting::{Address, AtFirst, CONNECT_TIMEOUT},
    error::{Error, Result},
};
use fred::{
    clients::{Client, Pool, SubscriberClient},
    interfaces::ClientLike,
    types::config::Server,
    util::redis_keyslot,
};
use futures::future::join_all;
use slots::Range;
use std::{sync::Arc, time::Duration};
use tokio::sync::{
    Notify,
    watch::{Receiver, Sender},
};

/// How long a caller waits for the map of the cluster to be read anew.
const LOOK_PATIENCE: Duration = Duration::from_secs(3);

/// All servers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Nodes(Arc<Inner>);

struct Inner {
    address: Address,
    pool_size: usize,
    clustered: bool,
    map: Sender<Arc<Map>>,
    /// Somebody was sent elsewhere: the map is old.
    look: Notify,
    /// Counts the looks.
    looked: Sender<u64>,
}

/// Where every slot is.
#[derive(Default)]
pub(crate) struct Map {
    nodes: Vec<Arc<Node>>,
    /// Sorted; the position of the master in `nodes`.
    ranges: Vec<(Range, usize)>,
}

/// One server and our connections to it.
pub(crate) struct Node {
    /// `None` is the server on its own.
    server: Option<Server>,
    pool: Pool,
}

impl Node {
    /// A connection for the next call. One that is known to be down answers at once instead of queueing.
    fn client(&self) -> Result<Client> {
        let client = self.pool.next_connected();
        if client.is_connected() { Ok(client.clone()) } else { Err(Error::Unavailable) }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let pool = self.pool.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { pool.quit().await });
        }
    }
}

impl Map {
    fn of_slot(&self, slot: u16) -> Option<&Arc<Node>> {
        let at = self.ranges.partition_point(|(range, _)| range.last < slot);
        let (range, node) = self.ranges.get(at)?;
        if range.first <= slot { self.nodes.get(*node) } else { None }
    }
}

impl Nodes {
    /// Connects `pool_size` connections to each server. A server on its own must be there; of a cluster, one node that
    /// tells where the others are.
    pub(crate) async fn connect(url: &str, pool_size: usize) -> Result<Self> {
        let address = Address::parse(url)?;
        let seeds = address.seeds();
        let inner = Inner {
            address,
            pool_size: pool_size.max(1),
            clustered: seeds.is_some(),
            map: Sender::new(Arc::default()),
            look: Notify::new(),
            looked: Sender::new(0),
        };
        let nodes = Self(Arc::new(inner));
        match seeds {
            None => {
                let pool = nodes.0.address.builder(None, AtFirst::Fail).build_pool(nodes.0.pool_size)?;
                pool.init().await?;
                let node = Arc::new(Node { server: None, pool });
                nodes.0.map.send_replace(Arc::new(Map { nodes: vec![node], ranges: Vec::new() }));
            }
            Some(_) => {
                nodes.read_map().await?;
                tokio::spawn(watch::keep(Arc::downgrade(&nodes.0)));
            }
        }
        Ok(nodes)
    }

    fn node_of(&self, key: &str) -> Result<Arc<Node>> {
        let map = self.0.map.borrow();
        let node =
            if self.0.clustered { map.of_slot(redis_keyslot(key.as_bytes())) } else { map.nodes.first() };
        node.cloned().ok_or(Error::Unavailable)
    }

    /// A connection to whoever has `key`.
    pub(crate) fn client(&self, key: &str) -> Result<Client> {
        self.node_of(key)?.client()
    }

    /// The server that has `key`; `None` within is the server on its own.
    pub(crate) fn server_of(&self, key: &str) -> Result<Option<Server>> {
        Ok(self.node_of(key)?.server.clone())
    }

    /// Every server there is now.
    pub(crate) fn servers(&self) -> Vec<Option<Server>> {
        self.0.map.borrow().nodes.iter().map(|node| node.server.clone()).collect()
    }

    /// Told of each change of the map.
    pub(crate) fn changes(&self) -> Receiver<Arc<Map>> {
        self.0.map.subscribe()
    }

    /// Makes a connection of its own to whoever has `key`, for what waits.
    pub(crate) async fn connect_apart(&self, key: &str) -> Result<Client> {
        let server = self.server_of(key)?;
        self.0.address.connect(server.as_ref()).await
    }

    /// A connection of its own to a server, for subscriptions. One of a cluster may still be on its way up.
    pub(crate) async fn subscriber(&self, server: Option<&Server>) -> Result<SubscriberClient> {
        let at_first = if self.0.clustered { AtFirst::Persist } else { AtFirst::Fail };
        let client = self.0.address.builder(server, at_first).build_subscriber_client()?;
        match at_first {
            AtFirst::Fail => drop(client.init().await?),
            AtFirst::Persist => {
                drop(client.connect());
                let _ = tokio::time::timeout(CONNECT_TIMEOUT, client.wait_for_connect()).await;
            }
        }
        Ok(client)
    }

    /// Asks whoever has `key`, and once more when the slot has moved.
    pub(crate) async fn ask<R, F>(&self, key: &str, call: impl Fn(Client) -> F) -> Result<R>
    where
        F: Future<Output = std::result::Result<R, fred::error::Error>>,
    {
        match call(self.client(key)?).await {
            Err(error) if self.follow(&error).await => Ok(call(self.client(key)?).await?),
            answer => Ok(answer?),
        }
    }

    /// Whether an error says that the slot is elsewhere; the map was read anew then.
    pub(crate) async fn follow(&self, error: &fred::error::Error) -> bool {
        if !self.0.clustered || !error.details().starts_with("MOVED") {
            return false;
        }
        let mut looked = self.0.looked.subscribe();
        self.0.look.notify_one();
        matches!(tokio::time::timeout(LOOK_PATIENCE, looked.changed()).await, Ok(Ok(())))
    }

    /// Answers when some server does: events of another may be served.
    pub(crate) async fn ping(&self) -> Result<()> {
        let nodes = self.0.map.borrow().nodes.clone();
        let mut answer = Err(Error::Unavailable);
        for node in nodes {
            if let Ok(client) = node.client() {
                answer = client.ping::<()>(None).await.map_err(Error::from);
            }
            if answer.is_ok() {
                break;
            }
        }
        answer
    }

    /// How many connections stand for each server.
    pub(crate) fn pool_size(&self) -> usize {
        self.0.pool_size
    }

    /// Closes every connection.
    pub(crate) async fn close(&self) -> Result<()> {
        let nodes = self.0.map.borrow().nodes.clone();
        for node in nodes {
            node.pool.quit().await?;
        }
        Ok(())
    }

    /// Asks the cluster where its slots are: the nodes that we know, then those that the address names.
    async fn read_map(&self) -> Result<()> {
        let known = self.0.map.borrow().clone();
        for node in &known.nodes {
            let (Some(server), Ok(client)) = (&node.server, node.client()) else { continue };
            if let Ok(ranges) = slots::ask(&client, server).await
                && !ranges.is_empty()
            {
                return self.put_map(&known, ranges).await;
            }
        }
        let mut failure = Error::Unavailable;
        for seed in self.0.address.seeds().unwrap_or_default() {
            let told = async {
                let client = self.0.address.connect(Some(&seed)).await?;
                let ranges = slots::ask(&client, &seed).await;
                client.quit().await?;
                ranges
            };
            match told.await {
                Ok(ranges) if !ranges.is_empty() => return self.put_map(&known, ranges).await,
                Ok(_) => tracing::warn!(node = %seed, "this node has no slots of a cluster"),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    async fn put_map(&self, known: &Map, ranges: Vec<Range>) -> Result<()> {
        if known.ranges.iter().map(|(range, _)| range).eq(&ranges) {
            return Ok(());
        }
        let mut map = Map::default();
        let mut fresh = Vec::new();
        for range in ranges {
            let is_its = |node: &Arc<Node>| node.server.as_ref() == Some(&range.master);
            let at = match map.nodes.iter().position(is_its) {
                Some(at) => at,
                None => {
                    let node = match known.nodes.iter().find(|node| is_its(node)) {
                        Some(node) => node.clone(),
                        None => self.open(&range.master).inspect(|node| fresh.push(node.clone()))?,
                    };
                    map.nodes.push(node);
                    map.nodes.len() - 1
                }
            };
            map.ranges.push((range, at));
        }
        // One that does not come up is in the map all the same: its events are away, the others are served.
        join_all(
            fresh.iter().map(|node| tokio::time::timeout(CONNECT_TIMEOUT, node.pool.wait_for_connect())),
        )
        .await;
        tracing::info!(masters = map.nodes.len(), ranges = map.ranges.len(), "the map of the Redis Cluster");
        self.0.map.send_replace(Arc::new(map));
        Ok(())
    }

    fn open(&self, server: &Server) -> Result<Arc<Node>> {
        let pool = self.0.address.builder(Some(server), AtFirst::Persist).build_pool(self.0.pool_size)?;
        drop(pool.connect());
        Ok(Arc::new(Node { server: Some(server.clone()), pool }))
    }
}
