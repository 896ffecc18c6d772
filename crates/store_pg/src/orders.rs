//! Orders: what a buyer placed, its lines, and the ways to find it again.
//!
//! [`place`] writes reservation, claims, order and lines in one transaction; [`commit`] turns captured money into
//! tickets in one transaction; [`late`] deals with money that came after the seats were given up.

pub mod commit;
pub mod late;
pub mod place;
mod remind;

use crate::{
    error::{Result, StoreError},
    organizers::tax_rate,
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use domain::{
    ids::{EventId, HoldId, OrderId, OrderLineId, ReservationId, TierId, ZoneId},
    money::{Currency, Money},
    seat::{AreaIx, SeatIx},
    tax::{TaxRate, Taxed},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// First of three axes: what became of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Waits for its payment.
    Placed,
    /// Paid, tickets issued.
    Completed,
    /// Given up by the buyer or the organizer.
    Cancelled,
    /// Not paid in time.
    Expired,
}

/// Second axis: what became of the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// No payment was begun, or none is needed.
    None,
    /// A payment is under way.
    Pending,
    /// The money is here.
    Captured,
    /// The last payment failed; another may be tried.
    Failed,
}

/// Third axis: what went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// Nothing.
    None,
    /// A part.
    Partial,
    /// Everything.
    Full,
}

/// What one ticket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A seat.
    Seat(SeatIx),
    /// One place in an area.
    Area(AreaIx),
}

/// How to reach the buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Address for the confirmation.
    pub email: String,
    /// For text messages, if given.
    pub phone: Option<String>,
    /// Wants the way to the tickets as a text message; only with a telephone number.
    pub text_me: bool,
    /// Wants to be reminded by mail before the time to pay is over.
    pub remind_me: bool,
}

/// One ticket's price, frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// Drawn by the caller.
    pub id: OrderLineId,
    /// Seat or area.
    pub place: Place,
    /// The plan's id of the seat or area (`STALLS-A-10`).
    pub place_id: String,
    /// Section, or the area's name.
    pub section: String,
    /// Row; empty in areas.
    pub row: String,
    /// Seat; empty in areas.
    pub number: String,
    /// The zone it was sold in.
    pub zone: ZoneId,
    /// The zone's name then.
    pub zone_name: String,
    /// The tier it was sold as.
    pub tier: TierId,
    /// The tier's name then.
    pub tier_name: String,
    /// Price without fee.
    pub price: Money,
    /// Fee.
    pub fee: Money,
    /// The rate of the tax in them.
    pub tax_rate: TaxRate,
    /// The tax in price and fee.
    pub tax: Money,
}

impl OrderLine {
    /// Price and fee, with the tax in them.
    pub fn taxed(&self) -> Result<Taxed> {
        let gross = self.price.plus(self.fee).map_err(|_| StoreError::AmountMismatch)?;
        Ok(Taxed { rate: self.tax_rate, gross, tax: self.tax })
    }
}

/// An order with its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Its name for programs.
    pub id: OrderId,
    /// Its name for people.
    pub number: String,
    /// The event.
    pub event: EventId,
    /// The claim behind it.
    pub reservation: ReservationId,
    /// The hold it came from.
    pub hold: HoldId,
    /// Whose hold that was.
    pub buyer_key: String,
    /// Hex SHA-256 of the hold's token: proves the buyer after the hold is gone from Redis.
    pub token_digest: String,
    /// Hex SHA-256 of the key in the order's address.
    pub access_digest: String,
    /// Who bought.
    pub contact: Contact,
    /// What became of it.
    pub status: OrderStatus,
    /// What became of the money.
    pub payment_status: PaymentStatus,
    /// What went back.
    pub refund_status: RefundStatus,
    /// Sum of prices and fees.
    pub total: Money,
    /// Refund rules as they were.
    pub policy: Value,
    /// Deadline of the payment.
    pub pay_before: DateTime<Utc>,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When it was completed, cancelled or expired.
    pub decided_at: Option<DateTime<Utc>>,
    /// In the order in which they were placed.
    pub lines: Vec<OrderLine>,
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    id: Uuid,
    number: String,
    event_id: Uuid,
    reservation_id: Uuid,
    hold_id: Uuid,
    buyer: String,
    token_digest: String,
    access_digest: String,
    buyer_name: String,
    buyer_email: String,
    buyer_phone: Option<String>,
    text_me: bool,
    remind_me: bool,
    status: OrderStatus,
    payment_status: PaymentStatus,
    refund_status: RefundStatus,
    total_minor: i64,
    currency: String,
    policy: Value,
    pay_before: DateTime<Utc>,
    placed_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    id: Uuid,
    seat_ix: Option<i32>,
    area_ix: Option<i32>,
    place_id: String,
    section: String,
    row_label: String,
    seat_number: String,
    zone_id: String,
    zone_name: String,
    tier_id: String,
    tier_name: String,
    price_minor: i64,
    fee_minor: i64,
    tax_rate_bp: i32,
    tax_minor: i64,
}

