//! The invoices of orders that are paid, in the transaction that says so.

use crate::{
    audit::Cause,
    error::{Result, StoreError},
    orders::commit::all_changed,
};
use domain::ids::OrderId;
use sqlx::PgConnection;
use uuid::Uuid;

/// The name of a document; `$at` is a timestamp. The year is that of UTC, the same for all houses of an organizer.
macro_rules! document_name {
    ($number:literal, $at:literal) => {
        concat!(
            "g.invoice_prefix || to_char(",
            $at,
            " AT TIME ZONE 'UTC', '-YYYY-') || lpad((",
            $number,
            ")::text, greatest(6, length((",
            $number,
            ")::text)), '0')"
        )
    };
}

/// Who sells, as JSON.
macro_rules! seller {
    () => {
        "jsonb_build_object('name', g.name, 'legal_name', g.legal_name, 'address', to_jsonb(g.address), 'tax_id', g.tax_id)"
    };
}

/// Puts each document of `written` on record; `$actor`, `$reason` and `$origin` are those of the cause.
macro_rules! audited {
    ($at:literal, $actor:literal, $reason:literal, $origin:literal) => {
        concat!(
            "INSERT INTO audit_log (at, actor, entity, entity_id, action, reason, data, origin)
             SELECT ", $at, ", ", $actor, ", 'invoice', w.name, 'issued', ", $reason, ",
                    jsonb_build_object('kind', w.kind, 'order', w.order_id, 'refund', w.refund_id,
                                       'organizer', w.organizer_id, 'number', w.number, 'total', w.total_minor),
                    coalesce(nullif(", $origin, ", ''),
                             concat_ws('@', current_setting('application_name'), host(inet_client_addr())))
             FROM written w ORDER BY w.organizer_id, w.number"
        )
    };
}
pub(super) use {audited, document_name, seller};

/// Takes the counters of these organizers, in one order for everybody. Whoever comes later waits for our COMMIT.
pub(super) async fn take_counters(tx: &mut PgConnection, organizers: &[Uuid]) -> Result<()> {
    let taken: Vec<Uuid> = sqlx::query_scalar(
        "SELECT organizer_id FROM invoice_counters WHERE organizer_id = ANY($1)
         ORDER BY organizer_id FOR NO KEY UPDATE",
    )
    .bind(organizers)
    .fetch_all(tx)
    .await?;
    if taken.len() == organizers.len() {
        Ok(())
    } else {
        Err(StoreError::Missing { what: "the counter of the organizer's invoices" })
    }
}

/// Issues the invoices of completed orders, numbered in the order in which they are given; each stands with the event's
/// organizer. The last thing before COMMIT. All orders have a captured payment of more than nothing.
pub(crate) async fn invoices(tx: &mut PgConnection, orders: &[OrderId], cause: &Cause<'_>) -> Result<()> {
    if orders.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    let organizers: Vec<Uuid> = sqlx::query_scalar(
        "SELECT DISTINCT e.organizer_id FROM orders o JOIN events e ON e.id = o.event_id WHERE o.id = ANY($1)",
    )
    .bind(&ids)
    .fetch_all(&mut *tx)
    .await?;
    take_counters(tx, &organizers).await?;
    let done = sqlx::query(concat!(
        "WITH due AS (
             SELECT o.id, o.currency, o.total_minor, o.buyer_name, e.organizer_id, p.id AS payment_id,
                    row_number() OVER (PARTITION BY e.organizer_id ORDER BY n.ord) AS nth
             FROM unnest($1::uuid[]) WITH ORDINALITY AS n (id, ord)
             JOIN orders o ON o.id = n.id AND o.status = 'completed'
             JOIN payments p ON p.order_id = o.id AND p.state = 'captured'
             JOIN events e ON e.id = o.event_id
         ), taken AS (
             UPDATE invoice_counters c SET last = c.last + n.many
             FROM (SELECT organizer_id, count(*) AS many FROM due GROUP BY organizer_id) n
             WHERE c.organizer_id = n.organizer_id
             RETURNING c.organizer_id, c.last - n.many AS before
         ), rates AS (
             SELECT l.order_id, l.tax_rate_bp, sum(l.price_minor + l.fee_minor) AS gross, sum(l.tax_minor) AS tax
             FROM order_lines l WHERE l.order_id = ANY($1)
             GROUP BY l.order_id, l.tax_rate_bp HAVING sum(l.price_minor + l.fee_minor) > 0
         ), taxes AS (
             SELECT order_id, sum(tax)::bigint AS tax,
                    jsonb_agg(jsonb_build_array(tax_rate_bp, gross, tax) ORDER BY tax_rate_bp) AS by_rate
             FROM rates GROUP BY order_id
         ), written AS (
             INSERT INTO invoices (organizer_id, number, name, kind, order_id, payment_id, currency, total_minor,
                                   tax_minor, taxes, seller, buyer, issued_at)
             SELECT d.organizer_id, t.before + d.nth, ",
        document_name!("t.before + d.nth", "$2::timestamptz"),
        ", 'invoice', d.id, d.payment_id, d.currency, d.total_minor, x.tax, x.by_rate, ",
        seller!(),
        ", d.buyer_name, $2
             FROM due d JOIN taken t ON t.organizer_id = d.organizer_id JOIN taxes x ON x.order_id = d.id
             JOIN organizers g ON g.id = d.organizer_id
             RETURNING organizer_id, number, name, kind, order_id, refund_id, total_minor
         ) ",
        audited!("$2", "$3", "$4", "$5"),
    ))
    .bind(&ids)
    .bind(cause.at)
    .bind(cause.actor)
    .bind(cause.reason)
    .bind(cause.origin)
    .execute(tx)
    .await?;
    all_changed(done.rows_affected(), orders.len(), "the order")
}
