//! `/v1/refunds`.

use super::{Call, Refusal};
use crate::{form::Invalid, shape, state::RefundError};
use serde_json::Value;

const KNOWN: &[&str] = &["amount", "expand", "metadata", "payment_intent", "reason"];

pub(super) fn create(call: Call<'_>) -> Result<Value, Refusal> {
    let form = call.form;
    form.only(KNOWN)?;
    let id = form.need("payment_intent")?;
    let intent = call.state.intent(id).ok_or_else(|| Refusal::missing("payment_intent", id))?;
    let amount = form.integer("amount")?;
    if amount.is_some_and(|amount| amount <= 0) {
        return Err(Invalid::new("amount", "parameter_invalid_integer", "Invalid positive integer").into());
    }
    let made = call.state.give_back(intent, amount, form.map("metadata"), form.text("reason"), call.now);
    made.map(|refund| shape::refund(&refund)).map_err(|error| match error {
        RefundError::NotPaid => Refusal::state(
            Some("payment_intent_unexpected_state"),
            "This PaymentIntent does not have a successful charge to refund.",
        ),
        RefundError::AlreadyRefunded => {
            Refusal::state(Some("charge_already_refunded"), "The charge has already been refunded.")
        }
        RefundError::TooMuch => Invalid::new(
            "amount",
            "amount_too_large",
            "Refund amount is greater than unrefunded amount on charge",
        )
        .into(),
    })
}

pub(super) fn retrieve(call: Call<'_>, id: &str) -> Result<Value, Refusal> {
    let refund = call.state.refund(id).ok_or_else(|| Refusal::missing("refund", id))?;
    Ok(shape::refund(&refund))
}
