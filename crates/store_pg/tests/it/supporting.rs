//! What support asks for.

use crate::world::*;
use chrono::TimeDelta;
use domain::{
    ids::{OrderId, RefundId},
    refund,
};
use serde_json::json;
use store_pg::{
    StoreError,
    audit::Cause,
    refunds::RefundNews,
    support::{Find, Source},
};
use uuid::Uuid;

async fn found(world: &World, find: Find<'_>) -> Vec<OrderId> {
    world.store().find_orders(&find, None, 10).await.unwrap().iter().map(|order| order.id).collect()
}

#[tokio::test]
async fn an_order_is_found_by_whatever_a_caller_can_name() {
    let world = World::new().await;
    let store = world.store();
    let order = world.place(&[1, 2], 1).await;
    let capture = world.capture(&order).await;
    let payment = capture.payment.as_ref().unwrap().id;
    let (session, intent) = (Some("cs_1"), Some("pi_1"));
    store.payment_opened(payment, session, intent, None, &test_cause()).await.unwrap();
    let amount = order.total;
    let (id, reference, fact) = (RefundId(Uuid::new_v4()), Some("re_1"), refund::Fact::Sent);
    let news = RefundNews { id, reference, payment, amount, fact, failure: None };
    store.record_refund(&news, &test_cause()).await.unwrap();
    let names = [
        Find::Number(&order.number),
        Find::Email("ADA@example.org"),
        Find::Id(order.id.0),
        Find::Id(payment.0),
        Find::Reference("cs_1"),
        Find::Reference("pi_1"),
        Find::Reference("re_1"),
        Find::Place { event: "hamlet", place: "A-2" },
        Find::Place { event: "hamlet", place: "floor" },
    ];
    for find in names {
        assert_eq!(found(&world, find).await, [order.id], "{find:?}");
    }
    let nothing = [
        Find::Number("NONE"),
        Find::Email("ada@example.com"),
        Find::Id(Uuid::new_v4()),
        Find::Reference("pi_2"),
        Find::Place { event: "hamlet", place: "A-3" },
        Find::Place { event: "macbeth", place: "A-2" },
    ];
    for find in nothing {
        assert_eq!(found(&world, find).await, [], "{find:?}");
    }
    let row = store.find_orders(&Find::Id(order.id.0), None, 1).await.unwrap().remove(0);
    assert_eq!(
        (row.event_name.as_str(), row.buyer_email.as_str(), row.total),
        ("Hamlet", "ada@example.org", amount)
    );
}

#[tokio::test]
async fn a_long_list_goes_on_where_it_ended() {
    let world = World::new().await;
    let mut orders = Vec::new();
    for n in 0..5 {
        let cause = Cause::by("test", now() + TimeDelta::minutes(n / 2));
        let request = world.request(&[u32::try_from(n).unwrap()], 0);
        orders.push(world.store().place_order(&request, &cause).await.unwrap().order.id);
    }
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = world.store().find_orders(&Find::Email("ada@example.org"), after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.placed_at, last.id));
        seen.extend(page.iter().map(|order| order.id));
    }
    assert_eq!(seen.len(), 5);
    seen.sort_unstable();
    orders.sort_unstable();
    assert_eq!(seen, orders);
}

