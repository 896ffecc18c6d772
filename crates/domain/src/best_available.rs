//! "Choose for me": the best block of neighbours for a party, over a plan and the states of its seats.
//!
//! A block's cost is the mean over its seats of the distance to the focal point, and a little of the distance to
//! the middle of the row; all in metres, lower is better. Among blocks that cost nearly the same, the seed picks: so
//! two thousand buyers who ask at once are not all sent to the same block. A caller who lost the race for a block
//! asks again with a higher `attempt`, and the choice is among more.
//!
//! In this order, each only when the one before gives nothing:
//!
//! 1. a block in one row that leaves no single seat ([`crate::rules`]);
//! 2. a block in one row that does (lenient: nothing else of this size is there);
//! 3. two blocks in adjacent rows of one section, as equal in size as possible, their middles within
//!    `quantity + 3` seat widths;
//! 4. nothing, with the largest block there is.
//!
//! Places for wheelchairs and companions are given only to who asks for them; then the block has at least one
//! place for a wheelchair, and no more of them than it must.
//!
//! Build a [`Seating`] once per plan; a question then reads the states once (70,000 seats: about two milliseconds).

mod pick;
mod windows;

use crate::{
    plan::{Attributes, NeighbourBits, Plan, Point},
    rules,
    seat::{PackedStates, SeatIx, SeatState},
};
use pick::{pick, split_seed};
use windows::Window;

/// How much a metre from the middle of the row counts beside a metre from the focal point.
const CENTRE_WEIGHT: f64 = 0.25;
/// Blocks within this share of the whole range of costs are near-equals on the first attempt.
const SPREAD_SHARE: f64 = 0.05;
/// … but at least blocks within this many seat widths.
const SPREAD_PITCHES: f64 = 4.0;
/// Metres that a needless place for a wheelchair costs.
const SPARE_WHEELCHAIR_M: f64 = 50.0;
/// How much a metre between the two halves of a split block costs.
const SPLIT_WEIGHT: f64 = 2.0;

/// Some of a plan's categories, by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CategorySet([u64; 4]);

impl CategorySet {
    /// Every category.
    pub const ALL: Self = Self([u64::MAX; 4]);

    /// Whether it has the category.
    pub const fn contains(&self, category: u8) -> bool {
        self.0[category as usize / 64] & (1 << (category % 64)) != 0
    }
}

impl FromIterator<u8> for CategorySet {
    fn from_iter<I: IntoIterator<Item = u8>>(categories: I) -> Self {
        let mut set = [0; 4];
        for category in categories {
            set[usize::from(category) / 64] |= 1 << (category % 64);
        }
        Self(set)
    }
}

/// What a party wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// How many seats; zero finds nothing.
    pub quantity: u32,
    /// Where: the categories of the wanted zone.
    pub categories: CategorySet,
    /// A place for a wheelchair must be among them.
    pub accessible: bool,
    /// The event has the no-single-seat rule.
    pub no_single_seat: bool,
    /// Picks among near-equals.
    pub seed: u64,
    /// 0 at first, one more each time the found block was gone already: doubles the choice.
    pub attempt: u32,
}

/// A found block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Sorted.
    pub seats: Vec<SeatIx>,
    /// In two adjacent rows.
    pub split: bool,
    /// It leaves a single seat, because nothing of this size does not: hold it with the rule off.
    pub lenient: bool,
}

/// No block of that size is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoBlock {
    /// The largest block of neighbours that could be had, sorted; empty when there is not one seat.
    pub largest: Vec<SeatIx>,
}

/// What stays the same about a plan's seats, computed once.
#[derive(Clone, Debug)]
pub struct Seating {
    categories: Vec<u8>,
    attributes: Vec<Attributes>,
    row: Vec<u32>,
    /// Section of each row.
    section: Vec<u16>,
    links: NeighbourBits,
    rule: NeighbourBits,
    pitch: f64,
    /// Sums over the seats before: one entry more than seats.
    sums: Vec<Sums>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    cost: f64,
    x: f64,
    y: f64,
    wheelchairs: u32,
}

impl Seating {
    /// Prepares a plan.
    pub fn new(plan: &Plan) -> Self {
        let middle = |row: &crate::plan::Row| {
            let seats = &plan.seats[row.seats()];
            let share = 1.0 / seats.len().max(1) as f32;
            Point::new(
                seats.iter().map(|s| s.x).sum::<f32>() * share,
                seats.iter().map(|s| s.y).sum::<f32>() * share,
            )
        };
        let middles: Vec<Point> = plan.rows.iter().map(middle).collect();
        let mut sums = Vec::with_capacity(plan.seats.len() + 1);
        let mut sum = Sums::default();
        sums.push(sum);
        for seat in &plan.seats {
            let at = seat.point();
            let off_centre = middles.get(seat.row as usize).map_or(0.0, |middle| at.distance(*middle));
            sum.cost += f64::from(at.distance(plan.focal)) + CENTRE_WEIGHT * f64::from(off_centre);
            sum.x += f64::from(seat.x);
            sum.y += f64::from(seat.y);
            sum.wheelchairs += u32::from(seat.attributes.contains(Attributes::WHEELCHAIR));
            sums.push(sum);
        }
        Self {
            categories: plan.seats.iter().map(|s| s.category).collect(),
            attributes: plan.seats.iter().map(|s| s.attributes).collect(),
            row: plan.seats.iter().map(|s| s.row).collect(),
            section: plan.rows.iter().map(|r| r.section).collect(),
            links: plan.neighbours.clone(),
            rule: rules::rule_links(plan),
            pitch: f64::from(plan.pitch),
            sums,
        }
    }

