//! `GET /api/v1/events` and `/api/v1/events/{id}`.

use crate::{
    house::{FLOOR_CAPACITY, FLOOR_TOTAL, SEATS},
    world::World,
};
use chrono::TimeDelta;
use serde_json::Value;
use services::clock;
use store_pg::catalogue::EventStatus;

fn slugs(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap()).collect()
}

async fn world_of_four() -> World {
    let world = World::new().await;
    let other = crate::house::venue("harbour-hall", "Harbour Hall", "Hamburg");
    let venue = world.db.store.upsert_venue(&other, &crate::house::cause()).await.unwrap();
    world
        .add("jazz-night", |e| {
            e.starts_at += TimeDelta::days(2);
            e.off_sale_at = e.starts_at;
            e.ends_at += TimeDelta::days(2);
            e.category = "concert".into();
            e.name = "A night of jazz".into();
            e.venue = venue;
        })
        .await;
    world
        .add("later", |e| {
            e.starts_at += TimeDelta::days(4);
            e.off_sale_at = e.starts_at;
            e.ends_at += TimeDelta::days(4);
            e.on_sale_at = clock::now() + TimeDelta::days(1);
        })
        .await;
    world
        .add("called-off", |e| {
            e.starts_at += TimeDelta::days(6);
            e.off_sale_at = e.starts_at;
            e.ends_at += TimeDelta::days(6);
            e.status = EventStatus::Cancelled;
        })
        .await;
    world.add("nobody-sees-this", |e| e.status = EventStatus::Draft).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_has_upcoming_events_soonest_first_with_prices_all_in() {
    let world = world_of_four().await;
    let list = world.http.get("/api/v1/events").expect(200).await;
    assert_eq!(slugs(&list), ["hamlet", "jazz-night", "later", "called-off"]);
    assert_eq!(list["next_cursor"], Value::Null);
    let first = &list["items"][0];
    assert_eq!(first["status"], "on_sale");
    assert_eq!(first["available"], SEATS as u64 + FLOOR_CAPACITY);
    assert_eq!(first["capacity"], SEATS as u64 + FLOOR_CAPACITY);
    assert_eq!(first["venue"]["timezone"], "Europe/Berlin");
    assert_eq!(first["price_from"], serde_json::json!({ "amount": 2_250, "currency": "EUR" }));
    assert_eq!(first["price_to"]["amount"], 4_500);
    for (at, status) in [(1, "on_sale"), (2, "scheduled"), (3, "cancelled")] {
        assert_eq!(list["items"][at]["status"], status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_narrow_the_list_and_pages_go_on_by_cursor() {
    let world = world_of_four().await;
    let soon = (clock::now() + TimeDelta::days(11)).format("%Y-%m-%dT%H:%M:%SZ");
    let table = [
        ("q=jazz".to_owned(), vec!["jazz-night"]),
        ("city=Hamburg".into(), vec!["jazz-night"]),
        ("venue=harbour-hall".into(), vec!["jazz-night"]),
        ("category=theatre".into(), vec!["hamlet", "later", "called-off"]),
        (format!("to={soon}"), vec!["hamlet"]),
        (format!("from={soon}"), vec!["jazz-night", "later", "called-off"]),
        ("q=&city=&category=".into(), vec!["hamlet", "jazz-night", "later", "called-off"]),
        ("city=Nowhere".into(), vec![]),
    ];
    for (query, expected) in table {
        let list = world.http.get(&format!("/api/v1/events?{query}")).expect(200).await;
        assert_eq!(slugs(&list), expected, "{query}");
    }
    let (mut found, mut cursor) = (Vec::new(), String::new());
    for _ in 0..4 {
        let page = world.http.get(&format!("/api/v1/events?limit=1{cursor}")).expect(200).await;
        found.extend(slugs(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found, ["hamlet", "jazz-night", "later", "called-off"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_query_is_told_what_is_wrong_with_it() {
    let world = World::new().await;
    let table = [
        ("limit=0", 422, "invalid_request"),
        ("limit=101", 422, "invalid_request"),
        ("limit=many", 400, "invalid_query"),
        ("from=yesterday", 400, "invalid_query"),
        ("cursor=rubbish", 422, "invalid_request"),
        ("colour=red", 400, "unknown_field"),
    ];
    for (query, status, code) in table {
        world.http.get(&format!("/api/v1/events?{query}")).refused(status, code).await;
    }
    world.http.get("/api/v1/events?limit=100").expect(200).await;
    let long = "x".repeat(201);
    world.http.get(&format!("/api/v1/events?q={long}")).refused(422, "invalid_request").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_has_already_is_not_sent_again() {
    let world = World::new().await;
    for path in ["/api/v1/events".to_owned(), world.of_event("")] {
        let first = world.http.get(&path).send().await;
        assert_eq!(first.status, 200);
        assert!(first.header("cache-control").contains("max-age="), "{path}");
        let again = world.http.get(&path).header("if-none-match", first.header("etag")).send().await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        let other = world.http.get(&path).header("if-none-match", "\"another\"").send().await;
        assert_eq!(other.status, 200, "{path}");
    }
    assert!(world.http.get("/api/v1/events").send().await.header("cache-control").contains("max-age=30"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_event_has_its_zones_areas_plan_and_rules() {
    let world = World::new().await;
    let event = world.http.get(&world.of_event("")).expect(200).await;
    assert_eq!(event["slug"], "hamlet");
    assert_eq!(event["description"], "Five acts.");
    let adult = &event["zones"][0]["tiers"][0];
    assert_eq!((&adult["id"], &adult["total"]["amount"]), (&"stalls-adult".into(), &4_500.into()));
    assert_eq!(adult["price"]["amount"].as_i64().unwrap() + adult["fee"]["amount"].as_i64().unwrap(), 4_500);
    assert_eq!(event["zones"][1]["tiers"][0]["total"]["amount"], FLOOR_TOTAL);
    let floor = &event["areas"][0];
    assert_eq!((&floor["id"], &floor["zone_id"]), (&"FLOOR".into(), &"standing".into()));
    assert_eq!((&floor["capacity"], &floor["available"]), (&FLOOR_CAPACITY.into(), &FLOOR_CAPACITY.into()));
    assert_eq!(event["rules"]["seats_per_hold_max"], 10);
    assert_eq!(event["rules"]["hold_ttl_seconds"], 600);
    assert_eq!(event["rules"]["no_single_seat"], false);
    assert_eq!(event["waiting_room"], Value::Null);
    let plan = world.http.get(event["plan"]["url"].as_str().unwrap()).send().await;
    assert_eq!(plan.status, 200);
    assert!(plan.header("cache-control").contains("immutable"));
    // By its name in addresses it is the same.
    assert_eq!(world.http.get("/api/v1/events/hamlet").expect(200).await["id"], event["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_not_there_is_not_found() {
    let world = world_of_four().await;
    let unknown = "01890000-0000-7000-8000-000000000000";
    for id in [unknown, "no-such-play", "nobody-sees-this", "%20", "..%2f..%2fetc"] {
        for rest in ["", "/seatmap", "/best-available?quantity=1"] {
            world.http.get(&format!("/api/v1/events/{id}{rest}")).refused(404, "not_found").await;
        }
    }
    world.http.get("/api/v1/nothing").refused(404, "not_found").await;
    world.http.get("/api/v1/events/%FF").refused(404, "not_found").await;
}
