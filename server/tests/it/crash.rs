//! `kill -9` between the steps of a purchase, and a new start: the order completes or the seats go back.

use crate::{
    buyer::{ask, buy, commit, fresh, hold, look, order, pay_page, wish},
    child::Child,
    house::{SEAT_TOTAL, seats},
    world::{Setup, eventually},
};
use serde_json::{Value, json};

async fn becomes(child: &Child, id: &str, token: &str, status: &str) -> Value {
    eventually(&format!("the order is {status}"), async || {
        let reply = look(&child.http, id, token).try_send().await.filter(|reply| reply.status == 200)?;
        (reply.json()["status"] == status).then(|| reply.json())
    })
    .await
}

async fn sold_once(child: &Child, tickets: usize) {
    child.stage.settle().await;
    assert_eq!(child.stage.tickets().await.len(), tickets);
    assert_eq!(child.stage.money().await, SEAT_TOTAL * i64::try_from(tickets).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_hold_the_buyer_goes_on_with_the_same_token() {
    let mut child = Child::start(Setup::default()).await;
    let event = child.stage.event;
    let wanted = wish(&seats("A", 1..=2));
    let held = hold(&child.http, event, &wanted).await;
    child.kill();
    child.start_again().await;
    child.http.get(&held.path("")).bearer(&held.token).expect(200).await;
    // A client that never got the answer asks again and gets the same hold.
    assert_eq!(hold(&child.http, event, &wanted).await.token, held.token);
    ask(&child.http, event, &wish(&seats("A", 1..=2))).refused(409, "seats_unavailable").await;
    buy(&child.http, &held).await;
    sold_once(&child, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_the_order_waits_for_its_payment_the_payment_still_counts() {
    let mut child = Child::start(Setup::default()).await;
    let event = child.stage.event;
    let held = hold(&child.http, event, &wish(&seats("A", 1..=2))).await;
    let request = order(&fresh(), None);
    let awaiting = commit(&child.http, &held, &request).expect(202).await;
    child.kill();
    // Paid while nobody listens: the provider tells again and again.
    pay_page(&child.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
    child.start_again().await;
    becomes(&child, awaiting["order_id"].as_str().unwrap(), &held.token, "completed").await;
    let again = commit(&child.http, &held, &request).expect(200).await;
    assert_eq!(again["order_id"], awaiting["order_id"]);
    sold_once(&child, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_card_is_charged_the_same_key_finds_out_and_charges_once() {
    let mut child = Child::start(Setup::default()).await;
    let event = child.stage.event;
    let held = hold(&child.http, event, &wish(&seats("A", 1..=2))).await;
    let request = order("once", Some("pm_card_visa"));
    child.stage.sandbox.post("/_sandbox/faults", &json!({ "latency_ms": 400 })).expect(204).await;
    let charging = tokio::spawn(commit(&child.http, &held, &request).try_send());
    eventually("the order is placed", async || {
        let pending = child.stage.db.store.claims(event).await.unwrap().pending;
        (!pending.is_empty()).then_some(())
    })
    .await;
    child.kill();
    assert!(charging.await.unwrap().is_none(), "the answer was lost");
    child.stage.sandbox.post("/_sandbox/faults", &json!({})).expect(204).await;
    child.start_again().await;
    let paid = eventually("the same request finds the order paid", async || {
        let reply = commit(&child.http, &held, &request).send().await;
        assert!(matches!(reply.status, 200 | 202 | 429), "{}", reply.text());
        (reply.status == 200).then(|| reply.json())
    })
    .await;
    assert_eq!(paid["tickets"].as_array().unwrap().len(), 2);
    assert_eq!(child.stage.payments().await, 1);
    sold_once(&child, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_right_after_the_webhook_was_stored_the_worker_applies_it() {
    let mut child = Child::start(Setup::default()).await;
    let held = hold(&child.http, child.stage.event, &wish(&seats("A", 1..=2))).await;
    let awaiting = commit(&child.http, &held, &order(&fresh(), None)).expect(202).await;
    child.kill();
    // The fact as it lies in the table when the process dies between storing and applying: the provider was told
    // nothing, or was told 200; either way it need not tell again.
    child.stage.sandbox.post("/_sandbox/faults", &json!({ "drop_next": 100 })).expect(204).await;
    pay_page(&child.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
    let list = child.stage.sandbox.get("/v1/events?limit=100").bearer(crate::world::SANDBOX_KEY);
    let list = list.expect(200).await;
    let told = list["data"].as_array().unwrap();
    let fact = told.iter().find(|event| event["type"] == "checkout.session.completed").unwrap();
    let long_ago = services::clock::now() - chrono::TimeDelta::seconds(10);
    let (id, kind) = (fact["id"].as_str().unwrap(), "checkout.session.completed");
    child.stage.db.store.store_fact(id, kind, fact, long_ago).await.unwrap();
    child.start_again().await;
    becomes(&child, awaiting["order_id"].as_str().unwrap(), &held.token, "completed").await;
    sold_once(&child, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_never_paid_the_seats_go_back_after_the_deadline() {
    let mut child = Child::start(Setup { pay_window_s: 1, ..Setup::default() }).await;
    let event = child.stage.event;
    let held = hold(&child.http, event, &wish(&seats("A", 1..=2))).await;
    let awaiting = commit(&child.http, &held, &order(&fresh(), None)).expect(202).await;
    child.kill();
    child.start_again().await;
    becomes(&child, awaiting["order_id"].as_str().unwrap(), &held.token, "expired").await;
    let url = awaiting["payment_url"].as_str().unwrap();
    assert_eq!(pay_page(&child.http, url, "4242424242424242").send().await.status, 410);
    hold(&child.http, event, &wish(&seats("A", 1..=2))).await;
    assert_eq!((child.stage.money().await, child.stage.tickets().await.len()), (0, 0));
}
