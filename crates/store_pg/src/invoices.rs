//! Invoices and credit notes: numbered without a gap for each organizer, and never changed.
//!
//! A number is taken in the transaction that makes its document true, as the last thing before COMMIT
//! ([`issue`], [`credit`]): whatever fails before takes no number. Two transactions of one organizer wait for each other
//! from there on; see `docs/adr/0020-invoices.md`.

pub(crate) mod credit;
pub(crate) mod issue;
pub mod missing;

use crate::{
    error::{Result, StoreError},
    orders::currency,
    organizers::tax_rate,
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use domain::{
    ids::{OrderId, OrderLineId, OrganizerId, RefundId},
    money::Money,
    tax::RateTotal,
};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

/// What a document says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum InvoiceKind {
    /// This was sold and paid.
    Invoice,
    /// This went back.
    CreditNote,
}

/// Who sold, as it was when the document was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    /// Its name for buyers.
    pub name: String,
    /// Its name on invoices.
    pub legal_name: String,
    /// Lines of its address.
    pub address: Vec<String>,
    /// Its number at the tax office; may be empty.
    pub tax_id: String,
}

/// A document, as it was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// In whose sequence.
    pub organizer: OrganizerId,
    /// Its place in the sequence, from 1 on.
    pub number: u64,
    /// Its name for people: `PRE-2026-000123`.
    pub name: String,
    /// What it says.
    pub kind: InvoiceKind,
    /// The order.
    pub order: OrderId,
    /// What went back, of a credit note.
    pub refund: Option<RefundId>,
    /// Paid, or paid back; tax included.
    pub total: Money,
    /// The tax in it.
    pub tax: Money,
    /// The same by rate, the lowest first.
    pub taxes: Vec<RateTotal>,
    /// Who sold.
    pub seller: Seller,
    /// Who bought.
    pub buyer: String,
    /// When.
    pub issued_at: DateTime<Utc>,
}

/// Rate in basis points, gross and tax in minor units.
type StoredRate = (i32, i64, i64);

#[derive(sqlx::FromRow)]
struct Row {
    organizer_id: Uuid,
    number: i64,
    name: String,
    kind: InvoiceKind,
    order_id: Uuid,
    refund_id: Option<Uuid>,
    currency: String,
    total_minor: i64,
    tax_minor: i64,
    taxes: Json<Vec<StoredRate>>,
    seller: Json<Seller>,
    buyer: String,
    issued_at: DateTime<Utc>,
}

impl TryFrom<Row> for Invoice {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let currency = currency(&row.currency)?;
        let money = |minor| Money::new(minor, currency);
        let total = |&(rate, gross, tax): &StoredRate| {
            Ok(RateTotal { rate: tax_rate(rate)?, gross: money(gross), tax: money(tax) })
        };
        Ok(Self {
            organizer: OrganizerId(row.organizer_id),
            number: row.number.unsigned_abs(),
            name: row.name,
            kind: row.kind,
            order: OrderId(row.order_id),
            refund: row.refund_id.map(RefundId),
            total: money(row.total_minor),
            tax: money(row.tax_minor),
            taxes: row.taxes.iter().map(total).collect::<Result<_>>()?,
            seller: row.seller.0,
            buyer: row.buyer,
            issued_at: row.issued_at,
        })
    }
}

impl PgStore {
    /// The documents of an order in the order of their numbers: its invoice first.
    pub async fn invoices_of_order(&self, order: OrderId) -> Result<Vec<Invoice>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT organizer_id, number, name, kind, order_id, refund_id, currency::text, total_minor, tax_minor,
                    taxes, seller, buyer, issued_at
             FROM invoices WHERE order_id = $1 ORDER BY number",
        )
        .bind(order.0)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// What went back for which line of its order; empty when a refund was not for tickets.
    pub async fn refunded_lines(&self, refund: RefundId) -> Result<Vec<(OrderLineId, i64)>> {
        let mut connection = self.pool.acquire().await?;
        lines_of_refund(&mut connection, refund).await
    }
}

async fn lines_of_refund(tx: &mut PgConnection, refund: RefundId) -> Result<Vec<(OrderLineId, i64)>> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "SELECT l.id, r.amount_minor FROM refund_tickets r
         JOIN tickets t ON t.id = r.ticket_id JOIN order_lines l ON l.id = t.order_line_id
         WHERE r.refund_id = $1 ORDER BY l.ord",
    )
    .bind(refund.0)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(line, minor)| (OrderLineId(line), minor)).collect())
}
