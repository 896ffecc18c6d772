//! What changes a scene: live states, the buyer's own marks, the filter, pointer and focus.

use super::{NO_ZONE, Scene};
use crate::{
    filters::{Filters, accessible},
    marks,
};
use domain::seat::{AreaIx, PackedStates, SeatIx, SeatState};

/// Milliseconds that a seat just taken by somebody glows.
pub const FRESH_MS: f64 = 700.0;

impl Scene {
    /// Replaces all states, as a snapshot does.
    pub fn set_states(&mut self, states: &PackedStates) {
        for seat in (0..self.plan.seat_count()).map(SeatIx) {
            let mark = &mut self.marks[seat.index()];
            *mark = (*mark & !(marks::STATE | marks::FRESH)) | states.get(seat) as u8;
        }
        self.fresh.clear();
        self.section_counters = None;
        self.dirty.note_all(self.plan.seat_count());
        self.recount();
        self.touch_figures();
    }

    /// Takes changed states in. A seat that somebody else takes glows until `now_ms` + [`FRESH_MS`];
    /// without a time nothing glows.
    pub fn apply(&mut self, changes: &[(SeatIx, SeatState)], now_ms: Option<f64>) {
        for &(seat, state) in changes {
            self.set_state(seat, state, now_ms);
        }
    }

    fn set_state(&mut self, seat: SeatIx, state: SeatState, now_ms: Option<f64>) {
        let Some(&mark) = self.marks.get(seat.index()) else { return };
        let before = marks::state_of(mark);
        if before == state {
            return;
        }
        let own = mark & (marks::MINE | marks::PENDING | marks::RELEASING) != 0;
        let taken = before == SeatState::Available && state != SeatState::Blocked && !own;
        let mut next = (mark & !(marks::STATE | marks::FRESH)) | state as u8;
        if let Some(now_ms) = now_ms.filter(|_| taken) {
            next |= marks::FRESH;
            self.fresh.push_back((now_ms + FRESH_MS, seat));
        }
        self.write(seat, next);
        let turned = (before == SeatState::Available) != (state == SeatState::Available);
        if let Some(place) = self.tally_place(seat).filter(|_| turned) {
            let free = state == SeatState::Available;
            self.tally.turn(place, free);
            self.touch_figures();
            let counted =
                self.section_counters.as_mut().and_then(|all| all.get_mut(usize::from(place.section)));
            if let Some(slot) = counted {
                *slot = if free { *slot + 1 } else { slot.saturating_sub(1) };
            }
        }
    }

    /// Lets glows end whose time is over; `true` while some go on.
    pub fn settle(&mut self, now_ms: f64) -> bool {
        while let Some(&(until_ms, seat)) = self.fresh.front().filter(|(until_ms, _)| *until_ms <= now_ms) {
            self.fresh.pop_front();
            // A seat that was freed and taken again has a later entry.
            if !self.fresh.iter().any(|(later, other)| *other == seat && *later > until_ms) {
                self.write(seat, self.mark(seat) & !marks::FRESH);
            }
        }
        !self.fresh.is_empty()
    }

    /// Places left in areas.
    pub fn set_areas(&mut self, left: &[(AreaIx, u32)]) {
        for &(area, left) in left {
            if let Some(slot) = self.areas_left.get_mut(area.index()) {
                *slot = left;
            }
        }
        self.touch_figures();
    }

    /// Free seats of every section as the server counts them, for a viewer that does not follow all sections.
    pub fn set_section_counters(&mut self, free: &[u32]) {
        if free.len() == self.plan.sections.len() {
            self.section_counters = Some(free.to_vec());
            self.touch_figures();
        }
    }

    /// The buyer's own seats: held, asked for, being given back.
    pub fn set_selection(&mut self, mine: &[SeatIx], pending: &[SeatIx], releasing: &[SeatIx]) {
        let own = marks::MINE | marks::PENDING | marks::RELEASING;
        for seat in std::mem::take(&mut self.selected) {
            self.write(seat, self.mark(seat) & !own);
        }
        for (seats, bit) in [(mine, marks::MINE), (pending, marks::PENDING), (releasing, marks::RELEASING)] {
            let count = self.marks.len();
            for &seat in seats.iter().filter(|seat| seat.index() < count) {
                self.write(seat, (self.mark(seat) | bit) & !marks::FRESH);
                self.selected.push(seat);
            }
        }
        self.touch();
    }

    /// The seats of the selection in the order in which they were given.
    pub fn selected(&self) -> &[SeatIx] {
        &self.selected
    }

    /// Whether something waits for the server: the painter then pulses.
    pub fn waiting(&self) -> bool {
        self.selected.iter().any(|&seat| self.mark(seat) & (marks::PENDING | marks::RELEASING) != 0)
    }

