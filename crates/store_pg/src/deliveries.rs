//! Deliveries: what was told to whom. Written before it is sent, so that a fact that comes twice is told once, and a
//! process that dies while it sends leaves a row that the next one takes up under the same name.

mod opt_outs;
mod wishes;

use crate::{
    audit::{self, Cause},
    error::{Result, StoreError},
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use domain::ids::OrderId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// By which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// E-mail.
    Mail,
    /// Text message.
    Sms,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent.
    Queued,
    /// Taken by the mail server or the provider.
    Sent,
    /// On the reader's device, as the provider says.
    Delivered,
    /// Refused for good.
    Failed,
    /// Taken, and then given back.
    Bounced,
}

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Drawn by the caller; names the message for ever (it is in a mail's `Message-ID`).
    pub id: Uuid,
    /// The fact that it tells of.
    pub fact: i64,
    /// The order that it is about.
    pub order: OrderId,
    /// By which way.
    pub channel: Channel,
    /// Which message (`tickets`).
    pub template: &'static str,
    /// Address or number.
    pub recipient: String,
}

/// A delivery as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Names the message for ever.
    pub id: Uuid,
    /// The fact that it tells of.
    pub fact: i64,
    /// The order that it is about.
    pub order: OrderId,
    /// By which way.
    pub channel: Channel,
    /// Which message.
    pub template: String,
    /// Address or number.
    pub recipient: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i32,
    /// The provider's name of it, or what the mail server said.
    pub provider_ref: Option<String>,
    /// Why it did not go through, the last time.
    pub error: Option<String>,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// How sending ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending<'a> {
    /// Taken; the provider's name of it, or what the mail server said.
    Sent(&'a str),
    /// Refused for good, and why.
    Failed(&'a str),
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    fact_id: i64,
    order_id: Uuid,
    channel: Channel,
    template: String,
    recipient: String,
    state: DeliveryState,
    attempts: i32,
    provider_ref: Option<String>,
    error: Option<String>,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            fact: row.fact_id,
            order: OrderId(row.order_id),
            channel: row.channel,
            template: row.template,
            recipient: row.recipient,
            state: row.state,
            attempts: row.attempts,
            provider_ref: row.provider_ref,
            error: row.error,
            created_at: row.created_at,
            changed_at: row.changed_at,
        }
    }
}

