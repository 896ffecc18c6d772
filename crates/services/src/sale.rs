//! An event as it is sold: its description, its prices, its house. Read from PostgreSQL, kept for a few seconds.

use crate::{Error, House, Result, Services, clock};
use chrono::{DateTime, Utc};
use domain::{
    ids::{EventId, PlanId, ZoneId},
    money::Money,
    pricing::{PriceList, Tier, Zone},
    seat::{AreaIx, SeatIx, SeatState},
    tax::RateTotal,
};
use moka::future::Cache;
use protocol::api::{
    AreaView, CompactSeatmap, EventDetail, EventSummary, PlanLink, RulesView, SaleStatus, SeatView, Seatmap,
    TierView, VenueSummary, ZoneView,
};
use std::{sync::Arc, time::Duration};
use store_pg::catalogue::{EventDetail as Row, EventStatus, EventSummary as SummaryRow};
use store_redis::Snapshot;

/// How long an event's description may be old.
const SALE_TTL_S: u64 = 5;
/// How long the counts of a listing may be old.
const AVAILABILITY_TTL_S: u64 = 5;

/// What is kept in memory between requests; one reader rebuilds an entry, the others wait for it.
#[derive(Clone)]
pub(crate) struct Caches {
    sales: Cache<EventId, Arc<Sale>>,
    slugs: Cache<String, EventId>,
    houses: Cache<PlanId, Arc<House>>,
    availability: Cache<EventId, Availability>,
    /// Loads under way: whoever needs the same event waits for the same.
    pub(crate) loads: Cache<EventId, ()>,
}

impl Default for Caches {
    fn default() -> Self {
        let short = Duration::from_secs(SALE_TTL_S);
        Self {
            sales: Cache::builder().max_capacity(2_000).time_to_live(short).build(),
            slugs: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(60)).build(),
            houses: Cache::builder().max_capacity(64).build(),
            // Whoever loads removes its entry; if it went away before, time does.
            loads: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_millis(50)).build(),
            availability: Cache::builder()
                .max_capacity(10_000)
                .time_to_live(Duration::from_secs(AVAILABILITY_TTL_S))
                .build(),
        }
    }
}

/// Seats and places that can be had, and those that somebody holds but may give back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// Free now.
    pub available: u32,
    /// Held or reserved.
    pub held: u32,
}

impl Availability {
    /// Counts a snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let places: u32 = snapshot.areas.iter().map(|(_, left)| left).sum();
        Self {
            available: snapshot.states.count(SeatState::Available).saturating_add(places),
            held: snapshot.states.count(SeatState::Held),
        }
    }
}

/// An event as it is sold.
#[derive(Debug)]
pub struct Sale {
    /// What PostgreSQL knows.
    pub row: Row,
    /// Its prices.
    pub prices: PriceList,
    /// Its house.
    pub house: Arc<House>,
    /// The zone of each plan category, by position.
    zones: Vec<Option<ZoneId>>,
}

impl Sale {
    fn new(row: Row, house: Arc<House>) -> Result<Self> {
        let zone = |z: &store_pg::catalogue::Zone| Zone {
            id: z.id.clone(),
            name: z.name.clone(),
            color: z.color.clone(),
            categories: z.categories.clone(),
        };
        let tiers = row.zones.iter().flat_map(|z| z.tiers.iter().zip(0_i32..));
        let tiers = tiers.map(|(t, ord)| Tier {
            id: t.id.clone(),
            zone: t.zone.clone(),
            name: t.name.clone(),
            price: t.price,
            fee: t.fee,
            valid_from: t.valid_from,
            valid_to: t.valid_to,
            ord,
        });
        let prices =
            PriceList::new(row.summary.currency, row.zones.iter().map(zone).collect(), tiers.collect())
                .map_err(Error::internal)?;
        let zones = house
            .plan
            .categories
            .iter()
            .map(|c| prices.zone_of_category(&c.key).map(|z| z.id.clone()))
            .collect();
        Ok(Self { row, prices, house, zones })
    }

    /// Its id.
    pub fn id(&self) -> EventId {
        self.row.summary.id
    }

    /// The tax in an amount of this event; `None` where there is none.
    pub fn contained_tax(&self, gross: Money) -> Option<RateTotal> {
        let rate = self.row.tax_rate;
        let tax = rate.contained(gross).ok()?;
        (tax.minor > 0).then_some(RateTotal { rate, gross, tax })
    }

    /// Names the drawing: with epoch and offset the tag of a seatmap answer.
    pub fn version(&self) -> String {
        self.house.geometry_hash.chars().take(12).collect()
    }

    /// The zone of a seat; `None` is not for sale.
    pub fn zone_of_seat(&self, seat: SeatIx) -> Option<&ZoneId> {
        let category = self.house.plan.seat(seat)?.category;
        self.zones.get(usize::from(category))?.as_ref()
    }

    /// The zone of an area; `None` is not for sale.
    pub fn zone_of_area(&self, area: AreaIx) -> Option<&ZoneId> {
        let category = self.house.plan.area(area)?.category;
        self.zones.get(usize::from(category))?.as_ref()
    }

