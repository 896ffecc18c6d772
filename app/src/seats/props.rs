//! What the server gives the island: small, and nothing that the map's asset or the live socket brings anyway.

use domain::ids::EventId;
use protocol::api::{AreaView, EventDetail, HoldView, RulesView, SaleStatus, TierView, ZoneView};
use serde::{Deserialize, Serialize};

/// The island's view of an event.
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
    pub zones: Vec<ZoneView>,
    /// Areas, in the order of the plan.
    pub areas: Vec<AreaView>,
    /// Hold rules.
    pub rules: RulesView,
}

impl PickerEvent {
    /// The part of an event that the island needs.
    pub fn of(event: &EventDetail) -> Self {
        Self {
            id: event.summary.id,
            slug: event.summary.slug.clone(),
            name: event.summary.name.clone(),
            open: event.summary.status == SaleStatus::OnSale,
            plan_url: event.plan.url.clone(),
            zones: event.zones.clone(),
            areas: event.areas.clone(),
            rules: event.rules,
        }
    }

    /// The prices of a zone, the default first.
    pub fn tiers(&self, zone: &str) -> Vec<TierView> {
        self.zones.iter().find(|z| z.id.0 == zone).map(|z| z.tiers.clone()).unwrap_or_default()
    }

    /// The zone of an area.
    pub fn zone_of_area(&self, area: &str) -> Option<&ZoneView> {
        let area = self.areas.iter().find(|a| a.id.0 == area)?;
        self.zones.iter().find(|zone| zone.id == area.zone_id)
    }

    /// The buyer's way to the checkout.
    pub fn checkout_path(&self) -> String {
        format!("/events/{}/checkout", self.slug)
    }
}

/// The hold as it was when the page was rendered.
pub type InitialHold = Option<HoldView>;
