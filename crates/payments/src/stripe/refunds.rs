//! Money back.

use super::{StripeGateway, words};
use crate::{GatewayError, Refund, RefundState, pace::Endpoint};
use stripe_core::refund::CreateRefund;

pub(super) async fn refund(gateway: &StripeGateway, refund: &Refund) -> Result<RefundState, GatewayError> {
    let request = CreateRefund::new()
        .payment_intent(refund.intent.as_str())
        .amount(words::amount(refund.amount))
        .metadata(words::metadata(refund.order));
    let made = gateway.send(Endpoint::Refunds, request, Some(&refund.idempotency_key)).await?;
    Ok(words::refund_state(&made))
}
