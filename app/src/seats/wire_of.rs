//! What the use cases answer, as the island hears it.

use super::wire::{
    Change, Held, HeldArea, HeldSeat, PickerArea, PickerEvent, PickerTier, PickerZone, Refusal,
};
use domain::{ids::SeatId, plan::Plan};
use protocol::api::{AreaQuantity, EventDetail, HoldView, Problem, SaleStatus, ZoneView};
use services::{Error, HoldChange};

impl From<&EventDetail> for PickerEvent {
    fn from(event: &EventDetail) -> Self {
        let areas = event.areas.iter().map(|area| PickerArea {
            id: area.id.clone(),
            name: area.name.clone(),
            zone: area.zone_id.clone(),
            free: area.available,
        });
        Self {
            id: event.summary.id,
            slug: event.summary.slug.clone(),
            name: event.summary.name.clone(),
            open: event.summary.status == SaleStatus::OnSale,
            plan_url: event.plan.url.clone(),
            zones: event.zones.iter().map(PickerZone::from).collect(),
            areas: areas.collect(),
            seats_max: event.rules.seats_per_hold_max,
        }
    }
}

impl From<&ZoneView> for PickerZone {
    fn from(zone: &ZoneView) -> Self {
        let tiers = zone.tiers.iter();
        let tiers =
            tiers.map(|tier| PickerTier { id: tier.id.clone(), name: tier.name.clone(), total: tier.total });
        Self {
            id: zone.id.clone(),
            name: zone.name.clone(),
            categories: zone.categories.clone(),
            tiers: tiers.collect(),
        }
    }
}

impl Held {
    /// A hold of a seat of `plan`.
    pub fn of(hold: HoldView, plan: &Plan) -> Self {
        let seats = hold.seats.into_iter().map(|seat| HeldSeat {
            id: seat.id,
            ix: seat.ix,
            label: seat.label,
            zone: seat.zone_id,
            tier: seat.tier_id,
            tier_name: seat.tier_name,
            total: seat.total,
        });
        let areas = hold.areas.into_iter().map(|area| HeldArea {
            id: area.area_id,
            label: area.label,
            quantity: area.quantity,
            tier: area.tier_id,
            tier_name: area.tier_name,
            total: area.total,
        });
        Self {
            seats: seats.collect(),
            areas: areas.collect(),
            total: hold.total_amount,
            left_ms: (hold.expires_at - hold.server_time).num_milliseconds(),
            extensions_left: hold.extensions_left,
            singles: positions(&hold.singles, plan),
        }
    }
}

impl Refusal {
    /// An error about seats of `plan`.
    pub fn of(error: &Error, plan: &Plan) -> Self {
        let (offer, max): (&[SeatId], _) = match error {
            Error::SeatsUnavailable { alternatives, .. } | Error::RuleBroken { alternatives, .. } => {
                (alternatives.iter().find(|seats| !seats.is_empty()).map_or(&[], Vec::as_slice), None)
            }
            Error::NoBlock { largest } => (largest, None),
            Error::LimitExceeded { max } => (&[], Some(*max)),
            _ => (&[], None),
        };
        Self { offer: positions(offer, plan), max, ..Self::new(&Problem::from(error).code) }
    }
}

impl From<Change> for HoldChange {
    fn from(change: Change) -> Self {
        let areas = change.areas.into_iter();
        Self {
            add_seats: change.add,
            remove_seats: change.remove,
            set_areas: areas.map(|(area_id, quantity)| AreaQuantity { area_id, quantity }).collect(),
            tiers: change.tiers.into_iter().collect(),
        }
    }
}

fn positions(seats: &[SeatId], plan: &Plan) -> Vec<u32> {
    seats.iter().filter_map(|id| plan.seat_ix(id)).map(|seat| seat.0).collect()
}
