//! Documents that should be there and are not: of what was paid before there were invoices, and by processes of the
//! version before. And what must never be, counted straight from the tables.

use super::{credit, issue};
use crate::{audit::Cause, error::Result, pool::PgStore};
use domain::ids::{OrderId, RefundId};
use uuid::Uuid;

/// The first, and how many in all.
const GAPS: &str = "SELECT g.slug || ': ' || CASE
            WHEN s.many IS DISTINCT FROM s.highest THEN s.many || ' documents, the highest number is ' || s.highest
            ELSE 'the counter says ' || c.last || ', the highest number is ' || coalesce(s.highest, 0) END
     FROM invoice_counters c JOIN organizers g ON g.id = c.organizer_id
     LEFT JOIN (SELECT organizer_id, count(*) AS many, max(number) AS highest FROM invoices GROUP BY organizer_id) s
         ON s.organizer_id = c.organizer_id
     WHERE coalesce(s.highest, 0) <> c.last OR coalesce(s.many, 0) <> coalesce(s.highest, 0)
     ORDER BY 1";

/// Orders that are paid and have no invoice, the longest decided first.
const UNINVOICED: &str =
    "SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id AND p.state = 'captured'
     WHERE o.status = 'completed' AND o.total_minor > 0
       AND NOT EXISTS (SELECT FROM invoices i WHERE i.order_id = o.id AND i.kind = 'invoice')
     ORDER BY o.decided_at, o.id LIMIT $1";

/// Refunds of invoiced money that succeeded and have no credit note, the oldest first.
const UNCREDITED: &str = "SELECT r.id FROM refunds r
     JOIN invoices i ON i.order_id = r.order_id AND i.payment_id = r.payment_id AND i.kind = 'invoice'
     WHERE r.state = 'succeeded' AND NOT EXISTS (SELECT FROM invoices n WHERE n.refund_id = r.id)
     ORDER BY r.changed_at, r.id LIMIT $1";

/// What is wrong with the books of invoices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvoiceFindings {
    /// Sequences with a gap, in words.
    pub gaps: Vec<String>,
    /// Paid orders without an invoice.
    pub uninvoiced: Vec<OrderId>,
    /// Refunds of invoiced money without a credit note.
    pub uncredited: Vec<RefundId>,
}

impl InvoiceFindings {
    /// Nothing is wrong.
    pub fn is_well(&self) -> bool {
        self.gaps.is_empty() && self.uninvoiced.is_empty() && self.uncredited.is_empty()
    }
}

impl PgStore {
    /// Looks through all sequences; of what is missing at most `limit` of each kind.
    pub async fn invoice_findings(&self, limit: u32) -> Result<InvoiceFindings> {
        let ids = async |statement: &'static str| {
            sqlx::query_scalar::<_, Uuid>(statement).bind(i64::from(limit)).fetch_all(&self.pool).await
        };
        Ok(InvoiceFindings {
            gaps: sqlx::query_scalar(GAPS).fetch_all(&self.pool).await?,
            uninvoiced: ids(UNINVOICED).await?.into_iter().map(OrderId).collect(),
            uncredited: ids(UNCREDITED).await?.into_iter().map(RefundId).collect(),
        })
    }

    /// Issues up to `limit` invoices and `limit` credit notes that are missing; answers how many. Whoever calls does so
    /// alone: a document that another process issues meanwhile makes this fail, and nothing is issued twice.
    pub async fn issue_missing(&self, limit: u32, cause: &Cause<'_>) -> Result<usize> {
        let mut tx = self.begin().await?;
        let orders: Vec<Uuid> =
            sqlx::query_scalar(UNINVOICED).bind(i64::from(limit)).fetch_all(&mut *tx).await?;
        let orders: Vec<OrderId> = orders.into_iter().map(OrderId).collect();
        issue::invoices(&mut tx, &orders, cause).await?;
        tx.commit().await?;
        let mut tx = self.begin().await?;
        let refunds: Vec<Uuid> =
            sqlx::query_scalar(UNCREDITED).bind(i64::from(limit)).fetch_all(&mut *tx).await?;
        for refund in &refunds {
            credit::credit_note(&mut tx, RefundId(*refund), cause).await?;
        }
        tx.commit().await?;
        Ok(orders.len() + refunds.len())
    }
}
