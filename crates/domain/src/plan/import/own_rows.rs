//! Rows and tables of the own format.

use super::{
    draft::{Draft, DraftArea, DraftLabel, DraftRow, DraftSeat, DraftSection, DraftShape, Form},
    fields::{Fields, Spot},
    own::category,
    problem::{At, ProblemCode as Code, Problems},
};
use crate::{
    limits::{
        PLAN_AREAS_MAX, PLAN_COORDINATE_M_MAX, PLAN_LABEL_CHARS_MAX, PLAN_NAME_CHARS_MAX, PLAN_ROW_SEATS_MAX,
        PLAN_ROWS_MAX,
    },
    plan::{
        AreaKind, Attributes, Gap, RowPath, ShapeKind,
        path::{TICKS_PER_DEGREE, TICKS_PER_METRE},
    },
};

/// What a row hands down to its seats.
struct Inherit {
    category: Option<u8>,
    attributes: Attributes,
}

/// The rows of a section.
pub(super) fn rows(
    section: &Fields<'_>,
    category_above: Option<u8>,
    draft: &Draft,
    into: &mut DraftSection,
    p: &mut Problems,
) {
    let at = section.at.key("rows");
    for (n, json) in section.list("rows", PLAN_ROWS_MAX, p).iter().enumerate() {
        let at = at.item(n);
        let known = ["label", "category", "attributes", "path", "seats", "count", "first", "step"];
        let Some(fields) = Fields::of(json, &at, &known, p) else { continue };
        let label = fields.opt_label("label", PLAN_LABEL_CHARS_MAX, p).unwrap_or_default();
        let inherit = Inherit {
            category: category(&fields, &draft.categories, p).or(category_above),
            attributes: fields.attributes("attributes", p),
        };
        let path = path(&fields, p);
        let mut seats = if fields.get("count").is_some() {
            counted(&fields, &inherit, path.is_some(), p)
        } else {
            listed(&fields, &inherit, path.is_some(), draft, p)
        };
        if let Some(path) = &path {
            set_places(path, &mut seats);
        }
        let row = DraftRow { pointer: at.to_string(), label, table: false, path, seats };
        into.rows.push(row);
    }
}

/// Puts seats on their path; a gap is an aisle.
fn set_places(path: &RowPath, seats: &mut [DraftSeat]) {
    let places = path.place(u32::try_from(seats.len()).unwrap_or(0));
    for (seat, place) in seats.iter_mut().zip(places) {
        (seat.x, seat.y) = (f64::from(place.x), f64::from(place.y));
    }
    for gap in &path.gaps {
        if let Some(seat) = (gap.after as usize).checked_sub(1).and_then(|at| seats.get_mut(at)) {
            seat.aisle_after = true;
        }
    }
}

fn need_category(fields: &Fields<'_>, category: Option<u8>, p: &mut Problems) -> u8 {
    if category.is_none() {
        p.add(
            fields.at.key("category"),
            Code::MissingField,
            "neither the seat nor its row or section has a category",
        );
    }
    category.unwrap_or(0)
}

/// Seats that the row only counts: numbered from `first` in steps of `step`.
fn counted(fields: &Fields<'_>, inherit: &Inherit, has_path: bool, p: &mut Problems) -> Vec<DraftSeat> {
    let count = fields.whole("count", 0, PLAN_ROW_SEATS_MAX, p).unwrap_or(0);
    let first = fields.opt_whole("first", 0, 1_000_000, p).unwrap_or(1);
    let step = fields.opt_number("step", -100.0, 100.0, p).unwrap_or(1.0) as i64;
    if !has_path && fields.get("path").is_none() {
        p.add(fields.at.key("path"), Code::MissingField, "a row that counts its seats needs a path");
    }
    if fields.get("seats").is_some() {
        p.add(fields.at.key("seats"), Code::BadValue, "a row has either seats or a count");
    }
    if i64::from(first) + step * (i64::from(count) - 1) < 0 {
        p.add(fields.at.key("step"), Code::OutOfRange, "seat numbers fall below zero");
    }
    let category = need_category(fields, inherit.category, p);
    (0..count)
        .map(|n| DraftSeat {
            id: String::new(),
            number: (i64::from(first) + step * i64::from(n)).to_string(),
            x: 0.0,
            y: 0.0,
            category,
            attributes: inherit.attributes,
            aisle_after: false,
            item: None,
        })
        .collect()
}

