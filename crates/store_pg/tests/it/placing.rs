use crate::world::*;
use domain::{
    hold::AreaConflict,
    money::{Currency, Money},
    seat::{AreaIx, SeatIx},
};
use store_pg::{
    StoreError,
    catalogue::EventStatus,
    orders::{OrderStatus, PaymentStatus, RefundStatus},
};
use tokio::task::JoinSet;

#[tokio::test]
async fn of_fifty_orders_for_one_seat_one_wins() {
    let world = World::with_connections(16).await;
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (store, request) = (world.store().clone(), world.request(&[3], 0));
        tasks.spawn(async move { store.place_order(&request, &test_cause()).await });
    }
    let mut won = 0;
    for outcome in tasks.join_all().await {
        match outcome {
            Ok(placed) => won += u32::from(!placed.repeated),
            Err(StoreError::SeatTaken { seats }) => assert_eq!(seats, [SeatIx(3)]),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(world.count("SELECT count(*) FROM reservation_seats WHERE active").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 1);
}

#[tokio::test]
async fn overlapping_groups_in_any_order_never_share_a_seat_and_never_hang() {
    let world = World::with_connections(16).await;
    let mut tasks = JoinSet::new();
    for i in 0..60_u32 {
        let mut seats = [i % 10, (i + 3) % 10, (i + 7) % 10];
        if i % 2 == 0 {
            seats.reverse();
        }
        let (store, request) = (world.store().clone(), world.request(&seats, 1));
        tasks.spawn(async move { store.place_order(&request, &test_cause()).await });
    }
    for outcome in tasks.join_all().await {
        assert!(matches!(outcome, Ok(_) | Err(StoreError::SeatTaken { .. })), "{outcome:?}");
    }
    let active = world.count("SELECT count(*) FROM reservation_seats WHERE active").await;
    assert_eq!(
        active,
        world.count("SELECT count(DISTINCT seat_ix) FROM reservation_seats WHERE active").await
    );
    assert_eq!(active, 3 * world.count("SELECT claimed::bigint FROM event_areas").await);
}

#[tokio::test]
async fn an_area_is_never_oversold_under_concurrency() {
    let world = World::with_connections(16).await;
    let mut tasks = JoinSet::new();
    for i in 0..40_u32 {
        let (store, request) = (world.store().clone(), world.request(&[], 1 + i % 3));
        tasks.spawn(async move { store.place_order(&request, &test_cause()).await.map(|_| 1 + i % 3) });
    }
    let mut sold = 0;
    for outcome in tasks.join_all().await {
        match outcome {
            Ok(places) => sold += i64::from(places),
            Err(StoreError::AreaFull { areas }) => assert_eq!(areas[0].area, FLOOR),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(sold <= 30);
    assert_eq!(world.count("SELECT claimed::bigint FROM event_areas").await, sold);
    assert_eq!(world.count("SELECT sum(quantity)::bigint FROM reservation_areas WHERE active").await, sold);
}

#[tokio::test]
async fn the_same_key_at_once_is_one_order() {
    let world = World::with_connections(16).await;
    let request = world.request(&[1, 2], 2);
    let mut tasks = JoinSet::new();
    for _ in 0..12 {
        // Every try draws its own ids, as a repeated HTTP request does.
        let mut again = world.request(&[1, 2], 2);
        again.hold = request.hold;
        let store = world.store().clone();
        tasks.spawn(async move { store.place_order(&again, &test_cause()).await.unwrap() });
    }
    let placed = tasks.join_all().await;
    assert_eq!(placed.iter().filter(|p| !p.repeated).count(), 1);
    assert!(placed.iter().all(|p| p.order == placed[0].order));
    assert_eq!(world.count("SELECT count(*) FROM order_lines").await, 4);
    assert_eq!(world.count("SELECT claimed::bigint FROM event_areas").await, 2);
}

#[tokio::test]
async fn the_same_key_with_another_request_is_refused_and_another_key_finds_the_living_order() {
    let world = World::new().await;
    let request = world.request(&[1], 0);
    let first = world.store().place_order(&request, &test_cause()).await.unwrap();
    let mut other = world.request(&[1], 0);
    other.hold = request.hold;
    other.request_digest = "another".into();
    assert!(matches!(world.store().place_order(&other, &test_cause()).await, Err(StoreError::Mismatch)));
    other.idempotency_key = "second".into();
    let again = world.store().place_order(&other, &test_cause()).await.unwrap();
    assert!(again.repeated);
    assert_eq!(again.order, first.order);
}

#[tokio::test]
async fn a_placed_order_reads_back_as_it_was_placed() {
    let world = World::new().await;
    let request = world.request(&[5, 4], 1);
    let order = world.store().place_order(&request, &test_cause()).await.unwrap().order;
    assert_eq!(order.lines, request.lines);
    assert_eq!(order.total, Money::new(3 * 4500, Currency::EUR));
    assert_eq!((order.contact.clone(), order.policy.clone()), (request.contact, request.policy));
    let axes = (order.status, order.payment_status, order.refund_status);
    assert_eq!(axes, (OrderStatus::Placed, PaymentStatus::None, RefundStatus::None));
    let store = world.store();
    assert_eq!(store.order_by_hold(request.hold).await.unwrap(), Some(order.clone()));
    assert_eq!(store.order_by_access_digest(&request.access_digest).await.unwrap(), Some(order.clone()));
    assert_eq!(store.order_by_access_digest("else").await.unwrap(), None);
    let log = store.audit_of("order", &order.id.to_string()).await.unwrap();
    assert_eq!((log[0].actor.as_str(), log[0].action.as_str()), ("test", "placed"));
    assert_eq!(
        store.audit_of("reservation", &order.reservation.to_string()).await.unwrap()[0].action,
        "reserved"
    );
    assert_eq!(store.unpublished_facts(10).await.unwrap()[0].kind, "order_placed");
}

#[tokio::test]
async fn a_refused_order_leaves_nothing_behind() {
    let world = World::new().await;
    let world = &world;
    let refused =
        |request| async move { world.store().place_order(&request, &test_cause()).await.unwrap_err() };
    // The seat is blocked.
    assert!(
        matches!(refused(world.request(&[39], 2)).await, StoreError::SeatTaken { seats } if seats == [SeatIx(39)])
    );
    // The area has no place left; the seat beside it stays free.
    let full = refused(world.request(&[1], 31)).await;
    let left = AreaConflict { area: AreaIx(0), available: 30 };
    assert!(matches!(full, StoreError::AreaFull { areas } if areas == [left]));
    assert!(matches!(refused(world.request(&[], 0)).await, StoreError::Missing { .. }));
    // A price in another currency.
    let mut request = world.request(&[1], 0);
    request.currency = Currency::GBP;
    assert!(matches!(refused(request).await, StoreError::AmountMismatch));
    // The event is paused.
    world.store().set_event_status(world.event, EventStatus::Paused, &test_cause()).await.unwrap();
    assert!(matches!(refused(world.request(&[1], 0)).await, StoreError::NotForSale));
    for table in [
        "SELECT count(*) FROM reservations",
        "SELECT count(*) FROM reservation_seats",
        "SELECT count(*) FROM orders",
        "SELECT claimed::bigint FROM event_areas",
        "SELECT count(*) FROM audit_log WHERE entity IN ('order', 'reservation')",
    ] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
}
