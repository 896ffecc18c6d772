//! Answers already given: the same key and request gets the same answer again (INV-5).

use crate::{error::Result, pool::PgStore};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// What is known about a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Recall {
    /// Nothing: go on.
    New,
    /// The same request was answered so.
    Same(Value),
    /// The key was used for another request.
    Mismatch,
}

/// Whose turn it is with a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// The caller's: it runs, then answers or gives the key back.
    Mine,
    /// The same request was answered so.
    Answered(Value),
    /// The same request runs elsewhere.
    UnderWay,
    /// The key was used for another request.
    Mismatch,
}

#[derive(sqlx::FromRow)]
struct Row {
    digest: String,
    response: Value,
}

/// An answer as it is stored; a key without this member is claimed and not answered.
const ANSWER: &str = "answer";

impl PgStore {
    /// Looks a key up. `scope` is the caller and the use case, `digest` tells one request from another.
    pub async fn recall(&self, scope: &str, key: &str, digest: &str) -> Result<Recall> {
        let row: Option<Row> =
            sqlx::query_as("SELECT digest, response FROM idempotency WHERE scope = $1 AND key = $2")
                .bind(scope)
                .bind(key)
                .fetch_optional(&self.pool)
                .await?;
        Ok(match row {
            None => Recall::New,
            Some(row) if row.digest == digest => Recall::Same(row.response),
            Some(_) => Recall::Mismatch,
        })
    }

    /// Keeps an answer. When two callers race, the first answer stays and both get it.
    pub async fn remember(
        &self,
        scope: &str,
        key: &str,
        digest: &str,
        response: &Value,
        at: DateTime<Utc>,
    ) -> Result<Recall> {
        sqlx::query(
            "INSERT INTO idempotency (scope, key, digest, response, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (scope, key) DO NOTHING",
        )
        .bind(scope)
        .bind(key)
        .bind(digest)
        .bind(response)
        .bind(at)
        .execute(&self.pool)
        .await?;
        self.recall(scope, key, digest).await
    }

    /// Takes a key for a run. One that was taken before `stale` and never answered is taken over: its process died.
    pub async fn claim_key(
        &self,
        scope: &str,
        key: &str,
        digest: &str,
        at: DateTime<Utc>,
        stale: DateTime<Utc>,
    ) -> Result<Claim> {
        let done = sqlx::query(
            "INSERT INTO idempotency (scope, key, digest, response, created_at) VALUES ($1, $2, $3, '{}', $4)
             ON CONFLICT (scope, key) DO UPDATE SET created_at = excluded.created_at
             WHERE idempotency.response = '{}' AND idempotency.digest = excluded.digest
               AND idempotency.created_at < $5",
        )
        .bind(scope)
        .bind(key)
        .bind(digest)
        .bind(at)
        .bind(stale)
        .execute(&self.pool)
        .await?;
        if done.rows_affected() == 1 {
            return Ok(Claim::Mine);
        }
        Ok(match self.recall(scope, key, digest).await? {
            // Given back in this moment: the caller tries again.
            Recall::New => Claim::UnderWay,
            Recall::Mismatch => Claim::Mismatch,
            Recall::Same(mut stored) => match stored.get_mut(ANSWER).map(Value::take) {
                Some(answer) => Claim::Answered(answer),
                None => Claim::UnderWay,
            },
        })
    }

    /// Answers a claimed key; the first answer stays.
    pub async fn answer_key(&self, scope: &str, key: &str, answer: &Value) -> Result<()> {
        sqlx::query("UPDATE idempotency SET response = $3 WHERE scope = $1 AND key = $2 AND response = '{}'")
            .bind(scope)
            .bind(key)
            .bind(serde_json::json!({ ANSWER: answer }))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Gives a claimed key back: what was tried had no effect.
    pub async fn give_key_back(&self, scope: &str, key: &str) -> Result<()> {
        sqlx::query("DELETE FROM idempotency WHERE scope = $1 AND key = $2 AND response = '{}'")
            .bind(scope)
            .bind(key)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets answers given before `before`; answers how many.
    pub async fn forget_answers(&self, before: DateTime<Utc>) -> Result<u64> {
        let done = sqlx::query("DELETE FROM idempotency WHERE created_at < $1")
            .bind(before)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}
