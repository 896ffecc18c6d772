//! Refusals in words. Each says what happened, what it means for the money, and what to do next; the words are ours,
//! never the address bar's.

/// What to tell a person about a code: a headline, and what it means, for the money too.
pub fn words(code: &str) -> (&'static str, &'static str) {
    of_seats(code).or_else(|| of_checkout(code)).or_else(|| of_requests(code)).unwrap_or((
        "Something went wrong on our side",
        "No money was taken by this step. Try again in a moment; what was paid before stands on its order’s page.",
    ))
}

/// While seats are chosen.
fn of_seats(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "seats_unavailable" => (
            "Somebody was faster",
            "You hold what you held before, and no money was taken. Choose other seats.",
        ),
        "rule_broken" => (
            "One seat would be left alone",
            "This choice leaves a single free seat between taken ones. No money was taken; take that seat too, or move by one.",
        ),
        "limit_exceeded" => (
            "That is more than one buyer may hold",
            "No money was taken. Give a seat back before you take another.",
        ),
        "sold_out" => (
            "Sold out",
            "Nothing is left that could be taken, and no money was taken. What others give back shows here at once.",
        ),
        "no_block" => (
            "No block of that size is free",
            "No money was taken. Try fewer seats, another zone, or two smaller groups.",
        ),
        "not_on_sale" => (
            "Tickets are not on sale now",
            "No money was taken. The event’s page says why, and when that changes.",
        ),
        "nothing_chosen" => {
            ("No seat is chosen yet", "No money was taken. Tick the seats you want, then continue.")
        }
        "no_cookie" => (
            "Cookies are needed",
            "Your seats are kept for this browser by a cookie. No money was taken; allow it and try again.",
        ),
        _ => return None,
    })
}

/// While seats are paid for.
fn of_checkout(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "hold_expired" => (
            "Your time for these seats is over",
            "They are free again and no money was taken. You can try to take them back.",
        ),
        "extension_limit" => (
            "The time cannot be renewed again",
            "No money was taken. Go on to checkout before the time runs out.",
        ),
        "in_checkout" => (
            "These seats are being paid for",
            "You pay for them once at most. Finish the payment with “Continue”, or give all of them back first.",
        ),
        "payment_declined" => (
            "The bank declined the payment",
            "No money was taken and your seats are still held. Try another card.",
        ),
        "idempotency_mismatch" => (
            "This was sent before, with other details",
            "It was done once, and no money was taken a second time. Load the page again and look how it stands.",
        ),
        "not_refundable" | "refund_not_allowed" => (
            "This cannot be given back",
            "No money was moved. The order’s page says what is paid and what is on its way back.",
        ),
        _ => return None,
    })
}

/// Whatever is asked for.
fn of_requests(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "busy" => (
            "This did not work just now",
            "Very many people are buying, or a part of the house does not answer. Nothing was changed and no money was taken by this step. Try again in a moment.",
        ),
        "too_many_requests" => (
            "That was much at once",
            "Too many requests came from your network. Nothing was changed and no money was taken. Wait a moment and try again.",
        ),
        "not_found" => (
            "There is nothing here",
            "The address may be mistyped, or what it named is gone. No money was taken.",
        ),
        "unauthorized" => (
            "This page needs its key",
            "Open it with the whole link from your mail. Your tickets and your money are as they were.",
        ),
        "cross_origin" => (
            "This came from another site",
            "So nothing was done, and no money was taken. Open the page here and try again.",
        ),
        "body_too_large" => (
            "That was more than we can read",
            "Nothing was changed and no money was taken. Go back, make it shorter, and try again.",
        ),
        "invalid_request" | "invalid_query" | "unknown_field" | "malformed" | "malformed_body" => (
            "Something in the form is not right",
            "Nothing was changed and no money was taken. Look at the fields and try again.",
        ),
        "offline" => (
            "No connection",
            "The server did not answer. Nothing was changed and no money was taken; try again.",
        ),
        _ => return None,
    })
}

/// What helps most after a refusal, as the first link of its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The same once more.
    Again,
    /// The way back to an order.
    FindTickets,
    /// The catalogue.
    Events,
}

/// The way on after a code, where no page around it knows a better one.
fn way(code: &str) -> Way {
    match code {
        "unauthorized" | "not_refundable" | "refund_not_allowed" => Way::FindTickets,
        "not_found" | "not_on_sale" | "sold_out" => Way::Events,
        _ => Way::Again,
    }
}

