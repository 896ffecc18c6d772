//! The frozen plan: what the map draws, the seat rules ask, and the stores count.

mod geometry;
mod parts;

pub use geometry::{AreaShape, Point, Rect};
pub use parts::{Area, AreaKind, Attributes, Category, Label, Level, Row, Seat, Section, Shape, ShapeKind};

use super::NeighbourBits;
use crate::{
    ids::{AreaId, SeatId},
    seat::{AreaIx, SeatIx},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, sync::OnceLock};

/// A frozen seating plan. Levels, sections and rows stand in the order of the source; the seats of a section and
/// of a row are contiguous.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What people read.
    pub name: String,
    /// At most 255.
    pub categories: Vec<Category>,
    /// At least one.
    pub levels: Vec<Level>,
    /// In the order of their levels.
    pub sections: Vec<Section>,
    /// In the order of their sections.
    pub rows: Vec<Row>,
    /// In canonical order: `SeatIx` is the position here.
    pub seats: Vec<Seat>,
    /// In the order of the source: `AreaIx` is the position here.
    pub areas: Vec<Area>,
    /// In painting order, below the seats.
    pub shapes: Vec<Shape>,
    /// What everybody looks at; best-available measures from here.
    pub focal: Point,
    /// The box around everything drawn.
    pub bounds: Rect,
    /// Typical distance between neighbours: the size of a seat on the map.
    pub pitch: f32,
    /// The neighbour relation.
    pub neighbours: NeighbourBits,
    /// How the seats of each row are counted, where the plan was read for drawing: those seats carry no number of
    /// their own, and [`number_of`](Self::number_of) tells it. Empty in any other plan.
    #[serde(skip)]
    pub counting: Vec<Option<Counting>>,
    /// Seats sorted by id, made on the first question.
    #[serde(skip)]
    pub by_id: SeatLookup,
}

impl Plan {
    /// How many seats.
    pub fn seat_count(&self) -> u32 {
        u32::try_from(self.seats.len()).unwrap_or(u32::MAX)
    }

    /// Seats and places of areas together.
    pub fn capacity(&self) -> u32 {
        self.areas.iter().fold(self.seat_count(), |sum, area| sum.saturating_add(area.capacity))
    }

    /// The seat at that position.
    pub fn seat(&self, ix: SeatIx) -> Option<&Seat> {
        self.seats.get(ix.index())
    }

    /// The area at that position.
    pub fn area(&self, ix: AreaIx) -> Option<&Area> {
        self.areas.get(ix.index())
    }

    /// The position of a seat; binary search over an index that is made on the first call.
    pub fn seat_ix(&self, id: &SeatId) -> Option<SeatIx> {
        let order = self.by_id.0.get_or_init(|| {
            let mut order: Vec<u32> = (0..self.seat_count()).collect();
            order.sort_unstable_by(|a, b| self.seats[*a as usize].id.cmp(&self.seats[*b as usize].id));
            order
        });
        let at = order.binary_search_by(|ix| self.seats[*ix as usize].id.cmp(id)).ok()?;
        order.get(at).map(|ix| SeatIx(*ix))
    }

    /// The position of an area.
    pub fn area_ix(&self, id: &AreaId) -> Option<AreaIx> {
        self.areas.iter().position(|a| a.id == *id).and_then(|at| u16::try_from(at).ok()).map(AreaIx)
    }

    /// The row of a seat.
    pub fn row_of(&self, ix: SeatIx) -> Option<&Row> {
        self.rows.get(self.seat(ix)?.row as usize)
    }

    /// What people read on a seat.
    pub fn number_of(&self, ix: SeatIx) -> Cow<'_, str> {
        let Some(seat) = self.seat(ix) else { return Cow::Borrowed("") };
        let counting = self.counting.get(seat.row as usize).copied().flatten();
        match (counting, self.rows.get(seat.row as usize)) {
            (Some(counting), Some(row)) => Cow::Owned(counting.at(ix.0 - row.first.0).to_string()),
            _ => Cow::Borrowed(&seat.number),
        }
    }

    /// The section of a seat.
    pub fn section_of(&self, ix: SeatIx) -> Option<&Section> {
        self.sections.get(usize::from(self.row_of(ix)?.section))
    }

    /// The index in [`Plan::sections`] of a seat's section.
    pub fn section_ix_of(&self, ix: SeatIx) -> Option<u16> {
        self.row_of(ix).map(|row| row.section)
    }

    /// The category of a seat.
    pub fn category_of(&self, ix: SeatIx) -> Option<&Category> {
        self.categories.get(usize::from(self.seat(ix)?.category))
    }

    /// The index of a category in [`Plan::categories`].
    pub fn category_ix(&self, key: &str) -> Option<u8> {
        self.categories.iter().position(|c| c.key == key).and_then(|at| u8::try_from(at).ok())
    }

    /// Whether the seat and the one after it are physical neighbours: same row, no aisle between them.
    pub fn linked(&self, ix: SeatIx) -> bool {
        self.neighbours.linked(ix)
    }

    /// The neighbour relation as Redis keeps it, most significant bit first.
    pub fn neighbour_bits(&self) -> &[u8] {
        self.neighbours.as_bytes()
    }
}

/// The numbers of a row's seats, which count up or down by equal steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counting {
    /// Of the first seat.
    pub first: i64,
    /// From seat to seat.
    pub step: i64,
}

impl Counting {
    /// The number of the row's seat at that position.
    pub fn at(self, position: u32) -> i64 {
        self.first.wrapping_add(self.step.wrapping_mul(i64::from(position)))
    }
}

/// Seats sorted by id. Derived from the plan, so it is neither compared nor stored.
#[derive(Clone, Debug, Default)]
pub struct SeatLookup(OnceLock<Vec<u32>>);

impl PartialEq for SeatLookup {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
