//! The provider on a bad day, and a sandbox that starts again.

use crate::common::{World, eur, order};
use payments::{ChargeOutcome, Gateway as _, GatewayError, SessionState};
use std::time::Duration;

#[tokio::test]
async fn a_busy_provider_is_told_apart_and_the_repetition_succeeds() {
    let world = World::new().await;
    let charge = world.charge_for(order(), "pm_card_visa");
    for (fault, expected) in [(r#"{"fail_next": 1}"#, 500), (r#"{"limit_next": 1}"#, 429)] {
        world.faults(fault).await;
        let error = world.gateway.charge(&charge).await.unwrap_err();
        assert!(
            matches!(error, GatewayError::ProviderBusy { status, .. } if status == expected),
            "{error:?}"
        );
        assert!(error.outcome_unknown() && error.retry_after() >= Some(Duration::from_secs(1)));
    }
    assert_eq!(world.captured(charge.order).await, 0);
    assert!(matches!(world.gateway.charge(&charge).await.unwrap(), ChargeOutcome::Captured { .. }));
}

#[tokio::test]
async fn a_lost_answer_is_found_again_under_its_key() {
    let world = World::new().await;
    let charge = world.charge_for(order(), "pm_card_visa");
    world.faults(r#"{"lose_answer_next": 1}"#).await;
    let lost = world.gateway.charge(&charge).await.unwrap_err();
    assert!(matches!(lost, GatewayError::Unreachable(_)), "{lost:?}");
    assert_eq!(world.captured(charge.order).await, 4_500, "it happened nevertheless");
    assert!(matches!(world.gateway.charge(&charge).await.unwrap(), ChargeOutcome::Captured { .. }));
    assert_eq!(world.captured(charge.order).await, 4_500, "and only once");
}

#[tokio::test]
async fn unknown_faults_are_refused() {
    let world = World::new().await;
    let page = crate::common::form(&format!("{}/_sandbox/faults", world.base), &[("x", "1")]).await;
    assert_eq!(page.status, 400);
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let dir = std::env::temp_dir().join(format!("parterre-sandbox-{}", uuid::Uuid::new_v4()));
    let mut world = World::with_data_dir(Some(dir.clone())).await;
    let (paid, open) = (order(), order());
    let session = world.session(paid).await;
    world.pay(&session, "4242424242424242").await;
    let waiting = world.session(open).await;
    world.delivered().await;
    for round in 0..2 {
        world.start_sandbox().await;
        assert!(
            matches!(world.gateway.session(&session.id).await.unwrap(), SessionState::Paid { amount, .. } if amount == eur(10_600))
        );
        assert_eq!(world.gateway.session(&waiting.id).await.unwrap(), SessionState::Open, "round {round}");
        assert_eq!(world.session(paid).await.id, session.id, "the key is remembered");
        assert_eq!(world.captured(paid).await, 10_600);
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[tokio::test]
async fn a_torn_last_line_costs_only_itself() {
    let dir = std::env::temp_dir().join(format!("parterre-sandbox-{}", uuid::Uuid::new_v4()));
    let mut world = World::with_data_dir(Some(dir.clone())).await;
    let session = world.session(order()).await;
    let journal = dir.join("sandbox.jsonl");
    let mut text = std::fs::read_to_string(&journal).unwrap();
    text.push_str(r#"{"session":{"id":"cs_te"#);
    std::fs::write(&journal, text).unwrap();
    for _ in 0..2 {
        world.start_sandbox().await;
        assert_eq!(world.gateway.session(&session.id).await.unwrap(), SessionState::Open);
        world.session(order()).await;
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[tokio::test]
async fn webhooks_that_nobody_took_are_sent_after_a_restart() {
    let dir = std::env::temp_dir().join(format!("parterre-sandbox-{}", uuid::Uuid::new_v4()));
    let mut world = World::with_data_dir(Some(dir.clone())).await;
    world.faults(r#"{"delay_ms": 3600000}"#).await;
    let charge = world.charge_for(order(), "pm_card_visa");
    world.gateway.charge(&charge).await.unwrap();
    assert!(world.inbox.try_recv().is_err());
    world.start_sandbox().await;
    let fact = world.fact().await;
    assert!(
        matches!(fact.kind, payments::WebhookKind::IntentSucceeded { order, .. } if order == Some(charge.order))
    );
    std::fs::remove_dir_all(dir).unwrap();
}
