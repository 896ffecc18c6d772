use crate::world::*;
use chrono::TimeDelta;
use domain::ids::OrderId;
use store_pg::{
    StoreError,
    deliveries::{Channel, DeliveryState, NewDelivery, Sending},
    orders::Order,
    testing::facts,
};
use uuid::Uuid;

fn mail(fact: i64, order: OrderId, recipient: &str) -> NewDelivery {
    let (id, recipient) = (Uuid::new_v4(), recipient.to_owned());
    NewDelivery { id, fact, order, channel: Channel::Mail, template: "tickets", recipient }
}

async fn placed() -> (World, Order) {
    let world = World::new().await;
    let order = world.place(&[1], 0).await;
    (world, order)
}

#[tokio::test]
async fn a_message_is_queued_once_for_its_fact_and_reader() {
    let (world, order) = placed().await;
    let store = world.store();
    let new = [mail(1, order.id, "a@b.de"), mail(1, order.id, "c@d.de")];
    assert_eq!(store.queue_deliveries(&new, &test_cause()).await.unwrap(), 2);
    let again = [mail(1, order.id, "a@b.de"), mail(2, order.id, "a@b.de")];
    assert_eq!(store.queue_deliveries(&again, &test_cause()).await.unwrap(), 1, "the other fact's");
    assert_eq!(store.queued_deliveries(1).await.unwrap(), 2);
    let kept: Vec<Uuid> = store.deliveries_of_order(order.id).await.unwrap().iter().map(|d| d.id).collect();
    assert!(kept.contains(&new[0].id) && !kept.contains(&again[0].id), "its first name stays");
    let log = store.audit_of("delivery", &new[0].id.to_string()).await.unwrap();
    assert_eq!(log[0].action, "queued");
}

#[tokio::test]
async fn a_claimed_message_is_nobody_elses_until_the_claim_ends() {
    let (world, order) = placed().await;
    let store = world.store();
    let new: Vec<_> = (0..5).map(|n| mail(1, order.id, &format!("r{n}@b.de"))).collect();
    store.queue_deliveries(&new, &test_cause()).await.unwrap();
    let until = now() + TimeDelta::minutes(5);
    let (one, two) =
        tokio::join!(store.claim_deliveries(1, 3, now(), until), store.claim_deliveries(1, 3, now(), until));
    let mut claimed: Vec<Uuid> = one.unwrap().iter().chain(&two.unwrap()).map(|d| d.id).collect();
    claimed.sort();
    claimed.dedup();
    assert!((3..=5).contains(&claimed.len()), "none twice");
    assert_eq!(claimed.len() + store.claim_deliveries(1, 9, now(), until).await.unwrap().len(), 5);
    assert!(store.claim_deliveries(1, 9, until - TimeDelta::seconds(1), until).await.unwrap().is_empty());
    // Its process died: the next one takes it up.
    let late = store.claim_deliveries(1, 9, until, until + TimeDelta::minutes(5)).await.unwrap();
    assert_eq!((late.len(), late[0].attempts), (5, 2));
}

#[tokio::test]
async fn sending_ends_once_and_says_how() {
    let (world, order) = placed().await;
    let store = world.store();
    let new = [mail(1, order.id, "a@b.de"), mail(1, order.id, "c@d.de"), mail(1, order.id, "e@f.de")];
    store.queue_deliveries(&new, &test_cause()).await.unwrap();
    store.claim_deliveries(1, 9, now(), now() + TimeDelta::minutes(5)).await.unwrap();
    store.finish_delivery(new[0].id, Sending::Sent("250 ok"), &test_cause()).await.unwrap();
    store.finish_delivery(new[1].id, Sending::Failed("550 nobody"), &test_cause()).await.unwrap();
    let twice = store.finish_delivery(new[0].id, Sending::Failed("late"), &test_cause()).await;
    assert!(matches!(twice, Err(StoreError::WrongState { .. })), "{twice:?}");
    store.postpone_delivery(new[2].id, "451 later", now()).await.unwrap();
    let again = store.claim_deliveries(1, 9, now(), now() + TimeDelta::minutes(5)).await.unwrap();
    assert_eq!((again.len(), again[0].error.as_deref()), (1, Some("451 later")));
    let states: Vec<_> =
        store.deliveries_of_order(order.id).await.unwrap().into_iter().map(|d| d.state).collect();
    assert_eq!(states.iter().filter(|state| **state == DeliveryState::Sent).count(), 1);
    assert_eq!(states.iter().filter(|state| **state == DeliveryState::Failed).count(), 1);
}

