//! `/v1/checkout/sessions`.

use super::{Call, Refusal};
use crate::{
    form::{Form, Invalid},
    model::{Line, Session, SessionStatus},
    shape,
    state::fresh_id,
};
use serde_json::Value;

/// Stripe's bounds of `expires_at`.
const EXPIRES_S_MIN: i64 = 30 * 60;
const EXPIRES_S_MAX: i64 = 24 * 3_600;
const LINES_MAX: usize = 100;
/// The smallest payment, in minor units.
pub(super) const AMOUNT_MIN: i64 = 50;
/// The largest payment, in minor units.
pub(super) const AMOUNT_MAX: i64 = 99_999_999;

const KNOWN: &[&str] = &[
    "allowed_payment_method_types",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "currency",
    "customer_email",
    "expand",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_types",
    "submit_type",
    "success_url",
    "ui_mode",
];

pub(super) fn create(call: Call<'_>) -> Result<Value, Refusal> {
    let form = call.form;
    form.only(KNOWN)?;
    if form.need("mode")? != "payment" {
        return Err(Invalid::new("mode", "parameter_invalid", "The sandbox knows mode=payment alone.").into());
    }
    let (lines, currency) = lines(form)?;
    let amount = lines.iter().map(|line| line.unit_amount * line.quantity).sum();
    bounds("line_items", amount)?;
    let expires_at = form.integer("expires_at")?.unwrap_or(call.now + EXPIRES_S_MAX);
    if expires_at < call.now + EXPIRES_S_MIN || expires_at > call.now + EXPIRES_S_MAX {
        let message = "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from Checkout Session creation.";
        return Err(Invalid::new("expires_at", "parameter_invalid", message).into());
    }
    let session = Session {
        id: fresh_id("cs_test_"),
        created: call.now,
        expires_at,
        status: SessionStatus::Open,
        lines,
        amount,
        currency,
        email: form.text("customer_email"),
        success_url: address(form, "success_url")?.ok_or_else(|| missing("success_url"))?,
        cancel_url: address(form, "cancel_url")?,
        client_reference_id: form.text("client_reference_id"),
        metadata: form.map("metadata"),
        intent_metadata: form.map("payment_intent_data[metadata]"),
        intent_description: form.text("payment_intent_data[description]"),
        intent: None,
    };
    let answer = shape::session(&session, Some(call.base));
    call.state.put_session(session);
    Ok(answer)
}

fn missing(param: &str) -> Invalid {
    Invalid::new(param, "parameter_missing", format!("Missing required param: {param}."))
}

fn address(form: &Form, key: &str) -> Result<Option<String>, Invalid> {
    match form.get(key) {
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => Ok(Some(url.to_owned())),
        Some(_) => Err(Invalid::new(key, "url_invalid", "Not a valid URL")),
        None => Ok(None),
    }
}

fn lines(form: &Form) -> Result<(Vec<Line>, String), Invalid> {
    let indices = form.indices("line_items");
    if indices.is_empty() || indices.len() > LINES_MAX {
        return Err(Invalid::new("line_items", "parameter_missing", "One to 100 line items are needed."));
    }
    let mut lines = Vec::with_capacity(indices.len());
    let mut currencies: Vec<&str> = Vec::new();
    for ix in indices {
        let at = |tail: &str| format!("line_items[{ix}]{tail}");
        let line = Line {
            name: form.need(&at("[price_data][product_data][name]"))?.to_owned(),
            unit_amount: form.need_integer(&at("[price_data][unit_amount]"))?,
            quantity: form.integer(&at("[quantity]"))?.unwrap_or(1),
        };
        if !(0..=AMOUNT_MAX).contains(&line.unit_amount) || !(1..=999_999).contains(&line.quantity) {
            return Err(Invalid::new(
                &at(""),
                "parameter_invalid_integer",
                "The amount or quantity is out of range.",
            ));
        }
        lines.push(line);
        currencies.push(form.need(&at("[price_data][currency]"))?);
    }
    currencies.dedup();
    match currencies.as_slice() {
        [one] => Ok((lines, currency("line_items", one)?)),
        _ => Err(Invalid::new(
            "line_items",
            "parameter_invalid",
            "All line items must have the same currency.",
        )),
    }
}

/// Three letters, in lower case from here on.
pub(super) fn currency(param: &str, code: &str) -> Result<String, Invalid> {
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Ok(code.to_ascii_lowercase());
    }
    Err(Invalid::new(param, "parameter_invalid", format!("Invalid currency: {code}")))
}

pub(super) fn bounds(param: &str, amount: i64) -> Result<(), Invalid> {
    if amount < AMOUNT_MIN {
        return Err(Invalid::new(
            param,
            "amount_too_small",
            "The total amount is below the smallest payment of 50.",
        ));
    }
    if amount > AMOUNT_MAX {
        return Err(Invalid::new(
            param,
            "amount_too_large",
            "The total amount is above the largest payment.",
        ));
    }
    Ok(())
}

pub(super) fn retrieve(call: Call<'_>, id: &str) -> Result<Value, Refusal> {
    let session = call.state.session(id, call.now).ok_or_else(|| Refusal::missing("checkout.session", id))?;
    Ok(shape::session(&session, Some(call.base)))
}

pub(super) fn expire(call: Call<'_>, id: &str) -> Result<Value, Refusal> {
    let session = call.state.session(id, call.now).ok_or_else(|| Refusal::missing("checkout.session", id))?;
    let status = match session.status {
        SessionStatus::Open => {
            return Ok(shape::session(&call.state.expire(session, call.now), Some(call.base)));
        }
        SessionStatus::Complete => "complete",
        SessionStatus::Expired => "expired",
    };
    let message = format!(
        "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of {status}."
    );
    Err(Refusal::state(None, &message))
}
