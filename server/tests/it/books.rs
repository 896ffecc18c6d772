//! Our books against the provider's, and Redis against PostgreSQL: what nobody told is found, what differs is mended, and
//! what does not heal halts the sale.

use crate::{
    buyer::{ask, buy, commit, fresh, hold, look, order, pay_page, standing, wish},
    house::{FLOOR_TOTAL, seat, seats},
    world::{SANDBOX_KEY, World, eventually},
};
use axum::http::Method;
use chrono::TimeDelta;
use serde_json::json;
use services::clock;

#[tokio::test(flavor = "multi_thread")]
async fn money_that_nobody_told_of_is_found_at_the_provider_and_gives_tickets() {
    let world = World::new().await;
    world.sandbox.post("/_sandbox/faults", &json!({ "drop_next": 1_000 })).expect(204).await;
    let held = hold(&world.http, world.event, &standing(2)).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    pay_page(&world.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
    let since = clock::now() - TimeDelta::hours(1);
    // Money of this minute may still be told of: it is left alone.
    let report = world.services.reconcile_payments(since).await.unwrap();
    assert_eq!((report.listed, report.mended.len()), (1, 0));
    let report = world.services.reconcile_as_of(since, clock::now() + TimeDelta::minutes(2)).await.unwrap();
    assert_eq!(report.mended.len(), 1, "{report:?}");
    assert!(report.is_well(), "{report:?}");
    let done = look(&world.http, awaiting["order_id"].as_str().unwrap(), &held.token).expect(200).await;
    assert_eq!((&done["status"], world.tickets().await.len()), (&"completed".into(), 2));
    let again = world.services.reconcile_as_of(since, clock::now() + TimeDelta::minutes(2)).await.unwrap();
    assert!(again.mended.is_empty() && again.is_well(), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn money_under_the_name_of_no_order_of_ours_is_an_orphan_and_another_shops_is_not_ours() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &standing(1)).await;
    buy(&world.http, &held).await;
    for order in ["01890000-0000-7000-8000-000000000000", "another-shop-7"] {
        let form = format!(
            "amount={FLOOR_TOTAL}&currency=eur&confirm=true&payment_method=pm_card_visa&metadata%5Border_id%5D={order}"
        );
        let call = world.sandbox.call(Method::POST, "/v1/payment_intents").bearer(SANDBOX_KEY);
        call.body("application/x-www-form-urlencoded", form).expect(200).await;
    }
    let since = clock::now() - TimeDelta::hours(1);
    let report = world.services.reconcile_as_of(since, clock::now() + TimeDelta::minutes(2)).await.unwrap();
    assert_eq!((report.listed, report.orphans.len(), report.missing.len()), (3, 1, 0), "{report:?}");
    assert!(!report.is_well());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_that_differs_is_mended_seat_by_seat_and_holds_stay() {
    use domain::{
        hold::Restate,
        seat::{AreaIx, SeatIx, SeatState},
    };
    let world = World::new().await;
    let sold = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    buy(&world.http, &sold).await;
    let held = hold(&world.http, world.event, &wish(&[seat("B", 1)])).await;
    let redis = store_redis::RedisStore::connect(&world.config.redis_url.clone().unwrap(), 1).await.unwrap();
    let wrong = [
        Restate {
            seats: vec![SeatIx(0)],
            from: SeatState::Sold,
            to: SeatState::Available,
            areas: vec![(AreaIx(0), 5)],
        },
        Restate {
            seats: vec![SeatIx(30)],
            from: SeatState::Available,
            to: SeatState::Sold,
            areas: Vec::new(),
        },
    ];
    for wrong in &wrong {
        redis.restate(world.event, wrong).await.unwrap();
    }
    assert_eq!(world.services.inspect().await.unwrap(), 1);
    assert!(world.services.diagnose().await.unwrap().iter().all(|d| d.findings.is_empty()));
    world.http.get(&held.path("")).bearer(&held.token).expect(200).await;
    ask(&world.http, world.event, &wish(&[seat("A", 1)])).refused(409, "seats_unavailable").await;
    assert_eq!(world.services.frozen(world.event).await.unwrap(), None, "what healed halts nothing");
    assert_eq!(world.services.inspect().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversell_halts_the_sale_and_buyers_are_told_why() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &standing(2)).await;
    buy(&world.http, &held).await;
    // The organizer makes the room smaller than what is sold, past every guard.
    store_pg::testing::break_area(&world.db.store, world.event, 1).await.unwrap();
    assert!(world.services.inspect().await.unwrap() >= 1);
    let why = world.services.frozen(world.event).await.unwrap().unwrap();
    assert!(why.contains("halted the sale"), "{why}");
    let slug = "hamlet";
    eventually("buyers are told", async || {
        let reply = ask(&world.http, world.event, &wish(&[seat("A", 1)])).send().await;
        if reply.status != 409 {
            return None;
        }
        // What is known of an event is a few seconds old at most; until then the seat is only taken.
        let problem = reply.problem();
        if problem["code"] != "not_on_sale" {
            return None;
        }
        assert_eq!(problem["sale_status"], "paused");
        let page = world.http.get(&format!("/events/{slug}")).send().await.text();
        page.contains("while somebody checks").then_some(())
    })
    .await;
    // Somebody made the room as large as it was.
    store_pg::testing::break_area(&world.db.store, world.event, 30).await.unwrap();
    assert!(world.services.resume_event("nowhere", "operator", "mended").await.is_err());
    assert!(world.services.resume_event(slug, "operator", "the room is right again").await.unwrap());
    assert!(!world.services.resume_event(slug, "operator", "once more").await.unwrap());
    assert_eq!(world.services.frozen(world.event).await.unwrap(), None);
    hold(&world.http, world.event, &wish(&[seat("C", 5)])).await;
    let log = world.db.store.audit_of("event", &world.event.to_string()).await.unwrap();
    assert!(log.iter().any(|row| row.actor == "operator" && row.reason == "the room is right again"));
}
