//! `/live?format=json`.

use crate::{
    buyer::{buy, hold, standing, wish},
    house::{SEATS, seat, seats},
    socket::Viewer,
    world::World,
};
use serde_json::json;
use tokio_tungstenite::{connect_async, tungstenite::client::IntoClientRequest};

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_sees_a_strangers_hold_release_and_purchase() {
    let world = World::new().await;
    let mut viewer = Viewer::subscribed(&world.http, world.event).await;
    assert_eq!((viewer.statuses.len(), viewer.floor), (SEATS, Some(30)));
    assert!(viewer.statuses.iter().all(|&status| status == 0));
    let held = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    viewer.until("held", |v| v.statuses[..3] == [1, 1, 0]).await;
    world.http.delete(&held.path("")).bearer(&held.token).expect(204).await;
    viewer.until("free again", |v| v.statuses[..2] == [0, 0]).await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 3)])).await;
    buy(&world.http, &held).await;
    viewer.until("sold", |v| v.statuses[2] == 2).await;
    hold(&world.http, world.event, &standing(4)).await;
    viewer.until("the floor fills", |v| v.floor == Some(26)).await;
    assert_eq!(viewer.snapshots, 1);
    let map = world.http.get(&world.of_event("/seatmap?format=compact")).expect(200).await;
    assert_eq!(viewer.position, (map["epoch"].as_u64().unwrap(), map["offset"].as_u64().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_comes_back_gets_what_it_lacks_or_a_snapshot() {
    let world = World::new().await;
    let mut witness = Viewer::subscribed(&world.http, world.event).await;
    let mut viewer = Viewer::subscribed(&world.http, world.event).await;
    let (then, statuses) = (viewer.position, viewer.statuses.clone());
    drop(viewer);
    hold(&world.http, world.event, &wish(&[seat("B", 1)])).await;
    witness.until("held", |v| v.statuses[10] == 1).await;
    viewer = Viewer::connect(&world.http, world.event).await;
    (viewer.position, viewer.statuses) = (then, statuses);
    viewer.subscribe(Some(then)).await;
    viewer.until("caught up", |v| v.statuses[10] == 1).await;
    assert_eq!((viewer.snapshots, viewer.position), (0, witness.position), "by delta alone");
    // A place that is not in the server's history: from the start again.
    for since in [(then.0 + 7, 0), (then.0, 1_000_000)] {
        let mut lost = Viewer::connect(&world.http, world.event).await;
        lost.subscribe(Some(since)).await;
        lost.until("a snapshot", |v| v.snapshots == 1).await;
        assert_eq!(lost.statuses, witness.statuses);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_reaches_every_viewer_as_a_snapshot_of_a_later_epoch() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    buy(&world.http, &held).await;
    hold(&world.http, world.event, &wish(&[seat("A", 5)])).await;
    let mut viewer = Viewer::subscribed(&world.http, world.event).await;
    let epoch = viewer.position.0;
    let sale = world.services.sale_of(world.event).await.unwrap();
    world.services.rebuild(&sale).await.unwrap();
    viewer.until("another epoch", |v| v.position.0 > epoch).await;
    // Tickets stay, holds are lost.
    assert_eq!((viewer.statuses[0], viewer.statuses[4]), (2, 0));
    hold(&world.http, world.event, &wish(&[seat("B", 1)])).await;
    viewer.until("the new history goes on", |v| v.statuses[10] == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_event_and_rubbish_are_refused() {
    let world = World::new().await;
    let unknown = "01890000-0000-7000-8000-000000000000";
    let mut viewer = Viewer::connect(&world.http, unknown).await;
    viewer.subscribe(None).await;
    let answer = viewer.next().await;
    assert_eq!((&answer["t"], &answer["event"]), (&"refused".into(), &unknown.into()));
    viewer.say(&json!({ "t": "ping", "client_ms": 7 })).await;
    assert_eq!(viewer.next().await["client_ms"], 7);
    viewer.say(&json!({ "t": "nonsense" })).await;
    assert_eq!(viewer.close_code().await, 1007, "what cannot be read ends the socket, and says so");
    let plain = world.http.get("/live").send().await;
    assert!((400..500).contains(&plain.status), "{}", plain.status);
    assert_eq!(plain.problem()["code"], "websocket_expected");
    let mut foreign =
        format!("{}/live", world.http.base.replace("http", "ws")).into_client_request().unwrap();
    foreign.headers_mut().insert("origin", "https://elsewhere.example".parse().unwrap());
    assert!(connect_async(foreign).await.unwrap_err().to_string().contains("403"));
}
