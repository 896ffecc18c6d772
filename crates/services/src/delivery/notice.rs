//! Which message a fact calls for.

use domain::ids::{EventId, OrderId};
use notifications::Template;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store_pg::facts::Fact;

/// Whom a message concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The buyer of this order.
    Order(OrderId),
    /// Everybody who has a completed order of this event.
    Event(EventId),
}

/// A message that a fact calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) template: Template,
    pub(super) about: About,
}

impl Notice {
    /// What a fact calls for; `None` for facts that nobody is told of, and those of a later version.
    pub(super) fn of(fact: &Fact) -> Option<Self> {
        if fact.version != 1 {
            return None;
        }
        let payload = &fact.payload;
        let order = |template| Some(Self { template, about: About::Order(read(payload, "order")?) });
        let event = |template| Some(Self { template, about: About::Event(read(payload, "event")?) });
        match fact.kind.as_str() {
            "order_completed" => order(Template::Tickets),
            "tickets_resend" => order(Template::TicketsResent),
            "ticket_link" => order(Template::TicketLink),
            "order_lapsing" => order(Template::HoldLapsing),
            // Who gives an order up has just seen so; who let its time pass has not.
            "order_released" if payload["status"] == "expired" => order(Template::PaymentFailed),
            "payment_surplus" => order(Template::LatePayment),
            "refund_sent" => order(Template::RefundPending),
            "refund_succeeded" => order(Template::RefundDone),
            "refund_failed" => order(Template::RefundFailed),
            "event_status" if payload["change"]["to"] == "cancelled" => event(Template::EventCancelled),
            "event_changed" => event(Template::EventChanged),
            _ => None,
        }
    }
}

/// A typed value of a payload.
pub(super) fn read<T: DeserializeOwned>(payload: &Value, name: &str) -> Option<T> {
    serde_json::from_value(payload.get(name)?.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use serde_json::json;
    use uuid::Uuid;

    fn notice(kind: &str, version: i32, payload: Value) -> Option<Notice> {
        Notice::of(&Fact { id: 1, kind: kind.into(), version, payload, created_at: clock::now() })
    }

    #[test]
    fn each_fact_calls_for_its_message() {
        let id = Uuid::from_u128(7);
        let payload = |more: Value| {
            let mut payload = json!({ "order": id, "event": id });
            payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            payload
        };
        let table = [
            ("order_completed", json!({}), Some(Template::Tickets)),
            ("order_placed", json!({}), None),
            ("order_lapsing", json!({}), Some(Template::HoldLapsing)),
            ("order_released", json!({ "status": "expired" }), Some(Template::PaymentFailed)),
            ("order_released", json!({ "status": "cancelled" }), None),
            ("payment_surplus", json!({}), Some(Template::LatePayment)),
            ("refund_failed", json!({}), Some(Template::RefundFailed)),
            ("event_status", json!({ "change": { "to": "cancelled" } }), Some(Template::EventCancelled)),
            ("event_status", json!({ "change": { "to": "paused" } }), None),
            ("event_changed", json!({ "before": {} }), Some(Template::EventChanged)),
            ("something_new", json!({}), None),
        ];
        for (kind, more, template) in table {
            let found = notice(kind, 1, payload(more)).map(|notice| notice.template);
            assert_eq!(found, template, "{kind}");
        }
        assert_eq!(notice("order_completed", 2, payload(json!({}))), None, "a form that is not known");
        assert_eq!(notice("order_completed", 1, json!({ "order": 7 })), None, "no order");
    }
}
