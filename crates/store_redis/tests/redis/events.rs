//! An event as a whole: rebuilds, history, live messages, a cut wire.

use crate::common::{World, load, plain_rules, token, url};
use domain::{
    hold::{Fence, Hold, HoldOutcome, HoldState},
    ids::HoldId,
    seat::{AreaIx, SeatIx, SeatState},
};
use std::time::{Duration, Instant};
use store_redis::{Delta, DeltaKind, Error, EventLoad, LiveMessage, LoadMark, RedisStore, Restate};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};
use uuid::Uuid;

#[tokio::test]
async fn a_rebuild_raises_the_epoch_and_ends_all_holds() {
    let world = World::plain(&[40], &[]).await;
    let hold = world.held("anna", &[7]).await;
    let mark = world.store.load_mark(world.event).await.unwrap();
    let again = EventLoad { expected: mark, ..load(&[40], &[], plain_rules()) };
    let loaded = world.store.load_event(world.event, &again).await.unwrap();
    assert!(loaded.fresh && loaded.epoch > world.epoch);
    assert_eq!(world.store.find(world.event, hold.id).await.unwrap(), None);
    assert_eq!(world.taken().await, "");
    let next = world.held("berta", &[7]).await;
    assert!(next.fence > hold.fence);
    // Also when Redis has lost all of it, and when only the stream is left.
    let stream = world.key("x");
    for lose in [vec!["s", "n", "m", "d"], vec!["s", "n", "m", "d", "x"]] {
        let keys: Vec<_> = lose.into_iter().map(|name| world.key(name)).collect();
        let _: u64 = fred::interfaces::KeysInterface::del(&world.raw, keys).await.unwrap();
        let before = world.store.load_mark(world.event).await.unwrap();
        assert_eq!(before, None, "{stream}");
        let floor = EventLoad { epoch_floor: loaded.epoch + 5, ..load(&[40], &[], plain_rules()) };
        assert!(world.store.load_event(world.event, &floor).await.unwrap().epoch > loaded.epoch + 5);
    }
}

