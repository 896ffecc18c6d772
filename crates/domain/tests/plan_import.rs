//! Plans through the import: what is read, what is told, what comes out the same.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use domain::{
    ids::{AreaId, SeatId},
    plan::{
        AreaKind, Attributes, Plan, ShapeKind, generate,
        import::{Problem, ProblemCode as Code, parse},
        source,
    },
    seat::SeatIx,
};
use proptest::prelude::*;

const OWN: &str = include_str!("plans/own.json");
const PRETIX: &str = include_str!("plans/pretix.json");
const PRETIX_BROKEN: &str = include_str!("plans/pretix_broken.json");

fn told(problems: &[Problem]) -> Vec<(&str, Code)> {
    problems.iter().map(|p| (p.pointer.as_str(), p.code)).collect()
}

fn links(plan: &Plan) -> String {
    (0..plan.seat_count()).map(|ix| if plan.linked(SeatIx(ix)) { '-' } else { '|' }).collect()
}

#[test]
fn the_own_format_is_read_whole() {
    let plan = parse(OWN.as_bytes()).unwrap();
    let sections: Vec<&str> = plan.sections.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(sections, ["STALLS", "TABLE", "GALLERY"], "in the order of their levels");
    let row_b: Vec<&str> = plan.seats[plan.rows[1].seats()].iter().map(|s| s.number.as_str()).collect();
    assert_eq!(row_b, ["1", "2", "3", "4"], "along the row");
    assert_eq!(links(&plan), "---|--|--||-------|---|---|-----|");
    let gallery = plan.seat_ix(&SeatId::from("GALLERY-A-12")).unwrap();
    assert_eq!(plan.section_of(gallery).unwrap().name, "Gallery");
    assert_eq!(plan.seats[0].attributes, Attributes::WHEELCHAIR);
    assert!(plan.seats[0].x < plan.seats[6].x, "seat 1 is on the left of those who look at the stage");
    let table = plan.area(plan.area_ix(&AreaId::from("TABLE-1")).unwrap()).unwrap();
    assert_eq!((table.kind, table.capacity, table.name.as_str()), (AreaKind::Table, 8, "Table 1"));
    assert_eq!(plan.shapes.iter().filter(|s| s.kind == ShapeKind::Table).count(), 2);
    assert_eq!((plan.focal.x, plan.focal.y), (0.0, -3.0));
    assert_eq!(plan.capacity(), 33 + 8 + 40);
    assert_eq!(plan.neighbour_bits().len(), 5);
}

#[test]
fn a_pretix_plan_is_read_in_metres_with_positions_relative_to_their_parents() {
    let plan = parse(PRETIX.as_bytes()).unwrap();
    let numbers: Vec<&str> = plan.seats.iter().map(|s| s.number.as_str()).collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "5", "1", "2"]);
    assert_eq!(links(&plan), "--|-|-|");
    // 25 pixels are 55 cm; the first seat stands at (100 + 10 + 0, 200 + 20 + 0).
    assert_eq!((plan.seats[0].x, plan.seats[0].y), (2.42, 4.84));
    assert_eq!(plan.pitch, 0.55);
    assert_eq!(plan.categories[1].key, "rang-mitte");
    assert_eq!(
        (plan.categories[0].color.as_str(), plan.categories[1].color.as_str()),
        ("#ff0000", "#00aa77")
    );
    let kinds: Vec<ShapeKind> = plan.shapes.iter().map(|s| s.kind).collect();
    use ShapeKind::{Decoration, Stage, Text};
    assert_eq!(kinds, [Stage, Decoration, Decoration, Decoration, Text]);
    // The stage: from (100, 100), 200 × 50 pixels.
    assert_eq!((plan.focal.x, plan.focal.y), (4.4, 2.75));
    assert_eq!(plan.sections.len(), 1, "a zone without rows is drawing only");
}

#[test]
fn a_broken_pretix_plan_lists_all_its_faults_with_their_places() {
    let problems = parse(PRETIX_BROKEN.as_bytes()).unwrap_err();
    let row = "/zones/0/rows/0/seats";
    let expected = [
        (format!("{row}/1"), Code::DuplicateId),
        (format!("{row}/2/category"), Code::UnknownCategory),
        (format!("{row}/3"), Code::SeatsOverlap),
        (format!("{row}/4"), Code::OutsideDrawing),
        (format!("{row}/5/position/x"), Code::NotFinite),
        (format!("{row}/6/position"), Code::MissingField),
        ("/zones/0/rows/1".into(), Code::EmptyRow),
        ("/zones/0/areas/0/shape".into(), Code::BadValue),
    ];
    for (pointer, code) in &expected {
        assert!(told(&problems).contains(&(pointer.as_str(), *code)), "{pointer} {code}: {problems:#?}");
    }
}

