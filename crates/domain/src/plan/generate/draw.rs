//! What the houses share: a seeded die, rows on arcs and lines, marking seats.

use crate::plan::source::{
    Pair, SourceCategory, SourceForm, SourceLevel, SourcePath, SourceRow, SourceSeat, SourceSection,
    SourceShape,
};
use crate::plan::{ShapeKind, import::FORMAT, source::SourcePlan};

/// From seat to seat.
pub(super) const SEAT_M: f64 = 0.55;
/// From row to row.
pub(super) const ROW_M: f64 = 0.9;

/// A small seeded generator (splitmix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of `0..n`.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        (self.next() % u64::from(n.max(1))) as u32
    }
}

/// An empty plan.
pub(super) fn plan(name: &str, categories: &[(&str, &str, &str)], levels: &[(&str, &str)]) -> SourcePlan {
    let category = |(key, name, color): &(&str, &str, &str)| SourceCategory {
        key: (*key).into(),
        name: (*name).into(),
        color: (*color).into(),
    };
    SourcePlan {
        format: FORMAT,
        name: name.into(),
        focal: None,
        categories: categories.iter().map(category).collect(),
        levels: levels
            .iter()
            .map(|(id, name)| SourceLevel { id: (*id).into(), name: (*name).into() })
            .collect(),
        sections: Vec::new(),
        areas: Vec::new(),
        shapes: Vec::new(),
    }
}

/// `A … Z, AA, AB …`
pub(super) fn letters(mut n: u32) -> String {
    let mut out = String::new();
    loop {
        out.insert(0, char::from(b'A' + (n % 26) as u8));
        n /= 26;
        if n == 0 {
            return out;
        }
        n -= 1;
    }
}

/// Three digits after the point: the source stays short, and the path's own ticks are finer than needed.
pub(super) fn short(v: f64) -> f64 {
    (v * 1_000.0).round() / 1_000.0
}

/// A counted row on an arc; seats run from left to right for those who sit in it and look at the centre.
pub(super) fn arc_row(label: String, center: Pair, radius: f64, angle: f64, count: u32) -> SourceRow {
    let path = SourcePath::Arc {
        center,
        radius: short(radius),
        angle: short(angle),
        pitch: -SEAT_M,
        gaps: Vec::new(),
    };
    SourceRow { label, path: Some(path), count: Some(count), ..SourceRow::default() }
}

/// A counted row on a line.
pub(super) fn line_row(label: String, middle: Pair, angle: f64, count: u32) -> SourceRow {
    let middle = middle.map(short);
    let path = SourcePath::Line { middle, angle: short(angle), pitch: SEAT_M, gaps: Vec::new() };
    SourceRow { label, path: Some(path), count: Some(count), ..SourceRow::default() }
}

/// How many seats fit a width.
pub(super) fn fit(width: f64) -> u32 {
    (width / SEAT_M + 1e-6).floor().max(1.0) as u32
}

/// How many seats a row has.
pub(super) fn seats_in(row: &SourceRow) -> u32 {
    row.count.unwrap_or(row.seats.len() as u32)
}

/// Gives attributes to the seat at that position of a row, which is then written out seat by seat.
pub(super) fn mark(row: &mut SourceRow, at: u32, attributes: &[&'static str]) {
    if let Some(count) = row.count.take() {
        let seat = |n: u32| SourceSeat { number: (n + 1).to_string(), ..SourceSeat::default() };
        row.seats = (0..count).map(seat).collect();
    }
    if let Some(seat) = row.seats.get_mut(at as usize) {
        for attribute in attributes {
            if !seat.attributes.contains(attribute) {
                seat.attributes.push(attribute);
            }
        }
    }
}

/// Pairs of a wheelchair place and its companion's, from position `from` on.
pub(super) fn wheelchairs(row: &mut SourceRow, from: u32, pairs: u32) {
    for pair in 0..pairs {
        mark(row, from + 2 * pair, &["wheelchair", "step_free"]);
        mark(row, from + 2 * pair + 1, &["companion", "step_free"]);
    }
}

/// A section without rows yet.
pub(super) fn section(id: String, name: String, level: &str, category: &str) -> SourceSection {
    SourceSection {
        id,
        name,
        level: level.into(),
        category: Some(category.into()),
        ..SourceSection::default()
    }
}

/// A drawn shape with a text in its middle.
pub(super) fn shape(kind: ShapeKind, form: SourceForm, text: &str, text_size: f64) -> SourceShape {
    SourceShape {
        kind,
        shape: Some(form),
        fill: None,
        stroke: None,
        text: (!text.is_empty()).then(|| text.into()),
        text_at: None,
        text_size: (!text.is_empty()).then_some(text_size),
        text_color: None,
    }
}

/// A free text.
pub(super) fn text(text: &str, at: Pair, size: f64) -> SourceShape {
    SourceShape {
        kind: ShapeKind::Text,
        shape: None,
        fill: None,
        stroke: None,
        text: Some(text.into()),
        text_at: Some(at),
        text_size: Some(size),
        text_color: None,
    }
}

/// An upright rectangle.
pub(super) fn rectangle(center: Pair, width: f64, height: f64) -> SourceForm {
    SourceForm::Rectangle { center, width, height, rotation: 0.0 }
}
