use crate::world::*;
use chrono::TimeDelta;
use domain::{
    hold::HoldRules,
    money::{Currency, Money},
    seat::SeatIx,
};
use store_pg::{StoreError, catalogue::EventStatus};

#[tokio::test]
async fn an_event_reads_back_as_it_was_written() {
    let world = World::new().await;
    let detail = world.store().event_by_slug("hamlet", now()).await.unwrap().unwrap();
    assert_eq!(world.store().event_by_id(world.event, now()).await.unwrap(), Some(detail.clone()));
    let written = world.new_event("hamlet", "Hamlet");
    assert_eq!((detail.zones, detail.areas, detail.blocked), (written.zones, written.areas, written.blocked));
    assert_eq!((detail.rules, detail.seats, detail.plan_version), (HoldRules::default(), 40, 1));
    let summary = detail.summary;
    assert_eq!((summary.capacity, summary.venue.city.as_str()), (39 + 30, "Berlin"));
    assert_eq!(summary.price_from, Some(Money::new(2250, Currency::EUR)));
    assert_eq!(summary.price_to, Some(Money::new(4500, Currency::EUR)));
    assert_eq!(world.store().poster_by_slug("hamlet").await.unwrap().as_deref(), Some("<svg/>"));
    assert_eq!(world.store().event_by_slug("macbeth", now()).await.unwrap(), None);
    assert_eq!(world.store().published_events(now()).await.unwrap(), [(world.event, world.plan)]);
    assert!(world.store().published_events(now() + TimeDelta::days(30)).await.unwrap().is_empty());
    assert!(world.store().has_events().await.unwrap());
    assert_eq!(world.store().venues().await.unwrap().len(), 1);
}

#[tokio::test]
async fn only_tiers_that_are_valid_now_make_the_price() {
    let world = World::new().await;
    let mut event = world.new_event("hamlet", "Hamlet");
    event.zones[0].tiers[1].valid_to = Some(now() + TimeDelta::days(1));
    let id = world.store().upsert_event(&event, &test_cause()).await.unwrap();
    assert_eq!(id, world.event);
    let world = &world;
    let from =
        |at| async move { world.store().event_by_id(id, at).await.unwrap().unwrap().summary.price_from };
    assert_eq!(from(now()).await, Some(Money::new(2250, Currency::EUR)));
    assert_eq!(from(now() + TimeDelta::days(1)).await, Some(Money::new(4500, Currency::EUR)));
}

#[tokio::test]
async fn writing_an_event_again_keeps_what_is_claimed_of_it() {
    let world = World::new().await;
    world.place(&[1], 5).await;
    let mut event = world.new_event("hamlet", "Hamlet, again");
    world.store().upsert_event(&event, &test_cause()).await.unwrap();
    let detail = world.store().event_by_id(world.event, now()).await.unwrap().unwrap();
    assert_eq!((detail.summary.name.as_str(), detail.areas[0].claimed), ("Hamlet, again", 5));
    event.blocked = vec![SeatIx(1)];
    let refused = world.store().upsert_event(&event, &test_cause()).await.unwrap_err();
    assert!(matches!(refused, StoreError::SeatTaken { seats } if seats == [SeatIx(1)]));
    event.blocked.clear();
    event.areas[0].capacity = 4;
    let refused = world.store().upsert_event(&event, &test_cause()).await.unwrap_err();
    assert!(matches!(refused, StoreError::AreaFull { .. }));
}

#[tokio::test]
async fn a_cancelled_event_stays_cancelled() {
    let world = World::new().await;
    let world = &world;
    let set =
        |status| async move { world.store().set_event_status(world.event, status, &test_cause()).await };
    assert!(set(EventStatus::Paused).await.unwrap());
    assert!(!set(EventStatus::Paused).await.unwrap());
    assert!(set(EventStatus::Cancelled).await.unwrap());
    assert!(matches!(set(EventStatus::Published).await, Err(StoreError::WrongState { .. })));
    let log = world.store().audit_of("event", &world.event.to_string()).await.unwrap();
    assert_eq!(log.iter().filter(|row| row.action == "status").count(), 2);
}
