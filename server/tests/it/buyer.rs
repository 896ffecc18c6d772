//! What buyers do, in the words of the contract.

use crate::client::{Call, Client};
use serde_json::{Value, json};
use uuid::Uuid;

/// A fresh name for a request.
pub fn fresh() -> String {
    Uuid::new_v4().to_string()
}

/// A request for these seats.
pub fn wish(seats: &[String]) -> Value {
    json!({ "client_reservation_id": fresh(), "seat_ids": seats })
}

/// A request for places on the floor.
pub fn standing(quantity: u32) -> Value {
    json!({ "client_reservation_id": fresh(), "areas": [{ "area_id": "FLOOR", "quantity": quantity }] })
}

/// A hold that was made.
#[derive(Clone, Debug)]
pub struct Held {
    pub id: String,
    pub token: String,
    pub view: Value,
}

impl Held {
    pub fn read(view: Value) -> Self {
        let text = |name: &str| view[name].as_str().unwrap().to_owned();
        Self { id: text("hold_id"), token: text("hold_token"), view }
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/reservations/{}{rest}", self.id)
    }
}

/// Asks for a hold of an event.
pub fn ask(http: &Client, event: impl std::fmt::Display, wish: &Value) -> Call {
    http.post(&format!("/api/v1/events/{event}/reservations"), wish)
}

/// Holds, which must succeed.
pub async fn hold(http: &Client, event: impl std::fmt::Display, wish: &Value) -> Held {
    Held::read(ask(http, event, wish).expect(201).await)
}

/// Who buys, paying by `method` or on a hosted page.
pub fn order(key: &str, method: Option<&str>) -> Value {
    let buyer = json!({ "name": "Test Buyer", "email": "buyer@example.com" });
    match method {
        Some(method) => json!({ "idempotency_key": key, "buyer": buyer, "payment_token": method }),
        None => json!({ "idempotency_key": key, "buyer": buyer }),
    }
}

/// Places and pays.
pub fn commit(http: &Client, held: &Held, order: &Value) -> Call {
    http.post(&held.path("/commit"), order).bearer(&held.token)
}

/// Buys with a good card, which must succeed.
pub async fn buy(http: &Client, held: &Held) -> Value {
    commit(http, held, &order(&fresh(), Some("pm_card_visa"))).expect(200).await
}

/// Fills the sandbox's payment page in; the answer redirects to the order.
pub fn pay_page(http: &Client, url: &str, number: &str) -> Call {
    let form = format!("number={}&expiry=12%2F34&cvc=123&name=Test+Buyer", number.replace(' ', "+"));
    http.call(axum::http::Method::POST, url).body("application/x-www-form-urlencoded", form)
}

/// The order, as whoever has the hold's token sees it.
pub fn look(http: &Client, order: &str, token: &str) -> Call {
    http.get(&format!("/api/v1/orders/{order}")).bearer(token)
}
