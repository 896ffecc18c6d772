//! `/api/v1/events/{id}/reservations`, `/register` and `/api/v1/reservations`.

use crate::{
    buyer::{Held, ask, buy, commit, fresh, hold, order, standing, wish},
    house::{FLOOR_TOTAL, seat, seats},
    world::{Setup, World, eventually},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use store_pg::catalogue::EventStatus;

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_answers_with_its_proof_its_prices_and_its_deadline() {
    let world = World::new().await;
    let wish = json!({
        "client_reservation_id": fresh(),
        "seat_ids": ["STALLS-A-2", "STALLS-A-1"],
        "areas": [{ "area_id": "FLOOR", "quantity": 2 }],
        "tiers": { "STALLS-A-2": "stalls-child" },
    });
    let held = hold(&world.http, world.event, &wish).await;
    let view = &held.view;
    assert_eq!(view["seats"][0]["id"], "STALLS-A-1");
    assert_eq!(view["seats"][0]["tier_id"], "stalls-adult");
    assert_eq!(view["seats"][1]["tier_id"], "stalls-child");
    assert_eq!(view["seats"][1]["total"]["amount"], 2_250);
    assert_eq!(view["areas"][0]["quantity"], 2);
    assert_eq!(view["areas"][0]["total"]["amount"], 2 * FLOOR_TOTAL);
    assert_eq!(view["total_amount"], json!({ "amount": 4_500 + 2_250 + 2 * FLOOR_TOTAL, "currency": "EUR" }));
    assert_eq!(time(&view["expires_at"]) - time(&view["server_time"]), TimeDelta::minutes(10));
    let shown = world.http.get(&held.path("")).bearer(&held.token).expect(200).await;
    assert_eq!(shown["seats"], view["seats"]);
    assert_eq!(shown["expires_at"], view["expires_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_seat_is_named_with_its_reason_and_alternatives_and_nothing_is_taken() {
    let world = World::new().await;
    let sold = hold(&world.http, world.event, &wish(&[seat("C", 1)])).await;
    buy(&world.http, &sold).await;
    hold(&world.http, world.event, &wish(&[seat("C", 3)])).await;
    let problem =
        ask(&world.http, world.event, &wish(&seats("C", 1..=4))).refused(409, "seats_unavailable").await;
    let expected =
        json!([{ "id": "STALLS-C-1", "reason": "sold" }, { "id": "STALLS-C-3", "reason": "held" }]);
    assert_eq!(problem["seats"], expected);
    let alternatives = problem["alternatives"].as_array().unwrap();
    assert!(!alternatives.is_empty());
    // An alternative is as large as what was lost, and can be had.
    let first: Vec<String> = serde_json::from_value(alternatives[0].clone()).unwrap();
    assert_eq!(first.len(), 4);
    hold(&world.http, world.event, &wish(&first)).await;
    hold(&world.http, world.event, &wish(&[seat("C", 2)])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_seat_is_told_apart_from_a_taken_one() {
    let world =
        World::with(Setup { play: |e| e.blocked = vec![domain::seat::SeatIx(0)], ..Setup::default() }).await;
    let problem =
        ask(&world.http, world.event, &wish(&[seat("A", 1)])).refused(409, "seats_unavailable").await;
    assert_eq!(problem["seats"], json!([{ "id": "STALLS-A-1", "reason": "blocked" }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_left_single_is_refused_with_what_could_be_had_instead() {
    let world = World::with(Setup { play: |e| e.rules.no_single_seat = true, ..Setup::default() }).await;
    let problem = ask(&world.http, world.event, &wish(&seats("A", 2..=3))).refused(409, "rule_broken").await;
    assert_eq!(problem["rule"], "no_single_seat");
    assert_eq!(problem["seats"], json!(["STALLS-A-1"]));
    let legal: Vec<String> = serde_json::from_value(problem["alternatives"][0].clone()).unwrap();
    hold(&world.http, world.event, &wish(&legal)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_hold_may_have_is_refused_with_the_cap() {
    let world = World::new().await;
    let mut many = seats("A", 1..=10);
    many.push(seat("B", 1));
    let problem = ask(&world.http, world.event, &wish(&many)).refused(422, "limit_exceeded").await;
    assert_eq!(problem["max"], 10);
    ask(&world.http, world.event, &standing(11)).refused(422, "limit_exceeded").await;
    ask(&world.http, world.event, &standing(u32::MAX)).refused(422, "limit_exceeded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_request_is_told_every_wrong_field() {
    let world = World::new().await;
    let wrong = json!({
        "client_reservation_id": "", "seat_ids": ["STALLS-A-1", "STALLS-A-1", "STALLS-Z-9"],
        "areas": [{ "area_id": "ATTIC", "quantity": 1 }, { "area_id": "FLOOR", "quantity": 0 }],
    });
    let problem = ask(&world.http, world.event, &wrong).refused(422, "invalid_request").await;
    let pointers: Vec<&str> =
        problem["problems"].as_array().unwrap().iter().map(|p| p["pointer"].as_str().unwrap()).collect();
    let expected =
        ["/client_reservation_id", "/seat_ids/1", "/seat_ids/2", "/areas/0/area_id", "/areas/1/quantity"];
    assert_eq!(pointers, expected);
    let bad = [
        json!({ "client_reservation_id": fresh() }),
        json!({ "client_reservation_id": "a b", "seat_ids": ["STALLS-A-1"] }),
        json!({ "client_reservation_id": "x".repeat(65), "seat_ids": ["STALLS-A-1"] }),
        json!({ "client_reservation_id": fresh(), "seat_ids": ["STALLS-A-1"], "tiers": { "STALLS-A-2": "stalls-adult" } }),
        json!({ "client_reservation_id": fresh(), "seat_ids": ["STALLS-A-1"], "tiers": { "STALLS-A-1": "free" } }),
        json!({ "client_reservation_id": fresh(), "seat_ids": "STALLS-A-1" }),
        json!({ "seat_ids": ["STALLS-A-1"] }),
    ];
    for body in bad {
        ask(&world.http, world.event, &body).refused(422, "invalid_request").await;
    }
    hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_floor_is_sold_out() {
    let world = World::new().await;
    for _ in 0..3 {
        hold(&world.http, world.event, &standing(9)).await;
    }
    let problem = ask(&world.http, world.event, &standing(4)).refused(409, "seats_unavailable").await;
    assert_eq!(problem["areas"], json!([{ "id": "FLOOR", "reason": "full", "available": 3 }]));
    hold(&world.http, world.event, &standing(3)).await;
    let problem = ask(&world.http, world.event, &standing(1)).refused(409, "sold_out").await;
    assert!(problem["waitlist"].is_boolean());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_on_sale_cannot_be_held() {
    let world = World::new().await;
    let later = world.add("later", |e| e.on_sale_at = services::clock::now() + TimeDelta::days(1)).await;
    let off = world.add("off", |e| e.status = EventStatus::Cancelled).await;
    let paused = world.add("paused", |e| e.status = EventStatus::Paused).await;
    for (event, status) in [(later, "scheduled"), (off, "cancelled"), (paused, "paused")] {
        let problem = ask(&world.http, event, &wish(&[seat("A", 1)])).refused(409, "not_on_sale").await;
        assert_eq!(problem["sale_status"], status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_renewed_until_the_limit_and_given_back_again_and_again() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let extend = || world.http.post(&held.path("/extend"), &json!({})).bearer(&held.token);
    for left in [1, 0] {
        let extended = extend().expect(200).await;
        assert_eq!(extended["extensions_left"], left);
        assert!(time(&extended["expires_at"]) >= time(&held.view["expires_at"]));
    }
    extend().refused(409, "extension_limit").await;
    for _ in 0..2 {
        world.http.delete(&held.path("")).bearer(&held.token).expect(204).await;
    }
    world.http.get(&held.path("")).bearer(&held.token).refused(410, "hold_expired").await;
    extend().refused(410, "hold_expired").await;
    commit(&world.http, &held, &order("k", Some("pm_card_visa"))).refused(410, "hold_expired").await;
    hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_token_opens_a_hold() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let other = hold(&world.http, world.event, &wish(&[seat("A", 2)])).await;
    for (method, rest) in [("GET", ""), ("DELETE", ""), ("POST", "/extend"), ("POST", "/commit")] {
        let call = || {
            let method = method.parse().unwrap();
            let body = order("k", Some("pm_card_visa")).to_string();
            world.http.call(method, &held.path(rest)).body("application/json", body)
        };
        call().refused(401, "unauthorized").await;
        call().bearer("hold_rubbish").refused(401, "unauthorized").await;
        call().bearer(&other.token).refused(404, "not_found").await;
    }
    world.http.get("/api/v1/reservations/no-id").bearer(&held.token).refused(404, "not_found").await;
    world.http.get(&held.path("")).bearer(&held.token).expect(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_was_paid_names_its_order() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let paid = crate::buyer::buy(&world.http, &held).await;
    let gone = world.http.get(&held.path("")).bearer(&held.token).refused(410, "hold_expired").await;
    assert_eq!(gone["order_id"], paid["order_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_header_serves_without_a_name_in_the_body() {
    let world = World::new().await;
    let body = json!({ "seat_ids": [seat("A", 1)] });
    crate::buyer::ask(&world.http, world.event, &body).refused(422, "invalid_request").await;
    let ask = || crate::buyer::ask(&world.http, world.event, &body).header("idempotency-key", "one");
    let first = ask().expect(201).await;
    assert_eq!(ask().expect(201).await["hold_id"], first["hold_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_hold_is_gone_and_its_seat_free_at_once() {
    let world = World::new().await;
    let mut short = wish(&[seat("A", 1)]);
    for ttl in [0, 4, 601, 1_000_000_000_000_i64] {
        short["ttl_seconds"] = ttl.into();
        crate::buyer::ask(&world.http, world.event, &short).refused(422, "invalid_request").await;
    }
    short["ttl_seconds"] = 5.into();
    let held = hold(&world.http, world.event, &short).await;
    let life = time(&held.view["expires_at"]) - time(&held.view["server_time"]);
    assert_eq!(life, TimeDelta::seconds(5), "the shortest there is");
    eventually("the hold has expired", async || {
        let reply = world.http.get(&held.path("")).bearer(&held.token).send().await;
        (reply.status == 410).then(|| reply.problem())
    })
    .await;
    commit(&world.http, &held, &order("k", Some("pm_card_visa"))).refused(410, "hold_expired").await;
    world.http.post(&held.path("/extend"), &json!({})).bearer(&held.token).refused(410, "hold_expired").await;
    world.http.delete(&held.path("")).bearer(&held.token).expect(204).await;
    hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    assert_eq!(world.money().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn general_admission_is_one_call() {
    let world = World::new().await;
    let path = world.of_event("/register");
    let ask = |quantity: u32, key: &str| {
        let body = json!({ "tier_id": "standing-adult", "quantity": quantity, "idempotency_key": key });
        world.http.post(&path, &body)
    };
    let held = Held::read(ask(2, "one").expect(201).await);
    assert_eq!(held.view["areas"][0]["quantity"], 2);
    assert_eq!(held.view["total_amount"]["amount"], 2 * FLOOR_TOTAL);
    assert_eq!(Held::read(ask(2, "one").expect(201).await).id, held.id);
    ask(3, "one").refused(422, "idempotency_mismatch").await;
    let body = json!({ "tier_id": "stalls-adult", "quantity": 1, "idempotency_key": "two" });
    world.http.post(&path, &body).refused(422, "invalid_request").await;
    ask(0, "three").refused(422, "invalid_request").await;
    let paid = buy(&world.http, &held).await;
    assert_eq!(paid["tickets"].as_array().unwrap().len(), 2);
    for key in ["a", "b"] {
        ask(10, key).expect(201).await;
    }
    ask(8, "c").expect(201).await;
    ask(1, "d").refused(409, "sold_out").await;
}
