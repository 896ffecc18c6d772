//! `GET /api/v1/events/{id}/best-available`, and holds that let us choose.

use crate::{
    buyer::{Held, ask, fresh, hold, wish},
    house::seats,
    world::World,
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_best_block_is_told_with_its_price_and_nothing_is_held() {
    let world = World::new().await;
    let before = world.http.get(&world.of_event("/seatmap?format=compact")).expect(200).await;
    let best = world.http.get(&world.of_event("/best-available?quantity=3")).expect(200).await;
    assert_eq!(best["seat_ids"].as_array().unwrap().len(), 3);
    assert_eq!(best["total"], json!({ "amount": 13_500, "currency": "EUR" }));
    let zone = world.http.get(&world.of_event("/best-available?quantity=2&zone=stalls")).expect(200).await;
    assert_eq!(zone["seat_ids"].as_array().unwrap().len(), 2);
    let after = world.http.get(&world.of_event("/seatmap?format=compact")).expect(200).await;
    assert_eq!(before["offset"], after["offset"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_block_of_that_size_the_largest_there_is_is_named() {
    let world = World::new().await;
    for row in ["A", "B", "C", "D"] {
        hold(&world.http, world.event, &wish(&seats(row, 1..=10))).await;
    }
    hold(&world.http, world.event, &wish(&seats("E", 1..=7))).await;
    let problem =
        world.http.get(&world.of_event("/best-available?quantity=5")).refused(409, "no_block").await;
    assert_eq!(problem["largest"], json!(["STALLS-E-8", "STALLS-E-9", "STALLS-E-10"]));
    world.http.get(&world.of_event("/best-available?quantity=3")).expect(200).await;
    hold(&world.http, world.event, &wish(&seats("E", 8..=10))).await;
    // Places on the floor are left: that is no block, but not sold out either.
    let problem =
        world.http.get(&world.of_event("/best-available?quantity=1")).refused(409, "no_block").await;
    assert_eq!(problem["largest"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_wish_is_refused() {
    let world = World::new().await;
    let table = [
        ("", 400, "invalid_query"),
        ("?quantity=0", 422, "invalid_request"),
        ("?quantity=-1", 400, "invalid_query"),
        ("?quantity=11", 422, "limit_exceeded"),
        ("?quantity=2&zone=attic", 422, "invalid_request"),
        ("?quantity=2&row=A", 400, "unknown_field"),
    ];
    for (query, status, code) in table {
        world.http.get(&world.of_event(&format!("/best-available{query}"))).refused(status, code).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_can_leave_the_choice_to_us() {
    let world = World::new().await;
    let wish =
        json!({ "client_reservation_id": fresh(), "best_available": { "quantity": 4, "zone_id": "stalls" } });
    let held = Held::read(ask(&world.http, world.event, &wish).expect(201).await);
    let chosen = held.view["seats"].as_array().unwrap();
    assert_eq!(chosen.len(), 4);
    let ixs: Vec<u64> = chosen.iter().map(|seat| seat["ix"].as_u64().unwrap()).collect();
    assert!(ixs.windows(2).all(|pair| pair[1] == pair[0] + 1) && ixs[0] / 10 == ixs[3] / 10, "{ixs:?}");
    // The same request again is the same hold, not another block.
    let again = Held::read(ask(&world.http, world.event, &wish).expect(201).await);
    assert_eq!((again.id, again.token), (held.id, held.token));
    let both = json!({ "client_reservation_id": fresh(), "seat_ids": ["STALLS-A-1"], "best_available": { "quantity": 1 } });
    ask(&world.http, world.event, &both).refused(422, "invalid_request").await;
}
