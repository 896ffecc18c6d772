use crate::world::*;
use store_pg::{
    StoreError,
    catalogue::EventStatus,
    orders::{
        Order, OrderStatus,
        commit::{Capture, Commit},
    },
    payments::{Closing, PaymentState},
    reservations::release::Ending,
};

/// An order whose time was over, and then its money came.
async fn late_money(world: &World) -> (Order, Capture) {
    let order = world.place(&[1, 2], 2).await;
    let capture = world.capture(&order).await;
    let payment = capture.payment.as_ref().unwrap().id;
    world.store().close_payment(payment, Closing::Expired, &test_cause()).await.unwrap();
    world.store().release_order(order.id, Ending::Expired, &test_cause()).await.unwrap();
    let late = world.store().commit_captured(&capture, &test_cause()).await.unwrap();
    assert_eq!(late, Commit::Late(OrderStatus::Expired));
    (order, capture)
}

#[tokio::test]
async fn late_money_takes_the_same_seats_again_when_they_are_free() {
    let world = World::new().await;
    let (order, capture) = late_money(&world).await;
    let done = world.store().commit_late(&capture, &test_cause()).await.unwrap();
    assert!(matches!(done, Commit::Issued(tickets) if tickets.len() == 4));
    assert_eq!(world.store().order_by_id(order.id).await.unwrap().unwrap().status, OrderStatus::Completed);
    assert_eq!(world.count("SELECT claimed::bigint FROM event_areas").await, 2);
    assert_eq!(world.store().claims(world.event).await.unwrap().sold.len(), 2);
    let again = world.store().commit_late(&capture, &test_cause()).await.unwrap();
    assert!(matches!(again, Commit::Already { tickets, .. } if tickets.len() == 4));
}

#[tokio::test]
async fn late_money_for_seats_of_somebody_else_is_surplus() {
    let world = World::new().await;
    let (order, capture) = late_money(&world).await;
    world.place(&[2], 0).await;
    let refused = world.store().commit_late(&capture, &test_cause()).await.unwrap_err();
    assert!(matches!(refused, StoreError::SeatTaken { seats } if seats == [domain::seat::SeatIx(2)]));
    let payment = capture.payment.unwrap();
    assert!(world.store().mark_surplus(payment.id, payment.intent.as_deref(), &test_cause()).await.unwrap());
    assert_eq!(world.store().payment_by_id(payment.id).await.unwrap().unwrap().state, PaymentState::Surplus);
    assert_eq!(world.store().order_by_id(order.id).await.unwrap().unwrap().status, OrderStatus::Expired);
    assert_eq!(world.count("SELECT claimed::bigint FROM event_areas").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM facts WHERE kind = 'payment_surplus'").await, 1);
}

#[tokio::test]
async fn late_money_for_a_full_area_or_a_cancelled_event_is_refused() {
    let world = World::new().await;
    let (_, capture) = late_money(&world).await;
    world.place(&[], 29).await;
    let refused = world.store().commit_late(&capture, &test_cause()).await.unwrap_err();
    assert!(matches!(refused, StoreError::AreaFull { .. }));
    world.store().set_event_status(world.event, EventStatus::Cancelled, &test_cause()).await.unwrap();
    let refused = world.store().commit_late(&capture, &test_cause()).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotForSale));
}
