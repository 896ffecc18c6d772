//! Plans for the tests of this crate.

use crate::{scene::Scene, zones::ZoneInfo};
use domain::{
    ids::SeatId,
    money::{Currency, Money},
    plan::{Attributes, Category, Level, NeighbourBits, Plan, Point, Rect, Row, Seat, Section},
    seat::SeatIx,
};

/// A small generator of numbers, good enough for scattering seats.
pub struct Lcg(pub u64);

impl Lcg {
    pub fn next(&mut self, below: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(below)) as u32
    }
}

/// One section, rows of equal length, pitch 0.5 m, rows 0.9 m apart.
pub fn rows(rows: u32, len: u32) -> Plan {
    let places = (0..rows).map(|r| (0..len).map(|s| Point::new(s as f32 * 0.5, r as f32 * 0.9)).collect());
    plan(vec![places.collect()])
}

/// Up to four sections with up to 100 seats at random places in rows of random length.
pub fn scattered(seed: u64) -> Plan {
    let mut random = Lcg(seed ^ 0x9e37_79b9);
    let sections = 1 + random.next(4);
    plan(
        (0..sections)
            .map(|s| {
                (0..1 + random.next(6))
                    .map(|_| {
                        (0..1 + random.next(15))
                            .map(|_| {
                                let x = random.next(1500) as f32 / 100.0 + s as f32 * 16.0;
                                Point::new(x, random.next(1200) as f32 / 100.0)
                            })
                            .collect()
                    })
                    .collect()
            })
            .collect(),
    )
}

/// A plan of sections of rows of places; categories go round by section, every seventh seat is accessible.
pub fn plan(sections: Vec<Vec<Vec<Point>>>) -> Plan {
    let name = |n: usize| ["Stalls", "Circle", "Balcony"][n % 3].to_owned();
    let category = |n: usize| Category { key: name(n), name: name(n), color: "#336699".into() };
    let mut plan = Plan {
        name: "Test".into(),
        categories: (0..3).map(category).collect(),
        levels: vec![Level { id: "l".into(), name: "Level".into() }],
        sections: Vec::new(),
        rows: Vec::new(),
        seats: Vec::new(),
        areas: Vec::new(),
        shapes: Vec::new(),
        focal: Point::default(),
        bounds: Rect::default(),
        pitch: 0.5,
        neighbours: NeighbourBits::default(),
        counting: Vec::new(),
        by_id: Default::default(),
    };
    for (s, rows) in sections.into_iter().enumerate() {
        let (first_row, first) = (plan.rows.len() as u32, SeatIx(plan.seats.len() as u32));
        for (r, places) in rows.into_iter().enumerate() {
            let row = plan.rows.len() as u32;
            let label = ((b'A' + (r % 26) as u8) as char).to_string();
            let first = SeatIx(plan.seats.len() as u32);
            plan.rows.push(Row {
                section: s as u16,
                label,
                path: None,
                table: false,
                first,
                len: places.len() as u32,
            });
            for (n, place) in places.into_iter().enumerate() {
                let attributes =
                    if plan.seats.len() % 7 == 3 { Attributes::WHEELCHAIR } else { Attributes::default() };
                let (id, number) = (SeatId(format!("{s}-{r}-{n}")), (n + 1).to_string());
                let (x, y) = (place.x, place.y);
                plan.seats.push(Seat { id, row, number, x, y, category: (s % 3) as u8, attributes });
            }
        }
        let len = plan.seats.len() as u32 - first.0;
        let bounds = Rect::around(plan.seats[first.index()..].iter().map(Seat::point)).unwrap();
        let (a, b) = (bounds.min, bounds.max);
        let outline = vec![a, Point::new(b.x, a.y), b, Point::new(a.x, b.y)];
        let row_count = plan.rows.len() as u32 - first_row;
        let (id, name, label) = (s.to_string(), name(s), bounds.center());
        let section = Section { first_row, row_count, first, len, ..Section::default() };
        plan.sections.push(Section { id, name, outline, label, ..section });
    }
    plan.bounds = Rect::around(plan.seats.iter().map(Seat::point)).unwrap();
    plan
}

/// The zones of [`plan`]: one a category, €30, €48 to €60, €80.
pub fn zones() -> Vec<ZoneInfo> {
    let zone = |category: u8, name: &str, from: i64, to: i64| ZoneInfo {
        name: name.into(),
        categories: vec![category],
        price_from: Money::new(from, Currency::EUR),
        price_to: Money::new(to, Currency::EUR),
    };
    vec![zone(0, "Stalls", 4800, 4800), zone(1, "Circle", 3000, 6000), zone(2, "Balcony", 8000, 8000)]
}

/// The scene of a plan with [`zones`].
pub fn scene(plan: Plan) -> Scene {
    Scene::new(plan, zones())
}
