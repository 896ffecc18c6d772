//! What the measurements stand on: the server, both stores, and events of 70,000 seats of their own.

use crate::server::Server;
use anyhow::{Context, anyhow};
use chrono::TimeDelta;
use domain::{
    best_available::Seating,
    hold::HoldRules,
    ids::{EventId, PlanId, TierId, VenueId, ZoneId},
    money::{Currency, Money},
    plan::{
        Plan,
        generate::{Kind, generate},
        import::parse,
    },
    seat::{AreaIx, PackedStates, SeatIx, SeatState},
    tax::TaxRate,
};
use services::clock;
use sha2::{Digest, Sha256};
use sqlx::{Connection as _, PgConnection};
use std::path::{Path, PathBuf};
use store_pg::{
    PgStore,
    audit::Cause,
    catalogue::{EventArea, EventStatus, Tier, Venue, Zone, write::NewEvent},
    organizers::HOUSE,
    plans::NewPlan,
};
use store_redis::{EventLoad, RedisStore};
use url::Url;
use uuid::Uuid;

/// Events that the load is spread over.
pub const EVENTS: usize = 50;
/// The demo's seed: the demo's stadium is the same plan version.
pub const SEED: u64 = 20_26;

/// Everything that is measured.
pub struct Stage {
    /// The server under load.
    pub server: Server,
    /// Address of Redis.
    pub redis_url: String,
    /// Address of PostgreSQL.
    pub database_url: String,
    /// Where servers keep their logs and the sandbox's data.
    pub data_dir: PathBuf,
    /// A client of our own, to make events new and to count afterwards.
    pub redis: RedisStore,
    /// Events of 70,000 seats; the first is the hot one.
    pub events: Vec<EventId>,
    /// Their plan.
    pub plan: Plan,
    /// Its asset's address.
    pub geometry_hash: String,
    linked: Vec<u8>,
    /// Neighbours that can be taken in any order without leaving a single seat.
    pub pairs: Vec<[SeatIx; 2]>,
}

impl Stage {
    /// Starts the server on a database of its own, then brings the events in.
    pub async fn set(database_url: String, redis_url: String, data_dir: &Path) -> anyhow::Result<Self> {
        let database_url = fresh_database(&database_url).await?;
        let server = Server::start(&database_url, &redis_url, data_dir).await?;
        let pg = PgStore::connect(&database_url, 2).await?;
        let redis = RedisStore::connect(&redis_url, 2).await?;
        let source = generate(Kind::Stadium, SEED);
        let plan = parse(source.as_bytes()).map_err(|problems| anyhow!("the stadium: {problems:?}"))?;
        let geometry = protocol::geometry::encode(&plan);
        let geometry_hash = hex::encode(Sha256::digest(&geometry));
        let cause = Cause::because("bench", "measurement", clock::now());
        let stored = NewPlan {
            id: PlanId(Uuid::new_v4()),
            name: &plan.name,
            source: &source,
            source_hash: &hex::encode(Sha256::digest(source.as_bytes())),
            geometry: &geometry,
            geometry_hash: &geometry_hash,
            seats: plan.seat_count(),
            areas: u32::try_from(plan.areas.len())?,
        };
        let stored = pg.insert_plan(&stored, &cause).await?;
        let venue = pg.upsert_venue(&venue(), &cause).await?;
        let mut events = Vec::with_capacity(EVENTS);
        for number in 0..EVENTS {
            events.push(pg.upsert_event(&event(number, &plan, stored.id, venue)?, &cause).await?);
        }
        pg.close().await;
        let linked = Seating::new(&plan).rule_links().as_bytes().to_vec();
        let pairs = pairs(&linked, plan.seat_count());
        let stage = Self {
            server,
            redis_url,
            database_url,
            data_dir: data_dir.to_owned(),
            redis,
            events,
            plan,
            geometry_hash,
            linked,
            pairs,
        };
        for number in 0..EVENTS {
            stage.renew(number).await?;
        }
        Ok(stage)
    }

    /// Makes an event new: all seats free, a new epoch.
    pub async fn renew(&self, number: usize) -> anyhow::Result<()> {
        self.renew_with(number, PackedStates::available(self.plan.seat_count())).await
    }

    /// Makes an event new, with these states.
    pub async fn renew_with(&self, number: usize, states: PackedStates) -> anyhow::Result<()> {
        let event = self.events[number];
        for _ in 0..20 {
            let expected = self.redis.load_mark(event).await?;
            let load = EventLoad { expected, ..self.load(states.clone()) };
            if self.redis.load_event(event, &load).await?.fresh {
                return Ok(());
            }
        }
        Err(anyhow!("event {number} could not be made new"))
    }

    fn load(&self, states: PackedStates) -> EventLoad {
        let areas = (0_u16..).zip(&self.plan.areas).map(|(ix, area)| (AreaIx(ix), area.capacity));
        EventLoad {
            states,
            linked: self.linked.clone(),
            areas: areas.collect(),
            rules: rules(),
            reservations: Vec::new(),
            epoch_floor: 0,
            expected: None,
        }
    }

    /// Seats held in the store: what the successes have to add up to.
    pub async fn held_seats(&self, events: &[EventId]) -> anyhow::Result<u64> {
        let mut held = 0;
        for event in events {
            let snapshot = self.redis.snapshot(*event).await?.context("the event is gone from Redis")?;
            held += u64::from(snapshot.states.count(SeatState::Held));
        }
        Ok(held)
    }

