//! Captured money becomes tickets: payment captured, reservation committed, order completed, tickets issued, facts
//! and audit, and the invoice with its number, in one transaction (INV-4). A whole batch shares one transaction and so one flush to disk; an order
//! that cannot be committed does not fail its batch.

use super::{OrderStatus, PaymentStatus, currency};
use crate::{
    audit::{self, Cause},
    error::{Result, StoreError, retried},
    invoices::issue,
    pool::PgStore,
    tickets::{self, NewTicket, Ticket},
};
use domain::{
    ids::{OrderId, PaymentId},
    money::Money,
    order::{self, Fact},
    payment,
};
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// The money of an order, as the provider reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedPayment {
    /// Our payment.
    pub id: PaymentId,
    /// The provider's payment intent.
    pub intent: Option<String>,
    /// How much came.
    pub amount: Money,
}

/// An order whose money came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The order.
    pub order: OrderId,
    /// Its money; none only when the total is nothing.
    pub payment: Option<CapturedPayment>,
    /// One for each line.
    pub tickets: Vec<NewTicket>,
}

/// What came of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commit {
    /// Tickets were issued just now.
    Issued(Vec<Ticket>),
    /// The order was completed before; these are its tickets. When another payment completed it, this one is surplus.
    Already {
        /// Its tickets.
        tickets: Vec<Ticket>,
        /// The payment that completed it.
        by: Option<PaymentId>,
    },
    /// The order was given up before the money came: see [`super::late`].
    Late(OrderStatus),
}

#[derive(sqlx::FromRow)]
struct Locked {
    id: Uuid,
    status: OrderStatus,
    payment_status: PaymentStatus,
    total_minor: i64,
    currency: String,
    event_id: Uuid,
    hold_id: Uuid,
    lines: i64,
}

impl PgStore {
    /// Commits one order. Repeated, it answers the tickets that are there.
    pub async fn commit_captured(&self, capture: &Capture, cause: &Cause<'_>) -> Result<Commit> {
        let mut done = self.commit_batch(std::slice::from_ref(capture), cause).await?;
        done.pop().unwrap_or(Err(StoreError::Missing { what: "the order" }))
    }

    /// Commits many orders in one transaction; the answers stand in the order of `captures`, which name each order
    /// once. Should the transaction fail as a whole, each order is committed by itself.
    pub async fn commit_captured_many(&self, captures: &[Capture], cause: &Cause<'_>) -> Vec<Result<Commit>> {
        if let Ok(done) = self.commit_batch(captures, cause).await {
            return done;
        }
        let mut done = Vec::with_capacity(captures.len());
        for capture in captures {
            done.push(self.commit_captured(capture, cause).await);
        }
        done
    }

    async fn commit_batch(&self, captures: &[Capture], cause: &Cause<'_>) -> Result<Vec<Result<Commit>>> {
        let verdicts = retried!(self.try_commit(captures, cause))?;
        let orders: Vec<_> = captures.iter().map(|capture| capture.order).collect();
        let mut tickets = tickets::of_orders(&self.pool, &orders).await?;
        let mut done = Vec::with_capacity(captures.len());
        for (order, verdict) in orders.into_iter().zip(verdicts) {
            done.push(match verdict {
                Err(error) => Err(error),
                Ok(Verdict::Ready) => Ok(Commit::Issued(tickets.remove(&order).unwrap_or_default())),
                Ok(Verdict::Late(status)) => Ok(Commit::Late(status)),
                Ok(Verdict::Already) => {
                    let tickets = tickets.remove(&order).unwrap_or_default();
                    Ok(Commit::Already { tickets, by: self.captured_payment(order).await? })
                }
            });
        }
        Ok(done)
    }

    async fn try_commit(&self, captures: &[Capture], cause: &Cause<'_>) -> Result<Vec<Result<Verdict>>> {
        let mut tx = self.begin().await?;
        let locked = lock(&mut tx, captures).await?;
        let verdicts: Vec<_> =
            captures.iter().map(|capture| judge(capture, locked.get(&capture.order.0))).collect();
        let ready: Vec<&Capture> = captures
            .iter()
            .zip(&verdicts)
            .filter(|(_, v)| matches!(v, Ok(Verdict::Ready)))
            .map(|(c, _)| c)
            .collect();
        if !ready.is_empty() {
            complete_orders(&mut tx, &ready, Fact::Committed, cause).await?;
            commit_reservations(&mut tx, &ready, cause).await?;
            record(&mut tx, &ready, &locked, cause).await?;
            invoice(&mut tx, &ready, cause).await?;
            tx.commit().await?;
        }
        Ok(verdicts)
    }
}

