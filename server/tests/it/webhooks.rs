//! `POST /api/v1/webhooks/payments`.

use crate::{
    buyer::{commit, fresh, hold, look, order, pay_page, standing},
    client::Call,
    hosted::becomes,
    house::FLOOR_TOTAL,
    world::{WEBHOOK_SECRET, World, eventually},
};
use serde_json::{Value, json};
use services::clock;

const PATH: &str = "/api/v1/webhooks/payments";

pub fn deliver(world: &World, body: &str, secret: &str, unix_s: i64) -> Call {
    let call = world.http.call(axum::http::Method::POST, PATH).body("application/json", body.to_owned());
    call.header("stripe-signature", &sandbox::sign(body.as_bytes(), secret, unix_s))
}

/// What the provider has to tell, as it tells it.
pub async fn told(world: &World, kind: &str) -> String {
    let list = eventually("the provider tells", async || {
        let call = world.sandbox.get("/v1/events?limit=100").bearer(crate::world::SANDBOX_KEY);
        let list = call.expect(200).await;
        list["data"].as_array().unwrap().iter().find(|event| event["type"] == kind).cloned()
    });
    list.await.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_not_the_providers_is_refused() {
    let world = World::new().await;
    let body = json!({ "id": "evt_1", "object": "event", "type": "checkout.session.completed" }).to_string();
    let now = clock::now().timestamp();
    world
        .http
        .call(axum::http::Method::POST, PATH)
        .body("application/json", body.clone())
        .refused(400, "bad_signature")
        .await;
    deliver(&world, &body, "whsec_another", now).refused(400, "bad_signature").await;
    deliver(&world, &body, WEBHOOK_SECRET, now - 3_600).refused(400, "bad_signature").await;
    let changed =
        deliver(&world, &body, WEBHOOK_SECRET, now).body("application/json", body.replace("evt_1", "evt_2"));
    assert_eq!(changed.send().await.status, 400);
    // Signed by the provider, and still no webhook.
    for body in ["not json", "{}", "[]", "{\"id\": \"evt_3\"}"] {
        deliver(&world, body, WEBHOOK_SECRET, now).refused(400, "malformed").await;
        deliver(&world, body, "whsec_another", now).refused(400, "bad_signature").await;
    }
    let huge = json!({ "pad": "x".repeat(70_000) }).to_string();
    deliver(&world, &huge, WEBHOOK_SECRET, now).refused(413, "body_too_large").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_webhook_again_and_again_has_one_effect() {
    let world = World::new().await;
    let faults = json!({ "duplicate": true });
    world.sandbox.post("/_sandbox/faults", &faults).expect(204).await;
    let held = hold(&world.http, world.event, &standing(2)).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    let id = awaiting["order_id"].as_str().unwrap();
    pay_page(&world.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
    becomes(&world, id, &held.token, "completed").await;
    let body = told(&world, "checkout.session.completed").await;
    let now = clock::now().timestamp();
    let calls = (0..5).map(|_| deliver(&world, &body, WEBHOOK_SECRET, now).expect(200));
    futures::future::join_all(calls).await;
    let done = look(&world.http, id, &held.token).expect(200).await;
    assert_eq!(done["tickets"].as_array().unwrap().len(), 2);
    assert_eq!(world.tickets().await.len(), 2);
    assert_eq!(world.money().await, 2 * FLOOR_TOTAL);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_about_somebody_elses_payment_is_taken_and_does_nothing() {
    let world = World::new().await;
    let (waiting, paid) = (
        hold(&world.http, world.event, &standing(1)).await,
        hold(&world.http, world.event, &standing(1)).await,
    );
    let unpaid = commit(&world.http, &waiting, &order(&fresh(), None)).expect(202).await;
    let awaiting = commit(&world.http, &paid, &order(&fresh(), None)).expect(202).await;
    pay_page(&world.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
    becomes(&world, awaiting["order_id"].as_str().unwrap(), &paid.token, "completed").await;
    // A good webhook of the same account, about a session of another shop; and one of a kind that we do not know.
    let mut foreign: Value = serde_json::from_str(&told(&world, "checkout.session.completed").await).unwrap();
    let session = foreign["data"]["object"]["id"].as_str().unwrap().to_owned();
    let text = foreign.to_string().replace(&session, "cs_test_foreign");
    foreign = serde_json::from_str(&text.replace(awaiting["order_id"].as_str().unwrap(), "another-shop-7"))
        .unwrap();
    foreign["id"] = "evt_foreign".into();
    foreign["data"]["object"]["payment_intent"] = "pi_foreign".into();
    let unknown = json!({
        "id": "evt_unknown", "object": "event", "created": 1, "type": "moon.risen", "data": { "object": { "id": "m" } },
    });
    // And one of a kind that we need, in a form of tomorrow: kept until it can be read.
    let mut tomorrow = unknown.clone();
    tomorrow["id"] = "evt_tomorrow".into();
    tomorrow["type"] = "checkout.session.completed".into();
    for body in [foreign, unknown, tomorrow] {
        deliver(&world, &body.to_string(), WEBHOOK_SECRET, clock::now().timestamp()).expect(200).await;
    }
    let later = clock::now() + chrono::TimeDelta::days(1);
    eventually("all but one are applied", async || {
        let kept = world.db.store.unapplied(later, 10).await.unwrap();
        (kept.iter().map(|fact| fact.id.as_str()).eq(["evt_tomorrow"])).then_some(())
    })
    .await;
    let order = look(&world.http, unpaid["order_id"].as_str().unwrap(), &waiting.token).expect(200).await;
    assert_eq!(order["status"], "placed");
    assert_eq!((world.tickets().await.len(), world.money().await), (1, FLOOR_TOTAL));
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_late_and_out_of_order_complete_the_orders_all_the_same() {
    let world = World::new().await;
    let faults = json!({ "reorder": true, "delay_ms": 100 });
    world.sandbox.post("/_sandbox/faults", &faults).expect(204).await;
    let mut orders = Vec::new();
    for _ in 0..3 {
        let held = hold(&world.http, world.event, &standing(1)).await;
        let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
        pay_page(&world.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
        orders.push((awaiting["order_id"].as_str().unwrap().to_owned(), held));
    }
    for (id, held) in &orders {
        becomes(&world, id, &held.token, "completed").await;
    }
    assert_eq!((world.money().await, world.tickets().await.len()), (3 * FLOOR_TOTAL, 3));
    world.settle().await;
}
