//! `/v1/payment_intents`.

use super::{
    Call, Refusal,
    sessions::{bounds, currency},
};
use crate::{
    cards::Card,
    form::{Form, Invalid},
    model::{Intent, IntentStatus},
    shape,
    state::{Attempt, fresh_id},
};
use serde_json::Value;

const KNOWN: &[&str] = &[
    "allowed_payment_method_types",
    "amount",
    "automatic_payment_methods",
    "capture_method",
    "confirm",
    "currency",
    "description",
    "error_on_requires_action",
    "expand",
    "metadata",
    "off_session",
    "payment_method",
    "payment_method_types",
    "receipt_email",
    "return_url",
];
const KNOWN_CONFIRM: &[&str] =
    &["error_on_requires_action", "expand", "off_session", "payment_method", "return_url"];

fn card(form: &Form) -> Result<Option<&'static Card>, Refusal> {
    let Some(method) = form.get("payment_method") else { return Ok(None) };
    let message = || format!("No such PaymentMethod: '{method}'");
    let found = Card::by_method(method);
    found.map(Some).ok_or_else(|| Invalid::new("payment_method", "resource_missing", message()).into())
}

pub(super) fn create(call: Call<'_>) -> Result<Value, Refusal> {
    let form = call.form;
    form.only(KNOWN)?;
    let amount = form.need_integer("amount")?;
    bounds("amount", amount)?;
    let card = card(form)?;
    let confirm = form.flag("confirm");
    if form.flag("error_on_requires_action") && !confirm {
        let message = "error_on_requires_action is allowed only with confirm=true.";
        return Err(Invalid::new("error_on_requires_action", "parameter_invalid", message).into());
    }
    let intent = Intent {
        id: fresh_id("pi_"),
        created: call.now,
        status: if card.is_some() {
            IntentStatus::RequiresConfirmation
        } else {
            IntentStatus::RequiresPaymentMethod
        },
        amount,
        currency: currency("currency", form.need("currency")?)?,
        description: form.text("description"),
        email: form.text("receipt_email"),
        metadata: form.map("metadata"),
        method: form.text("payment_method"),
        charge: None,
        failure: None,
        session: None,
        return_url: form.text("return_url"),
        refunded: 0,
        draft: None,
    };
    if confirm {
        return attempt(call, intent, card);
    }
    call.state.put_intent(intent.clone());
    Ok(shape::intent_with_action(&intent, call.base))
}

fn attempt(call: Call<'_>, intent: Intent, card: Option<&Card>) -> Result<Value, Refusal> {
    let Some(card) = card else {
        let message = "You cannot confirm this PaymentIntent because it's missing a payment method.";
        return Err(Refusal::state(Some("payment_intent_unexpected_state"), message));
    };
    let (ended, intent) = call.state.attempt(intent, card, call.now);
    match ended {
        Attempt::Paid => Ok(shape::intent(&intent)),
        Attempt::Challenged
            if call.form.flag("error_on_requires_action") || call.form.flag("off_session") =>
        {
            let code = "authentication_required";
            let intent = call.state.refuse(intent, code, Some(code), call.now);
            Err(Refusal::new(402, shape::card_error(&intent)))
        }
        Attempt::Challenged => Ok(shape::intent_with_action(&intent, call.base)),
        Attempt::Declined => Err(Refusal::new(402, shape::card_error(&intent))),
    }
}

fn find(call: &Call<'_>, id: &str) -> Result<Intent, Refusal> {
    call.state.intent(id).ok_or_else(|| Refusal::missing("payment_intent", id))
}

pub(super) fn retrieve(call: Call<'_>, id: &str) -> Result<Value, Refusal> {
    Ok(shape::intent_with_action(&find(&call, id)?, call.base))
}

pub(super) fn confirm(call: Call<'_>, id: &str) -> Result<Value, Refusal> {
    call.form.only(KNOWN_CONFIRM)?;
    let intent = find(&call, id)?;
    if matches!(intent.status, IntentStatus::Succeeded | IntentStatus::Canceled) || intent.session.is_some() {
        return Err(unexpected("confirm", &intent));
    }
    let card = card(call.form)?.or_else(|| intent.method.as_deref().and_then(Card::by_method));
    let intent = Intent { return_url: call.form.text("return_url").or(intent.return_url), ..intent };
    attempt(call, intent, card)
}

pub(super) fn cancel(call: Call<'_>, id: &str) -> Result<Value, Refusal> {
    let intent = find(&call, id)?;
    if matches!(intent.status, IntentStatus::Succeeded | IntentStatus::Canceled) || intent.session.is_some() {
        return Err(unexpected("cancel", &intent));
    }
    let intent = Intent { status: IntentStatus::Canceled, ..intent };
    call.state.put_intent(intent.clone());
    Ok(shape::intent(&intent))
}

fn unexpected(verb: &str, intent: &Intent) -> Refusal {
    let message =
        format!("You cannot {verb} this PaymentIntent because it has a status of {}.", intent.status.name());
    Refusal::state(Some("payment_intent_unexpected_state"), &message)
}

const LIMIT_MAX: i64 = 100;

/// Newest first, as Stripe lists them.
pub(super) fn list(call: Call<'_>) -> Result<Value, Refusal> {
    let form = call.form;
    form.only(&["created", "expand", "limit", "starting_after"])?;
    let limit = usize::try_from(form.integer("limit")?.unwrap_or(10).clamp(1, LIMIT_MAX)).unwrap_or(10);
    let since = form.integer("created[gte]")?.unwrap_or(i64::MIN);
    let after = form.get("starting_after");
    if let Some(id) = after {
        find(&call, id)?;
    }
    let mut page: Vec<Value> = call
        .state
        .intents_after(after)
        .filter(|i| i.created >= since)
        .take(limit + 1)
        .map(shape::intent)
        .collect();
    let has_more = page.len() > limit;
    page.truncate(limit);
    Ok(shape::list("/v1/payment_intents", page, has_more))
}
