//! A plan between reading and freezing: typed and complete, not yet checked as a whole. Both formats end here.

use super::fields::Spot;
use crate::plan::{AreaKind, Attributes, Category, Level, RowPath, ShapeKind};

#[derive(Default)]
pub(super) struct Draft {
    pub(super) name: String,
    /// What the plan declares as its paper: corners, in metres.
    pub(super) drawing: Option<(Spot, Spot)>,
    pub(super) focal: Option<Spot>,
    pub(super) categories: Vec<Category>,
    pub(super) levels: Vec<Level>,
    pub(super) sections: Vec<DraftSection>,
    pub(super) areas: Vec<DraftArea>,
    pub(super) shapes: Vec<DraftShape>,
}

#[derive(Default)]
pub(super) struct DraftSection {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) level: u16,
    pub(super) outline: Option<Vec<Spot>>,
    pub(super) label: Option<Spot>,
    pub(super) gate: Option<String>,
    pub(super) rows: Vec<DraftRow>,
}

pub(super) struct DraftRow {
    /// Where the row stands in the source.
    pub(super) pointer: String,
    pub(super) label: String,
    pub(super) table: bool,
    pub(super) path: Option<RowPath>,
    pub(super) seats: Vec<DraftSeat>,
}

pub(super) struct DraftSeat {
    /// Empty: made of section, row and number.
    pub(super) id: String,
    pub(super) number: String,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) category: u8,
    pub(super) attributes: Attributes,
    /// An aisle lies between this seat and the next of the row.
    pub(super) aisle_after: bool,
    /// Its place in the row's `seats` list; `None` for seats that the row only counts.
    pub(super) item: Option<u32>,
}

impl DraftRow {
    /// Where a seat of this row stands in the source.
    pub(super) fn seat_pointer(&self, seat: &DraftSeat) -> String {
        match seat.item {
            Some(item) => format!("{}/seats/{item}", self.pointer),
            None => self.pointer.clone(),
        }
    }
}

pub(super) struct DraftArea {
    pub(super) pointer: String,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) level: u16,
    pub(super) kind: AreaKind,
    pub(super) capacity: u32,
    pub(super) category: u8,
    pub(super) form: Form,
    pub(super) label: Option<Spot>,
    pub(super) gate: Option<String>,
}

#[derive(Clone)]
pub(super) enum Form {
    Polygon(Vec<Spot>),
    Rectangle { center: Spot, width: f64, height: f64, rotation: f64 },
    Ellipse { center: Spot, radius: Spot, rotation: f64 },
}

pub(super) struct DraftShape {
    pub(super) kind: ShapeKind,
    pub(super) form: Option<Form>,
    pub(super) fill: Option<String>,
    pub(super) stroke: Option<String>,
    pub(super) label: Option<DraftLabel>,
}

pub(super) struct DraftLabel {
    pub(super) text: String,
    /// `None`: the middle of the form.
    pub(super) at: Option<Spot>,
    pub(super) size: f64,
    pub(super) color: Option<String>,
}
