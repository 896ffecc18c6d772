//! Hosted payment pages, from opening to their end.

use crate::common::{World, eur, form, get, order};
use payments::{Gateway as _, GatewayError, SessionId, SessionState, WebhookKind};

#[tokio::test]
async fn a_session_is_opened_paid_and_told_by_a_signed_webhook() {
    let mut world = World::new().await;
    let order = order();
    let session = world.session(order).await;
    assert_eq!(world.session(order).await, session, "the same key gives the same session");
    assert_eq!(world.gateway.session(&session.id).await.unwrap(), SessionState::Open);

    let paid = world.pay(&session, "4242 4242 4242 4242").await;
    assert_eq!(
        (paid.status, paid.location),
        (303, format!("http://shop.example/back?session={}", session.id))
    );
    let state = world.gateway.session(&session.id).await.unwrap();
    let SessionState::Paid { intent, amount } = state else { panic!("{state:?}") };
    assert_eq!(amount, eur(10_600));

    let first = world.fact().await;
    let kind =
        WebhookKind::IntentSucceeded { intent: intent.clone(), order: Some(order), amount: Some(amount) };
    assert_eq!(first.kind, kind);
    let second = world.fact().await;
    let kind = WebhookKind::SessionCompleted {
        session: session.id,
        order: Some(order),
        intent: Some(intent),
        amount: Some(amount),
        paid: true,
    };
    assert_eq!(second.kind, kind);
    assert_ne!(first.id, second.id);
    assert_eq!(world.captured(order).await, 10_600);
}

#[tokio::test]
async fn an_expired_session_takes_no_money() {
    let mut world = World::new().await;
    let order = order();
    let session = world.session(order).await;
    assert_eq!(world.gateway.expire_session(&session.id).await.unwrap(), SessionState::Expired);
    let kind = WebhookKind::SessionExpired { session: session.id.clone(), order: Some(order) };
    assert_eq!(world.fact().await.kind, kind);
    let page = world.pay(&session, "4242424242424242").await;
    assert_eq!(page.status, 410);
    assert!(page.body.contains("expired") && page.body.contains("http://shop.example/cancel"));
    assert_eq!(world.gateway.expire_session(&session.id).await.unwrap(), SessionState::Expired, "again");
    assert_eq!(world.captured(order).await, 0);
}

#[tokio::test]
async fn a_paid_session_does_not_expire() {
    let world = World::new().await;
    let order = order();
    let session = world.session(order).await;
    world.pay(&session, "4242424242424242").await;
    let state = world.gateway.expire_session(&session.id).await.unwrap();
    assert!(matches!(state, SessionState::Paid { amount, .. } if amount == eur(10_600)), "{state:?}");
    let again = world.pay(&session, "4242424242424242").await;
    assert_eq!(again.status, 200);
    assert!(again.body.contains("This is paid") && again.body.contains(&format!("session={}", session.id)));
    assert_eq!(world.captured(order).await, 10_600);
}

