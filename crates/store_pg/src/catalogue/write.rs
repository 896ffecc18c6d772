//! Writing the catalogue: for the seed and the organizer.

use super::{EventArea, EventStatus, Venue, Zone};
use crate::{
    audit::{self, Cause},
    error::{Result, StoreError, retried},
    facts,
    pool::PgStore,
    reservations::claim,
};
use chrono::{DateTime, Utc};
use domain::{
    hold::HoldRules,
    ids::{EventId, OrganizerId, PlanId, VenueId},
    money::Currency,
    seat::SeatIx,
    tax::TaxRate,
};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// An event as its organizer describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Drawn by the caller; an event with the same slug keeps its own.
    pub id: EventId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// One line more; may be empty.
    pub subtitle: String,
    /// In words.
    pub description: String,
    /// `theatre`, `concert`, …
    pub category: String,
    /// Groups occurrences; may be empty.
    pub series: String,
    /// Who sells; has to be there.
    pub organizer: OrganizerId,
    /// The tax in all its prices; none is the organizer's rate for a new event, and changes nothing at one that is there.
    pub tax_rate: Option<TaxRate>,
    /// Where.
    pub venue: VenueId,
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
    /// Where it stands.
    pub status: EventStatus,
    /// Of all its prices.
    pub currency: Currency,
    /// Rules of holds.
    pub rules: HoldRules,
    /// Poster as SVG; may be empty.
    pub poster_svg: String,
    /// Price lists with their tiers, in order.
    pub zones: Vec<Zone>,
    /// Areas; what is claimed of them stays.
    pub areas: Vec<EventArea>,
    /// Seats not for sale.
    pub blocked: Vec<SeatIx>,
}

impl PgStore {
    /// Writes a venue, or brings the one with the same slug up to date; answers its id.
    pub async fn upsert_venue(&self, venue: &Venue, cause: &Cause<'_>) -> Result<VenueId> {
        let mut tx = self.begin().await?;
        let id: Uuid = sqlx::query_scalar(
            "INSERT INTO venues (id, slug, name, city, country, timezone, address, latitude, longitude, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (slug) DO UPDATE SET name = excluded.name, city = excluded.city, country = excluded.country,
                 timezone = excluded.timezone, address = excluded.address, latitude = excluded.latitude,
                 longitude = excluded.longitude
             RETURNING id",
        )
        .bind(venue.id.0)
        .bind(&venue.slug)
        .bind(&venue.name)
        .bind(&venue.city)
        .bind(&venue.country)
        .bind(&venue.timezone)
        .bind(&venue.address)
        .bind(venue.position.map(|p| p.0))
        .bind(venue.position.map(|p| p.1))
        .bind(cause.at)
        .fetch_one(&mut *tx)
        .await?;
        audit::write(&mut tx, cause, "venue", &id.to_string(), "written", json!({ "slug": venue.slug }))
            .await?;
        tx.commit().await?;
        Ok(VenueId(id))
    }

    /// Writes an event with its zones, tiers, areas and blocked seats, or brings the one with the same slug up to date;
    /// answers its id. Prices of placed orders are frozen in their lines and stay.
    pub async fn upsert_event(&self, event: &NewEvent, cause: &Cause<'_>) -> Result<EventId> {
        retried!(self.try_upsert(event, cause))
    }

    async fn try_upsert(&self, event: &NewEvent, cause: &Cause<'_>) -> Result<EventId> {
        let mut tx = self.begin().await?;
        let before = times_of(&mut tx, &event.slug).await?;
        let id = write_event(&mut tx, event, cause.at).await?;
        write_zones(&mut tx, id, &event.zones).await?;
        write_areas(&mut tx, id, &event.areas).await?;
        write_blocked(&mut tx, id, &event.blocked).await?;
        sqlx::query(
            "UPDATE events e SET capacity = p.seats
                 - (SELECT count(*) FROM blocked_seats b WHERE b.event_id = e.id)
                 + (SELECT coalesce(sum(a.capacity), 0) FROM event_areas a WHERE a.event_id = e.id)
             FROM plans p WHERE p.id = e.plan_id AND e.id = $1",
        )
        .bind(id)
        .execute(&mut *tx)
        .await?;
        let data = json!({ "slug": event.slug, "status": event.status });
        audit::write(&mut tx, cause, "event", &id.to_string(), "written", data).await?;
        if let Some(before) = before.filter(|before| !before.is_still_that_of(event)) {
            facts::put(&mut tx, "event_changed", json!({ "event": id, "before": before }), cause.at).await?;
        }
        tx.commit().await?;
        Ok(EventId(id))
    }

