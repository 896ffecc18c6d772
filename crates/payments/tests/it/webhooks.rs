//! Signatures, and webhooks on a bad day.

use crate::common::{START_UNIX_S, WEBHOOK_SECRET, World, order};
use payments::{Gateway as _, WebhookError, WebhookKind, verify_webhook};
use sandbox::sign;
use std::{collections::HashSet, sync::atomic::Ordering};

const OTHER: &[u8] =
    br#"{"id":"evt_1","object":"event","created":1800000000,"livemode":false,"pending_webhooks":1,"type":"customer.created","data":{"object":{"id":"cus_1","object":"customer"}}}"#;

#[test]
fn a_good_signature_within_its_time_is_accepted() {
    for age in [-299, 0, 300] {
        let header = sign(OTHER, WEBHOOK_SECRET, START_UNIX_S);
        let fact = verify_webhook(OTHER, &header, WEBHOOK_SECRET, START_UNIX_S + age).unwrap();
        assert_eq!(
            (fact.id.as_str(), fact.kind),
            ("evt_1", WebhookKind::Other("customer.created".to_owned()))
        );
    }
}

#[test]
fn wrong_old_and_changed_webhooks_are_refused() {
    let good = sign(OTHER, WEBHOOK_SECRET, START_UNIX_S);
    let check =
        |body: &[u8], header: &str, secret: &str, now| verify_webhook(body, header, secret, now).unwrap_err();
    let at = START_UNIX_S;
    assert_eq!(check(OTHER, &good, "whsec_other", at), WebhookError::BadSignature);
    assert_eq!(check(OTHER, &good, "", at), WebhookError::BadSignature);
    assert_eq!(check(OTHER, &good, WEBHOOK_SECRET, at + 301), WebhookError::Stale);
    assert_eq!(check(OTHER, &good, WEBHOOK_SECRET, at - 301), WebhookError::Stale);
    let mut changed = OTHER.to_vec();
    changed[8] ^= 1;
    assert_eq!(check(&changed, &good, WEBHOOK_SECRET, at), WebhookError::BadSignature);
    let moved = good.replace(&format!("t={at}"), &format!("t={}", at + 1));
    assert_eq!(check(OTHER, &moved, WEBHOOK_SECRET, at), WebhookError::BadSignature);
    for header in ["", "nonsense", "t=1", "v1=00", "t=x,v1=00", &good.replace("v1", "v0")] {
        let error = check(OTHER, header, WEBHOOK_SECRET, at);
        assert!(matches!(error, WebhookError::BadSignature | WebhookError::BadHeader), "{header}: {error}");
    }
}

#[test]
fn a_signed_body_that_is_no_webhook_is_refused_and_one_of_an_unknown_form_is_kept() {
    let verify = |body: &[u8]| {
        verify_webhook(body, &sign(body, WEBHOOK_SECRET, START_UNIX_S), WEBHOOK_SECRET, START_UNIX_S)
    };
    assert_eq!(verify(b"not json").unwrap_err(), WebhookError::BadBody);
    assert_eq!(verify(&[0xff, 0xfe]).unwrap_err(), WebhookError::BadBody);
    let needed =
        String::from_utf8(OTHER.to_vec()).unwrap().replace("customer.created", "checkout.session.completed");
    let unreadable = WebhookKind::Unreadable("checkout.session.completed".to_owned());
    assert_eq!(verify(needed.as_bytes()).unwrap().kind, unreadable);
    assert_eq!(verify(b"{\"id\": 7}").unwrap_err(), WebhookError::BadBody);
    let foreign = String::from_utf8(OTHER.to_vec()).unwrap().replace("customer.created", "some.future.thing");
    assert_eq!(verify(foreign.as_bytes()).unwrap().kind, WebhookKind::Other("some.future.thing".to_owned()));
}

#[tokio::test]
async fn webhooks_are_repeated_until_they_are_accepted() {
    let mut world = World::new().await;
    world.refuse_next.store(3, Ordering::Relaxed);
    let order = order();
    let session = world.session(order).await;
    world.pay(&session, "4242424242424242").await;
    world.fact_where(|kind| matches!(kind, WebhookKind::SessionCompleted { .. })).await;
    world.delivered().await;
    assert_eq!(world.refuse_next.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_duplicated_webhook_has_the_same_id() {
    let mut world = World::new().await;
    world.faults(r#"{"duplicate": true}"#).await;
    world.gateway.charge(&world.charge_for(order(), "pm_card_visa")).await.unwrap();
    let (one, two) = (world.fact().await, world.fact().await);
    assert_eq!(one, two);
}

#[tokio::test]
async fn webhooks_can_arrive_backwards() {
    let mut world = World::new().await;
    world.faults(r#"{"reorder": true}"#).await;
    let session = world.session(order()).await;
    world.pay(&session, "4242424242424242").await;
    assert!(matches!(world.fact().await.kind, WebhookKind::SessionCompleted { .. }));
    assert!(matches!(world.fact().await.kind, WebhookKind::IntentSucceeded { .. }));
}

#[tokio::test]
async fn a_dropped_webhook_never_comes_but_the_session_knows() {
    let mut world = World::new().await;
    world.faults(r#"{"drop_next": 2}"#).await;
    let first = world.session(order()).await;
    world.pay(&first, "4242424242424242").await;
    world.delivered().await;
    let second = world.session(order()).await;
    world.pay(&second, "4242424242424242").await;
    let fact = world.fact_where(|kind| matches!(kind, WebhookKind::SessionCompleted { .. })).await;
    assert!(matches!(fact.kind, WebhookKind::SessionCompleted { session, .. } if session == second.id));
    assert!(matches!(world.gateway.session(&first.id).await.unwrap(), payments::SessionState::Paid { .. }));
}

#[tokio::test]
async fn every_webhook_of_many_orders_arrives_once() {
    let mut world = World::new().await;
    let charges: Vec<_> = (0..40).map(|_| world.charge_for(order(), "pm_card_visa")).collect();
    for charge in &charges {
        world.gateway.charge(charge).await.unwrap();
    }
    let mut orders = HashSet::new();
    for _ in &charges {
        let WebhookKind::IntentSucceeded { order, .. } = world.fact().await.kind else {
            panic!("another fact")
        };
        orders.insert(order.unwrap());
    }
    world.delivered().await;
    assert_eq!(orders, charges.iter().map(|charge| charge.order).collect());
    assert!(world.inbox.try_recv().is_err());
}
