//! The own format as it is written: what the generators emit and what a frozen plan exports to.
//!
//! Reading goes through `import`, which is built to tell every problem; these types only write.

use super::{AreaKind, AreaShape, Attributes, Plan, Point, Seat, ShapeKind, import::FORMAT};
use serde::Serialize;

/// A point, `[x, y]` in metres.
pub type Pair = [f64; 2];

/// A whole plan.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the format's: docs/plan-format.md")]
pub struct SourcePlan {
    pub format: &'static str,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal: Option<Pair>,
    pub categories: Vec<SourceCategory>,
    pub levels: Vec<SourceLevel>,
    pub sections: Vec<SourceSection>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<SourceArea>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shapes: Vec<SourceShape>,
}

/// A category.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the format's: docs/plan-format.md")]
pub struct SourceCategory {
    pub key: String,
    pub name: String,
    pub color: String,
}

/// A level.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the format's: docs/plan-format.md")]
pub struct SourceLevel {
    pub id: String,
    pub name: String,
}

/// A section.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the fields are the format's: docs/plan-format.md")]
pub struct SourceSection {
    pub id: String,
    pub name: String,
    pub level: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outline: Option<Vec<Pair>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    pub rows: Vec<SourceRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<SourceTable>,
}

/// A row: with a path and a count, with a path and seats, or with seats that have places.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the fields are the format's: docs/plan-format.md")]
pub struct SourceRow {
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<SourcePath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<SourceSeat>,
}

/// The line or arc of a row.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the format's: docs/plan-format.md")]
pub enum SourcePath {
    Line {
        middle: Pair,
        angle: f64,
        pitch: f64,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        gaps: Vec<SourceGap>,
    },
    Arc {
        center: Pair,
        radius: f64,
        angle: f64,
        pitch: f64,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        gaps: Vec<SourceGap>,
    },
}

/// A wider place within a row.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the format's: docs/plan-format.md")]
pub struct SourceGap {
    pub after: u32,
    pub extra: f64,
}

/// A seat written out.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the fields are the format's: docs/plan-format.md")]
pub struct SourceSeat {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub aisle_after: bool,
}

/// A round table.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the format's: docs/plan-format.md")]
pub struct SourceTable {
    pub label: String,
    pub center: Pair,
    pub radius: f64,
    pub count: u32,
    pub sold: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<&'static str>,
}

/// An area.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the format's: docs/plan-format.md")]
pub struct SourceArea {
    pub id: String,
    pub name: String,
    pub level: String,
    pub kind: AreaKind,
    pub capacity: u32,
    pub category: String,
    pub shape: SourceForm,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
}

/// A polygon, rectangle or ellipse.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the format's: docs/plan-format.md")]
pub enum SourceForm {
    Polygon { points: Vec<Pair> },
    Rectangle { center: Pair, width: f64, height: f64, rotation: f64 },
    Ellipse { center: Pair, radius_x: f64, radius_y: f64, rotation: f64 },
}

/// A drawn shape or a free text.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the format's: docs/plan-format.md")]
pub struct SourceShape {
    pub kind: ShapeKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<SourceForm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stroke: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_at: Option<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_size: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_color: Option<String>,
}

/// A shortest-digits `f64` of whole centimetres.
fn cm(v: f32) -> f64 {
    (f64::from(v) * 100.0).round() / 100.0
}

fn pair(p: Point) -> Pair {
    [cm(p.x), cm(p.y)]
}

impl From<&AreaShape> for SourceForm {
    fn from(shape: &AreaShape) -> Self {
        match shape {
            AreaShape::Polygon { points } => {
                Self::Polygon { points: points.iter().copied().map(pair).collect() }
            }
            AreaShape::Rectangle { center, width, height, rotation } => Self::Rectangle {
                center: pair(*center),
                width: cm(*width),
                height: cm(*height),
                rotation: cm(*rotation),
            },
            AreaShape::Ellipse { center, radius_x, radius_y, rotation } => Self::Ellipse {
                center: pair(*center),
                radius_x: cm(*radius_x),
                radius_y: cm(*radius_y),
                rotation: cm(*rotation),
            },
        }
    }
}

/// Writes a frozen plan with every seat spelled out: id, number, place, category, attributes. Tables become rows
/// and shapes. The neighbour relation is kept by `aisle_after` where the places alone would not give it.
pub fn export(plan: &Plan) -> SourcePlan {
    let category = |ix: u8| plan.categories.get(usize::from(ix)).map(|c| c.key.clone());
    let level = |ix: u16| plan.levels.get(usize::from(ix)).map(|l| l.id.clone()).unwrap_or_default();
    let seat = |(ix, seat): (usize, &Seat)| SourceSeat {
        id: Some(seat.id.0.clone()),
        number: seat.number.clone(),
        x: Some(cm(seat.x)),
        y: Some(cm(seat.y)),
        category: category(seat.category),
        attributes: names(seat.attributes),
        aisle_after: !plan.linked(crate::seat::SeatIx(ix as u32)),
    };
    let row = |row: &super::Row| SourceRow {
        label: row.label.clone(),
        seats: row.seats().filter_map(|ix| plan.seats.get(ix).map(|s| seat((ix, s)))).collect(),
        ..SourceRow::default()
    };
    let sections = plan.sections.iter().map(|section| SourceSection {
        id: section.id.clone(),
        name: section.name.clone(),
        level: level(section.level),
        outline: Some(section.outline.iter().copied().map(pair).collect()),
        label: Some(pair(section.label)),
        gate: section.gate.clone(),
        rows: plan.rows.get(section.rows()).unwrap_or_default().iter().map(row).collect(),
        ..SourceSection::default()
    });
    SourcePlan {
        format: FORMAT,
        name: plan.name.clone(),
        focal: Some(pair(plan.focal)),
        categories: plan
            .categories
            .iter()
            .map(|c| SourceCategory { key: c.key.clone(), name: c.name.clone(), color: c.color.clone() })
            .collect(),
        levels: plan.levels.iter().map(|l| SourceLevel { id: l.id.clone(), name: l.name.clone() }).collect(),
        sections: sections.collect(),
        areas: plan
            .areas
            .iter()
            .map(|area| SourceArea {
                id: area.id.0.clone(),
                name: area.name.clone(),
                level: level(area.level),
                kind: area.kind,
                capacity: area.capacity,
                category: category(area.category).unwrap_or_default(),
                shape: (&area.shape).into(),
                label: Some(pair(area.label)),
                gate: area.gate.clone(),
            })
            .collect(),
        shapes: plan.shapes.iter().map(export_shape).collect(),
    }
}

fn names(attributes: Attributes) -> Vec<&'static str> {
    attributes.names().collect()
}

fn export_shape(shape: &super::Shape) -> SourceShape {
    let label = shape.label.as_ref();
    SourceShape {
        kind: if shape.kind == ShapeKind::Table { ShapeKind::Decoration } else { shape.kind },
        shape: shape.geometry.as_ref().map(SourceForm::from),
        fill: shape.fill.clone(),
        stroke: shape.stroke.clone(),
        text: label.map(|l| l.text.clone()),
        text_at: label.map(|l| pair(l.at)),
        text_size: label.map(|l| cm(l.size)),
        text_color: label.and_then(|l| l.color.clone()),
    }
}
