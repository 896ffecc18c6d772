//! Reading the seating-plan JSON that pretix uses.
//!
//! Zones hold rows of seats and drawn areas; every position is relative to its parent's; lengths are pixels. The
//! plan is scaled so that neighbours stand 55 cm apart. Fields that we do not know are passed over: its editor
//! has added some over the years.

use super::{
    colors,
    draft::{Draft, DraftRow, DraftSeat, DraftSection},
    fields::{Fields, Spot, number},
    json::Json,
    order::{Spotted, along_row},
    pretix_areas,
    problem::{At, ProblemCode as Code, Problems},
};
use crate::{
    limits::{
        PLAN_CATEGORIES_MAX, PLAN_LABEL_CHARS_MAX, PLAN_NAME_CHARS_MAX, PLAN_ROW_SEATS_MAX, PLAN_ROWS_MAX,
        PLAN_SECTIONS_MAX, PLAN_SHAPES_MAX,
    },
    plan::{Attributes, Category, Level},
};

/// Largest coordinate in pixels, either sign.
pub(super) const PIXELS_MAX: f64 = 500_000.0;
const SEAT_PITCH_M: f64 = 0.55;
/// What its editor proposes as the distance of seats.
const SEAT_PITCH_PX: f64 = 25.0;

/// Whether this looks like such a plan.
pub(super) fn recognises(json: &Json) -> bool {
    matches!(json, Json::Object(fields) if fields.iter().take(64).any(|(key, _)| key == "zones"))
}

/// Reads a whole plan.
pub(super) fn read(json: &Json, p: &mut Problems) -> Draft {
    let root = At::Root;
    let mut draft = Draft::default();
    let Some(plan) = Fields::of(json, &root, &[], p) else { return draft };
    draft.name = plan.text("name", PLAN_NAME_CHARS_MAX, p);
    draft.levels = vec![Level { id: "main".into(), name: "Main".into() }];
    let names = categories(&plan, &mut draft, p);
    draft.drawing = size(&plan, p);
    let at = root.key("zones");
    if plan.list("zones", PLAN_SECTIONS_MAX, p).is_empty() {
        p.add(at, Code::MissingField, "a plan needs at least one zone");
    }
    for (n, json) in plan.list("zones", PLAN_SECTIONS_MAX, p).iter().enumerate() {
        zone(json, &at.item(n), n, &names, &mut draft, p);
    }
    let scale = SEAT_PITCH_M / pitch_px(&draft);
    super::scale::apply(&mut draft, scale);
    draft
}

fn size(plan: &Fields<'_>, p: &mut Problems) -> Option<(Spot, Spot)> {
    let at = plan.at.key("size");
    let fields = Fields::of(plan.get("size")?, &at, &[], p)?;
    let (width, height) =
        (fields.number("width", 1.0, PIXELS_MAX, p), fields.number("height", 1.0, PIXELS_MAX, p));
    Some(((0.0, 0.0), (width?, height?)))
}

/// Categories are named, not keyed: the names in the order of the keys.
fn categories(plan: &Fields<'_>, draft: &mut Draft, p: &mut Problems) -> Vec<String> {
    let at = plan.at.key("categories");
    let mut names: Vec<String> = Vec::new();
    for (n, json) in plan.list("categories", PLAN_CATEGORIES_MAX, p).iter().enumerate() {
        let at = at.item(n);
        let Some(fields) = Fields::of(json, &at, &[], p) else { continue };
        let name = fields.text("name", PLAN_NAME_CHARS_MAX, p);
        if names.contains(&name) && !name.is_empty() {
            p.add(at.key("name"), Code::DuplicateId, format_args!("the category `{name}` stands twice"));
        }
        let color = fields.opt_text("color", 64, p).and_then(|css| colors::from_css(&css));
        let key = unused(slug(&name, "category"), |key| draft.categories.iter().any(|c| c.key == key));
        let color = color.unwrap_or_else(|| colors::default(n));
        draft.categories.push(Category { key, name: name.clone(), color });
        names.push(name);
    }
    if names.is_empty() {
        p.add(at, Code::MissingField, "a plan needs at least one category");
    }
    names
}

/// Small letters, digits and hyphens.
fn slug(text: &str, otherwise: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase).take(48) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() { otherwise.to_owned() } else { out.to_owned() }
}

/// The wish, or the wish with the first number that makes it unused.
fn unused(wish: String, used: impl Fn(&str) -> bool) -> String {
    if !used(&wish) {
        return wish;
    }
    (2_u32..).map(|n| format!("{wish}-{n}")).find(|id| !used(id)).unwrap_or(wish)
}

/// A `position` of a child, on top of its parent's.
pub(super) fn position(fields: &Fields<'_>, parent: Spot, required: bool, p: &mut Problems) -> Spot {
    let at = fields.at.key("position");
    let Some(json) = fields.get("position") else {
        if required {
            p.add(at, Code::MissingField, "`position` is missing");
        }
        return parent;
    };
    let (x, y) = xy(json, &at, p).unwrap_or_default();
    (parent.0 + x, parent.1 + y)
}

