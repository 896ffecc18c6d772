//! Finding payments again.

use super::{Payment, Row};
use crate::{error::Result, pool::PgStore};
use chrono::{DateTime, Utc};
use domain::ids::{OrderId, PaymentId};

impl PgStore {
    /// A payment by id.
    pub async fn payment_by_id(&self, id: PaymentId) -> Result<Option<Payment>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, order_id, kind, state, amount_minor, currency, session_id, intent_id, url, failure,
                    created_at, changed_at
             FROM payments WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.pool)
        .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// A payment by the provider's session or intent.
    pub async fn payment_by_reference(&self, reference: &str) -> Result<Option<Payment>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, order_id, kind, state, amount_minor, currency, session_id, intent_id, url, failure,
                    created_at, changed_at
             FROM payments WHERE session_id = $1 OR intent_id = $1 ORDER BY created_at DESC LIMIT 1",
        )
        .bind(reference)
        .fetch_optional(&self.pool)
        .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// All payments of an order, the oldest first.
    pub async fn payments_of_order(&self, order: OrderId) -> Result<Vec<Payment>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, order_id, kind, state, amount_minor, currency, session_id, intent_id, url, failure,
                    created_at, changed_at
             FROM payments WHERE order_id = $1 ORDER BY created_at, id",
        )
        .bind(order.0)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Payments that have not ended and were last touched before `before`: for reconciliation with the provider.
    pub async fn unsettled_payments(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Payment>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, order_id, kind, state, amount_minor, currency, session_id, intent_id, url, failure,
                    created_at, changed_at
             FROM payments WHERE state IN ('creating', 'open', 'processing', 'surplus') AND changed_at < $1
             ORDER BY changed_at, id LIMIT $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Payments that can still succeed and were not touched since `before`, of orders whose time is not over by `now`
    /// (the others are closed anyway); the oldest first.
    pub async fn doubtful_payments(
        &self,
        before: DateTime<Utc>,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Payment>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT p.id, p.order_id, p.kind, p.state, p.amount_minor, p.currency, p.session_id, p.intent_id, p.url,
                    p.failure, p.created_at, p.changed_at
             FROM payments p JOIN orders o ON o.id = p.order_id
             WHERE p.state IN ('creating', 'open', 'processing') AND p.changed_at < $1 AND o.pay_before > $2
             ORDER BY p.changed_at, p.id LIMIT $3",
        )
        .bind(before)
        .bind(now)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Payments with money, begun from `from` on and settled before `until`, with the provider's name of each.
    pub async fn payments_with_money(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<(PaymentId, Option<String>)>> {
        let rows: Vec<(uuid::Uuid, Option<String>)> = sqlx::query_as(
            "SELECT id, intent_id FROM payments
             WHERE state IN ('captured', 'surplus') AND created_at >= $1 AND changed_at < $2 ORDER BY created_at",
        )
        .bind(from)
        .bind(until)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(id, intent)| (PaymentId(id), intent)).collect())
    }
}
