//! What support looks at: orders by whatever a caller can name, and all that is on record about one.

mod timeline;

pub use timeline::{Entry, Source};

use crate::{
    audit::{self, Cause},
    error::{Result, StoreError},
    facts::{self, ProviderFact},
    orders::{OrderStatus, PaymentStatus, RefundStatus, currency},
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use domain::{
    ids::{EventId, OrderId},
    money::Money,
};
use serde_json::json;
use uuid::Uuid;

/// What an order is looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Find<'a> {
    /// Its number.
    Number(&'a str),
    /// The buyer's address, whatever its case.
    Email(&'a str),
    /// The id of the order or of one of its payments.
    Id(Uuid),
    /// A name that the payment provider gave: session, intent, refund.
    Reference(&'a str),
    /// A seat or area of an event, by slug and the plan's id: whoever has it now, and whoever ordered it before.
    Place {
        /// The event.
        event: &'a str,
        /// The plan's id of the seat or area.
        place: &'a str,
    },
}

/// Where a list goes on: the order that it ended with.
pub type After = (DateTime<Utc>, OrderId);

/// An order in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundOrder {
    /// Its name for programs.
    pub id: OrderId,
    /// Its name for people.
    pub number: String,
    /// The event.
    pub event: EventId,
    /// The event's name.
    pub event_name: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// Who bought.
    pub buyer_name: String,
    /// Their address.
    pub buyer_email: String,
    /// What became of it.
    pub status: OrderStatus,
    /// What became of the money.
    pub payment_status: PaymentStatus,
    /// What went back.
    pub refund_status: RefundStatus,
    /// Sum of prices and fees.
    pub total: Money,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    number: String,
    event_id: Uuid,
    event_name: String,
    starts_at: DateTime<Utc>,
    buyer_name: String,
    buyer_email: String,
    status: OrderStatus,
    payment_status: PaymentStatus,
    refund_status: RefundStatus,
    total_minor: i64,
    currency: String,
    placed_at: DateTime<Utc>,
}

impl TryFrom<Row> for FoundOrder {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: OrderId(row.id),
            number: row.number,
            event: EventId(row.event_id),
            event_name: row.event_name,
            starts_at: row.starts_at,
            buyer_name: row.buyer_name,
            buyer_email: row.buyer_email,
            status: row.status,
            payment_status: row.payment_status,
            refund_status: row.refund_status,
            total: Money::new(row.total_minor, currency(&row.currency)?),
            placed_at: row.placed_at,
        })
    }
}

/// The list of orders that meet a condition over `$1` and `$2`, the newest first.
macro_rules! orders_where {
    ($condition:literal) => {
        concat!(
            "SELECT o.id, o.number, o.event_id, e.name AS event_name, e.starts_at, o.buyer_name, o.buyer_email,
                    o.status, o.payment_status, o.refund_status, o.total_minor, o.currency, o.placed_at
             FROM orders o JOIN events e ON e.id = o.event_id
             WHERE (",
            $condition,
            ") AND ($3::timestamptz IS NULL OR (o.placed_at, o.id) < ($3, $4))
             ORDER BY o.placed_at DESC, o.id DESC LIMIT $5"
        )
    };
}

const BY_NUMBER: &str = orders_where!("o.number = $1::text AND $2::text = ''");
const BY_EMAIL: &str = orders_where!("lower(o.buyer_email) = lower($1::text) AND $2::text = ''");
const BY_ID: &str = orders_where!(
    "o.id IN (SELECT $1::text::uuid UNION ALL SELECT order_id FROM payments WHERE id = $1::text::uuid)
     AND $2::text = ''"
);
const BY_REFERENCE: &str = orders_where!(
    "o.id IN (SELECT order_id FROM payments WHERE session_id = $1::text OR intent_id = $1::text
              UNION ALL SELECT order_id FROM refunds WHERE reference = $1::text) AND $2::text = ''"
);
const BY_PLACE: &str = orders_where!(
    "e.slug = $1::text AND EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id AND l.place_id = $2::text)"
);

/// A provider fact that was not applied, with what went wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct StuckFact {
    /// What the provider said.
    pub fact: ProviderFact,
    /// The last error.
    pub last_error: Option<String>,
}

impl PgStore {
    /// Orders that something names, the newest first, at most `limit`, from `after` on.
    pub async fn find_orders(
        &self,
        find: &Find<'_>,
        after: Option<After>,
        limit: u32,
    ) -> Result<Vec<FoundOrder>> {
        let id = if let Find::Id(id) = find { id.to_string() } else { String::new() };
        let (statement, first, second) = match find {
            Find::Number(number) => (BY_NUMBER, *number, ""),
            Find::Email(email) => (BY_EMAIL, *email, ""),
            Find::Id(_) => (BY_ID, id.as_str(), ""),
            Find::Reference(reference) => (BY_REFERENCE, *reference, ""),
            Find::Place { event, place } => (BY_PLACE, *event, *place),
        };
        let rows: Vec<Row> = sqlx::query_as(statement)
            .bind(first)
            .bind(second)
            .bind(after.map(|(placed_at, _)| placed_at))
            .bind(after.map(|(_, order)| order.0))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Has the tickets of a completed order sent once more: a fact, with who asked and why; answers its id.
    /// [`StoreError::WrongState`] when the order has no tickets to send.
    pub async fn ask_for_tickets_again(&self, order: OrderId, cause: &Cause<'_>) -> Result<i64> {
        let mut tx = self.begin().await?;
        let status: Option<OrderStatus> =
            sqlx::query_scalar("SELECT status FROM orders WHERE id = $1 FOR SHARE")
                .bind(order.0)
                .fetch_optional(&mut *tx)
                .await?;
        match status {
            None => return Err(StoreError::Missing { what: "the order" }),
            Some(OrderStatus::Completed) => {}
            Some(_) => return Err(StoreError::WrongState { what: "the order" }),
        }
        let fact = facts::ask_to_send(&mut tx, "tickets_resend", order, cause).await?;
        tx.commit().await?;
        Ok(fact)
    }

    /// Writes down what somebody is about to do with an order, and why: the steps that follow are another's.
    pub async fn note_on_order(&self, order: OrderId, action: &str, cause: &Cause<'_>) -> Result<()> {
        let mut tx = self.begin().await?;
        audit::write(&mut tx, cause, "order", &order.to_string(), action, json!({})).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Provider facts that were received before `before` and could not be applied yet, the oldest first.
    pub async fn stuck_facts(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<StuckFact>> {
        #[derive(sqlx::FromRow)]
        struct StuckRow {
            #[sqlx(flatten)]
            fact: ProviderFact,
            last_error: Option<String>,
        }
        let rows: Vec<StuckRow> = sqlx::query_as(
            "SELECT id, kind, payload, received_at, attempts, last_error FROM provider_facts
             WHERE applied_at IS NULL AND received_at < $1 ORDER BY received_at, id LIMIT $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| StuckFact { fact: row.fact, last_error: row.last_error }).collect())
    }

    /// A provider fact that was not applied, to be tried again by hand; who asked for it is written down.
    pub async fn retry_fact(&self, id: &str, cause: &Cause<'_>) -> Result<Option<ProviderFact>> {
        let mut tx = self.begin().await?;
        let fact: Option<ProviderFact> = sqlx::query_as(
            "SELECT id, kind, payload, received_at, attempts FROM provider_facts
             WHERE id = $1 AND applied_at IS NULL FOR UPDATE",
        )
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
        if fact.is_some() {
            audit::write(&mut tx, cause, "provider_fact", id, "retried", json!({})).await?;
        }
        tx.commit().await?;
        Ok(fact)
    }
}
