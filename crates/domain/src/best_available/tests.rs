use super::*;
use crate::{
    ids::SeatId,
    plan::{Category, Level, Rect, Row, Seat, Section},
};
use proptest::prelude::*;
use std::collections::HashSet;

/// One row per text, half a metre a seat, one metre a row, the stage at (0, 0). `.` a seat of category 0, `b` of
/// category 1, `w` a place for a wheelchair, `c` for its companion, `|` an aisle, `-` alone a new section.
fn house(rows: &[&str]) -> Plan {
    let mut plan = Plan {
        categories: vec![category("a"), category("b")],
        levels: vec![Level { id: "l".into(), name: "L".into() }],
        bounds: Rect::default(),
        pitch: 0.5,
        ..Plan::default()
    };
    let mut section = 0_u16;
    let mut aisles = HashSet::new();
    for (y, text) in rows.iter().enumerate() {
        if *text == "-" {
            section += 1;
            continue;
        }
        let row = u32::try_from(plan.rows.len()).unwrap();
        let first = plan.seat_count();
        let width = text.len() as f32 / 2.0;
        for (x, c) in text.chars().enumerate() {
            if c == '|' {
                aisles.insert(plan.seat_count());
                continue;
            }
            let attributes = match c {
                'w' => Attributes::WHEELCHAIR,
                'c' => Attributes::COMPANION,
                _ => Attributes::default(),
            };
            plan.seats.push(Seat {
                id: SeatId(format!("{y}-{x}")),
                row,
                number: x.to_string(),
                x: x as f32 / 2.0 - width / 2.0,
                y: 5.0 + y as f32,
                category: u8::from(c == 'b'),
                attributes,
            });
        }
        let len = plan.seat_count() - first;
        plan.rows.push(Row { section, label: y.to_string(), first: SeatIx(first), len, ..Row::default() });
    }
    plan.sections = (0..=section).map(|n| Section { id: n.to_string(), ..Section::default() }).collect();
    plan.neighbours = NeighbourBits::none(plan.seat_count());
    for row in &plan.rows {
        for ix in row.first.0..(row.first.0 + row.len).saturating_sub(1) {
            if !aisles.contains(&(ix + 1)) {
                plan.neighbours.link(SeatIx(ix));
            }
        }
    }
    plan
}

fn category(key: &str) -> Category {
    Category { key: key.into(), name: key.into(), color: "#000000".into() }
}

fn ask(quantity: u32) -> Ask {
    Ask {
        quantity,
        categories: CategorySet::ALL,
        accessible: false,
        no_single_seat: true,
        seed: 7,
        attempt: 0,
    }
}

fn states(plan: &Plan, taken: impl Fn(u32) -> bool) -> PackedStates {
    let mut states = PackedStates::available(plan.seat_count());
    for ix in (0..plan.seat_count()).filter(|&ix| taken(ix)) {
        states.set(SeatIx(ix), SeatState::Sold);
    }
    states
}

fn numbers(seats: &[SeatIx]) -> Vec<u32> {
    seats.iter().map(|s| s.0).collect()
}

#[test]
fn the_middle_of_the_first_row_is_best() {
    let row = ".".repeat(40);
    let plan = house(&[row.as_str(); 12]);
    let seating = Seating::new(&plan);
    for seed in 0..50 {
        let block = seating.best(&states(&plan, |_| false), &Ask { seed, ..ask(2) }).unwrap();
        assert!(block.seats[1].0 < 120, "{block:?}");
        assert!((10..29).contains(&(block.seats[0].0 % 40)), "{block:?}");
    }
}

#[test]
fn a_block_with_single_seats_is_the_last_resort_of_a_row() {
    let plan = house(&["....|..."]);
    let seating = Seating::new(&plan);
    let best =
        |taken: fn(u32) -> bool, quantity| seating.best(&states(&plan, taken), &ask(quantity)).unwrap();
    assert_eq!(numbers(&best(|_| false, 3).seats), [4, 5, 6]);
    let forced = best(|ix| ix >= 4, 3);
    assert!(forced.lenient && forced.seats.len() == 3);
}

#[test]
fn a_party_is_split_over_adjacent_rows_only_when_no_row_has_room() {
    let plan = house(&["...", "...", "-", "....."]);
    let seating = Seating::new(&plan);
    assert!(!seating.best(&states(&plan, |_| false), &ask(4)).unwrap().split);
    let split = seating.best(&states(&plan, |ix| ix > 6), &ask(4)).unwrap();
    assert!(split.split && split.seats.len() == 4);
    assert_eq!(split.seats.iter().filter(|s| s.0 < 3).count(), 2);
    let none = seating.best(&states(&plan, |ix| (3..9).contains(&ix)), &ask(5));
    assert_eq!(none, Err(NoBlock { largest: [0, 1, 2].map(SeatIx).to_vec() }));
}

