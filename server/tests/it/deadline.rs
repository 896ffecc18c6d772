//! Time is up for an order that is not paid: the payment page is closed at the provider first, then the seats go back.

use crate::{
    buyer::{ask, buy, commit, fresh, hold, order, pay_page, wish},
    hosted::becomes,
    house::{SEAT_TOTAL, seat, seats},
    world::{Setup, World, eventually},
};

fn soon() -> Setup {
    Setup { pay_window_s: 1, ..Setup::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_order_is_closed_at_the_provider_before_its_seats_go_back() {
    let world = World::with(soon()).await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    let (id, url) = (awaiting["order_id"].as_str().unwrap(), awaiting["payment_url"].as_str().unwrap());
    // The first moment in which somebody else can have them: by then the page must be closed.
    let other = eventually("the seats are free", async || {
        let reply = ask(&world.http, world.event, &wish(&seats("A", 1..=2))).send().await;
        (reply.status == 201).then(|| crate::buyer::Held::read(reply.json()))
    })
    .await;
    assert_eq!(pay_page(&world.http, url, "4242424242424242").send().await.status, 410);
    let lapsed = becomes(&world, id, &held.token, "expired").await;
    assert_eq!(lapsed["tickets"], serde_json::json!([]));
    commit(&world.http, &held, &order(&fresh(), Some("pm_card_visa"))).refused(410, "hold_expired").await;
    buy(&world.http, &other).await;
    assert_eq!((world.money().await, world.tickets().await.len()), (2 * SEAT_TOTAL, 2));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_answer_at_the_deadline_keeps_the_seats_taken() {
    let world = World::with(soon()).await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    let faults = |fail: u32| serde_json::json!({ "fail_next": fail });
    world.sandbox.post("/_sandbox/faults", &faults(1_000)).expect(204).await;
    // The worker has asked the provider in vain at least once.
    eventually("the provider was asked", async || {
        let faults = world.sandbox.get("/_sandbox/faults").expect(200).await;
        (faults["fail_next"].as_u64().unwrap() < 1_000).then_some(())
    })
    .await;
    ask(&world.http, world.event, &wish(&seats("A", 1..=2))).refused(409, "seats_unavailable").await;
    // And the page still takes money: the order is completed, late as it is.
    pay_page(&world.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
    world.sandbox.post("/_sandbox/faults", &faults(0)).expect(204).await;
    becomes(&world, awaiting["order_id"].as_str().unwrap(), &held.token, "completed").await;
    assert_eq!((world.money().await, world.tickets().await.len()), (2 * SEAT_TOTAL, 2));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_provider_does_not_answer_orders_have_more_time() {
    let world = World::with(Setup { pay_window_s: 4, ..Setup::default() }).await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    let id = awaiting["order_id"].as_str().unwrap();
    world.sandbox.post("/_sandbox/faults", &serde_json::json!({ "fail_next": 10_000 })).expect(204).await;
    // Others try to pay in vain, until nobody asks the provider any more.
    let others = (1..=8).map(|n| {
        let world = &world;
        async move {
            let held = hold(&world.http, world.event, &wish(&[seat("B", n)])).await;
            commit(&world.http, &held, &order(&fresh(), None)).send().await.status
        }
    });
    let statuses = futures::future::join_all(others).await;
    assert!(statuses.iter().all(|status| matches!(status, 202 | 429)), "{statuses:?}");
    let before = awaiting["pay_before"].as_str().unwrap();
    let until = eventually("the order has more time", async || {
        let order = crate::buyer::look(&world.http, id, &held.token).expect(200).await;
        assert_eq!(order["status"], "placed", "the seats stay taken");
        order["pay_before"].as_str().filter(|until| *until > before).map(str::to_owned)
    })
    .await;
    assert!(until.as_str() > before);
    ask(&world.http, world.event, &wish(&seats("A", 1..=2))).refused(409, "seats_unavailable").await;
    world.sandbox.post("/_sandbox/faults", &serde_json::json!({})).expect(204).await;
    // The page was open all the time.
    pay_page(&world.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
    becomes(&world, id, &held.token, "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_to_wait_for_the_provider_is_told_so_at_once_and_gets_the_tickets() {
    let world = World::new().await;
    world.sandbox.post("/_sandbox/faults", &serde_json::json!({ "latency_ms": 7_000 })).expect(204).await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let waiting = commit(&world.http, &held, &order(&fresh(), Some("pm_card_visa"))).expect(202).await;
    assert_eq!(waiting["status"], "processing");
    let page = world.http.get(waiting["order_url"].as_str().unwrap()).send().await;
    assert!(page.text().contains("Your payment is being prepared"), "{}", page.text());
    assert_eq!(page.header("refresh"), "1", "it goes on by itself");
    becomes(&world, waiting["order_id"].as_str().unwrap(), &held.token, "completed").await;
    assert_eq!((world.payments().await, world.tickets().await.len()), (1, 2));
}
