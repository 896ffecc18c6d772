//! The plan with its live states and what the buyer marked. Every change of one seat costs constant time.

mod changes;

use crate::{
    filters::{Filters, accessible},
    grid::Grid,
    marks::{self, Dirty},
    space::{Point, Rect, grown},
    tally::{Place, SectionFacts, SectionSummary, Tally},
    zones::ZoneInfo,
};
use domain::{
    plan::{Attributes, Plan, Row, Seat, derive},
    seat::{AreaIx, SeatIx, SeatState},
};
use std::{cell::OnceCell, collections::VecDeque};

/// The zone number of seats that no zone covers.
pub const NO_ZONE: u8 = u8::MAX;

/// Everything the map knows.
#[derive(Clone, Debug)]
pub struct Scene {
    plan: Plan,
    zones: Vec<ZoneInfo>,
    zone_of_category: Vec<u8>,
    /// Made on the first question: a map that shows sections alone asks none.
    grid: OnceCell<Grid>,
    row_bounds: Vec<Rect>,
    section_bounds: Vec<Rect>,
    section_facts: Vec<SectionFacts>,
    section_radius: OnceCell<Vec<f32>>,
    bounds: Rect,
    marks: Vec<u8>,
    dirty: Dirty,
    tally: Tally,
    section_counters: Option<Vec<u32>>,
    filters: Filters,
    zone_admitted: Vec<bool>,
    areas_left: Vec<u32>,
    selected: Vec<SeatIx>,
    hover: Option<SeatIx>,
    focus: Option<SeatIx>,
    fresh: VecDeque<(f64, SeatIx)>,
    revision: u32,
    figures_revision: u32,
}

impl Scene {
    /// The scene of a plan, all seats available.
    pub fn new(plan: Plan, zones: Vec<ZoneInfo>) -> Self {
        let mut zone_of_category = vec![NO_ZONE; plan.categories.len()];
        for (number, zone) in (0_u8..NO_ZONE).zip(&zones) {
            for &category in &zone.categories {
                if let Some(slot) = zone_of_category.get_mut(usize::from(category)) {
                    *slot = number;
                }
            }
        }
        let row_bounds: Vec<Rect> = plan.rows.iter().map(|row| row_bounds(&plan, row)).collect();
        let section_bounds = plan.sections.iter().map(|section| {
            let rows = row_bounds.get(section.rows()).unwrap_or_default();
            let outline = Rect::around(section.outline.iter().copied());
            rows.iter().fold(outline, |all, row| derive::both(all, Some(*row))).unwrap_or_default()
        });
        let section_bounds: Vec<Rect> = section_bounds.collect();
        let section_facts = plan.sections.iter().map(|section| {
            let mut by_zone = vec![0_u32; zones.len()];
            let seats = plan.seats.get(section.seats()).unwrap_or_default();
            count_zones(seats, &zone_of_category, &mut by_zone);
            SectionFacts::new(&by_zone, &zones)
        });
        let section_facts = section_facts.collect();
        let areas_left = plan.areas.iter().map(|area| area.capacity).collect();
        let mut scene = Self {
            marks: vec![0; plan.seats.len()],
            tally: Tally::new(plan.sections.len(), zones.len()),
            zone_admitted: vec![true; zones.len()],
            bounds: grown(&plan.bounds, plan.pitch),
            plan,
            zones,
            zone_of_category,
            grid: OnceCell::new(),
            row_bounds,
            section_bounds,
            section_facts,
            section_radius: OnceCell::new(),
            areas_left,
            dirty: Dirty::default(),
            section_counters: None,
            filters: Filters::default(),
            selected: Vec::new(),
            hover: None,
            focus: None,
            fresh: VecDeque::new(),
            revision: 0,
            figures_revision: 0,
        };
        scene.recount();
        scene
    }

    /// The drawing.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The zones, by number.
    pub fn zones(&self) -> &[ZoneInfo] {
        &self.zones
    }

    /// Seats by place.
    pub fn grid(&self) -> &Grid {
        self.grid.get_or_init(|| Grid::new(&self.plan))
    }

    /// The box around everything, with a little air.
    pub fn bounds(&self) -> Rect {
        self.bounds
    }

    /// The box around a section, its outline and seats.
    pub fn section_bounds(&self, section: u16) -> Option<Rect> {
        self.section_bounds.get(usize::from(section)).copied()
    }