/// Links after a refusal, the first the one that helps most: what is written on it, and where it leads. `again` is the
/// way to what was tried.
pub fn ways_on(code: &str, again: Option<(&'static str, String)>) -> [(&'static str, String); 2] {
    let events = ("See all events", "/".to_owned());
    let find = ("Find your tickets", "/tickets/find".to_owned());
    match (way(code), again) {
        (Way::Again, Some(again)) => [again, events],
        (Way::FindTickets, _) => [find, events],
        (Way::Again | Way::Events, _) => [events, find],
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use protocol::api::{Problem, SaleStatus};
    use services::Error;

    /// One of each kind. A kind that is added has no arm in `is_listed`, and does not compile until it is listed.
    fn kinds() -> Vec<Error> {
        let nothing = (Vec::new(), Vec::new(), Vec::new());
        vec![
            Error::NotFound("event"),
            Error::invalid("/a", "b"),
            Error::Unauthorized,
            Error::SeatsUnavailable { seats: nothing.0, areas: nothing.1, alternatives: nothing.2 },
            Error::SoldOut,
            Error::RuleBroken { seats: Vec::new(), alternatives: Vec::new() },
            Error::LimitExceeded { max: 1 },
            Error::NotOnSale { status: SaleStatus::Paused },
            Error::NoBlock { largest: Vec::new() },
            Error::HoldExpired,
            Error::HoldOrdered { order: domain::ids::OrderId(Default::default()) },
            Error::ExtensionLimit,
            Error::InCheckout,
            Error::IdempotencyMismatch,
            Error::PaymentDeclined { reason: String::new() },
            Error::NotRefundable { what: "the order" },
            Error::RefundNotAllowed {
                policy: domain::refund::Policy::STANDARD,
                until: Default::default(),
                reason: "too_late",
            },
            Error::Busy { retry_after_ms: 1 },
            Error::Internal { id: String::new() },
        ]
    }

    fn is_listed(error: &Error) -> bool {
        match error {
            Error::NotFound(_)
            | Error::Invalid(_)
            | Error::Unauthorized
            | Error::SeatsUnavailable { .. }
            | Error::SoldOut
            | Error::RuleBroken { .. }
            | Error::LimitExceeded { .. }
            | Error::NotOnSale { .. }
            | Error::NoBlock { .. }
            | Error::HoldExpired
            | Error::HoldOrdered { .. }
            | Error::ExtensionLimit
            | Error::InCheckout
            | Error::IdempotencyMismatch
            | Error::PaymentDeclined { .. }
            | Error::NotRefundable { .. }
            | Error::RefundNotAllowed { .. }
            | Error::Busy { .. }
            | Error::Internal { .. } => kinds().contains(error),
        }
    }

    /// Codes that no use case answers: of forms, of the server around them, of the browser.
    const OTHERS: [&str; 11] = [
        "nothing_chosen",
        "no_cookie",
        "too_many_requests",
        "cross_origin",
        "body_too_large",
        "malformed",
        "malformed_body",
        "invalid_query",
        "unknown_field",
        "offline",
        "what nobody has heard of",
    ];

    #[test]
    fn every_refusal_says_what_it_means_for_the_money_and_what_to_do() {
        let kinds = kinds();
        assert!(kinds.iter().all(is_listed));
        let codes = kinds.iter().map(|error| Problem::from(error).code).chain(OTHERS.map(str::to_owned));
        for code in codes {
            let (title, meaning) = words(&code);
            let text = meaning.to_lowercase();
            assert!(text.contains("money") || text.contains("pay"), "{code}: {meaning}");
            assert!(meaning.ends_with('.') && !title.ends_with('.'), "{code}");
            // One sentence for what happened is the title; the meaning ends in something to do.
            assert!(
                meaning.split(['.', ';', ',']).filter(|part| !part.trim().is_empty()).count() > 1,
                "{code}"
            );
        }
    }

    #[test]
    fn only_what_is_unknown_is_called_a_fault_of_ours() {
        let fault = words("internal").0;
        for error in kinds().iter().filter(|error| !matches!(error, Error::Internal { .. })) {
            assert_ne!(words(&Problem::from(error).code).0, fault, "{error}");
        }
    }
}
