//! Tickets: the right to enter.

use crate::{error::Result, pool::PgStore};
use chrono::{DateTime, Utc};
use domain::{
    ids::{EventId, OrderId, OrderLineId, TicketId},
    seat::SeatIx,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Good for entry.
    Issued,
    /// Passed on: another ticket took its place.
    Transferred,
    /// No longer good.
    Voided,
    /// Used.
    Admitted,
}

/// A ticket to be issued: its id and signed code are made by the caller before the transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTicket {
    /// Drawn by the caller.
    pub id: TicketId,
    /// The line it belongs to.
    pub line: OrderLineId,
    /// What the scanner reads.
    pub code: String,
}

/// A ticket as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its name.
    pub id: TicketId,
    /// Its order.
    pub order: OrderId,
    /// Its line: price and place.
    pub line: OrderLineId,
    /// The event.
    pub event: EventId,
    /// The seat; none for a place in an area.
    pub seat: Option<SeatIx>,
    /// Where it stands.
    pub state: TicketState,
    /// What the scanner reads.
    pub code: String,
    /// Since when.
    pub issued_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct TicketRow {
    id: Uuid,
    order_id: Uuid,
    order_line_id: Uuid,
    event_id: Uuid,
    seat_ix: Option<i32>,
    state: TicketState,
    code: String,
    issued_at: DateTime<Utc>,
}

impl From<TicketRow> for Ticket {
    fn from(row: TicketRow) -> Self {
        Self {
            id: TicketId(row.id),
            order: OrderId(row.order_id),
            line: OrderLineId(row.order_line_id),
            event: EventId(row.event_id),
            seat: row.seat_ix.map(|ix| SeatIx(ix.cast_unsigned())),
            state: row.state,
            code: row.code,
            issued_at: row.issued_at,
        }
    }
}

/// A ticket that does not admit any more, though its code still verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Its name.
    pub id: TicketId,
    /// The event.
    pub event: EventId,
    /// Voided or transferred.
    pub state: TicketState,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// The tickets of several orders, each in the order of its lines.
pub(crate) async fn of_orders(
    db: impl sqlx::PgExecutor<'_>,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<Ticket>>> {
    let rows: Vec<TicketRow> = sqlx::query_as(
        "SELECT t.id, t.order_id, t.order_line_id, t.event_id, t.seat_ix, t.state, t.code, t.issued_at
         FROM tickets t JOIN order_lines l ON l.id = t.order_line_id
         WHERE t.order_id = ANY($1) ORDER BY l.ord, t.issued_at, t.id",
    )
    .bind(orders.iter().map(|order| order.0).collect::<Vec<_>>())
    .fetch_all(db)
    .await?;
    let mut tickets: HashMap<OrderId, Vec<Ticket>> = HashMap::new();
    for ticket in rows.into_iter().map(Ticket::from) {
        tickets.entry(ticket.order).or_default().push(ticket);
    }
    Ok(tickets)
}

/// The tickets of an order in the order of its lines.
pub(crate) async fn of_order(db: impl sqlx::PgExecutor<'_>, order: OrderId) -> Result<Vec<Ticket>> {
    Ok(of_orders(db, &[order]).await?.remove(&order).unwrap_or_default())
}

impl PgStore {
    /// The tickets of an order in the order of its lines.
    pub async fn tickets_of_order(&self, order: OrderId) -> Result<Vec<Ticket>> {
        of_order(&self.pool, order).await
    }

    /// One ticket.
    pub async fn ticket_by_id(&self, id: TicketId) -> Result<Option<Ticket>> {
        let row: Option<TicketRow> = sqlx::query_as(
            "SELECT id, order_id, order_line_id, event_id, seat_ix, state, code, issued_at FROM tickets WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Into::into))
    }

    /// Voided and transferred tickets of events that end after `over`, by id.
    pub async fn revoked_tickets(&self, over: DateTime<Utc>) -> Result<Vec<Revoked>> {
        let rows: Vec<(Uuid, Uuid, TicketState, DateTime<Utc>)> = sqlx::query_as(
            "SELECT t.id, t.event_id, t.state, t.changed_at FROM tickets t JOIN events e ON e.id = t.event_id
             WHERE t.state IN ('voided', 'transferred') AND e.ends_at > $1 ORDER BY t.id",
        )
        .bind(over)
        .fetch_all(&self.pool)
        .await?;
        let revoked = rows.into_iter().map(|(id, event, state, since)| Revoked {
            id: TicketId(id),
            event: EventId(event),
            state,
            since,
        });
        Ok(revoked.collect())
    }

    /// Tickets that are good for entry or were used, of one event: sales are counted from here.
    pub async fn tickets_sold(&self, event: EventId) -> Result<u32> {
        let sold: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM tickets WHERE event_id = $1 AND state IN ('issued', 'admitted')",
        )
        .bind(event.0)
        .fetch_one(&self.pool)
        .await?;
        Ok(u32::try_from(sold).unwrap_or(u32::MAX))
    }
}
