//! Rows of the catalogue's tables, and how they become its types.

use super::{EventArea, EventDetail, EventStatus, EventSummary, Tier, Venue, Zone};
use crate::{
    error::Result,
    orders::{area_ix, currency},
    organizers::tax_rate,
};
use chrono::{DateTime, Utc};
use domain::{
    hold::HoldRules,
    ids::{AreaId, EventId, OrganizerId, PlanId, TierId, VenueId, ZoneId},
    money::Money,
    seat::SeatIx,
};
use uuid::Uuid;

/// The columns of a listing. `$1` is now: prices are those that are valid at that moment.
macro_rules! summary_columns {
    () => {
        "e.id, e.slug, e.name, e.subtitle, e.category, e.series, e.plan_id, e.starts_at, e.doors_at, e.ends_at,
         e.on_sale_at, e.off_sale_at, e.status, e.currency, e.capacity, p.price_from, p.price_to,
         v.id AS venue_id, v.slug AS venue_slug, v.name AS venue_name, v.city, v.country, v.timezone, v.address,
         v.latitude, v.longitude"
    };
}

/// Where the columns of a listing come from.
macro_rules! summary_tables {
    () => {
        "events e
         JOIN venues v ON v.id = e.venue_id
         LEFT JOIN LATERAL (
             SELECT min(t.price_minor + t.fee_minor) AS price_from, max(t.price_minor + t.fee_minor) AS price_to
             FROM tiers t
             WHERE t.event_id = e.id AND coalesce(t.valid_from <= $1, true) AND coalesce($1 < t.valid_to, true)
         ) p ON true"
    };
}
pub(super) use {summary_columns, summary_tables};

/// One event by id (`$2`) or slug (`$3`); the other is NULL.
pub(super) const DETAIL: &str = concat!(
    "SELECT ",
    summary_columns!(),
    ", e.description, e.organizer_id, e.tax_rate_bp, e.seats_per_hold_max, e.seats_per_buyer_max, e.hold_ttl_ms, e.extensions_max,
       e.lifetime_max_ms, e.no_single_seat, pl.version, pl.geometry_hash, pl.seats
     FROM ",
    summary_tables!(),
    " JOIN plans pl ON pl.id = e.plan_id WHERE e.id = $2 OR e.slug = $3"
);

#[derive(sqlx::FromRow)]
pub(super) struct VenueRow {
    venue_id: Uuid,
    venue_slug: String,
    venue_name: String,
    city: String,
    country: String,
    timezone: String,
    address: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl From<VenueRow> for Venue {
    fn from(row: VenueRow) -> Self {
        Self {
            id: VenueId(row.venue_id),
            slug: row.venue_slug,
            name: row.venue_name,
            city: row.city,
            country: row.country,
            timezone: row.timezone,
            address: row.address,
            position: row.latitude.zip(row.longitude),
        }
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct SummaryRow {
    pub(super) id: Uuid,
    slug: String,
    name: String,
    subtitle: String,
    category: String,
    series: String,
    plan_id: Uuid,
    starts_at: DateTime<Utc>,
    doors_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    on_sale_at: DateTime<Utc>,
    off_sale_at: DateTime<Utc>,
    status: EventStatus,
    currency: String,
    capacity: i32,
    price_from: Option<i64>,
    price_to: Option<i64>,
    #[sqlx(flatten)]
    venue: VenueRow,
}

impl SummaryRow {
    pub(super) fn into_summary(self) -> Result<EventSummary> {
        let currency = currency(&self.currency)?;
        Ok(EventSummary {
            id: EventId(self.id),
            slug: self.slug,
            name: self.name,
            subtitle: self.subtitle,
            category: self.category,
            series: self.series,
            venue: self.venue.into(),
            plan: PlanId(self.plan_id),
            starts_at: self.starts_at,
            doors_at: self.doors_at,
            ends_at: self.ends_at,
            on_sale_at: self.on_sale_at,
            off_sale_at: self.off_sale_at,
            status: self.status,
            currency,
            capacity: self.capacity.cast_unsigned(),
            price_from: self.price_from.map(|minor| Money::new(minor, currency)),
            price_to: self.price_to.map(|minor| Money::new(minor, currency)),
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct DetailRow {
    #[sqlx(flatten)]
    pub(super) summary: SummaryRow,
    description: String,
    organizer_id: Uuid,
    tax_rate_bp: i32,
    seats_per_hold_max: i32,
    seats_per_buyer_max: i32,
    hold_ttl_ms: i64,
    extensions_max: i32,
    lifetime_max_ms: i64,
    no_single_seat: bool,
    version: i32,
    geometry_hash: String,
    seats: i32,
}

#[derive(sqlx::FromRow)]
pub(super) struct ZoneRow {
    id: String,
    name: String,
    color: String,
    shape: String,
    categories: Vec<String>,
}

#[derive(sqlx::FromRow)]
pub(super) struct TierRow {
    id: String,
    zone_id: String,
    name: String,
    price_minor: i64,
    fee_minor: i64,
    valid_from: Option<DateTime<Utc>>,
    valid_to: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
pub(super) struct AreaRow {
    area_ix: i32,
    area_id: String,
    name: String,
    zone_id: String,
    capacity: i32,
    claimed: i32,
}

impl AreaRow {
    fn into_area(self) -> Result<EventArea> {
        Ok(EventArea {
            ix: area_ix(self.area_ix)?,
            id: AreaId(self.area_id),
            name: self.name,
            zone: ZoneId(self.zone_id),
            capacity: self.capacity.cast_unsigned(),
            claimed: self.claimed.cast_unsigned(),
        })
    }
}

impl DetailRow {
    pub(super) fn into_detail(
        self,
        zones: Vec<ZoneRow>,
        tiers: Vec<TierRow>,
        areas: Vec<AreaRow>,
        blocked: Vec<i32>,
    ) -> Result<EventDetail> {
        let summary = self.summary.into_summary()?;
        let currency = summary.currency;
        let mut tiers: Vec<Tier> = tiers
            .into_iter()
            .map(|t| Tier {
                id: TierId(t.id),
                zone: ZoneId(t.zone_id),
                name: t.name,
                price: Money::new(t.price_minor, currency),
                fee: Money::new(t.fee_minor, currency),
                valid_from: t.valid_from,
                valid_to: t.valid_to,
            })
            .collect();
        let zones = zones
            .into_iter()
            .map(|z| {
                let id = ZoneId(z.id);
                let tiers = tiers.extract_if(.., |t| t.zone == id).collect();
                Zone { id, name: z.name, color: z.color, shape: z.shape, categories: z.categories, tiers }
            })
            .collect();
        Ok(EventDetail {
            summary,
            description: self.description,
            organizer: OrganizerId(self.organizer_id),
            tax_rate: tax_rate(self.tax_rate_bp)?,
            rules: HoldRules {
                seats_per_hold_max: self.seats_per_hold_max.cast_unsigned(),
                seats_per_buyer_max: self.seats_per_buyer_max.cast_unsigned(),
                hold_ttl_ms: self.hold_ttl_ms.cast_unsigned(),
                extensions_max: self.extensions_max.cast_unsigned(),
                lifetime_max_ms: self.lifetime_max_ms.cast_unsigned(),
                no_single_seat: self.no_single_seat,
            },
            plan_version: self.version.cast_unsigned(),
            geometry_hash: self.geometry_hash,
            seats: self.seats.cast_unsigned(),
            zones,
            areas: areas.into_iter().map(AreaRow::into_area).collect::<Result<_>>()?,
            blocked: blocked.into_iter().map(|ix| SeatIx(ix.cast_unsigned())).collect(),
        })
    }
}
