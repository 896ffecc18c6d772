//! Reservations: durable claims while checkout runs, and what Redis is rebuilt from.

pub(crate) mod claim;
pub mod claims;
pub mod release;

use crate::{error::Result, pool::PgStore};
use chrono::{DateTime, Utc};
use domain::ids::{EventId, HoldId, OrderId, ReservationId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a reservation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ReservationState {
    /// Checkout runs; the seats are claimed.
    Pending,
    /// Sold.
    Committed,
    /// Given up by the buyer or the organizer.
    Voided,
    /// Not paid in time.
    Expired,
}

/// A reservation whose payment deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The claim.
    pub reservation: ReservationId,
    /// Its order.
    pub order: OrderId,
    /// The event.
    pub event: EventId,
    /// The hold it came from.
    pub hold: HoldId,
    /// The deadline.
    pub pay_before: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct DueRow {
    reservation: Uuid,
    order_id: Uuid,
    event_id: Uuid,
    hold_id: Uuid,
    pay_before: DateTime<Utc>,
}

impl PgStore {
    /// Pending reservations whose deadline passed before `before`, the oldest first.
    pub async fn due_reservations(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Due>> {
        let rows: Vec<DueRow> = sqlx::query_as(
            "SELECT r.id AS reservation, o.id AS order_id, r.event_id, r.hold_id, r.pay_before
             FROM reservations r JOIN orders o ON o.reservation_id = r.id
             WHERE r.state = 'pending' AND r.pay_before < $1 ORDER BY r.pay_before, r.id LIMIT $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let due = |row: DueRow| Due {
            reservation: ReservationId(row.reservation),
            order: OrderId(row.order_id),
            event: EventId(row.event_id),
            hold: HoldId(row.hold_id),
            pay_before: row.pay_before,
        };
        Ok(rows.into_iter().map(due).collect())
    }
}