#[tokio::test]
async fn paying_and_expiring_at_once_has_one_winner() {
    let world = World::new().await;
    for _ in 0..20 {
        let order = order();
        let session = world.session(order).await;
        let (page, state) =
            tokio::join!(world.pay(&session, "4242424242424242"), world.gateway.expire_session(&session.id));
        match state.unwrap() {
            SessionState::Expired => assert_eq!((page.status, world.captured(order).await), (410, 0)),
            SessionState::Paid { .. } => {
                assert_eq!((page.status, world.captured(order).await), (303, 10_600))
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_session_whose_time_is_over_expires_by_itself() {
    let mut world = World::new().await;
    let order = order();
    let session = world.session(order).await;
    world.clock_unix_s.fetch_add(31 * 60, std::sync::atomic::Ordering::Relaxed);
    let kind = WebhookKind::SessionExpired { session: session.id.clone(), order: Some(order) };
    assert_eq!(world.fact().await.kind, kind);
    assert_eq!(world.gateway.session(&session.id).await.unwrap(), SessionState::Expired);
    assert_eq!(get(&session.url).await.status, 410);
}

#[tokio::test]
async fn a_session_lives_half_an_hour_at_least_and_a_day_at_most() {
    let world = World::new().await;
    for minutes in [29, 24 * 60 + 1] {
        let mut open = world.open_for(order());
        open.expires_at = world.now() + chrono::TimeDelta::minutes(minutes);
        let error = world.gateway.open_session(&open).await.unwrap_err();
        assert!(
            matches!(&error, GatewayError::Rejected { status: 400, message, .. } if message.contains("30 minutes")),
            "{error:?}"
        );
    }
    let missing = world.gateway.session(&SessionId::from("cs_test_none")).await.unwrap_err();
    assert!(
        matches!(&missing, GatewayError::Rejected { status: 404, code, .. } if code == "resource_missing"),
        "{missing:?}"
    );
}

#[tokio::test]
async fn a_declined_card_leaves_the_session_open_for_another() {
    let mut world = World::new().await;
    let order = order();
    let session = world.session(order).await;
    for (number, text, reason) in [
        ("4000000000000002", "declined", "generic_decline"),
        ("4000000000009995", "insufficient funds", "insufficient_funds"),
    ] {
        let page = world.pay(&session, number).await;
        assert_eq!(page.status, 402);
        assert!(page.body.contains(text) && page.body.contains("A. Buyer") && page.body.contains(number));
        let fact = world.fact().await;
        assert!(
            matches!(&fact.kind, WebhookKind::IntentFailed { order: of, code, .. } if *of == Some(order) && code == reason),
            "{fact:?}"
        );
        assert_eq!(world.gateway.session(&session.id).await.unwrap(), SessionState::Open);
    }
    assert_eq!(world.pay(&session, "4242424242424242").await.status, 303);
    assert_eq!(world.captured(order).await, 10_600, "once");
}

#[tokio::test]
async fn a_challenge_can_be_failed_and_then_completed() {
    let mut world = World::new().await;
    let order = order();
    let session = world.session(order).await;
    let challenge = |page: crate::common::Page| {
        assert_eq!(page.status, 303);
        assert!(page.location.starts_with("/authenticate/pi_"), "{}", page.location);
        page.location
    };
    let url = format!("{}{}", world.base, challenge(world.pay(&session, "4000002500003155").await));
    assert!(get(&url).await.body.contains("€106"));
    let failed = form(&url, &[("outcome", "fail")]).await;
    assert_eq!((failed.status, failed.location), (303, format!("/pay/{}", session.id)));
    let page = get(&session.url).await;
    assert!(page.body.contains("unable to authenticate") && page.body.contains("4000 0025 0000 3155"));
    assert!(matches!(world.fact().await.kind, WebhookKind::IntentFailed { .. }));
    assert_eq!(world.captured(order).await, 0);

    let url = format!("{}{}", world.base, challenge(world.pay(&session, "4000000000003220").await));
    let done = form(&url, &[("outcome", "complete")]).await;
    assert_eq!(
        (done.status, done.location),
        (303, format!("http://shop.example/back?session={}", session.id))
    );
    let again = form(&url, &[("outcome", "complete")]).await;
    assert_eq!(
        (again.status, again.location),
        (303, format!("/pay/{}", session.id)),
        "nothing happens twice"
    );
    world.fact_where(|kind| matches!(kind, WebhookKind::SessionCompleted { paid: true, .. })).await;
    assert_eq!(world.captured(order).await, 10_600);
}

#[tokio::test]
async fn a_session_that_expires_during_the_challenge_takes_no_money() {
    let world = World::new().await;
    let order = order();
    let session = world.session(order).await;
    let url = format!("{}{}", world.base, world.pay(&session, "4000000000003220").await.location);
    assert_eq!(world.gateway.expire_session(&session.id).await.unwrap(), SessionState::Expired);
    let answer = form(&url, &[("outcome", "complete")]).await;
    assert_eq!((answer.status, answer.location), (303, format!("/pay/{}", session.id)));
    assert_eq!(world.captured(order).await, 0);
}
