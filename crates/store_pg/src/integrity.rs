//! What must never be, counted straight from the tickets: no index is trusted here. And halting a sale when it is.

use crate::{
    audit::{self, Cause},
    error::Result,
    facts,
    pool::PgStore,
};
use chrono::{DateTime, Utc};
use domain::ids::EventId;
use serde_json::json;
use uuid::Uuid;

/// More tickets than places (INV-1 broken).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oversold {
    /// The event.
    pub event: EventId,
    /// The plan's name of the seat or area.
    pub place: String,
    /// Tickets that admit.
    pub tickets: u32,
    /// Places there are.
    pub places: u32,
}

impl PgStore {
    /// Seats with more than one ticket and areas with more than their capacity, of events that are not over by `now`.
    pub async fn oversold(&self, now: DateTime<Utc>) -> Result<Vec<Oversold>> {
        let rows: Vec<(Uuid, String, i64, i64)> = sqlx::query_as(
            "SELECT t.event_id, min(l.place_id), count(*), 1::bigint
             FROM tickets t JOIN order_lines l ON l.id = t.order_line_id JOIN events e ON e.id = t.event_id
             WHERE t.state IN ('issued', 'admitted') AND t.seat_ix IS NOT NULL AND e.ends_at > $1
             GROUP BY t.event_id, t.seat_ix HAVING count(*) > 1
             UNION ALL
             SELECT t.event_id, a.area_id, count(*), a.capacity::bigint
             FROM tickets t JOIN order_lines l ON l.id = t.order_line_id JOIN events e ON e.id = t.event_id
             JOIN event_areas a ON a.event_id = t.event_id AND a.area_ix = l.area_ix
             WHERE t.state IN ('issued', 'admitted') AND e.ends_at > $1
             GROUP BY t.event_id, a.area_id, a.capacity HAVING count(*) > a.capacity
             ORDER BY 1, 2",
        )
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        let small = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        let read = |(event, place, tickets, places)| Oversold {
            event: EventId(event),
            place,
            tickets: small(tickets),
            places: small(places),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Halts the sale of a published event; `why` is for its buyers. Publishing it again lifts it. `false` when it was
    /// not on sale.
    pub async fn freeze_event(&self, id: EventId, why: &str, cause: &Cause<'_>) -> Result<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE events SET status = 'paused', frozen = $2, updated_at = $3 WHERE id = $1 AND status = 'published'",
        )
        .bind(id.0)
        .bind(why)
        .bind(cause.at)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let data = json!({ "from": "published", "to": "paused", "frozen": why });
        audit::write(&mut tx, cause, "event", &id.to_string(), "frozen", data.clone()).await?;
        facts::put(&mut tx, "event_frozen", json!({ "event": id, "change": data }), cause.at).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Why the system itself halted the sale of an event, in words for its buyers.
    pub async fn frozen(&self, id: EventId) -> Result<Option<String>> {
        let why: Option<Option<String>> = sqlx::query_scalar("SELECT frozen FROM events WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(why.flatten())
    }
}
