//! How a connection to one server is made.

use crate::error::Result;
use fred::{
    clients::Client,
    interfaces::ClientLike,
    prelude::Builder,
    types::config::{Config, ReconnectPolicy, Server, ServerConfig, UnresponsiveConfig},
};
use std::time::Duration;

/// A call that took longer is given up; a healthy one takes less than a millisecond.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that does not stand by then is tried anew.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Reconnect for ever, at first at once, at most every two seconds.
const RECONNECT_MS: (u32, u32) = (50, 2_000);
/// Calls that wait in one connection; beyond that they fail at once.
const COMMANDS_WAITING_MAX: usize = 10_000;
/// Live messages between two reads of the feed; beyond that the reader is told to resync.
const LIVE_MESSAGES_MAX: usize = 16_384;

/// What to do when the first try to connect fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtFirst {
    /// Say so.
    Fail,
    /// Try again for ever, as with a connection that was lost.
    Persist,
}

/// What an address says: servers, and how to prove who we are.
#[derive(Clone, Debug)]
pub(crate) struct Address(Config);

impl Address {
    /// Reads `redis://`, `redis-cluster://` or `redis+unix://`.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        Ok(Self(Config::from_url(url)?))
    }

    /// The named nodes of a cluster; `None` for a server on its own.
    pub(crate) fn seeds(&self) -> Option<Vec<Server>> {
        self.0.server.is_clustered().then(|| self.0.server.hosts())
    }

    /// Makes connections to one node of the cluster, or with `None` to the server on its own.
    pub(crate) fn builder(&self, node: Option<&Server>, at_first: AtFirst) -> Builder {
        let mut config = self.0.clone();
        config.fail_fast = at_first == AtFirst::Fail;
        if let Some(server) = node {
            config.server = ServerConfig::Centralized { server: server.clone() };
        }
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
        builder
    }

    /// A connection of its own that stands.
    pub(crate) async fn connect(&self, node: Option<&Server>) -> Result<Client> {
        let client = self.builder(node, AtFirst::Fail).build()?;
        client.init().await?;
        Ok(client)
    }
}
