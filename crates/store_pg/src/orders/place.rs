//! Placing an order: reservation, claims, order, lines, audit and fact in one transaction (INV-1, INV-5, INV-10).

use super::{Contact, Order, OrderLine, Place};
use crate::{
    audit::{self, Cause},
    error::{Result, StoreError, retried},
    facts,
    pool::PgStore,
    reservations::claim,
};
use chrono::{DateTime, Utc};
use domain::{
    hold::Fence,
    ids::{EventId, HoldId, OrderId, ReservationId},
    money::{Currency, Money},
    seat::{AreaIx, SeatIx},
};
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a buyer places. All ids, digests and the number are made by the caller.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// The order.
    pub id: OrderId,
    /// The claim behind it.
    pub reservation: ReservationId,
    /// For people; unique.
    pub number: String,
    /// The event.
    pub event: EventId,
    /// The hold that is turned into an order.
    pub hold: HoldId,
    /// Whose hold.
    pub buyer_key: String,
    /// Hex SHA-256 of the hold's token.
    pub token_digest: String,
    /// The hold's fencing number.
    pub fence: Fence,
    /// The buyer's key for this request; unique for the hold.
    pub idempotency_key: String,
    /// Tells this request from another under the same key.
    pub request_digest: String,
    /// Hex SHA-256 of the key in the order's address.
    pub access_digest: String,
    /// Who buys.
    pub contact: Contact,
    /// The event's currency.
    pub currency: Currency,
    /// Refund rules as they are now.
    pub policy: Value,
    /// Deadline of the payment.
    pub pay_before: DateTime<Utc>,
    /// One a ticket.
    pub lines: Vec<OrderLine>,
}

/// A placed order.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The order as it stands.
    pub order: Order,
    /// It was there before this call: the same key or the same hold.
    pub repeated: bool,
}

#[derive(sqlx::FromRow)]
struct Known {
    id: Uuid,
    idempotency_key: String,
    request_digest: String,
}

impl NewOrder {
    /// Seats, sorted: everybody claims in one order, so nobody waits in a circle.
    fn seats(&self) -> Vec<SeatIx> {
        let mut seats: Vec<_> = self
            .lines
            .iter()
            .filter_map(|l| if let Place::Seat(ix) = l.place { Some(ix) } else { None })
            .collect();
        seats.sort_unstable();
        seats
    }

    /// Places in areas, sorted by area.
    fn areas(&self) -> BTreeMap<AreaIx, u32> {
        let mut areas = BTreeMap::new();
        for line in &self.lines {
            if let Place::Area(ix) = line.place {
                *areas.entry(ix).or_insert(0) += 1;
            }
        }
        areas
    }

    /// The sum of all prices and fees.
    pub fn total(&self) -> Result<Money> {
        let amounts = self.lines.iter().flat_map(|l| [l.price, l.fee]);
        Money::sum(self.currency, amounts).map_err(|_| StoreError::AmountMismatch)
    }
}

impl PgStore {
    /// Places an order, all seats and places or nothing. The same key, or another key for a hold that has a living
    /// order, gives the order that is there.
    pub async fn place_order(&self, new: &NewOrder, cause: &Cause<'_>) -> Result<Placed> {
        if let Some(id) = self.known_order(new).await? {
            return self.placed(id, true).await;
        }
        match retried!(self.try_place(new, cause)) {
            // The same hold was faster in another request: its order is the answer.
            Err(StoreError::Duplicate { what: "the order" }) => {
                let id = self.known_order(new).await?.ok_or(StoreError::WrongState { what: "the hold" })?;
                self.placed(id, true).await
            }
            Err(error) => Err(error),
            Ok(()) => self.placed(new.id, false).await,
        }
    }

    async fn known_order(&self, new: &NewOrder) -> Result<Option<OrderId>> {
        let known: Option<Known> = sqlx::query_as(
            "SELECT id, idempotency_key, request_digest FROM orders
             WHERE hold_id = $1 AND (idempotency_key = $2 OR status IN ('placed', 'completed'))
             ORDER BY (idempotency_key = $2) DESC LIMIT 1",
        )
        .bind(new.hold.0)
        .bind(&new.idempotency_key)
        .fetch_optional(&self.pool)
        .await?;
        match known {
            Some(k) if k.idempotency_key == new.idempotency_key && k.request_digest != new.request_digest => {
                Err(StoreError::Mismatch)
            }
            known => Ok(known.map(|k| OrderId(k.id))),
        }
    }

    async fn placed(&self, id: OrderId, repeated: bool) -> Result<Placed> {
        let order = self.order_by_id(id).await?.ok_or(StoreError::Missing { what: "the order" })?;
        Ok(Placed { order, repeated })
    }

