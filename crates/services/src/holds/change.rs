//! A browser's selection: a tap takes or gives back, and the hold is the selection.

use super::{choices::Choices, refusal::refused, request::check_quantity, request::choose_tiers};
use crate::{BuyerKey, Error, Result, Sale, Services, clock};
use domain::{
    hold::{Hold, HoldOutcome, HoldRequest},
    ids::{HoldId, TierId},
    limits::HOLD_SEATS_MAX,
    seat::{AreaIx, SeatIx, SeatState},
};
use protocol::api::{AreaQuantity, HoldView};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store_redis::HoldChange as RedisChange;
use uuid::Uuid;

/// What a tap, or a form, changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldChange {
    /// Seats to take.
    #[serde(default)]
    pub add_seats: Vec<u32>,
    /// Seats to give back.
    #[serde(default)]
    pub remove_seats: Vec<u32>,
    /// Areas with the places wanted in all; none gives them back.
    #[serde(default)]
    pub set_areas: Vec<AreaQuantity>,
    /// Another tier for a place, by seat or area id.
    #[serde(default)]
    pub tiers: BTreeMap<String, TierId>,
}

impl Services {
    /// Changes the buyer's selection, all or nothing; `None` when nothing is held any more. A growing selection may
    /// leave single seats on its way: they are told, and refused when the buyer goes on to checkout.
    pub async fn change_hold(
        &self,
        sale: &Sale,
        buyer: &BuyerKey,
        change: &HoldChange,
    ) -> Result<Option<HoldView>> {
        sale.require_on_sale(clock::now())?;
        let hold = self.redis.of_buyer(sale.id(), buyer.as_str()).await?;
        let after = match hold {
            Some(hold) if !super::is_selection(&hold) => return Err(Error::InCheckout),
            Some(hold) => self.change_of(sale, &hold, change).await?,
            None => self.begin(sale, buyer, change).await?,
        };
        match after {
            Some(hold) if hold.seats.is_empty() && hold.areas.is_empty() => Ok(None),
            Some(hold) => self.selection_view(sale, &hold).await.map(Some),
            None => Ok(None),
        }
    }

    /// The view of a buyer's selection, with the seats that it would leave single.
    pub(super) async fn selection_view(&self, sale: &Sale, hold: &Hold) -> Result<HoldView> {
        let view = sale.hold_view(hold)?;
        if !sale.row.rules.no_single_seat || hold.seats.is_empty() {
            return Ok(view);
        }
        Ok(HoldView { singles: self.singles_left(sale, &hold.seats).await?, ..view })
    }

    /// The seats that this selection would leave single, when a legal block of its size is there.
    pub(crate) async fn singles_left(
        &self,
        sale: &Sale,
        seats: &[SeatIx],
    ) -> Result<Vec<domain::ids::SeatId>> {
        let mut states = self.snapshot(sale).await?.states;
        seats.iter().for_each(|&seat| states.set(seat, SeatState::Available));
        let singles = sale.house.seating.singles_left(seats, &states);
        if singles.is_empty() || !sale.has_legal_block(&states, seats) {
            return Ok(Vec::new());
        }
        Ok(sale.seat_ids(&singles))
    }

    async fn begin(&self, sale: &Sale, buyer: &BuyerKey, change: &HoldChange) -> Result<Option<Hold>> {
        let seats = seats(sale, &change.add_seats)?;
        let areas: Vec<(AreaIx, u32)> =
            areas(sale, &change.set_areas)?.into_iter().filter(|(_, n)| *n > 0).collect();
        if seats.is_empty() && areas.is_empty() {
            return Ok(None);
        }
        let hold = HoldId(Uuid::new_v4());
        let request = HoldRequest {
            event: sale.id(),
            buyer: buyer.as_str().to_owned(),
            client_id: hold.to_string(),
            request_digest: String::new(),
            hold_id: hold,
            token_digest: self.config.hold_secret.claim(sale.id(), hold).digest,
            payload: choose_tiers(sale, &change.tiers, &seats, &areas)?.to_text(),
            seats,
            areas,
            ttl_ms: None,
            lenient: true,
        };
        match self.ask(sale, &request).await? {
            HoldOutcome::Held(hold) | HoldOutcome::Repeated(hold) => Ok(Some(hold)),
            other => refused(self, sale, &request, other).await,
        }
    }

