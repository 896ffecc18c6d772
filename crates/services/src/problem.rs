//! Errors as RFC 9457 problem documents: the same for outside programs and for our own pages.

use crate::Error;
use domain::ids::SeatId;
use protocol::api::{Problem, SaleStatus};
use serde_json::{Map, Value, json};

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let (status, code, title, members) = describe(error);
        let members = match members {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        Self { members, ..Self::new(status, code, title, detail(error)) }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

fn describe(error: &Error) -> (u16, &'static str, &'static str, Value) {
    match error {
        Error::NotFound(_) => (404, "not_found", "Not found", Value::Null),
        Error::Invalid(problems) => {
            let list: Vec<Value> =
                problems.iter().map(|p| json!({ "pointer": p.pointer, "message": p.message })).collect();
            (422, "invalid_request", "The request is not valid", json!({ "problems": list }))
        }
        Error::Unauthorized => (401, "unauthorized", "Proof needed", Value::Null),
        Error::SeatsUnavailable { seats, areas, alternatives } => {
            let seats: Vec<Value> =
                seats.iter().map(|(id, state)| json!({ "id": id, "reason": state })).collect();
            let areas: Vec<Value> = areas
                .iter()
                .map(|(id, left)| json!({ "id": id, "reason": "full", "available": left }))
                .collect();
            let members = json!({ "seats": seats, "areas": areas, "alternatives": alternatives });
            (409, "seats_unavailable", "Seats unavailable", members)
        }
        Error::SoldOut => (409, "sold_out", "Sold out", json!({ "waitlist": false })),
        Error::RuleBroken { seats, alternatives } => {
            let members =
                json!({ "rule": "no_single_seat", "seats": ids(seats), "alternatives": alternatives });
            (409, "rule_broken", "A rule of the event forbids this", members)
        }
        Error::LimitExceeded { max } => (422, "limit_exceeded", "Too many at once", json!({ "max": max })),
        Error::NotOnSale { status } => (409, "not_on_sale", "Not on sale", json!({ "sale_status": status })),
        Error::NoBlock { largest } => (
            409,
            "no_block",
            "No block of that size",
            json!({ "largest": ids(largest), "largest_size": largest.len() }),
        ),
        Error::HoldExpired => (410, "hold_expired", "The hold has expired", Value::Null),
        // The contract knows one code for a hold that is over.
        Error::HoldOrdered { order } => {
            (410, "hold_expired", "The hold has become an order", json!({ "order_id": order }))
        }
        Error::ExtensionLimit => (409, "extension_limit", "No renewal left", Value::Null),
        Error::InCheckout => (409, "in_checkout", "Checkout is running", Value::Null),
        Error::IdempotencyMismatch => (422, "idempotency_mismatch", "Key used before", Value::Null),
        Error::PaymentDeclined { reason } => {
            (402, "payment_declined", "Payment declined", json!({ "reason": reason }))
        }
        Error::NotRefundable { what } => {
            (409, "not_refundable", "It cannot be given back", json!({ "what": what }))
        }
        Error::RefundNotAllowed { policy, until, reason } => (
            409,
            "refund_not_allowed",
            "It cannot be given back",
            json!({ "policy": policy, "reason": reason, "refundable_until": until }),
        ),
        Error::Busy { retry_after_ms } => {
            (429, "busy", "Too many requests", json!({ "retry_after_ms": retry_after_ms }))
        }
        Error::Internal { id } => {
            (503, "unavailable", "Something went wrong on our side", json!({ "id": id }))
        }
    }
}

fn ids(seats: &[SeatId]) -> Value {
    json!(seats)
}

/// The case in words: what happened, what it means, what to do next.
fn detail(error: &Error) -> String {
    match error {
        Error::Invalid(problems) => {
            problems.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join("; ")
        }
        Error::SeatsUnavailable { .. } => {
            "Somebody was faster. Nothing was taken; choose other seats.".into()
        }
        Error::RuleBroken { .. } => {
            "This would leave a single seat between taken ones. Nothing was taken; move by one seat.".into()
        }
        Error::NotOnSale { status } => match status {
            SaleStatus::Scheduled => "The sale has not opened yet.".into(),
            SaleStatus::Paused => "The sale is halted for the moment; the event's page says why.".into(),
            SaleStatus::Cancelled => "The event is cancelled.".into(),
            _ => "The sale is over.".into(),
        },
        Error::PaymentDeclined { .. } => {
            "The bank declined the payment. No money was taken and your seats are still held.".into()
        }
        Error::RefundNotAllowed { reason, .. } => match *reason {
            "too_late" => "The time for giving these tickets back is over. They stay good.".into(),
            "used" => "A ticket of these was used already. Nothing was changed.".into(),
            _ => "This order has no tickets that could be given back.".into(),
        },
        Error::HoldOrdered { .. } => {
            "Nothing is held any more: these seats went into an order, which tells how it ended.".into()
        }
        Error::HoldExpired => {
            "The time for these seats is over and they are free again. No money was taken.".into()
        }
        other => {
            let text = other.to_string();
            let mut chars = text.chars();
            chars.next().map(|c| c.to_uppercase().chain(chars).collect::<String>() + ".").unwrap_or_default()
        }
    }
}