#[test]
fn places_for_wheelchairs_go_to_who_asks() {
    let plan = house(&["..wcw..", "......."]);
    let seating = Seating::new(&plan);
    let free = states(&plan, |ix| ix > 6);
    assert!(seating.best(&free, &ask(3)).is_err());
    let found = seating.best(&free, &Ask { accessible: true, ..ask(2) }).unwrap();
    let wheelchairs = found.seats.iter().filter(|s| [2, 4].contains(&s.0)).count();
    assert_eq!(wheelchairs, 1);
    let none = seating.best(&states(&plan, |ix| [2, 4].contains(&ix)), &Ask { accessible: true, ..ask(1) });
    assert_eq!(none, Err(NoBlock { largest: vec![] }));
}

#[test]
fn a_lost_seat_is_replaced_by_its_neighbour() {
    let plan = house(&["......", "......"]);
    let seating = Seating::new(&plan);
    let free = states(&plan, |ix| ix == 2);
    let like = seating.nearest_like(&free, &Ask { no_single_seat: false, ..ask(1) }, &[SeatIx(2)], 3);
    assert_eq!(like.len(), 3);
    assert_eq!(like[..2].iter().flatten().map(|s| s.0).collect::<HashSet<_>>(), HashSet::from([1, 3]));
    assert!(seating.nearest_like(&free, &ask(1), &[SeatIx(99)], 3).is_empty());
    assert!(seating.nearest_like(&free, &ask(1), &[], 3).is_empty());
}

fn any_house() -> impl Strategy<Value = (Plan, PackedStates)> {
    let row = "[.b]{1,12}|[.]{1,6}\\|[.]{1,6}|[.]{1,4}wc?[.]{0,4}|-";
    (prop::collection::vec(row, 1..6), prop::collection::vec(prop::bool::weighted(0.45), 80)).prop_map(
        |(rows, taken)| {
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            let plan = house(&rows);
            let states = states(&plan, |ix| taken[ix as usize]);
            (plan, states)
        },
    )
}

fn any_ask() -> impl Strategy<Value = Ask> {
    let set = prop_oneof![
        Just(CategorySet::ALL),
        Just(CategorySet::from_iter([0])),
        Just(CategorySet::from_iter([1]))
    ];
    (0_u32..6, set, prop::bool::weighted(0.2), any::<bool>(), any::<u64>(), 0_u32..9).prop_map(
        |(quantity, categories, accessible, no_single_seat, seed, attempt)| Ask {
            quantity,
            categories,
            accessible,
            no_single_seat,
            seed,
            attempt,
        },
    )
}

fn usable(plan: &Plan, states: &PackedStates, ask: &Ask, seat: SeatIx) -> bool {
    let seat_of = plan.seat(seat).unwrap();
    states.get(seat) == SeatState::Available
        && ask.categories.contains(seat_of.category)
        && (ask.accessible || !rules::is_exempt(seat_of.attributes))
}

fn has_wheelchair(plan: &Plan, seats: &[SeatIx]) -> bool {
    seats.iter().any(|&s| plan.seat(s).unwrap().attributes.contains(Attributes::WHEELCHAIR))
}

