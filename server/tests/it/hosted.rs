//! Paying on the hosted page: 202, the page, the webhook, the completed order.

use crate::{
    buyer::{commit, fresh, hold, look, order, pay_page, standing, wish},
    house::{FLOOR_TOTAL, SEAT_TOTAL, seats},
    world::{World, eventually},
};
use serde_json::Value;

/// Waits until the order has this status.
pub async fn becomes(world: &World, id: &str, token: &str, status: &str) -> Value {
    eventually(&format!("the order is {status}"), async || {
        let order = look(&world.http, id, token).expect(200).await;
        (order["status"] == status).then_some(order)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_on_the_hosted_page_completes_the_order_by_webhook() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=3))).await;
    let request = order(&fresh(), None);
    let awaiting = commit(&world.http, &held, &request).expect(202).await;
    assert_eq!(awaiting["status"], "awaiting_payment");
    assert!(awaiting["pay_before"].as_str().is_some());
    let (id, url) = (awaiting["order_id"].as_str().unwrap(), awaiting["payment_url"].as_str().unwrap());
    assert!(url.starts_with(&world.sandbox.base), "{url}");
    // The same request again opens no second page.
    let again = commit(&world.http, &held, &request).expect(202).await;
    assert_eq!(
        (&again["order_id"], &again["payment_url"]),
        (&awaiting["order_id"], &awaiting["payment_url"])
    );
    let placed = look(&world.http, id, &held.token).expect(200).await;
    assert_eq!((&placed["status"], &placed["payment_status"]), (&"placed".into(), &"pending".into()));
    assert_eq!(placed["tickets"], serde_json::json!([]));
    // A card that is declined there keeps the page open.
    assert_eq!(pay_page(&world.http, url, "4000 0000 0000 0002").send().await.status, 402);
    let paid = pay_page(&world.http, url, "4242 4242 4242 4242").send().await;
    assert_eq!(paid.status, 303);
    assert_eq!(paid.header("location"), awaiting["order_url"].as_str().unwrap());
    let done = becomes(&world, id, &held.token, "completed").await;
    assert_eq!(done["payment_status"], "captured");
    assert_eq!(done["tickets"].as_array().unwrap().len(), 3);
    assert_eq!(world.money().await, 3 * SEAT_TOTAL);
    let answer = commit(&world.http, &held, &request).expect(200).await;
    assert_eq!((&answer["status"], &answer["tickets"]), (&"paid".into(), &done["tickets"]));
    // The page takes nothing more.
    pay_page(&world.http, url, "4242 4242 4242 4242").send().await;
    assert_eq!((world.payments().await, world.money().await), (1, 3 * SEAT_TOTAL));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_asks_first_is_answered_on_its_page() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &standing(2)).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    let asked =
        pay_page(&world.http, awaiting["payment_url"].as_str().unwrap(), "4000 0025 0000 3155").send().await;
    let question = format!("{}{}", world.sandbox.base, asked.header("location"));
    assert!(question.contains("/authenticate/"), "{question}");
    assert_eq!(world.money().await, 0);
    let answer = world.http.call(axum::http::Method::POST, &question);
    let form = "application/x-www-form-urlencoded";
    assert_eq!(answer.body(form, "outcome=complete").send().await.status, 303);
    becomes(&world, awaiting["order_id"].as_str().unwrap(), &held.token, "completed").await;
    assert_eq!(world.money().await, 2 * FLOOR_TOTAL);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_without_paying_can_give_the_seats_back_and_the_page_is_closed_first() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    world.http.delete(&held.path("")).bearer(&held.token).expect(204).await;
    let url = awaiting["payment_url"].as_str().unwrap();
    assert_eq!(pay_page(&world.http, url, "4242 4242 4242 4242").send().await.status, 410);
    let order = becomes(&world, awaiting["order_id"].as_str().unwrap(), &held.token, "cancelled").await;
    assert_eq!(order["tickets"], serde_json::json!([]));
    hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    assert_eq!(world.money().await, 0);
}
