//! Asking for money back. In one transaction: tickets voided, their seats and places free, the refund written down with
//! each ticket's share. The provider is asked behind it.

use super::{Refund, carry::Returned};
use crate::{
    audit::{self, Cause},
    error::{Result, StoreError, retried},
    facts,
    orders::currency,
    pool::PgStore,
    reservations::claim,
};
use domain::{
    ids::{OrderId, OrderLineId, PaymentId, RefundId, TicketId},
    money::Money,
    refund::{PaidLine, shares},
    seat::{AreaIx, SeatIx},
};
use serde_json::json;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is asked for. The names are drawn by the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAsk {
    /// The refund's.
    pub id: RefundId,
    /// The order.
    pub order: OrderId,
    /// These tickets; all that are good when `None`.
    pub tickets: Option<Vec<TicketId>>,
    /// It may be sent at once; else somebody has to approve it.
    pub approved: bool,
}

/// What giving tickets back would bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The tickets that would be void; none when all of them were given back before.
    pub tickets: Vec<TicketId>,
    /// What would go back.
    pub amount: Money,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq)]
pub struct Requested {
    /// Money goes back; none when the tickets cost nothing, or all was back already.
    pub refund: Option<Refund>,
    /// Seats and places that are free now.
    pub returned: Option<Returned>,
    /// These tickets were given back before: nothing was done.
    pub repeated: bool,
}

#[derive(sqlx::FromRow)]
struct TicketRow {
    line: Uuid,
    total_minor: i64,
    seat_ix: Option<i32>,
    area_ix: Option<i32>,
    ticket: Option<Uuid>,
    state: Option<String>,
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    status: String,
    currency: String,
    event_id: Uuid,
    reservation_id: Uuid,
    payment: Option<Uuid>,
    paid_minor: i64,
    back_minor: i64,
}

impl PgStore {
    /// Takes tickets back. Asked again for the same tickets it answers the refund that is there. Fails with
    /// `WrongState` when the order is not completed or a ticket was used, with `Missing` when a ticket is not the
    /// order's.
    pub async fn request_refund(&self, ask: &RefundAsk, cause: &Cause<'_>) -> Result<Requested> {
        let done = retried!(self.try_request(ask, cause))?;
        let refund = match done.refund {
            Some(id) => self.refund_by_id(id).await?,
            None => None,
        };
        Ok(Requested { refund, returned: done.returned, repeated: done.repeated })
    }

    /// What [`PgStore::request_refund`] would do now. It fails where that would.
    pub async fn quote_refund(&self, order: OrderId, tickets: Option<&[TicketId]>) -> Result<Quote> {
        let mut tx = self.begin().await?;
        let row = lock(&mut tx, order).await?;
        let rows = lines(&mut tx, order).await?;
        tx.rollback().await?;
        let chosen = choose(tickets, &rows)?;
        let amount = owed(&row, &worth(&row, &rows, &chosen)?);
        let tickets = chosen.into_iter().map(TicketId).collect();
        Ok(Quote { tickets, amount: Money::new(amount, currency(&row.currency)?) })
    }

    async fn try_request(&self, ask: &RefundAsk, cause: &Cause<'_>) -> Result<Done> {
        let mut tx = self.begin().await?;
        let order = lock(&mut tx, ask.order).await?;
        let rows = lines(&mut tx, ask.order).await?;
        let chosen = choose(ask.tickets.as_deref(), &rows)?;
        if chosen.is_empty() {
            let refund = refund_of(&mut tx, ask).await?;
            return Ok(Done { refund, returned: None, repeated: true });
        }
        let back = worth(&order, &rows, &chosen)?;
        void(&mut tx, &chosen, cause).await?;
        let returned = give_back(&mut tx, ask, &order, &rows, &chosen, cause).await?;
        let amount = owed(&order, &back);
        let refund = match order.payment {
            Some(payment) if amount > 0 => {
                let money = Money::new(amount, currency(&order.currency)?);
                write(&mut tx, ask.id, ask.order, PaymentId(payment), money, cause).await?;
                write_shares(&mut tx, ask.id, &back).await?;
                if ask.approved {
                    approve(&mut tx, ask.id, cause).await?;
                }
                Some(ask.id)
            }
            _ => None,
        };
        let payload = json!({
            "refund": refund, "order": ask.order, "event": order.event_id, "tickets": chosen, "amount": amount,
        });
        facts::put(&mut tx, "refund_requested", payload, cause.at).await?;
        tx.commit().await?;
        Ok(Done { refund, returned: Some(returned), repeated: false })
    }

    /// A refund that waited for somebody's word may be sent. `false` when it could before.
    pub async fn approve_refund(&self, id: RefundId, cause: &Cause<'_>) -> Result<bool> {
        let mut tx = self.begin().await?;
        let done = approve(&mut tx, id, cause).await?;
        tx.commit().await?;
        Ok(done)
    }
}

