//! Reading the own format, `parterre-plan/1` (`docs/plan-format.md`).

use super::{
    draft::{Draft, DraftArea, DraftSection},
    fields::{Fields, Spot},
    json::Json,
    own_forms, own_rows,
    problem::{At, ProblemCode as Code, Problems},
};
use crate::{
    limits::{
        PLAN_AREA_CAPACITY_MAX, PLAN_AREAS_MAX, PLAN_CATEGORIES_MAX, PLAN_GATE_CHARS_MAX, PLAN_LEVELS_MAX,
        PLAN_NAME_CHARS_MAX, PLAN_POLYGON_POINTS_MAX, PLAN_SECTIONS_MAX, PLAN_SHAPES_MAX,
    },
    plan::{AreaKind, Category, Level},
};

const PLAN: &[&str] =
    &["$schema", "format", "name", "drawing", "focal", "categories", "levels", "sections", "areas", "shapes"];

/// Reads a whole plan; problems are collected, the draft is as complete as it can be.
pub(super) fn read(json: &Json, p: &mut Problems) -> Draft {
    let root = At::Root;
    let mut draft = Draft::default();
    let Some(plan) = Fields::of(json, &root, PLAN, p) else { return draft };
    draft.name = plan.text("name", PLAN_NAME_CHARS_MAX, p);
    draft.focal = plan.opt_pair("focal", p);
    draft.drawing = drawing(&plan, p);
    draft.categories = categories(&plan, p);
    draft.levels = levels(&plan, p);
    let at = root.key("sections");
    for (n, json) in plan.list("sections", PLAN_SECTIONS_MAX, p).iter().enumerate() {
        let at = at.item(n);
        section(json, &at, &mut draft, p);
    }
    let at = root.key("areas");
    for (n, json) in plan.list("areas", PLAN_AREAS_MAX, p).iter().enumerate() {
        area(json, &at.item(n), &mut draft, p);
    }
    let at = root.key("shapes");
    for (n, json) in plan.list("shapes", PLAN_SHAPES_MAX, p).iter().enumerate() {
        draft.shapes.extend(own_forms::shape(json, &at.item(n), p));
    }
    draft
}

fn drawing(plan: &Fields<'_>, p: &mut Problems) -> Option<(Spot, Spot)> {
    let at = plan.at.key("drawing");
    let fields = Fields::of(plan.get("drawing")?, &at, &["min", "max"], p)?;
    let (min, max) = (fields.pair("min", p), fields.pair("max", p));
    let (min, max) = (min?, max?);
    if min.0 >= max.0 || min.1 >= max.1 {
        p.add(at, Code::BadValue, "the drawing has no extent");
        return None;
    }
    Some((min, max))
}

fn categories(plan: &Fields<'_>, p: &mut Problems) -> Vec<Category> {
    let at = plan.at.key("categories");
    let mut all: Vec<Category> = Vec::new();
    let list = plan.list("categories", PLAN_CATEGORIES_MAX, p);
    for (n, json) in list.iter().enumerate() {
        let at = at.item(n);
        let Some(fields) = Fields::of(json, &at, &["key", "name", "color"], p) else { continue };
        let key = fields.id("key", p);
        let name = fields.opt_text("name", PLAN_NAME_CHARS_MAX, p).unwrap_or_else(|| key.clone());
        let color = fields.opt_color("color", p).unwrap_or_else(|| super::colors::default(n));
        if !key.is_empty() && all.iter().any(|c| c.key == key) {
            p.add(at.key("key"), Code::DuplicateId, format_args!("the category `{key}` stands twice"));
        }
        all.push(Category { key, name, color });
    }
    if list.is_empty() {
        p.add(at, Code::MissingField, "a plan needs at least one category");
    }
    all
}

fn levels(plan: &Fields<'_>, p: &mut Problems) -> Vec<Level> {
    let at = plan.at.key("levels");
    let mut all: Vec<Level> = Vec::new();
    for (n, json) in plan.list("levels", PLAN_LEVELS_MAX, p).iter().enumerate() {
        let at = at.item(n);
        let Some(fields) = Fields::of(json, &at, &["id", "name"], p) else { continue };
        let id = fields.id("id", p);
        let name = fields.opt_text("name", PLAN_NAME_CHARS_MAX, p).unwrap_or_else(|| id.clone());
        if !id.is_empty() && all.iter().any(|l| l.id == id) {
            p.add(at.key("id"), Code::DuplicateId, format_args!("the level `{id}` stands twice"));
        }
        all.push(Level { id, name });
    }
    if all.is_empty() {
        all.push(Level { id: "main".into(), name: "Main".into() });
    }
    all
}

