//! Which tier was chosen for which place. Redis carries it with the hold as an opaque text.

use crate::{Error, Result, Sale};
use chrono::{DateTime, Utc};
use domain::{
    hold::Hold,
    ids::TierId,
    pricing::{Place, PricingError, Quote, Wanted},
    seat::{AreaIx, SeatIx},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, btree_map::Entry};

/// The chosen tiers, by place. Every held place stands here: what was shown when it was held is what is paid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choices {
    #[serde(default, rename = "s", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) seats: BTreeMap<u32, TierId>,
    #[serde(default, rename = "a", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) areas: BTreeMap<u16, TierId>,
}

impl Choices {
    /// Reads what a hold carries; a payload that is not ours chooses nothing.
    pub(crate) fn of(hold: &Hold) -> Self {
        serde_json::from_str(&hold.payload).unwrap_or_default()
    }

    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The same, with the default tier for each of `seats` that has none.
    pub(crate) fn with_defaults(&self, sale: &Sale, seats: &[SeatIx], now: DateTime<Utc>) -> Result<Self> {
        let mut all = self.clone();
        for &seat in seats {
            if let Entry::Vacant(free) = all.seats.entry(seat.0) {
                let zone = sale.zone_of_seat(seat).ok_or_else(not_for_sale)?;
                let tier = sale.prices.default_tier(zone, now).map_err(price_error)?;
                free.insert(tier.id.clone());
            }
        }
        Ok(all)
    }
}

/// A place in no zone.
pub(crate) fn not_for_sale() -> Error {
    Error::invalid("/seat_ids", "One of these places is not for sale.")
}

/// A tier that does not fit, as the caller's mistake.
pub(crate) fn price_error(error: PricingError) -> Error {
    Error::invalid("/tiers", format!("{error}."))
}

impl Sale {
    /// What a hold costs: the tiers as they were when it was made.
    pub(crate) fn quote(&self, hold: &Hold) -> Result<Quote> {
        let choices = Choices::of(hold);
        let seat = |&seat: &SeatIx| {
            let zone = self.zone_of_seat(seat)?.clone();
            Some(Wanted { place: Place::Seat(seat), zone, tier: choices.seats.get(&seat.0).cloned() })
        };
        let area = |&(area, quantity): &(AreaIx, u32)| {
            let zone = self.zone_of_area(area)?.clone();
            Some(Wanted {
                place: Place::Area(area, quantity),
                zone,
                tier: choices.areas.get(&area.0).cloned(),
            })
        };
        let wanted: Option<Vec<Wanted>> =
            hold.seats.iter().map(seat).chain(hold.areas.iter().map(area)).collect();
        let wanted = wanted.ok_or_else(not_for_sale)?;
        self.prices.quote(&wanted, crate::clock::from_ms(hold.created_ms)).map_err(price_error)
    }
}