#[tokio::test]
async fn the_timeline_tells_what_happened_by_every_record() {
    let world = World::new().await;
    let store = world.store();
    let order = world.place(&[1], 0).await;
    let other = world.place(&[2], 0).await;
    let capture = world.capture(&order).await;
    let payment = capture.payment.as_ref().unwrap();
    store.payment_opened(payment.id, Some("cs_1"), None, None, &test_cause()).await.unwrap();
    let body = json!({ "data": { "object": { "id": "cs_1", "payment_intent": "pi_1" } } });
    store.store_fact("evt_1", "checkout.session.completed", &body, now()).await.unwrap();
    store.store_fact("evt_2", "moon.risen", &json!({}), now()).await.unwrap();
    store.commit_captured(&capture, &test_cause()).await.unwrap();
    let cause =
        Cause::because("staff:7", "lost her phone", now() + TimeDelta::hours(1)).with_origin("192.0.2.7");
    store.ask_for_tickets_again(order.id, &cause).await.unwrap();
    let facts = store.unpublished_facts(50).await.unwrap();
    let last = facts.iter().rfind(|fact| fact.kind == "tickets_resend").unwrap();
    assert_eq!(last.payload, json!({ "order": order.id }));
    store.expect_deliveries(&[last.id], &["delivery"], cause.at, cause.at).await.unwrap();
    let taken = store.take("delivery", last.id, cause.at, cause.at + TimeDelta::minutes(1)).await.unwrap();
    store.bury("delivery", &taken.unwrap(), "no mail server", &cause).await.unwrap();

    let entries = store.timeline(order.id).await.unwrap();
    assert!(entries.is_sorted_by_key(|entry| entry.at));
    let has = |source, what: &str| entries.iter().any(|e| e.source == source && e.what == what);
    for what in ["order placed", "payment begun", "payment opened", "payment captured", "ticket issued"] {
        assert!(has(Source::Change, what), "{what}: {entries:#?}");
    }
    for what in ["order_placed", "order_completed", "tickets_resend"] {
        assert!(has(Source::Fact, what), "{what}: {entries:#?}");
    }
    assert!(has(Source::Provider, "checkout.session.completed") && !has(Source::Provider, "moon.risen"));
    assert!(has(Source::Delivery, "delivery dead") && has(Source::Change, "dead letter buried"));
    let asked = entries.iter().find(|e| e.what == "order tickets_resend").unwrap();
    assert_eq!(
        (asked.who.as_str(), asked.why.as_str(), asked.origin.as_str()),
        ("staff:7", "lost her phone", "192.0.2.7")
    );
    let others = store.timeline(other.id).await.unwrap();
    assert!(!others.is_empty() && others.iter().all(|e| e.source != Source::Provider));
    assert!(store.timeline(OrderId(Uuid::new_v4())).await.unwrap().is_empty());
}

#[tokio::test]
async fn tickets_are_sent_again_only_where_there_are_some() {
    let world = World::new().await;
    let order = world.place(&[1], 0).await;
    let refused = world.store().ask_for_tickets_again(order.id, &test_cause()).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })));
    let refused = world.store().ask_for_tickets_again(OrderId(Uuid::new_v4()), &test_cause()).await;
    assert!(matches!(refused, Err(StoreError::Missing { .. })));
    world.store().note_on_order(order.id, "release_asked", &test_cause()).await.unwrap();
    let log = world.store().audit_of("order", &order.id.to_string()).await.unwrap();
    assert_eq!(log.last().unwrap().action, "release_asked");
}

#[tokio::test]
async fn provider_facts_that_hang_are_listed_until_they_are_applied() {
    let world = World::new().await;
    let store = world.store();
    store.store_fact("evt_1", "refund.updated", &json!({ "a": 1 }), now()).await.unwrap();
    store.mark_failed("evt_1", "the order is not there yet").await.unwrap();
    let later = now() + TimeDelta::minutes(1);
    assert!(store.stuck_facts(now(), 10).await.unwrap().is_empty(), "it just came");
    let stuck = store.stuck_facts(later, 10).await.unwrap();
    assert_eq!((stuck[0].fact.id.as_str(), stuck[0].fact.attempts), ("evt_1", 1));
    assert_eq!(stuck[0].last_error.as_deref(), Some("the order is not there yet"));
    let fact = store.retry_fact("evt_1", &test_cause()).await.unwrap().unwrap();
    assert_eq!(fact.payload, json!({ "a": 1 }));
    assert_eq!(store.audit_of("provider_fact", "evt_1").await.unwrap().len(), 1);
    store.mark_applied("evt_1", now()).await.unwrap();
    assert_eq!(store.retry_fact("evt_1", &test_cause()).await.unwrap(), None);
    assert!(store.stuck_facts(later, 10).await.unwrap().is_empty());
}
