//! Holds over HTTP.

use super::strict;
use chrono::{DateTime, Utc};
use domain::{
    ids::{AreaId, HoldId, SeatId, TierId, ZoneId},
    money::Money,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Places of an area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AreaQuantity {
    /// Which area.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub area_id: AreaId,
    /// How many places; at least one.
    pub quantity: u32,
}

/// "Choose for me".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BestAvailableWish {
    /// How many seats together.
    pub quantity: u32,
    /// Only in this zone.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub zone_id: Option<ZoneId>,
    /// Among wheelchair and companion places.
    #[serde(default)]
    pub accessible: bool,
}

/// `POST /api/v1/events/{id}/reservations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReservationRequest {
    /// The caller's name for this request; the same again gives the same hold. At most 64 bytes. The header
    /// `Idempotency-Key` serves as well.
    #[serde(default)]
    pub client_reservation_id: String,
    /// Seats to take, all or none.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub seat_ids: Vec<SeatId>,
    /// Area places to take.
    #[serde(default, deserialize_with = "strict::objects")]
    pub areas: Vec<AreaQuantity>,
    /// Instead of seats: choose for me.
    #[serde(default, deserialize_with = "strict::object_or_null")]
    pub best_available: Option<BestAvailableWish>,
    /// Tier for a seat or an area; the zone's first otherwise.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, String>))]
    pub tiers: BTreeMap<String, TierId>,
    /// A shorter life than the event's.
    #[serde(default)]
    pub ttl_seconds: Option<u64>,
    /// Proof of admission, when the event has a waiting room.
    #[serde(default)]
    pub admission_token: Option<String>,
}

/// `POST /api/v1/events/{id}/register`: general admission in one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RegisterRequest {
    /// Which price.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub tier_id: TierId,
    /// How many places.
    pub quantity: u32,
    /// The same again gives the same hold. The header `Idempotency-Key` serves as well.
    #[serde(default)]
    pub idempotency_key: String,
}

/// A held seat with its price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldSeat {
    /// The seat.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: SeatId,
    /// Position in the plan.
    pub ix: u32,
    /// "Stalls, row C, seat 12".
    pub label: String,
    /// Its zone.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub zone_id: ZoneId,
    /// Its tier.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub tier_id: TierId,
    /// The tier's name.
    pub tier_name: String,
    /// Before fees.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub price: Money,
    /// Fees.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub fee: Money,
    /// What is paid.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub total: Money,
}

/// Held places with their price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldArea {
    /// The area.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub area_id: AreaId,
    /// Its name.
    pub label: String,
    /// How many places.
    pub quantity: u32,
    /// Its tier.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub tier_id: TierId,
    /// The tier's name.
    pub tier_name: String,
    /// One place before fees.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub price: Money,
    /// Fees of one place.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub fee: Money,
    /// What is paid for all places.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub total: Money,
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldView {
    /// Its id.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub hold_id: HoldId,
    /// Its proof; only in the answer that made it, and in repetitions of that request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_token: Option<String>,
    /// Deadline.
    pub expires_at: DateTime<Utc>,
    /// The clock that decides.
    pub server_time: DateTime<Utc>,
    /// Seats.
    pub seats: Vec<HeldSeat>,
    /// Places.
    pub areas: Vec<HeldArea>,
    /// What is paid for all, fees included.
    #[cfg_attr(feature = "openapi", schema(value_type = super::MoneyDoc))]
    pub total_amount: Money,
    /// Renewals left.
    pub extensions_left: u32,
    /// Seats that this selection would leave single: checkout refuses it until they are taken too, or left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub singles: Vec<SeatId>,
}

/// `POST /api/v1/reservations/{hold_id}/extend`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Extended {
    /// The new deadline.
    pub expires_at: DateTime<Utc>,
    /// The clock that decides.
    pub server_time: DateTime<Utc>,
    /// Renewals left.
    pub extensions_left: u32,
}
