//! Venues and events: what can be found, and what is known of one event.
//!
//! [`search`] answers the listing pages, [`facets`] their filters, [`write`] is for the seed and the organizer.

pub mod facets;
mod rows;
pub mod search;
pub mod write;

use crate::{error::Result, pool::PgStore};
use chrono::{DateTime, Utc};
use domain::{
    hold::HoldRules,
    ids::{AreaId, EventId, OrganizerId, PlanId, TierId, VenueId, ZoneId},
    money::{Currency, Money},
    seat::{AreaIx, SeatIx},
    tax::TaxRate,
};
use rows::{AreaRow, DETAIL, DetailRow, TierRow, ZoneRow};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where an event stands, as its organizer set it. Sold out, scheduled and ended follow from counts and the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// Not visible.
    Draft,
    /// Visible, on sale between its sale times.
    Published,
    /// Visible, not sold for the moment.
    Paused,
    /// Visible, will not take place.
    Cancelled,
}

/// A house.
#[derive(Clone, Debug, PartialEq)]
pub struct Venue {
    /// Its name for programs.
    pub id: VenueId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// City.
    pub city: String,
    /// ISO 3166 code in capitals.
    pub country: String,
    /// IANA time zone (`Europe/Berlin`).
    pub timezone: String,
    /// Street and number, postcode.
    pub address: String,
    /// Degrees north and east.
    pub position: Option<(f64, f64)>,
}

/// What a listing shows of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventSummary {
    /// Its name for programs.
    pub id: EventId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// One line more; may be empty.
    pub subtitle: String,
    /// `theatre`, `concert`, …
    pub category: String,
    /// Groups occurrences; may be empty.
    pub series: String,
    /// Where.
    pub venue: Venue,
    /// The plan version it is sold from.
    pub plan: PlanId,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// Doors.
    pub doors_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// First moment of the sale.
    pub on_sale_at: DateTime<Utc>,
    /// First moment after the sale.
    pub off_sale_at: DateTime<Utc>,
    /// As the organizer set it.
    pub status: EventStatus,
    /// Of all its prices.
    pub currency: Currency,
    /// Seats and places that can be sold.
    pub capacity: u32,
    /// The lowest price that is valid now, fees included.
    pub price_from: Option<Money>,
    /// The highest price that is valid now, fees included.
    pub price_to: Option<Money>,
}

/// A named price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Unique in the event.
    pub id: TierId,
    /// Its zone.
    pub zone: ZoneId,
    /// For people.
    pub name: String,
    /// Without fee.
    pub price: Money,
    /// Fee.
    pub fee: Money,
    /// Valid from then on.
    pub valid_from: Option<DateTime<Utc>>,
    /// Valid before then.
    pub valid_to: Option<DateTime<Utc>>,
}

/// Seats and areas that share a price list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Unique in the event.
    pub id: ZoneId,
    /// For people.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// The mark that goes with the colour.
    pub shape: String,
    /// Keys of the plan's categories that it covers.
    pub categories: Vec<String>,
    /// All its tiers, in order; the first valid one is the usual price.
    pub tiers: Vec<Tier>,
}

/// Places without seats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventArea {
    /// Position in the plan.
    pub ix: AreaIx,
    /// The plan's id of it.
    pub id: AreaId,
    /// For people.
    pub name: String,
    /// Its price list.
    pub zone: ZoneId,
    /// Places there are.
    pub capacity: u32,
    /// Places reserved or sold.
    pub claimed: u32,
}

/// Everything about one event but its drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct EventDetail {
    /// What a listing shows.
    pub summary: EventSummary,
    /// In words.
    pub description: String,
    /// Who sells.
    pub organizer: OrganizerId,
    /// The tax in all its prices.
    pub tax_rate: TaxRate,
    /// Rules of holds.
    pub rules: HoldRules,
    /// Version of the plan.
    pub plan_version: u32,
    /// Address of the plan's asset.
    pub geometry_hash: String,
    /// Seats in the plan.
    pub seats: u32,
    /// Price lists, in order.
    pub zones: Vec<Zone>,
    /// Areas, by position.
    pub areas: Vec<EventArea>,
    /// Seats not for sale, sorted.
    pub blocked: Vec<SeatIx>,
}

