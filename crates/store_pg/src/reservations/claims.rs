//! Everything that is taken in an event, as PostgreSQL knows it: what Redis is rebuilt from (INV-8).

use crate::{
    error::Result,
    orders::area_ix,
    pool::{self, PgStore},
};
use chrono::{DateTime, Utc};
use domain::{
    hold::Fence,
    ids::{EventId, HoldId, OrderId, ReservationId},
    seat::{AreaIx, SeatIx},
};
use std::collections::HashMap;
use uuid::Uuid;

/// A pending reservation with what it claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingClaim {
    /// The claim.
    pub reservation: ReservationId,
    /// Its order.
    pub order: OrderId,
    /// The hold it came from.
    pub hold: HoldId,
    /// Whose.
    pub buyer: String,
    /// Hex SHA-256 of the hold's token.
    pub token_digest: String,
    /// The hold's fencing number.
    pub fence: Fence,
    /// Deadline of the payment.
    pub pay_before: DateTime<Utc>,
    /// Seats, sorted.
    pub seats: Vec<SeatIx>,
    /// Places.
    pub areas: Vec<(AreaIx, u32)>,
}

/// Places of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AreaClaim {
    /// Which.
    pub area: AreaIx,
    /// Places there are.
    pub capacity: u32,
    /// Places reserved or sold.
    pub claimed: u32,
}

/// Everything that is taken in an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Seats sold, sorted.
    pub sold: Vec<SeatIx>,
    /// Pending reservations.
    pub pending: Vec<PendingClaim>,
    /// Seats not for sale, sorted.
    pub blocked: Vec<SeatIx>,
    /// All areas.
    pub areas: Vec<AreaClaim>,
}

#[derive(sqlx::FromRow)]
struct PendingRow {
    id: Uuid,
    order_id: Uuid,
    hold_id: Uuid,
    buyer: String,
    token_digest: String,
    fence_epoch: i64,
    fence_seq: i64,
    pay_before: DateTime<Utc>,
    seats: Vec<i32>,
    areas: Vec<i32>,
    quantities: Vec<i32>,
}

fn seats(stored: Vec<i32>) -> Vec<SeatIx> {
    stored.into_iter().map(|ix| SeatIx(ix.cast_unsigned())).collect()
}

impl PendingRow {
    fn into_claim(self) -> Result<PendingClaim> {
        let areas = self.areas.into_iter().zip(self.quantities);
        Ok(PendingClaim {
            reservation: ReservationId(self.id),
            order: OrderId(self.order_id),
            hold: HoldId(self.hold_id),
            buyer: self.buyer,
            token_digest: self.token_digest,
            fence: Fence { epoch: self.fence_epoch.cast_unsigned(), seq: self.fence_seq.cast_unsigned() },
            pay_before: self.pay_before,
            seats: seats(self.seats),
            areas: areas.map(|(ix, n)| Ok((area_ix(ix)?, n.cast_unsigned()))).collect::<Result<_>>()?,
        })
    }
}

/// A reservation that was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedClaim {
    /// The hold it came from.
    pub hold: HoldId,
    /// Sold; else given back.
    pub sold: bool,
    /// Its seats, sorted.
    pub seats: Vec<SeatIx>,
}

impl PgStore {
    /// How the reservations of an event ended that were decided since then; of a hold that was ordered more than once
    /// the sale, if there is one, and none while another order of it is pending.
    pub async fn decided_claims(&self, event: EventId, since: DateTime<Utc>) -> Result<Vec<DecidedClaim>> {
        let rows: Vec<(Uuid, bool, Vec<i32>)> = sqlx::query_as(
            "SELECT DISTINCT ON (r.hold_id) r.hold_id, r.state = 'committed',
                    ARRAY(SELECT s.seat_ix FROM reservation_seats s WHERE s.reservation_id = r.id ORDER BY s.seat_ix)
             FROM reservations r
             WHERE r.event_id = $1 AND r.state <> 'pending' AND r.decided_at >= $2
               AND NOT EXISTS (SELECT FROM reservations p WHERE p.hold_id = r.hold_id AND p.state = 'pending')
             ORDER BY r.hold_id, (r.state = 'committed') DESC, r.decided_at DESC",
        )
        .bind(event.0)
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        let claim = |(hold, sold, ixs)| DecidedClaim { hold: HoldId(hold), sold, seats: seats(ixs) };
        Ok(rows.into_iter().map(claim).collect())
    }

    /// Everything that is taken in an event, read at one moment.
    pub async fn claims(&self, event: EventId) -> Result<Claims> {
        let mut tx = pool::begin(&self.pool, Some("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")).await?;
        let sold: Vec<i32> = sqlx::query_scalar(
            "SELECT ARRAY(SELECT s.seat_ix FROM reservation_seats s JOIN reservations r ON r.id = s.reservation_id
                          WHERE s.event_id = $1 AND s.active AND r.state = 'committed' ORDER BY s.seat_ix)",
        )
        .bind(event.0)
        .fetch_one(&mut *tx)
        .await?;
        let pending: Vec<PendingRow> = sqlx::query_as(
            "SELECT r.id, o.id AS order_id, r.hold_id, r.buyer, r.token_digest, r.fence_epoch, r.fence_seq, r.pay_before,
                    ARRAY(SELECT s.seat_ix FROM reservation_seats s
                          WHERE s.reservation_id = r.id AND s.active ORDER BY s.seat_ix) AS seats,
                    ARRAY(SELECT a.area_ix FROM reservation_areas a
                          WHERE a.reservation_id = r.id AND a.active ORDER BY a.area_ix) AS areas,
                    ARRAY(SELECT a.quantity FROM reservation_areas a
                          WHERE a.reservation_id = r.id AND a.active ORDER BY a.area_ix) AS quantities
             FROM reservations r JOIN orders o ON o.reservation_id = r.id
             WHERE r.event_id = $1 AND r.state = 'pending' ORDER BY r.created_at, r.id",
        )
        .bind(event.0)
        .fetch_all(&mut *tx)
        .await?;
        let blocked: Vec<i32> =
            sqlx::query_scalar("SELECT seat_ix FROM blocked_seats WHERE event_id = $1 ORDER BY seat_ix")
                .bind(event.0)
                .fetch_all(&mut *tx)
                .await?;
        let areas: Vec<(i32, i32, i32)> = sqlx::query_as(
            "SELECT area_ix, capacity, claimed FROM event_areas WHERE event_id = $1 ORDER BY area_ix",
        )
        .bind(event.0)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Claims {
            sold: seats(sold),
            pending: pending.into_iter().map(PendingRow::into_claim).collect::<Result<_>>()?,
            blocked: seats(blocked),
            areas: areas
                .into_iter()
                .map(|(ix, capacity, claimed)| {
                    let (capacity, claimed) = (capacity.cast_unsigned(), claimed.cast_unsigned());
                    Ok(AreaClaim { area: area_ix(ix)?, capacity, claimed })
                })
                .collect::<Result<_>>()?,
        })
    }

    /// Seats and places sold, of each of `events` (the absent ones sold nothing).
    pub async fn sold_counts(&self, events: &[EventId]) -> Result<HashMap<EventId, u32>> {
        let rows: Vec<(Uuid, i64)> = sqlx::query_as(
            "SELECT event_id, count(*) FROM tickets
             WHERE event_id = ANY($1) AND state IN ('issued', 'admitted') GROUP BY event_id",
        )
        .bind(events.iter().map(|e| e.0).collect::<Vec<_>>())
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(id, n)| (EventId(id), u32::try_from(n).unwrap_or(u32::MAX))).collect())
    }
}
