//! Forms, polygons and drawn shapes of the own format.

use super::{
    draft::{DraftLabel, DraftShape, Form},
    fields::{Fields, Spot, pair},
    json::Json,
    problem::{At, ProblemCode as Code, Problems},
};
use crate::{
    limits::{PLAN_COORDINATE_M_MAX, PLAN_POLYGON_POINTS_MAX, PLAN_TEXT_CHARS_MAX},
    plan::ShapeKind,
};

/// Stands in for a form that could not be read.
pub(super) const NO_FORM: Form = Form::Polygon(Vec::new());

/// A polygon: at least three points.
pub(super) fn points(fields: &Fields<'_>, key: &str, max: usize, p: &mut Problems) -> Option<Vec<Spot>> {
    let at = fields.at.key(key);
    let list = fields.list(key, max, p);
    if list.len() < 3 {
        p.add(at, Code::BadValue, "a polygon has at least three points");
        return None;
    }
    let points: Vec<Spot> =
        list.iter().enumerate().filter_map(|(n, json)| pair(json, &at.item(n), p)).collect();
    (points.len() == list.len()).then_some(points)
}

/// A form under that key, if it is there and right.
pub(super) fn form(fields: &Fields<'_>, key: &str, p: &mut Problems) -> Option<Form> {
    #[derive(Clone, Copy)]
    enum Kind {
        Polygon,
        Rectangle,
        Ellipse,
        Circle,
    }
    let at = fields.at.key(key);
    let known = ["type", "points", "center", "width", "height", "radius", "radius_x", "radius_y", "rotation"];
    let form = Fields::of(fields.get(key)?, &at, &known, p)?;
    let kinds = [
        ("polygon", Kind::Polygon),
        ("rectangle", Kind::Rectangle),
        ("ellipse", Kind::Ellipse),
        ("circle", Kind::Circle),
    ];
    let kind = form.word("type", &kinds, p)?;
    let rotation = form.opt_number("rotation", -3_600.0, 3_600.0, p).unwrap_or(0.0);
    let length = |key: &str, p: &mut Problems| form.number(key, 0.01, PLAN_COORDINATE_M_MAX, p);
    match kind {
        Kind::Polygon => points(&form, "points", PLAN_POLYGON_POINTS_MAX, p).map(Form::Polygon),
        Kind::Rectangle => {
            let (center, width, height) = (form.pair("center", p), length("width", p), length("height", p));
            Some(Form::Rectangle { center: center?, width: width?, height: height?, rotation })
        }
        Kind::Ellipse => {
            let (center, x, y) = (form.pair("center", p), length("radius_x", p), length("radius_y", p));
            Some(Form::Ellipse { center: center?, radius: (x?, y?), rotation })
        }
        Kind::Circle => {
            let (center, radius) = (form.pair("center", p), length("radius", p));
            let radius = radius?;
            Some(Form::Ellipse { center: center?, radius: (radius, radius), rotation: 0.0 })
        }
    }
}

/// A drawn shape or a free text.
pub(super) fn shape(json: &Json, at: &At<'_>, p: &mut Problems) -> Option<DraftShape> {
    let known = ["kind", "shape", "fill", "stroke", "text", "text_at", "text_size", "text_color"];
    let fields = Fields::of(json, at, &known, p)?;
    let kinds =
        [("stage", ShapeKind::Stage), ("decoration", ShapeKind::Decoration), ("text", ShapeKind::Text)];
    let kind = fields.word("kind", &kinds, p)?;
    let form = form(&fields, "shape", p);
    let label =
        fields.opt_text("text", PLAN_TEXT_CHARS_MAX, p).filter(|t| !t.is_empty()).map(|text| DraftLabel {
            text,
            at: fields.opt_pair("text_at", p),
            size: fields.opt_number("text_size", 0.05, 100.0, p).unwrap_or(1.0),
            color: fields.opt_color("text_color", p),
        });
    match (kind, &form, &label) {
        (ShapeKind::Text, _, None) => p.add(at.key("text"), Code::MissingField, "a text needs its text"),
        (ShapeKind::Text, _, Some(DraftLabel { at: None, .. })) => {
            p.add(at.key("text_at"), Code::MissingField, "a text needs its place");
        }
        (ShapeKind::Text, ..) | (_, Some(_), _) => {}
        _ if fields.get("shape").is_none() => {
            p.add(at.key("shape"), Code::MissingField, "a shape needs its form")
        }
        _ => {}
    }
    let form = if kind == ShapeKind::Text { None } else { form };
    Some(DraftShape {
        kind,
        form,
        fill: fields.opt_color("fill", p),
        stroke: fields.opt_color("stroke", p),
        label,
    })
}
