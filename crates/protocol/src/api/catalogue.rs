//! Events, their prices and their seats, as the public reads them.

use chrono::{DateTime, Utc};
use domain::{
    ids::{AreaId, EventId, SeatId, TierId, VenueId, ZoneId},
    money::Money,
    seat::SeatState,
};
use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts; absent on the last.
    pub next_cursor: Option<String>,
}

/// Where an event stands for a buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SaleStatus {
    /// Tickets can be had now.
    OnSale,
    /// Sale opens later.
    Scheduled,
    /// Sale is halted by the organizer.
    Paused,
    /// No ticket left.
    SoldOut,
    /// Does not take place.
    Cancelled,
    /// Is over, or its sale is.
    Ended,
}

/// The house, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VenueSummary {
    /// Its id.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: VenueId,
    /// Its name.
    pub name: String,
    /// City.
    pub city: String,
    /// IANA time zone (`Europe/Berlin`): times of the event are shown in it.
    pub timezone: String,
    /// Street address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// ISO 3166 country code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub country: String,
}

/// One line of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventSummary {
    /// Its id.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: EventId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// One line under the name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subtitle: String,
    /// `concert`, `theatre`, …
    pub category: String,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// Doors.
    pub doors_at: Option<DateTime<Utc>>,
    /// Sale opens.
    #[serde(default)]
    pub on_sale_at: Option<DateTime<Utc>>,
    /// The house.
    pub venue: VenueSummary,
    /// Cheapest ticket, fees included.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<super::MoneyDoc>))]
    pub price_from: Option<Money>,
    /// Dearest ticket, fees included.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<super::MoneyDoc>))]
    pub price_to: Option<Money>,
    /// Where it stands.
    pub status: SaleStatus,
    /// Seats and places that can be had now.
    pub available: u32,
    /// Seats and places on sale in all.
    pub capacity: u32,
}

/// A price of a zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierView {
    /// Unique in the event.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: TierId,
    /// Adult, Child, …
    pub name: String,
    /// Before fees.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub price: Money,
    /// Fees.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub fee: Money,
    /// What is paid.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub total: Money,
    /// Until when this price is offered, when it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<DateTime<Utc>>,
}

/// Seats and areas that share a price list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ZoneView {
    /// Unique in the event.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: ZoneId,
    /// Its name.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// Plan categories (keys) of this zone.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Prices that can be had now, the default first.
    pub tiers: Vec<TierView>,
}

/// Capacity without seats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AreaView {
    /// Unique in the plan.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: AreaId,
    /// Its name.
    pub name: String,
    /// Its zone.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub zone_id: ZoneId,
    /// Places in all.
    pub capacity: u32,
    /// Places free now.
    pub available: u32,
}

/// The drawing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanLink {
    /// The plan version.
    pub id: String,
    /// Version number.
    pub version: u32,
    /// Where the geometry asset is; immutable.
    pub url: String,
}

/// What a hold may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RulesView {
    /// Seats and places in one hold.
    pub seats_per_hold_max: u32,
    /// Life of a hold.
    pub hold_ttl_seconds: u64,
    /// No seat may be left single.
    pub no_single_seat: bool,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventDetail {
    /// The catalogue line.
    #[serde(flatten)]
    pub summary: EventSummary,
    /// Plain text, paragraphs apart by an empty line.
    pub description: String,
    /// Price lists.
    pub zones: Vec<ZoneView>,
    /// Areas.
    pub areas: Vec<AreaView>,
    /// The drawing.
    pub plan: PlanLink,
    /// Hold rules.
    pub rules: RulesView,
    /// The queue before the sale, when there is one.
    pub waiting_room: Option<WaitingRoomView>,
}

/// The queue before a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingRoomView {
    /// Where it is.
    pub url: String,
}

/// A seat of the drawing with its state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatView {
    /// Unique in the plan (`STALLS-A-10`).
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: SeatId,
    /// Position in the plan: its name in live frames.
    pub ix: u32,
    /// Section.
    pub section: String,
    /// Row.
    pub row: String,
    /// Seat number.
    pub number: String,
    /// Zone.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub zone_id: ZoneId,
    /// Plan units.
    pub x: f32,
    /// Plan units.
    pub y: f32,
    /// `wheelchair`, `companion`, `restricted_view`, `aisle`, `step_free`.
    pub attributes: Vec<String>,
    /// Its state.
    #[cfg_attr(feature = "openapi", schema(value_type = super::SeatStateDoc))]
    pub status: SeatState,
}

/// `GET /api/v1/events/{id}/seatmap`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Seatmap {
    /// Where the geometry asset is; immutable.
    pub plan_url: String,
    /// Generation of the live state.
    pub epoch: u64,
    /// Last change that is in.
    pub offset: u64,
    /// The seats.
    pub seats: Vec<SeatView>,
    /// The areas.
    pub areas: Vec<AreaView>,
}

/// `GET /api/v1/events/{id}/seatmap?format=compact`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CompactSeatmap {
    /// Where the geometry asset is; immutable.
    pub plan_url: String,
    /// Generation of the live state.
    pub epoch: u64,
    /// Last change that is in.
    pub offset: u64,
    /// How many seats are packed.
    pub seats: u32,
    /// Base64 of two bits a seat by `ix`, most significant first: 0 available, 1 held, 2 sold, 3 blocked.
    pub statuses: String,
    /// The areas.
    pub areas: Vec<AreaView>,
}

/// `GET /api/v1/events/{id}/best-available`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BestAvailable {
    /// What "choose for me" would take.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub seat_ids: Vec<SeatId>,
    /// Their price at the default tiers, fees included.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub total: Money,
}
