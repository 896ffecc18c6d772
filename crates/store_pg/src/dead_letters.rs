//! What a group of consumers gave up on: kept with its reason until somebody looks at it and has it tried again.

use crate::{
    audit::{self, Cause},
    error::{Result, StoreError},
    outbox::Taken,
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::Row as _;

/// A fact that a group gave up on.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct DeadLetter {
    /// Its name.
    pub id: i64,
    /// Which group gave up.
    #[sqlx(rename = "consumer_group")]
    pub group: String,
    /// The fact.
    #[sqlx(rename = "fact_id")]
    pub fact: i64,
    /// The fact's kind.
    pub kind: String,
    /// What happened.
    pub payload: Value,
    /// Why it was given up: the last error.
    pub reason: String,
    /// After how many attempts.
    pub attempts: i32,
    /// Since when.
    pub died_at: DateTime<Utc>,
    /// When it was tried anew.
    pub replayed_at: Option<DateTime<Utc>>,
}

impl PgStore {
    /// Gives a fact up for a group. `false` when another attempt took over meanwhile.
    pub async fn bury(&self, group: &str, taken: &Taken, reason: &str, cause: &Cause<'_>) -> Result<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE fact_deliveries SET state = 'dead', taken_until = NULL, last_error = $4
             WHERE consumer_group = $1 AND fact_id = $2 AND state = 'waiting' AND attempts = $3",
        )
        .bind(group)
        .bind(taken.fact.id)
        .bind(taken.attempt.cast_signed())
        .bind(reason)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO dead_letters (consumer_group, fact_id, reason, attempts, died_at)
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
        )
        .bind(group)
        .bind(taken.fact.id)
        .bind(reason)
        .bind(taken.attempt.cast_signed())
        .bind(cause.at)
        .fetch_one(&mut *tx)
        .await?;
        let data = json!({ "group": group, "fact": taken.fact.id, "kind": taken.fact.kind, "error": reason });
        audit::write(&mut tx, cause, "dead_letter", &id.to_string(), "buried", data).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Has a dead letter tried anew, from its first attempt. `false` when that was done before.
    pub async fn replay(&self, letter: i64, cause: &Cause<'_>) -> Result<bool> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(
            "UPDATE dead_letters SET replayed_at = $2 WHERE id = $1 AND replayed_at IS NULL
             RETURNING consumer_group, fact_id",
        )
        .bind(letter)
        .bind(cause.at)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(false) };
        let (group, fact): (String, i64) = (row.try_get("consumer_group")?, row.try_get("fact_id")?);
        let done = sqlx::query(
            "UPDATE fact_deliveries SET state = 'waiting', attempts = 0, due_at = $3, publish_at = $3
             WHERE consumer_group = $1 AND fact_id = $2 AND state = 'dead'",
        )
        .bind(&group)
        .bind(fact)
        .bind(cause.at)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() != 1 {
            return Err(StoreError::WrongState { what: "the dead letter's fact" });
        }
        let data = json!({ "group": group, "fact": fact });
        audit::write(&mut tx, cause, "dead_letter", &letter.to_string(), "replayed", data).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Dead letters that nobody had tried anew, the newest first, from before `before` (an id) on.
    pub async fn dead_letters(&self, before: Option<i64>, limit: u32) -> Result<Vec<DeadLetter>> {
        let letters = sqlx::query_as(
            "SELECT l.id, l.consumer_group, l.fact_id, f.kind, f.payload, l.reason, l.attempts, l.died_at, l.replayed_at
             FROM dead_letters l JOIN facts f ON f.id = l.fact_id
             WHERE l.replayed_at IS NULL AND ($1::bigint IS NULL OR l.id < $1) ORDER BY l.id DESC LIMIT $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(letters)
    }
}