/// Reads a stored currency.
pub(crate) fn currency(code: &str) -> Result<Currency> {
    Currency::parse(code).map_err(|_| StoreError::Unreadable { what: "a currency" })
}

/// Reads a stored area position.
pub(crate) fn area_ix(stored: i32) -> Result<AreaIx> {
    u16::try_from(stored).map(AreaIx).map_err(|_| StoreError::Unreadable { what: "an area" })
}

impl LineRow {
    fn into_line(self, currency: Currency) -> Result<OrderLine> {
        let place = match (self.seat_ix, self.area_ix) {
            (Some(ix), None) => Place::Seat(SeatIx(ix.cast_unsigned())),
            (None, Some(ix)) => Place::Area(area_ix(ix)?),
            _ => return Err(StoreError::Unreadable { what: "an order line" }),
        };
        Ok(OrderLine {
            id: OrderLineId(self.id),
            place,
            place_id: self.place_id,
            section: self.section,
            row: self.row_label,
            number: self.seat_number,
            zone: ZoneId(self.zone_id),
            zone_name: self.zone_name,
            tier: TierId(self.tier_id),
            tier_name: self.tier_name,
            price: Money::new(self.price_minor, currency),
            fee: Money::new(self.fee_minor, currency),
            tax_rate: tax_rate(self.tax_rate_bp)?,
            tax: Money::new(self.tax_minor, currency),
        })
    }
}

impl PgStore {
    /// An order by id.
    pub async fn order_by_id(&self, id: OrderId) -> Result<Option<Order>> {
        let row: Option<OrderRow> = sqlx::query_as(
            "SELECT o.id, o.number, o.event_id, o.reservation_id, o.hold_id, r.buyer, r.token_digest,
                    o.access_digest, o.buyer_name, o.buyer_email, o.buyer_phone, o.text_me, o.remind_me, o.status,
                    o.payment_status, o.refund_status, o.total_minor, o.currency, o.policy, o.pay_before, o.placed_at, o.decided_at
             FROM orders o JOIN reservations r ON r.id = o.reservation_id WHERE o.id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.pool)
        .await?;
        match row {
            Some(row) => self.with_lines(row).await.map(Some),
            None => Ok(None),
        }
    }

    async fn with_lines(&self, row: OrderRow) -> Result<Order> {
        let currency = currency(&row.currency)?;
        let lines: Vec<LineRow> = sqlx::query_as(
            "SELECT id, seat_ix, area_ix, place_id, section, row_label, seat_number, zone_id, zone_name, tier_id,
                    tier_name, price_minor, fee_minor, tax_rate_bp, tax_minor
             FROM order_lines WHERE order_id = $1 ORDER BY ord",
        )
        .bind(row.id)
        .fetch_all(&self.pool)
        .await?;
        Ok(Order {
            id: OrderId(row.id),
            number: row.number,
            event: EventId(row.event_id),
            reservation: ReservationId(row.reservation_id),
            hold: HoldId(row.hold_id),
            buyer_key: row.buyer,
            token_digest: row.token_digest,
            access_digest: row.access_digest,
            contact: Contact {
                name: row.buyer_name,
                email: row.buyer_email,
                phone: row.buyer_phone,
                text_me: row.text_me,
                remind_me: row.remind_me,
            },
            status: row.status,
            payment_status: row.payment_status,
            refund_status: row.refund_status,
            total: Money::new(row.total_minor, currency),
            policy: row.policy,
            pay_before: row.pay_before,
            placed_at: row.placed_at,
            decided_at: row.decided_at,
            lines: lines.into_iter().map(|line| line.into_line(currency)).collect::<Result<_>>()?,
        })
    }

    /// The order whose address carries the key with this digest.
    pub async fn order_by_access_digest(&self, digest: &str) -> Result<Option<Order>> {
        let id = sqlx::query_scalar("SELECT id FROM orders WHERE access_digest = $1")
            .bind(digest)
            .fetch_optional(&self.pool)
            .await?;
        self.order_if(id).await
    }

    /// The order that a payment session of the provider belongs to.
    pub async fn order_by_session(&self, session_id: &str) -> Result<Option<Order>> {
        let id = sqlx::query_scalar("SELECT order_id FROM payments WHERE session_id = $1")
            .bind(session_id)
            .fetch_optional(&self.pool)
            .await?;
        self.order_if(id).await
    }

    /// The newest order of a hold: the living one if there is one.
    pub async fn order_by_hold(&self, hold: HoldId) -> Result<Option<Order>> {
        let id = sqlx::query_scalar(
            "SELECT id FROM orders WHERE hold_id = $1
             ORDER BY (status IN ('placed', 'completed')) DESC, placed_at DESC LIMIT 1",
        )
        .bind(hold.0)
        .fetch_optional(&self.pool)
        .await?;
        self.order_if(id).await
    }

    async fn order_if(&self, id: Option<Uuid>) -> Result<Option<Order>> {
        match id {
            Some(id) => self.order_by_id(OrderId(id)).await,
            None => Ok(None),
        }
    }
}
