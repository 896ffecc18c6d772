//! A small house, and events in it: 50 seats in five rows, a floor for 30.

use chrono::TimeDelta;
use domain::{
    hold::HoldRules,
    ids::{EventId, PlanId, TierId, VenueId, ZoneId},
    money::{Currency, Money},
    seat::AreaIx,
    tax::TaxRate,
};
use serde_json::{Value, json};
use services::{Services, clock};
use store_pg::{
    PgStore,
    audit::Cause,
    catalogue::{EventArea, EventStatus, Tier, Venue, Zone, write::NewEvent},
    organizers::HOUSE,
};
use uuid::Uuid;

pub const ROWS: [&str; 5] = ["A", "B", "C", "D", "E"];
pub const SEATS_A_ROW: u32 = 10;
pub const SEATS: usize = 50;
pub const FLOOR: &str = "FLOOR";
pub const FLOOR_CAPACITY: u64 = 30;
/// What an adult pays for a seat, in minor units, fee included.
pub const SEAT_TOTAL: i64 = 4_500;
/// What an adult pays for a place on the floor.
pub const FLOOR_TOTAL: i64 = 2_800;

/// The name of a seat.
pub fn seat(row: &str, number: u32) -> String {
    format!("STALLS-{row}-{number}")
}

/// The names of neighbours.
pub fn seats(row: &str, numbers: std::ops::RangeInclusive<u32>) -> Vec<String> {
    numbers.map(|number| seat(row, number)).collect()
}

/// Houses and dates to put events in.
#[derive(Clone, Copy)]
pub struct House {
    pub plan: PlanId,
    pub venue: VenueId,
}

pub async fn build(services: &Services, store: &PgStore) -> House {
    let plan = services.import_plan(&drawing().to_string(), "test").await.unwrap().unwrap().id;
    let venue = venue("small-house", "The Small House", "Berlin");
    House { plan, venue: store.upsert_venue(&venue, &cause()).await.unwrap() }
}

pub fn cause() -> Cause<'static> {
    Cause::by("test", clock::now())
}

pub fn venue(slug: &str, name: &str, city: &str) -> Venue {
    Venue {
        id: VenueId(Uuid::new_v4()),
        slug: slug.into(),
        name: name.into(),
        city: city.into(),
        country: "DE".into(),
        timezone: "Europe/Berlin".into(),
        address: "1 Test Street".into(),
        position: None,
    }
}

fn drawing() -> Value {
    let row = |(at, label): (usize, &&str)| {
        let y = 3.0 + 0.9 * at as f64;
        let path = json!({ "type": "line", "middle": [0, y], "pitch": 0.55 });
        json!({ "label": label, "path": path, "count": SEATS_A_ROW })
    };
    let rows: Vec<Value> = ROWS.iter().enumerate().map(row).collect();
    let floor = json!({ "type": "rectangle", "center": [0, 12], "width": 8, "height": 4 });
    json!({
        "format": "parterre-plan/1",
        "name": "Small house",
        "categories": [
            { "key": "stalls", "name": "Stalls", "color": "#3b6fb6" },
            { "key": "standing", "name": "Standing", "color": "#c8452f" },
        ],
        "sections": [{ "id": "STALLS", "name": "Stalls", "category": "stalls", "rows": rows }],
        "areas": [{
            "id": FLOOR, "name": "Floor", "kind": "standing", "capacity": FLOOR_CAPACITY, "category": "standing",
            "shape": floor,
        }],
    })
}

fn zone(id: &str, tiers: &[(&str, i64, i64)]) -> Zone {
    let money = |minor| Money::new(minor, Currency::EUR);
    let tiers = tiers.iter().map(|(tier, price, fee)| Tier {
        id: TierId(format!("{id}-{tier}")),
        zone: ZoneId(id.into()),
        name: (*tier).into(),
        price: money(*price),
        fee: money(*fee),
        valid_from: None,
        valid_to: None,
    });
    Zone {
        id: ZoneId(id.into()),
        name: id.to_uppercase(),
        color: "#c8452f".into(),
        shape: "circle".into(),
        categories: vec![id.into()],
        tiers: tiers.collect(),
    }
}

/// A play on sale in ten days: lenient about single seats, two renewals.
pub fn play(house: House, slug: &str) -> NewEvent {
    let now = clock::now();
    let starts_at = now + TimeDelta::days(10);
    NewEvent {
        id: EventId(Uuid::new_v4()),
        slug: slug.into(),
        name: format!("The play {slug}"),
        subtitle: String::new(),
        description: "Five acts.".into(),
        category: "theatre".into(),
        series: String::new(),
        organizer: HOUSE,
        tax_rate: TaxRate::new(700).ok(),
        venue: house.venue,
        plan: house.plan,
        starts_at,
        doors_at: starts_at - TimeDelta::hours(1),
        ends_at: starts_at + TimeDelta::hours(3),
        on_sale_at: now - TimeDelta::days(10),
        off_sale_at: starts_at,
        status: EventStatus::Published,
        currency: Currency::EUR,
        rules: HoldRules { no_single_seat: false, extensions_max: 2, ..HoldRules::default() },
        poster_svg: "<svg xmlns=\"http://www.w3.org/2000/svg\"/>".into(),
        zones: vec![
            zone("stalls", &[("adult", 4_000, 500), ("child", 2_000, 250)]),
            zone("standing", &[("adult", 2_500, 300)]),
        ],
        areas: vec![EventArea {
            ix: AreaIx(0),
            id: FLOOR.into(),
            name: "Floor".into(),
            zone: "standing".into(),
            capacity: 30,
            claimed: 0,
        }],
        blocked: Vec::new(),
    }
}
