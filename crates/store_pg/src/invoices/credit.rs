//! The credit note of money that went back, in the transaction that says so.

use super::{
    issue::{audited, document_name, seller, take_counters},
    lines_of_refund,
};
use crate::{
    audit::Cause,
    error::{Result, StoreError},
    orders::{commit::all_changed, currency},
    organizers::tax_rate,
};
use domain::{
    ids::{OrderLineId, RefundId},
    money::{Currency, Money},
    tax::{self, RateTotal, Taxed},
};
use sqlx::{PgConnection, types::Json};
use std::collections::HashMap;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct Due {
    organizer_id: Uuid,
    order_id: Uuid,
    payment_id: Uuid,
    amount_minor: i64,
    currency: String,
    buyer: String,
}

/// Issues the credit note of a refund that succeeded, in the sequence of the order's invoice. Money that was never
/// invoiced (surplus: it came twice, or for seats of somebody else) needs none. The last thing before COMMIT.
pub(crate) async fn credit_note(tx: &mut PgConnection, refund: RefundId, cause: &Cause<'_>) -> Result<bool> {
    let due: Option<Due> = sqlx::query_as(
        "SELECT i.organizer_id, i.order_id, i.payment_id, r.amount_minor, r.currency::text, i.buyer
         FROM refunds r JOIN invoices i ON i.order_id = r.order_id AND i.payment_id = r.payment_id AND i.kind = 'invoice'
         WHERE r.id = $1 AND r.state = 'succeeded'",
    )
    .bind(refund.0)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(due) = due else { return Ok(false) };
    let back = Money::new(due.amount_minor, currency(&due.currency)?);
    let lines = lines_of_order(tx, due.order_id, back.currency).await?;
    let shares = lines_of_refund(tx, refund).await?;
    let rates = rates(back, &lines, &shares)?;
    take_counters(tx, &[due.organizer_id]).await?;
    let done = sqlx::query(concat!(
        "WITH taken AS (
             UPDATE invoice_counters SET last = last + 1 WHERE organizer_id = $1 RETURNING organizer_id, last
         ), written AS (
             INSERT INTO invoices (organizer_id, number, name, kind, order_id, payment_id, refund_id, currency,
                                   total_minor, tax_minor, taxes, seller, buyer, issued_at)
             SELECT t.organizer_id, t.last, ",
        document_name!("t.last", "$2::timestamptz"),
        ", 'credit_note', $6, $7, $8, $9, $10, $11, $12, ",
        seller!(),
        ", $13, $2 FROM taken t JOIN organizers g ON g.id = t.organizer_id
             RETURNING organizer_id, number, name, kind, order_id, refund_id, total_minor
         ) ",
        audited!("$2", "$3", "$4", "$5"),
    ))
    .bind(due.organizer_id)
    .bind(cause.at)
    .bind(cause.actor)
    .bind(cause.reason)
    .bind(cause.origin)
    .bind(due.order_id)
    .bind(due.payment_id)
    .bind(refund.0)
    .bind(back.currency.code())
    .bind(back.minor)
    .bind(rates.iter().map(|total| total.tax.minor).sum::<i64>())
    .bind(Json(rates.iter().map(stored).collect::<Vec<_>>()))
    .bind(&due.buyer)
    .execute(tx)
    .await?;
    all_changed(done.rows_affected(), 1, "the refund")?;
    Ok(true)
}

fn stored(total: &RateTotal) -> super::StoredRate {
    (i32::from(total.rate.basis_points()), total.gross.minor, total.tax.minor)
}

async fn lines_of_order(
    tx: &mut PgConnection,
    order: Uuid,
    currency: Currency,
) -> Result<Vec<(OrderLineId, Taxed)>> {
    let rows: Vec<(Uuid, i32, i64, i64)> = sqlx::query_as(
        "SELECT id, tax_rate_bp, price_minor + fee_minor, tax_minor FROM order_lines WHERE order_id = $1 ORDER BY ord",
    )
    .bind(order)
    .fetch_all(tx)
    .await?;
    let line = |(id, rate, gross, tax)| {
        let (gross, tax) = (Money::new(gross, currency), Money::new(tax, currency));
        Ok((OrderLineId(id), Taxed { rate: tax_rate(rate)?, gross, tax }))
    };
    rows.into_iter().map(line).collect()
}

/// What of the money stands at which rate: by the lines it goes back for, where it is for them to the last unit.
fn rates(
    back: Money,
    lines: &[(OrderLineId, Taxed)],
    shares: &[(OrderLineId, i64)],
) -> Result<Vec<RateTotal>> {
    let wrong = |_| StoreError::AmountMismatch;
    if shares.iter().map(|(_, minor)| minor).sum::<i64>() != back.minor {
        let all: Vec<Taxed> = lines.iter().map(|(_, line)| *line).collect();
        return tax::of_part(back, &all).map_err(wrong);
    }
    let by_id: HashMap<OrderLineId, Taxed> = lines.iter().copied().collect();
    let mut taxed = Vec::with_capacity(shares.len());
    for (line, minor) in shares {
        let line = by_id.get(line).ok_or(StoreError::Missing { what: "the order line" })?;
        taxed.push(tax::of_line(Money::new(*minor, back.currency), *line).map_err(wrong)?);
    }
    tax::by_rate(back.currency, &taxed).map_err(wrong)
}
