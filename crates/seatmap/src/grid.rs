//! Which seats are near a point: a uniform grid over the plan, its cells as one flat list.

use crate::space::{Point, Rect};
use domain::{plan::Plan, seat::SeatIx};

/// Cells a side at most, so that a sparse plan costs no more than a dense one.
const CELLS_MAX: f32 = 512.0;

/// Seats by place.
#[derive(Clone, Debug)]
pub struct Grid {
    origin: Point,
    cell: f32,
    columns: u32,
    lines: u32,
    /// Where each cell's seats begin in `seats`; one more than there are cells.
    starts: Vec<u32>,
    seats: Vec<u32>,
    places: Vec<Point>,
}

impl Grid {
    /// The grid of a plan's seats; counted, then filled (no allocation a cell).
    pub fn new(plan: &Plan) -> Self {
        let places: Vec<Point> = plan.seats.iter().map(|seat| seat.point()).collect();
        let bounds = Rect::around(places.iter().copied()).unwrap_or_default();
        let side = bounds.width().max(bounds.height());
        let cell = (plan.pitch.max(0.01) * 2.0).max(side / CELLS_MAX);
        let columns = count_of(bounds.width(), cell);
        let lines = count_of(bounds.height(), cell);
        let mut grid =
            Self { origin: bounds.min, cell, columns, lines, starts: Vec::new(), seats: Vec::new(), places };
        let mut starts = vec![0_u32; (columns * lines) as usize + 1];
        let mut cells: Vec<u32> = Vec::with_capacity(grid.places.len());
        for some in grid.places.chunks(512) {
            grid.cells_of(some, &mut cells);
        }
        for &cell in &cells {
            starts[cell as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut seats = vec![0_u32; cells.len()];
        for (seat, &cell) in (0_u32..).zip(&cells) {
            let slot = &mut next[cell as usize];
            seats[*slot as usize] = seat;
            *slot += 1;
        }
        grid.starts = starts;
        grid.seats = seats;
        grid
    }

    /// Where a seat stands.
    pub fn place(&self, seat: SeatIx) -> Point {
        self.places.get(seat.index()).copied().unwrap_or_default()
    }

    /// All places in canonical order.
    pub fn places(&self) -> &[Point] {
        &self.places
    }

    /// Calls `visit(seat, distance)` for every seat within `radius` metres of `p`, in no particular order.
    pub fn within(&self, p: Point, radius: f32, mut visit: impl FnMut(SeatIx, f32)) {
        let (left, right) = (self.column(p.x - radius), self.column(p.x + radius));
        let (top, bottom) = (self.line(p.y - radius), self.line(p.y + radius));
        for line in top..=bottom {
            let row = line * self.columns;
            let seats = self.starts[(row + left) as usize]..self.starts[(row + right) as usize + 1];
            for &seat in &self.seats[seats.start as usize..seats.end as usize] {
                let distance = self.places[seat as usize].distance(p);
                if distance <= radius {
                    visit(SeatIx(seat), distance);
                }
            }
        }
    }

    /// The nearest seat within `radius` metres; of equals the first in canonical order.
    pub fn nearest(&self, p: Point, radius: f32) -> Option<(SeatIx, f32)> {
        let mut best: Option<(SeatIx, f32)> = None;
        self.within(p, radius, |seat, distance| {
            if best.is_none_or(|(other, least)| distance < least || (distance == least && seat < other)) {
                best = Some((seat, distance));
            }
        });
        best
    }

    fn column(&self, x: f32) -> u32 {
        bucket((x - self.origin.x) / self.cell, self.columns)
    }

    fn line(&self, y: f32) -> u32 {
        bucket((y - self.origin.y) / self.cell, self.lines)
    }

    /// A function of its own: a browser improves what is called often, and a loop only from its next run.
    #[inline(never)]
    fn cells_of(&self, places: &[Point], cells: &mut Vec<u32>) {
        cells.extend(places.iter().map(|p| self.cell_of(*p)));
    }

    fn cell_of(&self, p: Point) -> u32 {
        self.line(p.y) * self.columns + self.column(p.x)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most CELLS_MAX and a few")]
fn count_of(side: f32, cell: f32) -> u32 {
    (side / cell).floor() as u32 + 1
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates")]
fn bucket(at: f32, count: u32) -> u32 {
    (at.max(0.0) as u32).min(count - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_grid_finds_what_looking_at_every_seat_finds(
            seed in 0_u64..400, x in -0.2_f32..1.2, y in -0.2_f32..1.2, radius in 0_f32..8.0,
        ) {
            let plan = testing::scattered(seed);
            let grid = Grid::new(&plan);
            let bounds = plan.bounds;
            let p = Point::new(bounds.min.x + x * bounds.width(), bounds.min.y + y * bounds.height());
            let mut found = Vec::new();
            grid.within(p, radius, |seat, _| found.push(seat.0));
            found.sort_unstable();
            let near = |(_, seat): &(u32, &domain::plan::Seat)| seat.point().distance(p) <= radius;
            let looked: Vec<u32> = (0..).zip(&plan.seats).filter(near).map(|(ix, _)| ix).collect();
            prop_assert_eq!(&found, &looked);
            let brute = looked.iter().copied().min_by(|a, b| {
                let of = |ix: &u32| plan.seats[*ix as usize].point().distance(p);
                of(a).total_cmp(&of(b)).then(a.cmp(b))
            });
            prop_assert_eq!(grid.nearest(p, radius).map(|(seat, _)| seat.0), brute);
        }
    }
}
