//! Saying no well: which seats, why, and what is nearest to them.

use crate::{Error, Result, Sale, Services};
use domain::{
    best_available::{Ask, CategorySet},
    hold::{HoldOutcome, HoldRequest},
    ids::SeatId,
    seat::{PackedStates, SeatIx},
};

/// How many alternatives are offered.
const ALTERNATIVES: usize = 3;

/// The error of an outcome that is not a hold.
pub(super) async fn refused<T>(
    services: &Services,
    sale: &Sale,
    request: &HoldRequest,
    outcome: HoldOutcome,
) -> Result<T> {
    Err(match outcome {
        HoldOutcome::Mismatch => Error::IdempotencyMismatch,
        HoldOutcome::LimitExceeded { max } => Error::LimitExceeded { max },
        HoldOutcome::Expired => Error::HoldExpired,
        HoldOutcome::InCheckout => Error::InCheckout,
        HoldOutcome::NotLoaded => Error::Busy { retry_after_ms: 500 },
        HoldOutcome::SingleSeats(singles) => {
            let alternatives = alternatives(services, sale, &request.seats).await?;
            Error::RuleBroken { seats: sale.seat_ids(&singles), alternatives }
        }
        HoldOutcome::Unavailable { seats, areas } => {
            let full = !areas.is_empty() && areas.iter().all(|a| a.available == 0);
            if full && seats.is_empty() {
                return Err(Error::SoldOut);
            }
            let alternatives = alternatives(services, sale, &request.seats).await?;
            let id = |seat: SeatIx| sale.house.plan.seat(seat).map(|s| s.id.clone());
            let area = |a: &domain::hold::AreaConflict| {
                sale.house.plan.area(a.area).map(|area| (area.id.clone(), a.available))
            };
            Error::SeatsUnavailable {
                seats: seats.iter().filter_map(|c| Some((id(c.seat)?, c.state))).collect(),
                areas: areas.iter().filter_map(area).collect(),
                alternatives,
            }
        }
        HoldOutcome::Held(_) | HoldOutcome::Repeated(_) => Error::internal("a hold is no refusal"),
    })
}

async fn alternatives(services: &Services, sale: &Sale, lost: &[SeatIx]) -> Result<Vec<Vec<SeatId>>> {
    if lost.is_empty() {
        return Ok(Vec::new());
    }
    let snapshot = services.snapshot(sale).await?;
    Ok(sale.alternatives(&snapshot.states, lost))
}

impl Sale {
    /// The names of seats.
    pub(crate) fn seat_ids(&self, seats: &[SeatIx]) -> Vec<SeatId> {
        seats.iter().filter_map(|&s| self.house.plan.seat(s).map(|s| s.id.clone())).collect()
    }

    /// The nearest blocks like `lost`, in the same zones.
    pub(super) fn alternatives(&self, states: &PackedStates, lost: &[SeatIx]) -> Vec<Vec<SeatId>> {
        let found = self.house.seating.nearest_like(states, &self.ask_like(lost), lost, ALTERNATIVES);
        found.iter().map(|block| self.seat_ids(block)).collect()
    }

    /// Whether a block of the same size is there, in the same zones, that leaves no single seat.
    pub(super) fn has_legal_block(&self, states: &PackedStates, seats: &[SeatIx]) -> bool {
        self.house
            .seating
            .best(states, &self.ask_like(seats))
            .is_ok_and(|block| !block.lenient && !block.split)
    }

    /// An ask for as many seats in the zones of `seats`.
    fn ask_like(&self, seats: &[SeatIx]) -> Ask {
        let plan = &self.house.plan;
        let zones: Vec<_> = seats.iter().filter_map(|&s| self.zone_of_seat(s)).collect();
        let categories: CategorySet = (0..=u8::MAX)
            .zip(&plan.categories)
            .filter(|(_, c)| self.prices.zone_of_category(&c.key).is_some_and(|z| zones.contains(&&z.id)))
            .map(|(ix, _)| ix)
            .collect();
        let accessible = seats.iter().any(|&s| {
            plan.seat(s).is_some_and(|s| s.attributes.contains(domain::plan::Attributes::WHEELCHAIR))
        });
        Ask {
            quantity: u32::try_from(seats.len()).unwrap_or(u32::MAX),
            categories,
            accessible,
            no_single_seat: self.row.rules.no_single_seat,
            seed: crate::clock::seed(),
            attempt: 0,
        }
    }
}