impl PgStore {
    /// An event by id, drafts included.
    pub async fn event_by_id(&self, id: EventId, now: DateTime<Utc>) -> Result<Option<EventDetail>> {
        let row: Option<DetailRow> = sqlx::query_as(DETAIL)
            .bind(now)
            .bind(Some(id.0))
            .bind(None::<&str>)
            .fetch_optional(&self.pool)
            .await?;
        self.detail(row).await
    }

    /// An event by its name in addresses, drafts included.
    pub async fn event_by_slug(&self, slug: &str, now: DateTime<Utc>) -> Result<Option<EventDetail>> {
        let row: Option<DetailRow> = sqlx::query_as(DETAIL)
            .bind(now)
            .bind(None::<Uuid>)
            .bind(Some(slug))
            .fetch_optional(&self.pool)
            .await?;
        self.detail(row).await
    }

    async fn detail(&self, row: Option<DetailRow>) -> Result<Option<EventDetail>> {
        let Some(row) = row else { return Ok(None) };
        let id = row.summary.id;
        let tiers: Vec<TierRow> = sqlx::query_as(
            "SELECT id, zone_id, name, price_minor, fee_minor, valid_from, valid_to
             FROM tiers WHERE event_id = $1 ORDER BY ord, id",
        )
        .bind(id)
        .fetch_all(&self.pool)
        .await?;
        let zones: Vec<ZoneRow> = sqlx::query_as(
            "SELECT id, name, color, shape, categories FROM zones WHERE event_id = $1 ORDER BY ord, id",
        )
        .bind(id)
        .fetch_all(&self.pool)
        .await?;
        let areas: Vec<AreaRow> = sqlx::query_as(
            "SELECT area_ix, area_id, name, zone_id, capacity, claimed
             FROM event_areas WHERE event_id = $1 ORDER BY area_ix",
        )
        .bind(id)
        .fetch_all(&self.pool)
        .await?;
        let blocked: Vec<i32> =
            sqlx::query_scalar("SELECT seat_ix FROM blocked_seats WHERE event_id = $1 ORDER BY seat_ix")
                .bind(id)
                .fetch_all(&self.pool)
                .await?;
        row.into_detail(zones, tiers, areas, blocked).map(Some)
    }

    /// The poster of an event as SVG; none when it has none.
    pub async fn poster_by_slug(&self, slug: &str) -> Result<Option<String>> {
        self.read_stale(|pool| async move {
            let svg = sqlx::query_scalar(
                "SELECT poster_svg FROM events WHERE slug = $1 AND status <> 'draft' AND poster_svg <> ''",
            )
            .bind(slug)
            .fetch_optional(&pool)
            .await?;
            Ok(svg)
        })
        .await
    }

    /// Events that are visible and have not ended: what Redis must know, soonest first.
    pub async fn published_events(&self, now: DateTime<Utc>) -> Result<Vec<(EventId, PlanId)>> {
        let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
            "SELECT id, plan_id FROM events
             WHERE status IN ('published', 'paused') AND ends_at > $1 ORDER BY starts_at, id",
        )
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(event, plan)| (EventId(event), PlanId(plan))).collect())
    }

    /// Whether any event is there: the demo is seeded once.
    pub async fn has_events(&self) -> Result<bool> {
        Ok(sqlx::query_scalar("SELECT EXISTS (SELECT FROM events)").fetch_one(&self.pool).await?)
    }

    /// All venues by city and name.
    pub async fn venues(&self) -> Result<Vec<Venue>> {
        let rows: Vec<rows::VenueRow> = sqlx::query_as(
            "SELECT id AS venue_id, slug AS venue_slug, name AS venue_name, city, country, timezone, address,
                    latitude, longitude
             FROM venues ORDER BY city, name",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
