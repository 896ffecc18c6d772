use crate::world::*;
use chrono::TimeDelta;
use store_pg::{audit::Cause, testing::facts};

const LEAD: TimeDelta = TimeDelta::minutes(5);

#[tokio::test]
async fn an_order_is_reminded_once_in_the_last_minutes_if_its_buyer_wished_it() {
    let world = World::new().await;
    let store = world.store();
    let wishing = async |seat: u32, minutes: i64| {
        let mut new = world.request(&[seat], 0);
        new.contact.remind_me = true;
        new.pay_before = now() + TimeDelta::minutes(minutes);
        store.place_order(&new, &Cause::by("test", now())).await.unwrap().order
    };
    let (long, short) = (wishing(1, 15).await, wishing(2, 6).await);
    world.place(&[3], 0).await;
    let paid = wishing(4, 15).await;
    let capture = world.capture(&paid).await;
    store.commit_captured(&capture, &test_cause()).await.unwrap();

    let remind = async |minutes: i64| {
        let at = now() + TimeDelta::minutes(minutes);
        store.remind_of_payment(LEAD, 10, &Cause::by("worker", at)).await.unwrap()
    };
    assert_eq!(remind(3).await, 0, "of six minutes the last third has not begun");
    assert_eq!((remind(5).await, remind(5).await), (1, 0));
    assert_eq!((remind(11).await, remind(12).await), (1, 0));
    let told: Vec<_> = facts(store, "order_lapsing").await.unwrap();
    let told: Vec<_> = told.iter().map(|fact| fact.payload["order"].as_str().unwrap()).collect();
    assert_eq!(told, [short.id.to_string(), long.id.to_string()]);
    let log = store.audit_of("order", &long.id.to_string()).await.unwrap();
    assert_eq!(log.last().unwrap().action, "reminded");
    assert!(store.order_by_id(long.id).await.unwrap().unwrap().contact.remind_me);
    assert_eq!(world.count("SELECT count(*) FROM orders WHERE reminded_at IS NOT NULL").await, 2);
}

#[tokio::test]
async fn nobody_is_reminded_when_the_time_is_over() {
    let world = World::new().await;
    let mut new = world.request(&[1], 0);
    new.contact.remind_me = true;
    world.store().place_order(&new, &Cause::by("test", now())).await.unwrap();
    let late = Cause::by("worker", now() + TimeDelta::minutes(16));
    assert_eq!(world.store().remind_of_payment(LEAD, 10, &late).await.unwrap(), 0);
}
