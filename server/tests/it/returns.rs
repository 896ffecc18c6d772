//! Tickets given back: void, their seats free for others, their money on its way, whatever dies in between.

use crate::{
    buyer::{buy, hold, look, standing, wish},
    house::{FLOOR_TOTAL, SEAT_TOTAL, seat, seats},
    own_redis::OwnRedis,
    world::{Setup, World, eventually},
};
use domain::ids::{OrderId, TicketId};
use serde_json::{Value, json};
use services::{RefundState, clock};

fn id(order: &Value) -> OrderId {
    order["order_id"].as_str().unwrap().parse().unwrap()
}

fn tickets(order: &Value) -> Vec<TicketId> {
    let all = order["tickets"].as_array().unwrap();
    all.iter().map(|ticket| ticket["id"].as_str().unwrap().parse().unwrap()).collect()
}

async fn refund_status(world: &World, order: &Value, token: &str, status: &str) -> Value {
    eventually(&format!("refunded: {status}"), async || {
        let order = look(&world.http, order["order_id"].as_str().unwrap(), token).expect(200).await;
        (order["refund_status"] == status).then_some(order)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_returned_ticket_is_void_its_seat_is_sold_again_and_its_price_is_back() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let paid = buy(&world.http, &held).await;
    let first = tickets(&paid)[0];
    let ask = |tickets| world.services.request_refund(id(&paid), tickets, "ill", "staff:test");
    let (one, two) = tokio::join!(ask(Some(vec![first])), ask(Some(vec![first])));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.refund.unwrap().0, two.refund.unwrap().0, "asked twice, paid back once");
    assert!(one.repeated != two.repeated);
    let order = refund_status(&world, &paid, &held.token, "partial").await;
    assert_eq!(order["status"], "completed", "an order is never refunded");
    assert_eq!(
        (&order["tickets"][0]["state"], &order["tickets"][1]["state"]),
        (&"voided".into(), &"issued".into())
    );
    assert_eq!(world.money().await, SEAT_TOTAL);
    let page = world.http.get(paid["order_url"].as_str().unwrap()).send().await.text();
    assert!(page.contains("€45 was sent back") && page.contains("Your tickets are here"), "{page}");
    // Somebody else has the seat.
    let other = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    buy(&world.http, &other).await;
    // The rest goes back too.
    let rest = world.services.request_refund(id(&paid), None, "ill", "staff:test").await.unwrap();
    assert_eq!(rest.refund.unwrap().1.amount.minor, SEAT_TOTAL);
    refund_status(&world, &paid, &held.token, "full").await;
    assert_eq!((world.money().await, world.tickets().await.len()), (SEAT_TOTAL, 1));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_gives_a_ticket_back_over_http_once_and_sees_before_what_it_brings() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let paid = buy(&world.http, &held).await;
    let at = |rest: &str| format!("/api/v1/orders/{}/{rest}", id(&paid));
    let first = tickets(&paid)[0].to_string();
    let quote_path = at(&format!("refund-quote?ticket_ids={first}"));
    let quote = world.http.get(&quote_path).bearer(&held.token).expect(200).await;
    assert_eq!((&quote["ticket_ids"], &quote["amount"]["amount"]), (&json!([first]), &SEAT_TOTAL.into()));
    assert_eq!(quote["kept_fees"]["amount"], 0);
    let body = json!({ "ticket_ids": [first], "reason": "ill", "idempotency_key": "once" });
    let ask = |body: &Value| world.http.post(&at("refund"), body).bearer(&held.token);
    let (one, two) = (ask(&body).expect(200).await, ask(&body).expect(200).await);
    assert_eq!(one, two, "the same request has the same answer");
    assert_eq!(one["amount"], quote["amount"]);
    assert!(["pending", "succeeded"].contains(&one["status"].as_str().unwrap()), "{one}");
    let other = json!({ "reason": "ill", "idempotency_key": "once" });
    ask(&other).refused(422, "idempotency_mismatch").await;
    refund_status(&world, &paid, &held.token, "partial").await;
    assert_eq!(world.money().await, SEAT_TOTAL);
    // What is left now.
    let rest = world.http.get(&at("refund-quote")).bearer(&held.token).expect(200).await;
    assert_eq!(rest["amount"]["amount"], SEAT_TOTAL);
    // Bad input, strangers, and tickets of nobody.
    ask(&json!({ "reason": " ", "idempotency_key": "a" })).refused(422, "invalid_request").await;
    ask(&json!({ "reason": "ill", "idempotency_key": "a", "x": 1 })).refused(400, "unknown_field").await;
    let stranger = json!({ "ticket_ids": [uuid::Uuid::new_v4()], "reason": "ill", "idempotency_key": "b" });
    ask(&stranger).refused(404, "not_found").await;
    world.http.post(&at("refund"), &body).refused(401, "unauthorized").await;
    let another = hold(&world.http, world.event, &standing(1)).await;
    world.http.post(&at("refund"), &body).bearer(&another.token).refused(401, "unauthorized").await;
    world.http.delete(&another.path("")).bearer(&another.token).expect(204).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rules_forbid_is_not_given_back_and_the_tickets_stay_good() {
    let world = World::new().await;
    let soon = clock::now() + chrono::TimeDelta::hours(47);
    let event = world
        .add("soon", |event| {
            event.starts_at = soon;
            event.doors_at = soon - chrono::TimeDelta::hours(1);
            event.ends_at = soon + chrono::TimeDelta::hours(2);
            event.off_sale_at = soon;
        })
        .await;
    let held = hold(&world.http, event, &wish(&seats("B", 1..=2))).await;
    let unpaid = hold(&world.http, world.event, &standing(1)).await;
    let paid = buy(&world.http, &held).await;
    let at =
        |order: &Value, rest: &str| format!("/api/v1/orders/{}/{rest}", order["order_id"].as_str().unwrap());
    let body = json!({ "reason": "ill", "idempotency_key": "late" });
    let refused = world.http.post(&at(&paid, "refund"), &body).bearer(&held.token);
    let refused = refused.refused(409, "refund_not_allowed").await;
    assert_eq!(refused["reason"], "too_late");
    assert_eq!(refused["policy"]["refundable_until_hours_before"], 48);
    let quote = world.http.get(&at(&paid, "refund-quote")).bearer(&held.token);
    quote.refused(409, "refund_not_allowed").await;
    assert_eq!(world.money().await, 2 * SEAT_TOTAL);
    // An order that is not paid has nothing to give back.
    let order = crate::buyer::order(&crate::buyer::fresh(), None);
    let awaiting = crate::buyer::commit(&world.http, &unpaid, &order).expect(202).await;
    let refused = world.http.post(&at(&awaiting, "refund"), &body).bearer(&unpaid.token);
    assert_eq!(refused.refused(409, "refund_not_allowed").await["reason"], "not_completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_provider_does_not_hear_of_is_carried_on_and_paid_once() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &standing(2)).await;
    let paid = buy(&world.http, &held).await;
    // The provider acts, and its answer is lost.
    world
        .sandbox
        .post("/_sandbox/faults", &json!({ "lose_answer_next": 1, "drop_next": 100 }))
        .expect(204)
        .await;
    let asked = world.services.request_refund(id(&paid), None, "cancelled", "staff:test").await.unwrap();
    assert_eq!(
        asked.refund.unwrap().1.state,
        RefundState::Approved,
        "it stands in our books, not yet at the provider"
    );
    world.sandbox.post("/_sandbox/faults", &json!({})).expect(204).await;
    refund_status(&world, &paid, &held.token, "full").await;
    let ledger = world.ledger().await;
    assert_eq!((&ledger["refunded"], world.money().await), (&(2 * FLOOR_TOTAL).into(), 0));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seats_returned_while_redis_is_away_are_free_when_it_is_back() {
    let mut redis = OwnRedis::start();
    let world = World::with(Setup { redis_url: redis.url(), ..Setup::default() }).await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let paid = buy(&world.http, &held).await;
    redis.kill();
    world.services.request_refund(id(&paid), None, "ill", "staff:test").await.unwrap();
    redis.start_again();
    refund_status(&world, &paid, &held.token, "full").await;
    eventually("the seats are free", async || {
        let reply = crate::buyer::ask(&world.http, world.event, &wish(&seats("A", 1..=2))).send().await;
        (reply.status == 201).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disputed_payment_is_on_record_and_the_tickets_stay() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &standing(1)).await;
    let disputed = crate::buyer::order(&crate::buyer::fresh(), Some("pm_card_createDispute"));
    let paid = crate::buyer::commit(&world.http, &held, &disputed).expect(200).await;
    let payment = world.db.store.payments_of_order(id(&paid)).await.unwrap()[0].id;
    eventually("the dispute is decided", async || {
        let dispute = world.db.store.dispute_of(payment).await.unwrap();
        (dispute == Some(domain::payment::Dispute::Lost)).then_some(())
    })
    .await;
    assert_eq!(world.tickets().await.len(), 1);
}