enum Verdict {
    Ready,
    Already,
    Late(OrderStatus),
}

/// Locks the orders, sorted by id so that two batches never wait in a circle.
async fn lock(tx: &mut PgConnection, captures: &[Capture]) -> Result<HashMap<Uuid, Locked>> {
    let rows: Vec<Locked> = sqlx::query_as(
        "SELECT o.id, o.status, o.payment_status, o.total_minor, o.currency, o.event_id, o.hold_id,
                (SELECT count(*) FROM order_lines l WHERE l.order_id = o.id) AS lines
         FROM orders o WHERE o.id = ANY($1) ORDER BY o.id FOR UPDATE OF o",
    )
    .bind(captures.iter().map(|c| c.order.0).collect::<Vec<_>>())
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

fn judge(capture: &Capture, order: Option<&Locked>) -> Result<Verdict> {
    let order = order.ok_or(StoreError::Missing { what: "the order" })?;
    match order.status {
        OrderStatus::Completed => return Ok(Verdict::Already),
        OrderStatus::Cancelled | OrderStatus::Expired => return Ok(Verdict::Late(order.status)),
        OrderStatus::Placed => {}
    }
    let total = Money::new(order.total_minor, currency(&order.currency)?);
    let paid = capture.payment.as_ref().map_or(Money::zero(total.currency), |p| p.amount);
    if paid != total {
        return Err(StoreError::AmountMismatch);
    }
    if order.payment_status == PaymentStatus::Captured {
        return Err(StoreError::WrongState { what: "the payment" });
    }
    if i64::try_from(capture.tickets.len()) != Ok(order.lines) {
        return Err(StoreError::Missing { what: "a ticket for every line" });
    }
    Ok(Verdict::Ready)
}

/// Numbers the invoices of what was paid: the counters are locked last, for as short as can be.
pub(super) async fn invoice(tx: &mut PgConnection, ready: &[&Capture], cause: &Cause<'_>) -> Result<()> {
    let paid = ready.iter().filter(|c| c.payment.as_ref().is_some_and(|p| p.amount.minor > 0));
    let orders: Vec<OrderId> = paid.map(|c| c.order).collect();
    issue::invoices(tx, &orders, cause).await
}

/// Checks that a guarded statement changed as many rows as it should.
pub(crate) fn all_changed(changed: u64, expected: usize, what: &'static str) -> Result<()> {
    if u64::try_from(expected) == Ok(changed) { Ok(()) } else { Err(StoreError::WrongState { what }) }
}

/// Orders become completed, payments captured.
pub(super) async fn complete_orders(
    tx: &mut PgConnection,
    ready: &[&Capture],
    fact: Fact,
    cause: &Cause<'_>,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE orders o SET status = 'completed', decided_at = $3,
                payment_status = CASE WHEN n.paid THEN 'captured' ELSE o.payment_status END,
                refund_status = 'none'
         FROM unnest($1::uuid[], $2::bool[]) AS n (id, paid)
         WHERE o.id = n.id AND o.status = ANY($4)
           AND (o.payment_status <> 'captured' OR o.status <> 'placed')",
    )
    .bind(ready.iter().map(|c| c.order.0).collect::<Vec<_>>())
    .bind(ready.iter().map(|c| c.payment.is_some()).collect::<Vec<_>>())
    .bind(cause.at)
    .bind(order::sources(fact))
    .execute(&mut *tx)
    .await?;
    all_changed(done.rows_affected(), ready.len(), "the order")?;
    let paid: Vec<_> = ready.iter().filter_map(|c| c.payment.as_ref().map(|p| (c.order, p))).collect();
    let done = sqlx::query(
        "UPDATE payments p SET state = 'captured', changed_at = $4, failure = NULL,
                intent_id = coalesce(n.intent, p.intent_id)
         FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS n (id, order_id, intent)
         WHERE p.id = n.id AND p.order_id = n.order_id AND p.state = ANY($5)",
    )
    .bind(paid.iter().map(|(_, p)| p.id.0).collect::<Vec<_>>())
    .bind(paid.iter().map(|(order, _)| order.0).collect::<Vec<_>>())
    .bind(paid.iter().map(|(_, p)| p.intent.clone()).collect::<Vec<_>>())
    .bind(cause.at)
    .bind(payment::sources(payment::Fact::Captured))
    .execute(&mut *tx)
    .await?;
    all_changed(done.rows_affected(), paid.len(), "the payment")
}

