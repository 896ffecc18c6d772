//! Lost tickets: one answer for everybody, and a link to whom it belongs.

use crate::{
    buyer::{buy, hold, look, wish},
    client::Reply,
    delivery::{deliver, fact, letters, raw},
    house::seat,
    world::World,
};
use axum::http::Method;
use services::LinkRefusal;
use std::time::{Duration, Instant};
use store_pg::testing::facts;

/// A bought ticket's order number and id.
async fn bought(world: &World) -> (String, String) {
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let paid = buy(&world.http, &held).await;
    let id = paid["order_id"].as_str().unwrap().to_owned();
    let number = look(&world.http, &id, &held.token).expect(200).await["number"].as_str().unwrap().to_owned();
    (number, id)
}

async fn ask(world: &World, number: &str, email: &str) -> (Reply, Duration) {
    let form = format!("number={number}&email={}", email.replace('@', "%40"));
    let start = Instant::now();
    let call = world.http.call(Method::POST, "/do/find_tickets");
    let reply =
        call.body("application/x-www-form-urlencoded", form).header("accept", "text/html").send().await;
    (reply, start.elapsed())
}

/// The link in the newest letter to the buyer.
async fn link(world: &World) -> String {
    let letters = letters(world, "buyer@example.com").await;
    let letter = letters.iter().find(|l| l["subject"] == "The way back to your tickets").unwrap();
    let text = raw(world, letter).await.replace("=\r\n", "").replace("=3D", "=");
    let at = text.find("/tickets/open?t=").unwrap();
    text[at..].split(|c: char| c.is_whitespace() || c == '"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_the_same_and_only_the_buyer_gets_a_link() {
    let world = World::new().await;
    let (number, id) = bought(&world).await;
    let mut answers = Vec::new();
    for (number, email) in [
        ("PA-NOSUCH", "buyer@example.com"),
        (number.as_str(), "other@example.com"),
        (number.as_str(), "rubbish"),
    ] {
        answers.push(ask(&world, number, email).await);
    }
    assert!(facts(&world.db.store, "ticket_link").await.unwrap().is_empty());
    answers.push(ask(&world, &number.to_lowercase(), "Buyer@Example.com").await);
    for (reply, took) in &answers {
        assert_eq!((reply.status, reply.header("location")), (303, "/tickets/find?sent=1"));
        assert!(*took >= Duration::from_millis(590), "{took:?}: as long as any other");
    }
    deliver(&world, fact(&world, "ticket_link").await).await;
    let link = link(&world).await;
    let opened = world.http.get(&link).send().await;
    assert_eq!(opened.status, 303);
    let page = opened.header("location");
    assert!(page.starts_with(&format!("/orders/{id}?key=")), "{page}");
    assert!(opened.header("cache-control").contains("no-store"));
    assert!(world.http.get(page).send().await.text().contains("Your tickets are here"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_touched_opens_nothing() {
    let world = World::new().await;
    let (number, _) = bought(&world).await;
    ask(&world, &number, "buyer@example.com").await;
    deliver(&world, fact(&world, "ticket_link").await).await;
    let link = link(&world).await;
    let token = link.split_once("?t=").unwrap().1;
    assert!(world.services.open_ticket_link(token).is_ok());
    for at in [0, 10, 25, 33, token.len() - 5] {
        let mut touched = token.to_owned().into_bytes();
        touched[at] = if touched[at] == b'A' { b'B' } else { b'A' };
        let touched = String::from_utf8(touched).unwrap();
        assert_eq!(world.services.open_ticket_link(&touched), Err(LinkRefusal::Forged), "{at}");
    }
    let refused = world.http.get("/tickets/open?t=AAAA").send().await;
    assert_eq!((refused.status, refused.header("location")), (303, "/tickets/find?expired=1"));
    assert!(world.http.get("/tickets/find?expired=1").send().await.text().contains("does not work any more"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_mailbox_is_filled_with_links() {
    let world = World::new().await;
    let (number, _) = bought(&world).await;
    for _ in 0..8 {
        assert_eq!(ask(&world, &number, "buyer@example.com").await.0.status, 303);
    }
    assert_eq!(facts(&world.db.store, "ticket_link").await.unwrap().len(), 5);
}
