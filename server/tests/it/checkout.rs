//! `POST /api/v1/reservations/{hold_id}/commit` with a payment method, and `GET /api/v1/orders/{id}`.

use crate::{
    buyer::{buy, commit, fresh, hold, look, order, standing, wish},
    house::{FLOOR_TOTAL, SEAT_TOTAL, seats},
    world::World,
};
use serde_json::{Value, json};
use url::Url;

#[tokio::test(flavor = "multi_thread")]
async fn a_good_card_buys_the_seats_at_once() {
    let world = World::new().await;
    let mut wanted = wish(&seats("A", 1..=2));
    wanted["areas"] = json!([{ "area_id": "FLOOR", "quantity": 1 }]);
    let held = hold(&world.http, world.event, &wanted).await;
    let paid = buy(&world.http, &held).await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["seats"], json!(["STALLS-A-1", "STALLS-A-2"]));
    let tickets = paid["tickets"].as_array().unwrap();
    assert_eq!(tickets.len(), 3);
    assert_eq!((&tickets[0]["seat_id"], &tickets[2]["seat_id"]), (&"STALLS-A-1".into(), &Value::Null));
    assert_eq!(world.money().await, 2 * SEAT_TOTAL + FLOOR_TOTAL);
    let order = look(&world.http, paid["order_id"].as_str().unwrap(), &held.token).expect(200).await;
    assert_eq!((&order["status"], &order["payment_status"]), (&"completed".into(), &"captured".into()));
    assert_eq!(order["refund_status"], "none");
    assert_eq!(order["total_amount"]["amount"], 2 * SEAT_TOTAL + FLOOR_TOTAL);
    assert_eq!(order["lines"].as_array().unwrap().len(), 3);
    assert_eq!(order["tickets"], paid["tickets"]);
    assert_eq!(order["pay_before"], Value::Null);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_keeps_the_hold_and_another_card_buys_it() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let refused = order("first", Some("pm_card_chargeDeclinedInsufficientFunds"));
    let problem = commit(&world.http, &held, &refused).refused(402, "payment_declined").await;
    assert_eq!(problem["reason"], "insufficient_funds");
    // The same request again is the same answer, and no second try at the bank.
    commit(&world.http, &held, &refused).refused(402, "payment_declined").await;
    world.http.get(&held.path("")).bearer(&held.token).expect(200).await;
    crate::buyer::ask(&world.http, world.event, &wish(&seats("A", 1..=2)))
        .refused(409, "seats_unavailable")
        .await;
    assert_eq!((world.money().await, world.tickets().await.len()), (0, 0));
    let second = order("second", Some("pm_card_chargeDeclined"));
    commit(&world.http, &held, &second).refused(402, "payment_declined").await;
    let paid = commit(&world.http, &held, &order("third", Some("pm_card_visa"))).expect(200).await;
    assert_eq!(paid["tickets"].as_array().unwrap().len(), 2);
    assert_eq!((world.money().await, world.payments().await), (2 * SEAT_TOTAL, 1));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_method_that_does_not_exist_takes_no_money_and_keeps_the_hold() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=1))).await;
    let reply = commit(&world.http, &held, &order("first", Some("pm_card_invented"))).send().await;
    assert_eq!(reply.status, 402, "{}", reply.text());
    reply.problem();
    assert_eq!(world.money().await, 0);
    buy(&world.http, &held).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_order_can_be_given_back() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let declined = order("first", Some("pm_card_chargeDeclined"));
    commit(&world.http, &held, &declined).refused(402, "payment_declined").await;
    world.http.delete(&held.path("")).bearer(&held.token).expect(204).await;
    world.settle().await;
    hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    commit(&world.http, &held, &order("late", Some("pm_card_visa"))).refused(410, "hold_expired").await;
    assert_eq!(world.money().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_checkout_is_told_every_wrong_field_and_leaves_the_hold_alone() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &standing(1)).await;
    let wrong = json!({
        "idempotency_key": "", "buyer": { "name": "", "email": "nobody" }, "payment_token": "'; drop table orders",
        "return_url": "https://elsewhere.example/",
    });
    let problem = commit(&world.http, &held, &wrong).refused(422, "invalid_request").await;
    let pointers: Vec<&str> =
        problem["problems"].as_array().unwrap().iter().map(|p| p["pointer"].as_str().unwrap()).collect();
    let expected = ["/idempotency_key", "/buyer/name", "/buyer/email", "/payment_token", "/return_url"];
    assert_eq!(pointers, expected);
    let mut unknown = order(&fresh(), None);
    unknown["coupon"] = "FREE".into();
    commit(&world.http, &held, &unknown).refused(400, "unknown_field").await;
    unknown = order(&fresh(), None);
    unknown["buyer"]["vip"] = true.into();
    commit(&world.http, &held, &unknown).refused(400, "unknown_field").await;
    buy(&world.http, &held).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_opens_to_its_token_and_its_key_and_to_nobody_else() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &standing(1)).await;
    let paid = buy(&world.http, &held).await;
    let stranger = hold(&world.http, world.event, &standing(1)).await;
    let id = paid["order_id"].as_str().unwrap();
    let page = Url::parse(paid["order_url"].as_str().unwrap()).unwrap();
    assert_eq!(page.path(), format!("/orders/{id}"));
    let path = format!("/api/v1/orders/{id}");
    world.http.get(&format!("{path}?{}", page.query().unwrap())).expect(200).await;
    look(&world.http, id, &held.token).expect(200).await;
    world.http.get(&path).refused(401, "unauthorized").await;
    world.http.get(&format!("{path}?key=wrong")).refused(401, "unauthorized").await;
    look(&world.http, id, &stranger.token).refused(401, "unauthorized").await;
    look(&world.http, id, "rubbish").refused(401, "unauthorized").await;
    let unknown = "01890000-0000-7000-8000-000000000000";
    look(&world.http, unknown, &held.token).refused(404, "not_found").await;
    look(&world.http, "no-id", &held.token).refused(404, "not_found").await;
}