#[tokio::test]
async fn of_two_rebuilds_at_once_one_happens() {
    let world = World::plain(&[40], &[]).await;
    let mark = world.store.load_mark(world.event).await.unwrap();
    let again = EventLoad { expected: mark, ..load(&[40], &[], plain_rules()) };
    let (a, b) = tokio::join!(
        world.store.load_event(world.event, &again),
        world.store.load_event(world.event, &again)
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_ne!(a.fresh, b.fresh);
    assert_eq!((a.epoch, b.epoch), (world.epoch + 1, world.epoch + 1));
    let first = load(&[40], &[], plain_rules());
    assert!(!world.store.load_event(world.event, &first).await.unwrap().fresh, "loaded already");
}

#[tokio::test]
async fn a_rebuild_gives_way_when_a_sale_came_between() {
    let world = World::plain(&[40], &[]).await;
    let hold = world.held("anna", &[7]).await;
    let mark = world.store.load_mark(world.event).await.unwrap();
    assert_eq!(mark, Some(LoadMark { epoch: world.epoch, durable: 0 }));
    world.store.settle(world.event, hold.id, &[SeatIx(7)], true).await.unwrap();
    let stale = EventLoad { expected: mark, ..load(&[40], &[], plain_rules()) };
    assert!(!world.store.load_event(world.event, &stale).await.unwrap().fresh);
    assert_eq!(world.taken().await, "7:Sold");
}

#[tokio::test]
async fn pending_reservations_survive_a_rebuild_and_settle_after_it() {
    let mut start = load(&[40], &[3], plain_rules());
    start.states.set(SeatIx(3), SeatState::Sold);
    start.states.set(SeatIx(4), SeatState::Blocked);
    let id = HoldId(Uuid::new_v4());
    let reserved = Hold {
        id,
        event: domain::ids::EventId(Uuid::nil()),
        buyer: "anna".to_owned(),
        token_digest: token(id),
        seats: vec![SeatIx(7), SeatIx(8)],
        areas: vec![(AreaIx(0), 2)],
        created_ms: 1_000,
        expires_ms: 2_000,
        now_ms: 0,
        extensions: 0,
        fence: Fence { epoch: 1, seq: 9 },
        state: HoldState::Reserved,
        payload: "tiers".to_owned(),
    };
    start.reservations.push(reserved.clone());
    let world = World::new(&start).await;
    assert_eq!(world.taken().await, "3:Sold 4:Blocked 7:Held 8:Held");
    let found = world.store.find(world.event, id).await.unwrap().unwrap();
    assert_eq!(found, Hold { event: world.event, now_ms: found.now_ms, ..reserved });
    assert_eq!(world.store.of_buyer(world.event, "anna").await.unwrap().unwrap().id, id);
    world.store.settle(world.event, id, &[], false).await.unwrap();
    assert_eq!(world.taken().await, "3:Sold 4:Blocked");
    assert_eq!(world.store.snapshot(world.event).await.unwrap().unwrap().areas, [(AreaIx(0), 5)]);
}

#[tokio::test]
async fn the_stream_is_the_log_of_holds() {
    let world = World::plain(&[40], &[3]).await;
    let (store, event) = (&world.store, world.event);
    let mut request = world.request("anna", &[7]);
    request.areas = vec![(AreaIx(0), 2)];
    let HoldOutcome::Held(hold) = store.hold(request).await.unwrap() else { panic!() };
    store.extend(event, hold.id, &token(hold.id), None).await.unwrap();
    store.convert(event, hold.id, &token(hold.id), 1_000).await.unwrap();
    store.settle(event, hold.id, &[SeatIx(7)], true).await.unwrap();
    let block = Restate {
        seats: vec![SeatIx(7), SeatIx(9)],
        from: SeatState::Available,
        to: SeatState::Blocked,
        areas: vec![(AreaIx(0), -5)],
    };
    store.restate(event, &block).await.unwrap();
    let gone = world.held("berta", &[11]).await;
    world.let_expire(gone.id).await;
    assert_eq!(store.sweep(event, 10).await.unwrap().freed, 1);
    let deltas = store.deltas_since(event, world.epoch, 0).await.unwrap().unwrap();
    let told: Vec<_> = deltas.iter().map(tell).collect();
    assert_eq!(
        told,
        [
            "1 Hold anna [7:Held] [0=1]",
            "2 Extend anna [] []",
            "3 Convert anna [] []",
            "4 Sold anna [7:Sold] []",
            "5 Restate  [9:Blocked] [0=0]",
            "6 Hold berta [11:Held] []",
            "7 Expire berta [11:Available] []",
        ]
    );
    assert!(
        deltas[..4].iter().all(|delta| delta.log[0].hold == hold.id && delta.log[0].seats == [SeatIx(7)])
    );
    assert_eq!(store.deltas_since(event, world.epoch, 7).await.unwrap(), Some(vec![]));
    assert_eq!(store.deltas_since(event, world.epoch, 5).await.unwrap().unwrap().len(), 2);
    assert_eq!(store.deltas_since(event, world.epoch, 8).await.unwrap(), None, "from the future");
    assert_eq!(store.deltas_since(event, world.epoch - 1, 0).await.unwrap(), None, "from another epoch");
}

fn tell(delta: &Delta) -> String {
    let seats: Vec<_> = delta.seats.iter().map(|(ix, state)| format!("{}:{state:?}", ix.0)).collect();
    let areas: Vec<_> = delta.areas.iter().map(|(ix, left)| format!("{}={left}", ix.0)).collect();
    let line = &delta.log[0];
    format!("{} {:?} {} [{}] [{}]", delta.offset, line.kind, line.buyer, seats.join(" "), areas.join(" "))
}

#[tokio::test]
async fn a_gap_in_the_stream_is_noticed() {
    let world = World::plain(&[40], &[]).await;
    for ix in [1, 2, 3] {
        world.held("anna", &[ix]).await;
    }
    let id = format!("{}-2", world.epoch);
    let _: u64 = fred::interfaces::StreamsInterface::xdel(&world.raw, world.key("x"), id).await.unwrap();
    assert_eq!(world.store.deltas_since(world.event, world.epoch, 0).await.unwrap(), None);
    assert_eq!(world.store.deltas_since(world.event, world.epoch, 2).await.unwrap().unwrap().len(), 1);
}

#[tokio::test]
async fn loaded_events_are_told_with_their_epoch() {
    let world = World::plain(&[40], &[]).await;
    let unknown = domain::ids::EventId(Uuid::new_v4());
    let loaded = world.store.loaded_events(&[unknown, world.event]).await.unwrap();
    assert_eq!(loaded, [(world.event, world.epoch)]);
}

async fn next(feed: &mut store_redis::LiveFeed) -> LiveMessage {
    tokio::time::timeout(Duration::from_secs(20), feed.next()).await.expect("nothing was heard").unwrap()
}

#[tokio::test]
async fn what_happens_is_heard_at_once() {
    let world = World::plain(&[40], &[]).await;
    let mut feed = world.store.subscribe().await.unwrap();
    feed.control().subscribe_event(world.event).await.unwrap();
    let hold = world.held("anna", &[7]).await;
    let LiveMessage::Delta(event, delta) = next(&mut feed).await else { panic!() };
    assert_eq!(
        (event, delta.offset, delta.log[0].kind, delta.log[0].hold),
        (world.event, 1, DeltaKind::Hold, hold.id)
    );
    assert_eq!(delta.seats, [(SeatIx(7), SeatState::Held)]);
    let again = EventLoad {
        expected: world.store.load_mark(world.event).await.unwrap(),
        ..load(&[40], &[], plain_rules())
    };
    let epoch = world.store.load_event(world.event, &again).await.unwrap().epoch;
    assert_eq!(next(&mut feed).await, LiveMessage::EpochChanged(world.event, epoch));
    feed.control().unsubscribe_event(world.event).await.unwrap();
}

/// A wire to Redis that the test can cut and mend.
struct Wire {
    url: String,
    whole: watch::Sender<bool>,
}

impl Wire {
    async fn lay() -> Self {
        let target = url().trim_start_matches("redis://").split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let (whole, state) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (target, mut state) = (target.clone(), state.clone());
                tokio::spawn(async move {
                    if *state.borrow() {
                        let mut far = TcpStream::connect(target).await.unwrap();
                        tokio::select! {
                            _ = copy_bidirectional(&mut near, &mut far) => {}
                            _ = state.wait_for(|whole| !whole) => {}
                        }
                    }
                });
            }
        });
        Self { url, whole }
    }
}

