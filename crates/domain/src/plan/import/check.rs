//! What can only be seen over the whole plan: ids, places, counts.

use super::{
    draft::{Draft, DraftRow, DraftSeat},
    problem::{At, ProblemCode as Code, Problems},
};
use crate::limits::{PLAN_AREAS_MAX, PLAN_ID_BYTES_MAX, PLAN_ROWS_MAX, PLAN_SEATS_MAX, PLAN_SHAPES_MAX};
use std::collections::{HashMap, HashSet};

/// Checks a draft; the work is linear in its size.
pub(super) fn check(draft: &Draft, p: &mut Problems) {
    let rows: usize = draft.sections.iter().map(|s| s.rows.len()).sum();
    let seats: usize = draft.sections.iter().flat_map(|s| &s.rows).map(|r| r.seats.len()).sum();
    let mut places = u64::try_from(seats).unwrap_or(u64::MAX);
    for area in &draft.areas {
        places = places.saturating_add(u64::from(area.capacity));
    }
    for (what, count, max) in [
        ("rows", rows, PLAN_ROWS_MAX),
        ("areas", draft.areas.len(), PLAN_AREAS_MAX),
        ("shapes", draft.shapes.len(), PLAN_SHAPES_MAX),
    ] {
        if count > max {
            p.add(At::Root, Code::TooMany, format_args!("{count} {what}, at most {max} are allowed"));
        }
    }
    for row in draft.sections.iter().flat_map(|s| &s.rows).filter(|row| row.seats.is_empty()) {
        p.add(&row.pointer, Code::EmptyRow, format_args!("the row `{}` has no seats", row.label));
    }
    if places == 0 {
        p.add(At::Root, Code::NothingForSale, "the plan has neither a seat nor an area");
    }
    if seats > PLAN_SEATS_MAX as usize {
        // Going through the seats of a plan that is far too large would tell nothing more.
        p.add(
            At::Root,
            Code::TooManySeats,
            format_args!("{seats} seats, at most {PLAN_SEATS_MAX} are allowed"),
        );
        return;
    }
    ids(draft, p);
    drawing(draft, p);
    overlaps(draft, p);
}

fn each_seat(draft: &Draft) -> impl Iterator<Item = (&str, &DraftRow, &DraftSeat)> {
    draft.sections.iter().flat_map(|section| {
        let rows = section.rows.iter();
        rows.flat_map(move |row| row.seats.iter().map(move |seat| (section.id.as_str(), row, seat)))
    })
}

/// The id that a seat gets when the source gives none.
pub(super) fn seat_id(section: &str, row: &str, number: &str) -> String {
    format!("{section}-{row}-{number}")
}

fn ids(draft: &Draft, p: &mut Problems) {
    let mut seen: HashSet<String> = HashSet::with_capacity(1_024);
    for (section, row, seat) in each_seat(draft) {
        // An empty id of a source that must give one is told where it was read.
        let id =
            if seat.id.is_empty() { seat_id(section, &row.label, &seat.number) } else { seat.id.clone() };
        if id.len() > PLAN_ID_BYTES_MAX {
            p.add(
                row.seat_pointer(seat),
                Code::TextTooLong,
                "section, row and number make an id that is too long",
            );
        } else if let Some(id) = seen.replace(id) {
            p.add(row.seat_pointer(seat), Code::DuplicateId, format_args!("the seat `{id}` stands twice"));
        }
    }
    let mut areas: HashSet<&str> = HashSet::new();
    for area in &draft.areas {
        if !area.id.is_empty() && !areas.insert(&area.id) {
            p.add(&area.pointer, Code::DuplicateId, format_args!("the area `{}` stands twice", area.id));
        }
    }
}

fn drawing(draft: &Draft, p: &mut Problems) {
    let Some((min, max)) = draft.drawing else { return };
    for (_, row, seat) in each_seat(draft) {
        if seat.x < min.0 || seat.x > max.0 || seat.y < min.1 || seat.y > max.1 {
            let message = format_args!("the seat `{}` stands outside the drawing", seat.number);
            p.add(row.seat_pointer(seat), Code::OutsideDrawing, message);
        }
    }
}

/// Nearer than this no two people sit: 20 cm. (Plans drawn in pixels are in metres by now.)
const APART_M: f64 = 0.2;

/// Seats in one place, by a grid whose cells are as wide as the least distance: nine cells a seat. A seat that is
/// told is not entered, so a cell never holds more than four, however many lie on each other.
fn overlaps(draft: &Draft, p: &mut Problems) {
    let cell = |v: f64| (v / APART_M).floor() as i64;
    let mut entered: Vec<(&DraftSeat, Option<usize>)> = Vec::new();
    let mut heads: HashMap<(i64, i64), usize> = HashMap::new();
    for (_, row, seat) in each_seat(draft) {
        let (cx, cy) = (cell(seat.x), cell(seat.y));
        let mut under = None;
        for key in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (cx + dx, cy + dy))) {
            let mut next = heads.get(&key).copied();
            while let Some((other, further)) = next.and_then(|at| entered.get(at)) {
                if (other.x - seat.x).hypot(other.y - seat.y) < APART_M - 1e-9 {
                    under = Some(*other);
                }
                next = *further;
            }
        }
        if let Some(other) = under {
            let message = format_args!("the seat `{}` lies on the seat `{}`", seat.number, other.number);
            p.add(row.seat_pointer(seat), Code::SeatsOverlap, message);
        } else {
            let further = heads.insert((cx, cy), entered.len());
            entered.push((seat, further));
        }
    }
}
