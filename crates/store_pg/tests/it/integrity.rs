use crate::world::*;
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use std::str::FromStr;
use store_pg::{StoreError, catalogue::EventStatus, integrity::Oversold};

async fn raw(world: &World) -> PgConnection {
    PgConnectOptions::from_str(&world.db.url).unwrap().connect().await.unwrap()
}

#[tokio::test]
async fn an_oversell_is_counted_from_the_tickets_alone() {
    let world = World::new().await;
    let store = world.store();
    let order = world.place(&[1], 2).await;
    store.commit_captured(&world.capture(&order).await, &test_cause()).await.unwrap();
    assert_eq!(store.oversold(now()).await.unwrap(), []);
    // Somebody removed what guards it.
    let mut connection = raw(&world).await;
    sqlx::raw_sql(
        "DROP INDEX ticket_one_live_per_seat; DROP INDEX ticket_one_live_per_line;
         INSERT INTO tickets SELECT gen_random_uuid(), order_id, order_line_id, event_id, seat_ix, 'issued',
             code || '-again', issued_at, changed_at FROM tickets;
         UPDATE event_areas SET claimed = 0, capacity = 3",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let event = world.event;
    let expected = [
        Oversold { event, place: "A-1".into(), tickets: 2, places: 1 },
        Oversold { event, place: "floor".into(), tickets: 4, places: 3 },
    ];
    assert_eq!(store.oversold(now()).await.unwrap(), expected);
}

#[tokio::test]
async fn a_frozen_event_sells_nothing_until_it_is_published_again() {
    let world = World::new().await;
    let store = world.store();
    assert!(store.freeze_event(world.event, "we are checking", &test_cause()).await.unwrap());
    assert!(!store.freeze_event(world.event, "again", &test_cause()).await.unwrap());
    assert_eq!(store.frozen(world.event).await.unwrap().as_deref(), Some("we are checking"));
    let refused = store.place_order(&world.request(&[1], 0), &test_cause()).await;
    assert!(matches!(refused, Err(StoreError::NotForSale)));
    store.set_event_status(world.event, EventStatus::Published, &test_cause()).await.unwrap();
    assert_eq!(store.frozen(world.event).await.unwrap(), None);
    world.place(&[1], 0).await;
}
