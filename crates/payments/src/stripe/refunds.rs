//! Money back.

use super::{StripeGateway, words};
use crate::{GatewayError, Refund, RefundId, RefundState, pace::Endpoint};
use stripe_core::refund::{CreateRefund, RetrieveRefund};

pub(super) async fn refund(gateway: &StripeGateway, refund: &Refund) -> Result<RefundState, GatewayError> {
    let request = CreateRefund::new()
        .payment_intent(refund.intent.as_str())
        .amount(words::amount(refund.amount))
        .metadata(words::refund_metadata(refund.order, refund.refund));
    let made = gateway.send(Endpoint::Refunds, request, Some(&refund.idempotency_key)).await?;
    Ok(words::refund_state(&made))
}

pub(super) async fn retrieve(
    gateway: &StripeGateway,
    refund: &RefundId,
) -> Result<RefundState, GatewayError> {
    let found = gateway.send(Endpoint::Refunds, RetrieveRefund::new(refund.as_str()), None).await?;
    Ok(words::refund_state(&found))
}
