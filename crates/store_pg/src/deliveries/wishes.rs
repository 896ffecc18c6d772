//! Who is to be told: the facts that call for a message, and the orders that they are about.

use crate::{
    audit::Cause,
    error::Result,
    facts::{self, Fact},
    pool::PgStore,
};
use domain::ids::{EventId, OrderId};
use uuid::Uuid;

impl PgStore {
    /// One fact of the outbox.
    pub async fn fact_by_id(&self, id: i64) -> Result<Option<Fact>> {
        let fact = sqlx::query_as("SELECT id, kind, version, payload, created_at FROM facts WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(fact)
    }

    /// Puts the wish into the outbox that the buyer of an order be sent a link to it; answers the fact's id.
    pub async fn ask_for_link(&self, order: OrderId, cause: &Cause<'_>) -> Result<i64> {
        let mut tx = self.begin().await?;
        let fact = facts::ask_to_send(&mut tx, "ticket_link", order, cause).await?;
        tx.commit().await?;
        Ok(fact)
    }

    /// Completed orders of an event with their buyers' addresses, those of the demo left out, in the order of their ids, from after `after` on.
    pub async fn completed_orders(
        &self,
        event: EventId,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<(OrderId, String)>> {
        let rows: Vec<(Uuid, String)> = sqlx::query_as(
            "SELECT id, buyer_email FROM orders
             WHERE event_id = $1 AND status = 'completed' AND NOT policy @> '{\"demo\": true}' AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
        )
        .bind(event.0)
        .bind(after.map(|order| order.0))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(id, email)| (OrderId(id), email)).collect())
    }

    /// The order of that number, if that is its buyer's address (case does not matter).
    pub async fn order_of_buyer(&self, number: &str, email: &str) -> Result<Option<OrderId>> {
        let id: Option<Uuid> =
            sqlx::query_scalar("SELECT id FROM orders WHERE number = $1 AND lower(buyer_email) = lower($2)")
                .bind(number)
                .bind(email)
                .fetch_optional(&self.pool)
                .await?;
        Ok(id.map(OrderId))
    }

    /// The newest order of that number, whoever bought: for support.
    pub async fn order_by_number(&self, number: &str) -> Result<Option<OrderId>> {
        let id: Option<Uuid> = sqlx::query_scalar("SELECT id FROM orders WHERE number = $1")
            .bind(number)
            .fetch_optional(&self.pool)
            .await?;
        Ok(id.map(OrderId))
    }
}
