//! The published test cards and payment methods, and what each of them does.

/// What the bank does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Pays.
    Pays,
    /// Says no: Stripe's `code` and `decline_code`.
    Declines(&'static str, Option<&'static str>),
    /// Wants to see the buyer first, then pays.
    Challenges,
    /// Pays; a refund stays pending for a moment.
    PaysRefundsLate,
    /// Pays; a refund fails after a moment.
    PaysRefundsFail,
    /// Pays; the bank wants the money back, and it is decided so: for the seller or for the buyer.
    PaysThenDisputes {
        /// For the seller.
        won: bool,
    },
}

/// A test card.
#[derive(Debug)]
pub(crate) struct Card {
    pub number: &'static str,
    /// What the list on the payment page says.
    pub label: &'static str,
    /// The names that the API accepts for it.
    pub methods: &'static [&'static str],
    pub behaviour: Behaviour,
    /// Whether the payment page lists it.
    pub listed: bool,
}

const fn card(
    number: &'static str,
    label: &'static str,
    methods: &'static [&'static str],
    behaviour: Behaviour,
    listed: bool,
) -> Card {
    Card { number, label, methods, behaviour, listed }
}

use Behaviour::{Challenges, Declines, Pays, PaysRefundsFail, PaysRefundsLate, PaysThenDisputes};

/// All cards; the numbers are those that Stripe publishes for testing.
pub(crate) const CARDS: &[Card] = &[
    card("4242424242424242", "Succeeds", &["pm_card_visa", "tok_visa"], Pays, true),
    card(
        "4000000000000002",
        "Declined",
        &["pm_card_chargeDeclined", "pm_card_visa_chargeDeclined"],
        Declines("card_declined", Some("generic_decline")),
        true,
    ),
    card(
        "4000000000009995",
        "Declined: insufficient funds",
        &["pm_card_chargeDeclinedInsufficientFunds", "pm_card_visa_chargeDeclinedInsufficientFunds"],
        Declines("card_declined", Some("insufficient_funds")),
        true,
    ),
    card(
        "4000002500003155",
        "Asks for 3-D Secure",
        &["pm_card_authenticationRequired", "pm_card_authenticationRequiredOnSetup"],
        Challenges,
        true,
    ),
    card(
        "4000000000003220",
        "Asks for 3-D Secure 2",
        &["pm_card_threeDSecure2Required", "pm_card_threeDSecureRequired"],
        Challenges,
        true,
    ),
    card("5555555555554444", "Succeeds (Mastercard)", &["pm_card_mastercard", "tok_mastercard"], Pays, false),
    card(
        "4000000000000069",
        "Declined: expired card",
        &["pm_card_chargeDeclinedExpiredCard"],
        Declines("expired_card", None),
        false,
    ),
    card(
        "4000000000000127",
        "Declined: wrong CVC",
        &["pm_card_chargeDeclinedIncorrectCvc"],
        Declines("incorrect_cvc", None),
        false,
    ),
    card(
        "4000000000009987",
        "Declined: lost card",
        &["pm_card_visa_chargeDeclinedLostCard"],
        Declines("card_declined", Some("lost_card")),
        false,
    ),
    card("4000000000007726", "Succeeds, refunds later", &["pm_card_pendingRefund"], PaysRefundsLate, false),
    card(
        "4000000000000259",
        "Succeeds, then is disputed and lost",
        &["pm_card_createDispute"],
        PaysThenDisputes { won: false },
        false,
    ),
    // No published card wins a dispute by itself: there the seller's evidence decides.
    card(
        "4000000000002685",
        "Succeeds, then is disputed and won",
        &["pm_card_createDisputeWon"],
        PaysThenDisputes { won: true },
        false,
    ),
    card("4000000000005126", "Succeeds, refunds fail", &["pm_card_refundFail"], PaysRefundsFail, false),
];

impl Card {
    /// By the name of its payment method.
    pub(crate) fn by_method(method: &str) -> Option<&'static Self> {
        CARDS.iter().find(|card| card.methods.contains(&method))
    }

    /// By its number; spaces and dashes do not matter.
    pub(crate) fn by_number(number: &str) -> Option<&'static Self> {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        CARDS.iter().find(|card| card.number == digits)
    }

    /// `4242 4242 4242 4242`.
    pub(crate) fn spaced(&self) -> String {
        let (mut text, mut rest) = (String::new(), self.number);
        while let Some((four, more)) = rest.split_at_checked(4) {
            text.push_str(four);
            text.push(' ');
            rest = more;
        }
        text.push_str(rest);
        text.trim_end().to_owned()
    }
}

/// What the buyer reads when the bank says no.
pub(crate) fn decline_message(code: &str, decline_code: Option<&str>) -> &'static str {
    match (code, decline_code) {
        ("expired_card", _) => "Your card has expired.",
        ("incorrect_cvc", _) => "Your card's security code is incorrect.",
        (_, Some("insufficient_funds")) => "Your card has insufficient funds.",
        ("payment_intent_authentication_failure", _) => {
            "We are unable to authenticate your payment method. Please choose a different payment method and try again."
        }
        ("authentication_required", _) => "Your card was declined. This transaction requires authentication.",
        _ => "Your card was declined.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_found_by_number_and_by_method() {
        assert_eq!(Card::by_number("4242 4242-42424242").unwrap().behaviour, Pays);
        assert_eq!(Card::by_method("pm_card_threeDSecure2Required").unwrap().behaviour, Challenges);
        assert!(Card::by_number("4111111111111111").is_none() && Card::by_method("pm_real").is_none());
        assert_eq!(CARDS[0].spaced(), "4242 4242 4242 4242");
    }

    #[test]
    fn no_number_and_no_method_stands_twice() {
        let mut numbers: Vec<_> = CARDS.iter().map(|card| card.number).collect();
        let mut methods: Vec<_> = CARDS.iter().flat_map(|card| card.methods).collect();
        let counts = (numbers.len(), methods.len());
        numbers.sort_unstable();
        numbers.dedup();
        methods.sort_unstable();
        methods.dedup();
        assert_eq!((numbers.len(), methods.len()), counts);
    }
}
