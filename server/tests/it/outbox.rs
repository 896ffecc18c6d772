//! Facts reach their consumers whatever dies on the way.

use crate::{
    buyer::{buy, commit, fresh, hold, order, pay_page, wish},
    house::{seat, seats},
    own_redis::OwnRedis,
    world::{Setup, World, eventually},
};
use services::{
    Error, Services,
    outbox::{Consumer, Group, Pace},
};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use store_pg::{
    audit::Cause,
    facts::Fact,
    testing::{fact_deliveries, put_fact},
};
use tokio_util::sync::CancellationToken;

const GROUP: &str = "delivery";

/// A process counts as dead after that.
const SOON: Duration = Duration::from_millis(200);
/// Nobody counts as dead.
const NEVER: Duration = Duration::from_secs(3_600);

/// Quick enough for a test.
fn pace(lease: Duration) -> Pace {
    Pace {
        lease,
        effect_max: Duration::from_secs(20),
        pause_min: Duration::from_millis(1),
        pause_max: Duration::from_millis(4),
        attempts_max: 3,
        at_once: 1,
    }
}

async fn join(services: &Services, lease: Duration) -> Consumer {
    let join = async || Consumer::join(services, Group::Delivery, pace(lease)).await.ok();
    eventually("a consumer joins", join).await
}

/// Facts as an effect saw them.
#[derive(Default)]
struct Seen(Mutex<Vec<Fact>>);

impl Seen {
    async fn note(&self, fact: Fact) -> services::Result<()> {
        self.0.lock().unwrap().push(fact);
        Ok(())
    }

    fn ids(&self) -> Vec<i64> {
        self.0.lock().unwrap().iter().map(|fact| fact.id).collect()
    }

    fn kinds(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|fact| fact.kind.clone()).collect()
    }
}

