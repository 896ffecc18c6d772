//! "Choose for me".

use crate::{BuyerKey, Error, Result, Sale, Services, clock};
use domain::{
    best_available::{Ask, Block, CategorySet, NoBlock},
    money::Money,
    seat::PackedStates,
};
use protocol::api::{BestAvailable, BestAvailableWish, HoldView, ReservationRequest};
use uuid::Uuid;

impl Sale {
    /// The best block for a wish; wider each attempt.
    pub(super) fn choose(
        &self,
        states: &PackedStates,
        wish: &BestAvailableWish,
        attempt: u32,
    ) -> Result<Block> {
        let max = self.row.rules.seats_per_hold_max;
        if wish.quantity == 0 {
            return Err(Error::invalid("/quantity", "At least one seat."));
        }
        if wish.quantity > max {
            return Err(Error::LimitExceeded { max });
        }
        if wish.zone_id.as_ref().is_some_and(|zone| self.prices.zone(zone).is_none()) {
            return Err(Error::invalid("/zone_id", "There is no such zone."));
        }
        let in_zone = |key: &str| {
            let zone = self.prices.zone_of_category(key);
            zone.is_some_and(|z| wish.zone_id.as_ref().is_none_or(|wanted| *wanted == z.id))
        };
        let categories: CategorySet = (0..=u8::MAX)
            .zip(&self.house.plan.categories)
            .filter(|(_, category)| in_zone(&category.key))
            .map(|(ix, _)| ix)
            .collect();
        let ask = Ask {
            quantity: wish.quantity,
            categories,
            accessible: wish.accessible,
            no_single_seat: self.row.rules.no_single_seat,
            seed: clock::seed(),
            attempt,
        };
        self.house.seating.best(states, &ask).map_err(|NoBlock { largest }| {
            // Where places without a number may be left, there is no block, but it is not sold out either.
            let seats_only = self.house.plan.areas.is_empty();
            if seats_only && largest.is_empty() && states.count(domain::seat::SeatState::Available) == 0 {
                return Error::SoldOut;
            }
            Error::NoBlock { largest: self.seat_ids(&largest) }
        })
    }
}

impl Services {
    /// What "choose for me" would take; holds nothing.
    pub async fn best_available(&self, sale: &Sale, wish: &BestAvailableWish) -> Result<BestAvailable> {
        let snapshot = self.snapshot(sale).await?;
        let block = sale.choose(&snapshot.states, wish, 0)?;
        let now = clock::now();
        let price = |&seat: &domain::seat::SeatIx| {
            let tier = sale.prices.default_tier(sale.zone_of_seat(seat)?, now).ok()?;
            tier.total().ok()
        };
        let total = Money::sum(sale.prices.currency(), block.seats.iter().filter_map(price))
            .map_err(Error::internal)?;
        Ok(BestAvailable { seat_ids: sale.seat_ids(&block.seats), total })
    }

    /// Holds the best block for a browser; what the buyer held before is given back once the block is theirs, or
    /// before, where the buyer's cap leaves no room for both.
    pub async fn choose_for_me(
        &self,
        sale: &Sale,
        buyer: &BuyerKey,
        wish: &BestAvailableWish,
    ) -> Result<HoldView> {
        let before = self.redis.of_buyer(sale.id(), buyer.as_str()).await?;
        if let Some(hold) = &before {
            if !super::is_selection(hold) {
                return Err(Error::InCheckout);
            }
            // The cap counts what is held: without giving back first, a full selection could never be exchanged.
            let wanted = u64::from(wish.quantity) + (hold.seats.len() as u64);
            if wanted > u64::from(sale.row.rules.seats_per_buyer_max) {
                self.release_of_buyer(sale, buyer).await?;
            }
        }
        let request = ReservationRequest {
            client_reservation_id: Uuid::new_v4().to_string(),
            best_available: Some(wish.clone()),
            ..ReservationRequest::default()
        };
        let view = self.hold(sale, Some(buyer), &request).await?;
        if let Some(hold) = before {
            let claim = self.config.hold_secret.claim(sale.id(), hold.id);
            self.redis.release(claim.event, claim.hold, &claim.digest).await?;
        }
        Ok(HoldView { hold_token: None, ..view })
    }
}