    /// The boxes around the rows, by position in the plan.
    pub fn row_bounds(&self) -> &[Rect] {
        &self.row_bounds
    }

    /// Radius of a seat of that section in metres: the seats of a section are of one size and do not touch.
    pub fn radius(&self, section: u16) -> f32 {
        let all = self.section_radius.get_or_init(|| {
            let sections = self.plan.sections.iter();
            sections.map(|section| seat_radius(&self.plan, self.grid(), section.seats())).collect()
        });
        all.get(usize::from(section)).copied().unwrap_or(self.plan.pitch * 0.4)
    }

    /// The zone that a category belongs to, or [`NO_ZONE`].
    pub fn zone_of_category(&self, category: u8) -> u8 {
        self.zone_of_category.get(usize::from(category)).copied().unwrap_or(NO_ZONE)
    }

    /// The zone of a seat, or [`NO_ZONE`].
    pub fn zone_of(&self, seat: SeatIx) -> u8 {
        self.plan.seat(seat).map_or(NO_ZONE, |s| self.zone_of_category(s.category))
    }

    /// The zone that most seats of a section belong to, or [`NO_ZONE`].
    pub fn zone_of_section(&self, section: u16) -> u8 {
        self.section_facts.get(usize::from(section)).map_or(NO_ZONE, |facts| facts.zone)
    }

    /// The mark bytes, one a seat.
    pub fn marks(&self) -> &[u8] {
        &self.marks
    }

    /// The mark byte of a seat.
    pub fn mark(&self, seat: SeatIx) -> u8 {
        self.marks.get(seat.index()).copied().unwrap_or(SeatState::Blocked as u8)
    }

    /// The public state of a seat.
    pub fn state(&self, seat: SeatIx) -> SeatState {
        marks::state_of(self.mark(seat))
    }

    /// What is special about a seat.
    pub fn attributes(&self, seat: SeatIx) -> Attributes {
        self.plan.seat(seat).map_or(Attributes::default(), |s| s.attributes)
    }

    /// Whether a tap on the seat means something: it is free, or the buyer's own.
    pub fn choosable(&self, seat: SeatIx) -> bool {
        let mark = self.mark(seat);
        marks::state_of(mark) == SeatState::Available || mark & (marks::MINE | marks::PENDING) != 0
    }

    /// The seat under the pointer.
    pub fn hover(&self) -> Option<SeatIx> {
        self.hover
    }

    /// The seat with the keyboard focus.
    pub fn focus(&self) -> Option<SeatIx> {
        self.focus
    }

    /// Places left in an area.
    pub fn area_left(&self, area: AreaIx) -> u32 {
        self.areas_left.get(area.index()).copied().unwrap_or(0)
    }

    /// Whether an area passes the filter in force.
    pub fn area_admitted(&self, area: AreaIx) -> bool {
        let zone = self.plan.area(area).map_or(NO_ZONE, |a| self.zone_of_category(a.category));
        self.filters.is_open()
            || (!self.filters.accessible && self.filters.admits_zone(zone, self.zone(zone)))
    }

    /// The zone of that number.
    pub fn zone(&self, number: u8) -> Option<&ZoneInfo> {
        self.zones.get(usize::from(number))
    }

    /// Free seats by filter and zone.
    pub fn counts(&self) -> &crate::filters::FilterCounts {
        &self.tally.counts
    }

    /// The filter in force.
    pub fn filters(&self) -> &Filters {
        &self.filters
    }

    /// Free seats of a section.
    pub fn section_free(&self, section: u16) -> u32 {
        let counted = self.section_counters.as_ref().unwrap_or(&self.tally.section_free);
        counted.get(usize::from(section)).copied().unwrap_or(0)
    }

    /// Free seats of a section that the filter lets through.
    pub fn section_matching(&self, section: u16) -> u32 {
        if self.filters.is_open() {
            return self.section_free(section);
        }
        self.tally.section_matching.get(usize::from(section)).copied().unwrap_or(0)
    }

    /// A section in figures.
    pub fn section_summary(&self, section: u16) -> Option<SectionSummary> {
        let (at, facts) = (usize::from(section), self.section_facts.get(usize::from(section))?);
        Some(SectionSummary {
            ix: section,
            name: self.plan.sections.get(at)?.name.clone(),
            free: self.section_free(section),
            matching: self.section_matching(section),
            total: self.plan.sections.get(at)?.len,
            price_from: facts.prices.map(|p| p.0),
            price_to: facts.prices.map(|p| p.1),
        })
    }