/// A point written as `{"x": …, "y": …}`.
pub(super) fn xy(json: &Json, at: &At<'_>, p: &mut Problems) -> Option<Spot> {
    let fields = Fields::of(json, at, &[], p)?;
    let mut one = |key: &str| match fields.get(key) {
        Some(json) => number(json, &at.key(key), -PIXELS_MAX, PIXELS_MAX, p),
        None => {
            p.add(at.key(key), Code::MissingField, format_args!("`{key}` is missing"));
            None
        }
    };
    let (x, y) = (one("x"), one("y"));
    Some((x?, y?))
}

fn zone(json: &Json, at: &At<'_>, n: usize, names: &[String], draft: &mut Draft, p: &mut Problems) {
    let Some(fields) = Fields::of(json, at, &[], p) else { return };
    let origin = position(&fields, (0.0, 0.0), true, p);
    let name = fields.opt_text("name", PLAN_NAME_CHARS_MAX, p).filter(|name| !name.trim().is_empty());
    let name = name.unwrap_or_else(|| format!("Zone {}", n + 1));
    let id = fields.opt_text("zone_id", 64, p).filter(|id| !id.trim().is_empty());
    let id =
        unused(id.unwrap_or_else(|| slug(&name, "zone")), |id| draft.sections.iter().any(|s| s.id == id));
    let mut section = DraftSection { id, name, ..DraftSection::default() };
    let rows_at = at.key("rows");
    for (n, json) in fields.list("rows", PLAN_ROWS_MAX, p).iter().enumerate() {
        section.rows.extend(row(json, &rows_at.item(n), origin, names, p));
    }
    if !section.rows.is_empty() {
        draft.sections.push(section);
    }
    let areas_at = at.key("areas");
    for (n, json) in fields.list("areas", PLAN_SHAPES_MAX, p).iter().enumerate() {
        pretix_areas::area(json, &areas_at.item(n), origin, draft, p);
    }
}

fn row(json: &Json, at: &At<'_>, origin: Spot, names: &[String], p: &mut Problems) -> Option<DraftRow> {
    let fields = Fields::of(json, at, &[], p)?;
    let origin = position(&fields, origin, false, p);
    let label = fields.opt_label("row_number", PLAN_LABEL_CHARS_MAX, p).unwrap_or_default();
    let seats_at = at.key("seats");
    let mut seats = Vec::new();
    for (n, json) in fields.list("seats", PLAN_ROW_SEATS_MAX as usize, p).iter().enumerate() {
        let at = seats_at.item(n);
        let Some(seat) = Fields::of(json, &at, &[], p) else { continue };
        let (x, y) = position(&seat, origin, true, p);
        let id = seat.id("seat_guid", p);
        let number = seat.opt_label("seat_number", PLAN_LABEL_CHARS_MAX, p);
        if number.is_none() && seat.get("seat_number").is_none() {
            p.add(at.key("seat_number"), Code::MissingField, "`seat_number` is missing");
        }
        let category = seat.text("category", PLAN_NAME_CHARS_MAX, p);
        let found = names.iter().position(|name| *name == category).and_then(|at| u8::try_from(at).ok());
        if found.is_none() && seat.get("category").is_some() {
            let message = format_args!("the plan has no category `{category}`");
            p.add(at.key("category"), Code::UnknownCategory, message);
        }
        seats.push(DraftSeat {
            id,
            number: number.unwrap_or_default(),
            x,
            y,
            category: found.unwrap_or(0),
            attributes: flagged(&seat),
            aisle_after: false,
            item: u32::try_from(n).ok(),
        });
    }
    Some(DraftRow { pointer: at.to_string(), label, table: false, path: None, seats })
}

/// Some plans mark seats with a flag of the attribute's name.
fn flagged(seat: &Fields<'_>) -> Attributes {
    Attributes::ALL
        .into_iter()
        .filter(|(_, name)| seat.get(name) == Some(&Json::Bool(true)))
        .fold(Attributes::default(), |all, (attribute, _)| all.union(attribute))
}

/// The middle one of all distances between neighbours, in pixels.
fn pitch_px(draft: &Draft) -> f64 {
    let mut gaps: Vec<f64> = Vec::new();
    for row in draft.sections.iter().flat_map(|s| &s.rows) {
        let mut spots: Vec<Spotted> = row
            .seats
            .iter()
            .enumerate()
            .map(|(item, seat)| Spotted { x: (seat.x * 10.0) as i32, y: (seat.y * 10.0) as i32, item })
            .collect();
        let order = along_row(&mut spots);
        gaps.extend(order.windows(2).map(|pair| {
            let (a, b) = (&row.seats[pair[0]], &row.seats[pair[1]]);
            (a.x - b.x).hypot(a.y - b.y)
        }));
    }
    gaps.retain(|gap| *gap > 0.5);
    gaps.sort_by(f64::total_cmp);
    gaps.get(gaps.len() / 2).map_or(SEAT_PITCH_PX, |gap| gap.clamp(0.5, 2_000.0))
}
