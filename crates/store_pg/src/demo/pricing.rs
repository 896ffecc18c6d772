//! Price lists of a demo event: one zone for each category of its plan, the best first.

use crate::catalogue::{EventArea, Tier, Zone};
use chrono::{DateTime, Utc};
use domain::{
    ids::{AreaId, PlanId, TierId, ZoneId},
    money::{Currency, Money},
    seat::AreaIx,
};

/// Between which prices an event is sold, and to whom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prices {
    /// The best seats' price without fee, in minor units.
    pub top: i64,
    /// The simplest seats' price without fee, in minor units.
    pub floor: i64,
    /// Of all prices.
    pub currency: Currency,
    /// Children pay less.
    pub child_tier: bool,
    /// Who buys before then pays less.
    pub early_until: Option<DateTime<Utc>>,
}

/// What pricing needs to know of a plan.
#[derive(Clone, Debug)]
pub struct PlanFacts {
    /// The stored version.
    pub id: PlanId,
    /// Seats in it.
    pub seats: u32,
    /// `(key, name)` of its categories.
    pub categories: Vec<(String, String)>,
    /// Its areas, by position.
    pub areas: Vec<PlanArea>,
}

/// An area of a plan.
#[derive(Clone, Debug)]
pub struct PlanArea {
    /// Unique in the plan.
    pub id: AreaId,
    /// For people.
    pub name: String,
    /// Places in it.
    pub capacity: u32,
    /// Key of its category.
    pub category: String,
}

/// Colour and shape of the zone at each position, as the seat map paints them on light paper.
const LOOKS: [(&str, &str); 8] = [
    ("#2b66b1", "disc"),
    ("#b86a0b", "square"),
    ("#12806a", "diamond"),
    ("#7d4aa8", "hexagon"),
    ("#1d8fb5", "triangle"),
    ("#b04385", "pill"),
    ("#6b7322", "drop"),
    ("#5a5f73", "plus"),
];

/// The fee, of a hundred of the price.
const FEE_PERCENT: i64 = 8;
/// What children pay, of a hundred.
const CHILD_PERCENT: i64 = 60;
/// What early buyers pay, of a hundred.
const EARLY_PERCENT: i64 = 80;

/// Keys of the generated plans' categories, the best first; others follow in the order of their plan.
const BEST_FIRST: [&str; 21] = [
    "front-of-stage",
    "boxes",
    "club",
    "gold",
    "stalls",
    "main",
    "floor",
    "lower-side",
    "rear-stalls",
    "tables",
    "circle",
    "ends",
    "lower-end",
    "middle",
    "upper-side",
    "upper-main",
    "balcony",
    "gallery",
    "rows",
    "upper-end",
    "upper-ends",
];

/// Zones with their tiers, and areas in their zones.
pub(super) fn price_lists(prices: &Prices, plan: &PlanFacts) -> (Vec<Zone>, Vec<EventArea>) {
    let mut categories: Vec<_> = plan.categories.iter().collect();
    categories.sort_by_key(|(key, _)| BEST_FIRST.iter().position(|k| k == key).unwrap_or(BEST_FIRST.len()));
    let zones = categories.into_iter().enumerate().map(|(position, (key, name))| {
        let price = step(prices.top, prices.floor, position, plan.categories.len());
        let (color, shape) = LOOKS[position % LOOKS.len()];
        Zone {
            id: ZoneId(key.clone()),
            name: name.clone(),
            color: color.to_owned(),
            shape: shape.to_owned(),
            categories: vec![key.clone()],
            tiers: tiers(prices, key, price),
        }
    });
    let areas = (0_u16..).zip(&plan.areas).map(|(ix, area)| EventArea {
        ix: AreaIx(ix),
        id: area.id.clone(),
        name: area.name.clone(),
        zone: ZoneId(area.category.clone()),
        capacity: area.capacity,
        claimed: 0,
    });
    (zones.collect(), areas.collect())
}

/// The price at a position: from the top down to the floor in even steps, in whole units of 100.
fn step(top: i64, floor: i64, position: usize, steps: usize) -> i64 {
    let (position, last) = (position as i64, (steps as i64 - 1).max(1));
    let price = if steps <= 1 { top } else { top - (top - floor) * position / last };
    price / 100 * 100
}

fn tiers(prices: &Prices, zone: &str, price: i64) -> Vec<Tier> {
    // Prices end in whole halves of the unit; fees are not rounded up.
    let percent = |of: i64| price * of / 100 / 50 * 50;
    let tier = |key: &str, name: &str, price: i64| Tier {
        id: TierId(format!("{zone}-{key}")),
        zone: ZoneId(zone.to_owned()),
        name: name.to_owned(),
        price: Money::new(price, prices.currency),
        fee: Money::new(price * FEE_PERCENT / 100 / 10 * 10, prices.currency),
        valid_from: None,
        valid_to: None,
    };
    let mut tiers = vec![tier("adult", "Adult", price)];
    if prices.child_tier {
        tiers.push(tier("child", "Child (up to 14)", percent(CHILD_PERCENT)));
    }
    if prices.early_until.is_some() {
        tiers.push(Tier {
            valid_to: prices.early_until,
            ..tier("early", "Early bird", percent(EARLY_PERCENT))
        });
    }
    tiers
}
