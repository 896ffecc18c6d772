//! The keyboard's walk over the seats: to the next one as the eye sees it.
//!
//! Along a row the arrows go seat by seat; across it, to the nearest seat of the row before or behind; over the
//! edge of a section, to the nearest seat in that direction. Which arrows run along a row depends on how the row
//! lies on the drawing. `Home` and `End` go to the ends of the row and, pressed again, on to the row before or
//! after, so that every seat of every plan can be reached whatever its drawing looks like.

use crate::{
    scene::Scene,
    space::{Point, Rect, distance_to_rect},
};
use domain::{plan::Row, seat::SeatIx};

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// First seat of the row, then of the row before.
    RowStart,
    /// Last seat of the row, then of the row after.
    RowEnd,
    /// The section before.
    SectionBefore,
    /// The section after.
    SectionAfter,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Left,
        Self::Right,
        Self::Up,
        Self::Down,
        Self::RowStart,
        Self::RowEnd,
        Self::SectionBefore,
        Self::SectionAfter,
    ];

    fn direction(self) -> Option<(f32, f32)> {
        Some(match self {
            Self::Left => (-1.0, 0.0),
            Self::Right => (1.0, 0.0),
            Self::Up => (0.0, -1.0),
            Self::Down => (0.0, 1.0),
            _ => return None,
        })
    }
}

impl Scene {
    /// Where the focus goes from a seat; the same seat where there is nothing that way.
    pub fn step(&self, from: SeatIx, step: Step) -> SeatIx {
        let Some(row_ix) = self.plan().seat(from).map(|seat| seat.row as usize) else { return from };
        let Some(row) = self.plan().rows.get(row_ix) else { return from };
        let rows = &self.plan().rows;
        let last = |row: &Row| SeatIx(row.first.0 + row.len.saturating_sub(1));
        match step {
            Step::RowStart if from == row.first => {
                row_ix.checked_sub(1).and_then(|r| rows.get(r)).map_or(from, |r| r.first)
            }
            Step::RowStart => row.first,
            Step::RowEnd if from == last(row) => rows.get(row_ix + 1).map_or(from, last),
            Step::RowEnd => last(row),
            Step::SectionBefore => self.section_beside(row.section, -1).unwrap_or(from),
            Step::SectionAfter => self.section_beside(row.section, 1).unwrap_or(from),
            Step::Left | Step::Right | Step::Up | Step::Down => {
                let Some(direction) = step.direction() else { return from };
                self.arrow(from, row_ix, row, direction).unwrap_or(from)
            }
        }
    }

    /// A seat to begin with: the free one nearest to a plan point, or any.
    pub fn first_focus(&self, near: Point) -> Option<SeatIx> {
        let reach = self.bounds().width().max(self.bounds().height());
        let mut radius = self.plan().pitch * 4.0;
        while radius < reach * 2.0 {
            let mut best: Option<(bool, f32, SeatIx)> = None;
            self.grid().within(near, radius, |seat, distance| {
                let rank = (!self.choosable(seat), distance, seat);
                if best.is_none_or(|b| rank < b) {
                    best = Some(rank);
                }
            });
            if let Some((_, _, seat)) = best {
                return Some(seat);
            }
            radius *= 4.0;
        }
        (self.plan().seat_count() > 0).then_some(SeatIx(0))
    }

    /// First seat of the section `by` places further that has seats.
    fn section_beside(&self, section: u16, by: i32) -> Option<SeatIx> {
        let mut at = i32::from(section);
        loop {
            at += by;
            let section = self.plan().sections.get(usize::try_from(at).ok()?)?;
            if section.len > 0 {
                return Some(section.first);
            }
        }
    }

