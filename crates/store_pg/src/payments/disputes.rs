//! The buyer's bank wants money back: an axis of its own beside the payment's state.

use crate::{
    audit::{self, Cause},
    error::Result,
    facts,
    pool::PgStore,
};
use domain::{
    ids::{OrderId, PaymentId},
    payment::{Dispute, Fact, dispute_sources},
};
use serde_json::json;
use uuid::Uuid;

impl PgStore {
    /// Takes news of a dispute in. `decided`: for us or for the buyer; `None` while it is open. `false` when it is no
    /// news: the decision may come before the beginning.
    pub async fn note_dispute(
        &self,
        id: PaymentId,
        decided: Option<bool>,
        reason: &str,
        cause: &Cause<'_>,
    ) -> Result<bool> {
        let (fact, state) = match decided {
            None => (Fact::Disputed, Dispute::Open),
            Some(true) => (Fact::DisputeDecided { won: true }, Dispute::Won),
            Some(false) => (Fact::DisputeDecided { won: false }, Dispute::Lost),
        };
        let mut tx = self.begin().await?;
        let order: Option<Uuid> = sqlx::query_scalar(
            "UPDATE payments SET dispute = $2, changed_at = $3
             WHERE id = $1 AND dispute = ANY($4) RETURNING order_id",
        )
        .bind(id.0)
        .bind(state.name())
        .bind(cause.at)
        .bind(dispute_sources(fact))
        .fetch_optional(&mut *tx)
        .await?;
        let Some(order) = order else { return Ok(false) };
        let action = format!("dispute_{}", state.name());
        audit::write(&mut tx, cause, "payment", &id.to_string(), &action, json!({ "reason": reason }))
            .await?;
        let payload = json!({ "payment": id, "order": order, "dispute": state, "reason": reason });
        facts::put(&mut tx, "payment_disputed", payload, cause.at).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Where the newest dispute about an order's money stands; `None` when nobody disputes it.
    pub async fn dispute_of_order(&self, order: OrderId) -> Result<Option<Dispute>> {
        let name: Option<String> = sqlx::query_scalar(
            "SELECT dispute FROM payments
             WHERE order_id = $1 AND dispute <> 'none' ORDER BY changed_at DESC LIMIT 1",
        )
        .bind(order.0)
        .fetch_optional(&self.pool)
        .await?;
        Ok(name.and_then(|name| of_name(&name)))
    }

    /// Where the dispute of a payment stands; `None` when there is no such payment.
    pub async fn dispute_of(&self, id: PaymentId) -> Result<Option<Dispute>> {
        let name: Option<String> = sqlx::query_scalar("SELECT dispute FROM payments WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(name.and_then(|name| of_name(&name)))
    }
}

fn of_name(name: &str) -> Option<Dispute> {
    domain::payment::DISPUTES.into_iter().find(|d| d.name() == name)
}
