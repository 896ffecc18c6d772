//! Bad input of every kind: each gets a problem document, and nothing happens.

use crate::{
    buyer::{ask, commit, fresh, hold, order, wish},
    house::seat,
    world::World,
};
use axum::http::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_wrong_are_refused_by_their_kind() {
    let world = World::new().await;
    let path = world.of_event("/reservations");
    let post = |kind: &str, body: String| world.http.call(Method::POST, &path).body(kind, body);
    let json = "application/json";
    for broken in ["{", "", "{\"client_reservation_id\": \"a\",}", "\u{0}"] {
        post(json, broken.to_owned()).refused(400, "malformed_json").await;
    }
    let mut unknown = wish(&[seat("A", 1)]);
    unknown["seats"] = json!([1]);
    post(json, unknown.to_string()).refused(400, "unknown_field").await;
    unknown =
        json!({ "client_reservation_id": "a", "areas": [{ "area_id": "FLOOR", "quantity": 1, "price": 0 }] });
    post(json, unknown.to_string()).refused(400, "unknown_field").await;
    post(json, "[]".into()).refused(422, "invalid_request").await;
    // A list in the place of an object is none, however well its parts fit.
    for (field, list) in [("areas", json!([["FLOOR", 1]])), ("best_available", json!([1, null, false]))] {
        let mut wish = json!({ "client_reservation_id": "lists" });
        wish[field] = list;
        post(json, wish.to_string()).refused(422, "invalid_request").await;
    }
    let rows = [
        (Method::GET, world.of_event("")),
        (Method::POST, path.clone()),
        (Method::POST, world.of_event("/register")),
        (Method::GET, "/api/v1/reservations/x".into()),
        (Method::DELETE, "/api/v1/reservations/x".into()),
        (Method::POST, "/api/v1/reservations/x/extend".into()),
        (Method::POST, "/api/v1/reservations/x/commit".into()),
    ];
    for (method, row) in rows {
        let asked = world.http.call(method, &format!("{row}?dry_run=1")).body(json, "{}");
        asked.refused(400, "unknown_field").await;
    }
    post(json, json!({ "client_reservation_id": 7 }).to_string()).refused(422, "invalid_request").await;
    post("text/plain", wish(&[seat("A", 1)]).to_string()).refused(415, "unsupported_media_type").await;
    let huge = json!({ "client_reservation_id": "x".repeat(70_000) }).to_string();
    post(json, huge.clone()).refused(413, "body_too_large").await;
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let reply = post(json, deep).send().await;
    assert!(matches!(reply.status, 400 | 422), "{}", reply.text());
    reply.problem();
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let mut order = order(&fresh(), None);
    order["buyer"] = json!(["Ann", "ann@example.org", null]);
    commit(&world.http, &held, &order).refused(422, "invalid_request").await;
    let extend = world.http.call(Method::POST, &held.path("/extend")).bearer(&held.token);
    extend.body(json, huge).refused(413, "body_too_large").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_no_text_leads_to_a_page_with_a_way_out_and_in_the_contract_to_a_problem() {
    let world = World::new().await;
    for path in
        ["/%FF", "/events/%FF", "/events/%C3/seats", "/posters/%FF.svg", "/pkg/%FF", "/orders/%FE?key=a"]
    {
        let reply = world.http.get(path).send().await;
        assert_eq!((reply.status, reply.header("content-type")), (400, "text/html; charset=utf-8"), "{path}");
        assert!(reply.text().contains("href=\"/pkg/parterre.css\""), "{path}: {}", reply.text());
    }
    let wrong = world.http.call(Method::DELETE, "/help").send().await;
    assert_eq!((wrong.status, wrong.header("content-type")), (405, "text/html; charset=utf-8"));
    // The query may be anything; what cannot be read finds nothing.
    assert_eq!(world.http.get("/?q=%FF").send().await.status, 200);
    for path in ["/api/v1/events/%FF", "/api/v1/events/%C3/seatmap", "/api/%FF", "/api/v1/nothing"] {
        world.http.get(path).refused(404, "not_found").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_method_is_told() {
    let world = World::new().await;
    let table = [
        (Method::DELETE, "/api/v1/events".to_owned()),
        (Method::POST, world.of_event("")),
        (Method::PUT, world.of_event("/seatmap")),
        (Method::GET, world.of_event("/reservations")),
        (Method::GET, world.of_event("/register")),
        (Method::PATCH, "/api/v1/reservations/x".into()),
        (Method::GET, "/api/v1/reservations/x/extend".into()),
        (Method::GET, "/api/v1/reservations/x/commit".into()),
        (Method::POST, "/api/v1/orders/x".into()),
        (Method::GET, "/api/v1/webhooks/payments".into()),
    ];
    for (method, path) in table {
        world.http.call(method, &path).refused(405, "method_not_allowed").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_cannot_act_with_a_buyers_cookie() {
    let world = World::new().await;
    let wanted = wish(&[seat("A", 1)]);
    let own = &world.http.base;
    let cookie = "parterre_buyer=0123456789abcdef0123456789abcdef";
    let with = |headers: &[(&str, &str)]| {
        let call = ask(&world.http, world.event, &wanted).header("cookie", cookie);
        headers.iter().fold(call, |call, (name, value)| call.header(name, value))
    };
    with(&[("origin", "https://elsewhere.example")]).refused(403, "cross_origin").await;
    with(&[("origin", "null")]).refused(403, "cross_origin").await;
    with(&[("sec-fetch-site", "cross-site")]).refused(403, "cross_origin").await;
    with(&[("sec-fetch-site", "same-site")]).refused(403, "cross_origin").await;
    with(&[]).refused(403, "cross_origin").await;
    assert_eq!(with(&[("origin", own)]).send().await.status, 201);
    // A page's server functions are guarded alike.
    let action = world.http.call(Method::POST, "/do/anything").header("origin", "https://elsewhere.example");
    action.refused(403, "cross_origin").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_an_id_and_a_plain_one_that_came_along_is_kept() {
    let world = World::new().await;
    for path in ["/", "/api/v1/events", "/api/v1/nothing", "/no-such-page"] {
        assert_eq!(world.http.get(path).send().await.header("x-request-id").len(), 32, "{path}");
    }
    let with = |id: &str| world.http.get("/healthz").header("x-request-id", id).send();
    assert_eq!(with("trace-7").await.header("x-request-id"), "trace-7");
    assert_ne!(with("a b").await.header("x-request-id"), "a b");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_security_headers() {
    let world = World::new().await;
    for path in ["/", "/api/v1/events", "/api/v1/events/nothing", "/healthz", "/nothing-here"] {
        let reply = world.http.get(path).send().await;
        assert!(reply.header("content-security-policy").contains("base-uri 'none'"), "{path}");
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
    }
}
