//! Orders whose time to pay is nearly over, for the buyers who asked to be reminded.

use crate::{
    audit::{self, Cause},
    error::Result,
    facts,
    pool::PgStore,
};
use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

impl PgStore {
    /// Puts the reminder into the outbox for orders that are still to be paid, whose buyers wished it, and whose time is
    /// over within `lead` of `cause.at`; where the whole time is short, within its last third. Each order once. Answers
    /// how many.
    pub async fn remind_of_payment(&self, lead: TimeDelta, limit: u32, cause: &Cause<'_>) -> Result<usize> {
        let mut tx = self.begin().await?;
        let due: Vec<(Uuid, Uuid)> = sqlx::query_as(
            "UPDATE orders o SET reminded_at = $1 FROM (
                 SELECT id FROM orders
                 WHERE status = 'placed' AND remind_me AND reminded_at IS NULL
                   AND pay_before > $1 AND pay_before <= $1 + make_interval(secs => $2)
                   AND pay_before <= $1 + (pay_before - placed_at) / 3
                 ORDER BY pay_before LIMIT $3 FOR UPDATE SKIP LOCKED) due
             WHERE o.id = due.id RETURNING o.id, o.event_id",
        )
        .bind(cause.at)
        .bind(lead.as_seconds_f64())
        .bind(i64::from(limit))
        .fetch_all(&mut *tx)
        .await?;
        for (order, event) in &due {
            let payload = json!({ "order": order, "event": event });
            facts::put(&mut tx, "order_lapsing", payload, cause.at).await?;
        }
        let names: Vec<String> = due.iter().map(|(order, _)| order.to_string()).collect();
        audit::write_many(&mut tx, cause, "order", &names, "reminded", json!({})).await?;
        tx.commit().await?;
        Ok(due.len())
    }
}
