//! The no-single-seat rule: a hold does not leave one lonely seat that nobody will buy.
//!
//! The rule, over *rule links* ([`rule_links`]: the plan's neighbour bits without the places for wheelchairs and
//! companions, which are exempt): a seat is *left single* by a hold when it is available, not wanted, stands
//! directly beside a wanted seat, and has no available, unwanted neighbour on either side. A missing neighbour
//! (end of the row, aisle, exempt place) counts as taken. So a seat that was single before is nobody's fault, and a
//! run of one seat is never single.
//!
//! # For the script that checks it
//!
//! Given the wanted seats `W`, sorted and distinct, all of them available; `avail(i)` (state 0, or an expired
//! hold); `link(i)` (bit `i` of the rule links: `i` and `i + 1` are neighbours). Everything outside the plan is not
//! available and not linked.
//!
//! ```text
//! free(i)   = avail(i) and not (i in W)
//! single(s) = free(s) and not (link(s - 1) and free(s - 1)) and not (link(s) and free(s + 1))
//! singles   = []
//! for each w in W:
//!     1. if link(w - 1) and single(w - 1) and last(singles) ~= w - 1: append w - 1
//!     2. if link(w)     and single(w + 1):                            append w + 1
//! the hold is illegal when singles is not empty
//! ```
//!
//! The seats read are `w - 2 ..= w + 2` and the links `w - 2 ..= w + 1`: for a block of neighbours one range read
//! each. The answer is sorted and names each seat once.
//!
//! # Leniency
//!
//! The check itself is strict and local. Who may be lenient is the use case that has the whole map: when a hold is
//! refused for this rule, it asks [`crate::best_available::Seating`] for a legal block of the same size in the same
//! zone. Is there one, the refusal stands and names it; is there none (near the end of a sale), the hold is
//! repeated with the rule switched off for this request.
//!
//! A selection that grows tap by tap breaks the rule on its way to a legal whole (seat 2, then seat 1). So the rule
//! judges a whole selection: seats the buyer holds already belong to `W`, and count as available before.

use crate::{
    plan::{Attributes, NeighbourBits, Plan},
    seat::SeatIx,
};

/// The seats that a hold of `wanted` would leave single, sorted. Empty means that the hold is legal.
///
/// `wanted` is sorted and distinct; `available` tells of every seat whether it could be taken before this hold;
/// `linked` of every seat whether it and the next are neighbours under the rule.
pub fn singles_left(
    wanted: &[SeatIx],
    available: impl Fn(SeatIx) -> bool,
    linked: impl Fn(SeatIx) -> bool,
) -> Vec<SeatIx> {
    let free = |seat: SeatIx| wanted.binary_search(&seat).is_err() && available(seat);
    let before = |seat: SeatIx| seat.0.checked_sub(1).map(SeatIx).filter(|&left| linked(left));
    let after = |seat: SeatIx| seat.0.checked_add(1).map(SeatIx).filter(|_| linked(seat));
    let single =
        |seat: &SeatIx| free(*seat) && !before(*seat).is_some_and(free) && !after(*seat).is_some_and(free);
    let mut singles = Vec::new();
    for &seat in wanted {
        let left = before(seat).filter(single).filter(|left| singles.last() != Some(left));
        singles.extend(left);
        singles.extend(after(seat).filter(single));
    }
    singles
}

/// The neighbour relation under the rule, as it is loaded into Redis: the plan's, cut around the exempt places.
pub fn rule_links(plan: &Plan) -> NeighbourBits {
    let exempt = |ix: u32| plan.seat(SeatIx(ix)).is_none_or(|seat| is_exempt(seat.attributes));
    let mut links = NeighbourBits::none(plan.seat_count());
    for ix in 0..plan.seat_count() {
        if plan.linked(SeatIx(ix)) && !exempt(ix) && !exempt(ix + 1) {
            links.link(SeatIx(ix));
        }
    }
    links
}

