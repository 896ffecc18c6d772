//! The OpenAPI document, the page that draws it, and what machines ask of a process.

use crate::{client::Client, world::World};
use std::net::Ipv4Addr;
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn the_openapi_document_lists_every_route_with_its_answers() {
    let world = World::new().await;
    let document = world.http.get("/api/v1/openapi.json").expect(200).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let table = [
        ("/api/v1/events", "get"),
        ("/api/v1/events/{id}", "get"),
        ("/api/v1/events/{id}/seatmap", "get"),
        ("/api/v1/events/{id}/best-available", "get"),
        ("/api/v1/events/{id}/reservations", "post"),
        ("/api/v1/events/{id}/register", "post"),
        ("/api/v1/reservations/{hold_id}", "get"),
        ("/api/v1/reservations/{hold_id}", "delete"),
        ("/api/v1/reservations/{hold_id}/extend", "post"),
        ("/api/v1/reservations/{hold_id}/commit", "post"),
        ("/api/v1/orders/{id}", "get"),
        ("/api/v1/webhooks/payments", "post"),
    ];
    for (path, method) in table {
        let operation = &document["paths"][path][method];
        assert!(operation["responses"].as_object().is_some_and(|r| !r.is_empty()), "{method} {path}");
    }
    // Every reference leads somewhere.
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
    let page = world.http.get("/api/docs").send().await;
    assert!(page.status == 200 && page.text().contains("/api/v1/reservations/{hold_id}/commit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_tells_that_it_is_alive_and_ready_and_counts() {
    let world = World::new().await;
    assert_eq!(world.http.get("/healthz").send().await.status, 200);
    // What operators read is not on the public port.
    assert_ne!(world.http.get("/metrics").send().await.status, 200);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let admin = Client::new(format!("http://{}", listener.local_addr().unwrap()));
    let routes = server::http::admin(&world.config, world.services.clone()).unwrap();
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
    assert_eq!(admin.get("/readyz").send().await.status, 200);
    assert_eq!(admin.get("/healthz").send().await.status, 200);
    let metrics = admin.get("/metrics").send().await;
    assert!(metrics.status == 200 && metrics.text().contains("parterre_live_events"), "{}", metrics.text());
    serving.abort();
}
