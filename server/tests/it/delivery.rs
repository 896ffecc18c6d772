//! What buyers are told, by a real mail server: once, under a lasting name, whatever dies or says no.

use crate::{
    buyer::{buy, commit, fresh, hold, order, wish},
    house::{SEAT_TOTAL, seat, seats},
    refunds::{late_money, lost},
    world::{World, eventually},
};
use domain::ids::OrderId;
use futures::future::join_all;
use serde_json::{Value, json};
use services::clock;
use store_pg::{
    audit::Cause,
    catalogue::EventStatus,
    deliveries::{Delivery, DeliveryState},
    testing::facts,
};

/// The newest fact of a kind, once it is there.
pub async fn fact(world: &World, kind: &str) -> i64 {
    eventually(&format!("the fact {kind}"), async || {
        facts(&world.db.store, kind).await.unwrap().last().map(|fact| fact.id)
    })
    .await
}

/// Delivers a fact until there is nothing left to send; somebody else may be at it as well.
pub async fn deliver(world: &World, id: i64) {
    eventually("everything is sent", async || world.services.deliver_fact(id).await.ok()).await;
}

/// What the mailbox keeps of a reader, the newest first.
pub async fn letters(world: &World, reader: &str) -> Vec<Value> {
    let kept = world.sandbox.get("/mailbox.json").expect(200).await;
    let letters = kept["letters"].as_array().unwrap().iter();
    letters.filter(|letter| letter["to"] == json!([reader])).cloned().collect()
}

/// A letter as it travelled.
pub async fn raw(world: &World, letter: &Value) -> String {
    world.sandbox.get(letter["raw"].as_str().unwrap()).send().await.text()
}

pub async fn deliveries(world: &World, order: &str) -> Vec<Delivery> {
    let order: OrderId = order.parse().unwrap();
    world.db.store.deliveries_of_order(order).await.unwrap()
}

