//! Where checkouts stand. The state is the caller's; the store only sees that two processes do not move one order at
//! the same time.

use crate::{error::Result, pool::PgStore};
use chrono::{DateTime, Utc};
use domain::ids::OrderId;
use serde_json::Value;
use uuid::Uuid;

/// A stored state, with the version that the next write must name.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct StoredCheckout {
    /// The state; an empty object before the first write.
    #[sqlx(rename = "checkout")]
    pub state: Value,
    /// Counts writes.
    #[sqlx(rename = "checkout_version")]
    pub version: i32,
}

impl PgStore {
    /// Where an order's checkout stands.
    pub async fn checkout(&self, order: OrderId) -> Result<Option<StoredCheckout>> {
        let row = sqlx::query_as("SELECT checkout, checkout_version FROM orders WHERE id = $1")
            .bind(order.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row)
    }

    /// Stores the next state; `false` when another process was faster: read again. `open` tells whether something
    /// may still happen by itself.
    pub async fn store_checkout(
        &self,
        order: OrderId,
        next: &StoredCheckout,
        open: bool,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE orders SET checkout = $3, checkout_version = $2 + 1, checkout_open = $4, checkout_at = $5,
                    checkout_tries = 0
             WHERE id = $1 AND checkout_version = $2",
        )
        .bind(order.0)
        .bind(next.version)
        .bind(&next.state)
        .bind(open)
        .bind(at)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Checkouts in which something is outstanding since before `before`, the oldest first; each with how often it was
    /// tried in vain where it stands.
    pub async fn open_checkouts(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<(OrderId, u32)>> {
        let ids: Vec<(Uuid, i32)> = sqlx::query_as(
            "SELECT id, checkout_tries FROM orders WHERE checkout_open AND checkout_at < $1 ORDER BY checkout_at LIMIT $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(|(id, tries)| (OrderId(id), tries.unsigned_abs())).collect())
    }

    /// A try came to nothing: the checkout counts as touched at `at` (later than now, so that the next one waits).
    /// `false` when it moved on meanwhile.
    pub async fn defer_checkout(&self, order: OrderId, tries: u32, at: DateTime<Utc>) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE orders SET checkout_tries = checkout_tries + 1, checkout_at = $3
             WHERE id = $1 AND checkout_open AND checkout_tries = $2",
        )
        .bind(order.0)
        .bind(tries.cast_signed())
        .bind(at)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