/// Places for wheelchairs and companions are sold one by one as people need them.
pub fn is_exempt(attributes: Attributes) -> bool {
    attributes.contains(Attributes::WHEELCHAIR) || attributes.contains(Attributes::COMPANION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `.` available, `#` taken, `w` wanted, `|` an aisle; gives the row again with `1` for singles.
    fn judged(row: &str) -> String {
        let mut seats: Vec<char> = Vec::new();
        let mut aisles = Vec::new();
        for c in row.chars() {
            if c == '|' { aisles.push(seats.len()) } else { seats.push(c) }
        }
        let wanted: Vec<SeatIx> =
            (0..).zip(&seats).filter(|(_, c)| **c == 'w').map(|(ix, _)| SeatIx(ix)).collect();
        let available = |ix: SeatIx| seats.get(ix.index()).is_some_and(|c| *c != '#');
        let linked = |ix: SeatIx| ix.index() + 1 < seats.len() && !aisles.contains(&(ix.index() + 1));
        for single in singles_left(&wanted, available, linked) {
            seats[single.index()] = '1';
        }
        for aisle in aisles.into_iter().rev() {
            seats.insert(aisle, '|');
        }
        seats.into_iter().collect()
    }

    #[test]
    fn the_rule_is_this_table() {
        let table = [
            ("ww....", "ww...."),
            (".ww...", "1ww..."),
            ("..ww..", "..ww.."),
            ("...ww.", "...ww1"),
            (".w.", "1w1"),
            ("w.w", "w1w"),
            ("#.w...", "#1w..."),
            // A hold that fills the gap is welcome.
            ("#.#w..", "#.#w.."),
            ("#www#", "#www#"),
            // Single before: not this hold's doing.
            ("#.#ww#", "#.#ww#"),
            // An aisle ends the run; a run of one is never single.
            (".|w...", ".|w..."),
            ("..w|..", "..w|.."),
            ("..|.w.", "..|1w1"),
            // Two free beside it are enough.
            ("w..w", "w..w"),
            ("w...w.w", "w...w1w"),
            ("", ""),
        ];
        for (row, expected) in table {
            assert_eq!(judged(row), expected, "{row}");
        }
    }

    /// The rule in its own words, over the whole row.
    fn by_definition(states: &[(bool, bool)], links: &[bool]) -> Vec<SeatIx> {
        let n = states.len();
        let free_now = |i: usize| states[i].0 && !states[i].1;
        let mut singles = Vec::new();
        for s in 0..n {
            let neighbours: Vec<usize> = [
                (s > 0 && links[s - 1]).then(|| s.wrapping_sub(1)),
                (s + 1 < n && links[s]).then_some(s + 1),
            ]
            .into_iter()
            .flatten()
            .collect();
            let alone = neighbours.iter().all(|&i| !free_now(i));
            let lost_one = neighbours.iter().any(|&i| states[i].1);
            if free_now(s) && alone && lost_one {
                singles.push(SeatIx(u32::try_from(s).unwrap()));
            }
        }
        singles
    }

    proptest! {
        #[test]
        fn the_local_check_finds_what_the_definition_finds(
            row in prop::collection::vec((any::<bool>(), any::<bool>(), prop::bool::weighted(0.85)), 0..40),
        ) {
            let states: Vec<(bool, bool)> = row.iter().map(|&(avail, want, _)| (avail, avail && want)).collect();
            let links: Vec<bool> = row.iter().map(|&(_, _, link)| link).collect();
            let wanted: Vec<SeatIx> = (0..).zip(&states).filter(|(_, s)| s.1).map(|(ix, _)| SeatIx(ix)).collect();
            let found = singles_left(
                &wanted,
                |ix| states.get(ix.index()).is_some_and(|s| s.0),
                |ix| ix.index() + 1 < links.len() && links[ix.index()],
            );
            prop_assert_eq!(found, by_definition(&states, &links));
        }
    }
}
