//! The frozen plan: what the map draws, the seat rules ask, and the stores count.

use super::{NeighbourBits, RowPath, path::sin_cos};
use crate::{
    ids::{AreaId, SeatId},
    seat::{AreaIx, SeatIx},
};
use serde::{Deserialize, Serialize};
use std::{ops::Range, sync::OnceLock};

/// A place on the drawing in metres, x to the right, y downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

impl Point {
    /// A point of its two coordinates.
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// Distance in metres. A square root is one instruction everywhere and rounds alike; `hypot` is a program of its
    /// own in a browser.
    pub fn distance(self, other: Self) -> f32 {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        (dx * dx + dy * dy).sqrt()
    }
}

/// An upright box, in metres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    /// Left and upper corner.
    pub min: Point,
    /// Right and lower corner.
    pub max: Point,
}

impl Rect {
    /// Width in metres.
    pub fn width(&self) -> f32 {
        self.max.x - self.min.x
    }

    /// Height in metres.
    pub fn height(&self) -> f32 {
        self.max.y - self.min.y
    }

    /// The middle.
    pub fn center(&self) -> Point {
        Point::new((self.min.x + self.max.x) / 2.0, (self.min.y + self.max.y) / 2.0)
    }

    /// Whether the point lies inside or on the border.
    pub fn contains(&self, p: Point) -> bool {
        p.x >= self.min.x && p.x <= self.max.x && p.y >= self.min.y && p.y <= self.max.y
    }

    /// The smallest box around the points; `None` without a point.
    pub fn around(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        points.into_iter().fold(None, |acc: Option<Self>, p| {
            let r = acc.unwrap_or(Self { min: p, max: p });
            Some(Self {
                min: Point::new(r.min.x.min(p.x), r.min.y.min(p.y)),
                max: Point::new(r.max.x.max(p.x), r.max.y.max(p.y)),
            })
        })
    }
}

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

/// The geometry of an area or a shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AreaShape {
    /// Closed polygon without a repeated last point.
    Polygon {
        /// At least three corners.
        points: Vec<Point>,
    },
    /// Rectangle, turned about its centre.
    Rectangle {
        /// The middle.
        center: Point,
        /// Before turning.
        width: f32,
        /// Before turning.
        height: f32,
        /// Degrees clockwise.
        rotation: f32,
    },
    /// Ellipse or circle, turned about its centre.
    Ellipse {
        /// The middle.
        center: Point,
        /// Half width before turning.
        radius_x: f32,
        /// Half height before turning.
        radius_y: f32,
        /// Degrees clockwise.
        rotation: f32,
    },
}

impl AreaShape {
    /// The shape as a closed polygon (an ellipse in 48 steps): for painting, outlines and hit-testing alike.
    pub fn polygon(&self) -> Vec<Point> {
        let turned = |center: Point, rotation: f32, dx: f32, dy: f32| {
            let (sin, cos) = sin_cos(f64::from(rotation).to_radians());
            let (dx, dy) = (f64::from(dx), f64::from(dy));
            Point::new(center.x + (dx * cos - dy * sin) as f32, center.y + (dx * sin + dy * cos) as f32)
        };
        match self {
            Self::Polygon { points } => points.clone(),
            Self::Rectangle { center, width, height, rotation } => {
                [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
                    .iter()
                    .map(|(fx, fy)| turned(*center, *rotation, fx * width, fy * height))
                    .collect()
            }
            Self::Ellipse { center, radius_x, radius_y, rotation } => (0..48_u8)
                .map(|step| {
                    let (sin, cos) = sin_cos(f64::from(step) * std::f64::consts::TAU / 48.0);
                    turned(*center, *rotation, radius_x * cos as f32, radius_y * sin as f32)
                })
                .collect(),
        }
    }

    /// The smallest upright box around it.
    pub fn bounds(&self) -> Rect {
        Rect::around(self.polygon()).unwrap_or_default()
    }

    /// A point for its label: the middle of its box.
    pub fn center(&self) -> Point {
        match self {
            Self::Polygon { .. } => self.bounds().center(),
            Self::Rectangle { center, .. } | Self::Ellipse { center, .. } => *center,
        }
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

/// Seats sorted by id. Derived from the plan, so it is neither compared nor stored.
#[derive(Clone, Debug, Default)]
pub struct SeatLookup(OnceLock<Vec<u32>>);

impl PartialEq for SeatLookup {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
