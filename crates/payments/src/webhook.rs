//! Webhooks: verified on the bytes as they came, then put into our words.

use crate::{
    IntentId, SessionId, WebhookError, WebhookFact, WebhookKind,
    stripe::{seen, words},
};
use chrono::DateTime;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use stripe_webhook::Webhook;

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
        // Signed by the provider; what it says, we read ourselves.
        Ok(_) | Err(stripe_webhook::WebhookError::BadParse(_)) => {
            read(serde_json::from_str(body).map_err(|_| WebhookError::BadBody)?)
        }
        Err(stripe_webhook::WebhookError::BadHeader(_)) => Err(WebhookError::BadHeader),
        Err(stripe_webhook::WebhookError::BadTimestamp(_)) => Err(WebhookError::Stale),
        Err(_) => Err(WebhookError::BadSignature),
    }
}

/// Reads a webhook that was verified when it came and stored since.
pub fn parse_webhook(stored: &Value) -> Result<WebhookFact, WebhookError> {
    read(Event::deserialize(stored).map_err(|_| WebhookError::BadBody)?)
}

/// What every webhook has, and the thing that it is about.
#[derive(Deserialize)]
struct Event {
    id: String,
    created: i64,
    r#type: String,
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default)]
    object: Value,
}

/// One that we act on and cannot read must not be lost: it is kept as such. Whatever else is only noted.
fn read(event: Event) -> Result<WebhookFact, WebhookError> {
    let created = DateTime::from_timestamp(event.created, 0).ok_or(WebhookError::BadBody)?;
    let object = event.data.object;
    let kind = match event.r#type.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
            told(object, session_completed)
        }
        // A transfer that failed after the page: as with an expired page, no money comes from it any more.
        "checkout.session.expired" | "checkout.session.async_payment_failed" => told(object, session_expired),
        "payment_intent.succeeded" => told(object, intent_succeeded),
        "payment_intent.payment_failed" => told(object, intent_failed),
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            told(object, refund_updated)
        }
        name if name.starts_with("charge.dispute.") => told(object, disputed),
        name => Some(WebhookKind::Other(name.to_owned())),
    };
    let kind = kind.unwrap_or(WebhookKind::Unreadable(event.r#type));
    Ok(WebhookFact { id: event.id, created, kind })
}

fn told<T: DeserializeOwned>(object: Value, kind: impl Fn(T) -> WebhookKind) -> Option<WebhookKind> {
    serde_json::from_value(object).ok().map(kind)
}

fn session_order(session: &seen::Session) -> Option<domain::ids::OrderId> {
    let metadata = words::order_of(session.metadata.as_ref());
    metadata.or_else(|| session.client_reference_id.as_ref()?.parse().ok())
}

fn session_completed(session: seen::Session) -> WebhookKind {
    WebhookKind::SessionCompleted {
        order: session_order(&session),
        intent: words::session_intent(&session),
        amount: words::session_total(&session),
        paid: words::is_paid(&session),
        session: SessionId(session.id),
    }
}

fn session_expired(session: seen::Session) -> WebhookKind {
    WebhookKind::SessionExpired { order: session_order(&session), session: SessionId(session.id) }
}

fn intent_succeeded(intent: seen::Intent) -> WebhookKind {
    WebhookKind::IntentSucceeded {
        order: words::order_of(intent.metadata.as_ref()),
        amount: words::received(&intent),
        intent: IntentId(intent.id),
    }
}

fn intent_failed(intent: seen::Intent) -> WebhookKind {
    let (code, message) = match &intent.last_payment_error {
        Some(failure) => words::decline(failure),
        None => ("card_declined".to_owned(), "The card was declined.".to_owned()),
    };
    WebhookKind::IntentFailed {
        order: words::order_of(intent.metadata.as_ref()),
        intent: IntentId(intent.id),
        code,
        message,
    }
}

fn refund_updated(refund: seen::Refund) -> WebhookKind {
    WebhookKind::RefundUpdated {
        intent: refund.payment_intent.as_ref().map(|intent| intent.id().into()),
        order: words::order_of(refund.metadata.as_ref()),
        refund: words::refund_of(refund.metadata.as_ref()),
        amount: words::money(refund.amount, &refund.currency),
        state: words::refund_state(&refund),
    }
}

fn disputed(dispute: seen::Dispute) -> WebhookKind {
    let decided = match dispute.status.as_str() {
        "won" | "warning_closed" | "prevented" => Some(true),
        "lost" => Some(false),
        _ => None,
    };
    let intent = dispute.payment_intent.as_ref().map(|intent| intent.id().into());
    WebhookKind::Disputed { intent, decided, reason: dispute.reason }
}
