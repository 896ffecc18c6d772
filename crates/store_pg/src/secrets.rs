//! Secrets of the installation that all its processes share.

use crate::{error::Result, pool::PgStore};
use chrono::{DateTime, Utc};

impl PgStore {
    /// The secret of that name; `fresh` becomes it when there is none. Processes that start at once all get the same.
    pub async fn ensure_secret(&self, name: &str, fresh: &[u8], at: DateTime<Utc>) -> Result<Vec<u8>> {
        sqlx::query(
            "INSERT INTO secrets (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(name)
        .bind(fresh)
        .bind(at)
        .execute(&self.pool)
        .await?;
        Ok(sqlx::query_scalar("SELECT value FROM secrets WHERE name = $1")
            .bind(name)
            .fetch_one(&self.pool)
            .await?)
    }
}
