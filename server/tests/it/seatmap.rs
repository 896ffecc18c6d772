//! `GET /api/v1/events/{id}/seatmap`.

use crate::{
    buyer::{buy, hold, standing, wish},
    house::{ROWS, SEATS, seat, seats},
    world::World,
};
use base64::{Engine, engine::general_purpose::STANDARD};

#[tokio::test(flavor = "multi_thread")]
async fn the_full_map_names_every_seat_with_its_place_and_status() {
    let world = World::new().await;
    let sold = hold(&world.http, world.event, &wish(&seats("A", 1..=2))).await;
    buy(&world.http, &sold).await;
    hold(&world.http, world.event, &wish(&[seat("B", 5)])).await;
    hold(&world.http, world.event, &standing(3)).await;
    let map = world.http.get(&world.of_event("/seatmap")).expect(200).await;
    let all = map["seats"].as_array().unwrap();
    assert_eq!(all.len(), SEATS);
    for (ix, row) in all.iter().enumerate() {
        assert_eq!(row["ix"], ix as u64);
        let label = ROWS[ix / 10];
        assert_eq!((&row["row"], &row["zone_id"]), (&label.into(), &"stalls".into()));
        assert_eq!(row["id"], seat(label, row["number"].as_str().unwrap().parse().unwrap()));
        assert!(row["x"].is_number() && row["y"].is_number() && row["attributes"].is_array());
        let expected = match row["id"].as_str().unwrap() {
            "STALLS-A-1" | "STALLS-A-2" => "sold",
            "STALLS-B-5" => "held",
            _ => "available",
        };
        assert_eq!(row["status"], expected, "{row}");
    }
    assert_eq!(map["areas"][0]["available"], 27);
    assert!(map["epoch"].as_u64().unwrap() > 0 && map["offset"].as_u64().unwrap() > 0);
    assert_eq!(world.http.get(map["plan_url"].as_str().unwrap()).send().await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_compact_map_packs_two_bits_a_seat() {
    let world = World::new().await;
    hold(&world.http, world.event, &wish(&seats("A", 2..=3))).await;
    let map = world.http.get(&world.of_event("/seatmap?format=compact")).expect(200).await;
    assert_eq!(map["seats"], SEATS as u64);
    let bytes = STANDARD.decode(map["statuses"].as_str().unwrap()).unwrap();
    assert_eq!(bytes.len(), SEATS.div_ceil(4));
    let status = |ix: usize| (bytes[ix / 4] >> (6 - 2 * (ix % 4))) & 3;
    let held: Vec<usize> = (0..SEATS).filter(|&ix| status(ix) == 1).collect();
    assert_eq!(held, [1, 2]);
    assert!((0..SEATS).filter(|ix| !held.contains(ix)).all(|ix| status(ix) == 0));
    world.http.get(&world.of_event("/seatmap?format=round")).refused(400, "invalid_query").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_map_has_an_etag_that_changes_with_every_hold() {
    let world = World::new().await;
    for format in ["full", "compact"] {
        let path = world.of_event(&format!("/seatmap?format={format}"));
        let tag = world.http.get(&path).send().await.header("etag").to_owned();
        let same = world.http.get(&path).header("if-none-match", &tag).send().await;
        assert_eq!((same.status, same.body.len()), (304, 0));
        let row = if format == "full" { "A" } else { "B" };
        hold(&world.http, world.event, &wish(&[seat(row, 1)])).await;
        let changed = world.http.get(&path).header("if-none-match", &tag).send().await;
        assert_eq!(changed.status, 200);
        assert_ne!(changed.header("etag"), tag);
    }
}
