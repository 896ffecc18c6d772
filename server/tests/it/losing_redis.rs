//! Losing Redis costs holds, never tickets and never a double sale (INV-8).

use crate::{
    buyer::{Held, ask, buy, commit, fresh, hold, order, pay_page, wish},
    hosted::becomes,
    house::{SEAT_TOTAL, seat, seats},
    own_redis::OwnRedis,
    socket::Viewer,
    world::{Setup, World, eventually},
};
use domain::ids::OrderId;
use store_pg::testing::LockedTable;
use store_redis::Loaded;
use tokio::task::JoinHandle;

/// One seat sold, one awaiting its payment, one held: then something happens to Redis.
struct Scene {
    waiting: Held,
    order: serde_json::Value,
    lost: Held,
    epoch: u64,
}

async fn scene(world: &World) -> Scene {
    let sold = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    buy(&world.http, &sold).await;
    let waiting = hold(&world.http, world.event, &wish(&[seat("A", 2)])).await;
    let order = commit(&world.http, &waiting, &order(&fresh(), None)).expect(202).await;
    let lost = hold(&world.http, world.event, &wish(&[seat("A", 3)])).await;
    let map = world.http.get(&world.of_event("/seatmap?format=compact")).expect(200).await;
    Scene { waiting, order, lost, epoch: map["epoch"].as_u64().unwrap() }
}

