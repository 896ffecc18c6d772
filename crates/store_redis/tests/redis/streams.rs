//! The stream that calls workers.

use crate::common::url;
use std::time::Duration;
use store_redis::{FactCall, Heard, Reading, RedisStore, StreamName, StreamReader};
use uuid::Uuid;

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(2);

async fn stream() -> (RedisStore, StreamName) {
    (RedisStore::connect(&url(), 1).await.unwrap(), StreamName::facts_of(&Uuid::new_v4().to_string()))
}

fn call(fact: i64) -> FactCall {
    FactCall { fact, group: None }
}

async fn heard(reader: &StreamReader, patience: Duration) -> Vec<Heard> {
    match reader.next(10, patience).await.unwrap() {
        Reading::Heard(heard) => heard,
        Reading::Lost => panic!("lost"),
    }
}

fn facts(heard: &[Heard]) -> Vec<i64> {
    heard.iter().map(|h| h.call.as_ref().unwrap().fact).collect()
}

#[tokio::test]
async fn a_group_hears_every_call_once_and_in_order_whenever_it_joined() {
    let (store, stream) = stream().await;
    store.call(&stream, &[call(1), call(2)]).await.unwrap();
    let reader = store.consumer(&stream, "delivery", "one").await.unwrap();
    let second = store.consumer(&stream, "delivery", "two").await.unwrap();
    assert!(reader.is_new_group() && !second.is_new_group());
    let meant = FactCall { fact: 3, group: Some("delivery".into()) };
    store.call(&stream, std::slice::from_ref(&meant)).await.unwrap();
    let all = heard(&reader, LONG).await;
    assert_eq!(facts(&all), [1, 2, 3]);
    assert_eq!(all[2].call, Some(meant));
    assert!(heard(&second, SHORT).await.is_empty(), "another consumer of the group hears nothing twice");
    let other = store.consumer(&stream, "another", "one").await.unwrap();
    assert_eq!(facts(&heard(&other, LONG).await), [1, 2, 3], "another group hears all of it");
    let lag = store.lags(&stream).await.unwrap()["delivery"];
    assert_eq!((lag.unread, lag.pending), (0, 3));
    reader.confirm(all.into_iter().map(|h| h.entry).collect()).await.unwrap();
    assert_eq!(store.lags(&stream).await.unwrap()["delivery"].pending, 0);
    assert!(store.lags(&StreamName::facts_of("nowhere")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_reader_that_waits_is_woken_by_a_call() {
    let (store, stream) = stream().await;
    let reader = store.consumer(&stream, "delivery", "one").await.unwrap();
    let wait = heard(&reader, LONG);
    let say = async {
        tokio::time::sleep(SHORT).await;
        store.call(&stream, &[call(7)]).await.unwrap();
    };
    assert_eq!(facts(&tokio::join!(wait, say).0), [7]);
}

#[tokio::test]
async fn what_a_dead_consumer_had_in_hand_is_taken_over_after_a_while() {
    let (store, stream) = stream().await;
    let dead = store.consumer(&stream, "delivery", "dead").await.unwrap();
    store.call(&stream, &[call(1), call(2)]).await.unwrap();
    assert_eq!(facts(&heard(&dead, LONG).await), [1, 2]);
    drop(dead);
    let heir = store.consumer(&stream, "delivery", "heir").await.unwrap();
    assert!(heard(&heir, SHORT).await.is_empty());
    assert_eq!(heir.forget_dead(Duration::ZERO).await.unwrap(), 0, "it has something in hand");
    assert_eq!(heir.take_over(Duration::from_secs(3_600), 10).await.unwrap(), Reading::Heard(Vec::new()));
    let Reading::Heard(taken) = heir.take_over(Duration::ZERO, 10).await.unwrap() else { panic!("lost") };
    assert_eq!(facts(&taken), [1, 2]);
    heir.confirm(taken.into_iter().map(|h| h.entry).collect()).await.unwrap();
    assert_eq!(heir.forget_dead(Duration::from_secs(3_600)).await.unwrap(), 0, "it may live");
    assert_eq!(heir.forget_dead(Duration::ZERO).await.unwrap(), 1);
    assert_eq!(heir.take_over(Duration::ZERO, 10).await.unwrap(), Reading::Heard(Vec::new()));
}

#[tokio::test]
async fn a_lost_stream_is_noticed_and_goes_on() {
    use fred::interfaces::{ClientLike, KeysInterface};
    let store = RedisStore::connect(&url(), 1).await.unwrap();
    let name = Uuid::new_v4().to_string();
    let stream = StreamName::facts_of(&name);
    let raw = fred::prelude::Builder::from_config(fred::types::config::Config::from_url(&url()).unwrap());
    let raw = raw.build().unwrap();
    raw.init().await.unwrap();
    let reader = store.consumer(&stream, "delivery", "one").await.unwrap();
    store.call(&stream, &[call(1)]).await.unwrap();
    let _: u64 = raw.del(format!("facts:{name}")).await.unwrap();
    assert_eq!(reader.next(10, SHORT).await.unwrap(), Reading::Lost);
    store.call(&stream, &[call(2)]).await.unwrap();
    assert_eq!(facts(&heard(&reader, LONG).await), [2]);
    // While it waits, too.
    let gone = async {
        tokio::time::sleep(SHORT).await;
        let _: u64 = raw.del(format!("facts:{name}")).await.unwrap();
    };
    let (read, ()) = tokio::join!(reader.next(10, LONG), gone);
    let lost = match read.unwrap() {
        Reading::Lost => true,
        // Some servers let the reader wait on; then the next reading tells.
        Reading::Heard(none) => none.is_empty() && reader.next(10, SHORT).await.unwrap() == Reading::Lost,
    };
    assert!(lost);
    reader.leave().await.unwrap();
}
