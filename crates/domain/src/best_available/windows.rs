//! Candidates: runs of free neighbours, the windows of a size within them, and pairs of windows in adjacent rows.

use super::{Ask, HasRule, SPARE_WHEELCHAIR_M, SPLIT_WEIGHT, Seating, distance};
use crate::{
    rules,
    seat::{PackedStates, SeatIx, SeatState},
};

/// Neighbours `start .. start + len` of one row, all free to the asker.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Window {
    pub(super) start: u32,
    pub(super) len: u32,
    /// Mean cost in metres.
    pub(super) cost: f64,
    /// Leaves no single seat.
    pub(super) legal: bool,
}

impl Window {
    pub(super) fn end(&self) -> u32 {
        self.start + self.len
    }

    pub(super) fn seats(&self) -> impl Iterator<Item = SeatIx> + use<> {
        (self.start..self.end()).map(SeatIx)
    }
}

impl HasRule for Window {
    fn legal(&self) -> bool {
        self.legal
    }
}

/// Two windows in adjacent rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) upper: Window,
    pub(super) lower: Window,
    pub(super) cost: f64,
}

impl HasRule for Pair {
    fn legal(&self) -> bool {
        self.upper.legal && self.lower.legal
    }
}

impl Seating {
    /// Every maximal run of free neighbours, in order.
    pub(super) fn free_runs(&self, states: &PackedStates, ask: &Ask) -> Vec<Window> {
        let mut runs: Vec<Window> = Vec::new();
        for (ix, (&category, &attributes)) in (0..).zip(self.categories.iter().zip(&self.attributes)) {
            let free = states.get(SeatIx(ix)) == SeatState::Available
                && ask.categories.contains(category)
                && (ask.accessible || !rules::is_exempt(attributes));
            if !free {
                continue;
            }
            match runs.last_mut() {
                Some(run) if run.end() == ix && self.links.linked(SeatIx(ix - 1)) => run.len += 1,
                _ => runs.push(Window { start: ix, len: 1, ..Window::default() }),
            }
        }
        runs
    }

    /// Every window of `len` seats in the runs, in order; with `wheelchair` those that have a place for one.
    pub(super) fn windows(
        &self,
        runs: &[Window],
        states: &PackedStates,
        len: u32,
        wheelchair: bool,
    ) -> Vec<Window> {
        let mut windows = Vec::new();
        for run in runs.iter().filter(|run| (1..=run.len).contains(&len)) {
            for start in run.start..=run.end() - len {
                let mut window = Window { start, len, ..*run };
                let places = self.wheelchairs(&window);
                if wheelchair && places == 0 {
                    continue;
                }
                let spare = places.saturating_sub(1);
                window.cost = self.cost_sum(&window) / f64::from(len) + SPARE_WHEELCHAIR_M * f64::from(spare);
                window.legal = !self.leaves_single(&window, states);
                windows.push(window);
            }
        }
        windows
    }

    /// Every pair of a window of `larger` and one of the rest, in adjacent rows of a section and near each other.
    pub(super) fn pairs(&self, runs: &[Window], states: &PackedStates, ask: &Ask, larger: u32) -> Vec<Pair> {
        let smaller = ask.quantity - larger;
        let mut pairs = Vec::new();
        let big = self.windows(runs, states, larger, false);
        if big.is_empty() {
            return pairs;
        }
        let small = if smaller == larger { big.clone() } else { self.windows(runs, states, smaller, false) };
        self.join(&big, &small, ask, &mut pairs);
        if smaller != larger {
            self.join(&small, &big, ask, &mut pairs);
        }
        pairs
    }

    /// Joins windows of a row with those of the row behind. Both lists are sorted by seat, hence by row.
    fn join(&self, uppers: &[Window], lowers: &[Window], ask: &Ask, pairs: &mut Vec<Pair>) {
        let row = |window: &Window| self.row[window.start as usize];
        let reach = self.pitch * f64::from(ask.quantity + 3);
        for upper in uppers {
            let behind = row(upper) + 1;
            let same_section = self.section.get(behind as usize) == self.section.get(behind as usize - 1);
            if !same_section {
                continue;
            }
            let from = lowers.partition_point(|w| row(w) < behind);
            for lower in lowers[from..].iter().take_while(|w| row(w) == behind) {
                let apart = distance(self.middle(upper), self.middle(lower));
                let places = self.wheelchairs(upper) + self.wheelchairs(lower);
                if apart > reach || (ask.accessible && places == 0) {
                    continue;
                }
                let mean = (self.cost_sum(upper) + self.cost_sum(lower)) / f64::from(ask.quantity);
                let spare = SPARE_WHEELCHAIR_M * f64::from(places.saturating_sub(1));
                pairs.push(Pair { upper: *upper, lower: *lower, cost: mean + spare + SPLIT_WEIGHT * apart });
            }
        }
    }

    /// Only the seats beside the two ends can be left single.
    fn leaves_single(&self, window: &Window, states: &PackedStates) -> bool {
        let free = |ix: u32| states.get(SeatIx(ix)) == SeatState::Available;
        let linked = |ix: u32| self.rule.linked(SeatIx(ix));
        let (start, end) = (window.start, window.end());
        let left = start >= 1
            && linked(start - 1)
            && free(start - 1)
            && !(start >= 2 && linked(start - 2) && free(start - 2));
        let right = linked(end - 1) && free(end) && !(linked(end) && free(end + 1));
        left || right
    }

    pub(super) fn cost_sum(&self, window: &Window) -> f64 {
        self.sums[window.end() as usize].cost - self.sums[window.start as usize].cost
    }

    pub(super) fn wheelchairs(&self, window: &Window) -> u32 {
        self.sums[window.end() as usize].wheelchairs - self.sums[window.start as usize].wheelchairs
    }

    /// The middle of a window.
    pub(super) fn middle(&self, window: &Window) -> (f64, f64) {
        let (from, to) = (self.sums[window.start as usize], self.sums[window.end() as usize]);
        let share = 1.0 / f64::from(window.len.max(1));
        ((to.x - from.x) * share, (to.y - from.y) * share)
    }
}
