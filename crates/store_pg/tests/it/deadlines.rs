use crate::world::*;
use chrono::TimeDelta;
use serde_json::json;
use store_pg::{checkouts::StoredCheckout, payments::Closing};

#[tokio::test]
async fn orders_that_nobody_can_pay_now_have_more_time_and_not_for_ever() {
    let world = World::new().await;
    let store = world.store();
    let (open, idle) = (world.place(&[1], 0).await, world.place(&[2], 0).await);
    let payment = world.capture(&open).await.payment.unwrap().id;
    let until = now() + TimeDelta::minutes(20);
    let most = TimeDelta::minutes(75);
    assert_eq!(store.postpone_deadlines(until, most, 10, &test_cause()).await.unwrap(), 1);
    assert_eq!(store.postpone_deadlines(until, most, 10, &test_cause()).await.unwrap(), 0);
    let deadline = async |id| store.order_by_id(id).await.unwrap().unwrap().pay_before;
    assert_eq!((deadline(open.id).await, deadline(idle.id).await), (until, idle.pay_before));
    let due = store.due_reservations(now() + TimeDelta::minutes(16), 10).await.unwrap();
    assert_eq!(due.iter().map(|d| d.order).collect::<Vec<_>>(), [idle.id]);
    assert_eq!(
        store.audit_of("order", &open.id.to_string()).await.unwrap().last().unwrap().action,
        "postponed"
    );
    // Beyond the bound, and once its payment is closed, an order waits no longer.
    let late = now() + TimeDelta::minutes(80);
    assert_eq!(store.postpone_deadlines(late, most, 10, &test_cause()).await.unwrap(), 0);
    store.close_payment(payment, Closing::Expired, &test_cause()).await.unwrap();
    let more = until + TimeDelta::minutes(1);
    assert_eq!(store.postpone_deadlines(more, most, 10, &test_cause()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_checkout_tried_in_vain_waits_longer_until_it_moves() {
    let world = World::new().await;
    let store = world.store();
    let order = world.place(&[1], 0).await.id;
    let state = |version| StoredCheckout { state: json!({ "n": version }), version };
    assert!(store.store_checkout(order, &state(0), true, now()).await.unwrap());
    let open = async |after_s| store.open_checkouts(now() + TimeDelta::seconds(after_s), 10).await.unwrap();
    assert_eq!(open(1).await, [(order, 0)]);
    assert!(store.defer_checkout(order, 0, now() + TimeDelta::seconds(30)).await.unwrap());
    assert!(!store.defer_checkout(order, 0, now()).await.unwrap(), "another process tried it");
    assert!(open(1).await.is_empty());
    assert_eq!(open(31).await, [(order, 1)]);
    assert!(store.store_checkout(order, &state(1), true, now()).await.unwrap());
    assert_eq!(open(1).await, [(order, 0)]);
}

#[tokio::test]
async fn payments_that_nobody_told_of_for_a_while_are_in_doubt() {
    let world = World::new().await;
    let order = world.place(&[1], 0).await;
    let payment = world.capture(&order).await.payment.unwrap().id;
    let later = now() + TimeDelta::minutes(2);
    let doubt = async |before, at| world.store().doubtful_payments(before, at, 10).await.unwrap();
    assert_eq!(doubt(later, later).await.iter().map(|p| p.id).collect::<Vec<_>>(), [payment]);
    assert!(doubt(now(), later).await.is_empty(), "just begun");
    assert!(doubt(later, order.pay_before).await.is_empty(), "its time is over: it is closed anyway");
}