#[tokio::test]
async fn what_the_provider_tells_may_come_before_its_answer() {
    let (world, order) = placed().await;
    let store = world.store();
    let text = |phone: &str| NewDelivery { channel: Channel::Sms, ..mail(1, order.id, phone) };
    let (early, letter) = (text("+49301234567"), mail(1, order.id, "a@b.de"));
    store.queue_deliveries(&[early.clone(), letter.clone()], &test_cause()).await.unwrap();
    assert!(store.delivery_told(early.id, "SM1", None, &test_cause()).await.unwrap());
    assert!(!store.delivery_told(early.id, "SM1", Some("30005"), &test_cause()).await.unwrap(), "it stays");
    assert!(!store.delivery_told(letter.id, "SM1", None, &test_cause()).await.unwrap(), "no text message");
    assert!(!store.delivery_told(Uuid::new_v4(), "SM1", None, &test_cause()).await.unwrap());
    let told = store.deliveries_of_order(order.id).await.unwrap();
    let told = told.iter().find(|d| d.id == early.id).unwrap();
    assert_eq!((told.state, told.provider_ref.as_deref()), (DeliveryState::Delivered, Some("SM1")));
}

#[tokio::test]
async fn who_said_stop_is_remembered_until_they_say_start() {
    let (world, _) = placed().await;
    let (store, phone) = (world.store(), "+49301234567");
    assert!(!store.opted_out(phone).await.unwrap());
    assert!(store.opt_out(phone, &test_cause()).await.unwrap());
    assert!(!store.opt_out(phone, &test_cause()).await.unwrap());
    assert!(store.opted_out(phone).await.unwrap());
    assert!(
        store.opt_in(phone, &test_cause()).await.unwrap()
            && !store.opt_in(phone, &test_cause()).await.unwrap()
    );
}

#[tokio::test]
async fn orders_are_found_by_number_and_by_their_buyers_address_alone() {
    let (world, order) = placed().await;
    let store = world.store();
    assert_eq!(store.order_of_buyer(&order.number, "ADA@example.org").await.unwrap(), Some(order.id));
    assert_eq!(store.order_of_buyer(&order.number, "eve@example.org").await.unwrap(), None);
    assert_eq!(store.order_by_number(&order.number).await.unwrap(), Some(order.id));
    assert_eq!(store.order_by_number("none").await.unwrap(), None);
    let fact = store.ask_for_link(order.id, &test_cause()).await.unwrap();
    assert_eq!(store.fact_by_id(fact).await.unwrap().unwrap().kind, "ticket_link");
    assert_eq!(facts(store, "ticket_link").await.unwrap().len(), 1);
}

#[tokio::test]
async fn everybody_with_a_completed_order_is_listed_page_by_page() {
    let world = World::new().await;
    let store = world.store();
    for seat in 1..=3 {
        let order = world.place(&[seat], 0).await;
        let capture = world.capture(&order).await;
        store.commit_captured(&capture, &test_cause()).await.unwrap();
    }
    world.place(&[9], 0).await;
    let first = store.completed_orders(world.event, None, 2).await.unwrap();
    let rest = store.completed_orders(world.event, Some(first[1].0), 2).await.unwrap();
    assert_eq!((first.len(), rest.len()), (2, 1), "the unpaid one is not among them");
    assert!(first[0].0 < first[1].0 && first[1].0 < rest[0].0);
    assert_eq!(first[0].1, "ada@example.org");
}

#[tokio::test]
async fn an_event_that_moves_is_a_fact_and_one_that_stays_is_none() {
    let world = World::new().await;
    let store = world.store();
    let mut event = world.new_event("hamlet", "Hamlet, with another name");
    store.upsert_event(&event, &test_cause()).await.unwrap();
    assert!(facts(store, "event_changed").await.unwrap().is_empty(), "whoever has tickets need not know");
    event.doors_at -= TimeDelta::minutes(30);
    store.upsert_event(&event, &test_cause()).await.unwrap();
    store.upsert_event(&event, &test_cause()).await.unwrap();
    let told = facts(store, "event_changed").await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0].payload["event"], &told[0].payload["before"]["venue"]),
        (&world.event.to_string().into(), &"The House".into())
    );
}
