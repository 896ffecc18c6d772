//! Money without seats: it is surplus, and its refund stands in our books in the same transaction. From there the
//! workers of refunds have it ([`crate::refunds`]).

use super::state::payment_id;
use crate::{Error, Result, Services, clock};
use domain::{checkout::Input, ids::RefundId};
use store_pg::{audit::Cause, orders::Order};

impl Services {
    /// Gives the money of an attempt back.
    pub(super) async fn refund(&self, order: &Order, attempt: u32) -> Result<Option<Input>> {
        let id = payment_id(order.id, attempt);
        let cause = Cause::because("checkout", "money without seats", clock::now());
        let payment = self.pg.payment_by_id(id).await?.ok_or(Error::NotFound("payment"))?;
        self.pg.mark_surplus(id, payment.intent_id.as_deref(), &cause).await?;
        let refund = self.pg.refund_by_id(RefundId(id.0)).await?;
        let Some(refund) = refund else {
            // The order has it after all: another process found the seats free a moment later and completed it.
            tracing::warn!(payment = %id, "money that was to go back belongs to its order");
            return Ok(Some(Input::Refunded { attempt }));
        };
        // At once if that is possible; if not, the worker has it.
        if let Err(error) = self.carry_on(&refund).await {
            tracing::warn!(refund = %refund.id, %error, "refund not sent yet");
        }
        Ok(Some(Input::Refunded { attempt }))
    }
}
