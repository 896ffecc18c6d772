//! Taking seats and places inside a transaction: always sorted, always all or nothing.

use crate::error::{Result, StoreError};
use domain::{
    hold::AreaConflict,
    ids::{EventId, ReservationId},
    seat::{AreaIx, SeatIx},
};
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashSet};

/// Seat positions as they are stored.
pub(crate) fn stored(seats: &[SeatIx]) -> Vec<i32> {
    seats.iter().map(|ix| ix.0.cast_signed()).collect()
}

/// Claims `seats` (sorted, distinct), or answers which of them are taken. The unique index decides; a claim that runs
/// at the same time is waited for.
pub(crate) async fn seats(
    tx: &mut PgConnection,
    reservation: ReservationId,
    event: EventId,
    seats: &[SeatIx],
) -> Result<()> {
    if seats.is_empty() {
        return Ok(());
    }
    let claimed: Vec<i32> = sqlx::query_scalar(
        "INSERT INTO reservation_seats (reservation_id, event_id, seat_ix, active)
         SELECT $1, $2, ix, true FROM unnest($3::int[]) AS ix ORDER BY ix
         ON CONFLICT (event_id, seat_ix) WHERE active DO NOTHING
         RETURNING seat_ix",
    )
    .bind(reservation.0)
    .bind(event.0)
    .bind(stored(seats))
    .fetch_all(tx)
    .await?;
    if claimed.len() == seats.len() {
        return Ok(());
    }
    let claimed: HashSet<i32> = claimed.into_iter().collect();
    let seats = seats.iter().filter(|ix| !claimed.contains(&ix.0.cast_signed())).copied().collect();
    Err(StoreError::SeatTaken { seats })
}

