//! Webhooks: verified on the bytes as they came, then put into our words.

use crate::{
    IntentId, SessionId, WebhookError, WebhookFact, WebhookKind,
    stripe::words::{decline, money, order_of, refund_of, refund_state},
};
use chrono::DateTime;
use serde::Deserialize;
use stripe_shared::{CheckoutSession, CheckoutSessionPaymentStatus, PaymentIntent, Refund};
use stripe_webhook::{Event, EventObject, Webhook};

/// How old a signature may be, in seconds; as Stripe advises.
pub const WEBHOOK_TOLERANCE_S: i64 = 300;

/// Verifies `raw` (the body before anything has parsed it) against the `Stripe-Signature` header and reads it.
/// `now_unix_s` is seconds since 1970. The comparison takes the same time whatever the signature.
pub fn verify_webhook(
    raw: &[u8],
    signature_header: &str,
    secret: &str,
    now_unix_s: i64,
) -> Result<WebhookFact, WebhookError> {
    // The signature is over bytes; a body that is not UTF-8 is not JSON, whoever signed it.
    let body = std::str::from_utf8(raw).map_err(|_| WebhookError::BadBody)?;
    if secret.is_empty() {
        return Err(WebhookError::BadSignature);
    }
    match Webhook::construct_event_with_timestamp(body, signature_header, secret, now_unix_s) {
        Ok(event) => understood(event, body),
        Err(stripe_webhook::WebhookError::BadHeader(_)) => Err(WebhookError::BadHeader),
        Err(stripe_webhook::WebhookError::BadTimestamp(_)) => Err(WebhookError::Stale),
        Err(stripe_webhook::WebhookError::BadParse(_)) => unknown(body),
        Err(_) => Err(WebhookError::BadSignature),
    }
}

/// Reads a webhook that was verified when it came and stored since.
pub fn parse_webhook(stored: &serde_json::Value) -> Result<WebhookFact, WebhookError> {
    let body = stored.to_string();
    match Webhook::insecure(&body) {
        Ok(event) => understood(event, &body),
        Err(_) => unknown(&body),
    }
}

fn understood(event: Event, body: &str) -> Result<WebhookFact, WebhookError> {
    let name = event.type_.as_str().to_owned();
    if name.starts_with(DISPUTES) {
        return unknown(body);
    }
    let kind = kind(event.data.object).unwrap_or(WebhookKind::Other(name));
    fact(event.id.to_string(), event.created, kind)
}

fn fact(id: String, created_unix_s: i64, kind: WebhookKind) -> Result<WebhookFact, WebhookError> {
    let created = DateTime::from_timestamp(created_unix_s, 0).ok_or(WebhookError::BadBody)?;
    Ok(WebhookFact { id, created, kind })
}

/// The facts that we act on: one of these that cannot be read must not be lost. Whatever else is only noted.
const KINDS_NEEDED: [&str; 6] = [
    "checkout.session.",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "refund.",
    "charge.refund.updated",
    DISPUTES,
];

/// Of a dispute we need three members out of a hundred: they are read by themselves, whatever the rest looks like.
const DISPUTES: &str = "charge.dispute.";

#[derive(Deserialize)]
struct DisputeEvent {
    data: DisputeData,
}

#[derive(Deserialize)]
struct DisputeData {
    object: DisputeObject,
}

#[derive(Deserialize)]
struct DisputeObject {
    payment_intent: Option<Reference>,
    status: String,
    #[serde(default)]
    reason: String,
}

/// An id, or the thing itself.
#[derive(Deserialize)]
#[serde(untagged)]
enum Reference {
    Id(String),
    Whole { id: String },
}

fn disputed(body: &str) -> Option<WebhookKind> {
    let DisputeObject { payment_intent, status, reason } =
        serde_json::from_str::<DisputeEvent>(body).ok()?.data.object;
    let intent = payment_intent.map(|(Reference::Id(id) | Reference::Whole { id })| IntentId(id));
    let decided = match status.as_str() {
        "won" | "warning_closed" | "prevented" => Some(true),
        "lost" => Some(false),
        _ => None,
    };
    Some(WebhookKind::Disputed { intent, decided, reason })
}

fn unknown(body: &str) -> Result<WebhookFact, WebhookError> {
    #[derive(Deserialize)]
    struct Envelope {
        id: String,
        created: i64,
        r#type: String,
    }
    let envelope: Envelope = serde_json::from_str(body).map_err(|_| WebhookError::BadBody)?;
    if envelope.r#type.starts_with(DISPUTES)
        && let Some(kind) = disputed(body)
    {
        return fact(envelope.id, envelope.created, kind);
    }
    let needed = KINDS_NEEDED.iter().any(|prefix| envelope.r#type.starts_with(prefix));
    let kind = if needed { WebhookKind::Unreadable } else { WebhookKind::Other };
    fact(envelope.id, envelope.created, kind(envelope.r#type))
}

fn kind(object: EventObject) -> Option<WebhookKind> {
    Some(match object {
        EventObject::CheckoutSessionCompleted(session)
        | EventObject::CheckoutSessionAsyncPaymentSucceeded(session) => session_completed(&session),
        // A transfer that failed after the page: as with an expired page, no money comes from it any more.
        EventObject::CheckoutSessionExpired(session)
        | EventObject::CheckoutSessionAsyncPaymentFailed(session) => WebhookKind::SessionExpired {
            session: SessionId(session.id.to_string()),
            order: session_order(&session),
        },
        EventObject::PaymentIntentSucceeded(intent) => WebhookKind::IntentSucceeded {
            order: order_of(&intent.metadata),
            amount: money(intent.amount_received, &intent.currency),
            intent: IntentId(intent.id.to_string()),
        },
        EventObject::PaymentIntentPaymentFailed(intent) => intent_failed(&intent),
        EventObject::RefundCreated(refund)
        | EventObject::RefundUpdated(refund)
        | EventObject::RefundFailed(refund)
        | EventObject::ChargeRefundUpdated(refund) => refund_updated(&refund),
        _ => return None,
    })
}

fn session_order(session: &CheckoutSession) -> Option<domain::ids::OrderId> {
    let metadata = session.metadata.as_ref().and_then(order_of);
    metadata.or_else(|| session.client_reference_id.as_ref()?.parse().ok())
}

fn session_completed(session: &CheckoutSession) -> WebhookKind {
    let amount = session.amount_total.zip(session.currency.as_ref());
    WebhookKind::SessionCompleted {
        session: SessionId(session.id.to_string()),
        order: session_order(session),
        intent: session.payment_intent.as_ref().map(|intent| IntentId(intent.id().to_string())),
        amount: amount.and_then(|(amount, currency)| money(amount, currency)),
        paid: session.payment_status == CheckoutSessionPaymentStatus::Paid,
    }
}

fn intent_failed(intent: &PaymentIntent) -> WebhookKind {
    let (code, message) = match &intent.last_payment_error {
        Some(errors) => decline(errors),
        None => ("card_declined".to_owned(), "The card was declined.".to_owned()),
    };
    WebhookKind::IntentFailed {
        intent: IntentId(intent.id.to_string()),
        order: order_of(&intent.metadata),
        code,
        message,
    }
}

fn refund_updated(refund: &Refund) -> WebhookKind {
    WebhookKind::RefundUpdated {
        intent: refund.payment_intent.as_ref().map(|intent| IntentId(intent.id().to_string())),
        order: refund.metadata.as_ref().and_then(order_of),
        refund: refund.metadata.as_ref().and_then(refund_of),
        amount: money(refund.amount, &refund.currency),
        state: refund_state(refund),
    }
}
