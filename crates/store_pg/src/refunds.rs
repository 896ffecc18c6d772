//! Refunds, as the provider tells of them. Each has one state that only moves on, whatever order the news come in.

use crate::{
    audit::{self, Cause},
    error::{Result, StoreError},
    facts,
    orders::currency,
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use domain::{
    ids::{OrderId, PaymentId},
    money::Money,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// The provider has it.
    Pending,
    /// The money is on its way to the buyer's account.
    Succeeded,
    /// It did not go through, also after it was said to have: the money is with us.
    Failed,
}

impl RefundState {
    const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// A refund as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The provider's name of it.
    pub reference: String,
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
    /// Since when it is known.
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    reference: String,
    payment_id: Uuid,
    order_id: Uuid,
    amount_minor: i64,
    currency: String,
    state: RefundState,
    failure: Option<String>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Refund {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            reference: row.reference,
            payment: PaymentId(row.payment_id),
            order: OrderId(row.order_id),
            amount: Money::new(row.amount_minor, currency(&row.currency)?),
            state: row.state,
            failure: row.failure,
            created_at: row.created_at,
        })
    }
}

/// What the provider says of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundNews<'a> {
    /// The provider's name of it.
    pub reference: &'a str,
    /// Whose money.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: RefundState,
    /// Why it failed.
    pub failure: Option<&'a str>,
}

impl PgStore {
    /// Takes news of a refund in, and with it how much of the order's money went back. `false` when it is no news:
    /// pending, succeeded, failed is the order in which a refund can move.
    pub async fn record_refund(&self, news: &RefundNews<'_>, cause: &Cause<'_>) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        // Orders before payments, as everywhere; and the sum below must not miss what another call adds.
        let order: Option<Uuid> = sqlx::query_scalar(
            "SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE p.id = $1 FOR UPDATE OF o",
        )
        .bind(news.payment.0)
        .fetch_optional(&mut *tx)
        .await?;
        let order = OrderId(order.ok_or(StoreError::Missing { what: "the payment" })?);
        let failure = (news.state == RefundState::Failed).then(|| news.failure.unwrap_or("unknown"));
        let done = sqlx::query(
            "INSERT INTO refunds AS r (reference, payment_id, order_id, amount_minor, currency, state, failure,
                                       created_at, changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
             ON CONFLICT (reference) DO UPDATE
                SET state = excluded.state, failure = excluded.failure, changed_at = excluded.changed_at
                WHERE array_position('{pending,succeeded,failed}'::text[], r.state)
                    < array_position('{pending,succeeded,failed}'::text[], excluded.state)",
        )
        .bind(news.reference)
        .bind(news.payment.0)
        .bind(order.0)
        .bind(news.amount.minor)
        .bind(news.amount.currency.code())
        .bind(news.state)
        .bind(failure)
        .bind(cause.at)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sum_up(&mut tx, order).await?;
        let data =
            json!({ "payment": news.payment, "order": order, "amount": news.amount, "failure": failure });
        audit::write(&mut tx, cause, "refund", news.reference, news.state.name(), data).await?;
        let payload = json!({ "refund": news.reference, "payment": news.payment, "order": order });
        facts::put(&mut tx, &format!("refund_{}", news.state.name()), payload, cause.at).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The refunds of an order, the oldest first.
    pub async fn refunds_of_order(&self, order: OrderId) -> Result<Vec<Refund>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT reference, payment_id, order_id, amount_minor, currency, state, failure, created_at
             FROM refunds WHERE order_id = $1 ORDER BY created_at, reference",
        )
        .bind(order.0)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
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
