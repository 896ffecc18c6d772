//! Charges without a page, and refunds.

use crate::common::{World, eur, order};
use domain::ids::RefundId;
use payments::{
    ChargeOutcome, Gateway as _, GatewayError, IntentId, Limits, Refund, RefundState, StripeConfig,
    StripeGateway, WebhookKind,
};

#[tokio::test]
async fn a_good_card_is_charged_once_and_the_webhook_tells() {
    let mut world = World::new().await;
    let order = order();
    let outcome = world.gateway.charge(&world.charge_for(order, "pm_card_visa")).await.unwrap();
    let ChargeOutcome::Captured { intent } = outcome.clone() else { panic!("{outcome:?}") };
    assert_eq!(world.gateway.intent(&intent).await.unwrap(), outcome);
    let fact = world.fact().await;
    assert_eq!(fact.created, world.now());
    let kind = WebhookKind::IntentSucceeded { intent, order: Some(order), amount: Some(eur(4_500)) };
    assert_eq!(fact.kind, kind);
    assert_eq!(world.captured(order).await, 4_500);
}

#[tokio::test]
async fn the_same_key_twice_takes_the_money_once() {
    let world = World::new().await;
    let charge = world.charge_for(order(), "pm_card_mastercard");
    let (one, two) = tokio::join!(world.gateway.charge(&charge), world.gateway.charge(&charge));
    let three = world.gateway.charge(&charge).await;
    assert_eq!((&one, &one), (&two, &three));
    assert_eq!(world.captured(charge.order).await, 4_500);
}

#[tokio::test]
async fn the_same_key_for_another_amount_is_refused() {
    let world = World::new().await;
    let mut charge = world.charge_for(order(), "pm_card_visa");
    world.gateway.charge(&charge).await.unwrap();
    charge.amount = eur(9_900);
    let refused = world.gateway.charge(&charge).await.unwrap_err();
    assert!(
        matches!(&refused, GatewayError::Rejected { status: 400, code, .. } if code == "idempotency_error"),
        "{refused:?}"
    );
    assert_eq!(refused.retry_after(), None);
    assert_eq!(world.captured(charge.order).await, 4_500);
}

#[tokio::test]
async fn declined_cards_say_why_and_take_nothing() {
    let mut world = World::new().await;
    for (method, reason) in [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
    ] {
        let charge = world.charge_for(order(), method);
        let outcome = world.gateway.charge(&charge).await.unwrap();
        assert!(
            matches!(&outcome, ChargeOutcome::Declined { code, message } if code == reason && message.ends_with('.')),
            "{outcome:?}"
        );
        assert_eq!(world.gateway.charge(&charge).await.unwrap(), outcome, "the same answer again");
        let fact = world.fact().await;
        assert!(
            matches!(&fact.kind, WebhookKind::IntentFailed { order, code, .. } if *order == Some(charge.order) && code == reason)
        );
        assert_eq!(world.captured(charge.order).await, 0);
    }
}

#[tokio::test]
async fn a_card_that_asks_for_its_owner_is_not_charged_behind_the_owners_back() {
    let world = World::new().await;
    for method in ["pm_card_authenticationRequired", "pm_card_threeDSecure2Required"] {
        let charge = world.charge_for(order(), method);
        let outcome = world.gateway.charge(&charge).await.unwrap();
        let ChargeOutcome::RequiresAction { intent } = outcome else { panic!("{outcome:?}") };
        // It can never succeed later: nothing waits for the owner.
        let later = world.gateway.intent(&intent).await.unwrap();
        assert!(matches!(later, ChargeOutcome::Declined { code, .. } if code == "authentication_required"));
        assert_eq!(world.captured(charge.order).await, 0);
    }
}

#[tokio::test]
async fn what_is_our_own_fault_is_rejected() {
    let world = World::new().await;
    let unknown = world.gateway.charge(&world.charge_for(order(), "pm_unknown")).await.unwrap_err();
    assert!(
        matches!(&unknown, GatewayError::Rejected { status: 400, code, .. } if code == "resource_missing"),
        "{unknown:?}"
    );
    let mut small = world.charge_for(order(), "pm_card_visa");
    small.amount = eur(10);
    let small = world.gateway.charge(&small).await.unwrap_err();
    assert!(matches!(&small, GatewayError::Rejected { code, .. } if code == "amount_too_small"), "{small:?}");
    let mut endless = world.charge_for(order(), "pm_card_visa");
    endless.idempotency_key = "k".repeat(256);
    let endless = world.gateway.charge(&endless).await.unwrap_err();
    assert!(matches!(endless, GatewayError::Rejected { status: 0, .. }));
    let stranger =
        StripeGateway::new(&StripeConfig::sandbox("sk_test_wrong", "whsec", world.base.as_str())).unwrap();
    let refused = stranger.charge(&world.charge_for(order(), "pm_card_visa")).await.unwrap_err();
    assert!(matches!(refused, GatewayError::Rejected { status: 401, .. }), "{refused:?}");
}

