//! What the buyer wants to see. Seats outside are dimmed, not hidden: that is another thing than taken.

use crate::zones::ZoneInfo;
use domain::{money::Money, plan::Attributes};

/// A filter; the default lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Numbers of wanted zones; empty is any.
    pub zones: Vec<u8>,
    /// Nothing dearer than this, by a seat's cheapest tier.
    pub price_max: Option<Money>,
    /// Only wheelchair, companion and step-free places.
    pub accessible: bool,
}

/// Free seats by what a filter would let through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterCounts {
    /// Free seats that the filter in force lets through.
    pub matching: u32,
    /// Free seats in all.
    pub free: u32,
    /// Free seats of every zone, whatever the filter.
    pub by_zone: Vec<u32>,
    /// Free accessible seats, whatever the filter.
    pub accessible: u32,
}

/// Whether a seat counts as accessible.
pub const fn accessible(attributes: Attributes) -> bool {
    let any = Attributes::WHEELCHAIR.0 | Attributes::COMPANION.0 | Attributes::STEP_FREE.0;
    attributes.0 & any != 0
}

impl Filters {
    /// Whether everything passes.
    pub fn is_open(&self) -> bool {
        self.zones.is_empty() && self.price_max.is_none() && !self.accessible
    }

    /// Whether seats of this zone pass, as far as zone and price decide.
    pub fn admits_zone(&self, number: u8, zone: Option<&ZoneInfo>) -> bool {
        let wanted = self.zones.is_empty() || self.zones.contains(&number);
        let dear = |max: Money| zone.is_none_or(|z| z.price_from.minor > max.minor);
        wanted && !self.price_max.is_some_and(dear)
    }
}