/// Claims places in areas, or answers which areas have not enough.
pub(crate) async fn areas(
    tx: &mut PgConnection,
    reservation: ReservationId,
    event: EventId,
    areas: &BTreeMap<AreaIx, u32>,
) -> Result<()> {
    for (area, quantity) in areas {
        take_places(tx, event, *area, quantity.cast_signed()).await?;
        sqlx::query(
            "INSERT INTO reservation_areas (reservation_id, event_id, area_ix, quantity, active)
             VALUES ($1, $2, $3, $4, true)",
        )
        .bind(reservation.0)
        .bind(event.0)
        .bind(i32::from(area.0))
        .bind(quantity.cast_signed())
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn take_places(tx: &mut PgConnection, event: EventId, area: AreaIx, quantity: i32) -> Result<()> {
    let done = sqlx::query(
        "UPDATE event_areas SET claimed = claimed + $3
         WHERE event_id = $1 AND area_ix = $2 AND claimed + $3 <= capacity",
    )
    .bind(event.0)
    .bind(i32::from(area.0))
    .bind(quantity)
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(());
    }
    let left: Option<i32> =
        sqlx::query_scalar("SELECT capacity - claimed FROM event_areas WHERE event_id = $1 AND area_ix = $2")
            .bind(event.0)
            .bind(i32::from(area.0))
            .fetch_optional(tx)
            .await?;
    let available = u32::try_from(left.unwrap_or(0)).unwrap_or(0);
    Err(StoreError::AreaFull { areas: vec![AreaConflict { area, available }] })
}

/// Claims once more what a reservation had given up.
pub(crate) async fn again(tx: &mut PgConnection, reservation: ReservationId, event: EventId) -> Result<()> {
    let taken: Vec<i32> = sqlx::query_scalar(
        "SELECT mine.seat_ix FROM reservation_seats mine
         WHERE mine.reservation_id = $1
           AND (EXISTS (SELECT FROM reservation_seats other
                        WHERE other.event_id = $2 AND other.seat_ix = mine.seat_ix AND other.active)
                OR EXISTS (SELECT FROM blocked_seats b WHERE b.event_id = $2 AND b.seat_ix = mine.seat_ix))
         ORDER BY mine.seat_ix",
    )
    .bind(reservation.0)
    .bind(event.0)
    .fetch_all(&mut *tx)
    .await?;
    if !taken.is_empty() {
        let seats = taken.into_iter().map(|ix| SeatIx(ix.cast_unsigned())).collect();
        return Err(StoreError::SeatTaken { seats });
    }
    // Somebody may still be faster: then the unique index says so.
    sqlx::query("UPDATE reservation_seats SET active = true WHERE reservation_id = $1 AND NOT active")
        .bind(reservation.0)
        .execute(&mut *tx)
        .await?;
    let areas: Vec<(i32, i32)> = sqlx::query_as(
        "UPDATE reservation_areas SET active = true WHERE reservation_id = $1 AND NOT active
         RETURNING area_ix, quantity",
    )
    .bind(reservation.0)
    .fetch_all(&mut *tx)
    .await?;
    let areas: BTreeMap<i32, i32> = areas.into_iter().collect();
    for (area, quantity) in areas {
        take_places(tx, event, crate::orders::area_ix(area)?, quantity).await?;
    }
    Ok(())
}

/// Gives up what a reservation claims; answers the seats and places that became free.
pub(crate) async fn give_up(
    tx: &mut PgConnection,
    reservation: ReservationId,
) -> Result<(Vec<SeatIx>, Vec<(AreaIx, u32)>)> {
    let mut seats: Vec<i32> = sqlx::query_scalar(
        "UPDATE reservation_seats SET active = false WHERE reservation_id = $1 AND active RETURNING seat_ix",
    )
    .bind(reservation.0)
    .fetch_all(&mut *tx)
    .await?;
    seats.sort_unstable();
    let mut areas: Vec<(i32, i32)> = sqlx::query_as(
        "UPDATE reservation_areas SET active = false WHERE reservation_id = $1 AND active
         RETURNING area_ix, quantity",
    )
    .bind(reservation.0)
    .fetch_all(&mut *tx)
    .await?;
    areas.sort_unstable();
    for (area, quantity) in &areas {
        sqlx::query(
            "UPDATE event_areas a SET claimed = claimed - $3 FROM reservations r
             WHERE r.id = $1 AND a.event_id = r.event_id AND a.area_ix = $2",
        )
        .bind(reservation.0)
        .bind(area)
        .bind(quantity)
        .execute(&mut *tx)
        .await?;
    }
    let seats = seats.into_iter().map(|ix| SeatIx(ix.cast_unsigned())).collect();
    let areas = areas
        .into_iter()
        .map(|(area, quantity)| Ok((crate::orders::area_ix(area)?, quantity.cast_unsigned())))
        .collect::<Result<_>>()?;
    Ok((seats, areas))
}

/// Gives up some of what a committed reservation claims: seats and places of voided tickets.
pub(crate) async fn return_some(
    tx: &mut PgConnection,
    reservation: uuid::Uuid,
    seats: &[i32],
    areas: &BTreeMap<i32, i32>,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE reservation_seats SET active = false
         WHERE reservation_id = $1 AND seat_ix = ANY($2) AND active",
    )
    .bind(reservation)
    .bind(seats)
    .execute(&mut *tx)
    .await?;
    if u64::try_from(seats.len()) != Ok(done.rows_affected()) {
        return Err(StoreError::WrongState { what: "a claimed seat" });
    }
    for (area, quantity) in areas {
        // The last places of an area leave the row as it was, inactive: a quantity of none is no claim.
        let done = sqlx::query(
            "UPDATE reservation_areas SET active = quantity > $3,
                    quantity = CASE WHEN quantity > $3 THEN quantity - $3 ELSE quantity END
             WHERE reservation_id = $1 AND area_ix = $2 AND active AND quantity >= $3",
        )
        .bind(reservation)
        .bind(area)
        .bind(quantity)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() != 1 {
            return Err(StoreError::WrongState { what: "a claimed place" });
        }
        sqlx::query(
            "UPDATE event_areas a SET claimed = claimed - $3 FROM reservations r
             WHERE r.id = $1 AND a.event_id = r.event_id AND a.area_ix = $2",
        )
        .bind(reservation)
        .bind(area)
        .bind(quantity)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
