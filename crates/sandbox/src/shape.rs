//! Objects in Stripe's JSON, with every field that its clients insist on.

use crate::{
    cards::decline_message,
    form::Invalid,
    model::{Account, Event, Failure, Intent, IntentStatus, Refund, Session, SessionStatus},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The version of Stripe's API that the objects follow.
pub(crate) const API_VERSION: &str = "2026-09-30.endive";

/// A Checkout Session; `base` is given where its address may be shown.
pub(crate) fn session(session: &Session, base: Option<&str>) -> Value {
    let open = session.status == SessionStatus::Open;
    let url = base.filter(|_| open).map(|base| format!("{base}/pay/{}", session.id));
    json!({
        "id": session.id, "object": "checkout.session", "livemode": false,
        "created": session.created, "expires_at": session.expires_at,
        "status": session.status, "mode": "payment", "ui_mode": "hosted_page",
        "payment_status": if session.status == SessionStatus::Complete { "paid" } else { "unpaid" },
        "payment_intent": session.intent, "payment_method_types": ["card"],
        "amount_subtotal": session.amount, "amount_total": session.amount, "currency": session.currency,
        "customer_email": session.email, "client_reference_id": session.client_reference_id,
        "customer_details": session.email.as_ref().map(|email| json!({
            "email": email, "address": null, "name": null, "phone": null, "tax_exempt": "none", "tax_ids": null,
        })),
        "metadata": session.metadata, "success_url": session.success_url, "cancel_url": session.cancel_url,
        "url": url,
        "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
        "billing_address_collection": null, "consent": null, "consent_collection": null,
        "custom_fields": [], "shipping_options": [],
        "custom_text": {
            "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null,
        },
        "customer": null, "invoice": null, "payment_link": null, "setup_intent": null, "subscription": null,
        "phone_number_collection": { "enabled": false },
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
    })
}

/// A PaymentIntent.
pub(crate) fn intent(intent: &Intent) -> Value {
    let paid = intent.status == IntentStatus::Succeeded;
    json!({
        "id": intent.id, "object": "payment_intent", "livemode": false, "created": intent.created,
        "status": intent.status.name(), "amount": intent.amount, "amount_capturable": 0,
        "amount_received": if paid { intent.amount } else { 0 }, "currency": intent.currency,
        "capture_method": "automatic_async", "confirmation_method": "automatic",
        "client_secret": format!("{}_secret_sandbox", intent.id),
        "description": intent.description, "receipt_email": intent.email, "metadata": intent.metadata,
        "payment_method": null, "payment_method_types": ["card"],
        "automatic_payment_methods": { "enabled": true, "allow_redirects": "never" },
        "latest_charge": intent.charge,
        "last_payment_error": intent.failure.as_ref().map(failure),
        "canceled_at": null, "cancellation_reason": null, "customer": null, "next_action": null,
        "processing": null, "review": null, "setup_future_usage": null, "shipping": null,
    })
}

/// A PaymentIntent that shows the way to its challenge.
pub(crate) fn intent_with_action(of: &Intent, base: &str) -> Value {
    let mut value = intent(of);
    if of.status == IntentStatus::RequiresAction {
        let url = format!("{base}/authenticate/{}", of.id);
        value["next_action"] = json!({ "type": "redirect_to_url", "redirect_to_url": { "url": url, "return_url": of.return_url } });
    }
    value
}

/// A Refund.
pub(crate) fn refund(refund: &Refund) -> Value {
    json!({
        "id": refund.id, "object": "refund", "created": refund.created, "status": refund.status,
        "amount": refund.amount, "currency": refund.currency, "payment_intent": refund.intent,
        "charge": refund.charge, "metadata": refund.metadata, "reason": refund.reason,
        "failure_reason": (refund.status == "failed").then_some("expired_or_canceled_card"),
        "balance_transaction": null, "receipt_number": null,
    })
}

/// A Dispute.
pub(crate) fn dispute(id: &str, of: &Intent, status: &str, now: i64) -> Value {
    json!({
        "id": id, "object": "dispute", "amount": of.amount, "currency": of.currency, "charge": of.charge,
        "payment_intent": of.id, "created": now, "status": status, "reason": "fraudulent", "livemode": false,
        "is_charge_refundable": false, "metadata": {}, "balance_transactions": [], "network_reason_code": null,
        "enhanced_eligibility_types": [], "evidence": { "enhanced_evidence": {} },
        "evidence_details": {
            "due_by": null, "enhanced_eligibility": {}, "has_evidence": false, "past_due": false,
            "submission_count": 0,
        },
    })
}

/// An Event.
pub(crate) fn event(event: &Event) -> Value {
    json!({
        "id": event.id, "object": "event", "api_version": API_VERSION, "created": event.created,
        "data": { "object": event.object }, "livemode": false,
        "pending_webhooks": i32::from(!event.settled), "request": { "id": null, "idempotency_key": null },
        "type": event.kind,
    })
}

/// A list's page.
pub(crate) fn list(url: &str, data: Vec<Value>, has_more: bool) -> Value {
    json!({ "object": "list", "url": url, "has_more": has_more, "data": data })
}

fn failure(failure: &Failure) -> Value {
    let decline_code = failure.decline_code.as_deref();
    json!({
        "type": "card_error", "code": failure.code, "decline_code": decline_code, "charge": failure.charge,
        "message": decline_message(&failure.code, decline_code),
        "doc_url": format!("https://docs.stripe.com/error-codes/{}", failure.code.replace('_', "-")),
    })
}

/// A 402: the bank said no to this payment.
pub(crate) fn card_error(of: &Intent) -> Value {
    let mut error = of.failure.as_ref().map_or_else(|| json!({ "type": "card_error" }), failure);
    error["payment_intent"] = intent(of);
    json!({ "error": error })
}

/// A 400 that names the parameter.
pub(crate) fn invalid(invalid: &Invalid) -> Value {
    let param = (!invalid.param.is_empty()).then_some(&invalid.param);
    json!({ "error": {
        "type": "invalid_request_error", "code": invalid.code, "message": invalid.message, "param": param,
    } })
}

/// Any other error.
pub(crate) fn error(kind: &str, code: Option<&str>, message: &str) -> Value {
    json!({ "error": { "type": kind, "code": code, "message": message } })
}

/// What every order brought in.
pub(crate) fn ledger(accounts: &BTreeMap<String, Account>, webhooks_pending: usize) -> Value {
    let captured: i64 = accounts.values().map(|account| account.captured).sum();
    let refunded: i64 = accounts.values().map(|account| account.refunded).sum();
    let payments: u32 = accounts.values().map(|account| account.payments).sum();
    json!({
        "captured": captured, "refunded": refunded, "payments": payments, "orders": accounts,
        "webhooks_pending": webhooks_pending,
    })
}
