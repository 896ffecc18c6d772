//! The drawn areas of a pretix plan: polygon, rectangle, ellipse, circle, text. None of them is for sale there; one
//! whose text says so is our stage.

use super::{
    colors,
    draft::{Draft, DraftLabel, DraftShape, Form},
    fields::{Fields, Spot},
    json::Json,
    pretix::{PIXELS_MAX, position, xy},
    problem::{At, ProblemCode as Code, Problems},
};
use crate::{
    limits::{PLAN_POLYGON_POINTS_MAX, PLAN_SHAPES_MAX, PLAN_TEXT_CHARS_MAX},
    plan::ShapeKind,
};

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Polygon,
    Rectangle,
    Ellipse,
    Circle,
    Text,
}

/// Reads one area into the draft's shapes.
pub(super) fn area(json: &Json, at: &At<'_>, zone: Spot, draft: &mut Draft, p: &mut Problems) {
    let Some(fields) = Fields::of(json, at, &[], p) else { return };
    if draft.shapes.len() >= PLAN_SHAPES_MAX {
        p.add(at, Code::TooMany, format_args!("more than {PLAN_SHAPES_MAX} shapes"));
        return;
    }
    let origin = position(&fields, zone, false, p);
    let rotation = fields.opt_number("rotation", -36_000.0, 36_000.0, p).unwrap_or(0.0) % 360.0;
    let kinds = [
        ("polygon", Kind::Polygon),
        ("rectangle", Kind::Rectangle),
        ("ellipse", Kind::Ellipse),
        ("circle", Kind::Circle),
        ("text", Kind::Text),
    ];
    // The first version of the format knew rectangles only and had no `shape`.
    let kind = match fields.get("shape") {
        None => Some(Kind::Rectangle),
        Some(_) => fields.word("shape", &kinds, p),
    };
    let Some(kind) = kind else { return };
    let form = form(&fields, kind, origin, rotation, p);
    if form.is_none() && kind != Kind::Text {
        return;
    }
    let label = label(&fields, origin, rotation, kind == Kind::Text, p);
    if form.is_none() && label.is_none() {
        return;
    }
    let says_stage = label.as_ref().is_some_and(|label| is_stage(&label.text));
    let paint =
        |key: &str, p: &mut Problems| fields.opt_text(key, 64, p).and_then(|css| colors::from_css(&css));
    let (fill, stroke) = (paint("color", p), paint("border_color", p));
    draft.shapes.push(DraftShape {
        kind: match (&form, says_stage) {
            (None, _) => ShapeKind::Text,
            (Some(_), true) => ShapeKind::Stage,
            (Some(_), false) => ShapeKind::Decoration,
        },
        form,
        fill,
        stroke,
        label,
    });
}

fn is_stage(text: &str) -> bool {
    let text = text.to_lowercase();
    [
        "stage",
        "bühne",
        "buehne",
        "scène",
        "scene",
        "escenario",
        "palco",
        "podium",
        "toneel",
        "screen",
        "leinwand",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// Areas turn about their own position, clockwise.
fn turned(origin: Spot, rotation: f64, (dx, dy): Spot) -> Spot {
    let (sin, cos) = rotation.to_radians().sin_cos();
    (origin.0 + dx * cos - dy * sin, origin.1 + dx * sin + dy * cos)
}

fn form(area: &Fields<'_>, kind: Kind, origin: Spot, rotation: f64, p: &mut Problems) -> Option<Form> {
    let key = match kind {
        Kind::Polygon => "polygon",
        Kind::Rectangle => "rectangle",
        Kind::Ellipse => "ellipse",
        Kind::Circle => "circle",
        Kind::Text => return None,
    };
    let at = area.at.key(key);
    let fields = match area.get(key) {
        Some(json) => Fields::of(json, &at, &[], p)?,
        None if kind == Kind::Rectangle && area.get("shape").is_none() => *area,
        None => {
            p.add(at, Code::MissingField, format_args!("`{key}` is missing"));
            return None;
        }
    };
    let length = |key: &str, p: &mut Problems| fields.number(key, 0.0, PIXELS_MAX, p).map(|n| n.max(0.5));
    match kind {
        Kind::Polygon => {
            let at = fields.at.key("points");
            let list = fields.list("points", PLAN_POLYGON_POINTS_MAX, p);
            if list.len() < 3 {
                p.add(at, Code::BadValue, "a polygon has at least three points");
                return None;
            }
            let points: Vec<Spot> =
                list.iter().enumerate().filter_map(|(n, json)| xy(json, &at.item(n), p)).collect();
            (points.len() == list.len()).then(|| {
                Form::Polygon(points.into_iter().map(|point| turned(origin, rotation, point)).collect())
            })
        }
        Kind::Rectangle => {
            let (width, height) = (length("width", p), length("height", p));
            let (width, height) = (width?, height?);
            let center = turned(origin, rotation, (width / 2.0, height / 2.0));
            Some(Form::Rectangle { center, width, height, rotation })
        }
        Kind::Ellipse => {
            let at = fields.at.key("radius");
            let Some(json) = fields.get("radius") else {
                p.add(at, Code::MissingField, "`radius` is missing");
                return None;
            };
            let (x, y) = xy(json, &at, p)?;
            Some(Form::Ellipse { center: origin, radius: (x.abs().max(0.5), y.abs().max(0.5)), rotation })
        }
        Kind::Circle => {
            length("radius", p).map(|r| Form::Ellipse { center: origin, radius: (r, r), rotation: 0.0 })
        }
        Kind::Text => None,
    }
}

fn label(
    area: &Fields<'_>,
    origin: Spot,
    rotation: f64,
    required: bool,
    p: &mut Problems,
) -> Option<DraftLabel> {
    let at = area.at.key("text");
    match area.get("text") {
        None if required => {
            p.add(at, Code::MissingField, "`text` is missing");
            None
        }
        None => None,
        Some(Json::Text(_)) => {
            let text = area.opt_text("text", PLAN_TEXT_CHARS_MAX, p)?;
            (!text.trim().is_empty()).then_some(DraftLabel { text, at: None, size: 16.0, color: None })
        }
        Some(json) => {
            let fields = Fields::of(json, &at, &[], p)?;
            let text = fields.text("text", PLAN_TEXT_CHARS_MAX, p);
            let place = position(&fields, (0.0, 0.0), false, p);
            let size = fields.opt_number("size", 0.0, 10_000.0, p).unwrap_or(16.0).max(0.5);
            let color = fields.opt_text("color", 64, p).and_then(|css| colors::from_css(&css));
            let at = Some(turned(origin, rotation, place));
            (!text.trim().is_empty()).then_some(DraftLabel { text, at, size, color })
        }
    }
}