    /// All sections in figures, in the order of the plan.
    pub fn section_summaries(&self) -> Vec<SectionSummary> {
        (0..u16::MAX).map_while(|ix| self.section_summary(ix)).collect()
    }

    /// Rises with every change that shows; a painter that drew this number need not draw again.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// Rises with every change of a free count, a filter or the focus: what is drawn besides the seats.
    pub fn figures_revision(&self) -> u32 {
        self.figures_revision
    }

    /// Takes the ranges of mark bytes that changed since the last call.
    pub fn take_dirty(&mut self) -> Vec<(u32, u32)> {
        self.dirty.take()
    }

    fn tally_place(&self, seat: SeatIx) -> Option<Place> {
        let data = self.plan.seat(seat)?;
        let section = self.plan.rows.get(data.row as usize)?.section;
        let zone = self.zone_of_category(data.category);
        let accessible = accessible(data.attributes);
        let matching = self.marks.get(seat.index())? & marks::DIM == 0;
        Some(Place { section, zone, accessible, matching })
    }

    fn recount(&mut self) {
        let mut tally = Tally::new(self.plan.sections.len(), self.zones.len());
        for row in &self.plan.rows {
            self.recount_row(row, &mut tally);
        }
        self.tally = tally;
    }

    #[inline(never)]
    fn recount_row(&self, row: &Row, tally: &mut Tally) {
        let seats = self.plan.seats.get(row.seats()).unwrap_or_default();
        let marks = self.marks.get(row.seats()).unwrap_or_default();
        for (seat, mark) in seats.iter().zip(marks) {
            if marks::state_of(*mark) == SeatState::Available {
                let zone = self.zone_of_category(seat.category);
                let (accessible, matching) = (accessible(seat.attributes), mark & marks::DIM == 0);
                tally.turn(Place { section: row.section, zone, accessible, matching }, true);
            }
        }
    }
}

/// A function of its own, as some below: a browser improves what is called often, and a loop only from its next run.
#[inline(never)]
fn row_bounds(plan: &Plan, row: &Row) -> Rect {
    let seats = plan.seats.get(row.seats()).unwrap_or_default();
    grown(&derive::around(seats).unwrap_or_default(), plan.pitch * 0.5)
}

#[inline(never)]
fn count_zones(seats: &[Seat], zone_of_category: &[u8], by_zone: &mut [u32]) {
    for seat in seats {
        let zone = zone_of_category.get(usize::from(seat.category)).copied().unwrap_or(NO_ZONE);
        if let Some(count) = by_zone.get_mut(usize::from(zone)) {
            *count += 1;
        }
    }
}

/// 0.42 of the distance to the nearest other seat, for the closest tenth of the section's seats.
#[inline(never)]
fn seat_radius(plan: &Plan, grid: &Grid, seats: std::ops::Range<usize>) -> f32 {
    /// Enough to know a section's spacing.
    const SAMPLES: usize = 64;
    let reach = plan.pitch * 3.0;
    let step = seats.len().div_ceil(SAMPLES).max(1);
    let mut gaps: Vec<f32> = seats
        .step_by(step)
        .filter_map(|ix| u32::try_from(ix).ok())
        .map(|ix| {
            let place: Point = grid.place(SeatIx(ix));
            // The seats before and after it are mostly the nearest: then only what lies closer is looked at.
            let beside = [ix.checked_sub(1), ix.checked_add(1)].into_iter().flatten().map(|ix| ix as usize);
            let beside = beside.filter_map(|at| grid.places().get(at)).map(|other| other.distance(place));
            let mut least = beside.fold(reach, f32::min);
            grid.within(place, least, |other, distance| {
                if other.0 != ix {
                    least = least.min(distance);
                }
            });
            least
        })
        .collect();
    // The few smallest one after the other: a sort would be more code to send.
    let mut gap = plan.pitch;
    for _ in 0..gaps.len() / 10 + 1 {
        let least = (0..gaps.len()).min_by(|a, b| gaps[*a].total_cmp(&gaps[*b]));
        gap = least.map_or(gap, |at| gaps.swap_remove(at));
    }
    gap.min(plan.pitch * 1.3) * 0.42
}