    async fn try_place(&self, new: &NewOrder, cause: &Cause<'_>) -> Result<()> {
        if new.lines.is_empty() {
            return Err(StoreError::Missing { what: "an order line" });
        }
        let total = new.total()?;
        let seats = new.seats();
        let areas = new.areas();
        let mut tx = self.begin().await?;
        event_sells(&mut tx, new, &seats).await?;
        insert_reservation(&mut tx, new, cause.at).await?;
        claim::seats(&mut tx, new.reservation, new.event, &seats).await?;
        claim::areas(&mut tx, new.reservation, new.event, &areas).await?;
        insert_order(&mut tx, new, total, cause.at).await?;
        insert_lines(&mut tx, new).await?;
        let data = json!({
            "event": new.event, "hold": new.hold, "seats": seats, "areas": areas, "total": total,
            "fence": [new.fence.epoch, new.fence.seq],
        });
        audit::write(&mut tx, cause, "reservation", &new.reservation.to_string(), "reserved", data.clone())
            .await?;
        audit::write(&mut tx, cause, "order", &new.id.to_string(), "placed", data).await?;
        let payload = json!({ "order": new.id, "event": new.event, "hold": new.hold });
        facts::put(&mut tx, "order_placed", payload, cause.at).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The event is published in the same currency, and none of the seats is blocked.
async fn event_sells(tx: &mut PgConnection, new: &NewOrder, seats: &[SeatIx]) -> Result<()> {
    let (currency, blocked): (String, Vec<i32>) = sqlx::query_as(
        "SELECT e.currency::text,
                ARRAY(SELECT b.seat_ix FROM blocked_seats b
                      WHERE b.event_id = e.id AND b.seat_ix = ANY($2) ORDER BY b.seat_ix)
         FROM events e WHERE e.id = $1 AND e.status = 'published'",
    )
    .bind(new.event.0)
    .bind(claim::stored(seats))
    .fetch_optional(tx)
    .await?
    .ok_or(StoreError::NotForSale)?;
    if currency != new.currency.code() {
        return Err(StoreError::AmountMismatch);
    }
    if !blocked.is_empty() {
        let seats = blocked.into_iter().map(|ix| SeatIx(ix.cast_unsigned())).collect();
        return Err(StoreError::SeatTaken { seats });
    }
    Ok(())
}

async fn insert_reservation(tx: &mut PgConnection, new: &NewOrder, at: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "INSERT INTO reservations (id, event_id, hold_id, buyer, token_digest, state, fence_epoch, fence_seq,
                                   pay_before, created_at)
         VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9)",
    )
    .bind(new.reservation.0)
    .bind(new.event.0)
    .bind(new.hold.0)
    .bind(&new.buyer_key)
    .bind(&new.token_digest)
    .bind(new.fence.epoch.cast_signed())
    .bind(new.fence.seq.cast_signed())
    .bind(new.pay_before)
    .bind(at)
    .execute(tx)
    .await?;
    Ok(())
}

async fn insert_order(tx: &mut PgConnection, new: &NewOrder, total: Money, at: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "INSERT INTO orders (id, number, event_id, reservation_id, hold_id, idempotency_key, request_digest,
                             access_digest, buyer_name, buyer_email, buyer_phone, status, payment_status,
                             refund_status, total_minor, currency, policy, pay_before, placed_at, text_me,
                             remind_me)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'placed', 'none', 'none', $12, $13, $14, $15, $16, $17,
                 $18)",
    )
    .bind(new.id.0)
    .bind(&new.number)
    .bind(new.event.0)
    .bind(new.reservation.0)
    .bind(new.hold.0)
    .bind(&new.idempotency_key)
    .bind(&new.request_digest)
    .bind(&new.access_digest)
    .bind(&new.contact.name)
    .bind(&new.contact.email)
    .bind(&new.contact.phone)
    .bind(total.minor)
    .bind(total.currency.code())
    .bind(&new.policy)
    .bind(new.pay_before)
    .bind(at)
    .bind(new.contact.text_me)
    .bind(new.contact.remind_me)
    .execute(tx)
    .await?;
    Ok(())
}

async fn insert_lines(tx: &mut PgConnection, new: &NewOrder) -> Result<()> {
    let texts =
        |pick: fn(&OrderLine) -> &str| new.lines.iter().map(|l| pick(l).to_owned()).collect::<Vec<_>>();
    let seat = |l: &OrderLine| if let Place::Seat(ix) = l.place { Some(ix.0.cast_signed()) } else { None };
    let area = |l: &OrderLine| if let Place::Area(ix) = l.place { Some(i32::from(ix.0)) } else { None };
    sqlx::query(
        "INSERT INTO order_lines (order_id, ord, id, seat_ix, area_ix, place_id, section, row_label, seat_number,
                                  zone_id, zone_name, tier_id, tier_name, price_minor, fee_minor, tax_rate_bp, tax_minor)
         SELECT $1, n.ord, n.id, n.seat_ix, n.area_ix, n.place_id, n.section, n.row_label, n.seat_number,
                n.zone_id, n.zone_name, n.tier_id, n.tier_name, n.price_minor, n.fee_minor, n.tax_rate_bp, n.tax_minor
         FROM unnest($2::uuid[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                     $10::text[], $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::int[], $16::bigint[]) WITH ORDINALITY
              AS n (id, seat_ix, area_ix, place_id, section, row_label, seat_number, zone_id, zone_name, tier_id,
                    tier_name, price_minor, fee_minor, tax_rate_bp, tax_minor, ord)",
    )
    .bind(new.id.0)
    .bind(new.lines.iter().map(|l| l.id.0).collect::<Vec<_>>())
    .bind(new.lines.iter().map(seat).collect::<Vec<_>>())
    .bind(new.lines.iter().map(area).collect::<Vec<_>>())
    .bind(texts(|l| &l.place_id))
    .bind(texts(|l| &l.section))
    .bind(texts(|l| &l.row))
    .bind(texts(|l| &l.number))
    .bind(texts(|l| &l.zone.0))
    .bind(texts(|l| &l.zone_name))
    .bind(texts(|l| &l.tier.0))
    .bind(texts(|l| &l.tier_name))
    .bind(new.lines.iter().map(|l| l.price.minor).collect::<Vec<_>>())
    .bind(new.lines.iter().map(|l| l.fee.minor).collect::<Vec<_>>())
    .bind(new.lines.iter().map(|l| i32::from(l.tax_rate.basis_points())).collect::<Vec<_>>())
    .bind(new.lines.iter().map(|l| l.tax.minor).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}
