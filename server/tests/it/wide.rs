//! What a bigger house adds: several processes, events on several masters, pages from a replica. A sale notices none of
//! it, nor when a part of it dies.

use crate::{
    buyer::{Held, ask, buy, commit, fresh, hold, look, order, pay_page, wish},
    client::Client,
    house::{self, seat, seats},
    race::{Tills, race},
    socket::Viewer,
    wide_house::WideHouse,
    world::eventually,
};
use domain::ids::EventId;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};
use store_pg::testing::{halt_replica, readers_of_replica};
use tokio::task::JoinSet;

/// Long enough for a payment on a busy machine, short enough to wait for those that never come.
const PAY_WINDOW_S: u64 = 15;
/// Deals of each bystander while a master is away.
const DEALS: u32 = 10;
const CARD: &str = "4242424242424242";

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_two_workers_a_cluster_and_a_replica_sell_as_one() {
    let mut house = WideHouse::open(PAY_WINDOW_S).await;
    let events = house.one_event_a_master().await;
    a_purchase_goes_from_server_to_server(&house, events[0]).await;
    a_viewer_at_one_server_sees_what_happens_at_the_other(&house, &events).await;
    a_master_that_comes_back_empty_costs_its_own_events_their_holds(&mut house, &events).await;
    listings_come_from_the_replica_and_never_depend_on_it(&mut house).await;
    // And all of it under a rush, with all masters emptied in the middle.
    let tills = Tills::of(&[&house.servers[0].http, &house.servers[1].http], house.stage.event);
    race(&house.stage, tills, || house.cluster.flush().unwrap()).await;
    house.doctor_finds_nothing().await;
}

/// Held at one, ordered at the other, paid on the provider's page, confirmed to the first, mailed by a worker.
async fn a_purchase_goes_from_server_to_server(house: &WideHouse, event: EventId) {
    let [one, two] = [&house.servers[0].http, &house.servers[1].http];
    let held = hold(one, event, &wish(&seats("A", 1..=2))).await;
    let awaiting = commit(two, &held, &order(&fresh(), None)).expect(202).await;
    let url = awaiting["payment_url"].as_str().unwrap();
    assert_eq!(pay_page(one, url, CARD).send().await.status, 303);
    let id = awaiting["order_id"].as_str().unwrap();
    for server in [one, two] {
        let order = eventually("the order is completed", async || {
            let order = look(server, id, &held.token).expect(200).await;
            (order["status"] == "completed").then_some(order)
        })
        .await;
        assert_eq!(order["tickets"].as_array().unwrap().len(), 2);
        let address = awaiting["order_url"].as_str().unwrap();
        let path = &address[address.find("/orders").unwrap()..];
        let page = server.get(path).header("accept", "text/html").send().await.text();
        assert!(page.contains("Your tickets are here"), "{page}");
    }
    eventually("the tickets are mailed", async || {
        let kept = house.stage.sandbox.get("/mailbox.json").expect(200).await;
        (!kept["letters"].as_array()?.is_empty()).then_some(())
    })
    .await;
}

async fn a_viewer_at_one_server_sees_what_happens_at_the_other(house: &WideHouse, events: &[EventId]) {
    let [one, two] = [&house.servers[0].http, &house.servers[1].http];
    for &event in events {
        let mut viewer = Viewer::subscribed(two, event).await;
        let held = hold(one, event, &wish(&[seat("B", 1)])).await;
        viewer.until("held", |v| v.statuses[10] == 1).await;
        buy(one, &held).await;
        viewer.until("sold", |v| v.statuses[10] == 2).await;
        assert_eq!(viewer.snapshots, 1, "by deltas alone");
    }
}

async fn a_master_that_comes_back_empty_costs_its_own_events_their_holds(
    house: &mut WideHouse,
    events: &[EventId],
) {
    let (one, two) = (house.servers[0].http.clone(), house.servers[1].http.clone());
    let (struck, others) = (events[0], [events[1], events[2]]);
    let lost = hold(&one, struck, &wish(&[seat("C", 1)])).await;
    let mut viewer = Viewer::subscribed(&two, struck).await;
    assert_eq!(viewer.statuses[20], 1);
    let bystanders = Bystanders::start(&[one.clone(), two.clone()], &others);
    house.cluster.kill(0).unwrap();
    for server in [&one, &two] {
        eventually("its events are busy", async || {
            let reply = ask(server, struck, &wish(&[seat("C", 2)])).send().await;
            assert_ne!(reply.status, 201);
            (reply.status == 429).then(|| reply.problem())
        })
        .await;
    }
    bystanders.deal().await;
    assert!(house.servers[0].is_ready().await && house.servers[1].is_ready().await, "the rest is served");
    house.cluster.start_again(0).unwrap();
    let again = eventually("its events are sold again", async || {
        let reply = ask(&two, struck, &wish(&[seat("C", 2)])).send().await;
        (reply.status == 201).then(|| Held::read(reply.json()))
    })
    .await;
    bystanders.deal().await;
    bystanders.stop().await;
    // What was sold stays sold, what was only held is free; both servers and their viewers say so.
    viewer
        .until("the viewer's map is right again", |v| {
            [v.statuses[10], v.statuses[20], v.statuses[21]] == [2, 0, 1]
        })
        .await;
    ask(&one, struck, &wish(&[seat("B", 1)])).refused(409, "seats_unavailable").await;
    commit(&one, &lost, &order(&fresh(), Some("pm_card_visa"))).refused(410, "hold_expired").await;
    let mut elsewhere = Viewer::subscribed(&one, struck).await;
    buy(&two, &again).await;
    viewer.until("sold", |v| v.statuses[21] == 2).await;
    elsewhere.until("sold", |v| v.statuses[21] == 2).await;
}

