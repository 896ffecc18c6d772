//! The store on a Redis Cluster of its own: events on every master, a master that dies, a slot that moves.

use crate::common::{load, plain_rules, request};
use domain::{
    hold::HoldOutcome,
    ids::EventId,
    seat::{SeatIx, SeatState},
};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use store_redis::{Error, FactCall, LiveFeed, LiveMessage, Reading, RedisStore, StreamName};
use supervise::testing::RedisCluster;
use uuid::Uuid;

const MASTERS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(20);

struct House {
    store: RedisStore,
    cluster: RedisCluster,
    _dir: Folder,
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl House {
    async fn open() -> Self {
        let dir = Folder(std::env::temp_dir().join(format!("parterre-cluster-{}", Uuid::new_v4().simple())));
        std::fs::create_dir(&dir.0).unwrap();
        let cluster = RedisCluster::start(&dir.0, MASTERS).unwrap();
        let store = RedisStore::connect(&cluster.url(), 2).await.unwrap();
        Self { store, cluster, _dir: dir }
    }

    /// An event on each master, loaded.
    async fn events(&self) -> [EventId; MASTERS] {
        let mut found = [None; MASTERS];
        while found.iter().any(Option::is_none) {
            let event = EventId(Uuid::new_v4());
            found[self.cluster.home_of(&key(event))] = Some(event);
        }
        let events = found.map(Option::unwrap);
        for event in events {
            assert!(self.load(event).await.unwrap());
        }
        events
    }

    async fn load(&self, event: EventId) -> Result<bool, Error> {
        let loaded = self.store.load_event(event, &load(&[40], &[], plain_rules())).await?;
        Ok(loaded.fresh)
    }

    async fn holds(&self, event: EventId, seat: u32) -> Result<(), Error> {
        match self.store.hold(request(event, "anna", &[seat])).await? {
            HoldOutcome::Held(_) => Ok(()),
            other => panic!("not held: {other:?}"),
        }
    }
}

fn key(event: EventId) -> String {
    format!("{{e:{event}}}:m")
}

/// Reads until this seat of this event is held.
async fn hears(feed: &mut LiveFeed, event: EventId, seat: u32) {
    let wanted = async {
        loop {
            if let LiveMessage::Delta(of, delta) = feed.next().await.unwrap()
                && of == event
                && delta.seats == [(SeatIx(seat), SeatState::Held)]
            {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, wanted).await.unwrap();
}

async fn eventually(what: &str, mut ask: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !ask().await {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_master_that_is_away_costs_its_own_events_alone_and_comes_back() {
    let mut house = House::open().await;
    let events = house.events().await;
    let mut feed = house.store.subscribe().await.unwrap();
    for event in events {
        feed.control().subscribe_event(event).await.unwrap();
        house.holds(event, 1).await.unwrap();
        hears(&mut feed, event, 1).await;
    }
    let stream = StreamName::facts_of("cluster");
    let reader = house.store.consumer(&stream, "delivery", "one").await.unwrap();
    house.store.call(&stream, &[FactCall { fact: 7, group: None }]).await.unwrap();
    let Reading::Heard(heard) = reader.next(10, PATIENCE).await.unwrap() else { panic!("lost") };
    assert_eq!((heard.len(), house.store.lags(&stream).await.unwrap()["delivery"].pending), (1, 1));
    reader.leave().await.unwrap();

    house.cluster.kill(0).unwrap();
    eventually("its event is away", async || house.holds(events[0], 2).await == Err(Error::Unavailable))
        .await;
    let start = Instant::now();
    for seat in 2..6 {
        for event in &events[1..] {
            house.holds(*event, seat).await.unwrap();
            hears(&mut feed, *event, seat).await;
        }
    }
    // A call on the dead master waits for three seconds at most; the others do not wait for it.
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(house.holds(events[0], 3).await, Err(Error::Unavailable));
    house.store.ping().await.unwrap();
    assert_eq!(house.store.loaded_events(&events).await.unwrap().len(), 2);

    house.cluster.start_again(0).unwrap();
    eventually("its event can be loaded again", async || house.load(events[0]).await == Ok(true)).await;
    // Its subscriptions are taken up again by themselves.
    let resynced = async { while feed.next().await.unwrap() != LiveMessage::Resync {} };
    tokio::time::timeout(PATIENCE, resynced).await.unwrap();
    house.holds(events[0], 9).await.unwrap();
    hears(&mut feed, events[0], 9).await;
}

#[tokio::test]
async fn a_slot_that_moved_is_followed_by_calls_and_subscriptions() {
    let house = House::open().await;
    let [event, ..] = house.events().await;
    let mut feed = house.store.subscribe().await.unwrap();
    feed.control().subscribe_event(event).await.unwrap();
    house.store.unload_event(event).await.unwrap();
    house.cluster.move_slot_of(&key(event), 2).unwrap();
    assert_eq!(house.load(event).await, Ok(true), "at the first try");
    eventually("the feed is there, too", async || {
        matches!(tokio::time::timeout(PATIENCE, feed.next()).await.unwrap(), Some(LiveMessage::Resync))
    })
    .await;
    house.holds(event, 3).await.unwrap();
    hears(&mut feed, event, 3).await;
}
