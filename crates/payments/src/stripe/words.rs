//! Our words in Stripe's and back: money, metadata, outcomes.

use super::seen::{self, Metadata};
use crate::{ChargeOutcome, GatewayError, IntentId, RefundId, RefundState};
use domain::{
    ids::{OrderId, RefundId as OurRefundId},
    money::{Currency, Money},
};
use std::str::FromStr;

const ORDER_KEY: &str = "order_id";
const REFUND_KEY: &str = "refund_id";
/// The status of a payment whose money is taken, and of a refund that went through.
pub(super) const SUCCEEDED: &str = "succeeded";

/// The metadata that every object of an order carries.
pub(crate) fn metadata(order: OrderId) -> Metadata {
    Metadata::from([(ORDER_KEY.to_owned(), order.to_string())])
}

/// The metadata of a refund.
pub(crate) fn refund_metadata(order: OrderId, refund: OurRefundId) -> Metadata {
    let mut metadata = metadata(order);
    metadata.insert(REFUND_KEY.to_owned(), refund.to_string());
    metadata
}

/// Our name of a refund, when it is one of ours.
pub(crate) fn refund_of(metadata: Option<&Metadata>) -> Option<OurRefundId> {
    metadata?.get(REFUND_KEY)?.parse().ok()
}

/// The order that an object belongs to, when it is one of ours.
pub(crate) fn order_of(metadata: Option<&Metadata>) -> Option<OrderId> {
    metadata?.get(ORDER_KEY)?.parse().ok()
}

pub(crate) fn currency(currency: Currency) -> stripe_types::Currency {
    match stripe_types::Currency::from_str(&currency.code().to_ascii_lowercase()) {
        Ok(currency) => currency,
        Err(never) => match never {},
    }
}

/// Stripe counts these two in hundredths although ISO 4217 gives them no minor unit.
fn hundredths(currency: Currency) -> bool {
    matches!(currency.code(), "ISK" | "UGX")
}

/// The amount as Stripe counts it.
pub(crate) fn amount(money: Money) -> i64 {
    if hundredths(money.currency) { money.minor.saturating_mul(100) } else { money.minor }
}

/// An amount of Stripe's as we count it.
pub(crate) fn money(amount: i64, currency: &str) -> Option<Money> {
    let currency = Currency::parse(&currency.to_ascii_uppercase()).ok()?;
    let minor = if hundredths(currency) { amount / 100 } else { amount };
    Some(Money::new(minor, currency))
}

/// What a payment brought, if it is told.
pub(crate) fn received(intent: &seen::Intent) -> Option<Money> {
    money(intent.amount_received?, &intent.currency)
}

/// A refused card: the bank's own reason first.
pub(crate) fn decline(failure: &seen::Failure) -> (String, String) {
    let code = failure.decline_code.as_ref().or(failure.code.as_ref());
    let code = code.map_or("card_declined", String::as_str).to_owned();
    let message = failure.message.clone().unwrap_or_else(|| "The card was declined.".to_owned());
    (code, message)
}

/// How a payment stands.
pub(crate) fn outcome(intent: &seen::Intent) -> ChargeOutcome {
    let id = IntentId(intent.id.clone());
    match intent.status.as_str() {
        SUCCEEDED => ChargeOutcome::Captured { intent: id },
        "requires_action" => ChargeOutcome::RequiresAction { intent: id },
        "canceled" | "requires_payment_method" | "requires_confirmation" => {
            let (code, message) = match &intent.last_payment_error {
                Some(failure) => decline(failure),
                None => (intent.status.clone(), "The payment was not completed.".to_owned()),
            };
            ChargeOutcome::Declined { code, message }
        }
        _ => ChargeOutcome::Processing { intent: id },
    }
}

/// Whether the money of a page's payment is there.
pub(crate) fn is_paid(session: &seen::Session) -> bool {
    session.payment_status == "paid"
}

/// What a page takes.
pub(crate) fn session_total(session: &seen::Session) -> Option<Money> {
    money(session.amount_total?, session.currency.as_ref()?)
}

/// The payment behind a page, once there is one.
pub(crate) fn session_intent(session: &seen::Session) -> Option<IntentId> {
    session.payment_intent.as_ref().map(|intent| intent.id().into())
}

/// How a refund stands.
pub(crate) fn refund_state(refund: &seen::Refund) -> RefundState {
    let id = RefundId(refund.id.clone());
    match refund.status.as_deref() {
        Some(SUCCEEDED) => RefundState::Succeeded { refund: id },
        Some(status @ ("failed" | "canceled")) => {
            let reason = refund.failure_reason.clone().unwrap_or_else(|| status.to_owned());
            RefundState::Failed { refund: id, reason }
        }
        _ => RefundState::Pending { refund: id },
    }
}

/// An answer that lacks what it must have.
pub(crate) fn unreadable(what: &str) -> GatewayError {
    GatewayError::Unreachable(format!("the answer lacks {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_come_back_as_they_went() {
        for (code, minor, at_stripe) in [
            ("EUR", 4_550, 4_550),
            ("JPY", 900, 900),
            ("ISK", 900, 90_000),
            ("UGX", 5, 500),
            ("KWD", 1_230, 1_230),
        ] {
            let ours = Money::new(minor, Currency::parse(code).unwrap());
            assert_eq!(amount(ours), at_stripe, "{code}");
            assert_eq!(money(at_stripe, &currency(ours.currency).to_string()), Some(ours), "{code}");
        }
    }
}