/// Buyers of other events, who must notice nothing: they take seats and give them back, again and again, at both servers.
struct Bystanders {
    deals: Arc<Vec<AtomicU32>>,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Bystanders {
    fn start(servers: &[Client], events: &[EventId]) -> Self {
        let pairs: Vec<_> =
            servers.iter().flat_map(|server| events.iter().map(move |event| (server, *event))).collect();
        let deals: Arc<Vec<AtomicU32>> = Arc::new(pairs.iter().map(|_| AtomicU32::new(0)).collect());
        let (stop, mut tasks) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for (at, (server, event)) in pairs.into_iter().enumerate() {
            let (server, deals, stop) = (server.clone(), deals.clone(), stop.clone());
            let row = house::ROWS[3 + at / events.len()];
            tasks.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    // Both must succeed at the first try.
                    let held = hold(&server, event, &wish(&seats(row, 1..=2))).await;
                    server.delete(&held.path("")).bearer(&held.token).expect(204).await;
                    deals[at].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self { deals, stop, tasks }
    }

    /// Waits until each of them made some more deals.
    async fn deal(&self) {
        let count = || self.deals.iter().map(|deals| deals.load(Ordering::Relaxed)).collect::<Vec<_>>();
        let before = count();
        eventually("the others go on", async || {
            count().iter().zip(&before).all(|(now, then)| *now >= then + DEALS).then_some(())
        })
        .await;
    }

    async fn stop(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(done) = self.tasks.join_next().await {
            done.unwrap();
        }
    }
}

async fn listings_come_from_the_replica_and_never_depend_on_it(house: &mut WideHouse) {
    let replica = house.replica_url();
    for server in &house.servers {
        eventually("it reads from the replica", async || {
            lists(&server.http, "anything").await;
            (server.metric("parterre_replica_reads_total{from=\"replica\"}").await? > 0.0).then_some(())
        })
        .await;
    }
    assert!(readers_of_replica(&replica).await.unwrap() >= 2, "the replica has both as its guests");
    // While it stands still, what is new is not there yet; when it is too far behind, it is not asked any more.
    let server = &house.servers[1];
    let mut name = String::new();
    let (mut was_stale, mut fresh_event) = (false, None);
    for n in 0..5 {
        replica_is_used(server).await;
        halt_replica(&replica, true).await.unwrap();
        name = format!("novelty-{n}");
        fresh_event = Some(house.stage.add(&name, |_| {}).await);
        was_stale = !lists(&server.http, &name).await;
        if was_stale {
            break;
        }
        // This machine was busy for so long that the replica was set aside already.
        halt_replica(&replica, false).await.unwrap();
    }
    assert!(was_stale, "the listing comes from the replica");
    eventually("a replica that is too far behind is set aside", async || {
        lists(&server.http, &name).await.then_some(())
    })
    .await;
    assert_eq!(server.metric("parterre_replica_used").await, Some(0.0));
    // An order is never read there: who buys while the replica stands still sees the order at once.
    let held = hold(&server.http, fresh_event.unwrap(), &wish(&[seat("A", 1)])).await;
    let bought = buy(&house.servers[0].http, &held).await;
    look(&server.http, bought["order_id"].as_str().unwrap(), &held.token).expect(200).await;
    halt_replica(&replica, false).await.unwrap();
    replica_is_used(server).await;
    house.replica.stop();
    for server in &house.servers {
        assert!(lists(&server.http, &name).await, "the primary answers");
        let page = server.http.get("/?q=novelty").header("accept", "text/html").send().await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = server.http.get(&format!("/events/{name}")).header("accept", "text/html").send().await;
        assert_eq!(page.status, 200, "{}", page.text());
    }
}

async fn replica_is_used(server: &crate::wide_house::Server) {
    eventually("the replica is read", async || {
        (server.metric("parterre_replica_used").await? == 1.0).then_some(())
    })
    .await;
}

/// Whether a listing has this event.
async fn lists(http: &Client, slug: &str) -> bool {
    let page = http.get("/api/v1/events?limit=100").expect(200).await;
    page["items"].as_array().unwrap().iter().any(|event| event["slug"] == json!(slug))
}
