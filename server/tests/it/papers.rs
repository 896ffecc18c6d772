//! What a buyer takes along, and what scanners without us must know.

use crate::{
    buyer::{buy, hold, wish},
    house::seats,
    world::World,
};
use serde_json::Value;
use store_pg::testing::void_ticket;

/// A bought pair of tickets: the order's path, its key's query, the answer to its buyer.
async fn bought(world: &World) -> (String, String, Value) {
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let paid = buy(&world.http, &held).await;
    let url = paid["order_url"].as_str().unwrap().to_owned();
    let (path, query) = url.split_once('?').unwrap();
    (path.trim_start_matches(&world.http.base).to_owned(), query.to_owned(), paid)
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_come_as_paper_for_whoever_has_the_key() {
    let world = World::new().await;
    let (path, key, paid) = bought(&world).await;
    let all = world.http.get(&format!("{path}/tickets.pdf?{key}")).send().await;
    assert_eq!((all.status, all.header("content-type")), (200, "application/pdf"));
    assert!(all.body.starts_with(b"%PDF-") && all.header("cache-control").contains("no-store"));
    let one =
        format!("{path}/tickets.pdf?{key}&size=phone&ticket={}", paid["tickets"][0]["id"].as_str().unwrap());
    let one = world.http.get(&one).send().await;
    assert!(one.status == 200 && one.body.len() < all.body.len());
    world.http.get(&format!("{path}/tickets.pdf")).refused(401, "unauthorized").await;
    world.http.get(&format!("{path}/tickets.pdf?key=wrong")).refused(401, "unauthorized").await;
    world.http.get(&format!("{path}/tickets.pdf?{key}&size=a5")).refused(422, "invalid_request").await;
    let foreign = format!("{path}/tickets.pdf?{key}&ticket={}", uuid::Uuid::new_v4());
    world.http.get(&foreign).refused(404, "not_found").await;
    let page = world.http.get(&format!("{path}?{key}")).send().await.text();
    assert!(page.contains("/tickets.pdf?") && page.contains("/tickets/find"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calendar_names_the_seats() {
    let world = World::new().await;
    let (path, key, _) = bought(&world).await;
    let entry = world.http.get(&format!("{path}/calendar.ics?{key}")).send().await;
    assert_eq!((entry.status, entry.header("content-type")), (200, "text/calendar; charset=utf-8"));
    let text = entry.text().replace("\r\n ", "");
    assert!(text.contains("SUMMARY:The play hamlet") && text.contains("row A\\, seat 2"), "{text}");
    world.http.get(&format!("{path}/calendar.ics?key=x")).refused(401, "unauthorized").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voided_ticket_stands_on_the_list_for_scanners_and_on_no_paper() {
    let world = World::new().await;
    let (path, key, paid) = bought(&world).await;
    let list = "/.well-known/revoked-tickets.json";
    let before = world.http.get(list).send().await;
    assert_eq!((before.status, &before.json()["tickets"]), (200, &serde_json::json!([])));
    let same = world.http.get(list).header("if-none-match", before.header("etag")).send().await;
    assert_eq!(same.status, 304);
    let gone = paid["tickets"][0]["id"].as_str().unwrap();
    void_ticket(&world.db.store, gone.parse().unwrap()).await.unwrap();
    let after = world.http.get(list).header("if-none-match", before.header("etag")).send().await;
    assert_eq!(after.status, 200);
    let revoked = &after.json()["tickets"][0];
    assert_eq!((&revoked["sub"], &revoked["state"]), (&gone.into(), &"voided".into()));
    assert_eq!(revoked["event"], world.event.to_string());
    let entry = world.http.get(&format!("{path}/calendar.ics?{key}")).send().await.text();
    assert!(!entry.replace("\r\n ", "").contains("seat 1\\n"), "{entry}");
    world.http.get(&format!("{path}/tickets.pdf?{key}&ticket={gone}")).refused(404, "not_found").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_goes_into_a_phones_wallet() {
    let world = World::new().await;
    let (path, key, paid) = bought(&world).await;
    let pass = format!("{path}/ticket.pkpass?{key}&ticket={}", paid["tickets"][0]["id"].as_str().unwrap());
    let reply = world.http.get(&pass).send().await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/vnd.apple.pkpass"));
    assert!(reply.body.starts_with(b"PK"), "an archive");
    world.http.get(&pass.replace("key=", "key=x")).refused(401, "unauthorized").await;
    let page = format!("{path}/tickets/{}?{key}", paid["tickets"][0]["id"].as_str().unwrap());
    let page = world.http.get(&page).send().await.text();
    assert!(page.contains("ticket.pkpass") && page.contains("trial"), "who signed it is told: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_leaves_old_codes_good() {
    let world = World::new().await;
    let (_, _, paid) = bought(&world).await;
    let code = paid["tickets"][0]["code"].as_str().unwrap();
    let fresh = world.services.rotate_ticket_key().await.unwrap();
    let keys = world.http.get("/.well-known/jwks.json").expect(200).await;
    assert!(keys["keys"].as_array().unwrap().iter().any(|key| key["kid"] == fresh.as_str()));
    assert!(services::ticket_code::verify(code, &keys).is_ok());
}
