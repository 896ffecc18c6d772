//! Counts of free seats, kept with every change of one seat in constant time.

use crate::{filters::FilterCounts, zones::ZoneInfo};
use domain::money::Money;

/// Which counters a seat belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub section: u16,
    pub zone: u8,
    pub accessible: bool,
    pub matching: bool,
}

/// Free seats by section, by zone and by filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub section_free: Vec<u32>,
    pub section_matching: Vec<u32>,
    pub counts: FilterCounts,
}

impl Tally {
    pub fn new(sections: usize, zones: usize) -> Self {
        let counts = FilterCounts { by_zone: vec![0; zones], ..FilterCounts::default() };
        Self { section_free: vec![0; sections], section_matching: vec![0; sections], counts }
    }

    /// A seat became free (`true`) or is no longer.
    pub fn turn(&mut self, place: Place, free: bool) {
        let bump = |slot: Option<&mut u32>| {
            if let Some(slot) = slot {
                *slot = if free { *slot + 1 } else { slot.saturating_sub(1) };
            }
        };
        bump(self.section_free.get_mut(usize::from(place.section)));
        bump(self.counts.by_zone.get_mut(usize::from(place.zone)));
        bump(Some(&mut self.counts.free));
        if place.accessible {
            bump(Some(&mut self.counts.accessible));
        }
        if place.matching {
            bump(Some(&mut self.counts.matching));
            bump(self.section_matching.get_mut(usize::from(place.section)));
        }
    }
}

/// A section in figures, for badges and lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionSummary {
    /// Its position in the plan.
    pub ix: u16,
    /// What people read.
    pub name: String,
    /// Free seats.
    pub free: u32,
    /// Free seats that the filter lets through.
    pub matching: u32,
    /// All seats.
    pub total: u32,
    /// Cheapest price in it; `None` when none of its seats is in a zone.
    pub price_from: Option<Money>,
    /// Dearest price in it.
    pub price_to: Option<Money>,
}

/// What does not change of a section: its zones and prices.
#[derive(Clone, Debug)]
pub(crate) struct SectionFacts {
    /// The zone that most of its seats belong to.
    pub zone: u8,
    pub prices: Option<(Money, Money)>,
}

impl SectionFacts {
    /// From the number of its seats in every zone.
    pub fn new(seats_by_zone: &[u32], zones: &[ZoneInfo]) -> Self {
        let most = seats_by_zone.iter().enumerate().max_by_key(|(at, count)| (**count, usize::MAX - at));
        let zone = most.filter(|(_, count)| **count > 0).and_then(|(at, _)| u8::try_from(at).ok());
        let mut prices: Option<(Money, Money)> = None;
        for (info, _) in zones.iter().zip(seats_by_zone).filter(|(_, count)| **count > 0) {
            let (from, to) = prices.unwrap_or((info.price_from, info.price_to));
            let from = if info.price_from.minor < from.minor { info.price_from } else { from };
            let to = if info.price_to.minor > to.minor { info.price_to } else { to };
            prices = Some((from, to));
        }
        Self { zone: zone.unwrap_or(crate::scene::NO_ZONE), prices }
    }
}
