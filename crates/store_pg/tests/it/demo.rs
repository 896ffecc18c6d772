use crate::world::{now, test_cause};
use chrono::{TimeDelta, Timelike};
use domain::ids::PlanId;
use std::collections::{BTreeMap, BTreeSet};
use store_pg::{
    catalogue::{EventStatus, search::CatalogueQuery},
    demo::{self, DemoPlan, PlanArea, PlanFacts, Presold},
    plans::NewPlan,
    testing::TestDb,
};

#[test]
fn the_demo_is_the_same_for_the_same_seed_and_differs_for_another() {
    assert_eq!(demo::catalogue(7, now()), demo::catalogue(7, now()));
    assert_ne!(demo::catalogue(7, now())[0].id, demo::catalogue(8, now())[0].id);
}

#[test]
fn the_demo_shows_every_kind_of_event_and_of_sale() {
    let events = demo::catalogue(7, now());
    assert!(events.len() >= 30);
    let set = |pick: fn(&demo::DemoEvent) -> String| events.iter().map(pick).collect::<BTreeSet<_>>();
    assert_eq!(set(|e| e.slug().to_owned()).len(), events.len());
    assert_eq!(set(|e| format!("{:?}", e.plan)).len(), 5);
    assert!(set(|e| e.venue.city.clone()).len() >= 8);
    assert_eq!(
        set(|e| e.category().to_owned()).into_iter().collect::<Vec<_>>().join(" "),
        "club comedy concert conference family opera sport theatre"
    );
    let count = |test: &dyn Fn(&demo::DemoEvent) -> bool| events.iter().filter(|e| test(e)).count();
    assert_eq!(count(&|e| e.status() == EventStatus::Cancelled), 1);
    assert_eq!(count(&|e| e.status() == EventStatus::Paused), 1);
    assert_eq!(count(&|e| e.presold == Presold::AllBut(0)), 1);
    assert_eq!(count(&|e| e.presold == Presold::AllBut(9)), 1);
    assert_eq!(count(&|e| e.on_sale_at() == now() + TimeDelta::minutes(5)), 1);
    assert!(count(&|e| e.prices.early_until.is_some()) > 5);
    for event in &events {
        assert!(event.starts_at() > now() + TimeDelta::hours(20), "{}", event.slug());
        assert_eq!(event.starts_at().minute() % 5, 0);
        assert!(event.prices.early_until.is_none_or(|until| until < event.starts_at()));
    }
}

#[test]
fn posters_are_small_well_formed_and_say_what_is_on() {
    let mut figures = BTreeMap::new();
    for event in (0..6).flat_map(|seed| demo::catalogue(seed, now())) {
        let svg = event.poster_svg();
        assert!(svg.len() <= 6 * 1024, "{}: {} bytes", event.slug(), svg.len());
        assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>"));
        assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
        assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
        assert!(!svg.contains("NaN") && !svg.contains("script") && !svg.contains("& "));
        assert!(svg.contains(&event.name().split(' ').next().unwrap().replace('&', "&amp;")));
        *figures.entry(svg.matches("<path").count() / 8).or_insert(0) += 1;
    }
    assert!(figures.len() > 2, "{figures:?}");
}

#[tokio::test]
async fn the_demo_is_stored_and_found() {
    let db = TestDb::new(2).await.unwrap();
    let store = &db.store;
    assert!(!store.has_events().await.unwrap());
    let mut plans = BTreeMap::new();
    for (n, kind) in
        [DemoPlan::Theatre, DemoPlan::Arena, DemoPlan::Stadium, DemoPlan::Club, DemoPlan::Conference]
            .into_iter()
            .enumerate()
    {
        let hash = format!("{kind:?}");
        let plan = NewPlan {
            id: PlanId(uuid::Uuid::new_v4()),
            name: &hash,
            source: "{}",
            source_hash: &hash,
            geometry: &[],
            geometry_hash: &hash,
            seats: 100,
            areas: 1,
        };
        let meta = store.insert_plan(&plan, &test_cause()).await.unwrap();
        let categories = (0..=n).map(|i| (format!("c{i}"), format!("Category {i}"))).collect();
        let area = PlanArea { id: "floor".into(), name: "Floor".into(), capacity: 50, category: "c0".into() };
        plans.insert(kind, PlanFacts { id: meta.id, seats: 100, categories, areas: vec![area] });
    }
    let events = demo::catalogue(1, now());
    for event in &events {
        let venue = store.upsert_venue(&event.venue, &test_cause()).await.unwrap();
        assert_eq!(venue, event.venue.id);
        let organizer = store.upsert_organizer(&event.organizer, &test_cause()).await.unwrap();
        assert_eq!(organizer, event.organizer.id);
        let new = event.new_event(organizer, venue, &plans[&event.plan]);
        assert!(new.zones.iter().flat_map(|z| &z.tiers).all(|t| t.price.minor > 0 && t.fee.minor > 0));
        assert!(
            new.zones.windows(2).all(|pair| pair[0].tiers[0].price.minor >= pair[1].tiers[0].price.minor)
        );
        assert_eq!(store.upsert_event(&new, &test_cause()).await.unwrap(), event.id);
    }
    let query = CatalogueQuery { limit: 100, ..Default::default() };
    assert_eq!(store.search(&query, now()).await.unwrap().items.len(), events.len());
    for (q, slug) in [
        ("cartografer", "the-cartographers-daughter"),
        ("velvet meridian", "velvet-meridian-night-ferry-tour"),
    ] {
        let query = CatalogueQuery { q: Some(q.into()), limit: 10, ..Default::default() };
        assert_eq!(store.search(&query, now()).await.unwrap().items[0].slug, slug, "{q}");
    }
    let detail = store.event_by_slug("subharmonic-all-night", now()).await.unwrap().unwrap();
    assert!(detail.description.contains("demo"));
    assert_eq!(detail.areas[0].zone, detail.zones[0].id);
}
