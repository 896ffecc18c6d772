use crate::world::*;
use chrono::TimeDelta;
use domain::seat::SeatIx;
use store_pg::{
    StoreError,
    orders::{OrderStatus, commit::Commit},
    payments::Closing,
    reservations::release::{Ending, Release},
};

#[tokio::test]
async fn an_expired_order_frees_its_seats_and_places_for_others() {
    let world = World::new().await;
    let store = world.store();
    let order = world.place(&[2, 1], 3).await;
    let late = now() + TimeDelta::minutes(16);
    let due = store.due_reservations(late, 10).await.unwrap();
    assert_eq!(due.iter().map(|d| (d.order, d.hold)).collect::<Vec<_>>(), [(order.id, order.hold)]);
    assert!(store.due_reservations(now(), 10).await.unwrap().is_empty());
    let freed = store.release_order(order.id, Ending::Expired, &test_cause()).await.unwrap();
    let Release::Freed { seats, areas, hold, .. } = freed else { panic!("{freed:?}") };
    assert_eq!((seats, areas, hold), (vec![SeatIx(1), SeatIx(2)], vec![(FLOOR, 3)], order.hold));
    let again = store.release_order(order.id, Ending::Cancelled, &test_cause()).await.unwrap();
    assert_eq!(again, Release::Already);
    assert_eq!(store.order_by_id(order.id).await.unwrap().unwrap().status, OrderStatus::Expired);
    assert_eq!(world.count("SELECT claimed::bigint FROM event_areas").await, 0);
    assert!(store.due_reservations(late, 10).await.unwrap().is_empty());
    world.place(&[1, 2], 30).await;
}

#[tokio::test]
async fn the_same_hold_may_order_again_after_its_order_was_cancelled() {
    let world = World::new().await;
    let request = world.request(&[1], 0);
    let first = world.store().place_order(&request, &test_cause()).await.unwrap().order;
    world.store().release_order(first.id, Ending::Cancelled, &test_cause()).await.unwrap();
    // The old key names the old order for ever.
    let old = world.store().place_order(&request, &test_cause()).await.unwrap();
    assert_eq!((old.repeated, old.order.status), (true, OrderStatus::Cancelled));
    let mut again = world.request(&[1], 0);
    (again.hold, again.idempotency_key) = (request.hold, "second".into());
    let second = world.store().place_order(&again, &test_cause()).await.unwrap();
    assert!(!second.repeated);
    assert_eq!(world.store().order_by_hold(request.hold).await.unwrap().unwrap().id, second.order.id);
}

#[tokio::test]
async fn seats_stay_while_a_payment_can_still_succeed() {
    let world = World::new().await;
    let store = world.store();
    let order = world.place(&[1], 0).await;
    let capture = world.capture(&order).await;
    let refused = store.release_order(order.id, Ending::Expired, &test_cause()).await;
    assert!(matches!(refused, Err(StoreError::PaymentOpen)));
    store.close_payment(capture.payment.unwrap().id, Closing::Expired, &test_cause()).await.unwrap();
    let freed = store.release_order(order.id, Ending::Expired, &test_cause()).await.unwrap();
    assert!(matches!(freed, Release::Freed { .. }));
    let refused = store
        .begin_payment(
            domain::ids::PaymentId(uuid::Uuid::new_v4()),
            order.id,
            store_pg::payments::PaymentKind::Direct,
            &test_cause(),
        )
        .await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })));
}

#[tokio::test]
async fn a_paid_order_is_not_released_and_a_race_has_one_winner() {
    let world = World::with_connections(8).await;
    for seat in 0..10 {
        let order = world.place(&[seat], 0).await;
        let capture = world.capture(&order).await;
        let payment = capture.payment.as_ref().unwrap().id;
        let (store, other) = (world.store().clone(), world.store().clone());
        let commit = tokio::spawn(async move { store.commit_captured(&capture, &test_cause()).await });
        let release = tokio::spawn(async move {
            other.close_payment(payment, Closing::Expired, &test_cause()).await?;
            other.release_order(order.id, Ending::Expired, &test_cause()).await
        });
        match (commit.await.unwrap().unwrap(), release.await.unwrap().unwrap()) {
            (Commit::Issued(_), Release::Completed)
            | (Commit::Late(OrderStatus::Expired), Release::Freed { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn redis_can_be_rebuilt_from_what_is_claimed() {
    let world = World::new().await;
    let store = world.store();
    let sold = world.place(&[7, 3], 2).await;
    store.commit_captured(&world.capture(&sold).await, &test_cause()).await.unwrap();
    let pending = world.place(&[5, 4], 1).await;
    let given_up = world.place(&[9], 4).await;
    store.release_order(given_up.id, Ending::Cancelled, &test_cause()).await.unwrap();
    let claims = store.claims(world.event).await.unwrap();
    assert_eq!(claims.sold, [SeatIx(3), SeatIx(7)]);
    assert_eq!(claims.blocked, [SeatIx(39)]);
    assert_eq!(
        claims.areas.iter().map(|a| (a.area, a.capacity, a.claimed)).collect::<Vec<_>>(),
        [(FLOOR, 30, 3)]
    );
    let [claim] = claims.pending.as_slice() else { panic!("{claims:?}") };
    assert_eq!(
        (claim.hold, claim.order, claim.seats.clone()),
        (pending.hold, pending.id, vec![SeatIx(4), SeatIx(5)])
    );
    assert_eq!(
        (claim.areas.clone(), claim.fence.seq, claim.token_digest.as_str()),
        (vec![(FLOOR, 1)], 7, "token")
    );
}
