//! What is asked of a hold after it was made, and what can come of it.

use super::Hold;
use crate::seat::{AreaIx, SeatIx, SeatState};

/// A change of an existing hold, all or nothing; the deadline stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoldChange {
    /// Hex SHA-256 of the hold's token.
    pub token_digest: String,
    /// Seats to take; those already in the hold are ignored.
    pub add_seats: Vec<SeatIx>,
    /// Places to take.
    pub add_areas: Vec<(AreaIx, u32)>,
    /// Seats to give back; those not in the hold are ignored.
    pub remove_seats: Vec<SeatIx>,
    /// Places to give back, at most as many as the hold has.
    pub remove_areas: Vec<(AreaIx, u32)>,
    /// The new payload; `None` keeps the old one.
    pub payload: Option<String>,
    /// Skip the no-single-seat rule. Otherwise it is checked when something is added, for the hold as it would stand.
    pub lenient: bool,
}

/// What came of an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtendOutcome {
    /// The hold with its new deadline.
    Extended(Hold),
    /// No more extensions, or the whole life is used up; the hold stands as it is.
    LimitReached(Hold),
    /// Expired, released, or another's.
    Gone,
    /// Redis does not know the event.
    NotLoaded,
}

/// What came of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseOutcome {
    /// Given back now.
    Released,
    /// There was nothing to give back (any more).
    Gone,
    /// Checkout runs: leave it first (INV-6).
    InCheckout,
    /// Redis does not know the event.
    NotLoaded,
}

/// What came of a step into or out of checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConvertOutcome {
    /// The hold as it stands after the step (also after a repeated step).
    Done(Hold),
    /// Expired, released, settled, or another's.
    Gone,
    /// Redis does not know the event.
    NotLoaded,
}

/// What came of marking a reservation's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettleOutcome {
    /// Done now, or done before.
    Done,
    /// Redis does not know the event: rebuild it from PostgreSQL, which knows the end already.
    NotLoaded,
}

/// Seats and places that change by an organizer's or a refund's hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restate {
    /// Seats.
    pub seats: Vec<SeatIx>,
    /// Only seats in this state are changed.
    pub from: SeatState,
    /// The new state.
    pub to: SeatState,
    /// Places added to (or, negative, taken off) areas; an area never goes below zero.
    pub areas: Vec<(AreaIx, i64)>,
}
