//! Who owes what to which fact; dead letters.

use crate::world::*;
use chrono::TimeDelta;
use store_pg::outbox::{Due, Taken};

const GROUP: &str = "delivery";

/// A world with one fact that the group owes something to.
async fn owing() -> (World, i64) {
    let world = World::new().await;
    world.place(&[1], 0).await;
    let fact = world.store().unpublished_facts(10).await.unwrap()[0].id;
    let store = world.store();
    assert_eq!(store.expect_deliveries(&[fact], &[GROUP], now(), later(60)).await.unwrap(), 1);
    (world, fact)
}

fn later(seconds: i64) -> chrono::DateTime<chrono::Utc> {
    now() + TimeDelta::seconds(seconds)
}

async fn take(world: &World, fact: i64, at: i64) -> Option<Taken> {
    world.store().take(GROUP, fact, later(at), later(at + 30)).await.unwrap()
}

#[tokio::test]
async fn what_is_owed_is_noted_once_and_done_once() {
    let (world, fact) = owing().await;
    let store = world.store();
    assert_eq!(store.expect_deliveries(&[fact], &[GROUP, "another"], now(), now()).await.unwrap(), 1);
    let taken = take(&world, fact, 0).await.unwrap();
    assert_eq!((taken.fact.id, taken.fact.kind.as_str(), taken.attempt), (fact, "order_placed", 1));
    assert!(store.delivered(GROUP, fact, later(1)).await.unwrap());
    assert!(!store.delivered(GROUP, fact, later(2)).await.unwrap());
    assert_eq!(take(&world, fact, 1_000).await, None, "done is done");
    assert!(store.take("another", fact, now(), later(1)).await.unwrap().is_some(), "each group for itself");
}

#[tokio::test]
async fn of_many_consumers_one_has_a_fact_and_its_death_frees_it() {
    let (world, fact) = owing().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = world.store().clone();
        tasks.spawn(async move { store.take(GROUP, fact, now(), later(30)).await.unwrap().is_some() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|taken| *taken).count(), 1);
    assert_eq!(take(&world, fact, 29).await, None);
    let second = take(&world, fact, 30).await.unwrap();
    assert_eq!(second.attempt, 2);
    // The first one lives after all: its failure is no news any more.
    let first = Taken { attempt: 1, ..second.clone() };
    assert!(!world.store().delivery_failed(GROUP, &first, "late", later(40)).await.unwrap());
    assert!(!world.store().bury(GROUP, &first, "late", &test_cause()).await.unwrap());
    assert!(world.store().delivery_failed(GROUP, &second, "no", later(40)).await.unwrap());
}

#[tokio::test]
async fn what_failed_is_due_at_its_time_and_said_again_until_it_is_done() {
    let (world, fact) = owing().await;
    let store = world.store();
    let due = [Due { group: GROUP.into(), fact }];
    assert!(store.is_relay_due(now()).await.unwrap(), "it was not published yet");
    assert_eq!(store.mark_published(&[fact], now()).await.unwrap(), 1);
    assert!(!store.is_relay_due(later(59)).await.unwrap());
    assert!(store.is_relay_due(later(60)).await.unwrap(), "nobody took it");
    assert_eq!(store.due_deliveries(later(60), 10).await.unwrap(), due);
    assert_eq!(store.said_again(&due, later(120)).await.unwrap(), 1);
    assert!(store.due_deliveries(later(119), 10).await.unwrap().is_empty());
    let taken = take(&world, fact, 61).await.unwrap();
    assert!(store.delivery_failed(GROUP, &taken, "the mail server is away", later(300)).await.unwrap());
    assert_eq!(take(&world, fact, 200).await, None, "said twice by chance: not before its time");
    assert!(store.due_deliveries(later(299), 10).await.unwrap().is_empty());
    assert_eq!(store.due_deliveries(later(300), 10).await.unwrap(), due);
    assert_eq!(take(&world, fact, 300).await.unwrap().attempt, 2);
}

#[tokio::test]
async fn a_lost_stream_is_said_again_at_once_but_not_what_is_in_hand_or_failed() {
    let world = World::new().await;
    for seat in 1..=3 {
        world.place(&[seat], 0).await;
    }
    let store = world.store();
    let facts: Vec<_> = store.unpublished_facts(10).await.unwrap().iter().map(|f| f.id).collect();
    store.expect_deliveries(&facts, &[GROUP], now(), later(60)).await.unwrap();
    take(&world, facts[0], 0).await.unwrap();
    let failed = take(&world, facts[1], 0).await.unwrap();
    store.delivery_failed(GROUP, &failed, "no", later(500)).await.unwrap();
    assert_eq!(store.say_all_again(GROUP, later(1)).await.unwrap(), 1);
    let due = store.due_deliveries(later(1), 10).await.unwrap();
    assert_eq!(due, [Due { group: GROUP.into(), fact: facts[2] }]);
    let state = &store.group_states().await.unwrap()[0];
    assert_eq!((state.group.as_str(), state.waiting, state.dead), (GROUP, 3, 0));
    let outbox = store.outbox_state().await.unwrap();
    assert_eq!((outbox.unpublished, outbox.unpublished_since), (3, Some(now())));
}

#[tokio::test]
async fn a_dead_letter_says_why_and_is_tried_anew_once() {
    let (world, fact) = owing().await;
    let store = world.store();
    let taken = take(&world, fact, 0).await.unwrap();
    assert!(store.bury(GROUP, &taken, "no such order", &test_cause()).await.unwrap());
    assert_eq!(take(&world, fact, 1_000).await, None);
    assert!(store.due_deliveries(later(100_000), 10).await.unwrap().is_empty());
    let letters = store.dead_letters(None, 10).await.unwrap();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!((letter.fact, letter.reason.as_str(), letter.attempts), (fact, "no such order", 1));
    assert!(store.dead_letters(Some(letter.id), 10).await.unwrap().is_empty());
    assert!(store.replay(letter.id, &test_cause()).await.unwrap());
    assert!(!store.replay(letter.id, &test_cause()).await.unwrap());
    assert!(!store.replay(letter.id + 1, &test_cause()).await.unwrap());
    assert!(store.dead_letters(None, 10).await.unwrap().is_empty());
    assert_eq!(take(&world, fact, 0).await.unwrap().attempt, 1, "from the first attempt");
    let audited = store.audit_of("dead_letter", &letter.id.to_string()).await.unwrap();
    assert_eq!(audited.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(), ["buried", "replayed"]);
    // It fails again: another letter.
    let taken = take(&world, fact, 31).await.unwrap();
    assert!(store.bury(GROUP, &taken, "still no such order", &test_cause()).await.unwrap());
    assert_eq!(store.dead_letters(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn work_for_one_is_done_by_one_at_a_time() {
    let world = World::new().await;
    let store = world.store();
    let flight = store.single_flight("relay").await.unwrap().unwrap();
    assert!(store.single_flight("relay").await.unwrap().is_none());
    store.single_flight("sweep").await.unwrap().unwrap().end().await.unwrap();
    // Whoever holds a right finds a connection for its work, also where there is only one.
    let narrow = store_pg::testing::TestDb::new(1).await.unwrap();
    let held = narrow.store.single_flight("narrow").await.unwrap().unwrap();
    narrow.store.ping().await.unwrap();
    held.end().await.unwrap();
    flight.end().await.unwrap();
    let again = store.single_flight("relay").await.unwrap().unwrap();
    drop(again);
    // Given back by the connection's return to the pool, a moment later.
    for _ in 0..1_000 {
        if store.single_flight("relay").await.unwrap().is_some() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("a dropped right stays taken");
}
