//! Who did what when and why (INV-10). Always written in the transaction of the change itself.

use crate::{error::Result, pool::PgStore};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

/// Who causes a change, when, why, and from where. Goes with every changing call.
#[derive(Clone, Debug)]
pub struct Cause<'a> {
    /// `buyer:<key>`, `organizer:<id>`, `staff:<id>`, `worker:<name>`, `provider`, `seed`.
    pub actor: &'a str,
    /// In words; may be empty.
    pub reason: &'a str,
    /// A person's address. Where it is empty the log names the process, as the database knows it.
    pub origin: &'a str,
    /// When.
    pub at: DateTime<Utc>,
}

impl<'a> Cause<'a> {
    /// A cause without a stated reason.
    pub fn by(actor: &'a str, at: DateTime<Utc>) -> Self {
        Self::because(actor, "", at)
    }

    /// A cause with a reason in words.
    pub fn because(actor: &'a str, reason: &'a str, at: DateTime<Utc>) -> Self {
        Self { actor, reason, origin: "", at }
    }

    /// The same, of a person at this address.
    #[must_use]
    pub fn with_origin(self, origin: &'a str) -> Self {
        Self { origin, ..self }
    }
}

/// One row of the audit log.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct AuditRow {
    /// Position in the log.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// `order`, `payment`, `reservation`, `ticket`, `event`, …
    pub entity: String,
    /// Its id.
    pub entity_id: String,
    /// `placed`, `captured`, `issued`, …
    pub action: String,
    /// Why, in words.
    pub reason: String,
    /// From where: a person's address, or the process.
    pub origin: String,
    /// What else is worth knowing; no secrets.
    pub data: Value,
}

/// Writes one row in the caller's transaction.
pub(crate) async fn write(
    tx: &mut PgConnection,
    cause: &Cause<'_>,
    entity: &str,
    entity_id: &str,
    action: &str,
    data: Value,
) -> Result<()> {
    write_many(tx, cause, entity, &[entity_id.to_owned()], action, data).await
}

/// Writes one row for each of `entity_ids`, all with the same action and data.
pub(crate) async fn write_many(
    tx: &mut PgConnection,
    cause: &Cause<'_>,
    entity: &str,
    entity_ids: &[String],
    action: &str,
    data: Value,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO audit_log (at, actor, entity, entity_id, action, reason, data, origin)
         SELECT $1, $2, $3, entity_id, $5, $6, $7,
                coalesce(nullif($8, ''),
                         concat_ws('@', current_setting('application_name'), host(inet_client_addr())))
         FROM unnest($4::text[]) AS entity_id",
    )
    .bind(cause.at)
    .bind(cause.actor)
    .bind(entity)
    .bind(entity_ids)
    .bind(action)
    .bind(cause.reason)
    .bind(data)
    .bind(cause.origin)
    .execute(tx)
    .await?;
    Ok(())
}

impl PgStore {
    /// The log of one thing, oldest first.
    pub async fn audit_of(&self, entity: &str, entity_id: &str) -> Result<Vec<AuditRow>> {
        let rows = sqlx::query_as(
            "SELECT id, at, actor, entity, entity_id, action, reason, origin, data FROM audit_log
             WHERE entity = $1 AND entity_id = $2 ORDER BY id",
        )
        .bind(entity)
        .bind(entity_id)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }
}