fn to(email: &str) -> Value {
    let mut order = order(&fresh(), Some("pm_card_visa"));
    order["buyer"]["email"] = email.into();
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_mailed_once_however_often_the_fact_comes() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let paid = commit(&world.http, &held, &to("ada@example.org")).expect(200).await;
    let id = paid["order_id"].as_str().unwrap();
    let fact = fact(&world, "order_completed").await;
    join_all((0..8).map(|_| world.services.deliver_fact(fact))).await;
    deliver(&world, fact).await;
    deliver(&world, fact).await;
    let letters = letters(&world, "ada@example.org").await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert!(letters[0]["subject"].as_str().unwrap().starts_with("Your tickets: The play hamlet, "));
    let sent = deliveries(&world, id).await;
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].state, sent[0].template.as_str()), (DeliveryState::Sent, "tickets"));
    let text = raw(&world, &letters[0]).await;
    assert!(text.contains(&format!("Message-ID: <{}@house.example>", sent[0].id)), "{text}");
    for part in [
        "multipart/mixed",
        "text/plain",
        "text/html",
        "image/png",
        "application/pdf",
        "application/pdf",
        "text/calendar",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let log = world.db.store.audit_of("delivery", &sent[0].id.to_string()).await.unwrap();
    assert_eq!(log.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(), ["queued", "sent"]);
    // The mailbox page shows it, and its pictures from inside it alone.
    let page = world.sandbox.get(&format!("/mailbox/{}/html", letters[0]["id"])).send().await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("sandbox ") && !policy.contains("allow-scripts"),
        "no script of a letter runs"
    );
    assert!(
        policy.contains("frame-ancestors 'self'") && page.header("x-frame-options").is_empty(),
        "the page shows it"
    );
    assert!(page.text().contains("/cid/code-1@tickets") && !page.text().contains("\"cid:"));
    let picture =
        world.sandbox.get(&format!("/mailbox/{}/cid/code-2@tickets", letters[0]["id"])).send().await;
    assert_eq!((picture.status, &picture.body[1..4]), (200, &b"PNG"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_busy_is_asked_again() {
    let world = World::new().await;
    world.sandbox.post("/_sandbox/faults", &json!({ "mail_busy_next": 2 })).expect(204).await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let paid = commit(&world.http, &held, &to("late@example.org")).expect(200).await;
    deliver(&world, fact(&world, "order_completed").await).await;
    let sent = deliveries(&world, paid["order_id"].as_str().unwrap()).await;
    assert_eq!((sent[0].state, sent[0].attempts), (DeliveryState::Sent, 3));
    assert_eq!(letters(&world, "late@example.org").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_refused_is_written_down_and_left() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let paid = commit(&world.http, &held, &to("nobody@refused.example")).expect(200).await;
    let fact = fact(&world, "order_completed").await;
    deliver(&world, fact).await;
    deliver(&world, fact).await;
    let failed = deliveries(&world, paid["order_id"].as_str().unwrap()).await;
    assert_eq!((failed[0].state, failed[0].attempts), (DeliveryState::Failed, 1));
    assert!(failed[0].error.as_ref().unwrap().contains("550"), "{:?}", failed[0].error);
    assert!(letters(&world, "nobody@refused.example").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_hears_of_a_cancelled_evening_and_of_a_moved_one() {
    let world = World::new().await;
    for (row, email) in [("A", "a@example.org"), ("B", "b@example.org")] {
        let held = hold(&world.http, world.event, &wish(&[seat(row, 1)])).await;
        commit(&world.http, &held, &to(email)).expect(200).await;
    }
    let mut moved = crate::house::play(world.house, "hamlet");
    moved.starts_at += chrono::TimeDelta::hours(2);
    moved.ends_at += chrono::TimeDelta::hours(2);
    world.db.store.upsert_event(&moved, &crate::house::cause()).await.unwrap();
    deliver(&world, fact(&world, "event_changed").await).await;
    let cause = Cause::by("organizer", clock::now());
    world.db.store.set_event_status(world.event, EventStatus::Cancelled, &cause).await.unwrap();
    deliver(&world, fact(&world, "event_status").await).await;
    for email in ["a@example.org", "b@example.org"] {
        let letters = letters(&world, email).await;
        let of =
            |start: &str| letters.iter().find(|l| l["subject"].as_str().unwrap().starts_with(start)).unwrap();
        assert!(raw(&world, of("Changed: The play hamlet")).await.contains("Before it was"));
        assert!(raw(&world, of("Cancelled: The play hamlet")).await.contains("STATUS:CANCELLED"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_came_too_late_is_told_of_when_it_comes_and_when_it_is_back() {
    let world = World::new().await;
    let lost = lost(&world).await;
    late_money(&world, &lost, "pm_card_pendingRefund").await;
    for kind in ["payment_surplus", "refund_sent", "refund_succeeded"] {
        deliver(&world, fact(&world, kind).await).await;
    }
    let mut told: Vec<String> = deliveries(&world, &lost.id).await.into_iter().map(|d| d.template).collect();
    told.sort();
    assert_eq!(told, ["late_payment", "refund_done"], "not a third time while it is under way");
    let letters = letters(&world, "buyer@example.com").await;
    let amount = format!("€{}", 2 * SEAT_TOTAL / 100);
    assert!(
        letters
            .iter()
            .any(|l| l["subject"].as_str().unwrap().starts_with(&format!("{amount} was sent back")))
    );
    // An order that its buyer gave up is not told to have lapsed.
    deliver(&world, fact(&world, "order_released").await).await;
    assert_eq!(deliveries(&world, &lost.id).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn support_sends_tickets_again_and_they_are_the_same() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let paid = buy(&world.http, &held).await;
    let id = paid["order_id"].as_str().unwrap();
    let number = crate::buyer::look(&world.http, id, &held.token).expect(200).await["number"].clone();
    let number = number.as_str().unwrap();
    assert!(world.services.ask_for_tickets("NO-SUCH", "operator", "").await.is_err());
    let fact = world.services.ask_for_tickets(number, "operator", "on the phone").await.unwrap();
    deliver(&world, fact).await;
    let again = letters(&world, "buyer@example.com").await;
    let again = again.iter().find(|l| l["subject"].as_str().unwrap().starts_with("Your tickets once more"));
    assert!(raw(&world, again.unwrap()).await.contains(number));
    let log = world.db.store.audit_of("order", id).await.unwrap();
    let asked = log.iter().find(|row| row.action == "tickets_resend").unwrap();
    assert_eq!((asked.actor.as_str(), asked.reason.as_str()), ("operator", "on the phone"));
}
