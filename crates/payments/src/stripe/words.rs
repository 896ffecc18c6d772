//! Our words in Stripe's and back: money, metadata, outcomes.

use crate::{ChargeOutcome, GatewayError, IntentId, RefundId, RefundState};
use domain::{
    ids::{OrderId, RefundId as OurRefundId},
    money::{Currency, Money},
};
use std::{collections::HashMap, str::FromStr};
use stripe_shared::{ApiErrors, PaymentIntent, PaymentIntentStatus};

const ORDER_KEY: &str = "order_id";
const REFUND_KEY: &str = "refund_id";

/// The metadata that every object of an order carries.
pub(crate) fn metadata(order: OrderId) -> HashMap<String, String> {
    HashMap::from([(ORDER_KEY.to_owned(), order.to_string())])
}

/// The metadata of a refund.
pub(crate) fn refund_metadata(order: OrderId, refund: OurRefundId) -> HashMap<String, String> {
    let mut metadata = metadata(order);
    metadata.insert(REFUND_KEY.to_owned(), refund.to_string());
    metadata
}

/// Our name of a refund, when it is one of ours.
pub(crate) fn refund_of(metadata: &HashMap<String, String>) -> Option<OurRefundId> {
    metadata.get(REFUND_KEY)?.parse().ok()
}

/// The order that an object belongs to, when it is one of ours.
pub(crate) fn order_of(metadata: &HashMap<String, String>) -> Option<OrderId> {
    metadata.get(ORDER_KEY)?.parse().ok()
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
pub(crate) fn money(amount: i64, currency: &stripe_types::Currency) -> Option<Money> {
    let currency = Currency::parse(&currency.to_string().to_ascii_uppercase()).ok()?;
    let minor = if hundredths(currency) { amount / 100 } else { amount };
    Some(Money::new(minor, currency))
}

/// A refused card: the bank's own reason first.
pub(crate) fn decline(errors: &ApiErrors) -> (String, String) {
    let code = errors
        .decline_code
        .clone()
        .or_else(|| errors.code.as_ref().map(|code| code.as_str().to_owned()))
        .unwrap_or_else(|| "card_declined".to_owned());
    let message = errors.message.clone().unwrap_or_else(|| "The card was declined.".to_owned());
    (code, message)
}

/// How a payment stands.
pub(crate) fn outcome(intent: &PaymentIntent) -> ChargeOutcome {
    let id = IntentId(intent.id.to_string());
    match &intent.status {
        PaymentIntentStatus::Succeeded => ChargeOutcome::Captured { intent: id },
        PaymentIntentStatus::RequiresAction => ChargeOutcome::RequiresAction { intent: id },
        PaymentIntentStatus::Canceled
        | PaymentIntentStatus::RequiresPaymentMethod
        | PaymentIntentStatus::RequiresConfirmation => {
            let (code, message) = match &intent.last_payment_error {
                Some(errors) => decline(errors),
                None => (intent.status.as_str().to_owned(), "The payment was not completed.".to_owned()),
            };
            ChargeOutcome::Declined { code, message }
        }
        _ => ChargeOutcome::Processing { intent: id },
    }
}

/// How a refund stands.
pub(crate) fn refund_state(refund: &stripe_shared::Refund) -> RefundState {
    let id = RefundId(refund.id.to_string());
    match refund.status.as_deref() {
        Some("succeeded") => RefundState::Succeeded { refund: id },
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
            assert_eq!(money(at_stripe, &currency(ours.currency)), Some(ours), "{code}");
        }
    }
}