#[test]
fn what_is_wrong_in_the_own_format_is_told_in_its_place() {
    // What to replace in the sound plan, with what, and what must be told.
    let cases: [(&str, &str, &str, Code); 20] = [
        (
            r#""number": "2", "x": 0.55"#,
            r#""number": "2", "x": 0.05"#,
            "/sections/1/rows/1/seats/1",
            Code::SeatsOverlap,
        ),
        (
            r#""number": "4", "x": 1.65"#,
            r#""number": "3", "x": 1.65"#,
            "/sections/1/rows/1/seats/3",
            Code::DuplicateId,
        ),
        (
            r#""number": "4", "x": 1.65"#,
            r#""number": "4", "x": 165"#,
            "/sections/1/rows/1/seats/3",
            Code::OutsideDrawing,
        ),
        (r#""x": 1.65"#, r#""x": NaN"#, "/sections/1/rows/1/seats/3/x", Code::NotFinite),
        (r#""x": 1.65"#, r#""x": "far""#, "/sections/1/rows/1/seats/3/x", Code::WrongType),
        (r#""x": 1.65"#, r#""z": 1.65"#, "/sections/1/rows/1/seats/3/z", Code::UnknownField),
        (r#""x": 1.65"#, r#""z": 1.65"#, "/sections/1/rows/1/seats/3/x", Code::MissingField),
        (r#""x": 1.65"#, r#""x": 1.65, "x": 1"#, "/sections/1/rows/1/seats/3/x", Code::DuplicateKey),
        (
            r#""category": "tables"}"#,
            r#""category": "box"}"#,
            "/sections/1/rows/1/seats/3/category",
            Code::UnknownCategory,
        ),
        (r#""level": "up""#, r#""level": "down""#, "/sections/0/level", Code::UnknownLevel),
        (r#""id": "GALLERY""#, r#""id": "STALLS""#, "/sections/1/id", Code::DuplicateId),
        (r#""count": 6"#, r#""count": 0"#, "/sections/0/rows/0", Code::EmptyRow),
        (r#""count": 6"#, r#""count": 100000"#, "/sections/0/rows/0/count", Code::OutOfRange),
        (r#"["wheelchair"]"#, r#"["flying"]"#, "/sections/1/rows/0/seats/0/attributes/0", Code::BadValue),
        (r#""capacity": 40"#, r#""capacity": 0"#, "/areas/0/capacity", Code::OutOfRange),
        (r#""id": "pit""#, r#""id": "TABLE-1""#, "/areas/0", Code::DuplicateId),
        (
            r#"[[-5, -6], [5, -6], [4, 0], [-4, 0]]"#,
            r#"[[-5, -6], [5, -6]]"#,
            "/shapes/0/shape/points",
            Code::BadValue,
        ),
        (r##""#cccccc""##, r#""red""#, "/shapes/1/fill", Code::BadValue),
        (r#""text_at": [15, 0]"#, r#""text_at": [15]"#, "/shapes/2/text_at", Code::WrongType),
        (
            r#""pitch": 0.55}, "count""#,
            r#""pitch": 0}, "count""#,
            "/sections/0/rows/0/path/pitch",
            Code::OutOfRange,
        ),
    ];
    for (from, to, pointer, code) in cases {
        assert!(OWN.contains(from), "{from}");
        let broken = OWN.replacen(from, to, 1);
        let problems = parse(broken.as_bytes()).unwrap_err();
        assert!(told(&problems).contains(&(pointer, code)), "{from} → {to}: {problems:#?}");
    }
}

#[test]
fn what_is_no_plan_at_all_is_told_once() {
    for (text, code) in [
        ("", Code::Syntax),
        ("{", Code::Syntax),
        ("[]", Code::UnknownFormat),
        (r#"{"format": "parterre-plan/9"}"#, Code::UnknownFormat),
    ] {
        assert_eq!(told(&parse(text.as_bytes()).unwrap_err()), [("", code)], "{text}");
    }
    let nothing =
        r#"{"format": "parterre-plan/1", "name": "x", "categories": [{"key": "a"}], "sections": []}"#;
    assert_eq!(told(&parse(nothing.as_bytes()).unwrap_err()), [("", Code::NothingForSale)]);
}

#[test]
fn too_many_seats_are_counted_and_the_list_of_problems_ends() {
    let row = r#"{"label": "A", "path": {"type": "line", "middle": [0, 0], "pitch": 0.5}, "count": 2000}"#;
    let rows = vec![row; 61].join(",");
    let plan = format!(
        r#"{{"format": "parterre-plan/1", "name": "x", "categories": [{{"key": "a"}}],
        "sections": [{{"id": "S", "category": "a", "rows": [{rows}]}}]}}"#
    );
    assert_eq!(told(&parse(plan.as_bytes()).unwrap_err()), [("", Code::TooManySeats)]);
    let rows = [row; 2].join(",");
    let plan = format!(
        r#"{{"format": "parterre-plan/1", "name": "x", "categories": [{{"key": "a"}}],
        "sections": [{{"id": "S", "category": "a", "rows": [{rows}]}}]}}"#
    );
    let problems = parse(plan.as_bytes()).unwrap_err();
    assert_eq!((problems.len(), problems.last().unwrap().code), (1_001, Code::MoreProblems));
}

#[test]
fn the_demo_houses_have_the_size_that_they_promise() {
    for (kind, seats, capacity) in [
        (generate::Kind::Theatre, 1_100..=1_200, 1_100..=1_200),
        (generate::Kind::Arena, 12_000..=15_000, 17_500..=18_500),
        (generate::Kind::Stadium, 70_000..=70_000, 70_000..=70_000),
        (generate::Kind::Club, 0..=0, 600..=600),
        (generate::Kind::Hall, 600..=900, 700..=900),
    ] {
        for seed in [1, 2, 99] {
            let text = generate::generate(kind, seed);
            assert_eq!(text, generate::generate(kind, seed));
            let plan = parse(text.as_bytes()).unwrap();
            assert!(seats.contains(&plan.seat_count()), "{} {}", kind.name(), plan.seat_count());
            assert!(capacity.contains(&plan.capacity()), "{} {}", kind.name(), plan.capacity());
            let wheelchairs =
                plan.seats.iter().filter(|s| s.attributes.contains(Attributes::WHEELCHAIR)).count();
            assert!(plan.seats.is_empty() || wheelchairs >= 4, "{}", kind.name());
            if seed == 1 || plan.seat_count() < 20_000 {
                everything_fits_together(&plan);
            }
        }
    }
}

/// What every frozen plan keeps.
fn everything_fits_together(plan: &Plan) {
    for (ix, seat) in plan.seats.iter().enumerate() {
        let ix = SeatIx(ix as u32);
        assert_eq!(plan.seat_ix(&seat.id), Some(ix));
        let row = &plan.rows[seat.row as usize];
        assert!(row.seats().contains(&ix.index()));
        assert!(plan.sections[usize::from(row.section)].seats().contains(&ix.index()));
        assert!(plan.bounds.contains(seat.point()));
        let last_of_row = row.first.0 + row.len - 1 == ix.0;
        assert!(!(last_of_row && plan.linked(ix)), "a link never leaves its row");
        assert!(!plan.linked(ix) || seat.point().distance(plan.seats[ix.index() + 1].point()) < 1.5);
    }
    for section in &plan.sections {
        assert!(
            section.outline.len() >= 3 && section.outline.len() < 80,
            "{} {}",
            section.id,
            section.outline.len()
        );
        assert!(section.outline.iter().all(|corner| plan.bounds.contains(*corner)));
    }
}

/// The plan with every seat written out, the seats of each row in another order.
fn shuffled(plan: &Plan, seed: u64) -> String {
    let mut out = source::export(plan);
    let mut state = seed | 1;
    for row in out.sections.iter_mut().flat_map(|s| &mut s.rows) {
        // Where an aisle breaks the listed order has no meaning once the list is shuffled; gaps still do.
        row.seats.iter_mut().for_each(|seat| seat.aisle_after = false);
        for at in (1..row.seats.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            row.seats.swap(at, (state >> 33) as usize % (at + 1));
        }
    }
    serde_json::to_string(&out).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_does_not_depend_on_how_the_source_lists_the_seats(seed in any::<u64>()) {
        let plan = parse(generate::generate(generate::Kind::Theatre, 1).as_bytes()).unwrap();
        let one = parse(shuffled(&plan, 1).as_bytes()).unwrap();
        let other = parse(shuffled(&plan, seed).as_bytes()).unwrap();
        prop_assert!(one == other);
        let ids = |plan: &Plan| plan.seats.iter().map(|s| s.id.clone()).collect::<std::collections::BTreeSet<_>>();
        prop_assert_eq!(ids(&plan), ids(&other));
    }

    #[test]
    fn bytes_changed_anywhere_never_panic(
        own in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b'9'), Just(b'"'), Just(b'-')]), 1..8),
    ) {
        let mut bytes = if own { OWN } else { PRETIX }.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Err(problems) = parse(&bytes) {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn values_changed_anywhere_never_panic(own in any::<bool>(), which in any::<prop::sample::Index>(), with in 0_usize..9) {
        let mut json: serde_json::Value = serde_json::from_str(if own { OWN } else { PRETIX }).unwrap();
        let mut pointers = Vec::new();
        collect(&json, String::new(), &mut pointers);
        let pointer = &pointers[which.index(pointers.len())];
        let values = [
            serde_json::Value::Null,
            true.into(),
            (-1).into(),
            1e18.into(),
            0.000_001.into(),
            "".into(),
            "x".repeat(5_000).into(),
            serde_json::json!([]),
            serde_json::json!({}),
        ];
        *json.pointer_mut(pointer).unwrap() = values[with].clone();
        if let Ok(plan) = parse(json.to_string().as_bytes()) {
            everything_fits_together(&plan);
        }
    }
}

fn collect(json: &serde_json::Value, at: String, into: &mut Vec<String>) {
    match json {
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| collect(item, format!("{at}/{n}"), into));
        }
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| collect(value, format!("{at}/{key}"), into));
        }
        _ => {}
    }
    into.push(at);
}
