//! What an order's page says about money that goes back.

use crate::{components::notice::Notice, request};
use leptos::prelude::*;
use services::{MoneyBack, RefundState};

/// One notice a refund.
#[component]
pub fn MoneyBackNotices(
    /// The refunds; none yet when the money came a moment ago.
    refunds: Vec<MoneyBack>,
    /// The order is paid and has its tickets: this money came on top.
    twice: bool,
    /// The event does not take place.
    cancelled: bool,
    /// The order's number: who writes to us is asked for it.
    number: String,
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
            let why = match (refund.surplus, cancelled) {
                (true, _) => why,
                (false, true) => "The event was cancelled.",
                (false, false) => "Tickets of this order were given back.",
            };
            let number = number.clone();
            let failed = refund.state == RefundState::Failed;
            view! {
                <Notice tone title>
                    <p>{why}" "{rest}{failed.then(|| view! { " Please "<WriteToUs number=number.clone()/>": we send it another way." })}</p>
                </Notice>
            }
        })
        .collect_view()
        .into_any()
}

/// The page's headline when nothing is left of an order but its money.
pub fn money_title(refunds: &[MoneyBack]) -> &'static str {
    let any = |state| refunds.iter().any(|refund| refund.state == state);
    if any(RefundState::Failed) {
        "Your money is still with us"
    } else if !refunds.is_empty() && refunds.iter().all(|refund| refund.state == RefundState::Succeeded) {
        "Your money was sent back"
    } else {
        "Your money is on its way back"
    }
}

/// A link that opens a mail to the house.
#[component]
pub fn WriteToUs(
    /// The order that the mail is about.
    #[prop(into, optional)]
    number: String,
) -> impl IntoView {
    let address = request::contact();
    let subject = if number.is_empty() { String::new() } else { format!("?subject=Order%20{number}") };
    view! { <a href=format!("mailto:{address}{subject}")>"write to us"</a> }
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
            "The money is safe with us and still yours.",
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
        let whole = |states: &[RefundState]| {
            money_title(&states.iter().map(|state| refund(*state)).collect::<Vec<_>>())
        };
        assert_eq!(whole(&[]), "Your money is on its way back");
        assert_eq!(whole(&[RefundState::Succeeded, RefundState::Sent]), "Your money is on its way back");
        assert_eq!(whole(&[RefundState::Succeeded]), "Your money was sent back");
        assert_eq!(whole(&[RefundState::Succeeded, RefundState::Failed]), "Your money is still with us");
    }
}
