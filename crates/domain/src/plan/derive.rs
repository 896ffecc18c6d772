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

/// Whole centimetres from each seat to the next of its row, row after row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gaps(Vec<i32>);

impl Gaps {
    /// The distances of a plan's rows.
    pub fn new(rows: &[Row], seats: &[Seat]) -> Self {
        let mut gaps = Vec::with_capacity(seats.len());
        for row in rows {
            row_gaps(seats.get(row.seats()).unwrap_or_default(), &mut gaps);
        }
        Self(gaps)
    }

    /// The middle one of all distances, in metres.
    pub fn pitch(&self) -> f32 {
        super::path::metres(middle_of_many(&self.0).unwrap_or(PITCH_CM).max(1))
    }

    /// The neighbour relation as the places alone suggest it: a gap wider than [`AISLE_TIMES`] the row's typical
    /// distance is an aisle. In a row of two seats the plan's typical distance is the measure.
    pub fn links(&self, rows: &[Row], pitch: f32) -> NeighbourBits {
        let plan_cm = centimetres(f64::from(pitch));
        let seats = rows.iter().fold(0, |most, row| most.max(row.first.0 + row.len));
        let mut bits = NeighbourBits::none(seats);
        let mut rest = self.0.as_slice();
        let mut sorted: Vec<i32> = Vec::new();
        for row in rows {
            let count = (row.len as usize).saturating_sub(1).min(rest.len());
            let (gaps, others) = rest.split_at(count);
            rest = others;
            link_row(row.first.0, gaps, plan_cm, &mut sorted, &mut bits);
        }
        bits
    }
}

/// A function of its own, as some below: a browser improves what is called often, and a loop only from its next run.
#[inline(never)]
fn row_gaps(seats: &[Seat], gaps: &mut Vec<i32>) {
    gaps.extend(seats.windows(2).map(|pair| gap_cm(&pair[0], &pair[1])));
}

#[inline(never)]
fn link_row(first: u32, gaps: &[i32], plan_cm: i32, sorted: &mut Vec<i32>, bits: &mut NeighbourBits) {
    let typical = match gaps {
        [] => return,
        [_] => plan_cm,
        [a, b] => plan_cm.max(*a.min(b)),
        _ => {
            let (least, most) =
                gaps.iter().fold((gaps[0], gaps[0]), |(a, b), gap| (a.min(*gap), b.max(*gap)));
            // Where no gap is an aisle even beside the narrowest, none is beside the middle one.
            if f64::from(most) <= AISLE_TIMES * f64::from(least) {
                least
            } else {
                sorted.clear();
                sorted.extend_from_slice(gaps);
                middle(sorted).unwrap_or(plan_cm)
            }
        }
    };
    let widest = AISLE_TIMES * f64::from(typical);
    for (seat, gap) in (first..).zip(gaps) {
        if f64::from(*gap) <= widest {
            bits.link(SeatIx(seat));
        }
    }
}

/// The same as [`middle`]. Distances of seats are few different numbers: they are counted, not sorted.
fn middle_of_many(gaps: &[i32]) -> Option<i32> {
    let mut counts = [0_usize; 512];
    for some in gaps.chunks(512) {
        if !count(some, &mut counts) {
            return middle(&mut gaps.to_vec());
        }
    }
    let mut before = 0;
    let reached = |count: &usize| {
        before += count;
        before > gaps.len().saturating_sub(1) / 2
    };
    counts.iter().position(reached).and_then(|cm| i32::try_from(cm).ok())
}

/// `false` when one is too large to be counted.
#[inline(never)]
fn count(gaps: &[i32], counts: &mut [usize]) -> bool {
    gaps.iter().all(|gap| {
        let slot = usize::try_from(*gap).ok().and_then(|cm| counts.get_mut(cm));
        slot.map(|count| *count += 1).is_some()
    })
}

fn middle(gaps: &mut [i32]) -> Option<i32> {
    let at = gaps.len().checked_sub(1)? / 2;
    gaps.sort_unstable();
    gaps.get(at).copied()
}

/// The smallest box around the middles of some seats.
#[inline(never)]
pub fn around(seats: &[Seat]) -> Option<Rect> {
    Rect::around(seats.iter().map(Seat::point))
}

/// The box around everything drawn, with a margin of one seat.
pub fn bounds(plan: &Plan) -> Rect {
    let mut all: Option<Rect> = None;
    let mut add = |more: Option<Rect>| all = both(all, more);
    plan.rows.iter().for_each(|row| add(around(plan.seats.get(row.seats()).unwrap_or_default())));
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

/// The smallest box around two.
pub fn both(a: Option<Rect>, b: Option<Rect>) -> Option<Rect> {
    let (Some(a), Some(b)) = (a, b) else { return a.or(b) };
    Some(Rect {
        min: Point::new(a.min.x.min(b.min.x), a.min.y.min(b.min.y)),
        max: Point::new(a.max.x.max(b.max.x), a.max.y.max(b.max.y)),
    })
}

/// The outline that hugs a section's seats.
pub fn hug(plan: &Plan, section: &Section) -> Vec<Point> {
    hug_again(plan, section, false).0
}

/// The same, and whether it is the wedge of its rows. Who knows that from before (`wedge`) spares looking at every
/// seat again.
#[inline(never)]
pub fn hug_again(plan: &Plan, section: &Section, wedge: bool) -> (Vec<Point>, bool) {
    let rows = plan.rows.get(section.rows()).unwrap_or_default();
    let stacked = rows.iter().all(|row| !row.table);
    outline::hug(rows.iter().map(|row| plan.seats.get(row.seats()).unwrap_or_default()), stacked, wedge)
}

/// Where a section's name is written, given its outline.
pub fn label(plan: &Plan, section: &Section) -> Point {
    outline::label(&section.outline, plan.seats.get(section.seats()).unwrap_or_default().iter())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counting_finds_the_middle_that_sorting_finds(mut gaps in prop::collection::vec(0_i32..600, 0..40)) {
            prop_assert_eq!(middle_of_many(&gaps), middle(&mut gaps));
        }

        #[test]
        fn a_row_is_linked_as_its_middle_gap_says(gaps in prop::collection::vec(20_i32..90, 3..20)) {
            let mut bits = NeighbourBits::none(32);
            link_row(0, &gaps, 50, &mut Vec::new(), &mut bits);
            let typical = f64::from(middle(&mut gaps.clone()).unwrap());
            for (seat, gap) in (0..).zip(&gaps) {
                prop_assert_eq!(bits.linked(SeatIx(seat)), f64::from(*gap) <= AISLE_TIMES * typical);
            }
        }
    }
}
