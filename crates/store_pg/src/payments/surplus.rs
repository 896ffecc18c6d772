//! Money that no order can take: it goes back whole, and the refund stands here in the same transaction.

use crate::{
    audit::{self, Cause},
    error::Result,
    facts,
    pool::PgStore,
    refunds::request,
};
use domain::{
    ids::{PaymentId, RefundId},
    payment::{Fact, sources},
};
use serde_json::json;
use uuid::Uuid;

impl PgStore {
    /// Notes that money came which no order can take, and that it is to go back; a worker sends it. `false` when that
    /// is known, or the money belongs to its order. The refund has the payment's own id, so it is made once.
    pub async fn mark_surplus(
        &self,
        id: PaymentId,
        intent_id: Option<&str>,
        cause: &Cause<'_>,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        // Orders before payments, as everywhere. An order that is over says that money came for it.
        sqlx::query(
            "UPDATE orders o SET payment_status = 'captured' FROM payments p
             WHERE p.id = $1 AND o.id = p.order_id AND o.status IN ('cancelled', 'expired')
               AND p.state = ANY($2)",
        )
        .bind(id.0)
        .bind(sources(Fact::Surplus))
        .execute(&mut *tx)
        .await?;
        let order: Option<Uuid> = sqlx::query_scalar(
            "UPDATE payments SET state = 'surplus', intent_id = coalesce($2, intent_id), changed_at = $3
             WHERE id = $1 AND state = ANY($4) RETURNING order_id",
        )
        .bind(id.0)
        .bind(intent_id)
        .bind(cause.at)
        .bind(sources(Fact::Surplus))
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(order) = order {
            let data = json!({ "intent": intent_id });
            audit::write(&mut tx, cause, "payment", &id.to_string(), "surplus", data).await?;
            facts::put(&mut tx, "payment_surplus", json!({ "payment": id, "order": order }), cause.at)
                .await?;
        }
        // Also for what was marked before refunds stood here.
        request::whole_payment(&mut tx, RefundId(id.0), id, cause).await?;
        tx.commit().await?;
        Ok(order.is_some())
    }
}