/// The level that an object names; the first one when it names none.
fn level(fields: &Fields<'_>, draft: &Draft, p: &mut Problems) -> u16 {
    let Some(id) = fields.opt_id("level", p) else { return 0 };
    let found = draft.levels.iter().position(|level| level.id == id).and_then(|at| u16::try_from(at).ok());
    if found.is_none() {
        p.add(fields.at.key("level"), Code::UnknownLevel, format_args!("the plan has no level `{id}`"));
    }
    found.unwrap_or(0)
}

/// The category that an object names; `None` when it names none.
pub(super) fn category(fields: &Fields<'_>, categories: &[Category], p: &mut Problems) -> Option<u8> {
    let key = fields.opt_id("category", p)?;
    let found = categories.iter().position(|c| c.key == key).and_then(|at| u8::try_from(at).ok());
    if found.is_none() {
        p.add(
            fields.at.key("category"),
            Code::UnknownCategory,
            format_args!("the plan has no category `{key}`"),
        );
    }
    Some(found.unwrap_or(0))
}

fn section(json: &Json, at: &At<'_>, draft: &mut Draft, p: &mut Problems) {
    let known = ["id", "name", "level", "category", "outline", "label", "gate", "rows", "tables"];
    let Some(fields) = Fields::of(json, at, &known, p) else { return };
    let id = fields.id("id", p);
    if !id.is_empty() && draft.sections.iter().any(|s| s.id == id) {
        p.add(at.key("id"), Code::DuplicateId, format_args!("the section `{id}` stands twice"));
    }
    let outline =
        fields.get("outline").and_then(|_| own_forms::points(&fields, "outline", PLAN_POLYGON_POINTS_MAX, p));
    let mut section = DraftSection {
        name: fields.opt_text("name", PLAN_NAME_CHARS_MAX, p).unwrap_or_else(|| id.clone()),
        level: level(&fields, draft, p),
        outline,
        label: fields.opt_pair("label", p),
        gate: fields.opt_text("gate", PLAN_GATE_CHARS_MAX, p),
        rows: Vec::new(),
        id,
    };
    let category = category(&fields, &draft.categories, p);
    own_rows::rows(&fields, category, draft, &mut section, p);
    own_rows::tables(&fields, category, draft, &mut section, p);
    draft.sections.push(section);
}

fn area(json: &Json, at: &At<'_>, draft: &mut Draft, p: &mut Problems) {
    let known = ["id", "name", "level", "kind", "capacity", "category", "shape", "label", "gate"];
    let Some(fields) = Fields::of(json, at, &known, p) else { return };
    let id = fields.id("id", p);
    let kinds = [("standing", AreaKind::Standing), ("table", AreaKind::Table)];
    let kind = fields.get("kind").and_then(|_| fields.word("kind", &kinds, p)).unwrap_or(AreaKind::Standing);
    let category = category(&fields, &draft.categories, p);
    if category.is_none() {
        p.add(at.key("category"), Code::MissingField, "an area needs a category");
    }
    let form = own_forms::form(&fields, "shape", p);
    if fields.get("shape").is_none() {
        p.add(at.key("shape"), Code::MissingField, "an area needs a shape");
    }
    let area = DraftArea {
        pointer: at.to_string(),
        name: fields.opt_text("name", PLAN_NAME_CHARS_MAX, p).unwrap_or_else(|| id.clone()),
        level: level(&fields, draft, p),
        kind,
        capacity: fields.whole("capacity", 1, PLAN_AREA_CAPACITY_MAX, p).unwrap_or(1),
        category: category.unwrap_or(0),
        form: form.unwrap_or(own_forms::NO_FORM),
        label: fields.opt_pair("label", p),
        gate: fields.opt_text("gate", PLAN_GATE_CHARS_MAX, p),
        id,
    };
    draft.areas.push(area);
}
