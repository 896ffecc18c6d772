//! Seating plans: immutable versions, found again by their content.

use crate::{
    audit::{self, Cause},
    error::{Result, StoreError, retried},
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use domain::ids::PlanId;
use serde_json::json;
use uuid::Uuid;

/// A checked plan, about to become a version.
#[derive(Clone, Debug)]
pub struct NewPlan<'a> {
    /// Drawn by the caller; the stored id differs when the same source is there already.
    pub id: PlanId,
    /// Versions of one name are counted up.
    pub name: &'a str,
    /// The plan's own JSON.
    pub source: &'a str,
    /// Hex digest of the source: the same twice is one version.
    pub source_hash: &'a str,
    /// The compact asset.
    pub geometry: &'a [u8],
    /// Hex digest of the asset: its address.
    pub geometry_hash: &'a str,
    /// Seats in it.
    pub seats: u32,
    /// Areas in it.
    pub areas: u32,
}

/// A stored plan version without its two large parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanMeta {
    /// Its name for programs.
    pub id: PlanId,
    /// Its name for people.
    pub name: String,
    /// Counts from 1 for each name.
    pub version: u32,
    /// The asset's address.
    pub geometry_hash: String,
    /// Seats in it.
    pub seats: u32,
    /// Areas in it.
    pub areas: u32,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct MetaRow {
    id: Uuid,
    name: String,
    version: i32,
    geometry_hash: String,
    seats: i32,
    areas: i32,
    created_at: DateTime<Utc>,
}

impl From<MetaRow> for PlanMeta {
    fn from(row: MetaRow) -> Self {
        Self {
            id: PlanId(row.id),
            name: row.name,
            version: row.version.cast_unsigned(),
            geometry_hash: row.geometry_hash,
            seats: row.seats.cast_unsigned(),
            areas: row.areas.cast_unsigned(),
            created_at: row.created_at,
        }
    }
}

impl PgStore {
    /// Stores a version, or finds the one with the same source.
    pub async fn insert_plan(&self, plan: &NewPlan<'_>, cause: &Cause<'_>) -> Result<PlanMeta> {
        let mut attempt = 1;
        loop {
            match retried!(self.try_insert_plan(plan, cause)) {
                // Another version of the same name was stored at this moment: count again.
                Err(StoreError::Duplicate { .. }) if attempt < crate::error::ATTEMPTS_MAX => attempt += 1,
                done => return done,
            }
        }
    }

    async fn try_insert_plan(&self, plan: &NewPlan<'_>, cause: &Cause<'_>) -> Result<PlanMeta> {
        let mut tx = self.begin().await?;
        let inserted = sqlx::query(
            "INSERT INTO plans (id, name, version, source, source_hash, geometry, geometry_hash, seats, areas, created_at)
             SELECT $1, $2, 1 + coalesce((SELECT max(version) FROM plans WHERE name = $2), 0),
                    $3::jsonb, $4, $5, $6, $7, $8, $9
             ON CONFLICT (source_hash) DO NOTHING",
        )
        .bind(plan.id.0)
        .bind(plan.name)
        .bind(plan.source)
        .bind(plan.source_hash)
        .bind(plan.geometry)
        .bind(plan.geometry_hash)
        .bind(plan.seats.cast_signed())
        .bind(plan.areas.cast_signed())
        .bind(cause.at)
        .execute(&mut *tx)
        .await?;
        if inserted.rows_affected() == 1 {
            let data = json!({ "name": plan.name, "seats": plan.seats, "areas": plan.areas });
            audit::write(&mut tx, cause, "plan", &plan.id.to_string(), "imported", data).await?;
        }
        let row: MetaRow = sqlx::query_as(
            "SELECT id, name, version, geometry_hash, seats, areas, created_at FROM plans WHERE source_hash = $1",
        )
        .bind(plan.source_hash)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(row.into())
    }

    /// A version by id.
    pub async fn plan_meta(&self, id: PlanId) -> Result<Option<PlanMeta>> {
        self.read_constant(|pool| async move {
            let row: Option<MetaRow> = sqlx::query_as(
                "SELECT id, name, version, geometry_hash, seats, areas, created_at FROM plans WHERE id = $1",
            )
            .bind(id.0)
            .fetch_optional(&pool)
            .await?;
            Ok(row.map(Into::into))
        })
        .await
    }

    /// All versions, by name and version.
    pub async fn plans(&self) -> Result<Vec<PlanMeta>> {
        let rows: Vec<MetaRow> = sqlx::query_as(
            "SELECT id, name, version, geometry_hash, seats, areas, created_at FROM plans ORDER BY name, version",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The plan's own JSON.
    pub async fn plan_source(&self, id: PlanId) -> Result<Option<String>> {
        let source = sqlx::query_scalar("SELECT source::text FROM plans WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(source)
    }

    /// The compact asset by the plan's id.
    pub async fn plan_geometry(&self, id: PlanId) -> Result<Option<Vec<u8>>> {
        self.read_constant(|pool| async move {
            Ok(sqlx::query_scalar("SELECT geometry FROM plans WHERE id = $1")
                .bind(id.0)
                .fetch_optional(&pool)
                .await?)
        })
        .await
    }

    /// The compact asset by its digest.
    pub async fn geometry_by_hash(&self, hash: &str) -> Result<Option<Vec<u8>>> {
        self.read_constant(|pool| async move {
            Ok(sqlx::query_scalar("SELECT geometry FROM plans WHERE geometry_hash = $1 LIMIT 1")
                .bind(hash)
                .fetch_optional(&pool)
                .await?)
        })
        .await
    }
}
