//! What `docs/operations.md` says about backups, done: dump, lose everything, restore, and the doctor finds nothing.

use crate::{
    buyer::{ask, buy, hold, look, wish},
    house::{seat, seats},
    own_redis::OwnRedis,
    world::{Setup, Stage, World},
};
use server::compose;
use std::process::Command;
use store_pg::testing::{TestDb, live_tickets};

fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

/// An address without what only our own client understands.
fn plain(url: &str) -> &str {
    url.split('?').next().unwrap()
}

/// The documented way back: an empty database, the dump, a Redis that knows nothing.
async fn restored(dump: &str, stage: &Stage) -> (TestDb, OwnRedis, services::Services) {
    let db = TestDb::new(2).await.unwrap();
    run(
        "pg_restore",
        &["--clean", "--if-exists", "--no-owner", "--exit-on-error", "--dbname", plain(&db.url), dump],
    );
    let redis = OwnRedis::start();
    let services = compose::services(&stage.config, &db.url, &redis.url()).await.unwrap();
    services.load_all().await.unwrap();
    (db, redis, services)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_dumped_lost_and_restored_and_the_doctor_finds_nothing() {
    let world = World::with(Setup::default()).await;
    let bought = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    let order = buy(&world.http, &bought).await;
    hold(&world.http, world.event, &wish(&[seat("B", 1)])).await;
    let file = world.dir.0.join("parterre.dump");
    let dump = file.to_str().unwrap();
    run("pg_dump", &["--format=custom", "--no-owner", "--file", dump, plain(&world.db.url)]);

    let (db, _redis, services) = restored(dump, &world).await;
    let well = services.diagnose().await.unwrap();
    assert!(
        well.iter().any(|d| d.event == world.event) && well.iter().all(|d| d.findings.is_empty()),
        "{well:?}"
    );
    assert_eq!(live_tickets(&db.store, world.event).await.unwrap(), world.tickets().await);
    let sale = services.sale_of(world.event).await.unwrap();
    let states = services.snapshot(&sale).await.unwrap().states;
    let at = |ix| states.get(domain::seat::SeatIx(ix));
    use domain::seat::SeatState::{Available, Sold};
    assert_eq!([at(0), at(1), at(10)], [Sold, Sold, Available], "tickets come back, a hold does not");

    // The sale that was dumped is untouched by all this.
    let id = order["order_id"].as_str().unwrap();
    assert_eq!(look(&world.http, id, &bought.token).expect(200).await["status"], "completed");
    ask(&world.http, world.event, &wish(&[seat("A", 1)])).refused(409, "seats_unavailable").await;
}
