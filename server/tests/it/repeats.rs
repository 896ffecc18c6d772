//! The same request again: one effect, the same answer (INV-5).

use crate::{
    buyer::{Held, ask, buy, commit, fresh, hold, order, standing, wish},
    house::{SEAT_TOTAL, seat, seats},
    world::World,
};
use futures::future::join_all;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_reservation_again_is_the_same_hold_with_the_same_token() {
    let world = World::new().await;
    let wish = wish(&seats("A", 1..=2));
    let all = join_all((0..8).map(|_| ask(&world.http, world.event, &wish).expect(201))).await;
    let first = Held::read(all[0].clone());
    for answer in &all {
        let same = Held::read(answer.clone());
        assert_eq!((&same.id, &same.token), (&first.id, &first.token));
        assert_eq!(same.view["expires_at"], first.view["expires_at"]);
    }
    let mut other = wish.clone();
    other["seat_ids"] = json!([seat("B", 1)]);
    ask(&world.http, world.event, &other).refused(422, "idempotency_mismatch").await;
    // At another event the name is another name.
    let second = world.add("second", |_| {}).await;
    assert_ne!(hold(&world.http, second, &wish).await.id, first.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_again_under_the_same_key_charges_once_and_answers_the_same() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let order = order("pay-1", Some("pm_card_visa"));
    let replies = join_all((0..6).map(|_| commit(&world.http, &held, &order).send())).await;
    // Those that come while the first is under way wait for its answer.
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
    let first = commit(&world.http, &held, &order).expect(200).await;
    assert_eq!(commit(&world.http, &held, &order).expect(200).await, first);
    assert_eq!(world.payments().await, 1);
    assert_eq!(world.money().await, 2 * SEAT_TOTAL);
    assert_eq!(world.tickets().await.len(), 2);
    let mut other = order.clone();
    other["buyer"]["email"] = "somebody@example.com".into();
    commit(&world.http, &held, &other).refused(422, "idempotency_mismatch").await;
    // Another key for an order that is paid: there is nothing to pay any more.
    let again =
        commit(&world.http, &held, &crate::buyer::order("pay-2", Some("pm_card_visa"))).expect(200).await;
    assert_eq!(again["order_id"], first["order_id"]);
    assert_eq!(world.payments().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_header_makes_a_renewal_count_once() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let extend = |key: &str, body: Value| {
        world.http.post(&held.path("/extend"), &body).bearer(&held.token).header("idempotency-key", key)
    };
    let first = extend("one", json!({})).expect(200).await;
    assert_eq!(first["extensions_left"], 1);
    for _ in 0..3 {
        assert_eq!(extend("one", json!({})).expect(200).await, first);
    }
    extend("one", json!({ "other": true })).refused(400, "unknown_field").await;
    let all = join_all((0..6).map(|_| extend("two", json!({})).send())).await;
    assert!(all.iter().all(|reply| matches!(reply.status, 200 | 429)), "{all:?}");
    assert_eq!(extend("two", json!({})).expect(200).await["extensions_left"], 0);
    // What was refused may be asked again under its key.
    for _ in 0..2 {
        extend("three", json!({})).refused(409, "extension_limit").await;
    }
    // The answer is the caller's alone.
    let stranger = world.http.post(&held.path("/extend"), &json!({})).header("idempotency-key", "one");
    stranger.refused(401, "unauthorized").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_header_goes_with_every_change() {
    let world = World::new().await;
    let key = |call: crate::client::Call| call.header("idempotency-key", "same");
    let (one, other) = (wish(&[seat("A", 1)]), wish(&[seat("A", 2)]));
    let held = Held::read(key(ask(&world.http, world.event, &one)).expect(201).await);
    assert_eq!(Held::read(key(ask(&world.http, world.event, &one)).expect(201).await).id, held.id);
    key(ask(&world.http, world.event, &other)).refused(422, "idempotency_mismatch").await;
    let (first, second) = (order("k1", Some("pm_card_visa")), order("k2", Some("pm_card_visa")));
    let paid = key(commit(&world.http, &held, &first)).expect(200).await;
    assert_eq!(key(commit(&world.http, &held, &first)).expect(200).await, paid);
    key(commit(&world.http, &held, &second)).refused(422, "idempotency_mismatch").await;
    let register = |quantity: u32| {
        let body = json!({ "tier_id": "standing-adult", "quantity": quantity, "idempotency_key": fresh() });
        key(world.http.post(&world.of_event("/register"), &body))
    };
    register(1).expect(201).await;
    register(2).refused(422, "idempotency_mismatch").await;
    let floor = hold(&world.http, world.event, &standing(1)).await;
    for _ in 0..2 {
        key(world.http.delete(&floor.path("")).bearer(&floor.token)).expect(204).await;
    }
    for bad in ["", "a b", &"x".repeat(65)] {
        let call = ask(&world.http, world.event, &other).header("idempotency-key", bad);
        call.refused(400, "invalid_header").await;
    }
    let late = hold(&world.http, world.event, &other).await;
    buy(&world.http, &late).await;
}