    fn arrow(&self, from: SeatIx, row_ix: usize, row: &Row, direction: (f32, f32)) -> Option<SeatIx> {
        let along = |way: (f32, f32)| way.0 * direction.0 + way.1 * direction.1;
        let tangent = self.tangent(from, row);
        if along(tangent).abs() >= std::f32::consts::FRAC_1_SQRT_2 {
            let next = if along(tangent) > 0.0 { from.0 + 1 } else { from.0.wrapping_sub(1) };
            if row.seats().contains(&(next as usize)) {
                return Some(SeatIx(next));
            }
            return self.beyond(from, direction, row_ix);
        }
        // Across: the row before or behind in the same section, whichever lies that way.
        let place = self.grid().place(from);
        let beside = [row_ix.wrapping_sub(1), row_ix + 1].into_iter().filter_map(|r| {
            let other = self.plan().rows.get(r).filter(|other| other.section == row.section)?;
            let seat = self.nearest_of(other, place)?;
            let to = self.grid().place(seat);
            let way = (to.x - place.x, to.y - place.y);
            // Nearly sideways is not that way: a seat of the same line, in a row of its own.
            (along(way) > way.0.hypot(way.1) * 0.35).then_some((along(way), seat))
        });
        let beside = beside.min_by(|a, b| a.0.total_cmp(&b.0));
        beside.map(|(_, seat)| seat).or_else(|| self.beyond(from, direction, row_ix))
    }

    /// The way along the row at a seat, of length 1; to the right for a row of one.
    fn tangent(&self, seat: SeatIx, row: &Row) -> (f32, f32) {
        let last = row.first.0 + row.len.saturating_sub(1);
        let a = self.grid().place(SeatIx(seat.0.saturating_sub(1).max(row.first.0)));
        let b = self.grid().place(SeatIx((seat.0 + 1).min(last)));
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let length = dx.hypot(dy);
        if length == 0.0 { (1.0, 0.0) } else { (dx / length, dy / length) }
    }