async fn states(world: &World) -> Vec<(i64, String, i32)> {
    fact_deliveries(&world.db.store, GROUP).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_reaches_its_consumers_by_itself() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    buy(&world.http, &held).await;
    eventually("every fact has had its effect", async || {
        let states = states(&world).await;
        (states.len() >= 2 && states.iter().all(|(_, state, _)| state == "done")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_of_an_outage_of_redis_flow_later() {
    let mut redis = OwnRedis::start();
    let world = World::without_workers(Setup { redis_url: redis.url(), ..Setup::default() }).await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    redis.kill();
    pay_page(&world.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
    eventually("the tickets are issued", async || (world.tickets().await.len() == 2).then_some(())).await;
    assert!(matches!(world.services.relay_facts().await, Err(Error::Busy { .. })));
    let waiting = world.db.store.unpublished_facts(100).await.unwrap();
    assert!(waiting.iter().any(|fact| fact.kind == "order_completed"));
    redis.start_again();
    let said = eventually("the relay speaks again", async || world.services.relay_facts().await.ok());
    assert!(said.await >= waiting.len());
    let seen = Seen::default();
    let consumer = join(&world.services, NEVER).await;
    eventually("all of them are heard", async || {
        consumer.turn(|fact| seen.note(fact)).await.unwrap();
        waiting.iter().all(|fact| seen.ids().contains(&fact.id)).then_some(())
    })
    .await;
    assert!(seen.kinds().contains(&"order_completed".to_owned()));
    assert!(world.db.store.unpublished_facts(100).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn emptying_redis_loses_no_fact() {
    let redis = OwnRedis::start();
    let world = World::without_workers(Setup { redis_url: redis.url(), ..Setup::default() }).await;
    let consumer = join(&world.services, NEVER).await;
    let mut facts = Vec::new();
    for n in 0..20 {
        facts.push(put_fact(&world.db.store, "test", serde_json::json!({ "n": n })).await.unwrap());
    }
    assert_eq!(world.services.relay_facts().await.unwrap(), facts.len());
    redis.flush();
    let seen = Seen::default();
    eventually("all of them are heard", async || {
        consumer.turn(|fact| seen.note(fact)).await.unwrap();
        world.services.relay_facts().await.unwrap();
        (seen.ids().len() >= facts.len()).then_some(())
    })
    .await;
    assert_eq!(seen.ids(), facts, "each once, and in order");
    assert!(states(&world).await.iter().all(|(_, state, _)| state == "done"));
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_said_to_a_redis_that_died_are_said_again_to_the_next() {
    let mut redis = OwnRedis::start();
    let world = World::without_workers(Setup { redis_url: redis.url(), ..Setup::default() }).await;
    let fact = put_fact(&world.db.store, "test", serde_json::json!({})).await.unwrap();
    drop(join(&world.services, NEVER).await);
    assert_eq!(world.services.relay_facts().await.unwrap(), 1);
    redis.kill();
    redis.start_again();
    let (consumer, seen) = (join(&world.services, NEVER).await, Seen::default());
    eventually("it is heard", async || {
        world.services.relay_facts().await.ok()?;
        consumer.turn(|fact| seen.note(fact)).await.unwrap();
        (seen.ids() == [fact]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_work_of_a_consumer_that_died_is_taken_over() {
    let world = World::without_workers(Setup::default()).await;
    let fact = put_fact(&world.db.store, "test", serde_json::json!({})).await.unwrap();
    world.services.relay_facts().await.unwrap();
    let dying = join(&world.services, SOON).await;
    let begun = AtomicU32::new(0);
    let work = dying.turn(|_| {
        begun.fetch_add(1, Ordering::SeqCst);
        std::future::pending()
    });
    tokio::select! {
        _ = work => panic!("it never ends"),
        () = eventually("it began", async || (begun.load(Ordering::SeqCst) == 1).then_some(())) => {}
    }
    drop(dying);
    let (heir, seen) = (join(&world.services, SOON).await, Seen::default());
    eventually("the heir has it", async || {
        heir.take_over(|fact| seen.note(fact)).await.unwrap();
        (seen.ids() == [fact]).then_some(())
    })
    .await;
    assert_eq!(states(&world).await, [(fact, "done".to_owned(), 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_becomes_a_dead_letter_and_works_when_it_is_tried_anew() {
    let world = World::without_workers(Setup::default()).await;
    let fact = put_fact(&world.db.store, "test", serde_json::json!({})).await.unwrap();
    let consumer = join(&world.services, NEVER).await;
    let attempts = AtomicU32::new(0);
    let letter = eventually("a dead letter", async || {
        world.services.relay_facts().await.unwrap();
        let effect = async |_: Fact| -> services::Result<()> {
            match attempts.fetch_add(1, Ordering::SeqCst) {
                0 => panic!("on purpose"),
                _ => Err(Error::Busy { retry_after_ms: 1 }),
            }
        };
        consumer.turn(effect).await.unwrap();
        world.db.store.dead_letters(None, 10).await.unwrap().pop()
    })
    .await;
    assert_eq!((letter.fact, letter.attempts, attempts.load(Ordering::SeqCst)), (fact, 3, 3));
    assert_eq!(letter.reason, "busy, try again");
    assert_eq!(states(&world).await, [(fact, "dead".to_owned(), 3)]);
    let cause = Cause::by("staff:test", services::clock::now());
    assert!(world.db.store.replay(letter.id, &cause).await.unwrap());
    let seen = Seen::default();
    eventually("it is done", async || {
        world.services.relay_facts().await.unwrap();
        consumer.turn(|fact| seen.note(fact)).await.unwrap();
        (seen.ids() == [fact]).then_some(())
    })
    .await;
    assert_eq!(states(&world).await, [(fact, "done".to_owned(), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_never_work_is_not_tried_twice() {
    let world = World::without_workers(Setup::default()).await;
    put_fact(&world.db.store, "test", serde_json::json!({})).await.unwrap();
    world.services.relay_facts().await.unwrap();
    let consumer = join(&world.services, NEVER).await;
    let letter = eventually("a dead letter", async || {
        consumer.turn(async |_| Err(Error::NotFound("order"))).await.unwrap();
        world.db.store.dead_letters(None, 10).await.unwrap().pop()
    })
    .await;
    assert_eq!((letter.attempts, letter.reason.as_str()), (1, "there is no such order"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_and_two_consumers_side_by_side_lose_nothing() {
    let world = World::without_workers(Setup::default()).await;
    let other = world.another_process().await;
    let mut facts = Vec::new();
    let (seen, all) = (Seen::default(), 300);
    let consumers = [join(&world.services, NEVER).await, join(&other, NEVER).await];
    let write = async {
        for n in 0..all {
            facts.push(put_fact(&world.db.store, "test", serde_json::json!({ "n": n })).await.unwrap());
        }
    };
    let relay = async |services: &Services| {
        eventually("everything is published", async || {
            services.relay_facts().await.unwrap();
            let states = states(&world).await;
            (states.len() == all && states.iter().all(|(_, state, _)| state == "done")).then_some(())
        })
        .await;
    };
    let consume = async |consumer: &Consumer| {
        eventually("everything is heard", async || {
            consumer.turn(|fact| seen.note(fact)).await.unwrap();
            (seen.ids().len() >= all).then_some(())
        })
        .await;
    };
    tokio::join!(
        write,
        relay(&world.services),
        relay(&other),
        consume(&consumers[0]),
        consume(&consumers[1])
    );
    let mut heard = seen.ids();
    heard.sort_unstable();
    assert_eq!(heard, facts, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_a_consumer_finishes_what_it_has_and_begins_nothing() {
    let world = World::without_workers(Setup::default()).await;
    let mut facts = Vec::new();
    for n in 0..3 {
        facts.push(put_fact(&world.db.store, "test", serde_json::json!({ "n": n })).await.unwrap());
    }
    world.services.relay_facts().await.unwrap();
    let (stop, seen) = (CancellationToken::new(), Seen::default());
    let consumer = join(&world.services, NEVER).await.until(stop.clone());
    eventually("the first is in hand", async || {
        let effect = async |fact| {
            stop.cancel();
            seen.note(fact).await
        };
        (consumer.turn(effect).await.unwrap() == 1).then_some(())
    })
    .await;
    assert_eq!(seen.ids(), facts[..1]);
    let attempts: Vec<_> = states(&world).await.into_iter().map(|(_, state, n)| (state, n)).collect();
    assert_eq!(attempts[0], ("done".to_owned(), 1));
    assert!(attempts[1..].iter().all(|left| *left == ("waiting".to_owned(), 0)), "{attempts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_the_workers_finish_and_end() {
    let world = World::without_workers(Setup::default()).await;
    let workers = tokio::spawn(world.services.clone().run_workers(world.stop.clone()));
    put_fact(&world.db.store, "test", serde_json::json!({})).await.unwrap();
    eventually("the fact is done", async || {
        let states = states(&world).await;
        (states.len() == 1 && states[0].1 == "done").then_some(())
    })
    .await;
    world.stop.cancel();
    tokio::time::timeout(Duration::from_secs(20), workers).await.unwrap().unwrap();
}
