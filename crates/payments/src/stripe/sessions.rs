//! Hosted payment pages.

use super::{SendError, StripeGateway, words};
use crate::{
    GatewayError, IntentId, OpenSession, Session, SessionId, SessionLine, SessionState, pace::Endpoint,
};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAllowedPaymentMethodTypes, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionLineItemsPriceData, CreateCheckoutSessionPaymentIntentData, ExpireCheckoutSession,
    ProductData, RetrieveCheckoutSession,
};
use stripe_shared::{
    CheckoutSession, CheckoutSessionMode, CheckoutSessionPaymentStatus, CheckoutSessionStatus,
};

fn line_item(line: &SessionLine) -> CreateCheckoutSessionLineItems {
    let mut price = CreateCheckoutSessionLineItemsPriceData::new(words::currency(line.unit.currency));
    price.unit_amount = Some(words::amount(line.unit));
    price.product_data = Some(ProductData::new(line.name.as_str()));
    let mut item = CreateCheckoutSessionLineItems::new();
    item.price_data = Some(price);
    item.quantity = Some(u64::from(line.quantity));
    item
}

pub(super) async fn open(gateway: &StripeGateway, open: &OpenSession) -> Result<Session, GatewayError> {
    // The payment carries the order as well: its own webhooks must find the order without the session.
    let mut payment = CreateCheckoutSessionPaymentIntentData::new();
    payment.metadata = Some(words::metadata(open.order));
    let request = CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Payment)
        .line_items(open.lines.iter().map(line_item).collect::<Vec<_>>())
        .customer_email(open.email.as_str())
        .client_reference_id(open.order.to_string())
        .metadata(words::metadata(open.order))
        .payment_intent_data(payment)
        // Cards and the wallets over them answer at once; a transfer that decides tomorrow cannot hold a seat.
        .allowed_payment_method_types(vec![CreateCheckoutSessionAllowedPaymentMethodTypes::Card])
        .success_url(open.success_url.as_str())
        .cancel_url(open.cancel_url.as_str())
        .expires_at(open.expires_at.timestamp());
    let session = gateway.send(Endpoint::Sessions, request, Some(&open.idempotency_key)).await?;
    let url = session.url.ok_or_else(|| words::unreadable("the session's address"))?;
    Ok(Session { id: SessionId(session.id.to_string()), url })
}

pub(super) async fn expire(
    gateway: &StripeGateway,
    session: &SessionId,
) -> Result<SessionState, GatewayError> {
    match gateway.send(Endpoint::Sessions, ExpireCheckoutSession::new(session.as_str()), None).await {
        Ok(expired) => state(&expired),
        // 400: it is complete, or expired already. Only the session itself tells which.
        Err(SendError::Stripe(_, 400)) => retrieve(gateway, session).await,
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn retrieve(
    gateway: &StripeGateway,
    session: &SessionId,
) -> Result<SessionState, GatewayError> {
    let request = RetrieveCheckoutSession::new(session.as_str());
    state(&gateway.send(Endpoint::Sessions, request, None).await?)
}

fn state(session: &CheckoutSession) -> Result<SessionState, GatewayError> {
    match &session.status {
        Some(CheckoutSessionStatus::Open) => return Ok(SessionState::Open),
        Some(CheckoutSessionStatus::Expired) => return Ok(SessionState::Expired),
        Some(CheckoutSessionStatus::Complete) => {}
        _ => return Err(words::unreadable("the session's status")),
    }
    let intent = session.payment_intent.as_ref().map(|intent| IntentId(intent.id().to_string()));
    if session.payment_status != CheckoutSessionPaymentStatus::Paid {
        return Ok(SessionState::Processing { intent });
    }
    let amount = session.amount_total.zip(session.currency.as_ref());
    let amount = amount.and_then(|(amount, currency)| words::money(amount, currency));
    Ok(SessionState::Paid {
        intent: intent.ok_or_else(|| words::unreadable("the payment"))?,
        amount: amount.ok_or_else(|| words::unreadable("the amount"))?,
    })
}
