//! Organizers: who sells, and whose invoices are numbered.

use crate::{
    audit::{self, Cause},
    error::{Result, StoreError},
    pool::PgStore,
};
use domain::{ids::OrganizerId, tax::TaxRate};
use serde_json::json;
use uuid::Uuid;

/// Whoever sells in an installation that knows of no other: made by the migration.
pub const HOUSE: OrganizerId = OrganizerId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));

/// An organizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organizer {
    /// Drawn by the caller; one with the same slug keeps its own.
    pub id: OrganizerId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for buyers.
    pub name: String,
    /// Its name on invoices.
    pub legal_name: String,
    /// Lines of its address on invoices.
    pub address: Vec<String>,
    /// Its number at the tax office; may be empty.
    pub tax_id: String,
    /// The beginning of its invoices' names: a capital letter, then capitals and digits; unique.
    pub invoice_prefix: String,
    /// Of events that name no rate of their own.
    pub tax_rate: TaxRate,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    slug: String,
    name: String,
    legal_name: String,
    address: Vec<String>,
    tax_id: String,
    invoice_prefix: String,
    tax_rate_bp: i32,
}

impl TryFrom<Row> for Organizer {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: OrganizerId(row.id),
            slug: row.slug,
            name: row.name,
            legal_name: row.legal_name,
            address: row.address,
            tax_id: row.tax_id,
            invoice_prefix: row.invoice_prefix,
            tax_rate: tax_rate(row.tax_rate_bp)?,
        })
    }
}

/// Reads a stored tax rate.
pub(crate) fn tax_rate(stored: i32) -> Result<TaxRate> {
    let rate = u16::try_from(stored).ok().and_then(|basis_points| TaxRate::new(basis_points).ok());
    rate.ok_or(StoreError::Unreadable { what: "a tax rate" })
}

impl PgStore {
    /// Writes an organizer and the counter of its invoices, or brings the one with the same slug up to date; answers
    /// its id. What was issued keeps the names and addresses that it was issued with.
    pub async fn upsert_organizer(&self, organizer: &Organizer, cause: &Cause<'_>) -> Result<OrganizerId> {
        let mut tx = self.begin().await?;
        let id: Uuid = sqlx::query_scalar(
            "INSERT INTO organizers (id, slug, name, legal_name, address, tax_id, invoice_prefix, tax_rate_bp,
                                     created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (slug) DO UPDATE SET name = excluded.name, legal_name = excluded.legal_name,
                 address = excluded.address, tax_id = excluded.tax_id, invoice_prefix = excluded.invoice_prefix,
                 tax_rate_bp = excluded.tax_rate_bp
             RETURNING id",
        )
        .bind(organizer.id.0)
        .bind(&organizer.slug)
        .bind(&organizer.name)
        .bind(&organizer.legal_name)
        .bind(&organizer.address)
        .bind(&organizer.tax_id)
        .bind(&organizer.invoice_prefix)
        .bind(i32::from(organizer.tax_rate.basis_points()))
        .bind(cause.at)
        .fetch_one(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO invoice_counters (organizer_id) VALUES ($1) ON CONFLICT (organizer_id) DO NOTHING",
        )
        .bind(id)
        .execute(&mut *tx)
        .await?;
        let data = json!({
            "slug": organizer.slug, "legal_name": organizer.legal_name, "address": organizer.address,
            "tax_id": organizer.tax_id, "invoice_prefix": organizer.invoice_prefix, "tax_rate": organizer.tax_rate,
        });
        audit::write(&mut tx, cause, "organizer", &id.to_string(), "written", data).await?;
        tx.commit().await?;
        Ok(OrganizerId(id))
    }

    /// All organizers by name.
    pub async fn organizers(&self) -> Result<Vec<Organizer>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, slug, name, legal_name, address, tax_id, invoice_prefix, tax_rate_bp
             FROM organizers ORDER BY name, id",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
