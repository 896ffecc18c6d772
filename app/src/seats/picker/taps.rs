//! Taps on their way to the server. One request is under way at a time; what is tapped meanwhile is gathered and
//! sent next, so that answers can never overtake each other.

use std::collections::BTreeSet;

/// Seats to take and to give back in one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// To take.
    pub add: BTreeSet<u32>,
    /// To give back.
    pub remove: BTreeSet<u32>,
}

impl Batch {
    /// Nothing in it.
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}

/// The queue: what is under way, and what waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taps {
    under_way: Option<Batch>,
    waiting: Batch,
}

impl Taps {
    /// A seat was tapped; `held` says whether the last answer of the server had it in the hold.
    pub fn tap(&mut self, seat: u32, held: bool) {
        if self.waiting.add.remove(&seat) || self.waiting.remove.remove(&seat) {
            return;
        }
        if self.will_be_held(seat, held) {
            self.waiting.remove.insert(seat)
        } else {
            self.waiting.add.insert(seat)
        };
    }

    /// Whether the seat will be in the hold when the request under way succeeds.
    fn will_be_held(&self, seat: u32, held: bool) -> bool {
        self.under_way
            .as_ref()
            .map_or(held, |batch| (held || batch.add.contains(&seat)) && !batch.remove.contains(&seat))
    }

    /// The next request, unless one is under way or nothing waits.
    pub fn next(&mut self) -> Option<Batch> {
        if self.under_way.is_some() || self.waiting.is_empty() {
            return None;
        }
        let batch = std::mem::take(&mut self.waiting);
        self.under_way = Some(batch.clone());
        Some(batch)
    }

    /// The request under way was answered, well or badly.
    pub fn answered(&mut self) {
        self.under_way = None;
    }

    /// Everything waiting is forgotten: the hold is gone.
    pub fn forget(&mut self) {
        self.waiting = Batch::default();
    }

    /// Seats shown as about to be taken, and as about to be given back.
    pub fn pending(&self) -> Batch {
        let mut all = self.waiting.clone();
        if let Some(batch) = &self.under_way {
            all.add.extend(batch.add.iter().filter(|seat| !self.waiting.remove.contains(seat)));
            all.remove.extend(batch.remove.iter().filter(|seat| !self.waiting.add.contains(seat)));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_second_tap_before_sending_takes_the_first_back() {
        let mut taps = Taps::default();
        taps.tap(7, false);
        taps.tap(7, false);
        assert_eq!(taps.next(), None);
    }

    #[test]
    fn a_tap_on_a_seat_under_way_waits_for_the_answer() {
        let mut taps = Taps::default();
        taps.tap(7, false);
        assert_eq!(taps.next(), Some(Batch { add: [7].into(), remove: [].into() }));
        taps.tap(7, false);
        assert_eq!(taps.next(), None, "one request at a time");
        assert_eq!(taps.pending().add, BTreeSet::new(), "it no longer looks wanted");
        taps.answered();
        assert_eq!(taps.next(), Some(Batch { add: [].into(), remove: [7].into() }));
    }

    proptest! {
        /// Against a server that always agrees, an even number of taps leaves a seat as it was.
        #[test]
        fn taps_end_where_their_parity_says(steps in prop::collection::vec((0_u32..4, any::<bool>()), 0..60)) {
            let (mut taps, mut held, mut counts) = (Taps::default(), BTreeSet::new(), [0_u32; 4]);
            let mut sent: Option<Batch> = None;
            let answer = |taps: &mut Taps, held: &mut BTreeSet<u32>, sent: &mut Option<Batch>| {
                if let Some(batch) = sent.take() {
                    for seat in &batch.add { assert!(held.insert(*seat), "never taken twice"); }
                    for seat in &batch.remove { assert!(held.remove(seat), "never given back twice"); }
                    taps.answered();
                }
            };
            for (seat, answered) in steps {
                taps.tap(seat, held.contains(&seat));
                counts[seat as usize] += 1;
                if answered { answer(&mut taps, &mut held, &mut sent); }
                if sent.is_none() { sent = taps.next(); }
            }
            while sent.is_some() {
                answer(&mut taps, &mut held, &mut sent);
                sent = taps.next();
            }
            for seat in 0..4_u32 {
                prop_assert_eq!(held.contains(&seat), counts[seat as usize] % 2 == 1);
            }
        }
    }
}
