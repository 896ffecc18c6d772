//! A seat's name on the wire, its public state, and the packed states of a whole event.

use serde::{Deserialize, Serialize};

/// Position of a seat in one plan version: its name on the wire, in Redis and in hit-testing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeatIx(pub u32);

impl SeatIx {
    /// The position as an index into a per-seat slice.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Position of an area in one plan version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AreaIx(pub u16);

impl AreaIx {
    /// The position as an index into a per-area slice.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What the public sees of a seat: two bits, the same in Redis, in snapshots and in the map.
/// A reserved seat (checkout runs) shows as held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum SeatState {
    /// Free to hold.
    #[default]
    Available = 0,
    /// Held or reserved by somebody.
    Held = 1,
    /// Ticket issued.
    Sold = 2,
    /// Not for sale.
    Blocked = 3,
}

impl SeatState {
    /// The state of the two low bits of `bits`.
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Available,
            1 => Self::Held,
            2 => Self::Sold,
            _ => Self::Blocked,
        }
    }
}

/// The states of all seats of an event, two bits a seat, most significant bits first:
/// byte for byte the string that Redis keeps (`BITFIELD … u2 #ix`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackedStates {
    bytes: Vec<u8>,
    seats: u32,
}

impl PackedStates {
    /// All `seats` available.
    pub fn available(seats: u32) -> Self {
        Self { bytes: vec![0; Self::bytes_for(seats)], seats }
    }

    /// Reads the packed string; a short one is filled up with available (Redis trims nothing, but grows lazily).
    pub fn from_bytes(mut bytes: Vec<u8>, seats: u32) -> Self {
        bytes.resize(Self::bytes_for(seats), 0);
        Self { bytes, seats }
    }

    /// Bytes needed for `seats`.
    pub const fn bytes_for(seats: u32) -> usize {
        (seats as usize).div_ceil(4)
    }

    /// How many seats.
    pub const fn seats(&self) -> u32 {
        self.seats
    }

    /// The packed string.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The state of a seat; a position outside the plan is blocked.
    pub fn get(&self, seat: SeatIx) -> SeatState {
        if seat.0 >= self.seats {
            return SeatState::Blocked;
        }
        SeatState::from_bits(self.bytes[seat.index() / 4] >> (6 - 2 * (seat.0 % 4)))
    }

    /// Sets the state of a seat; a position outside the plan changes nothing.
    pub fn set(&mut self, seat: SeatIx, state: SeatState) {
        if seat.0 < self.seats {
            let shift = 6 - 2 * (seat.0 % 4);
            let byte = &mut self.bytes[seat.index() / 4];
            *byte = (*byte & !(3 << shift)) | ((state as u8) << shift);
        }
    }

    /// All states in order.
    pub fn iter(&self) -> impl Iterator<Item = SeatState> + '_ {
        (0..self.seats).map(|ix| self.get(SeatIx(ix)))
    }

    /// How many seats are in `state`.
    pub fn count(&self, state: SeatState) -> u32 {
        self.iter().map(|s| u32::from(s == state)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_seat_sits_in_the_high_bits() {
        let mut states = PackedStates::available(5);
        states.set(SeatIx(0), SeatState::Sold);
        states.set(SeatIx(4), SeatState::Blocked);
        assert_eq!(states.as_bytes(), [0b1000_0000, 0b1100_0000]);
    }

    proptest! {
        #[test]
        fn the_last_write_wins_and_neighbours_stay(writes in prop::collection::vec((0_u32..50, 0_u8..4), 0..200)) {
            let mut packed = PackedStates::available(41);
            let mut plain = [SeatState::Available; 41];
            for (ix, bits) in writes {
                let state = SeatState::from_bits(bits);
                packed.set(SeatIx(ix), state);
                if let Some(slot) = plain.get_mut(ix as usize) { *slot = state; }
            }
            prop_assert_eq!(packed.iter().collect::<Vec<_>>(), plain.to_vec());
            prop_assert_eq!(PackedStates::from_bytes(packed.as_bytes().to_vec(), 41), packed);
        }
    }
}
