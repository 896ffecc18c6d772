//! The keys that sign tickets. One is active; retired ones still verify what they signed.

use crate::{
    audit::{self, Cause},
    error::{Result, StoreError},
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// A signing key. `Debug` does not show the private half.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct SigningKey {
    /// Its name in a ticket's header.
    pub kid: String,
    /// The private half, PKCS #8 in PEM.
    pub private_pem: String,
    /// The public half as a JWK.
    pub public_jwk: Value,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when it signed.
    pub retired_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("retired_at", &self.retired_at)
            .finish_non_exhaustive()
    }
}

impl PgStore {
    /// The key that signs now; `new` becomes it when there is none. Processes that start at once all get the same.
    pub async fn ensure_signing_key(&self, new: &SigningKey, cause: &Cause<'_>) -> Result<SigningKey> {
        let mut tx = self.begin().await?;
        if insert(&mut tx, new).await? {
            audit::write(&mut tx, cause, "signing_key", &new.kid, "created", json!({})).await?;
        }
        tx.commit().await?;
        self.active_signing_key().await?.ok_or(StoreError::Missing { what: "an active signing key" })
    }

    /// The key that signs now.
    pub async fn active_signing_key(&self) -> Result<Option<SigningKey>> {
        let key = sqlx::query_as(
            "SELECT kid, private_pem, public_jwk, created_at, retired_at FROM signing_keys WHERE retired_at IS NULL",
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(key)
    }

    /// All keys, the newest first: for the published key set.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        let keys = sqlx::query_as(
            "SELECT kid, private_pem, public_jwk, created_at, retired_at FROM signing_keys
             ORDER BY created_at DESC, kid",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(keys)
    }

    /// Retires the active key and puts `new` in its place.
    pub async fn rotate_signing_key(&self, new: &SigningKey, cause: &Cause<'_>) -> Result<()> {
        let mut tx = self.begin().await?;
        let retired: Vec<String> = sqlx::query_scalar(
            "UPDATE signing_keys SET retired_at = $1 WHERE retired_at IS NULL RETURNING kid",
        )
        .bind(cause.at)
        .fetch_all(&mut *tx)
        .await?;
        audit::write_many(&mut tx, cause, "signing_key", &retired, "retired", json!({ "by": new.kid }))
            .await?;
        if !insert(&mut tx, new).await? {
            return Err(StoreError::Duplicate { what: "an active signing key" });
        }
        audit::write(&mut tx, cause, "signing_key", &new.kid, "created", json!({})).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn insert(tx: &mut sqlx::PgConnection, key: &SigningKey) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO signing_keys (kid, private_pem, public_jwk, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
    )
    .bind(&key.kid)
    .bind(&key.private_pem)
    .bind(&key.public_jwk)
    .bind(key.created_at)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