impl PgStore {
    /// Queues messages; those that are known for their fact already stay as they are. Answers how many are new.
    pub async fn queue_deliveries(&self, new: &[NewDelivery], cause: &Cause<'_>) -> Result<u64> {
        let mut tx = self.begin().await?;
        let queued: Vec<Uuid> = sqlx::query_scalar(
            "INSERT INTO deliveries (id, fact_id, order_id, channel, template, recipient, state, created_at, changed_at)
             SELECT n.id, n.fact_id, n.order_id, n.channel, n.template, n.recipient, 'queued', $7, $7
             FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[])
                  AS n (id, fact_id, order_id, channel, template, recipient)
             ORDER BY n.order_id, n.channel, n.template, n.recipient
             ON CONFLICT ON CONSTRAINT delivery_once DO NOTHING RETURNING id",
        )
        .bind(new.iter().map(|d| d.id).collect::<Vec<_>>())
        .bind(new.iter().map(|d| d.fact).collect::<Vec<_>>())
        .bind(new.iter().map(|d| d.order.0).collect::<Vec<_>>())
        .bind(new.iter().map(|d| name_of(d.channel)).collect::<Vec<_>>())
        .bind(new.iter().map(|d| d.template).collect::<Vec<_>>())
        .bind(new.iter().map(|d| d.recipient.as_str()).collect::<Vec<_>>())
        .bind(cause.at)
        .fetch_all(&mut *tx)
        .await?;
        let ids: Vec<String> = queued.iter().map(Uuid::to_string).collect();
        audit::write_many(&mut tx, cause, "delivery", &ids, "queued", json!({})).await?;
        tx.commit().await?;
        Ok(u64::try_from(queued.len()).unwrap_or(u64::MAX))
    }

    /// Takes messages of a fact to send them, at most `limit`: nobody else gets them before `until`.
    pub async fn claim_deliveries(
        &self,
        fact: i64,
        limit: u32,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Delivery>> {
        let rows: Vec<Row> = sqlx::query_as(
            "UPDATE deliveries SET claimed_to = $3, attempts = attempts + 1, changed_at = $2
             WHERE id IN (SELECT id FROM deliveries
                          WHERE fact_id = $1 AND state = 'queued' AND (claimed_to IS NULL OR claimed_to <= $2)
                          ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED)
             RETURNING id, fact_id, order_id, channel, template, recipient, state, attempts, provider_ref, error,
                       created_at, changed_at",
        )
        .bind(fact)
        .bind(now)
        .bind(until)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Messages of a fact that are still to be sent, by whomever.
    pub async fn queued_deliveries(&self, fact: i64) -> Result<u64> {
        let left: i64 =
            sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE fact_id = $1 AND state = 'queued'")
                .bind(fact)
                .fetch_one(&self.pool)
                .await?;
        Ok(u64::try_from(left).unwrap_or_default())
    }

    /// Writes down how sending ended.
    ///
    /// # Errors
    /// `WrongState` when the message is not queued any more: somebody whose claim had ended sent it as well.
    pub async fn finish_delivery(&self, id: Uuid, end: Sending<'_>, cause: &Cause<'_>) -> Result<()> {
        let (state, reference, error) = match end {
            Sending::Sent(reference) => ("sent", Some(reference), None),
            Sending::Failed(error) => ("failed", None, Some(error)),
        };
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE deliveries SET state = $2, provider_ref = $3, error = $4, claimed_to = NULL, changed_at = $5
             WHERE id = $1 AND state = 'queued'",
        )
        .bind(id)
        .bind(state)
        .bind(reference)
        .bind(error)
        .bind(cause.at)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() != 1 {
            return Err(StoreError::WrongState { what: "the delivery" });
        }
        let data = json!({ "error": error });
        audit::write(&mut tx, cause, "delivery", &id.to_string(), state, data).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a claimed message back that did not go through for now, and notes why.
    pub async fn postpone_delivery(&self, id: Uuid, error: &str, at: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "UPDATE deliveries SET claimed_to = NULL, error = $2, changed_at = $3
             WHERE id = $1 AND state = 'queued'",
        )
        .bind(id)
        .bind(error)
        .bind(at)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What the provider tells of a text message: delivered, or (with why) bounced. It may tell before its own answer to
    /// the sending has arrived, or instead of it. `false` when the message is not known or has moved on.
    pub async fn delivery_told(
        &self,
        id: Uuid,
        provider_ref: &str,
        bounced: Option<&str>,
        cause: &Cause<'_>,
    ) -> Result<bool> {
        let state = if bounced.is_some() { "bounced" } else { "delivered" };
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE deliveries SET state = $3, error = $4, provider_ref = $2, claimed_to = NULL, changed_at = $5
             WHERE id = $1 AND channel = 'sms' AND state IN ('queued', 'sent')",
        )
        .bind(id)
        .bind(provider_ref)
        .bind(state)
        .bind(bounced)
        .bind(cause.at)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        audit::write(&mut tx, cause, "delivery", &id.to_string(), state, json!({ "error": bounced })).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The messages about an order, the oldest first.
    pub async fn deliveries_of_order(&self, order: OrderId) -> Result<Vec<Delivery>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, fact_id, order_id, channel, template, recipient, state, attempts, provider_ref, error,
                    created_at, changed_at
             FROM deliveries WHERE order_id = $1 ORDER BY created_at, id",
        )
        .bind(order.0)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

fn name_of(channel: Channel) -> &'static str {
    match channel {
        Channel::Mail => "mail",
        Channel::Sms => "sms",
    }
}