/// Every block of `len` in one row, by trying all.
fn all_blocks(plan: &Plan, states: &PackedStates, ask: &Ask, len: u32) -> Vec<Vec<SeatIx>> {
    (0..(plan.seat_count() + 1).saturating_sub(len))
        .map(|start| (start..start + len).map(SeatIx).collect::<Vec<_>>())
        .filter(|b| b.iter().all(|&s| usable(plan, states, ask, s)))
        .filter(|b| b.iter().take(b.len().saturating_sub(1)).all(|&s| plan.linked(s)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_found_block_is_what_was_asked_for((plan, states) in any_house(), ask in any_ask()) {
        let seating = Seating::new(&plan);
        let whole: Vec<_> = all_blocks(&plan, &states, &ask, ask.quantity)
            .into_iter()
            .filter(|b| !b.is_empty() && (!ask.accessible || has_wheelchair(&plan, b)))
            .collect();
        match seating.best(&states, &ask) {
            Ok(block) => {
                prop_assert_eq!(block.seats.len(), ask.quantity as usize);
                prop_assert!(block.seats.is_sorted_by(|a, b| a < b));
                prop_assert!(block.seats.iter().all(|&s| usable(&plan, &states, &ask, s)));
                prop_assert!(!ask.accessible || has_wheelchair(&plan, &block.seats));
                prop_assert_eq!(block.split, whole.is_empty());
                let rows: HashSet<u32> = block.seats.iter().map(|&s| plan.seat(s).unwrap().row).collect();
                prop_assert_eq!(rows.len(), if block.split { 2 } else { 1 });
                if !block.split { prop_assert!(whole.contains(&block.seats)); }
                let singles = seating.singles_left(&block.seats, &states);
                prop_assert_eq!(block.lenient, ask.no_single_seat && !singles.is_empty());
                if block.lenient && !block.split {
                    prop_assert!(whole.iter().all(|b| !seating.singles_left(b, &states).is_empty()));
                }
            }
            Err(NoBlock { largest }) => {
                prop_assert!(whole.is_empty());
                prop_assert!(largest.iter().all(|&s| usable(&plan, &states, &ask, s)));
                prop_assert!(largest.windows(2).all(|p| p[1].0 == p[0].0 + 1 && plan.linked(p[0])));
                let longer = all_blocks(&plan, &states, &ask, u32::try_from(largest.len()).unwrap() + 1);
                prop_assert!(longer.iter().all(|b| ask.accessible && !has_wheelchair(&plan, b)) || ask.quantity == 0);
            }
        }
    }

    #[test]
    fn when_none_is_found_no_two_adjacent_rows_have_room((plan, states) in any_house(), ask in any_ask()) {
        let none = Seating::new(&plan).best(&states, &ask).is_err();
        if !none || ask.quantity < 2 { return Ok(()) }
        let reach = 0.5 * (ask.quantity + 3) as f32;
        let middle = |b: &[SeatIx]| {
            let at = |s: SeatIx| plan.seat(s).unwrap().point();
            let (first, last) = (at(b[0]), at(b[b.len() - 1]));
            Point::new((first.x + last.x) / 2.0, (first.y + last.y) / 2.0)
        };
        for part in 1..ask.quantity {
            for a in all_blocks(&plan, &states, &ask, part) {
                for b in all_blocks(&plan, &states, &ask, ask.quantity - part) {
                    let (row_a, row_b) = (plan.seat(a[0]).unwrap().row, plan.seat(b[0]).unwrap().row);
                    let adjacent = row_a + 1 == row_b && plan.section_of(a[0]).map(|s| &s.id) == plan.section_of(b[0]).map(|s| &s.id);
                    // An aisle within a half bends its middle; a hair's breadth either way is nobody's concern.
                    let near = middle(&a).distance(middle(&b)) < reach - 0.01;
                    let fits = !ask.accessible || has_wheelchair(&plan, &a) || has_wheelchair(&plan, &b);
                    prop_assert!(!(adjacent && near && fits), "{a:?} and {b:?}");
                }
            }
        }
    }

    #[test]
    fn alternatives_are_blocks_of_the_same_size_without_a_common_seat(
        (plan, states) in any_house(), ask in any_ask(), lost in 0_u32..20, size in 1_u32..4,
    ) {
        let lost: Vec<SeatIx> = (lost..lost + size).map(SeatIx).collect();
        let found = Seating::new(&plan).nearest_like(&states, &ask, &lost, 3);
        let mut seen = HashSet::new();
        for block in &found {
            prop_assert_eq!(block.len(), lost.len());
            prop_assert!(block.iter().all(|&s| usable(&plan, &states, &ask, s) && seen.insert(s)));
            prop_assert!(block.windows(2).all(|p| plan.linked(p[0])));
        }
        prop_assert!(found.len() <= 3);
    }
}

#[test]
fn different_seeds_spread_over_many_blocks() {
    let row = ".".repeat(40);
    let plan = house(&vec![row.as_str(); 40]);
    let seating = Seating::new(&plan);
    let free = states(&plan, |_| false);
    let starts = |attempt| -> HashSet<SeatIx> {
        (0..2_000)
            .map(|seed| seating.best(&free, &Ask { seed, attempt, ..ask(2) }).unwrap().seats[0])
            .collect()
    };
    let (first, later) = (starts(0).len(), starts(3).len());
    assert!(first >= 20, "{first}");
    assert!(later >= 2 * first, "{first} then {later}");
}
