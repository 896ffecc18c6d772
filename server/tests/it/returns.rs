//! Tickets given back: void, their seats free for others, their money on its way, whatever dies in between.

use crate::{
    buyer::{buy, hold, look, standing, wish},
    house::{FLOOR_TOTAL, SEAT_TOTAL, seat, seats},
    own_redis::OwnRedis,
    world::{Setup, World, eventually},
};
use domain::ids::{OrderId, TicketId};
use serde_json::{Value, json};
use services::RefundState;

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
