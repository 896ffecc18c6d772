//! A plan in the format of pretix, from the file to tickets.

use crate::{
    buyer::{buy, hold, wish},
    world::World,
};

const PLAN: &str = include_str!("../../../crates/domain/tests/plans/pretix.json");

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_plan_is_on_sale_and_sells() {
    let world = World::new().await;
    let plan = world.services.import_plan(PLAN, "test").await.unwrap().unwrap();
    let slug = world.services.try_plan(&plan, "test").await.unwrap();
    let again = world.services.try_plan(&plan, "test").await.unwrap();
    assert_eq!(again, slug, "one trial for a version of a plan");
    let event = world.http.get(&format!("/api/v1/events/{slug}")).expect(200).await;
    assert_eq!(event["status"], "on_sale");
    assert_eq!(event["zones"].as_array().unwrap().len(), plan.plan.categories.len());
    let id = event["id"].as_str().unwrap();
    let map = world.http.get(&format!("/api/v1/events/{id}/seatmap")).expect(200).await;
    assert_eq!(map["seats"].as_array().unwrap().len(), plan.plan.seat_count() as usize);
    let best = world.http.get(&format!("/api/v1/events/{id}/best-available?quantity=2")).expect(200).await;
    let seats: Vec<String> = serde_json::from_value(best["seat_ids"].clone()).unwrap();
    let held = hold(&world.http, id, &wish(&seats)).await;
    assert_eq!(buy(&world.http, &held).await["tickets"].as_array().unwrap().len(), 2);
}
