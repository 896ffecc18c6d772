//! From a checked draft to the frozen plan: canonical order, neighbours, focal point, bounds.

use super::{
    check::seat_id,
    draft::{Draft, DraftArea, DraftLabel, DraftRow, DraftSeat, DraftSection, DraftShape, Form},
    fields::Spot,
    order::{Spotted, along_row},
};
use crate::{
    ids::{AreaId, SeatId},
    plan::{
        Area, AreaShape, Label, NeighbourBits, Plan, Point, Rect, Row, Seat, Section, Shape, ShapeKind,
        derive,
        path::{centimetres, metres, whole_cm},
    },
    seat::SeatIx,
};

/// Freezes a draft without problems.
pub(super) fn freeze(mut draft: Draft) -> Plan {
    let mut plan =
        Plan { name: draft.name, categories: draft.categories, levels: draft.levels, ..Plan::default() };
    let mut broken = Vec::new();
    draft.sections.sort_by_key(|section| section.level);
    // A section that only held tables sold whole has become areas.
    for section in draft.sections.into_iter().filter(|s| s.rows.iter().any(|r| !r.seats.is_empty())) {
        freeze_section(section, &mut plan, &mut broken);
    }
    plan.areas = draft.areas.into_iter().map(area).collect();
    plan.shapes = draft.shapes.into_iter().map(shape).collect();
    let gaps = derive::Gaps::new(&plan.rows, &plan.seats);
    plan.pitch = gaps.pitch();
    plan.neighbours = without(gaps.links(&plan.rows, plan.pitch), &broken, plan.seat_count());
    plan.focal = draft.focal.map_or_else(|| focal(&plan), point);
    plan.bounds = derive::bounds(&plan);
    plan
}

fn point(spot: Spot) -> Point {
    whole_cm(spot.0, spot.1)
}

/// The middle of the stage; without one, the middle of the upper edge, where most drawings have it.
fn focal(plan: &Plan) -> Point {
    let stage = plan.shapes.iter().find(|s| s.kind == ShapeKind::Stage).and_then(|s| s.geometry.as_ref());
    let middle = stage.map_or_else(
        || {
            let all = Rect::around(plan.seats.iter().map(Seat::point)).unwrap_or_default();
            Point::new(all.center().x, all.min.y)
        },
        AreaShape::center,
    );
    whole_cm(f64::from(middle.x), f64::from(middle.y))
}

fn freeze_section(draft: DraftSection, plan: &mut Plan, broken: &mut Vec<SeatIx>) {
    let section_ix = u16::try_from(plan.sections.len()).unwrap_or(u16::MAX);
    let (first_row, first) = (plan.rows.len() as u32, SeatIx(plan.seat_count()));
    for row in draft.rows {
        freeze_row(row, &draft.id, section_ix, plan, broken);
    }
    let row_count = plan.rows.len() as u32 - first_row;
    let len = plan.seat_count() - first.0;
    let mut section = Section { first_row, row_count, first, len, level: draft.level, ..Section::default() };
    let (id, name, gate) = (draft.id, draft.name, draft.gate);
    section.outline = match draft.outline {
        Some(points) => points.into_iter().map(point).collect(),
        None => derive::hug(plan, &section),
    };
    section.label = draft.label.map_or_else(|| derive::label(plan, &section), point);
    plan.sections.push(Section { id, name, gate, ..section });
}

fn freeze_row(draft: DraftRow, section_id: &str, section: u16, plan: &mut Plan, broken: &mut Vec<SeatIx>) {
    let row = plan.rows.len() as u32;
    let first = SeatIx(plan.seat_count());
    let order = row_order(&draft);
    for pair in order.windows(2).enumerate() {
        let (n, (a, b)) = (pair.0, (pair.1[0], pair.1[1]));
        let apart = a.abs_diff(b) == 1 && draft.seats[a.min(b)].aisle_after;
        if apart {
            broken.push(SeatIx(first.0 + n as u32));
        }
    }
    let mut seats: Vec<Option<DraftSeat>> = draft.seats.into_iter().map(Some).collect();
    for seat in order.iter().filter_map(|item| seats.get_mut(*item).and_then(Option::take)) {
        let id = if seat.id.is_empty() { seat_id(section_id, &draft.label, &seat.number) } else { seat.id };
        let place = whole_cm(seat.x, seat.y);
        plan.seats.push(Seat {
            id: SeatId(id),
            row,
            number: seat.number,
            x: place.x,
            y: place.y,
            category: seat.category,
            attributes: seat.attributes,
        });
    }
    let len = plan.seat_count() - first.0;
    plan.rows.push(Row { section, label: draft.label, table: draft.table, path: draft.path, first, len });
}

/// Rows on a path and around a table keep the order of their source; others are sorted by place.
fn row_order(draft: &DraftRow) -> Vec<usize> {
    if draft.path.is_some() || draft.table {
        return (0..draft.seats.len()).collect();
    }
    let spot =
        |(item, seat): (usize, &DraftSeat)| Spotted { x: centimetres(seat.x), y: centimetres(seat.y), item };
    let mut spots: Vec<Spotted> = draft.seats.iter().enumerate().map(spot).collect();
    along_row(&mut spots)
}

/// The links without those that the source broke.
fn without(bits: NeighbourBits, broken: &[SeatIx], seats: u32) -> NeighbourBits {
    if broken.is_empty() {
        return bits;
    }
    let mut kept = NeighbourBits::none(seats);
    let linked = (0..seats).map(SeatIx).filter(|ix| bits.linked(*ix) && broken.binary_search(ix).is_err());
    linked.for_each(|ix| kept.link(ix));
    kept
}

fn length(metres_: f64) -> f32 {
    metres(centimetres(metres_).max(1))
}

/// Hundredths of a degree are finer than anybody draws.
fn degrees(rotation: f64) -> f32 {
    metres(centimetres(rotation % 360.0))
}

fn form(form: Form) -> AreaShape {
    match form {
        Form::Polygon(points) => AreaShape::Polygon { points: points.into_iter().map(point).collect() },
        Form::Rectangle { center, width, height, rotation } => AreaShape::Rectangle {
            center: point(center),
            width: length(width),
            height: length(height),
            rotation: degrees(rotation),
        },
        Form::Ellipse { center, radius, rotation } => AreaShape::Ellipse {
            center: point(center),
            radius_x: length(radius.0),
            radius_y: length(radius.1),
            rotation: degrees(rotation),
        },
    }
}

fn area(draft: DraftArea) -> Area {
    let shape = form(draft.form);
    let label = draft.label.map_or_else(|| rounded(shape.center()), point);
    Area {
        id: AreaId(draft.id),
        name: draft.name,
        level: draft.level,
        kind: draft.kind,
        capacity: draft.capacity,
        category: draft.category,
        shape,
        label,
        gate: draft.gate,
    }
}

fn rounded(p: Point) -> Point {
    whole_cm(f64::from(p.x), f64::from(p.y))
}

fn shape(draft: DraftShape) -> Shape {
    let geometry = draft.form.map(form);
    let middle = geometry.as_ref().map(|g| rounded(g.center())).unwrap_or_default();
    let label = draft.label.map(|DraftLabel { text, at, size, color }| Label {
        text,
        at: at.map_or(middle, point),
        size: length(size),
        color,
    });
    Shape { kind: draft.kind, geometry, fill: draft.fill, stroke: draft.stroke, label }
}
