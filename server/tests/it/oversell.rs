//! Oversells that happened to others, each tried here through the whole path under its name (project and number of the
//! report): every seat has one ticket, and nobody pays for nothing.

use crate::{
    buyer::{Held, ask, commit, fresh, hold, look, order, pay_page, standing, wish},
    hosted::becomes,
    house::{FLOOR_TOTAL, SEAT_TOTAL, seat},
    world::{Setup, World, eventually},
};
use futures::future::join_all;
use serde_json::json;

/// Holds and pays at once, as an impatient program does; the statuses that came.
async fn rush(world: &World, wish: serde_json::Value) -> (u16, u16) {
    let reply = ask(&world.http, world.event, &wish).send().await;
    if reply.status != 201 {
        reply.problem();
        return (reply.status, 0);
    }
    let held = Held::read(reply.json());
    (201, commit(&world.http, &held, &order(&fresh(), Some("pm_card_visa"))).send().await.status)
}

#[tokio::test(flavor = "multi_thread")]
async fn attendize_473_the_last_seat_ordered_by_fifty_at_once_is_sold_once() {
    let world = World::new().await;
    let answers = join_all((0..50).map(|_| rush(&world, wish(&[seat("A", 1)])))).await;
    assert_eq!(answers.iter().filter(|a| **a == (201, 200)).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|a| matches!(a, (201, 200) | (409, 0))), "{answers:?}");
    assert_eq!((world.tickets().await.len(), world.money().await), (1, SEAT_TOTAL));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attendize_473_the_last_places_ordered_by_fifty_at_once_are_sold_once_each() {
    let world = World::new().await;
    let answers = join_all((0..50).map(|_| rush(&world, standing(1)))).await;
    assert_eq!(answers.iter().filter(|a| **a == (201, 200)).count(), 30, "{answers:?}");
    assert_eq!((world.tickets().await.len(), world.money().await), (30, 30 * FLOOR_TOTAL));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eventyay_1359_a_checkout_without_seat_or_voucher_is_guarded_like_every_other() {
    // No seat, no phone, no choice of tier: the plainest order there is, raced by many for one place.
    let world = World::with(Setup { play: |e| e.areas[0].capacity = 1, ..Setup::default() }).await;
    let answers = join_all((0..20).map(|_| rush(&world, standing(1)))).await;
    assert_eq!(answers.iter().filter(|a| **a == (201, 200)).count(), 1, "{answers:?}");
    assert_eq!((world.tickets().await.len(), world.money().await), (1, FLOOR_TOTAL));
}

#[tokio::test(flavor = "multi_thread")]
async fn attendize_473_one_hold_ordered_many_times_at_once_is_one_order() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let calls =
        (0..20).map(|n| commit(&world.http, &held, &order(&format!("key-{n}"), Some("pm_card_visa"))).send());
    let replies = join_all(calls).await;
    let ids: std::collections::BTreeSet<String> = replies
        .iter()
        .filter(|reply| matches!(reply.status, 200 | 202))
        .map(|reply| reply.json()["order_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 1, "{replies:?}");
    assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 202 | 429)), "{replies:?}");
    becomes(&world, ids.first().unwrap(), &held.token, "completed").await;
    assert_eq!(
        (world.tickets().await.len(), world.money().await, world.payments().await),
        (1, SEAT_TOTAL, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wordcamp_2069_an_order_that_waits_for_its_payment_counts_as_taken_all_the_time() {
    let world = World::new().await;
    let mut short = wish(&[seat("A", 1)]);
    short["ttl_seconds"] = 5.into();
    let held = hold(&world.http, world.event, &short).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    // Longer than the hold would have lived: a second hold, made later and as short, is gone by then.
    let mut other = wish(&[seat("A", 5)]);
    other["ttl_seconds"] = 5.into();
    let clock = hold(&world.http, world.event, &other).await;
    eventually("a hold of the same length is over", async || {
        (world.http.get(&clock.path("")).bearer(&clock.token).send().await.status == 410).then_some(())
    })
    .await;
    ask(&world.http, world.event, &wish(&[seat("A", 1)])).refused(409, "seats_unavailable").await;
    pay_page(&world.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
    becomes(&world, awaiting["order_id"].as_str().unwrap(), &held.token, "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revel_702_an_order_given_up_while_its_page_is_opened_is_never_charged() {
    let world = World::new().await;
    world.sandbox.post("/_sandbox/faults", &json!({ "latency_ms": 150 })).expect(204).await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let request = order(&fresh(), None);
    let opening = commit(&world.http, &held, &request).send();
    let giving_up = async {
        // As soon as the order is there, the buyer leaves.
        eventually("the order is placed", async || {
            let pending = world.db.store.claims(world.event).await.unwrap().pending;
            (!pending.is_empty()).then_some(())
        })
        .await;
        world.http.delete(&held.path("")).bearer(&held.token).send().await
    };
    let (opened, left) = tokio::join!(opening, giving_up);
    world.sandbox.post("/_sandbox/faults", &json!({})).expect(204).await;
    assert!(left.status == 204 || left.status == 409, "{}", left.text());
    if opened.status == 202 {
        let url = opened.json()["payment_url"].as_str().unwrap().to_owned();
        if url.starts_with(&world.sandbox.base) {
            pay_page(&world.http, &url, "4242424242424242").send().await;
        }
    } else {
        assert_eq!(opened.status, 410, "{}", opened.text());
    }
    world.http.delete(&held.path("")).bearer(&held.token).send().await;
    world.settle().await;
    assert_eq!(world.money().await, SEAT_TOTAL * i64::try_from(world.tickets().await.len()).unwrap());
    assert_eq!(world.tickets().await.len(), 0, "the buyer had left");
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_node_2462_a_closed_payment_page_takes_no_money_and_our_own_page_says_so() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    let (id, url) = (awaiting["order_id"].as_str().unwrap(), awaiting["payment_url"].as_str().unwrap());
    world.http.delete(&held.path("")).bearer(&held.token).expect(204).await;
    let other = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let late = pay_page(&world.http, url, "4242424242424242").send().await;
    assert_eq!(late.status, 410);
    assert!(!late.text().contains("name=\"number\""), "no form on a closed page");
    // Back from there, the buyer reads how it is, and not "thank you".
    let address = awaiting["order_url"].as_str().unwrap();
    let page = world.http.get(&format!("{address}&through=1")).send().await.text();
    assert!(page.contains("This order has ended") && page.contains("No money was taken"), "{page}");
    let shown = look(&world.http, id, &held.token).expect(200).await;
    assert_eq!((&shown["status"], &shown["tickets"]), (&"cancelled".into(), &json!([])));
    crate::buyer::buy(&world.http, &other).await;
    assert_eq!((world.tickets().await.len(), world.money().await), (1, SEAT_TOTAL));
}

#[tokio::test(flavor = "multi_thread")]
async fn wordcamp_2069_a_lapsed_order_frees_its_seat_at_once_and_not_when_the_provider_gets_round_to_it() {
    let world = World::with(Setup { pay_window_s: 1, ..Setup::default() }).await;
    // The provider's own news of the closed page never come.
    world.sandbox.post("/_sandbox/faults", &json!({ "drop_next": 100 })).expect(204).await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    becomes(&world, awaiting["order_id"].as_str().unwrap(), &held.token, "expired").await;
    let other = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    crate::buyer::buy(&world.http, &other).await;
    assert_eq!((world.tickets().await.len(), world.money().await), (1, SEAT_TOTAL));
}

/// How long the provider takes for one payment, and how many buyers come at once.
const SLOW_MS: u64 = 500;
const RUSH: u32 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn emf_599_buyers_of_one_event_do_not_wait_for_each_others_payments() {
    let world = World::new().await;
    world.sandbox.post("/_sandbox/faults", &json!({ "latency_ms": SLOW_MS })).expect(204).await;
    let begun = tokio::time::Instant::now();
    let wishes = (0..RUSH).map(|n| {
        let rows = ["A", "B", "C", "D"];
        wish(&[seat(rows[(n / 10) as usize], n % 10 + 1)])
    });
    let answers = join_all(wishes.map(|wish| rush(&world, wish))).await;
    let took = begun.elapsed();
    assert!(answers.iter().all(|a| *a == (201, 200)), "{answers:?}");
    assert_eq!(world.tickets().await.len(), RUSH as usize);
    // One after the other it would be twenty seconds and more: a lock over the whole event, held while money moves.
    let one_by_one = std::time::Duration::from_millis(SLOW_MS * u64::from(RUSH));
    assert!(took < one_by_one / 2, "{took:?}");
}
