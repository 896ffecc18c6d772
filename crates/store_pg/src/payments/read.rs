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
}
