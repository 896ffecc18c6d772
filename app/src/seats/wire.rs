//! What the server and the island tell each other: small, typed, and packed with postcard. A reader of JSON and of
//! dates would be a fifth of the code that a buyer downloads before the map moves.

use domain::{
    ids::{AreaId, EventId, SeatId, TierId, ZoneId},
    money::Money,
};
use leptos::server_fn::{
    codec::PostcardEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

/// The island's view of an event: nothing that the map's asset or the live socket brings anyway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PickerEvent {
    /// Its id.
    pub id: EventId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Tickets can be had now.
    pub open: bool,
    /// Where the geometry asset is.
    pub plan_url: String,
    /// Price lists, in the order of the map's looks.
    pub zones: Vec<PickerZone>,
    /// Areas, in the order of the plan.
    pub areas: Vec<PickerArea>,
    /// Seats and places in one hold.
    pub seats_max: u32,
}

/// A price list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PickerZone {
    /// Its id.
    pub id: ZoneId,
    /// Its name.
    pub name: String,
    /// Plan categories (keys) of this zone.
    pub categories: Vec<String>,
    /// Prices that can be had now, the default first.
    pub tiers: Vec<PickerTier>,
}

/// A price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PickerTier {
    /// Its id.
    pub id: TierId,
    /// Adult, Child, …
    pub name: String,
    /// What is paid, fees included.
    pub total: Money,
}

/// Capacity without seats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PickerArea {
    /// Its id.
    pub id: AreaId,
    /// Its name.
    pub name: String,
    /// Its zone.
    pub zone: ZoneId,
    /// Places free when the page was made.
    pub free: u32,
}

/// What the buyer holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Seats.
    pub seats: Vec<HeldSeat>,
    /// Places.
    pub areas: Vec<HeldArea>,
    /// What is paid for all, fees included.
    pub total: Money,
    /// Milliseconds left when the server answered, by the clock that decides.
    pub left_ms: i64,
    /// Renewals left.
    pub extensions_left: u32,
    /// Seats that this selection would leave single.
    pub singles: Vec<u32>,
}

/// A held seat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldSeat {
    /// Its id.
    pub id: SeatId,
    /// Position in the plan.
    pub ix: u32,
    /// "Stalls, row C, seat 12".
    pub label: String,
    /// Its zone.
    pub zone: ZoneId,
    /// Its tier.
    pub tier: TierId,
    /// The tier's name.
    pub tier_name: String,
    /// What is paid.
    pub total: Money,
}

/// Held places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldArea {
    /// The area.
    pub id: AreaId,
    /// Its name.
    pub label: String,
    /// How many places.
    pub quantity: u32,
    /// Their tier.
    pub tier: TierId,
    /// The tier's name.
    pub tier_name: String,
    /// What is paid for all places.
    pub total: Money,
}

/// What the buyer wants of the selection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wish {
    /// To see it: after going back, from a second tab.
    Look,
    /// To take and give back, all or nothing.
    Change(Change),
    /// The best free block instead of it.
    Choose {
        /// How many seats.
        quantity: u32,
        /// Only in this zone.
        zone: Option<ZoneId>,
        /// Wheelchair and companion places.
        accessible: bool,
    },
    /// More time for it.
    Extend,
    /// To give all of it back.
    Release,
}

/// Taps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Seats to take, by position.
    pub add: Vec<u32>,
    /// Seats to give back.
    pub remove: Vec<u32>,
    /// Places of areas, as they shall be.
    pub areas: Vec<(AreaId, u32)>,
    /// Tiers, by seat or area.
    pub tiers: Vec<(String, TierId)>,
}

/// Why not, and what instead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}")]
pub struct Refusal {
    /// The stable code of the HTTP contract; [`crate::error::words`] says it to people.
    pub code: String,
    /// Seats that could be taken instead.
    pub offer: Vec<u32>,
    /// The cap that was met.
    pub max: Option<u32>,
}

impl Refusal {
    /// Nothing but a code.
    pub fn new(code: &str) -> Self {
        Self { code: code.to_owned(), offer: Vec::new(), max: None }
    }
}

impl FromServerFnError for Refusal {
    type Encoder = PostcardEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::new(match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => "offline",
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => "malformed",
            _ => "unavailable",
        })
    }
}

impl PickerEvent {
    /// The prices of a zone, the default first.
    pub fn tiers(&self, zone: &ZoneId) -> Vec<PickerTier> {
        self.zones.iter().find(|z| z.id == *zone).map(|z| z.tiers.clone()).unwrap_or_default()
    }

    /// The position of a zone: its look on the map.
    pub fn zone_ix(&self, zone: &ZoneId) -> usize {
        self.zones.iter().position(|z| z.id == *zone).unwrap_or_default()
    }

    /// Whether some zone has more than areas: places without a number need no choosing.
    pub fn has_seats(&self) -> bool {
        self.zones.iter().any(|zone| self.areas.iter().all(|area| area.zone != zone.id))
    }

    /// The buyer's way to the checkout.
    pub fn checkout_path(&self) -> String {
        format!("/events/{}/checkout", self.slug)
    }
}

impl Held {
    /// How many seats and places it has.
    pub fn size(&self) -> u32 {
        let seats = u32::try_from(self.seats.len()).unwrap_or(u32::MAX);
        self.areas.iter().fold(seats, |sum, area| sum.saturating_add(area.quantity))
    }

    /// Its places in an area.
    pub fn places(&self, area: &AreaId) -> u32 {
        self.areas.iter().find(|held| held.id == *area).map_or(0, |held| held.quantity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_survives_its_wire_form() {
        let refusal = Refusal { offer: vec![3, 4], max: Some(10), ..Refusal::new("limit_exceeded") };
        assert_eq!(Refusal::de(refusal.ser()), refusal);
    }

    #[test]
    fn what_cannot_be_read_is_no_success() {
        assert_eq!(Refusal::de(vec![0xff, 0xff].into()).code, "malformed");
    }
}
