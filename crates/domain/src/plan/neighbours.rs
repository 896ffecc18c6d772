//! One bit a seat: is the next seat of the canonical order its physical neighbour?

use crate::seat::SeatIx;
use serde::{Deserialize, Serialize};

/// The neighbour relation of a plan, most significant bit first: byte for byte the string that Redis keeps
/// (`BITFIELD … u1 #ix`). Bit `ix` is set when seats `ix` and `ix + 1` sit beside each other in one row with no
/// aisle between them. The last seat of a row is never linked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeighbourBits(Vec<u8>);

impl NeighbourBits {
    /// No links among `seats` seats.
    pub fn none(seats: u32) -> Self {
        Self(vec![0; (seats as usize).div_ceil(8)])
    }

    /// Marks `seat` and the one after it as neighbours; outside the plan nothing changes.
    pub fn link(&mut self, seat: SeatIx) {
        if let Some(byte) = self.0.get_mut(seat.index() / 8) {
            *byte |= 0x80 >> (seat.0 % 8);
        }
    }

    /// Makes `seat` and the one after it neighbours if they are none, and the other way round; outside the plan
    /// nothing changes.
    pub fn turn(&mut self, seat: SeatIx) {
        if let Some(byte) = self.0.get_mut(seat.index() / 8) {
            *byte ^= 0x80 >> (seat.0 % 8);
        }
    }

    /// Whether `seat` and the one after it are neighbours.
    pub fn linked(&self, seat: SeatIx) -> bool {
        self.0.get(seat.index() / 8).is_some_and(|byte| byte & (0x80 >> (seat.0 % 8)) != 0)
    }

    /// The bit string.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
