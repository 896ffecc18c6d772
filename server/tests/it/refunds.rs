//! Money that goes back: it is followed to its end at the provider.

use crate::{
    buyer::{buy, commit, fresh, hold, look, order, wish},
    hosted::becomes,
    house::{SEAT_TOTAL, seats},
    webhooks::{deliver, told},
    world::{SANDBOX_KEY, WEBHOOK_SECRET, World, eventually},
};
use axum::http::Method;
use serde_json::Value;
use services::clock;
use store_pg::{audit::Cause, catalogue::EventStatus};

/// An order that was given up, whose seats went to somebody else.
pub struct Lost {
    pub id: String,
    pub address: String,
    pub token: String,
}

pub async fn lost(world: &World) -> Lost {
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    let id = awaiting["order_id"].as_str().unwrap().to_owned();
    world.http.delete(&held.path("")).bearer(&held.token).expect(204).await;
    becomes(world, &id, &held.token, "cancelled").await;
    let other = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    buy(&world.http, &other).await;
    Lost { id, address: awaiting["order_url"].as_str().unwrap().to_owned(), token: held.token }
}

/// The provider takes the order's money all the same, from a card that gives it back in its own way.
pub async fn late_money(world: &World, lost: &Lost, card: &str) {
    let form = format!(
        "amount={}&currency=eur&confirm=true&payment_method={card}&metadata%5Border_id%5D={}",
        2 * SEAT_TOTAL,
        lost.id
    );
    let call = world.sandbox.call(Method::POST, "/v1/payment_intents").bearer(SANDBOX_KEY);
    let taken = call.body("application/x-www-form-urlencoded", form).expect(200).await;
    assert_eq!(taken["status"], "succeeded");
}

/// The webhook once more, under a name of its own, as when the provider's news come late and out of order.
async fn again(world: &World, kind: &str) {
    let mut news: Value = serde_json::from_str(&told(world, kind).await).unwrap();
    for id in [news["id"].clone(), format!("evt_{}", fresh()).into()] {
        news["id"] = id;
        deliver(world, &news.to_string(), WEBHOOK_SECRET, clock::now().timestamp()).expect(200).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_without_seats_is_followed_until_it_is_back() {
    let world = World::new().await;
    let lost = lost(&world).await;
    late_money(&world, &lost, "pm_card_pendingRefund").await;
    let refunded = eventually("the money is back", async || {
        let order = look(&world.http, &lost.id, &lost.token).expect(200).await;
        (order["refund_status"] == "full").then_some(order)
    })
    .await;
    assert_eq!((&refunded["status"], &refunded["payment_status"]), (&"cancelled".into(), &"captured".into()));
    // Twice, late, and backwards: it stays what it is.
    again(&world, "refund.updated").await;
    again(&world, "refund.created").await;
    assert_eq!(look(&world.http, &lost.id, &lost.token).expect(200).await, refunded);
    let page = world.http.get(&lost.address).send().await.text();
    assert!(page.contains("was sent back") && page.contains("after the seats were gone"), "{page}");
    let log = world.db.store.audit_of("refund", &refund_of(&world, &lost).await).await.unwrap();
    assert_eq!(
        log.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(),
        ["requested", "approved", "sent", "succeeded"]
    );
    assert_eq!(world.money().await, 2 * SEAT_TOTAL, "that of the other order");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_bought_for_a_cancelled_evening_gets_everything_back_without_asking() {
    let world = World::new().await;
    let mut bought = Vec::new();
    for row in ["A", "B"] {
        let held = hold(&world.http, world.event, &wish(&seats(row, 1..=2))).await;
        bought.push((buy(&world.http, &held).await, held.token));
    }
    let (given_back, _) = &bought[0];
    let id = given_back["order_id"].as_str().unwrap().parse().unwrap();
    let ticket = given_back["tickets"][0]["id"].as_str().unwrap().parse().unwrap();
    world.services.request_refund(id, Some(vec![ticket]), "ill", "staff:test").await.unwrap();
    let cause = Cause::because("organizer", "the stage burnt down", clock::now());
    world.db.store.set_event_status(world.event, EventStatus::Cancelled, &cause).await.unwrap();
    for (order, token) in &bought {
        let id = order["order_id"].as_str().unwrap();
        let refunded = eventually("all of the money is back", async || {
            let order = look(&world.http, id, token).expect(200).await;
            (order["refund_status"] == "full").then_some(order)
        })
        .await;
        let tickets = refunded["tickets"].as_array().unwrap();
        assert!(tickets.iter().all(|ticket| ticket["state"] == "voided"), "{tickets:?}");
        let page = world.http.get(order["order_url"].as_str().unwrap()).send().await.text();
        assert!(page.contains("The event is cancelled") && page.contains("was sent back"), "{page}");
        assert!(!page.contains("Choose seats again"), "there are none: {page}");
    }
    assert_eq!(world.money().await, 0, "once, the ticket that was given back before included");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_later_is_told_and_never_counted_as_back() {
    let world = World::new().await;
    let lost = lost(&world).await;
    late_money(&world, &lost, "pm_card_refundFail").await;
    eventually("the failure is told", async || {
        let page = world.http.get(&lost.address).send().await.text();
        page.contains("Your bank did not take").then_some(())
    })
    .await;
    again(&world, "refund.created").await;
    again(&world, "refund.failed").await;
    let order = look(&world.http, &lost.id, &lost.token).expect(200).await;
    assert_eq!((&order["payment_status"], &order["refund_status"]), (&"captured".into(), &"none".into()));
    let log = world.db.store.audit_of("refund", &refund_of(&world, &lost).await).await.unwrap();
    assert_eq!(log.last().unwrap().action, "failed");
}

/// Our name of the order's one refund.
async fn refund_of(world: &World, lost: &Lost) -> String {
    let mut refunds = world.db.store.refunds_of_order(lost.id.parse().unwrap()).await.unwrap();
    assert_eq!(refunds.len(), 1);
    refunds.remove(0).id.to_string()
}