struct Done {
    refund: Option<RefundId>,
    returned: Option<Returned>,
    repeated: bool,
}

async fn lock(tx: &mut PgConnection, order: OrderId) -> Result<OrderRow> {
    let row: Option<OrderRow> = sqlx::query_as(
        "SELECT o.status, o.currency::text, o.event_id, o.reservation_id, p.id AS payment,
                coalesce(p.amount_minor, 0) AS paid_minor,
                coalesce((SELECT sum(r.amount_minor) FROM refunds r
                          WHERE r.payment_id = p.id AND r.state <> 'failed'), 0)::bigint AS back_minor
         FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.state = 'captured'
         WHERE o.id = $1 FOR UPDATE OF o",
    )
    .bind(order.0)
    .fetch_optional(tx)
    .await?;
    let row = row.ok_or(StoreError::Missing { what: "the order" })?;
    if row.status == "completed" { Ok(row) } else { Err(StoreError::WrongState { what: "the order" }) }
}

/// Every line with its newest ticket.
async fn lines(tx: &mut PgConnection, order: OrderId) -> Result<Vec<TicketRow>> {
    let rows = sqlx::query_as(
        "SELECT l.id AS line, l.price_minor + l.fee_minor AS total_minor, l.seat_ix, l.area_ix,
                t.id AS ticket, t.state
         FROM order_lines l LEFT JOIN LATERAL (
             SELECT id, state FROM tickets WHERE order_line_id = l.id
             ORDER BY (state IN ('issued', 'admitted')) DESC, issued_at DESC, id LIMIT 1) t ON true
         WHERE l.order_id = $1 ORDER BY l.ord",
    )
    .bind(order.0)
    .fetch_all(tx)
    .await?;
    Ok(rows)
}

/// The tickets that are to be voided now, sorted.
fn choose(tickets: Option<&[TicketId]>, rows: &[TicketRow]) -> Result<Vec<Uuid>> {
    let mut chosen = Vec::new();
    let all: Vec<Uuid> = rows.iter().filter_map(|row| row.ticket).collect();
    let wanted: Vec<Uuid> = match tickets {
        Some(tickets) => tickets.iter().map(|ticket| ticket.0).collect(),
        None => all.clone(),
    };
    for ticket in wanted {
        let row = rows.iter().find(|row| row.ticket == Some(ticket));
        let row = row.ok_or(StoreError::Missing { what: "the ticket" })?;
        match row.state.as_deref() {
            Some("issued") => chosen.push(ticket),
            Some("admitted") if tickets.is_some() => {
                return Err(StoreError::WrongState { what: "a ticket that was used" });
            }
            _ => {}
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}

/// What goes back for each of the chosen tickets.
fn worth(order: &OrderRow, rows: &[TicketRow], chosen: &[Uuid]) -> Result<Vec<(TicketId, Money)>> {
    let currency = currency(&order.currency)?;
    let paid: Vec<PaidLine> = rows
        .iter()
        .map(|row| PaidLine {
            line: OrderLineId(row.line),
            total: Money::new(row.total_minor, currency),
            ticket: row.ticket.map(TicketId),
        })
        .collect();
    let chosen: Vec<TicketId> = chosen.iter().copied().map(TicketId).collect();
    shares(Money::new(order.paid_minor, currency), &paid, &chosen).map_err(|_| StoreError::AmountMismatch)
}

/// The shares together, and never more than is left of what was paid.
fn owed(order: &OrderRow, back: &[(TicketId, Money)]) -> i64 {
    let amount = back.iter().map(|(_, money)| money.minor).sum::<i64>();
    amount.min(order.paid_minor - order.back_minor)
}

async fn void(tx: &mut PgConnection, chosen: &[Uuid], cause: &Cause<'_>) -> Result<()> {
    let done = sqlx::query(
        "UPDATE tickets SET state = 'voided', changed_at = $2 WHERE id = ANY($1) AND state = 'issued'",
    )
    .bind(chosen)
    .bind(cause.at)
    .execute(&mut *tx)
    .await?;
    if u64::try_from(chosen.len()) != Ok(done.rows_affected()) {
        return Err(StoreError::WrongState { what: "a ticket" });
    }
    let names: Vec<String> = chosen.iter().map(Uuid::to_string).collect();
    audit::write_many(tx, cause, "ticket", &names, "voided", json!({})).await
}

/// The claims of the voided tickets end; Redis is told behind it.
async fn give_back(
    tx: &mut PgConnection,
    ask: &RefundAsk,
    order: &OrderRow,
    rows: &[TicketRow],
    chosen: &[Uuid],
    cause: &Cause<'_>,
) -> Result<Returned> {
    let of_chosen = || rows.iter().filter(|row| row.ticket.is_some_and(|ticket| chosen.contains(&ticket)));
    let mut seats: Vec<i32> = of_chosen().filter_map(|row| row.seat_ix).collect();
    seats.sort_unstable();
    let mut areas: BTreeMap<i32, i32> = BTreeMap::new();
    for area in of_chosen().filter_map(|row| row.area_ix) {
        *areas.entry(area).or_default() += 1;
    }
    claim::return_some(tx, order.reservation_id, &seats, &areas).await?;
    let stored = json!(areas.iter().collect::<Vec<_>>());
    sqlx::query(
        "INSERT INTO returned_places (id, order_id, event_id, seats, areas, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(ask.id.0)
    .bind(ask.order.0)
    .bind(order.event_id)
    .bind(&seats)
    .bind(&stored)
    .bind(cause.at)
    .execute(&mut *tx)
    .await?;
    let data = json!({ "seats": seats, "areas": stored, "order": ask.order });
    audit::write(tx, cause, "reservation", &order.reservation_id.to_string(), "returned", data).await?;
    let areas = areas.into_iter().map(|(ix, n)| Ok((area(ix)?, n.unsigned_abs())));
    Ok(Returned {
        id: ask.id.0,
        order: ask.order,
        event: domain::ids::EventId(order.event_id),
        seats: seats.into_iter().map(|ix| SeatIx(ix.cast_unsigned())).collect(),
        areas: areas.collect::<Result<_>>()?,
    })
}

fn area(stored: i32) -> Result<AreaIx> {
    crate::orders::area_ix(stored)
}

/// The refund that the asked tickets are in already.
async fn refund_of(tx: &mut PgConnection, ask: &RefundAsk) -> Result<Option<RefundId>> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "SELECT r.id FROM refunds r JOIN refund_tickets t ON t.refund_id = r.id
         WHERE r.order_id = $1 AND ($2::uuid[] IS NULL OR t.ticket_id = ANY($2))
         ORDER BY r.created_at DESC, r.id LIMIT 1",
    )
    .bind(ask.order.0)
    .bind(ask.tickets.as_ref().map(|tickets| tickets.iter().map(|t| t.0).collect::<Vec<_>>()))
    .fetch_optional(tx)
    .await?;
    Ok(id.map(RefundId))
}

async fn write(
    tx: &mut PgConnection,
    id: RefundId,
    order: OrderId,
    payment: PaymentId,
    amount: Money,
    cause: &Cause<'_>,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO refunds (id, payment_id, order_id, amount_minor, currency, state, reason, created_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, 'requested', $6, $7, $7) ON CONFLICT (id) DO NOTHING",
    )
    .bind(id.0)
    .bind(payment.0)
    .bind(order.0)
    .bind(amount.minor)
    .bind(amount.currency.code())
    .bind(cause.reason)
    .bind(cause.at)
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let data = json!({ "payment": payment, "order": order, "amount": amount });
    audit::write(tx, cause, "refund", &id.to_string(), "requested", data).await?;
    Ok(true)
}