    async fn change_of(&self, sale: &Sale, hold: &Hold, change: &HoldChange) -> Result<Option<Hold>> {
        let add = seats(sale, &change.add_seats)?;
        let remove = seats(sale, &change.remove_seats)?;
        let mut redis = RedisChange {
            token_digest: self.config.hold_secret.claim(sale.id(), hold.id).digest,
            add_seats: add.clone(),
            remove_seats: remove.clone(),
            lenient: true,
            ..RedisChange::default()
        };
        let mut after: BTreeMap<AreaIx, u32> = hold.areas.iter().copied().collect();
        for (area, wanted) in areas(sale, &change.set_areas)? {
            let has = after.insert(area, wanted).unwrap_or_default();
            match wanted.cmp(&has) {
                std::cmp::Ordering::Greater => redis.add_areas.push((area, wanted - has)),
                std::cmp::Ordering::Less => redis.remove_areas.push((area, has - wanted)),
                std::cmp::Ordering::Equal => {}
            }
        }
        let kept = hold.seats.iter().filter(|s| !remove.contains(s)).chain(&add).copied();
        let after: Vec<(AreaIx, u32)> = after.into_iter().filter(|(_, n)| *n > 0).collect();
        redis.payload =
            Some(rechosen(sale, hold, &change.tiers, &kept.collect::<Vec<_>>(), &after)?.to_text());
        match self.redis.change(sale.id(), hold.id, &redis).await? {
            HoldOutcome::Held(hold) | HoldOutcome::Repeated(hold) => Ok(Some(hold)),
            other => {
                let request = HoldRequest {
                    event: sale.id(),
                    buyer: String::new(),
                    client_id: String::new(),
                    request_digest: String::new(),
                    hold_id: hold.id,
                    token_digest: String::new(),
                    seats: add,
                    areas: Vec::new(),
                    ttl_ms: None,
                    payload: String::new(),
                    lenient: true,
                };
                refused(self, sale, &request, other).await
            }
        }
    }
}

/// The tiers after a change: chosen now, or before, or the default.
fn rechosen(
    sale: &Sale,
    hold: &Hold,
    tiers: &BTreeMap<String, TierId>,
    seats: &[SeatIx],
    areas: &[(AreaIx, u32)],
) -> Result<Choices> {
    let mut choices = choose_tiers(sale, tiers, seats, areas)?;
    let before = Choices::of(hold);
    let plan = &sale.house.plan;
    for (seat, tier) in before.seats {
        let renamed = plan.seat(SeatIx(seat)).is_some_and(|s| tiers.contains_key(&s.id.0));
        if let (false, Some(slot)) = (renamed, choices.seats.get_mut(&seat)) {
            *slot = tier;
        }
    }
    for (area, tier) in before.areas {
        let renamed = plan.area(AreaIx(area)).is_some_and(|a| tiers.contains_key(&a.id.0));
        if let (false, Some(slot)) = (renamed, choices.areas.get_mut(&area)) {
            *slot = tier;
        }
    }
    Ok(choices)
}

fn seats(sale: &Sale, positions: &[u32]) -> Result<Vec<SeatIx>> {
    if positions.len() > HOLD_SEATS_MAX as usize {
        return Err(Error::LimitExceeded { max: sale.row.rules.seats_per_hold_max });
    }
    let mut seats: Vec<SeatIx> = positions.iter().copied().map(SeatIx).collect();
    seats.sort_unstable();
    seats.dedup();
    if seats.last().is_some_and(|s| s.0 >= sale.house.plan.seat_count()) {
        return Err(Error::invalid("/seats", "There is no such seat."));
    }
    Ok(seats)
}

fn areas(sale: &Sale, wishes: &[AreaQuantity]) -> Result<Vec<(AreaIx, u32)>> {
    let mut areas = Vec::with_capacity(wishes.len().min(domain::limits::HOLD_AREAS_MAX));
    for wish in wishes.iter().take(domain::limits::HOLD_AREAS_MAX) {
        let ix = sale.house.plan.area_ix(&wish.area_id);
        let ix = ix.ok_or_else(|| Error::invalid("/areas", "There is no such area."))?;
        if wish.quantity > 0 {
            check_quantity(sale, ix, wish.quantity).map_err(|message| Error::invalid("/areas", message))?;
        }
        areas.push((ix, wish.quantity));
    }
    areas.sort_unstable();
    areas.dedup_by_key(|(ix, _)| *ix);
    Ok(areas)
}
