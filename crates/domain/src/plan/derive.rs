//! What follows from the seats' places alone. The compact asset leaves it out and the browser computes it again, so
//! everything here uses only operations that give the same bits on every platform.

use super::{NeighbourBits, Plan, Point, Rect, Row, Seat, Section, outline, path::centimetres};
use crate::seat::SeatIx;

/// Seats further apart than this many times the row's typical distance are no neighbours.
const AISLE_TIMES: f64 = 1.6;
/// Typical distance when no row has two seats.
const PITCH_CM: i32 = 50;

fn gap_cm(a: &Seat, b: &Seat) -> i32 {
    let (dx, dy) = (f64::from(a.x) - f64::from(b.x), f64::from(a.y) - f64::from(b.y));
    centimetres((dx * dx + dy * dy).sqrt())
}

fn row_gaps<'a>(row: &Row, seats: &'a [Seat]) -> impl Iterator<Item = i32> + 'a {
    seats.get(row.seats()).unwrap_or_default().windows(2).map(|pair| gap_cm(&pair[0], &pair[1]))
}

fn middle(gaps: &mut [i32]) -> Option<i32> {
    gaps.sort_unstable();
    gaps.get(gaps.len().checked_sub(1)? / 2).copied()
}

/// The middle one of all distances between seats that follow each other in a row, in metres.
pub fn pitch(rows: &[Row], seats: &[Seat]) -> f32 {
    let mut gaps: Vec<i32> = rows.iter().flat_map(|row| row_gaps(row, seats)).collect();
    super::path::metres(middle(&mut gaps).unwrap_or(PITCH_CM).max(1))
}

/// The neighbour relation as the places alone suggest it: a gap wider than [`AISLE_TIMES`] the row's typical
/// distance is an aisle. In a row of two seats the plan's typical distance is the measure.
pub fn links(rows: &[Row], seats: &[Seat], pitch: f32) -> NeighbourBits {
    let plan_cm = centimetres(f64::from(pitch));
    let mut bits = NeighbourBits::none(u32::try_from(seats.len()).unwrap_or(u32::MAX));
    let mut gaps: Vec<i32> = Vec::new();
    let mut sorted: Vec<i32> = Vec::new();
    for row in rows {
        gaps.clear();
        gaps.extend(row_gaps(row, seats));
        sorted.clone_from(&gaps);
        let typical = match sorted.len() {
            0 => continue,
            1 => plan_cm,
            2 => plan_cm.max(sorted[0].min(sorted[1])),
            _ => middle(&mut sorted).unwrap_or(plan_cm),
        };
        for (seat, gap) in (row.first.0..).zip(&gaps) {
            if f64::from(*gap) <= AISLE_TIMES * f64::from(typical) {
                bits.link(SeatIx(seat));
            }
        }
    }
    bits
}

/// The box around everything drawn, with a margin of one seat.
pub fn bounds(plan: &Plan) -> Rect {
    let mut all: Option<Rect> = None;
    let mut add = |more: Option<Rect>| {
        all = Rect::around([all, more].into_iter().flatten().flat_map(|r| [r.min, r.max]));
    };
    add(Rect::around(plan.seats.iter().map(Seat::point)));
    add(Rect::around(plan.sections.iter().flat_map(|s| s.outline.iter().copied())));
    plan.areas.iter().for_each(|area| add(Some(area.shape.bounds())));
    for shape in &plan.shapes {
        add(shape.geometry.as_ref().map(super::AreaShape::bounds));
        add(shape.label.as_ref().and_then(|label| {
            // A letter is about half as wide as high.
            let half = label.size * 0.25 * label.text.chars().count().min(200) as f32;
            let (at, up) = (label.at, label.size / 2.0);
            Rect::around([Point::new(at.x - half, at.y - up), Point::new(at.x + half, at.y + up)])
        }));
    }
    let mut all = all.unwrap_or_default();
    let margin = plan.pitch.max(0.5);
    let cm = |v: f32| super::path::metres(centimetres(f64::from(v)));
    all.min = Point::new(cm(all.min.x - margin), cm(all.min.y - margin));
    all.max = Point::new(cm(all.max.x + margin), cm(all.max.y + margin));
    all
}

/// The outline that hugs a section's seats.
pub fn hug(plan: &Plan, section: &Section) -> Vec<Point> {
    let rows = plan.rows.get(section.rows()).unwrap_or_default();
    let stacked = rows.iter().all(|row| !row.table);
    outline::hug(rows.iter().map(|row| plan.seats.get(row.seats()).unwrap_or_default()), stacked)
}

/// Where a section's name is written, given its outline.
pub fn label(plan: &Plan, section: &Section) -> Point {
    outline::label(&section.outline, plan.seats.get(section.seats()).unwrap_or_default().iter())
}