async fn write_shares(tx: &mut PgConnection, id: RefundId, back: &[(TicketId, Money)]) -> Result<()> {
    sqlx::query(
        "INSERT INTO refund_tickets (refund_id, ticket_id, amount_minor)
         SELECT $1, n.ticket, n.minor FROM unnest($2::uuid[], $3::bigint[]) AS n (ticket, minor)",
    )
    .bind(id.0)
    .bind(back.iter().map(|(ticket, _)| ticket.0).collect::<Vec<_>>())
    .bind(back.iter().map(|(_, money)| money.minor).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}

async fn approve(tx: &mut PgConnection, id: RefundId, cause: &Cause<'_>) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE refunds SET state = 'approved', changed_at = $2, next_at = $2 WHERE id = $1 AND state = ANY($3)",
    )
    .bind(id.0)
    .bind(cause.at)
    .bind(domain::refund::sources(domain::refund::Fact::Approved))
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    audit::write(tx, cause, "refund", &id.to_string(), "approved", json!({})).await?;
    Ok(true)
}

/// The whole of a surplus payment goes back. Once, whoever asks how often.
pub(crate) async fn whole_payment(
    tx: &mut PgConnection,
    id: RefundId,
    payment: PaymentId,
    cause: &Cause<'_>,
) -> Result<()> {
    let row: Option<(Uuid, i64, String)> = sqlx::query_as(
        "SELECT order_id, amount_minor, currency::text FROM payments WHERE id = $1 AND state = 'surplus'",
    )
    .bind(payment.0)
    .fetch_optional(&mut *tx)
    .await?;
    let Some((order, minor, code)) = row else { return Ok(()) };
    let amount = Money::new(minor, currency(&code)?);
    if write(tx, id, OrderId(order), payment, amount, cause).await? {
        approve(tx, id, cause).await?;
        let payload = json!({ "refund": id, "order": order, "payment": payment, "amount": minor });
        facts::put(tx, "refund_requested", payload, cause.at).await?;
    }
    Ok(())
}
