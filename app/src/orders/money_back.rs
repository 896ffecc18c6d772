//! What an order's page says about money that goes back.

use crate::components::notice::Notice;
use leptos::prelude::*;
use services::{MoneyBack, RefundState};

/// One notice a refund.
#[component]
pub fn MoneyBackNotices(
    /// The refunds; none yet when the money came a moment ago.
    refunds: Vec<MoneyBack>,
    /// The order is paid and has its tickets: this money came on top.
    twice: bool,
) -> impl IntoView {
    let why = if twice {
        "More than one payment arrived for this order."
    } else {
        "Your payment arrived after the seats were gone."
    };
    if refunds.is_empty() && !twice {
        return view! {
            <Notice tone="warn" title="Your money goes back">
                <p>{why}" The whole amount goes back to the card you paid with; there is nothing you need to do."</p>
            </Notice>
        }
        .into_any();
    }
    refunds
        .into_iter()
        .map(|refund| {
            let (tone, title, rest) = words(refund);
            let why = if refund.surplus { why } else { "Tickets of this order were given back." };
            view! { <Notice tone title><p>{why}" "{rest}</p></Notice> }
        })
        .collect_view()
        .into_any()
}

fn words(refund: MoneyBack) -> (&'static str, String, &'static str) {
    let amount = refund.amount;
    match refund.state {
        RefundState::Requested => (
            "warn",
            format!("{amount} is to go back"),
            "Somebody looks at it first; this page tells what becomes of it.",
        ),
        RefundState::Approved | RefundState::Sent => (
            "warn",
            format!("{amount} is on its way back"),
            "It goes to the card you paid with, usually within five working days; there is nothing you need to do.",
        ),
        RefundState::Succeeded => (
            "good",
            format!("{amount} was sent back"),
            "It went to the card you paid with. Your bank usually shows it within five working days.",
        ),
        RefundState::Failed => (
            "bad",
            format!("Your bank did not take {amount} back"),
            "The money is safe with us and still yours. Write to us with your order number: we send it another way.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::{Currency, Money};

    #[test]
    fn a_refund_that_failed_is_not_called_sent() {
        let refund = |state| MoneyBack { amount: Money::new(4_500, Currency::EUR), state, surplus: true };
        let title = |state| words(refund(state)).1;
        assert_eq!(title(RefundState::Succeeded), "€45 was sent back");
        assert_eq!(title(RefundState::Sent), "€45 is on its way back");
        assert_eq!(title(RefundState::Approved), title(RefundState::Sent), "for its buyer it is on its way");
        assert_eq!(title(RefundState::Failed), "Your bank did not take €45 back");
    }
}