/// Seats written out, each with its place unless the row has a path.
fn listed(
    fields: &Fields<'_>,
    inherit: &Inherit,
    has_path: bool,
    draft: &Draft,
    p: &mut Problems,
) -> Vec<DraftSeat> {
    let at = fields.at.key("seats");
    let known = ["id", "number", "x", "y", "category", "attributes", "aisle_after"];
    let list = fields.list("seats", PLAN_ROW_SEATS_MAX as usize, p);
    let on_path = has_path || fields.get("path").is_some();
    let mut seats = Vec::with_capacity(list.len());
    for (n, json) in list.iter().enumerate() {
        let at = at.item(n);
        let Some(seat) = Fields::of(json, &at, &known, p) else { continue };
        let bound = PLAN_COORDINATE_M_MAX;
        let place = |key: &str, p: &mut Problems| {
            if on_path {
                if seat.get(key).is_some() {
                    p.add(at.key(key), Code::BadValue, "the row's path places this seat");
                }
                return 0.0;
            }
            seat.number(key, -bound, bound, p).unwrap_or(0.0)
        };
        let number = seat.opt_label("number", PLAN_LABEL_CHARS_MAX, p);
        if number.is_none() && seat.get("number").is_none() {
            p.add(at.key("number"), Code::MissingField, "`number` is missing");
        }
        let own_category = category(&seat, &draft.categories, p).or(inherit.category);
        seats.push(DraftSeat {
            id: seat.opt_id("id", p).unwrap_or_default(),
            number: number.unwrap_or_default(),
            x: place("x", p),
            y: place("y", p),
            category: need_category(&seat, own_category, p),
            attributes: inherit.attributes.union(seat.attributes("attributes", p)),
            aisle_after: seat.flag("aisle_after", p),
            item: u32::try_from(n).ok(),
        });
    }
    seats
}

fn ticks(metres: f64) -> i32 {
    (metres * TICKS_PER_METRE).round() as i32
}

/// The path of a row, rounded to its ticks.
fn path(row: &Fields<'_>, p: &mut Problems) -> Option<RowPath> {
    let at = row.at.key("path");
    let known = ["type", "middle", "center", "radius", "angle", "pitch", "gaps"];
    let fields = Fields::of(row.get("path")?, &at, &known, p)?;
    let arc = fields.word("type", &[("line", false), ("arc", true)], p)?;
    let middle = fields.pair(if arc { "center" } else { "middle" }, p);
    let radius = if arc { fields.number("radius", 0.01, PLAN_COORDINATE_M_MAX, p) } else { Some(0.0) };
    let angle = fields.opt_number("angle", -3_600.0, 3_600.0, p).unwrap_or(0.0);
    let pitch = fields.number("pitch", -50.0, 50.0, p);
    let gaps = gaps(&fields, p);
    let (middle, radius, pitch) = (middle?, radius?, pitch?);
    if ticks(pitch) == 0 {
        p.add(at.key("pitch"), Code::OutOfRange, "seats need a distance from each other");
        return None;
    }
    Some(RowPath {
        x: ticks(middle.0),
        y: ticks(middle.1),
        radius: ticks(radius).unsigned_abs(),
        angle: (angle * TICKS_PER_DEGREE).round() as i32,
        pitch: ticks(pitch),
        gaps,
    })
}

fn gaps(path: &Fields<'_>, p: &mut Problems) -> Vec<Gap> {
    let at = path.at.key("gaps");
    let mut gaps: Vec<Gap> = Vec::new();
    for (n, json) in path.list("gaps", 64, p).iter().enumerate() {
        let at = at.item(n);
        let Some(fields) = Fields::of(json, &at, &["after", "extra"], p) else { continue };
        let after = fields.whole("after", 1, PLAN_ROW_SEATS_MAX, p);
        let extra = fields.opt_number("extra", 0.0, 1_000.0, p).unwrap_or(0.0);
        let Some(after) = after else { continue };
        if gaps.last().is_some_and(|last| last.after >= after) {
            p.add(at.key("after"), Code::BadValue, "gaps stand in ascending order");
        }
        gaps.push(Gap { after, extra: ticks(extra).unsigned_abs() });
    }
    gaps
}

