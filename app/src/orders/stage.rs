//! What a buyer wants to know first about an order.

use services::OrderPage;

/// Where an order stands, for its buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Tickets are there.
    Paid,
    /// The bank is being asked.
    Waiting,
    /// Nothing was paid yet, and it still can be.
    Unpaid,
    /// The last try to pay came to nothing; another may do.
    Declined,
    /// The money goes back.
    Refunding,
    /// Over, without money.
    Over,
}

/// From where the buyer came to the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By its address.
    Anywhere,
    /// The payment page, having paid: our own news of it may be a moment late.
    ThroughPayment,
    /// The payment page, without paying.
    BackFromPayment,
}

/// What the stage is read off.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing<'a> {
    /// The order's own status.
    pub order: &'a str,
    /// Its payment's.
    pub payment: &'a str,
    /// The last try to pay came to nothing.
    pub declined: bool,
    /// No way to pay is open.
    pub can_pay_again: bool,
    /// Money goes back.
    pub refunds: bool,
    /// Every ticket was given back.
    pub returned: bool,
}

impl<'a> From<&'a OrderPage> for Standing<'a> {
    fn from(page: &'a OrderPage) -> Self {
        Self {
            order: &page.order.status,
            payment: &page.order.payment_status,
            declined: page.declined.is_some(),
            can_pay_again: page.can_pay_again,
            refunds: !page.refunds.is_empty(),
            returned: !page.order.tickets.is_empty()
                && page.order.tickets.iter().all(|t| t.state == "voided"),
        }
    }
}

impl Stage {
    /// Whether the order may still be paid.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Unpaid | Self::Declined)
    }

    /// Reads it off the order's axes, and where the buyer comes from.
    pub fn of(now: Standing<'_>, origin: Origin) -> Self {
        match (now.order, now.payment) {
            ("completed", _) if now.returned && now.refunds => Self::Refunding,
            // Tickets that cost nothing: no money goes back.
            ("completed", _) if now.returned => Self::Over,
            ("completed", _) => Self::Paid,
            ("placed", "failed") if now.declined => Self::Declined,
            // Declined first, then paid with another card: who comes through is not told of the first.
            ("placed", _) if now.declined && origin != Origin::ThroughPayment => Self::Declined,
            ("placed", _)
                if now.payment == "failed" || now.can_pay_again || origin == Origin::BackFromPayment =>
            {
                Self::Unpaid
            }
            ("placed", _) => Self::Waiting,
            (_, "captured") => Self::Refunding,
            _ if now.refunds => Self::Refunding,
            _ => Self::Over,
        }
    }
}

/// What the bank said, for its buyer. What a thief should not learn stays unsaid.
pub fn reason_words(code: &str) -> &'static str {
    match code {
        "insufficient_funds" => "It says that there is not enough money behind the card.",
        "expired_card" => "It says that the card has expired.",
        "incorrect_cvc" | "invalid_cvc" => "It says that the security code was not right.",
        "incorrect_number" | "invalid_number" => "It says that there is no such card number.",
        "authentication_required" | "payment_intent_authentication_failure" => {
            "It could not make sure that it was you."
        }
        _ => "It gave no reason that we may pass on; your bank can tell you more.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(order: &str, payment: &str) -> Stage {
        Stage::of(Standing { order, payment, ..Standing::default() }, Origin::Anywhere)
    }

    #[test]
    fn money_without_tickets_is_never_called_over() {
        for (order, payment, expected) in [
            ("completed", "captured", Stage::Paid),
            ("placed", "pending", Stage::Waiting),
            ("placed", "captured", Stage::Waiting),
            ("placed", "failed", Stage::Unpaid),
            ("expired", "captured", Stage::Refunding),
            ("cancelled", "none", Stage::Over),
        ] {
            assert_eq!(stage(order, payment), expected, "{order} {payment}");
        }
        let returned =
            Standing { order: "completed", payment: "captured", refunds: true, ..Standing::default() };
        assert_eq!(Stage::of(returned, Origin::Anywhere), Stage::Paid, "some tickets are good");
        let returned = Standing { returned: true, ..returned };
        assert_eq!(Stage::of(returned, Origin::Anywhere), Stage::Refunding);
        let free = Standing { refunds: false, ..returned };
        assert_eq!(Stage::of(free, Origin::Anywhere), Stage::Over, "given back, and they had cost nothing");
        let back = Standing { order: "expired", payment: "none", refunds: true, ..Standing::default() };
        assert_eq!(Stage::of(back, Origin::Anywhere), Stage::Refunding);
    }

    #[test]
    fn a_decline_is_told_while_the_payment_page_is_open() {
        let open = Standing { order: "placed", payment: "pending", ..Standing::default() };
        assert_eq!(Stage::of(open, Origin::BackFromPayment), Stage::Unpaid);
        let declined = Standing { declined: true, ..open };
        let over = Standing { payment: "failed", ..declined };
        assert_eq!(Stage::of(over, Origin::ThroughPayment), Stage::Declined);
        assert_eq!(Stage::of(declined, Origin::BackFromPayment), Stage::Declined);
        assert_eq!(Stage::of(declined, Origin::Anywhere), Stage::Declined);
        assert_eq!(Stage::of(declined, Origin::ThroughPayment), Stage::Waiting, "paid with another card");
        let closed = Standing { can_pay_again: true, ..open };
        assert_eq!(Stage::of(closed, Origin::Anywhere), Stage::Unpaid);
    }

    #[test]
    fn a_lost_card_is_not_called_lost() {
        assert_eq!(reason_words("lost_card"), reason_words("generic_decline"));
        assert_ne!(reason_words("insufficient_funds"), reason_words("generic_decline"));
    }
}