    /// Publishes, pauses or cancels an event; `false` when it stood so already.
    pub async fn set_event_status(
        &self,
        id: EventId,
        status: EventStatus,
        cause: &Cause<'_>,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let before: Option<EventStatus> =
            sqlx::query_scalar("SELECT status FROM events WHERE id = $1 FOR UPDATE")
                .bind(id.0)
                .fetch_optional(&mut *tx)
                .await?;
        let before = before.ok_or(StoreError::Missing { what: "the event" })?;
        if before == status {
            return Ok(false);
        }
        if before == EventStatus::Cancelled {
            return Err(StoreError::WrongState { what: "the event" });
        }
        sqlx::query(
            "UPDATE events SET status = $2, updated_at = $3,
                    frozen = CASE WHEN $2 = 'published' THEN NULL ELSE frozen END
             WHERE id = $1",
        )
        .bind(id.0)
        .bind(status)
        .bind(cause.at)
        .execute(&mut *tx)
        .await?;
        let data = json!({ "from": before, "to": status });
        audit::write(&mut tx, cause, "event", &id.to_string(), "status", data.clone()).await?;
        facts::put(&mut tx, "event_status", json!({ "event": id, "change": data }), cause.at).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// When and where an event was, as those who have tickets know it.
#[derive(Serialize, sqlx::FromRow)]
struct Times {
    starts_at: DateTime<Utc>,
    doors_at: DateTime<Utc>,
    venue_id: Uuid,
    venue: String,
}

impl Times {
    fn is_still_that_of(&self, event: &NewEvent) -> bool {
        // PostgreSQL keeps microseconds.
        let same = |a: DateTime<Utc>, b: DateTime<Utc>| a.timestamp_micros() == b.timestamp_micros();
        same(self.starts_at, event.starts_at)
            && same(self.doors_at, event.doors_at)
            && self.venue_id == event.venue.0
    }
}

/// Of an event that is there already; it is locked until the transaction ends.
async fn times_of(tx: &mut PgConnection, slug: &str) -> Result<Option<Times>> {
    let times = sqlx::query_as(
        "SELECT e.starts_at, e.doors_at, e.venue_id, v.name AS venue
         FROM events e JOIN venues v ON v.id = e.venue_id WHERE e.slug = $1 FOR UPDATE OF e",
    )
    .bind(slug)
    .fetch_optional(tx)
    .await?;
    Ok(times)
}

async fn write_event(tx: &mut PgConnection, event: &NewEvent, at: DateTime<Utc>) -> Result<Uuid> {
    let rules = &event.rules;
    let id = sqlx::query_scalar(
        "INSERT INTO events (id, slug, name, subtitle, description, category, series, venue_id, plan_id, starts_at,
                             doors_at, ends_at, on_sale_at, off_sale_at, status, currency, capacity,
                             seats_per_hold_max, seats_per_buyer_max, hold_ttl_ms, extensions_max, lifetime_max_ms,
                             no_single_seat, poster_svg, created_at, updated_at, organizer_id, tax_rate_bp)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, $17, $18, $19, $20, $21,
                 $22, $23, $24, $24, $25,
                 coalesce($26, (SELECT g.tax_rate_bp FROM organizers g WHERE g.id = $25), 0))
         ON CONFLICT (slug) DO UPDATE SET
             name = excluded.name, subtitle = excluded.subtitle, description = excluded.description,
             category = excluded.category, series = excluded.series, venue_id = excluded.venue_id,
             starts_at = excluded.starts_at, doors_at = excluded.doors_at, ends_at = excluded.ends_at,
             on_sale_at = excluded.on_sale_at, off_sale_at = excluded.off_sale_at, status = excluded.status,
             seats_per_hold_max = excluded.seats_per_hold_max, seats_per_buyer_max = excluded.seats_per_buyer_max,
             hold_ttl_ms = excluded.hold_ttl_ms, extensions_max = excluded.extensions_max,
             lifetime_max_ms = excluded.lifetime_max_ms, no_single_seat = excluded.no_single_seat,
             poster_svg = excluded.poster_svg, updated_at = excluded.updated_at,
             organizer_id = excluded.organizer_id, tax_rate_bp = coalesce($26, events.tax_rate_bp)
         RETURNING id",
    )
    .bind(event.id.0)
    .bind(&event.slug)
    .bind(&event.name)
    .bind(&event.subtitle)
    .bind(&event.description)
    .bind(&event.category)
    .bind(&event.series)
    .bind(event.venue.0)
    .bind(event.plan.0)
    .bind(event.starts_at)
    .bind(event.doors_at)
    .bind(event.ends_at)
    .bind(event.on_sale_at)
    .bind(event.off_sale_at)
    .bind(event.status)
    .bind(event.currency.code())
    .bind(rules.seats_per_hold_max.cast_signed())
    .bind(rules.seats_per_buyer_max.cast_signed())
    .bind(rules.hold_ttl_ms.cast_signed())
    .bind(rules.extensions_max.cast_signed())
    .bind(rules.lifetime_max_ms.cast_signed())
    .bind(rules.no_single_seat)
    .bind(&event.poster_svg)
    .bind(at)
    .bind(event.organizer.0)
    .bind(event.tax_rate.map(|rate| i32::from(rate.basis_points())))
    .fetch_one(tx)
    .await?;
    Ok(id)
}

