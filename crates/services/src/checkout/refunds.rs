//! Money that goes back: asked for once, then followed by what the provider tells.

use super::state::payment_id;
use crate::{Error, Result, Services, clock};
use domain::{checkout::Input, ids::PaymentId, money::Money};
use payments::{IntentId, Refund, RefundState};
use store_pg::{audit::Cause, orders::Order, refunds};

impl Services {
    /// Gives the money of an attempt back. Once the provider has the refund the checkout is through with it; from
    /// there the table of refunds follows it.
    pub(super) async fn refund(&self, order: &Order, attempt: u32) -> Result<Option<Input>> {
        let id = payment_id(order.id, attempt);
        let cause = Cause::because("checkout", "money without seats", clock::now());
        let payment = self.pg.payment_by_id(id).await?.ok_or(Error::NotFound("payment"))?;
        self.pg.mark_surplus(id, payment.intent_id.as_deref(), &cause).await?;
        let intent = payment.intent_id.ok_or_else(|| Error::internal("money without a payment intent"))?;
        let refund = Refund {
            intent: IntentId(intent),
            amount: payment.amount,
            order: order.id,
            idempotency_key: format!("refund-{id}"),
        };
        let state = self.gateway.refund(&refund).await?;
        self.record(id, payment.amount, &state, &cause).await?;
        Ok(Some(Input::Refunded { attempt }))
    }

    /// A refund moved on at the provider; also one that was made by hand there.
    pub(crate) async fn refund_moved(
        &self,
        intent: Option<&IntentId>,
        amount: Option<Money>,
        state: &RefundState,
    ) -> Result<()> {
        let payment = match intent {
            Some(intent) => self.pg.payment_by_reference(intent.as_str()).await?,
            None => None,
        };
        let Some(payment) = payment else {
            tracing::warn!(?intent, "a refund of a payment that is not ours");
            return Ok(());
        };
        let cause = Cause::by("provider", clock::now());
        self.record(payment.id, amount.unwrap_or(payment.amount), state, &cause).await
    }

    async fn record(
        &self,
        payment: PaymentId,
        amount: Money,
        state: &RefundState,
        cause: &Cause<'_>,
    ) -> Result<()> {
        let (reference, state, failure) = match state {
            RefundState::Pending { refund } => (refund, refunds::RefundState::Pending, None),
            RefundState::Succeeded { refund } => (refund, refunds::RefundState::Succeeded, None),
            RefundState::Failed { refund, reason } => {
                (refund, refunds::RefundState::Failed, Some(reason.as_str()))
            }
        };
        let reference = reference.as_str();
        let news = refunds::RefundNews { reference, payment, amount, state, failure };
        if self.pg.record_refund(&news, cause).await? && failure.is_some() {
            // The money is with us and somebody must send it by another way: no worker can.
            tracing::error!(%payment, refund = reference, failure, "a refund failed at the provider");
        }
        Ok(())
    }
}
