//! Numbers that want no text messages.

use crate::{
    audit::{self, Cause},
    error::Result,
    pool::PgStore,
};
use serde_json::json;

impl PgStore {
    /// Remembers that a number wants no text messages; `false` when it was known.
    pub async fn opt_out(&self, phone: &str, cause: &Cause<'_>) -> Result<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "INSERT INTO sms_opt_outs (phone, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(phone)
        .bind(cause.at)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        audit::write(&mut tx, cause, "phone", phone, "opted_out", json!({})).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Forgets that a number wants no text messages; `false` when it did not say so.
    pub async fn opt_in(&self, phone: &str, cause: &Cause<'_>) -> Result<bool> {
        let mut tx = self.begin().await?;
        let done =
            sqlx::query("DELETE FROM sms_opt_outs WHERE phone = $1").bind(phone).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        audit::write(&mut tx, cause, "phone", phone, "opted_in", json!({})).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Whether a number wants no text messages.
    pub async fn opted_out(&self, phone: &str) -> Result<bool> {
        Ok(sqlx::query_scalar("SELECT EXISTS (SELECT FROM sms_opt_outs WHERE phone = $1)")
            .bind(phone)
            .fetch_one(&self.pool)
            .await?)
    }
}
