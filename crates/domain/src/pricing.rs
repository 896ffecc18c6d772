//! What a ticket costs: zones, their tiers, and the total of a selection, always with the fee (all-in).
//!
//! A [`PriceList`] is checked once, when an event is loaded; then every price is a lookup. The browser computes a
//! total with this code to show it, the server computes it again and decides (INV-9).

use crate::{
    ids::{TierId, ZoneId},
    limits::{AREA_PLACES_MAX, PRICE_LINES_MAX, PRICE_MINOR_MAX, TIERS_MAX, ZONES_MAX},
    money::{Currency, Money, MoneyError},
    seat::{AreaIx, SeatIx},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Seats and areas that share a price list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Unique in the event.
    pub id: ZoneId,
    /// What people read.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// Keys of the plan's categories that it covers; a category belongs to one zone at most.
    pub categories: Vec<String>,
}

/// A named price in a zone, valid within a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Unique in the event.
    pub id: TierId,
    /// Its zone.
    pub zone: ZoneId,
    /// What people read (`Adult`).
    pub name: String,
    /// Without the fee.
    pub price: Money,
    /// Per ticket, on top of the price.
    pub fee: Money,
    /// First moment it can be chosen; `None` is always.
    pub valid_from: Option<DateTime<Utc>>,
    /// First moment it can no longer be chosen; `None` is never.
    pub valid_to: Option<DateTime<Utc>>,
    /// Order in lists; the first valid tier of a zone is its default.
    pub ord: i32,
}

impl Tier {
    /// Whether it can be chosen at that time: from `valid_from` on, before `valid_to`.
    pub fn is_valid(&self, at: DateTime<Utc>) -> bool {
        self.valid_from.is_none_or(|from| from <= at) && self.valid_to.is_none_or(|to| at < to)
    }

    /// Price and fee: what people see and pay.
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.price.plus(self.fee)
    }
}

/// Why a price list is refused, or a selection has no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    /// Too many zones, tiers, lines or places.
    #[error("too many {0}")]
    TooMany(&'static str),
    /// Two zones of one id.
    #[error("the zone {0} is there twice")]
    ZoneTwice(ZoneId),
    /// Two tiers of one id.
    #[error("the tier {0} is there twice")]
    TierTwice(TierId),
    /// A category in two zones.
    #[error("the category {0} is in two zones")]
    CategoryTwice(String),
    /// A zone that is not there.
    #[error("there is no zone {0}")]
    UnknownZone(ZoneId),
    /// A tier that is not there.
    #[error("there is no tier {0}")]
    UnknownTier(TierId),
    /// The tier belongs to another zone than the place.
    #[error("the tier {tier} does not belong to the zone {zone}")]
    OtherZone {
        /// The tier.
        tier: TierId,
        /// Where the place is.
        zone: ZoneId,
    },
    /// The tier's window is not open.
    #[error("the tier {0} cannot be chosen now")]
    NotNow(TierId),
    /// No tier of the zone has an open window.
    #[error("the zone {0} has no price now")]
    NoTier(ZoneId),
    /// Negative, or over the bound.
    #[error("the price of the tier {0} is out of range")]
    OutOfRange(TierId),
    /// The window closes before it opens.
    #[error("the window of the tier {0} is empty")]
    EmptyWindow(TierId),
    /// Sums that do not add.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// The checked zones and tiers of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceList {
    currency: Currency,
    zones: Vec<Zone>,
    tiers: Vec<Tier>,
}

/// What is priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// One seat.
    Seat(SeatIx),
    /// Places in an area.
    Area(AreaIx, u32),
}

impl Place {
    /// How many tickets it is.
    pub const fn tickets(self) -> u32 {
        match self {
            Self::Seat(_) => 1,
            Self::Area(_, places) => places,
        }
    }
}

/// A place that somebody wants, and the tier that they chose, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The place.
    pub place: Place,
    /// Its zone.
    pub zone: ZoneId,
    /// `None` takes the default.
    pub tier: Option<TierId>,
}

/// The price of one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceLine {
    /// The place.
    pub place: Place,
    /// Its zone.
    pub zone: ZoneId,
    /// The tier.
    pub tier: TierId,
    /// One ticket without its fee.
    pub price: Money,
    /// The fee of one ticket.
    pub fee: Money,
    /// All tickets of the line, fees included.
    pub total: Money,
}

/// The price of a selection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// In the order of what was wanted.
    pub lines: Vec<PriceLine>,
    /// All fees together; part of the total.
    pub fees: Money,
    /// What is paid.
    pub total: Money,
}