    /// Where the event stands for a buyer; `available` when it is known.
    pub fn status(&self, now: DateTime<Utc>, available: Option<u32>) -> SaleStatus {
        status(&self.row.summary, now, available)
    }

    /// Refuses unless tickets can be had now.
    pub fn require_on_sale(&self, now: DateTime<Utc>) -> Result<()> {
        match self.status(now, None) {
            SaleStatus::OnSale => Ok(()),
            status => Err(Error::NotOnSale { status }),
        }
    }

    /// The catalogue line.
    pub fn summary(&self, now: DateTime<Utc>, counts: Availability) -> EventSummary {
        summary(&self.row.summary, now, counts)
    }

    /// The price lists as they can be chosen now, in order.
    pub fn zone_views(&self, now: DateTime<Utc>) -> Vec<ZoneView> {
        let tier = |t: &Tier| {
            let total = t.total().ok()?;
            Some(TierView {
                id: t.id.clone(),
                name: t.name.clone(),
                price: t.price,
                fee: t.fee,
                total,
                valid_to: t.valid_to,
            })
        };
        let zone = |z: &Zone| ZoneView {
            id: z.id.clone(),
            name: z.name.clone(),
            color: z.color.clone(),
            categories: z.categories.clone(),
            tiers: self.prices.tiers_at(&z.id, now).filter_map(tier).collect(),
        };
        self.prices.zones().iter().map(zone).collect()
    }

    /// The areas with what is left of them.
    pub fn area_views(&self, snapshot: &Snapshot) -> Vec<AreaView> {
        let left = |ix: AreaIx| snapshot.areas.iter().find(|(a, _)| *a == ix).map_or(0, |(_, left)| *left);
        let view = |area: &store_pg::catalogue::EventArea| AreaView {
            id: area.id.clone(),
            name: area.name.clone(),
            zone_id: area.zone.clone(),
            capacity: area.capacity,
            available: left(area.ix),
        };
        self.row.areas.iter().map(view).collect()
    }

    /// One event, in full.
    pub fn detail(&self, now: DateTime<Utc>, snapshot: &Snapshot) -> EventDetail {
        EventDetail {
            summary: self.summary(now, Availability::of(snapshot)),
            description: self.row.description.clone(),
            zones: self.zone_views(now),
            areas: self.area_views(snapshot),
            plan: PlanLink {
                id: self.house.id.to_string(),
                version: self.row.plan_version,
                url: self.house.url(),
            },
            rules: RulesView {
                seats_per_hold_max: self.row.rules.seats_per_hold_max,
                hold_ttl_seconds: self.row.rules.hold_ttl_ms / 1_000,
                no_single_seat: self.row.rules.no_single_seat,
            },
            waiting_room: None,
        }
    }

    /// Every seat with its state.
    pub fn seatmap(&self, snapshot: &Snapshot) -> Seatmap {
        let plan = &self.house.plan;
        let seats = plan.seats.iter().zip(0_u32..).map(|(seat, ix)| {
            let ix = SeatIx(ix);
            let zone = self.zone_of_seat(ix);
            SeatView {
                id: seat.id.clone(),
                ix: ix.0,
                section: plan.section_of(ix).map(|s| s.name.clone()).unwrap_or_default(),
                row: plan.row_of(ix).map(|r| r.label.clone()).unwrap_or_default(),
                number: seat.number.clone(),
                zone_id: zone.cloned().unwrap_or_else(|| ZoneId(String::new())),
                x: seat.x,
                y: seat.y,
                attributes: seat.attributes.names().map(str::to_owned).collect(),
                status: if zone.is_some() { snapshot.states.get(ix) } else { SeatState::Blocked },
            }
        });
        Seatmap {
            plan_url: self.house.url(),
            epoch: snapshot.epoch,
            offset: snapshot.offset,
            seats: seats.collect(),
            areas: self.area_views(snapshot),
        }
    }

    /// The states alone, packed.
    pub fn compact_seatmap(&self, snapshot: &Snapshot) -> CompactSeatmap {
        use base64::{Engine, engine::general_purpose::STANDARD};
        CompactSeatmap {
            plan_url: self.house.url(),
            epoch: snapshot.epoch,
            offset: snapshot.offset,
            seats: snapshot.states.seats(),
            statuses: STANDARD.encode(snapshot.states.as_bytes()),
            areas: self.area_views(snapshot),
        }
    }
}

pub(crate) fn status(row: &SummaryRow, now: DateTime<Utc>, available: Option<u32>) -> SaleStatus {
    match row.status {
        EventStatus::Cancelled => SaleStatus::Cancelled,
        _ if row.ends_at <= now || row.off_sale_at <= now => SaleStatus::Ended,
        EventStatus::Paused | EventStatus::Draft => SaleStatus::Paused,
        EventStatus::Published if now < row.on_sale_at => SaleStatus::Scheduled,
        EventStatus::Published if available == Some(0) => SaleStatus::SoldOut,
        EventStatus::Published => SaleStatus::OnSale,
    }
}

