//! Reservations: durable claims while checkout runs, and what Redis is rebuilt from.

pub(crate) mod claim;
pub mod claims;
pub mod release;

use crate::{
    audit::{self, Cause},
    error::{Result, StoreError},
    pool::PgStore,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{EventId, HoldId, OrderId, ReservationId};
use serde::{Deserialize, Serialize};
use serde_json::json;
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
    /// Gives orders that are about to lapse before `until` time until then, because nobody can pay or be closed now;
    /// none beyond `most` from its making. Answers how many.
    pub async fn postpone_deadlines(
        &self,
        until: DateTime<Utc>,
        most: TimeDelta,
        limit: u32,
        cause: &Cause<'_>,
    ) -> Result<usize> {
        let mut tx = self.begin().await?;
        // Orders before reservations, as everywhere; who is being moved on right now is left alone.
        let moved: Vec<(Uuid, Uuid)> = sqlx::query_as(
            "UPDATE orders o SET pay_before = $1 FROM (
                 SELECT o.id FROM orders o JOIN reservations r ON r.id = o.reservation_id
                 WHERE r.state = 'pending' AND r.pay_before < $1 AND r.created_at > $1 - make_interval(secs => $2)
                   AND EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.state = ANY($4))
                 ORDER BY o.id LIMIT $3 FOR UPDATE OF o SKIP LOCKED) due
             WHERE o.id = due.id RETURNING o.id, o.reservation_id",
        )
        .bind(until)
        .bind(most.as_seconds_f64())
        .bind(i64::from(limit))
        .bind(domain::payment::sources(domain::payment::Fact::Closed))
        .fetch_all(&mut *tx)
        .await?;
        let (orders, reservations): (Vec<_>, Vec<_>) = moved.into_iter().unzip();
        let done =
            sqlx::query("UPDATE reservations SET pay_before = $2 WHERE id = ANY($1) AND state = 'pending'")
                .bind(&reservations)
                .bind(until)
                .execute(&mut *tx)
                .await?;
        if u64::try_from(orders.len()) != Ok(done.rows_affected()) {
            return Err(StoreError::WrongState { what: "the reservation" });
        }
        let names: Vec<String> = orders.iter().map(Uuid::to_string).collect();
        audit::write_many(&mut tx, cause, "order", &names, "postponed", json!({ "pay_before": until }))
            .await?;
        tx.commit().await?;
        Ok(orders.len())
    }

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