    /// Dims all that the filter does not let through.
    pub fn set_filters(&mut self, filters: Filters) {
        if filters == self.filters {
            return;
        }
        let admitted = |(number, zone)| filters.admits_zone(number, Some(zone));
        self.zone_admitted = (0_u8..).zip(&self.zones).map(admitted).collect();
        let nowhere = filters.admits_zone(NO_ZONE, None);
        for (mark, seat) in self.marks.iter_mut().zip(&self.plan.seats) {
            let zone = self.zone_of_category.get(usize::from(seat.category)).copied().unwrap_or(NO_ZONE);
            let zone_passes = self.zone_admitted.get(usize::from(zone)).copied().unwrap_or(nowhere);
            let passes = zone_passes && (!filters.accessible || accessible(seat.attributes));
            *mark = if passes { *mark & !marks::DIM } else { *mark | marks::DIM };
        }
        self.filters = filters;
        self.dirty.note_all(self.plan.seat_count());
        self.recount();
        self.touch_figures();
    }

    /// Moves the pointer's mark; `true` when it was elsewhere.
    pub fn set_hover(&mut self, seat: Option<SeatIx>) -> bool {
        if seat == self.hover {
            return false;
        }
        if let Some(before) = std::mem::replace(&mut self.hover, seat) {
            self.write(before, self.mark(before) & !marks::HOVER);
        }
        if let Some(now) = seat {
            self.write(now, self.mark(now) | marks::HOVER);
        }
        true
    }

    /// Moves the keyboard focus; `true` when it was elsewhere.
    pub fn set_focus(&mut self, seat: Option<SeatIx>) -> bool {
        let seat = seat.filter(|seat| seat.index() < self.plan.seats.len());
        let moved = seat != self.focus;
        self.focus = seat;
        if moved {
            self.touch_figures();
        }
        moved
    }

    fn write(&mut self, seat: SeatIx, mark: u8) {
        if let Some(slot) = self.marks.get_mut(seat.index())
            && *slot != mark
        {
            *slot = mark;
            self.dirty.note(seat.0);
            self.touch();
        }
    }

    /// A seat looks different.
    fn touch(&mut self) {
        self.revision = self.revision.wrapping_add(1);
    }

    /// Something besides the seats looks different.
    fn touch_figures(&mut self) {
        self.figures_revision = self.figures_revision.wrapping_add(1);
        self.touch();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use domain::money::{Currency, Money};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_equal_a_recount_after_any_changes(
            seed in 0_u64..50,
            changes in prop::collection::vec((0_u32..400, 0_u8..4), 0..300),
            zone in prop::option::of(0_u8..3), accessible in any::<bool>(), price_max in prop::option::of(0_i64..9000),
        ) {
            let mut scene = testing::scene(testing::scattered(seed));
            let half = changes.len() / 2;
            let states: Vec<_> = changes.iter().map(|&(ix, bits)| (SeatIx(ix), SeatState::from_bits(bits))).collect();
            scene.apply(&states[..half], Some(0.0));
            let price_max = price_max.map(|minor| Money::new(minor, Currency::EUR));
            scene.set_filters(Filters { zones: zone.into_iter().collect(), price_max, accessible });
            scene.apply(&states[half..], Some(1.0));
            let kept = scene.tally.clone();
            scene.recount();
            prop_assert_eq!(kept, scene.tally.clone());
            let free = scene.marks().iter().filter(|m| marks::state_of(**m) == SeatState::Available).count();
            prop_assert_eq!(scene.counts().free as usize, free);
            let sum: u32 = scene.section_summaries().iter().map(|s| s.free).sum();
            prop_assert_eq!(sum, scene.counts().free);
        }
    }

    #[test]
    fn a_seat_taken_by_another_glows_once_and_settles() {
        let mut scene = testing::scene(testing::rows(3, 10));
        scene.apply(&[(SeatIx(4), SeatState::Held)], Some(100.0));
        assert_ne!(scene.mark(SeatIx(4)) & marks::FRESH, 0);
        assert!(scene.settle(100.0 + FRESH_MS - 1.0));
        assert!(!scene.settle(100.0 + FRESH_MS));
        assert_eq!(scene.mark(SeatIx(4)), SeatState::Held as u8);
    }

    #[test]
    fn the_own_seat_does_not_glow_and_stays_mine_when_the_server_says_held() {
        let mut scene = testing::scene(testing::rows(3, 10));
        scene.set_selection(&[], &[SeatIx(7)], &[]);
        assert!(scene.waiting());
        scene.apply(&[(SeatIx(7), SeatState::Held)], Some(0.0));
        scene.set_selection(&[SeatIx(7)], &[], &[]);
        assert_eq!(scene.mark(SeatIx(7)), SeatState::Held as u8 | marks::MINE);
        assert!(!scene.waiting() && scene.choosable(SeatIx(7)));
        scene.set_selection(&[], &[], &[]);
        assert!(!scene.choosable(SeatIx(7)));
    }

    #[test]
    fn a_seat_outside_the_plan_changes_nothing() {
        let mut scene = testing::scene(testing::rows(1, 3));
        scene.apply(&[(SeatIx(3), SeatState::Sold)], Some(0.0));
        scene.set_selection(&[SeatIx(99)], &[], &[]);
        scene.set_focus(Some(SeatIx(99)));
        assert_eq!((scene.counts().free, scene.focus()), (3, None));
    }
}