    /// Writes the request that holds a pair of an event; `false` when the event has no such pair.
    pub fn hold_request(&self, event: usize, pair: usize, out: &mut Vec<u8>) -> bool {
        let Some(body) = self.hold_body(pair) else { return false };
        crate::http::post(out, &format!("/api/v1/events/{}/reservations", self.events[event]), &body);
        true
    }

    /// The body of that request.
    pub fn hold_body(&self, pair: usize) -> Option<String> {
        let [a, b] = self.pairs.get(pair)?;
        let (a, b) = (self.plan.seat(*a)?, self.plan.seat(*b)?);
        Some(format!(
            "{{\"client_reservation_id\":\"bench-{pair}\",\"seat_ids\":[\"{}\",\"{}\"]}}",
            a.id.0, b.id.0
        ))
    }
}

/// A new database beside the given one: what an earlier run sold would be a drift to the server, which mends it.
async fn fresh_database(url: &str) -> anyhow::Result<String> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query("DROP DATABASE IF EXISTS parterre_bench WITH (FORCE)").execute(&mut connection).await?;
    sqlx::query("CREATE DATABASE parterre_bench").execute(&mut connection).await?;
    connection.close().await?;
    let mut fresh = Url::parse(url)?;
    fresh.set_path("/parterre_bench");
    Ok(fresh.into())
}

/// All features on: caps, the no-single-seat rule, extensions.
pub fn rules() -> HoldRules {
    HoldRules::default()
}

fn venue() -> Venue {
    Venue {
        id: VenueId(Uuid::new_v4()),
        slug: "bench-stadium".into(),
        name: "Measuring Stadium".into(),
        city: "Berlin".into(),
        country: "DE".into(),
        timezone: "Europe/Berlin".into(),
        address: String::new(),
        position: None,
    }
}

fn event(number: usize, plan: &Plan, id: PlanId, venue: VenueId) -> anyhow::Result<NewEvent> {
    let now = clock::now();
    let currency = Currency::parse("EUR").map_err(|error| anyhow!("{error}"))?;
    let zone = |key: &str, name: &str| Zone {
        id: ZoneId(key.to_owned()),
        name: name.to_owned(),
        color: "#2b66b1".into(),
        shape: "disc".into(),
        categories: vec![key.to_owned()],
        tiers: vec![Tier {
            id: TierId(format!("{key}-adult")),
            zone: ZoneId(key.to_owned()),
            name: "Adult".into(),
            price: Money { minor: 5_000, currency },
            fee: Money { minor: 400, currency },
            valid_from: None,
            valid_to: None,
        }],
    };
    let key = |ix: u8| plan.categories.get(usize::from(ix)).map_or_else(String::new, |c| c.key.clone());
    let areas = (0_u16..).zip(&plan.areas).map(|(ix, area)| EventArea {
        ix: AreaIx(ix),
        id: area.id.clone(),
        name: area.name.clone(),
        zone: ZoneId(key(area.category)),
        capacity: area.capacity,
        claimed: 0,
    });
    Ok(NewEvent {
        id: EventId(Uuid::new_v4()),
        slug: format!("bench-{number}"),
        name: format!("Measurement {number}"),
        subtitle: String::new(),
        description: "Only there to be measured.".into(),
        category: "concert".into(),
        series: String::new(),
        organizer: HOUSE,
        tax_rate: TaxRate::new(700).ok(),
        venue,
        plan: id,
        starts_at: now + TimeDelta::days(200),
        doors_at: now + TimeDelta::days(200),
        ends_at: now + TimeDelta::days(201),
        on_sale_at: now - TimeDelta::days(1),
        off_sale_at: now + TimeDelta::days(200),
        status: EventStatus::Published,
        currency,
        rules: rules(),
        poster_svg: String::new(),
        zones: plan.categories.iter().map(|c| zone(&c.key, &c.name)).collect(),
        areas: areas.collect(),
        blocked: Vec::new(),
    })
}

/// Splits every run of linked seats into pairs; of an odd run the last three stay free, so that no order of taking
/// pairs leaves a single seat.
pub fn pairs(linked: &[u8], seats: u32) -> Vec<[SeatIx; 2]> {
    let next = |ix: u32| linked.get(ix as usize / 8).is_some_and(|byte| byte >> (7 - ix % 8) & 1 == 1);
    let (mut pairs, mut first) = (Vec::new(), 0);
    for ix in 0..seats {
        if ix + 1 == seats || !next(ix) {
            let len = ix + 1 - first;
            let usable = if len % 2 == 0 { len } else { len.saturating_sub(3) };
            pairs.extend((first..first + usable).step_by(2).map(|s| [SeatIx(s), SeatIx(s + 1)]));
            first = ix + 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_never_leave_a_single_seat() {
        // Runs of 4, 5, 1 and 3 seats.
        let linked = [0b1110_1111, 0b0011_0000];
        let of: Vec<[u32; 2]> = pairs(&linked, 13).iter().map(|[a, b]| [a.0, b.0]).collect();
        assert_eq!(of, [[0, 1], [2, 3], [4, 5]]);
    }
}
