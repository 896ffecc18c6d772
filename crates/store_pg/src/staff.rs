//! Who works here: accounts, and the sessions of those who signed in.

use crate::{
    audit::{self, Cause},
    error::{Result, StoreError},
    pool::PgStore,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// What a member of the staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look orders up and help their buyers.
    Support,
    /// That, and look after accounts.
    Admin,
}

impl Role {
    /// Its name in the table and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Admin => "admin",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Support, Self::Admin].into_iter().find(|role| role.name() == text)
    }
}

/// A member of the staff.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StaffMember {
    /// Their name for programs.
    pub id: Uuid,
    /// How they sign in.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Since when the account is.
    pub created_at: DateTime<Utc>,
    /// Since when it opens nothing any more.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// An account to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewStaff<'a> {
    /// Drawn by the caller.
    pub id: Uuid,
    /// How they sign in; unique, whatever its case.
    pub email: &'a str,
    /// What they may do.
    pub role: Role,
    /// The password's hash in PHC form.
    pub password_hash: &'a str,
}

/// A session to be begun.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// Hex SHA-256 of its token.
    pub digest: &'a str,
    /// Whose.
    pub staff: Uuid,
    /// When it ends, used or not.
    pub expires_at: DateTime<Utc>,
}

impl PgStore {
    /// Makes an account; [`StoreError::Duplicate`] when there is one with this address.
    pub async fn add_staff(&self, new: &NewStaff<'_>, cause: &Cause<'_>) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO staff (id, email, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(new.id)
        .bind(new.email)
        .bind(new.role)
        .bind(new.password_hash)
        .bind(cause.at)
        .execute(&mut *tx)
        .await?;
        let data = json!({ "email": new.email, "role": new.role });
        audit::write(&mut tx, cause, "staff", &new.id.to_string(), "added", data).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The account of an address that may sign in, with its password's hash.
    pub async fn staff_to_sign_in(&self, email: &str) -> Result<Option<(Uuid, String)>> {
        let found = sqlx::query_as(
            "SELECT id, password_hash FROM staff WHERE lower(email) = lower($1) AND disabled_at IS NULL",
        )
        .bind(email)
        .fetch_optional(&self.pool)
        .await?;
        Ok(found)
    }

    /// The account of an address, whatever its state.
    pub async fn staff_by_email(&self, email: &str) -> Result<Option<StaffMember>> {
        let found = sqlx::query_as(
            "SELECT id, email, role, created_at, disabled_at FROM staff WHERE lower(email) = lower($1)",
        )
        .bind(email)
        .fetch_optional(&self.pool)
        .await?;
        Ok(found)
    }

    /// All accounts by address.
    pub async fn staff(&self, limit: u32) -> Result<Vec<StaffMember>> {
        let all = sqlx::query_as(
            "SELECT id, email, role, created_at, disabled_at FROM staff ORDER BY lower(email) LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(all)
    }

    /// Begins a session.
    pub async fn begin_staff_session(&self, new: &NewSession<'_>, cause: &Cause<'_>) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO staff_sessions (digest, staff_id, origin, created_at, seen_at, expires_at)
             VALUES ($1, $2, $3, $4, $4, $5)",
        )
        .bind(new.digest)
        .bind(new.staff)
        .bind(cause.origin)
        .bind(cause.at)
        .bind(new.expires_at)
        .execute(&mut *tx)
        .await?;
        audit::write(&mut tx, cause, "staff", &new.staff.to_string(), "signed_in", json!({})).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Who a session belongs to, if it is alive: not ended, not over, used within `idle`, its account not disabled.
    /// Looking counts as use.
    pub async fn staff_of_session(
        &self,
        digest: &str,
        at: DateTime<Utc>,
        idle: TimeDelta,
    ) -> Result<Option<StaffMember>> {
        let found = sqlx::query_as(
            "UPDATE staff_sessions s SET seen_at = greatest(s.seen_at, $2) FROM staff m
             WHERE s.digest = $1 AND m.id = s.staff_id AND s.ended_at IS NULL AND s.expires_at > $2
               AND s.seen_at > $3 AND m.disabled_at IS NULL
             RETURNING m.id, m.email, m.role, m.created_at, m.disabled_at",
        )
        .bind(digest)
        .bind(at)
        .bind(at - idle)
        .fetch_optional(&self.pool)
        .await?;
        Ok(found)
    }

    /// Ends a session; `false` when it had ended.
    pub async fn end_staff_session(&self, digest: &str, cause: &Cause<'_>) -> Result<bool> {
        let mut tx = self.begin().await?;
        let whose: Option<Uuid> = sqlx::query_scalar(
            "UPDATE staff_sessions SET ended_at = $2 WHERE digest = $1 AND ended_at IS NULL RETURNING staff_id",
        )
        .bind(digest)
        .bind(cause.at)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(whose) = whose else { return Ok(false) };
        audit::write(&mut tx, cause, "staff", &whose.to_string(), "signed_out", json!({})).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Writes down that somebody tried a wrong password for an account, or an address without one: the one must take as
    /// long as the other.
    pub async fn note_refused_sign_in(&self, staff: Option<Uuid>, cause: &Cause<'_>) -> Result<()> {
        let mut tx = self.begin().await?;
        let whose = staff.map_or_else(|| "unknown".to_owned(), |staff| staff.to_string());
        audit::write(&mut tx, cause, "staff", &whose, "sign_in_refused", json!({})).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The account opens nothing any more, and its sessions end. `false` when that was so.
    pub async fn disable_staff(&self, staff: Uuid, cause: &Cause<'_>) -> Result<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("UPDATE staff SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL")
            .bind(staff)
            .bind(cause.at)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let ended =
            sqlx::query("UPDATE staff_sessions SET ended_at = $2 WHERE staff_id = $1 AND ended_at IS NULL")
                .bind(staff)
                .bind(cause.at)
                .execute(&mut *tx)
                .await?;
        let data = json!({ "sessions_ended": ended.rows_affected() });
        audit::write(&mut tx, cause, "staff", &staff.to_string(), "disabled", data).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives an account another password; its sessions end. [`StoreError::Missing`] without such an account.
    pub async fn change_staff_password(
        &self,
        staff: Uuid,
        password_hash: &str,
        cause: &Cause<'_>,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("UPDATE staff SET password_hash = $2, disabled_at = NULL WHERE id = $1")
            .bind(staff)
            .bind(password_hash)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Missing { what: "the account" });
        }
        sqlx::query("UPDATE staff_sessions SET ended_at = $2 WHERE staff_id = $1 AND ended_at IS NULL")
            .bind(staff)
            .bind(cause.at)
            .execute(&mut *tx)
            .await?;
        audit::write(&mut tx, cause, "staff", &staff.to_string(), "password_changed", json!({})).await?;
        tx.commit().await?;
        Ok(())
    }
}
