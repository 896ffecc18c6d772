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

#[derive(sqlx::FromRow)]
struct Row {
    digest: String,
    response: Value,
}

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

    /// Forgets answers given before `before`; answers how many.
    pub async fn forget_answers(&self, before: DateTime<Utc>) -> Result<u64> {
        let done = sqlx::query("DELETE FROM idempotency WHERE created_at < $1")
            .bind(before)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}
