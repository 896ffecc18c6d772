//! Hosted payment pages.

use super::{SendError, StripeGateway, seen, words};
use crate::{GatewayError, OpenSession, Session, SessionId, SessionLine, SessionState, pace::Endpoint};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAllowedPaymentMethodTypes, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionLineItemsPriceData, CreateCheckoutSessionPaymentIntentData, ExpireCheckoutSession,
    ProductData, RetrieveCheckoutSession,
};
use stripe_shared::CheckoutSessionMode;

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
    let key = Some(open.idempotency_key.as_str());
    let session: seen::Session = gateway.send(Endpoint::Sessions, request, key).await?;
    let url = session.url.ok_or_else(|| words::unreadable("the session's address"))?;
    Ok(Session { id: SessionId(session.id), url })
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

fn state(session: &seen::Session) -> Result<SessionState, GatewayError> {
    match session.status.as_deref() {
        Some("open") => return Ok(SessionState::Open),
        Some("expired") => return Ok(SessionState::Expired),
        Some("complete") => {}
        _ => return Err(words::unreadable("the session's status")),
    }
    let intent = words::session_intent(session);
    if !words::is_paid(session) {
        return Ok(SessionState::Processing { intent });
    }
    Ok(SessionState::Paid {
        intent: intent.ok_or_else(|| words::unreadable("the payment"))?,
        amount: words::session_total(session).ok_or_else(|| words::unreadable("the amount"))?,
    })
}
