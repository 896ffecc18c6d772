//! What the workers of refunds look for: refunds that are not through, and seats that Redis was not told of.

use super::{Refund, Row};
use crate::{
    error::{Result, StoreError},
    orders::area_ix,
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use domain::{
    ids::{EventId, OrderId, RefundId},
    seat::{AreaIx, SeatIx},
};
use uuid::Uuid;

/// Seats and places of voided tickets: free here, and Redis is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// Its name; Redis takes it once.
    pub id: Uuid,
    /// The order.
    pub order: OrderId,
    /// The event.
    pub event: EventId,
    /// Seats, sorted.
    pub seats: Vec<SeatIx>,
    /// Places.
    pub areas: Vec<(AreaIx, u32)>,
}

type Stored = (Uuid, Uuid, Uuid, Vec<i32>, serde_json::Value);

impl PgStore {
    /// Refunds to be sent, or to be asked after, by `now`; the longest waiting first.
    pub async fn due_refunds(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Refund>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, reference, payment_id, order_id, amount_minor, currency, state, failure, reason, tries,
                    created_at
             FROM refunds WHERE state IN ('approved', 'sent') AND next_at <= $1 ORDER BY next_at, id LIMIT $2",
        )
        .bind(now)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Paid orders of cancelled events whose tickets are still good: their buyers are owed the money.
    pub async fn orders_of_cancelled_events(&self, limit: u32) -> Result<Vec<OrderId>> {
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT o.id FROM events e JOIN orders o ON o.event_id = e.id
             WHERE e.status = 'cancelled' AND o.status = 'completed'
               AND EXISTS (SELECT FROM tickets t WHERE t.order_id = o.id AND t.state = 'issued')
             ORDER BY o.placed_at, o.id LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(OrderId).collect())
    }

    /// Somebody looks at a refund now: the others leave it alone until `next_at`. `false` when another was faster.
    pub async fn take_refund(&self, id: RefundId, tries: u32, next_at: DateTime<Utc>) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE refunds SET tries = tries + 1, next_at = $3
             WHERE id = $1 AND tries = $2 AND state IN ('approved', 'sent')",
        )
        .bind(id.0)
        .bind(tries.cast_signed())
        .bind(next_at)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Returned places that Redis was not told of since before `before`, the oldest first.
    pub async fn untold_returns(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Returned>> {
        let rows: Vec<Stored> = sqlx::query_as(
            "SELECT id, order_id, event_id, seats, areas FROM returned_places
             WHERE told_at IS NULL AND created_at <= $1 ORDER BY created_at, id LIMIT $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let read = |(id, order, event, seats, areas): Stored| {
            let areas: Vec<(i32, u32)> = serde_json::from_value(areas)
                .map_err(|_| StoreError::Unreadable { what: "returned places" })?;
            Ok(Returned {
                id,
                order: OrderId(order),
                event: EventId(event),
                seats: seats.into_iter().map(|ix| SeatIx(ix.cast_unsigned())).collect(),
                areas: areas.into_iter().map(|(ix, n)| Ok((area_ix(ix)?, n))).collect::<Result<_>>()?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Redis knows; `false` when it did before.
    pub async fn return_told(&self, id: Uuid, at: DateTime<Utc>) -> Result<bool> {
        let done = sqlx::query("UPDATE returned_places SET told_at = $2 WHERE id = $1 AND told_at IS NULL")
            .bind(id)
            .bind(at)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