/// The tables of a section: sold whole they become areas, sold by seat they become rows around a drawn table.
pub(super) fn tables(
    section: &Fields<'_>,
    category_above: Option<u8>,
    draft: &mut Draft,
    into: &mut DraftSection,
    p: &mut Problems,
) {
    let at = section.at.key("tables");
    for (n, json) in section.list("tables", PLAN_ROWS_MAX, p).iter().enumerate() {
        let at = at.item(n);
        let known = [
            "id",
            "label",
            "center",
            "radius",
            "width",
            "height",
            "rotation",
            "count",
            "sold",
            "category",
            "attributes",
        ];
        let Some(fields) = Fields::of(json, &at, &known, p) else { continue };
        let label = fields.opt_label("label", PLAN_LABEL_CHARS_MAX, p).unwrap_or_else(|| (n + 1).to_string());
        let count = fields.whole("count", 1, 100, p).unwrap_or(1);
        let whole = fields.word("sold", &[("whole", true), ("by_seat", false)], p).unwrap_or(false);
        let inherit = Inherit {
            category: category(&fields, &draft.categories, p).or(category_above),
            attributes: fields.attributes("attributes", p),
        };
        let category = need_category(&fields, inherit.category, p);
        let Some((center, form)) = table_form(&fields, p) else { continue };
        if whole {
            if draft.areas.len() >= PLAN_AREAS_MAX {
                p.add(at, Code::TooMany, format_args!("more than {PLAN_AREAS_MAX} areas"));
                return;
            }
            let name: String = format!("{} {label}", into.name).chars().take(PLAN_NAME_CHARS_MAX).collect();
            draft.areas.push(DraftArea {
                pointer: at.to_string(),
                id: fields.opt_id("id", p).unwrap_or_else(|| format!("{}-{label}", into.id)),
                name,
                level: into.level,
                kind: AreaKind::Table,
                capacity: count,
                category,
                form,
                label: Some(center),
                gate: into.gate.clone(),
            });
        } else {
            let row = table_row(&at, center, &form, count, label.clone(), category, inherit.attributes);
            into.rows.push(row);
            let label = DraftLabel { text: label, at: Some(center), size: 0.7, color: None };
            let shape = DraftShape {
                kind: ShapeKind::Table,
                form: Some(form),
                fill: None,
                stroke: None,
                label: Some(label),
            };
            draft.shapes.push(shape);
        }
    }
}

/// Round with a radius, else a rectangle.
fn table_form(fields: &Fields<'_>, p: &mut Problems) -> Option<(Spot, Form)> {
    let center = fields.pair("center", p);
    if fields.get("radius").is_some() {
        let radius = fields.number("radius", 0.1, 50.0, p)?;
        return Some((center?, Form::Ellipse { center: center?, radius: (radius, radius), rotation: 0.0 }));
    }
    let (width, height) = (fields.number("width", 0.1, 100.0, p), fields.number("height", 0.1, 100.0, p));
    let rotation = fields.opt_number("rotation", -3_600.0, 3_600.0, p).unwrap_or(0.0);
    Some((center?, Form::Rectangle { center: center?, width: width?, height: height?, rotation }))
}

/// How far a chair's middle stands from the table's edge.
const CHAIR_M: f64 = 0.38;

fn table_row(
    at: &At<'_>,
    center: Spot,
    form: &Form,
    count: u32,
    label: String,
    category: u8,
    attributes: Attributes,
) -> DraftRow {
    let mut seats: Vec<DraftSeat> = (0..count)
        .map(|n| DraftSeat {
            id: String::new(),
            number: (n + 1).to_string(),
            x: center.0,
            y: center.1,
            category,
            attributes,
            aisle_after: false,
            item: None,
        })
        .collect();
    let mut path = None;
    match form {
        Form::Rectangle { width, height, rotation, .. } => {
            let (sin, cos) = rotation.to_radians().sin_cos();
            let far_side = count.div_ceil(2);
            for (n, seat) in (0..count).zip(&mut seats) {
                let (index, of, side) =
                    if n < far_side { (n, far_side, -1.0) } else { (count - 1 - n, count - far_side, 1.0) };
                let dx = width * ((f64::from(index) + 0.5) / f64::from(of) - 0.5);
                let dy = side * (height / 2.0 + CHAIR_M);
                seat.x += dx * cos - dy * sin;
                seat.y += dx * sin + dy * cos;
            }
        }
        Form::Ellipse { radius, .. } => {
            let radius = radius.0 + CHAIR_M;
            let round = RowPath {
                x: ticks(center.0),
                y: ticks(center.1),
                radius: ticks(radius).unsigned_abs(),
                // The first chair stands at the top.
                angle: ((90.0 - 180.0 / f64::from(count)) * TICKS_PER_DEGREE).round() as i32,
                pitch: ticks(std::f64::consts::TAU * radius / f64::from(count)),
                gaps: Vec::new(),
            };
            set_places(&round, &mut seats);
            path = Some(round);
        }
        Form::Polygon(_) => {}
    }
    DraftRow { pointer: at.to_string(), label, table: true, path, seats }
}
