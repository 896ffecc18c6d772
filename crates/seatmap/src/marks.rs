//! The one byte a seat that changes: its public state and everything that is marked on it.

use domain::seat::SeatState;

/// Public state, [`SeatState`] as its number.
pub const STATE: u8 = 0b0000_0011;
/// In the buyer's own hold.
pub const MINE: u8 = 0b0000_0100;
/// A hold was asked for and is not answered.
pub const PENDING: u8 = 0b0000_1000;
/// A release was asked for and is not answered.
pub const RELEASING: u8 = 0b0001_0000;
/// Outside the filter.
pub const DIM: u8 = 0b0010_0000;
/// Under the pointer.
pub const HOVER: u8 = 0b0100_0000;
/// Taken by somebody a moment ago.
pub const FRESH: u8 = 0b1000_0000;

/// The public state in a mark byte.
pub const fn state_of(mark: u8) -> SeatState {
    SeatState::from_bits(mark & STATE)
}

/// Ranges of bytes that changed since the painter last took them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dirty {
    ranges: Vec<(u32, u32)>,
}

/// More ranges than this are one upload.
const RANGES_MAX: usize = 48;
/// A gap of so many unchanged bytes is cheaper sent than skipped.
const GAP: u32 = 256;

impl Dirty {
    /// Notes one byte.
    pub fn note(&mut self, at: u32) {
        match self.ranges.last_mut() {
            Some((first, end)) if at + GAP >= *first && at <= *end + GAP => {
                *first = (*first).min(at);
                *end = (*end).max(at + 1);
            }
            _ => self.ranges.push((at, at + 1)),
        }
        if self.ranges.len() > RANGES_MAX {
            let first = self.ranges.iter().map(|r| r.0).min().unwrap_or(0);
            let end = self.ranges.iter().map(|r| r.1).max().unwrap_or(0);
            self.ranges.clear();
            self.ranges.push((first, end));
        }
    }

    /// Notes bytes `0..len`.
    pub fn note_all(&mut self, len: u32) {
        self.ranges.clear();
        self.ranges.push((0, len));
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Takes the ranges `(first, end)`; they may overlap.
    pub fn take(&mut self) -> Vec<(u32, u32)> {
        std::mem::take(&mut self.ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_noted_byte_is_in_a_range(notes in prop::collection::vec(0_u32..70_000, 0..300)) {
            let mut dirty = Dirty::default();
            for &at in &notes {
                dirty.note(at);
            }
            let ranges = dirty.take();
            prop_assert!(ranges.len() <= RANGES_MAX);
            prop_assert!(notes.iter().all(|at| ranges.iter().any(|(first, end)| first <= at && at < end)));
            prop_assert!(dirty.is_empty());
        }
    }
}
