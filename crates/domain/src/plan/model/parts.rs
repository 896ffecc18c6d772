//! The parts of a plan: its logical tree down to the seats, its areas, and what is drawn around them.

use super::geometry::{AreaShape, Point};
use crate::{
    ids::{AreaId, SeatId},
    plan::RowPath,
    seat::SeatIx,
};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A group of seats and areas that zones of an event refer to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Unique in the plan (`stalls`).
    pub key: String,
    /// What people read.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
}

/// A storey or tier of the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Unique in the plan.
    pub id: String,
    /// What people read.
    pub name: String,
}

/// A block of rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Unique in the plan.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Index into [`Plan::levels`].
    pub level: u16,
    /// Closed polygon without a repeated last point; never empty.
    pub outline: Vec<Point>,
    /// Where the section's name is written.
    pub label: Point,
    /// First of its rows in [`Plan::rows`].
    pub first_row: u32,
    /// How many rows.
    pub row_count: u32,
    /// First of its seats.
    pub first: SeatIx,
    /// How many seats.
    pub len: u32,
    /// The door that leads to it, as people read it.
    pub gate: Option<String>,
}

impl Section {
    /// Its rows as a range of [`Plan::rows`].
    pub fn rows(&self) -> Range<usize> {
        self.first_row as usize..(self.first_row + self.row_count) as usize
    }

    /// Its seats as a range of [`Plan::seats`].
    pub fn seats(&self) -> Range<usize> {
        self.first.index()..self.first.index() + self.len as usize
    }
}

/// Seats in a line, or around a table: contiguous in the canonical order, sorted along the row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Index into [`Plan::sections`].
    pub section: u16,
    /// What people read (`A`, `12`).
    pub label: String,
    /// The seats stand around a table.
    pub table: bool,
    /// The line or arc that the seats follow exactly, when the source said so: a row is then drawn and stored as
    /// its path. `None` when every seat has a place of its own.
    pub path: Option<RowPath>,
    /// First of its seats.
    pub first: SeatIx,
    /// How many seats, at least one.
    pub len: u32,
}

impl Row {
    /// Its seats as a range of [`Plan::seats`].
    pub fn seats(&self) -> Range<usize> {
        self.first.index()..self.first.index() + self.len as usize
    }
}

/// What is special about a seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(pub u8);

impl Attributes {
    /// A place for a wheelchair.
    pub const WHEELCHAIR: Self = Self(1);
    /// The place beside a wheelchair place, for the companion.
    pub const COMPANION: Self = Self(2);
    /// Part of the stage cannot be seen.
    pub const RESTRICTED_VIEW: Self = Self(4);
    /// Beside an aisle.
    pub const AISLE: Self = Self(8);
    /// Reached without a step.
    pub const STEP_FREE: Self = Self(16);
    /// All that are defined, with their names in the plan format.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::WHEELCHAIR, "wheelchair"),
        (Self::COMPANION, "companion"),
        (Self::RESTRICTED_VIEW, "restricted_view"),
        (Self::AISLE, "aisle"),
        (Self::STEP_FREE, "step_free"),
    ];

    /// Whether all of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether none is set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The attribute of that name in the plan format.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n)| *n == name).map(|(a, _)| *a)
    }

    /// The names of those that are set, in fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().filter(move |(a, _)| self.contains(*a)).map(|(_, n)| n)
    }
}

/// One seat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seat {
    /// Unique in the plan.
    pub id: SeatId,
    /// Index into [`Plan::rows`].
    pub row: u32,
    /// What people read (`10`).
    pub number: String,
    /// To the right, metres.
    pub x: f32,
    /// Downwards, metres.
    pub y: f32,
    /// Index into [`Plan::categories`].
    pub category: u8,
    /// What is special about it.
    pub attributes: Attributes,
}

impl Seat {
    /// Its centre.
    pub const fn point(&self) -> Point {
        Point::new(self.x, self.y)
    }
}

/// How an area is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AreaKind {
    /// Places one by one, no seat named.
    Standing,
    /// A table that is sold whole: its capacity at once or nothing.
    Table,
}

/// Capacity without seats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Unique in the plan.
    pub id: AreaId,
    /// What people read.
    pub name: String,
    /// Index into [`Plan::levels`].
    pub level: u16,
    /// How it is sold.
    pub kind: AreaKind,
    /// Places, at least one.
    pub capacity: u32,
    /// Index into [`Plan::categories`].
    pub category: u8,
    /// Where it lies.
    pub shape: AreaShape,
    /// Where its name is written.
    pub label: Point,
    /// The door that leads to it, as people read it.
    pub gate: Option<String>,
}

/// What a shape stands for; painters style stage and table themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShapeKind {
    /// Where the performance is.
    Stage,
    /// Walls, pillars, bars, a pitch.
    Decoration,
    /// A table whose seats are sold one by one.
    Table,
    /// Free text without an outline.
    Text,
}

/// Text on the drawing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// One line.
    pub text: String,
    /// Its middle.
    pub at: Point,
    /// Height of the letters in metres.
    pub size: f32,
    /// `#rrggbb`; the painter chooses when absent.
    pub color: Option<String>,
}

/// Something drawn that is not for sale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// What it stands for.
    pub kind: ShapeKind,
    /// `None` for free text.
    pub geometry: Option<AreaShape>,
    /// `#rrggbb`; the painter chooses when absent.
    pub fill: Option<String>,
    /// `#rrggbb`; the painter chooses when absent.
    pub stroke: Option<String>,
    /// Its writing.
    pub label: Option<Label>,
}
