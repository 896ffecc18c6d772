//! Money that comes after the seats were given up: the same seats again if they are free, else the payment is
//! surplus and must go back (INV-4).

use super::{
    OrderStatus,
    commit::{self, Capture, Commit},
    currency,
};
use crate::{
    audit::Cause,
    error::{Result, StoreError, retried},
    facts,
    pool::PgStore,
    reservations::claim,
};
use domain::{
    ids::{EventId, ReservationId},
    money::Money,
    order::Fact,
};
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct LateRow {
    status: OrderStatus,
    total_minor: i64,
    currency: String,
    event_id: Uuid,
    hold_id: Uuid,
    reservation_id: Uuid,
    for_sale: bool,
    lines: i64,
}

impl PgStore {
    /// Takes the order's seats and places once more and issues its tickets. Fails with `SeatTaken` or `AreaFull` when
    /// somebody else has them now, with `NotForSale` when the event is no longer sold: then mark the payment as
    /// surplus and refund it.
    pub async fn commit_late(&self, capture: &Capture, cause: &Cause<'_>) -> Result<Commit> {
        match retried!(self.try_commit_late(capture, cause))? {
            Some(done) => Ok(done),
            // Not late after all.
            None => self.commit_captured(capture, cause).await,
        }
    }

    async fn try_commit_late(&self, capture: &Capture, cause: &Cause<'_>) -> Result<Option<Commit>> {
        let mut tx = self.begin().await?;
        let row: LateRow = sqlx::query_as(
            "SELECT o.status, o.total_minor, o.currency, o.event_id, o.hold_id, o.reservation_id,
                    e.status IN ('published', 'paused') AND e.ends_at > $2 AS for_sale,
                    (SELECT count(*) FROM order_lines l WHERE l.order_id = o.id) AS lines
             FROM orders o JOIN events e ON e.id = o.event_id WHERE o.id = $1 FOR UPDATE OF o",
        )
        .bind(capture.order.0)
        .bind(cause.at)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(StoreError::Missing { what: "the order" })?;
        if matches!(row.status, OrderStatus::Placed | OrderStatus::Completed) {
            return Ok(None);
        }
        if !row.for_sale {
            return Err(StoreError::NotForSale);
        }
        let total = Money::new(row.total_minor, currency(&row.currency)?);
        if capture.payment.as_ref().map(|p| p.amount) != Some(total) {
            return Err(StoreError::AmountMismatch);
        }
        if i64::try_from(capture.tickets.len()) != Ok(row.lines) {
            return Err(StoreError::Missing { what: "a ticket for every line" });
        }
        claim::again(&mut tx, ReservationId(row.reservation_id), EventId(row.event_id)).await?;
        let done = sqlx::query(
            "UPDATE reservations SET state = 'committed', decided_at = $2
             WHERE id = $1 AND state IN ('voided', 'expired')",
        )
        .bind(row.reservation_id)
        .bind(cause.at)
        .execute(&mut *tx)
        .await
        .map_err(living_order)?;
        commit::all_changed(done.rows_affected(), 1, "the reservation")?;
        commit::complete_orders(&mut tx, &[capture], Fact::CommittedLate, cause).await?;
        commit::issue(&mut tx, &[capture], cause).await?;
        let payload = commit::completed_payload(capture, row.event_id, row.hold_id);
        facts::put(&mut tx, "order_completed", payload, cause.at).await?;
        let tickets = commit::issued(&mut tx, capture.order).await?;
        commit::invoice(&mut tx, &[capture], cause).await?;
        tx.commit().await?;
        Ok(Some(Commit::Issued(tickets)))
    }
}

/// The hold has a living order by now: the buyer went on with that one, so this money is surplus.
fn living_order(error: sqlx::Error) -> StoreError {
    match StoreError::from(error) {
        StoreError::Duplicate { .. } => StoreError::WrongState { what: "the hold" },
        other => other,
    }
}
