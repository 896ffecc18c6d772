//! What was paid, on paper: numbered, with the tax in it, for whoever has the order's key.

use crate::{
    buyer::{buy, hold, wish},
    house::seats,
    pdf,
    world::{World, eventually},
};
use serde_json::Value;
use services::RefundState;

/// A bought pair of tickets: the order's path, its key's query, the answer to its buyer.
async fn bought(world: &World, row: &str) -> (String, String, Value) {
    let held = hold(&world.http, world.event, &wish(&seats(row, 1..=2))).await;
    let paid = buy(&world.http, &held).await;
    let url = paid["order_url"].as_str().unwrap().to_owned();
    let (path, query) = url.split_once('?').unwrap();
    (path.trim_start_matches(&world.http.base).to_owned(), query.to_owned(), paid)
}

async fn words(world: &World, path: &str) -> String {
    let paper = world.http.get(path).send().await;
    assert_eq!((paper.status, paper.header("content-type")), (200, "application/pdf"), "{path}");
    assert!(paper.header("cache-control").contains("no-store"));
    pdf::words(&paper.body).replace('\u{a0}', " ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_names_its_number_its_total_and_the_tax_in_it() {
    let world = World::new().await;
    let (path, key, _) = bought(&world, "A").await;
    let receipt = format!("{path}/receipt.pdf?{key}");
    let text = words(&world, &receipt).await;
    let year = services::clock::now().format("%Y");
    let name = format!("INV-{year}-000001");
    for expected in [
        format!("Invoice {name}"),
        "Total paid, fees and VAT included: EUR 90.00".into(),
        // 90.00 at 7 %.
        "Of EUR 90.00 at a VAT rate of 7 %: EUR 84.11 net, EUR 5.89 VAT".into(),
        "Paid in full".into(),
        "Test Buyer".into(),
        "The play hamlet".into(),
        "40.00\n5.00\n7 %\n45.00".into(),
    ] {
        assert!(text.contains(&expected), "{expected} in {text}");
    }
    assert_eq!(text.matches("row A, seat").count(), 2, "{text}");
    world.http.get(&format!("{path}/receipt.pdf")).refused(401, "unauthorized").await;
    world.http.get(&format!("{path}/receipt.pdf?key=wrong")).refused(401, "unauthorized").await;
    world.http.get(&format!("{receipt}&number=INV-{year}-000002")).refused(404, "not_found").await;
    let page = world.http.get(&format!("{path}?{key}")).send().await.text();
    for expected in ["Receipt (PDF)", &name, "/receipt.pdf?", "includes VAT", "€5.89"] {
        assert!(page.contains(expected), "{expected} in {page}");
    }
    let (path, key, _) = bought(&world, "B").await;
    let text = words(&world, &format!("{path}/receipt.pdf?{key}&number=INV-{year}-000002")).await;
    assert!(text.contains(&format!("INV-{year}-000002")), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_went_back_have_a_credit_note_of_their_own() {
    let world = World::new().await;
    let (path, key, paid) = bought(&world, "A").await;
    let order = paid["order_id"].as_str().unwrap().parse().unwrap();
    let ticket = paid["tickets"][0]["id"].as_str().unwrap().parse().unwrap();
    world.services.request_refund(order, Some(vec![ticket]), "ill", "staff").await.unwrap();
    let year = services::clock::now().format("%Y");
    let name = format!("INV-{year}-000002");
    let page = eventually("the credit note is on the page", async || {
        let page = world.http.get(&format!("{path}?{key}")).send().await.text();
        page.contains("Credit note (PDF)").then_some(page)
    })
    .await;
    assert!(page.contains(&name) && page.contains("Receipt (PDF)"), "{page}");
    let note = words(&world, &format!("{path}/receipt.pdf?{key}&number={name}")).await;
    for expected in [
        format!("Credit note {name}"),
        "Total paid back, VAT included: EUR 45.00".into(),
        format!("It takes from invoice INV-{year}-000001."),
        "EUR 45.00 was sent back to the buyer.".into(),
    ] {
        assert!(note.contains(&expected), "{expected} in {note}");
    }
    assert_eq!(note.matches("row A, seat").count(), 1, "{note}");
    let invoice = words(&world, &format!("{path}/receipt.pdf?{key}")).await;
    assert!(invoice.contains("EUR 45.00 was sent back") && invoice.contains("EUR 90.00"), "{invoice}");
    let refunds = world.db.store.refunds_of_order(order).await.unwrap();
    assert_eq!(refunds.iter().map(|r| r.state).collect::<Vec<_>>(), [RefundState::Succeeded]);
    let report = world.services.report().await.unwrap();
    assert!(report.invoices.is_well(), "{:?}", report.invoices);
}

#[tokio::test(flavor = "multi_thread")]
async fn checkout_says_the_tax_in_what_is_to_be_paid() {
    let world = World::new().await;
    let cookie = world.http.get("/events/hamlet/seats").send().await;
    let buyer = cookie.header("set-cookie").split(';').next().unwrap().to_owned();
    let form = format!("event={}&seats%5B%5D=0", world.event);
    let call = world.http.call(axum::http::Method::POST, "/do/hold_seats").header("cookie", &buyer);
    let call = call.header("origin", &world.http.base);
    let held = call.body("application/x-www-form-urlencoded", form).send().await;
    assert!(held.status < 400, "{}", held.text());
    let page = world.http.get("/events/hamlet/checkout").header("cookie", &buyer).send().await.text();
    assert!(page.contains("includes VAT") && page.contains("€2.94"), "{page}");
}