pub(crate) fn summary(row: &SummaryRow, now: DateTime<Utc>, counts: Availability) -> EventSummary {
    // Held seats may come back: only when nothing is held either, the event is sold out.
    let can_come = counts.available.saturating_add(counts.held);
    EventSummary {
        id: row.id,
        slug: row.slug.clone(),
        name: row.name.clone(),
        subtitle: row.subtitle.clone(),
        category: row.category.clone(),
        starts_at: row.starts_at,
        doors_at: Some(row.doors_at),
        on_sale_at: Some(row.on_sale_at),
        venue: VenueSummary {
            id: row.venue.id,
            name: row.venue.name.clone(),
            city: row.venue.city.clone(),
            timezone: row.venue.timezone.clone(),
            address: row.venue.address.clone(),
            country: row.venue.country.clone(),
        },
        price_from: row.price_from,
        price_to: row.price_to,
        status: status(row, now, Some(can_come)),
        available: counts.available,
        capacity: row.capacity,
    }
}

impl Services {
    /// The event of an id or slug; drafts are nobody's to see.
    pub async fn sale(&self, slug_or_id: &str) -> Result<Option<Arc<Sale>>> {
        if let Ok(id) = slug_or_id.parse::<EventId>() {
            return self.sale_by_id(id).await;
        }
        if slug_or_id.len() > domain::contact::SLUG_BYTES_MAX {
            return Ok(None);
        }
        if let Some(id) = self.caches.slugs.get(slug_or_id).await {
            return self.sale_by_id(id).await;
        }
        let found = Box::pin(self.pg.event_by_slug(slug_or_id, clock::now())).await?;
        let Some(row) = found else { return Ok(None) };
        let id = row.summary.id;
        self.caches.slugs.insert(slug_or_id.to_owned(), id).await;
        self.sale_by_id(id).await
    }

    /// The event of an id, which must be there.
    pub async fn sale_of(&self, id: EventId) -> Result<Arc<Sale>> {
        self.sale_by_id(id).await?.ok_or(Error::NotFound("event"))
    }

    /// The event of an id; drafts are nobody's to see.
    pub async fn sale_by_id(&self, id: EventId) -> Result<Option<Arc<Sale>>> {
        // Asked by every request: what reads the stores stays out of the way when the event is known.
        let sale = match self.caches.sales.get(&id).await {
            Some(sale) => Ok(sale),
            None => Box::pin(self.read_sale(id)).await,
        };
        match sale {
            Ok(sale) if sale.row.summary.status == EventStatus::Draft => Ok(None),
            Ok(sale) => Ok(Some(sale)),
            Err(error) if matches!(*error, Error::NotFound(_)) => Ok(None),
            Err(error) => Err((*error).clone()),
        }
    }

    /// Has the event read anew by whoever asks next: what is told of a change must be as it is now.
    pub(crate) async fn forget_sale(&self, id: EventId) {
        self.caches.sales.invalidate(&id).await;
    }

    async fn read_sale(&self, id: EventId) -> std::result::Result<Arc<Sale>, Arc<Error>> {
        let read = async {
            let row = self.pg.event_by_id(id, clock::now()).await?.ok_or(Error::NotFound("event"))?;
            let house = self.house(row.summary.plan).await?;
            Ok(Arc::new(Sale::new(row, house)?))
        };
        self.caches.sales.try_get_with(id, read).await
    }

    /// A plan version, read once.
    pub(crate) async fn house(&self, id: PlanId) -> Result<Arc<House>> {
        let read = async {
            let meta = self.pg.plan_meta(id).await?.ok_or(Error::NotFound("plan"))?;
            let geometry = self.pg.plan_geometry(id).await?.ok_or(Error::NotFound("plan"))?;
            // Decoding 70,000 seats takes milliseconds: not on a thread that serves others.
            let decoded = tokio::task::spawn_blocking(move || {
                protocol::geometry::decode(&geometry).map(|plan| House::new(id, plan, meta.geometry_hash))
            });
            let house = decoded.await.map_err(Error::internal)?.map_err(Error::internal)?;
            Ok(Arc::new(house))
        };
        self.caches.houses.try_get_with(id, read).await.map_err(|error: Arc<Error>| (*error).clone())
    }

    /// The live state, straight from Redis; loads the event when Redis does not know it.
    pub async fn snapshot(&self, sale: &Sale) -> Result<Snapshot> {
        if let Some(snapshot) = self.redis.snapshot(sale.id()).await? {
            return Ok(snapshot);
        }
        self.load(sale).await?;
        self.redis.snapshot(sale.id()).await?.ok_or(Error::Busy { retry_after_ms: 500 })
    }

    /// What is left of an event, a few seconds old at most.
    pub(crate) async fn availability(&self, id: EventId) -> Result<Availability> {
        let read = async {
            let snapshot = match self.redis.snapshot(id).await? {
                Some(snapshot) => snapshot,
                None => {
                    let sale = self.sale_by_id(id).await?.ok_or(Error::NotFound("event"))?;
                    self.snapshot(&sale).await?
                }
            };
            Ok(Availability::of(&snapshot))
        };
        self.caches.availability.try_get_with(id, read).await.map_err(|error: Arc<Error>| (*error).clone())
    }
}
