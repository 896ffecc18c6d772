//! Giving up a reservation: its order is cancelled or expired, its claims become free. Refused while a payment can
//! still succeed (INV-6).

use super::claim;
use crate::{
    audit::{self, Cause},
    error::{Result, StoreError, retried},
    facts,
    orders::OrderStatus,
    pool::PgStore,
};
use domain::{
    ids::{EventId, HoldId, OrderId, ReservationId},
    order::{Fact, sources},
    seat::{AreaIx, SeatIx},
};
use serde_json::json;
use uuid::Uuid;

pub use domain::order::Ending;

/// What came of giving up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// The seats and places are free now; Redis is to be told.
    Freed {
        /// The event.
        event: EventId,
        /// The hold it came from.
        hold: HoldId,
        /// Seats that became free, sorted.
        seats: Vec<SeatIx>,
        /// Places that became free.
        areas: Vec<(AreaIx, u32)>,
    },
    /// It was given up before.
    Already,
    /// It is paid: there is nothing to give up.
    Completed,
}

#[derive(sqlx::FromRow)]
struct Row {
    status: OrderStatus,
    event_id: Uuid,
    hold_id: Uuid,
    reservation_id: Uuid,
    payment_live: bool,
}

impl PgStore {
    /// Gives up an order and frees what it claimed. Fails with `PaymentOpen` while a payment can still succeed: close
    /// it at the provider, then with [`PgStore::close_payment`], and come again.
    pub async fn release_order(&self, order: OrderId, ending: Ending, cause: &Cause<'_>) -> Result<Release> {
        retried!(self.try_release(order, ending, cause))
    }

    async fn try_release(&self, order: OrderId, ending: Ending, cause: &Cause<'_>) -> Result<Release> {
        let mut tx = self.begin().await?;
        let row: Row = sqlx::query_as(
            "SELECT o.status, o.event_id, o.hold_id, o.reservation_id,
                    EXISTS (SELECT FROM payments p WHERE p.order_id = o.id
                            AND p.state IN ('creating', 'open', 'processing', 'captured')) AS payment_live
             FROM orders o WHERE o.id = $1 FOR UPDATE OF o",
        )
        .bind(order.0)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(StoreError::Missing { what: "the order" })?;
        match row.status {
            OrderStatus::Completed => return Ok(Release::Completed),
            OrderStatus::Cancelled | OrderStatus::Expired => return Ok(Release::Already),
            OrderStatus::Placed if row.payment_live => return Err(StoreError::PaymentOpen),
            OrderStatus::Placed => {}
        }
        let reservation = ReservationId(row.reservation_id);
        let order_status = ending.state().name();
        let reservation_state = match ending {
            Ending::Cancelled => "voided",
            Ending::Expired => "expired",
        };
        guarded(&mut tx, order, reservation, ending, reservation_state, cause).await?;
        let (seats, areas) = claim::give_up(&mut tx, reservation).await?;
        let data = json!({ "seats": seats, "areas": areas });
        audit::write(
            &mut tx,
            cause,
            "reservation",
            &reservation.to_string(),
            reservation_state,
            data.clone(),
        )
        .await?;
        audit::write(&mut tx, cause, "order", &order.to_string(), order_status, data).await?;
        let payload = json!({
            "order": order, "event": row.event_id, "hold": row.hold_id, "status": order_status,
            "seats": seats, "areas": areas,
        });
        facts::put(&mut tx, "order_released", payload, cause.at).await?;
        tx.commit().await?;
        Ok(Release::Freed { event: EventId(row.event_id), hold: HoldId(row.hold_id), seats, areas })
    }
}

async fn guarded(
    tx: &mut sqlx::PgConnection,
    order: OrderId,
    reservation: ReservationId,
    ending: Ending,
    reservation_state: &str,
    cause: &Cause<'_>,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE orders SET status = $2, decided_at = $3
         WHERE id = $1 AND status = ANY($4) AND payment_status <> 'captured'",
    )
    .bind(order.0)
    .bind(ending.state().name())
    .bind(cause.at)
    .bind(sources(Fact::GivenUp(ending)))
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() != 1 {
        return Err(StoreError::WrongState { what: "the order" });
    }
    let done = sqlx::query(
        "UPDATE reservations SET state = $2, decided_at = $3 WHERE id = $1 AND state = 'pending'",
    )
    .bind(reservation.0)
    .bind(reservation_state)
    .bind(cause.at)
    .execute(tx)
    .await?;
    if done.rows_affected() != 1 {
        return Err(StoreError::WrongState { what: "the reservation" });
    }
    Ok(())
}