    /// The neighbour relation under the no-single-seat rule, as Redis gets it.
    pub fn rule_links(&self) -> &NeighbourBits {
        &self.rule
    }

    /// The seats that taking `wanted` (sorted, distinct) would leave single; see [`rules::singles_left`].
    pub fn singles_left(&self, wanted: &[SeatIx], states: &PackedStates) -> Vec<SeatIx> {
        rules::singles_left(wanted, |s| states.get(s) == SeatState::Available, |s| self.rule.linked(s))
    }

    /// The best block for a party, or the largest there is.
    pub fn best(&self, states: &PackedStates, ask: &Ask) -> Result<Block, NoBlock> {
        let runs = self.free_runs(states, ask);
        if ask.quantity > 0 {
            let windows = self.windows(&runs, states, ask.quantity, ask.accessible);
            if let Some(window) = self.choose(windows, ask, |w| w.cost) {
                let lenient = ask.no_single_seat && !window.legal;
                return Ok(Block { seats: window.seats().collect(), split: false, lenient });
            }
            if let Some(block) = self.best_split(&runs, states, ask) {
                return Ok(block);
            }
        }
        Err(NoBlock { largest: self.largest(&runs, ask) })
    }

    /// Up to `count` blocks that replace `lost`, which could not be had: of the same size, in one row, nearest
    /// first, without a common seat. Legal under the rule unless nothing else is there. `ask.quantity` and
    /// `ask.seed` do not matter.
    pub fn nearest_like(
        &self,
        states: &PackedStates,
        ask: &Ask,
        lost: &[SeatIx],
        count: usize,
    ) -> Vec<Vec<SeatIx>> {
        let Ok(quantity) = u32::try_from(lost.len()) else { return Vec::new() };
        let Some(from) = self.middle_of(lost) else { return Vec::new() };
        let mut windows = self.windows(&self.free_runs(states, ask), states, quantity, ask.accessible);
        if ask.no_single_seat && windows.iter().any(|w| w.legal) {
            windows.retain(|w| w.legal);
        }
        for window in &mut windows {
            window.cost = distance(self.middle(window), from);
        }
        let mut found = Vec::new();
        while found.len() < count {
            let Some(best) = windows.iter().min_by(|a, b| a.cost.total_cmp(&b.cost)).copied() else { break };
            found.push(best.seats().collect());
            windows.retain(|w| w.start >= best.end() || w.end() <= best.start);
        }
        found
    }

    /// Picks among the near-equals of the legal windows, or of all where none is legal.
    fn choose<W: Copy + HasRule>(
        &self,
        mut windows: Vec<W>,
        ask: &Ask,
        cost: impl Fn(&W) -> f64,
    ) -> Option<W> {
        if ask.no_single_seat && windows.iter().any(HasRule::legal) {
            windows.retain(HasRule::legal);
        }
        let spread = |range: f64| {
            let near = (range * SPREAD_SHARE).max(self.pitch * SPREAD_PITCHES);
            near * f64::from(1_u32 << ask.attempt.min(6))
        };
        pick(&windows, cost, spread, ask.seed)
    }

    fn best_split(&self, runs: &[Window], states: &PackedStates, ask: &Ask) -> Option<Block> {
        let longest = runs.iter().map(|run| run.len).max()?;
        for larger in ask.quantity.div_ceil(2)..ask.quantity.min(longest + 1) {
            let pairs = self.pairs(runs, states, ask, larger);
            if let Some(pair) = self.choose(pairs, &Ask { seed: split_seed(ask.seed), ..*ask }, |p| p.cost) {
                let seats = pair.upper.seats().chain(pair.lower.seats()).collect();
                return Some(Block { seats, split: true, lenient: ask.no_single_seat && !pair.legal() });
            }
        }
        None
    }

    /// The longest run; of equally long ones the better.
    fn largest(&self, runs: &[Window], ask: &Ask) -> Vec<SeatIx> {
        let mean = |run: &Window| self.cost_sum(run) / f64::from(run.len);
        let fits = |run: &&Window| !ask.accessible || self.wheelchairs(run) > 0;
        let longest =
            runs.iter().filter(fits).max_by(|a, b| a.len.cmp(&b.len).then(mean(b).total_cmp(&mean(a))));
        longest.into_iter().flat_map(Window::seats).collect()
    }

    fn middle_of(&self, seats: &[SeatIx]) -> Option<(f64, f64)> {
        if seats.is_empty() || seats.iter().any(|seat| seat.index() >= self.categories.len()) {
            return None;
        }
        let mut sum = (0.0, 0.0);
        for seat in seats {
            let one = self.middle(&Window { start: seat.0, len: 1, ..Window::default() });
            sum = (sum.0 + one.0, sum.1 + one.1);
        }
        let share = 1.0 / seats.len() as f64;
        Some((sum.0 * share, sum.1 * share))
    }
}

/// Whether a candidate keeps the no-single-seat rule.
trait HasRule {
    fn legal(&self) -> bool;
}

fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

#[cfg(test)]
mod tests;