impl PriceList {
    /// Checks zones and tiers; tells the first fault.
    pub fn new(currency: Currency, zones: Vec<Zone>, mut tiers: Vec<Tier>) -> Result<Self, PricingError> {
        if zones.len() > ZONES_MAX {
            return Err(PricingError::TooMany("zones"));
        }
        if tiers.len() > TIERS_MAX {
            return Err(PricingError::TooMany("tiers"));
        }
        let mut ids = HashSet::new();
        let mut categories = HashSet::new();
        for zone in &zones {
            if !ids.insert(&zone.id) {
                return Err(PricingError::ZoneTwice(zone.id.clone()));
            }
            if let Some(twice) = zone.categories.iter().find(|key| !categories.insert(key.as_str())) {
                return Err(PricingError::CategoryTwice(twice.clone()));
            }
        }
        let mut names = HashSet::new();
        for tier in &tiers {
            if !ids.contains(&tier.zone) {
                return Err(PricingError::UnknownZone(tier.zone.clone()));
            }
            if !names.insert(&tier.id) {
                return Err(PricingError::TierTwice(tier.id.clone()));
            }
            check_tier(currency, tier)?;
        }
        tiers.sort_by(|a, b| (a.ord, &a.id).cmp(&(b.ord, &b.id)));
        Ok(Self { currency, zones, tiers })
    }

    /// The one currency of the event.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// All zones, in the order they were given.
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// All tiers, in the order of lists.
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// The zone of that id.
    pub fn zone(&self, id: &ZoneId) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.id == *id)
    }

    /// The zone that covers a category of the plan; `None` is not for sale.
    pub fn zone_of_category(&self, key: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.categories.iter().any(|own| own == key))
    }

    /// The tiers of a zone that can be chosen at that time, in the order of lists.
    pub fn tiers_at(&self, zone: &ZoneId, at: DateTime<Utc>) -> impl Iterator<Item = &Tier> {
        self.tiers.iter().filter(move |tier| tier.zone == *zone && tier.is_valid(at))
    }

    /// The tier that a place of the zone gets when none is chosen: the first valid one of the list.
    pub fn default_tier(&self, zone: &ZoneId, at: DateTime<Utc>) -> Result<&Tier, PricingError> {
        if self.zone(zone).is_none() {
            return Err(PricingError::UnknownZone(zone.clone()));
        }
        self.tiers_at(zone, at).next().ok_or_else(|| PricingError::NoTier(zone.clone()))
    }

    /// The tier of a place: the chosen one if it is of this zone and valid, else the default.
    pub fn choose(
        &self,
        zone: &ZoneId,
        chosen: Option<&TierId>,
        at: DateTime<Utc>,
    ) -> Result<&Tier, PricingError> {
        let Some(id) = chosen else { return self.default_tier(zone, at) };
        let tier = self.tiers.iter().find(|tier| tier.id == *id);
        let tier = tier.ok_or_else(|| PricingError::UnknownTier(id.clone()))?;
        if tier.zone != *zone {
            return Err(PricingError::OtherZone { tier: id.clone(), zone: zone.clone() });
        }
        if tier.is_valid(at) { Ok(tier) } else { Err(PricingError::NotNow(id.clone())) }
    }

    /// Lowest and highest all-in price that can be chosen at that time, over all zones; `None` without any.
    pub fn range(&self, at: DateTime<Utc>) -> Option<(Money, Money)> {
        let totals =
            || self.tiers.iter().filter(|tier| tier.is_valid(at)).filter_map(|tier| tier.total().ok());
        Some((totals().min_by_key(|m| m.minor)?, totals().max_by_key(|m| m.minor)?))
    }

    /// Prices a selection. Does not check that places differ or are free: that is the hold's.
    pub fn quote(&self, wanted: &[Wanted], at: DateTime<Utc>) -> Result<Quote, PricingError> {
        if wanted.len() > PRICE_LINES_MAX {
            return Err(PricingError::TooMany("lines"));
        }
        let mut fees = Money::zero(self.currency);
        let mut total = Money::zero(self.currency);
        let mut lines = Vec::with_capacity(wanted.len());
        for Wanted { place, zone, tier } in wanted {
            let tier = self.choose(zone, tier.as_ref(), at)?;
            let tickets = place.tickets();
            if tickets > AREA_PLACES_MAX {
                return Err(PricingError::TooMany("places"));
            }
            let line = tier.total()?.times(tickets)?;
            fees = fees.plus(tier.fee.times(tickets)?)?;
            total = total.plus(line)?;
            lines.push(PriceLine {
                place: *place,
                zone: zone.clone(),
                tier: tier.id.clone(),
                price: tier.price,
                fee: tier.fee,
                total: line,
            });
        }
        Ok(Quote { lines, fees, total })
    }
}

fn check_tier(currency: Currency, tier: &Tier) -> Result<(), PricingError> {
    if tier.price.currency != currency || tier.fee.currency != currency {
        return Err(MoneyError::CurrencyMismatch.into());
    }
    let fits = |money: Money| (0..=PRICE_MINOR_MAX).contains(&money.minor);
    if !fits(tier.price) || !fits(tier.fee) {
        return Err(PricingError::OutOfRange(tier.id.clone()));
    }
    match (tier.valid_from, tier.valid_to) {
        (Some(from), Some(to)) if from >= to => Err(PricingError::EmptyWindow(tier.id.clone())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
