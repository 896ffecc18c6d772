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
    assert_eq!(paid.header("location"), format!("{}&through=1", awaiting["order_url"].as_str().unwrap()));
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

/// What the order's page says, read as a browser without scripts does.
async fn page(world: &World, address: &str) -> crate::client::Reply {
    let reply = world.http.get(address).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_declined_on_the_hosted_page_is_told_on_the_orders_page_until_another_one_pays() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    let (order_url, url) =
        (awaiting["order_url"].as_str().unwrap(), awaiting["payment_url"].as_str().unwrap());
    let back = format!("{order_url}&back=1");
    let waiting = page(&world, order_url).await;
    assert!(waiting.text().contains("We are asking the bank"), "{}", waiting.text());
    assert_eq!(waiting.header("refresh"), "1");
    assert!(page(&world, &back).await.text().contains("Not paid yet"));
    assert_eq!(pay_page(&world.http, url, "4000 0000 0000 9995").send().await.status, 402);
    let told = eventually("the page tells of the decline", async || {
        let reply = page(&world, &back).await;
        reply.text().contains("Your bank declined the payment").then_some(reply)
    })
    .await;
    let text = told.text();
    for words in ["not enough money", "No money was taken", "still held for you", "Try another card", url] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!told.headers.contains_key("refresh"), "who reads it is not interrupted");
    // Nothing moved: the order waits, and the same page takes another card.
    let id = awaiting["order_id"].as_str().unwrap();
    let placed = look(&world.http, id, &held.token).expect(200).await;
    assert_eq!((&placed["status"], &placed["payment_status"]), (&"placed".into(), &"pending".into()));
    let through = format!("{order_url}&through=1");
    assert!(!page(&world, &through).await.text().contains("declined"), "paid, as far as its buyer knows");
    pay_page(&world.http, url, "4242 4242 4242 4242").send().await;
    becomes(&world, id, &held.token, "completed").await;
    assert!(page(&world, &back).await.text().contains("Your tickets are here"));
    assert_eq!(world.money().await, 2 * SEAT_TOTAL);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_declined_at_once_can_be_followed_by_a_payment_page() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &standing(1)).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    let card = Some("pm_card_chargeDeclined");
    commit(&world.http, &held, &order(&fresh(), card)).refused(402, "payment_declined").await;
    let (id, address) = (awaiting["order_id"].as_str().unwrap(), awaiting["order_url"].as_str().unwrap());
    let text = page(&world, address).await.text();
    assert!(text.contains("Your bank declined the payment") && text.contains("/do/pay_order"), "{text}");
    assert!(!text.contains(awaiting["payment_url"].as_str().unwrap()), "that page is closed");
    let form = format!("order={id}&key={}", address.split_once("key=").unwrap().1);
    let again = world.http.call(axum::http::Method::POST, "/do/pay_order");
    let again =
        again.header("accept", "text/html").body("application/x-www-form-urlencoded", form).send().await;
    assert!(again.header("location").starts_with(&world.sandbox.base), "{}", again.header("location"));
    pay_page(&world.http, again.header("location"), "4242424242424242").send().await;
    becomes(&world, id, &held.token, "completed").await;
    assert_eq!(world.money().await, FLOOR_TOTAL);
}