    fn nearest_of(&self, row: &Row, place: Point) -> Option<SeatIx> {
        let distance = |seat: &SeatIx| self.grid().place(*seat).distance(place);
        let seats = (row.first.0..row.first.0 + row.len).map(SeatIx);
        seats.min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// The nearest seat of other rows within 50° of a direction; off the line counts double.
    ///
    /// Looks near by first, so that most sections and rows are then too far to be looked into.
    fn beyond(&self, from: SeatIx, direction: (f32, f32), row_ix: usize) -> Option<SeatIx> {
        let place = self.grid().place(from);
        let mut best: Option<(f32, SeatIx)> = None;
        let consider = |seat: SeatIx, best: &mut Option<(f32, SeatIx)>| {
            let to = self.grid().place(seat);
            let (dx, dy) = (to.x - place.x, to.y - place.y);
            let along = dx * direction.0 + dy * direction.1;
            let across = (dx * direction.1 - dy * direction.0).abs();
            if along > 0.0 && across <= along * 1.2 {
                let cost = along + across * 2.0;
                if best.is_none_or(|(least, other)| cost < least || (cost == least && seat < other)) {
                    *best = Some((cost, seat));
                }
            }
        };
        let own = |seat: SeatIx| self.plan().seat(seat).is_some_and(|data| data.row as usize == row_ix);
        self.grid().within(place, self.plan().pitch * 6.0, |seat, _| {
            if !own(seat) {
                consider(seat, &mut best);
            }
        });
        let too_far = |bounds: &Rect, best: Option<(f32, SeatIx)>| {
            best.is_some_and(|(cost, _)| distance_to_rect(bounds, place) > cost)
        };
        for (ix, section) in (0..u16::MAX).zip(&self.plan().sections) {
            if self.section_bounds(ix).is_none_or(|bounds| too_far(&bounds, best)) {
                continue;
            }
            for other in section.rows().filter(|other| *other != row_ix) {
                let (Some(row), Some(bounds)) = (self.plan().rows.get(other), self.row_bounds().get(other))
                else {
                    continue;
                };
                if !too_far(bounds, best) {
                    (row.first.0..row.first.0 + row.len).for_each(|seat| consider(SeatIx(seat), &mut best));
                }
            }
        }
        best.map(|(_, seat)| seat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use proptest::prelude::*;

    /// Seats that the steps reach from a seat.
    pub fn reached(scene: &Scene, from: SeatIx, steps: &[Step]) -> usize {
        let mut seen = vec![false; scene.plan().seats.len()];
        let mut open = vec![from];
        seen[from.index()] = true;
        let mut count = 0;
        while let Some(seat) = open.pop() {
            count += 1;
            for &step in steps {
                let next = scene.step(seat, step);
                if !std::mem::replace(&mut seen[next.index()], true) {
                    open.push(next);
                }
            }
        }
        count
    }

    #[test]
    fn arrows_go_to_the_neighbours_in_view() {
        let scene = testing::scene(testing::rows(3, 5));
        let go = |steps: &[Step]| steps.iter().fold(SeatIx(6), |seat, step| scene.step(seat, *step)).0;
        assert_eq!(go(&[Step::Right]), 7);
        assert_eq!(go(&[Step::Left, Step::Left]), 5, "nothing further left");
        assert_eq!((go(&[Step::Up]), go(&[Step::Down])), (1, 11));
        assert_eq!((go(&[Step::RowStart]), go(&[Step::RowEnd])), (5, 9));
        assert_eq!((go(&[Step::RowStart; 2]), go(&[Step::RowEnd; 3])), (0, 14));
    }

    #[test]
    fn where_rows_run_down_the_drawing_up_and_down_run_along_them() {
        let turned = |p: &Point| Point::new(p.y, p.x);
        let plan = testing::rows(3, 5);
        let places =
            plan.rows.iter().map(|row| plan.seats[row.seats()].iter().map(|s| turned(&s.point())).collect());
        let scene = testing::scene(testing::plan(vec![places.collect()]));
        assert_eq!(scene.step(SeatIx(6), Step::Down), SeatIx(7));
        assert_eq!(scene.step(SeatIx(6), Step::Right), SeatIx(11));
        assert_eq!(reached(&scene, SeatIx(0), &Step::ALL[..4]), 15);
    }

    #[test]
    fn every_seat_of_the_demo_houses_is_reached_and_all_but_a_few_with_arrows_and_sections_alone() {
        use domain::plan::{
            generate::{Kind, generate},
            import,
        };
        let walk = [Step::Left, Step::Right, Step::Up, Step::Down, Step::SectionBefore, Step::SectionAfter];
        for kind in Kind::ALL {
            let scene = testing::scene(import::parse(generate(kind, 7).as_bytes()).unwrap());
            let all = scene.plan().seats.len();
            if all > 0 {
                let found = reached(&scene, SeatIx(0), &walk);
                assert!(found * 100 >= all * 99, "{}: {found} of {all}", kind.name());
                // With the keys that go along all rows nothing is left out; they are cheap to follow.
                let rest = [Step::RowStart, Step::RowEnd, Step::SectionBefore, Step::SectionAfter];
                let ends = reached(&scene, SeatIx(0), &rest);
                let mut rows = 0;
                for row in &scene.plan().rows {
                    rows += if row.len > 1 { 2 } else { 1 };
                    for seat in row.seats().skip(1) {
                        let seat = SeatIx(seat as u32);
                        let linked =
                            Step::ALL[..4].iter().any(|step| scene.step(SeatIx(seat.0 - 1), *step) == seat);
                        assert!(linked || row.table, "{}: {}", kind.name(), seat.0);
                    }
                }
                assert!(ends >= rows, "{}: the ends of all rows", kind.name());
            }
        }
    }

    proptest! {
        #[test]
        fn every_seat_of_any_plan_is_reached_from_any_other(seed in 0_u64..300, from in any::<prop::sample::Index>()) {
            let scene = testing::scene(testing::scattered(seed));
            let all = scene.plan().seats.len();
            let from = SeatIx(from.index(all) as u32);
            prop_assert_eq!(reached(&scene, from, &Step::ALL), all);
        }

        #[test]
        fn the_first_focus_is_a_free_seat_if_one_is_near(seed in 0_u64..100, x in 0_f32..40.0, y in 0_f32..12.0) {
            let scene = testing::scene(testing::scattered(seed));
            prop_assert!(scene.first_focus(Point::new(x, y)).is_some());
        }
    }
}
