//! The outbox (what happened here, for the workers) and the inbox (what the payment provider says happened there).

use crate::{
    audit::{self, Cause},
    error::Result,
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use domain::ids::OrderId;
use serde_json::{Value, json};
use sqlx::PgConnection;

/// Something that happened, in the outbox, versioned.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Fact {
    /// Position in the outbox; a consumer that saw it once may skip it the second time.
    pub id: i64,
    /// `order_placed`, `order_completed`, `order_released`, …
    pub kind: String,
    /// Version of the payload's form.
    pub version: i32,
    /// What happened.
    pub payload: Value,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Puts the wish into the outbox that something be sent to an order's buyer, with who asked and why; answers its
/// position.
pub(crate) async fn ask_to_send(
    tx: &mut PgConnection,
    kind: &str,
    order: OrderId,
    cause: &Cause<'_>,
) -> Result<i64> {
    let fact = put(&mut *tx, kind, json!({ "order": order }), cause.at).await?;
    audit::write(tx, cause, "order", &order.to_string(), kind, json!({ "fact": fact })).await?;
    Ok(fact)
}

/// Puts a fact into the outbox in the caller's transaction; answers its position.
pub(crate) async fn put(tx: &mut PgConnection, kind: &str, payload: Value, at: DateTime<Utc>) -> Result<i64> {
    let id = sqlx::query_scalar(
        "INSERT INTO facts (kind, version, payload, created_at) VALUES ($1, 1, $2, $3) RETURNING id",
    )
    .bind(kind)
    .bind(payload)
    .bind(at)
    .fetch_one(tx)
    .await?;
    Ok(id)
}

/// What the payment provider told us, as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct ProviderFact {
    /// The provider's id of it.
    pub id: String,
    /// The provider's type (`checkout.session.completed`).
    pub kind: String,
    /// The body.
    pub payload: Value,
    /// When it came first.
    pub received_at: DateTime<Utc>,
    /// How often it could not be applied.
    pub attempts: i32,
}

/// Whether a provider fact was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Stored just now: apply it.
    New,
    /// Known, but not applied yet: apply it.
    Waiting,
    /// Known and applied: nothing to do.
    Applied,
}

impl PgStore {
    /// The oldest facts that were not published, at most `limit`.
    pub async fn unpublished_facts(&self, limit: u32) -> Result<Vec<Fact>> {
        let facts = sqlx::query_as(
            "SELECT id, kind, version, payload, created_at FROM facts
             WHERE published_at IS NULL ORDER BY id LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(facts)
    }

    /// Marks facts as published; answers how many were not before.
    pub async fn mark_published(&self, ids: &[i64], at: DateTime<Utc>) -> Result<u64> {
        let done =
            sqlx::query("UPDATE facts SET published_at = $2 WHERE id = ANY($1) AND published_at IS NULL")
                .bind(ids)
                .bind(at)
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected())
    }

    /// Takes the facts of an order out of the outbox before anybody hears of them: nobody waits for their effects (a
    /// demo's presale). Answers how many.
    pub async fn keep_to_ourselves(&self, order: OrderId, at: DateTime<Utc>) -> Result<u64> {
        let done = sqlx::query(
            "UPDATE facts SET published_at = $2 WHERE payload ->> 'order' = $1 AND published_at IS NULL",
        )
        .bind(order.to_string())
        .bind(at)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// Stores what the provider said, before anything is done about it.
    pub async fn store_fact(
        &self,
        id: &str,
        kind: &str,
        payload: &Value,
        at: DateTime<Utc>,
    ) -> Result<Stored> {
        let inserted = sqlx::query(
            "INSERT INTO provider_facts (id, kind, payload, received_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(kind)
        .bind(payload)
        .bind(at)
        .execute(&self.pool)
        .await?;
        if inserted.rows_affected() == 1 {
            return Ok(Stored::New);
        }
        let applied: Option<bool> =
            sqlx::query_scalar("SELECT applied_at IS NOT NULL FROM provider_facts WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
        Ok(if applied == Some(true) { Stored::Applied } else { Stored::Waiting })
    }

    /// Provider facts that were received before `before` and not applied, oldest first. One that failed n times waits
    /// until it is n² seconds old: what fails for good does not stand in the way of the others.
    pub async fn unapplied(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<ProviderFact>> {
        let facts = sqlx::query_as(
            "SELECT id, kind, payload, received_at, attempts FROM provider_facts
             WHERE applied_at IS NULL AND received_at <= $1
               AND received_at + make_interval(secs => attempts::double precision * attempts) <= $1
             ORDER BY received_at, id LIMIT $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(facts)
    }

    /// Marks a provider fact as applied; `false` when it was already, or is not known.
    pub async fn mark_applied(&self, id: &str, at: DateTime<Utc>) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE provider_facts SET applied_at = $2, attempts = attempts + 1, last_error = NULL
             WHERE id = $1 AND applied_at IS NULL",
        )
        .bind(id)
        .bind(at)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes that applying a provider fact failed; it stays to be tried again.
    pub async fn mark_failed(&self, id: &str, error: &str) -> Result<()> {
        sqlx::query(
            "UPDATE provider_facts SET attempts = attempts + 1, last_error = $2
             WHERE id = $1 AND applied_at IS NULL",
        )
        .bind(id)
        .bind(error)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
