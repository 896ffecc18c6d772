//! The task that keeps the map of a cluster: slots move, masters are replaced.

use super::{Inner, Nodes};
use std::{sync::Weak, time::Duration};

/// Between two looks when nobody was sent elsewhere.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Many are sent elsewhere at once: one look answers all of them.
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// Looks until the store is gone.
pub(super) async fn keep(nodes: Weak<Inner>) {
    loop {
        let Some(inner) = nodes.upgrade() else { return };
        if tokio::time::timeout(LOOK_EVERY, inner.look.notified()).await.is_ok() {
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        if let Err(error) = Nodes(inner.clone()).read_map().await {
            tracing::warn!(%error, "no node of the Redis Cluster tells where the slots are");
        }
        inner.looked.send_modify(|looks| *looks += 1);
    }
}