#[tokio::test]
async fn money_goes_back_in_parts_and_never_more_than_was_taken() {
    let mut world = World::new().await;
    let order = order();
    let ChargeOutcome::Captured { intent } =
        world.gateway.charge(&world.charge_for(order, "pm_card_visa")).await.unwrap()
    else {
        panic!("not captured")
    };
    let ours = RefundId(uuid::Uuid::new_v4());
    let refund = |minor, key: &str| Refund {
        intent: intent.clone(),
        amount: eur(minor),
        order,
        refund: ours,
        idempotency_key: key.to_owned(),
    };
    let first = world.gateway.refund(&refund(1_500, "a")).await.unwrap();
    assert!(matches!(first, RefundState::Succeeded { .. }));
    assert_eq!(world.gateway.refund(&refund(1_500, "a")).await.unwrap(), first, "once for one key");
    let too_much = world.gateway.refund(&refund(3_001, "b")).await.unwrap_err();
    assert!(matches!(&too_much, GatewayError::Rejected { status: 400, .. }), "{too_much:?}");
    world.gateway.refund(&refund(3_000, "c")).await.unwrap();
    let again = world.gateway.refund(&refund(1, "d")).await.unwrap_err();
    assert!(
        matches!(&again, GatewayError::Rejected { code, .. } if code == "charge_already_refunded"),
        "{again:?}"
    );
    let fact = world.fact_where(|kind| matches!(kind, WebhookKind::RefundUpdated { .. })).await;
    let kind = WebhookKind::RefundUpdated {
        intent: Some(intent),
        order: Some(order),
        refund: Some(ours),
        amount: Some(eur(1_500)),
        state: first.clone(),
    };
    assert_eq!(fact.kind, kind);
    let RefundState::Succeeded { refund: theirs } = &first else { panic!("{first:?}") };
    assert_eq!(world.gateway.refund_state(theirs).await.unwrap(), first, "asked again, it is what it was");
    let ledger = world.ledger().await;
    assert_eq!((&ledger["captured"], &ledger["refunded"]), (&4_500.into(), &4_500.into()));
}

#[tokio::test]
async fn a_refund_that_fails_later_is_told_by_webhook() {
    let mut world = World::new().await;
    for (method, succeeds) in [("pm_card_pendingRefund", true), ("pm_card_refundFail", false)] {
        let order = order();
        let ChargeOutcome::Captured { intent } =
            world.gateway.charge(&world.charge_for(order, method)).await.unwrap()
        else {
            panic!("not captured")
        };
        let ours = RefundId(uuid::Uuid::new_v4());
        let key = format!("refund-{order}");
        let refund = Refund { intent, amount: eur(4_500), order, refund: ours, idempotency_key: key };
        let RefundState::Pending { refund } = world.gateway.refund(&refund).await.unwrap() else {
            panic!("not pending")
        };
        let end = world
            .fact_where(|kind| matches!(kind, WebhookKind::RefundUpdated { state, .. } if !matches!(state, RefundState::Pending { .. })))
            .await;
        let WebhookKind::RefundUpdated { state, .. } = end.kind else { panic!("another fact") };
        match state {
            RefundState::Succeeded { refund: id } => assert!(succeeds && id == refund),
            RefundState::Failed { refund: id, reason } => {
                assert!(!succeeds && id == refund && !reason.is_empty())
            }
            RefundState::Pending { .. } => panic!("still pending"),
        }
    }
}

#[tokio::test]
async fn nobody_there_is_an_unknown_outcome_and_five_in_a_row_stop_the_calls() {
    let world = World::new().await;
    let mut config = StripeConfig::sandbox("sk", "whsec", "http://127.0.0.1:9/");
    config.limits = Limits { timeout_ms: 2_000, ..Limits::SANDBOX };
    let gateway = StripeGateway::new(&config).unwrap();
    for _ in 0..5 {
        let error = gateway.intent(&IntentId::from("pi_x")).await.unwrap_err();
        assert!(matches!(error, GatewayError::Unreachable(_)) && error.outcome_unknown(), "{error:?}");
    }
    let error = gateway.charge(&world.charge_for(order(), "pm_card_visa")).await.unwrap_err();
    assert!(matches!(error, GatewayError::Busy { .. }) && !error.outcome_unknown(), "{error:?}");
}

#[test]
fn a_base_address_that_is_none_is_refused_at_once() {
    for base in ["", "ftp://x", "127.0.0.1:1", "http://a b"] {
        assert!(StripeGateway::new(&StripeConfig::sandbox("sk", "whsec", base)).is_err(), "{base}");
    }
    assert!(StripeGateway::new(&StripeConfig::stripe("sk\n", "whsec")).is_err());
}

#[tokio::test]
async fn what_was_taken_is_listed_page_by_page_and_what_was_declined_is_not() {
    let world = World::new().await;
    let since = world.now();
    let mut charged = Vec::new();
    for _ in 0..103 {
        let order = order();
        world.gateway.charge(&world.charge_for(order, "pm_card_visa")).await.unwrap();
        world.gateway.charge(&world.charge_for(order, "pm_card_chargeDeclined")).await.unwrap();
        charged.push(order);
    }
    let (mut listed, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = world.gateway.taken(since, after.as_ref()).await.unwrap();
        assert!(page.taken.iter().all(|t| t.amount == Some(eur(4_500)) && t.created >= since));
        listed.extend(page.taken.into_iter().filter_map(|taken| taken.order));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    listed.reverse();
    assert_eq!((listed, pages), (charged, 3));
    let later = world.gateway.taken(since + chrono::TimeDelta::seconds(1), None).await.unwrap();
    assert!(later.taken.is_empty() && later.next.is_none());
}

#[tokio::test]
async fn a_dispute_is_told_and_how_it_was_decided() {
    let mut world = World::new().await;
    for (method, won) in [("pm_card_createDisputeWon", true), ("pm_card_createDispute", false)] {
        let outcome = world.gateway.charge(&world.charge_for(order(), method)).await.unwrap();
        let ChargeOutcome::Captured { intent: taken } = outcome else { panic!("{outcome:?}") };
        for expected in [None, Some(won)] {
            let fact = world.fact_where(|kind| matches!(kind, WebhookKind::Disputed { .. })).await;
            let WebhookKind::Disputed { intent, decided, reason } = fact.kind else { panic!("another") };
            assert_eq!((intent.as_ref(), decided, reason.as_str()), (Some(&taken), expected, "fraudulent"));
        }
    }
}
