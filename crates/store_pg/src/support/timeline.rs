//! All that is on record about one order, in the order in which it happened.

use crate::{error::Result, pool::PgStore};
use chrono::{DateTime, Utc};
use domain::ids::OrderId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Rows of one order at most; an order has a few dozen.
const ENTRIES_MAX: i64 = 500;

/// Which record an entry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The audit log: a state changed, or somebody of the staff did something.
    Change,
    /// The outbox: what workers are told.
    Fact,
    /// What a group of consumers did about a fact.
    Delivery,
    /// What the payment provider told.
    Provider,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// By which record.
    pub source: Source,
    /// What: `order placed`, `order_completed`, `delivery done`, `checkout.session.completed`.
    pub what: String,
    /// Who; empty for facts.
    pub who: String,
    /// Why, or what went wrong; may be empty.
    pub why: String,
    /// From where; may be empty.
    pub origin: String,
    /// What else was written down.
    pub data: Value,
}

impl PgStore {
    /// The timeline of an order, the oldest first.
    pub async fn timeline(&self, order: OrderId) -> Result<Vec<Entry>> {
        let entries = sqlx::query_as(
            "WITH it AS (SELECT id, reservation_id FROM orders WHERE id = $1),
             told AS (SELECT f.* FROM facts f JOIN it ON f.payload ->> 'order' = it.id::text),
             things (entity, entity_id) AS (
                SELECT 'order', id::text FROM it
                UNION ALL SELECT 'reservation', reservation_id::text FROM it
                UNION ALL SELECT 'payment', p.id::text FROM payments p JOIN it ON p.order_id = it.id
                UNION ALL SELECT 'ticket', t.id::text FROM tickets t JOIN it ON t.order_id = it.id
                UNION ALL SELECT 'refund', r.id::text FROM refunds r JOIN it ON r.order_id = it.id
                UNION ALL SELECT 'delivery', d.id::text FROM deliveries d JOIN it ON d.order_id = it.id
                UNION ALL SELECT 'dead_letter', l.id::text FROM dead_letters l JOIN told ON told.id = l.fact_id),
             names (name) AS (
                SELECT p.session_id FROM payments p JOIN it ON p.order_id = it.id WHERE p.session_id IS NOT NULL
                UNION SELECT p.intent_id FROM payments p JOIN it ON p.order_id = it.id WHERE p.intent_id IS NOT NULL),
             heard AS (
                SELECT p.* FROM provider_facts p JOIN names ON p.payload -> 'data' -> 'object' ->> 'id' = names.name
                UNION
                SELECT p.* FROM provider_facts p
                JOIN names ON p.payload -> 'data' -> 'object' ->> 'payment_intent' = names.name)
             SELECT at, source, what, who, why, origin, data FROM (
                SELECT a.at, 'change' AS source, replace(a.entity, '_', ' ') || ' ' || a.action AS what, a.actor AS who,
                       a.reason AS why, a.origin, a.data, a.id AS place
                FROM audit_log a JOIN things t ON t.entity = a.entity AND t.entity_id = a.entity_id
                UNION ALL
                SELECT created_at, 'fact', kind, '', '', '', payload, id FROM told
                UNION ALL
                SELECT coalesce(d.done_at, d.taken_until, d.due_at), 'delivery', d.consumer_group || ' ' || d.state,
                       'worker:' || d.consumer_group, coalesce(d.last_error, ''), '',
                       jsonb_build_object('fact', d.fact_id, 'kind', told.kind, 'attempts', d.attempts), d.fact_id
                FROM fact_deliveries d JOIN told ON told.id = d.fact_id
                UNION ALL
                SELECT received_at, 'provider', kind, 'provider', coalesce(last_error, ''), '',
                       jsonb_build_object('id', id, 'applied_at', applied_at, 'attempts', attempts), 0
                FROM heard) AS record
             ORDER BY at, source, place LIMIT $2",
        )
        .bind(order.0)
        .bind(ENTRIES_MAX)
        .fetch_all(&self.pool)
        .await?;
        Ok(entries)
    }
}