async fn commit_reservations(tx: &mut PgConnection, ready: &[&Capture], cause: &Cause<'_>) -> Result<()> {
    let done = sqlx::query(
        "UPDATE reservations r SET state = 'committed', decided_at = $2
         FROM orders o WHERE o.id = ANY($1) AND r.id = o.reservation_id AND r.state = 'pending'",
    )
    .bind(ready.iter().map(|c| c.order.0).collect::<Vec<_>>())
    .bind(cause.at)
    .execute(&mut *tx)
    .await?;
    all_changed(done.rows_affected(), ready.len(), "the reservation")
}

async fn record(
    tx: &mut PgConnection,
    ready: &[&Capture],
    locked: &HashMap<Uuid, Locked>,
    cause: &Cause<'_>,
) -> Result<()> {
    issue(tx, ready, cause).await?;
    let payloads: Vec<Value> = ready
        .iter()
        .filter_map(|c| locked.get(&c.order.0).map(|o| completed_payload(c, o.event_id, o.hold_id)))
        .collect();
    sqlx::query(
        "INSERT INTO facts (kind, version, payload, created_at)
         SELECT 'order_completed', 1, payload, $2 FROM unnest($1::jsonb[]) AS payload",
    )
    .bind(payloads)
    .bind(cause.at)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// What the fact `order_completed` says.
pub(super) fn completed_payload(capture: &Capture, event: Uuid, hold: Uuid) -> Value {
    let tickets: Vec<_> = capture.tickets.iter().map(|t| t.id).collect();
    json!({ "order": capture.order, "event": event, "hold": hold, "tickets": tickets })
}

/// Inserts the tickets and writes the audit rows of orders, reservations, payments and tickets.
pub(super) async fn issue(tx: &mut PgConnection, ready: &[&Capture], cause: &Cause<'_>) -> Result<()> {
    let new: Vec<(OrderId, &NewTicket)> =
        ready.iter().flat_map(|c| c.tickets.iter().map(move |t| (c.order, t))).collect();
    let done = sqlx::query(
        "INSERT INTO tickets (id, order_id, order_line_id, event_id, seat_ix, state, code, issued_at, changed_at)
         SELECT n.id, l.order_id, l.id, o.event_id, l.seat_ix, 'issued', n.code, $5, $5
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) AS n (id, order_id, line_id, code)
         JOIN order_lines l ON l.id = n.line_id AND l.order_id = n.order_id
         JOIN orders o ON o.id = l.order_id",
    )
    .bind(new.iter().map(|(_, t)| t.id.0).collect::<Vec<_>>())
    .bind(new.iter().map(|(order, _)| order.0).collect::<Vec<_>>())
    .bind(new.iter().map(|(_, t)| t.line.0).collect::<Vec<_>>())
    .bind(new.iter().map(|(_, t)| t.code.clone()).collect::<Vec<_>>())
    .bind(cause.at)
    .execute(&mut *tx)
    .await?;
    all_changed(done.rows_affected(), new.len(), "the order line")?;

    let orders: Vec<_> = ready.iter().map(|c| c.order.to_string()).collect();
    let payments: Vec<_> =
        ready.iter().filter_map(|c| c.payment.as_ref()).map(|p| p.id.to_string()).collect();
    let tickets: Vec<_> = new.iter().map(|(_, t)| t.id.to_string()).collect();
    let reservations: Vec<String> = sqlx::query_scalar(
        "SELECT reservation_id::text FROM orders WHERE id = ANY($1) ORDER BY reservation_id",
    )
    .bind(ready.iter().map(|c| c.order.0).collect::<Vec<_>>())
    .fetch_all(&mut *tx)
    .await?;
    audit::write_many(tx, cause, "payment", &payments, "captured", json!({})).await?;
    audit::write_many(tx, cause, "reservation", &reservations, "committed", json!({})).await?;
    audit::write_many(tx, cause, "order", &orders, "completed", json!({})).await?;
    audit::write_many(tx, cause, "ticket", &tickets, "issued", json!({})).await
}

impl PgStore {
    /// The payment that completed an order.
    pub async fn captured_payment(&self, order: OrderId) -> Result<Option<PaymentId>> {
        let id: Option<Uuid> =
            sqlx::query_scalar("SELECT id FROM payments WHERE order_id = $1 AND state = 'captured'")
                .bind(order.0)
                .fetch_optional(&self.pool)
                .await?;
        Ok(id.map(PaymentId))
    }
}

/// The tickets that are there, inside a transaction.
pub(super) async fn issued(tx: &mut PgConnection, order: OrderId) -> Result<Vec<Ticket>> {
    tickets::of_order(tx, order).await
}
