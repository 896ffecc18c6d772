//! The static data of a painter that draws seats as points: one point a seat in canonical order, then two a row
//! for its letters.

use crate::{
    scene::{NO_ZONE, Scene},
    space::Point,
    zones::LOOKS,
};
use domain::{plan::Row, seat::SeatIx};
use std::collections::BTreeMap;

/// Floats a point in [`Points::places`]: x, y, radius in metres.
pub const PLACE_FLOATS: usize = 3;
/// Bytes a point in [`Points::kinds`]: look (zone colour and shape; [`LOOKS`] is none), attributes, label low, label high.
pub const KIND_BYTES: usize = 4;
/// In the attributes byte: the point is a row letter.
pub const ROW_LETTER: u8 = 0x80;
/// Highest label number; further labels stay without. Painters use the two numbers after it for signs.
pub const LABELS_MAX: usize = 797;
/// Longer labels do not fit a seat.
const LABEL_CHARS_MAX: usize = 4;

/// Buffers ready for upload.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// [`PLACE_FLOATS`] a point.
    pub places: Vec<f32>,
    /// [`KIND_BYTES`] a point.
    pub kinds: Vec<u8>,
    /// The labels by number; number 0 is no label.
    pub labels: Vec<String>,
    /// How many of the points are seats.
    pub seats: u32,
}

/// The look of a zone number: its place among the eight, or [`LOOKS`] for none.
pub fn look_of(zone: u8) -> u8 {
    #[expect(clippy::cast_possible_truncation, reason = "eight looks")]
    let looks = LOOKS as u8;
    if zone == NO_ZONE { looks } else { zone % looks }
}

impl Points {
    /// The points of a scene.
    pub fn new(scene: &Scene) -> Self {
        let plan = scene.plan();
        let count = plan.seats.len() + plan.rows.len() * 2;
        let mut points = Self {
            places: Vec::with_capacity(count * PLACE_FLOATS),
            kinds: Vec::with_capacity(count * KIND_BYTES),
            labels: vec![String::new()],
            seats: plan.seat_count(),
        };
        let mut labels = Labels::default();
        for row in &plan.rows {
            points.push_row(scene, row, &mut labels);
        }
        for row in &plan.rows {
            let label = labels.of_text(&row.label);
            for place in letter_places(scene, row) {
                let shown = if place.is_some() { label } else { 0 };
                let radius = scene.radius(row.section);
                points.push(place.unwrap_or_default(), radius, look_of(NO_ZONE), ROW_LETTER, shown);
            }
        }
        points.labels.append(&mut labels.texts);
        points
    }

    /// How many points.
    pub fn len(&self) -> usize {
        self.kinds.len() / KIND_BYTES
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// A function of its own: a browser improves what is called often, and a loop only from its next run.
    #[inline(never)]
    fn push_row(&mut self, scene: &Scene, row: &Row, labels: &mut Labels) {
        let radius = scene.radius(row.section);
        let plan = scene.plan();
        for (at, seat) in (0..).zip(plan.seats.get(row.seats()).unwrap_or_default()) {
            let counting = plan.counting.get(seat.row as usize).copied().flatten();
            let label = match counting {
                Some(counting) => labels.of_number(counting.at(at)),
                None => labels.of_text(&seat.number),
            };
            let look = look_of(scene.zone_of_category(seat.category));
            self.push(seat.point(), radius, look, seat.attributes.0, label);
        }
    }

    fn push(&mut self, place: Point, radius: f32, look: u8, attributes: u8, label: u16) {
        self.places.extend([place.x, place.y, radius]);
        let [low, high] = label.to_le_bytes();
        self.kinds.extend([look, attributes, low, high]);
    }
}

/// The labels found so far; a label's number is its position and one more.
#[derive(Default)]
struct Labels {
    texts: Vec<String>,
    numbers: BTreeMap<String, u16>,
    /// Seats that count up need no text to find their label.
    counted: BTreeMap<i64, u16>,
    last: u16,
}

impl Labels {
    fn of_number(&mut self, value: i64) -> u16 {
        if let Some(number) = self.counted.get(&value) {
            return *number;
        }
        let number = self.of_text(&value.to_string());
        self.counted.insert(value, number);
        number
    }

    fn of_text(&mut self, text: &str) -> u16 {
        // Seats count up or down: mostly it is the label after or before the last one.
        let beside = [self.last.wrapping_add(1), self.last.wrapping_sub(1)];
        let known = |label: &u16| {
            usize::from(*label)
                .checked_sub(1)
                .and_then(|at| self.texts.get(at))
                .is_some_and(|known| known == text)
        };
        let label = beside.into_iter().find(known).unwrap_or_else(|| self.searched(text));
        self.last = label;
        label
    }

    fn searched(&mut self, text: &str) -> u16 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        if text.is_empty() || text.chars().count() > LABEL_CHARS_MAX || self.texts.len() >= LABELS_MAX {
            return 0;
        }
        self.texts.push(text.to_owned());
        let number = u16::try_from(self.texts.len()).unwrap_or(0);
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

/// Where a row's letter stands: before its first and after its last seat, or in the middle of a table.
/// A place where a seat stands is left out.
fn letter_places(scene: &Scene, row: &Row) -> [Option<Point>; 2] {
    let plan = scene.plan();
    let seats = plan.seats.get(row.seats()).unwrap_or_default();
    let [Some(first), Some(last)] = [seats.first(), seats.last()] else { return [None, None] };
    if row.table {
        let middle = scene.row_bounds().get(first.row as usize).map(|bounds| bounds.center());
        // A table that is drawn with its own writing needs no second.
        let written = |at: &Point| {
            let mut labels = plan.shapes.iter().filter_map(|shape| shape.label.as_ref());
            labels.any(|label| label.at.distance(*at) < plan.pitch * 2.0)
        };
        return [middle.filter(|at| !written(at)), None];
    }
    let gap = scene.radius(row.section) / 0.42;
    let beyond = |end: Point, before: Option<Point>| {
        let (dx, dy) = before.map_or((-1.0, 0.0), |b| (end.x - b.x, end.y - b.y));
        let length = dx.hypot(dy);
        if length == 0.0 {
            return None;
        }
        let place = Point::new(end.x + dx / length * gap * 1.05, end.y + dy / length * gap * 1.05);
        let taken: Option<(SeatIx, f32)> = scene.grid().nearest(place, gap * 0.8);
        taken.is_none().then_some(place)
    };
    let second = seats.get(1).map(|seat| seat.point());
    let last_but_one = seats.len().checked_sub(2).and_then(|at| seats.get(at)).map(|seat| seat.point());
    let after = last_but_one.and_then(|b| beyond(last.point(), Some(b)));
    [beyond(first.point(), second), after]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn every_seat_and_row_end_is_a_point() {
        let scene = testing::scene(testing::rows(2, 3));
        let points = Points::new(&scene);
        assert_eq!((points.len(), points.seats), (6 + 4, 6));
        assert_eq!(points.labels, ["", "1", "2", "3", "A", "B"]);
        assert_eq!(points.kinds[..KIND_BYTES], [0, 0, 1, 0]);
        let letter = &points.kinds[6 * KIND_BYTES..7 * KIND_BYTES];
        assert_eq!(letter, [LOOKS as u8, ROW_LETTER, 4, 0]);
        let place = &points.places[6 * PLACE_FLOATS..7 * PLACE_FLOATS];
        assert!(place[0] < -0.5 && place[1] == 0.0, "left of the first seat: {place:?}");
        assert!(points.places[7 * PLACE_FLOATS] > 1.5, "right of the last");
    }
}