/// Served again: later epoch, ticket and reservation stand, the plain hold is gone.
async fn holds_after_the_loss(world: &World, scene: &Scene) {
    let map = eventually("the map is served again", async || {
        let reply = world.http.get(&world.of_event("/seatmap")).send().await;
        let epoch = (reply.status == 200).then(|| reply.json())?;
        (epoch["epoch"].as_u64().unwrap() > scene.epoch).then_some(epoch)
    })
    .await;
    let status = |ix: usize| map["seats"][ix]["status"].as_str().unwrap().to_owned();
    assert_eq!([status(0), status(1), status(2)], ["sold", "held", "available"]);
    for (number, reason) in [(1, "sold"), (2, "held")] {
        let refused = ask(&world.http, world.event, &wish(&[seat("A", number)]));
        assert_eq!(refused.refused(409, "seats_unavailable").await["seats"][0]["reason"], reason);
    }
    let stale = commit(&world.http, &scene.lost, &order(&fresh(), Some("pm_card_visa")));
    stale.refused(410, "hold_expired").await;
    let other = hold(&world.http, world.event, &wish(&[seat("A", 3)])).await;
    buy(&world.http, &other).await;
    pay_page(&world.http, scene.order["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
    becomes(world, scene.order["order_id"].as_str().unwrap(), &scene.waiting.token, "completed").await;
    assert_eq!((world.tickets().await.len(), world.money().await), (3, 3 * SEAT_TOTAL));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_emptied_in_the_middle_oversells_nothing_and_the_map_recovers_by_itself() {
    let redis = OwnRedis::start();
    let world = World::with(Setup { redis_url: redis.url(), ..Setup::default() }).await;
    let scene = scene(&world).await;
    let mut viewer = Viewer::subscribed(&world.http, world.event).await;
    redis.flush();
    holds_after_the_loss(&world, &scene).await;
    viewer.until("the viewer's map is right again", |v| v.statuses[..4] == [2, 2, 2, 0]).await;
    assert!(viewer.position.0 > scene.epoch);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gives_a_hold_back_that_redis_forgot_gives_its_order_up() {
    let redis = OwnRedis::start();
    let world = World::with(Setup { redis_url: redis.url(), ..Setup::default() }).await;
    let scene = scene(&world).await;
    redis.flush();
    world.http.delete(&scene.waiting.path("")).bearer(&scene.waiting.token).expect(204).await;
    becomes(&world, scene.order["order_id"].as_str().unwrap(), &scene.waiting.token, "cancelled").await;
    let other = eventually("the seat is free", async || {
        let reply = ask(&world.http, world.event, &wish(&[seat("A", 2)])).send().await;
        (reply.status == 201).then_some(())
    });
    other.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_killed_and_started_empty_keeps_tickets_and_reservations() {
    let mut redis = OwnRedis::start();
    let world = World::with(Setup { redis_url: redis.url(), ..Setup::default() }).await;
    let scene = scene(&world).await;
    let mut viewer = Viewer::subscribed(&world.http, world.event).await;
    redis.kill();
    // Meanwhile nothing is promised, and callers are told to come back.
    eventually("busy", async || {
        let reply = ask(&world.http, world.event, &wish(&seats("B", 1..=2))).send().await;
        assert_ne!(reply.status, 201, "{}", reply.text());
        (reply.status == 429 && !reply.header("retry-after").is_empty()).then(|| reply.problem())
    })
    .await;
    assert_eq!(world.http.get("/api/v1/events").send().await.status, 200, "the catalogue needs no Redis");
    redis.start_again();
    holds_after_the_loss(&world, &scene).await;
    viewer.until("the viewer's map is right again", |v| v.statuses[..4] == [2, 2, 2, 0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_comes_while_redis_is_away_still_gives_tickets() {
    let mut redis = OwnRedis::start();
    let world = World::with(Setup { redis_url: redis.url(), ..Setup::default() }).await;
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let awaiting = commit(&world.http, &held, &order(&fresh(), None)).expect(202).await;
    redis.kill();
    pay_page(&world.http, awaiting["payment_url"].as_str().unwrap(), "4242424242424242").send().await;
    eventually("the tickets are issued", async || (world.tickets().await.len() == 2).then_some(())).await;
    redis.start_again();
    becomes(&world, awaiting["order_id"].as_str().unwrap(), &held.token, "completed").await;
    world.settle().await;
    let refused = ask(&world.http, world.event, &wish(&seats("A", 1..=2)));
    assert_eq!(refused.refused(409, "seats_unavailable").await["seats"][0]["reason"], "sold");
}

/// An order that waits for its payment, and another process that read it before Redis was emptied, and stands before
/// what it reads next.
struct Loading {
    order: OrderId,
    key: String,
    log: LockedTable,
    loading: JoinHandle<services::Result<Loaded>>,
}

impl Loading {
    async fn begin(world: &World, redis: &OwnRedis) -> Self {
        let waiting = hold(&world.http, world.event, &wish(&[seat("A", 2)])).await;
        let awaiting = commit(&world.http, &waiting, &order(&fresh(), None)).expect(202).await;
        let other = world.another_process().await;
        let sale = other.sale_of(world.event).await.unwrap();
        redis.flush();
        let mut log = world.db.lock_table("hold_log").await.unwrap();
        let loading = tokio::spawn(async move { other.rebuild(&sale).await });
        waited_for(&mut log, 1).await;
        let key = awaiting["order_url"].as_str().unwrap().split_once("key=").unwrap().1.to_owned();
        Self { order: awaiting["order_id"].as_str().unwrap().parse().unwrap(), key, log, loading }
    }

    /// In PostgreSQL; whoever does it finds the event gone from Redis, loads it too, and dies over that.
    async fn give_the_order_up(&mut self, world: &World) {
        let (services, order, key) = (world.services.clone(), self.order, self.key.clone());
        let leaving = tokio::spawn(async move { services.abandon(order, &key).await });
        waited_for(&mut self.log, 2).await;
        leaving.abort();
        assert!(leaving.await.unwrap_err().is_cancelled());
    }
}

/// Until so many stand before the table.
async fn waited_for(table: &mut LockedTable, many: i64) {
    for _ in 0..1_000 {
        if table.waiting().await.unwrap() == many {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("nobody waits");
}

async fn status_of_the_seat(world: &World) -> String {
    let map = world.http.get(&world.of_event("/seatmap")).expect(200).await;
    map["seats"][1]["status"].as_str().unwrap().to_owned()
}

/// Chaos found it: a process had read PostgreSQL before an order was given up, and wrote what it had read into a Redis
/// that had lost the event meanwhile. Here whoever gave the order up dies before Redis hears of it, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_loads_old_news_corrects_them() {
    let redis = OwnRedis::start();
    let world = World::without_workers(Setup { redis_url: redis.url(), ..Setup::default() }).await;
    let mut loading = Loading::begin(&world, &redis).await;
    loading.give_the_order_up(&world).await;
    loading.log.unlock().await.unwrap();
    assert!(loading.loading.await.unwrap().unwrap().fresh, "the old news came first");
    assert_eq!(status_of_the_seat(&world).await, "available");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_news_of_a_process_that_died_over_them_are_found_by_the_standing_check() {
    let redis = OwnRedis::start();
    let world = World::without_workers(Setup { redis_url: redis.url(), ..Setup::default() }).await;
    let mut loading = Loading::begin(&world, &redis).await;
    loading.give_the_order_up(&world).await;
    let mut reservations = world.db.lock_table("reservations").await.unwrap();
    loading.log.unlock().await.unwrap();
    waited_for(&mut reservations, 1).await;
    loading.loading.abort();
    assert!(loading.loading.await.unwrap_err().is_cancelled());
    reservations.unlock().await.unwrap();
    assert_eq!(status_of_the_seat(&world).await, "held", "nobody has it");
    world.services.inspect().await.unwrap();
    assert_eq!(status_of_the_seat(&world).await, "available");
}
