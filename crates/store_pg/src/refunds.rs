//! Refunds. Each stands here before the provider hears of it ([`request`]), is carried on by a worker ([`carry`]), and
//! moves on by what the provider tells, whatever order the news come in ([`domain::refund`]).

pub mod carry;
pub mod request;

use crate::{
    audit::{self, Cause},
    error::{Result, StoreError},
    facts,
    invoices::credit,
    orders::currency,
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use domain::{
    ids::{OrderId, PaymentId, RefundId},
    money::Money,
    refund::{Effect, Fact, step},
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

pub use domain::refund::State as RefundState;

/// A refund as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Its name, and the provider's idempotency key.
    pub id: RefundId,
    /// The provider's name of it, once it is known.
    pub reference: Option<String>,
    /// Whose money.
    pub payment: PaymentId,
    /// The order.
    pub order: OrderId,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: RefundState,
    /// Why it failed, as the provider names it.
    pub failure: Option<String>,
    /// Why it was asked for, in words.
    pub reason: String,
    /// How often the provider was asked in vain.
    pub tries: u32,
    /// Since when it is known.
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    reference: Option<String>,
    payment_id: Uuid,
    order_id: Uuid,
    amount_minor: i64,
    currency: String,
    state: String,
    failure: Option<String>,
    reason: String,
    tries: i32,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Refund {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: RefundId(row.id),
            reference: row.reference,
            payment: PaymentId(row.payment_id),
            order: OrderId(row.order_id),
            amount: Money::new(row.amount_minor, currency(&row.currency)?),
            state: state(&row.state)?,
            failure: row.failure,
            reason: row.reason,
            tries: row.tries.unsigned_abs(),
            created_at: row.created_at,
        })
    }
}

fn state(name: &str) -> Result<RefundState> {
    RefundState::named(name).ok_or(StoreError::Unreadable { what: "a refund's state" })
}

/// What the provider says of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundNews<'a> {
    /// Our name of it, if the provider knows that. For one that was made by hand there: a name drawn by the caller.
    pub id: RefundId,
    /// The provider's name of it; none when it refused to make one.
    pub reference: Option<&'a str>,
    /// Whose money.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// What happened.
    pub fact: Fact,
    /// Why it failed.
    pub failure: Option<&'a str>,
}

impl PgStore {
    /// Takes news of a refund in, and with it how much of the order's money went back. One that was not known (made by
    /// hand at the provider) is written down. `false` when it is no news.
    pub async fn record_refund(&self, news: &RefundNews<'_>, cause: &Cause<'_>) -> Result<bool> {
        let mut tx = self.begin().await?;
        // Orders before payments, as everywhere; and the sum below must not miss what another call adds.
        let order: Option<Uuid> = sqlx::query_scalar(
            "SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE p.id = $1 FOR UPDATE OF o",
        )
        .bind(news.payment.0)
        .fetch_optional(&mut *tx)
        .await?;
        let order = OrderId(order.ok_or(StoreError::Missing { what: "the payment" })?);
        let known: Option<(Uuid, String)> = sqlx::query_as(
            "SELECT id, state FROM refunds WHERE payment_id = $3 AND (id = $1 OR reference = $2)
             ORDER BY (reference = $2) DESC NULLS LAST LIMIT 1",
        )
        .bind(news.id.0)
        .bind(news.reference)
        .bind(news.payment.0)
        .fetch_optional(&mut *tx)
        .await?;
        let (id, effects) = match known {
            Some((id, now)) => {
                let Ok((_, effects)) = step(state(&now)?, news.fact) else { return Ok(false) };
                moved(&mut tx, id, &now, news, cause).await?;
                (RefundId(id), effects)
            }
            None => {
                insert(&mut tx, order, news, cause).await?;
                (news.id, [Effect::SumUp].as_slice())
            }
        };
        if effects.contains(&Effect::SumUp) {
            sum_up(&mut tx, order).await?;
        }
        let name = news.fact.state().name();
        let data = json!({
            "payment": news.payment, "order": order, "amount": news.amount, "reference": news.reference,
            "failure": news.failure,
        });
        audit::write(&mut tx, cause, "refund", &id.to_string(), name, data).await?;
        let payload = json!({ "refund": id, "payment": news.payment, "order": order });
        facts::put(&mut tx, &format!("refund_{name}"), payload, cause.at).await?;
        if news.fact == Fact::Succeeded {
            credit::credit_note(&mut tx, id, cause).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The refunds of an order, the oldest first.
    pub async fn refunds_of_order(&self, order: OrderId) -> Result<Vec<Refund>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, reference, payment_id, order_id, amount_minor, currency, state, failure, reason, tries,
                    created_at
             FROM refunds WHERE order_id = $1 ORDER BY created_at, id",
        )
        .bind(order.0)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// A refund by our name of it.
    pub async fn refund_by_id(&self, id: RefundId) -> Result<Option<Refund>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, reference, payment_id, order_id, amount_minor, currency, state, failure, reason, tries,
                    created_at
             FROM refunds WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.pool)
        .await?;
        row.map(TryInto::try_into).transpose()
    }
}

/// Why it failed: every failure has a name.
fn failure<'a>(news: &RefundNews<'a>) -> Option<&'a str> {
    (news.fact == Fact::Failed).then(|| news.failure.unwrap_or("unknown"))
}

async fn moved(
    tx: &mut PgConnection,
    id: Uuid,
    from: &str,
    news: &RefundNews<'_>,
    cause: &Cause<'_>,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE refunds SET state = $3, reference = coalesce(reference, $4), failure = $5, changed_at = $6
         WHERE id = $1 AND state = $2",
    )
    .bind(id)
    .bind(from)
    .bind(news.fact.state().name())
    .bind(news.reference)
    .bind(failure(news))
    .bind(cause.at)
    .execute(tx)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::WrongState { what: "the refund" }) }
}

async fn insert(
    tx: &mut PgConnection,
    order: OrderId,
    news: &RefundNews<'_>,
    cause: &Cause<'_>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO refunds (id, reference, payment_id, order_id, amount_minor, currency, state, failure, reason,
                              created_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'made at the provider', $9, $9)",
    )
    .bind(news.id.0)
    .bind(news.reference)
    .bind(news.payment.0)
    .bind(order.0)
    .bind(news.amount.minor)
    .bind(news.amount.currency.code())
    .bind(news.fact.state().name())
    .bind(failure(news))
    .bind(cause.at)
    .execute(tx)
    .await?;
    Ok(())
}

/// How much of the order's money went back. A completed order is paid by one payment; what came beside it (surplus)
/// goes back without touching the order's tickets, and so its status.
async fn sum_up(tx: &mut PgConnection, order: OrderId) -> Result<()> {
    sqlx::query(
        "UPDATE orders o SET refund_status = CASE
                WHEN money.back = 0 THEN 'none' WHEN money.back < money.taken THEN 'partial' ELSE 'full' END
         FROM (SELECT coalesce(sum(p.amount_minor), 0) AS taken,
                      coalesce(sum((SELECT sum(r.amount_minor) FROM refunds r
                                    WHERE r.payment_id = p.id AND r.state = 'succeeded')), 0) AS back
               FROM payments p JOIN orders of_it ON of_it.id = p.order_id
               WHERE p.order_id = $1
                 AND (p.state = 'captured' OR (p.state = 'surplus' AND of_it.status <> 'completed'))) money
         WHERE o.id = $1",
    )
    .bind(order.0)
    .execute(tx)
    .await?;
    Ok(())
}