#[tokio::test]
async fn a_cut_wire_fails_calls_fast_and_a_mended_one_makes_viewers_resync() {
    let world = World::plain(&[40], &[]).await;
    let wire = Wire::lay().await;
    let store = RedisStore::connect(&wire.url, 1).await.unwrap();
    let mut feed = store.subscribe().await.unwrap();
    feed.control().subscribe_event(world.event).await.unwrap();
    wire.whole.send(false).unwrap();
    let started = Instant::now();
    // The first call may still find the dead connection; each is answered within the time of one call.
    for ix in [1, 2, 3] {
        let outcome = store.hold(world.request("anna", &[ix])).await;
        assert_eq!(outcome, Err(Error::Unavailable));
    }
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    world.held("berta", &[9]).await;
    wire.whole.send(true).unwrap();
    while next(&mut feed).await != LiveMessage::Resync {}
    while store.ping().await.is_err() {
        tokio::task::yield_now().await;
    }
    let outcome = store.hold(world.request("anna", &[10])).await.unwrap();
    assert!(matches!(outcome, HoldOutcome::Held(_)));
    let heard = async {
        loop {
            if let LiveMessage::Delta(_, delta) = next(&mut feed).await
                && delta.seats == [(SeatIx(10), SeatState::Held)]
            {
                break;
            }
        }
    };
    heard.await;
}

#[tokio::test]
async fn a_server_that_forgot_the_scripts_gets_them_again() {
    let world = World::plain(&[40], &[]).await;
    world.held("anna", &[7]).await;
    // Other tests on this server meet the same, and must not care either.
    let _: () = fred::interfaces::LuaInterface::script_flush(&world.raw, false).await.unwrap();
    world.held("anna", &[8]).await;
    assert_eq!(world.taken().await, "7:Held 8:Held");
}