async fn write_zones(tx: &mut PgConnection, event: Uuid, zones: &[Zone]) -> Result<()> {
    sqlx::query("DELETE FROM zones WHERE event_id = $1").bind(event).execute(&mut *tx).await?;
    for (ord, zone) in (0_i32..).zip(zones) {
        sqlx::query(
            "INSERT INTO zones (event_id, id, name, color, shape, ord, categories) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(event)
        .bind(&zone.id.0)
        .bind(&zone.name)
        .bind(&zone.color)
        .bind(&zone.shape)
        .bind(ord)
        .bind(&zone.categories)
        .execute(&mut *tx)
        .await?;
    }
    let tiers: Vec<_> = zones.iter().flat_map(|z| z.tiers.iter().map(move |t| (&z.id, t))).collect();
    sqlx::query(
        "INSERT INTO tiers (event_id, ord, id, zone_id, name, price_minor, fee_minor, valid_from, valid_to)
         SELECT $1, n.ord, n.id, n.zone_id, n.name, n.price_minor, n.fee_minor, n.valid_from, n.valid_to
         FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::timestamptz[],
                     $8::timestamptz[]) WITH ORDINALITY
              AS n (id, zone_id, name, price_minor, fee_minor, valid_from, valid_to, ord)",
    )
    .bind(event)
    .bind(tiers.iter().map(|(_, t)| t.id.0.clone()).collect::<Vec<_>>())
    .bind(tiers.iter().map(|(zone, _)| zone.0.clone()).collect::<Vec<_>>())
    .bind(tiers.iter().map(|(_, t)| t.name.clone()).collect::<Vec<_>>())
    .bind(tiers.iter().map(|(_, t)| t.price.minor).collect::<Vec<_>>())
    .bind(tiers.iter().map(|(_, t)| t.fee.minor).collect::<Vec<_>>())
    .bind(tiers.iter().map(|(_, t)| t.valid_from).collect::<Vec<_>>())
    .bind(tiers.iter().map(|(_, t)| t.valid_to).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}

async fn write_areas(tx: &mut PgConnection, event: Uuid, areas: &[EventArea]) -> Result<()> {
    for area in areas {
        sqlx::query(
            "INSERT INTO event_areas (event_id, area_ix, area_id, name, zone_id, capacity) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (event_id, area_ix) DO UPDATE SET area_id = excluded.area_id, name = excluded.name,
                 zone_id = excluded.zone_id, capacity = excluded.capacity",
        )
        .bind(event)
        .bind(i32::from(area.ix.0))
        .bind(&area.id.0)
        .bind(&area.name)
        .bind(&area.zone.0)
        .bind(area.capacity.cast_signed())
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Replaces the blocked seats; a seat that is claimed cannot be blocked.
async fn write_blocked(tx: &mut PgConnection, event: Uuid, blocked: &[SeatIx]) -> Result<()> {
    let blocked = claim::stored(blocked);
    let claimed: Vec<i32> = sqlx::query_scalar(
        "SELECT seat_ix FROM reservation_seats WHERE event_id = $1 AND active AND seat_ix = ANY($2) ORDER BY seat_ix",
    )
    .bind(event)
    .bind(&blocked)
    .fetch_all(&mut *tx)
    .await?;
    if !claimed.is_empty() {
        let seats = claimed.into_iter().map(|ix| SeatIx(ix.cast_unsigned())).collect();
        return Err(StoreError::SeatTaken { seats });
    }
    sqlx::query("DELETE FROM blocked_seats WHERE event_id = $1").bind(event).execute(&mut *tx).await?;
    sqlx::query("INSERT INTO blocked_seats (event_id, seat_ix) SELECT $1, ix FROM unnest($2::int[]) AS ix ON CONFLICT DO NOTHING")
        .bind(event)
        .bind(&blocked)
        .execute(tx)
        .await?;
    Ok(())
}
