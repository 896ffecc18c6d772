//! The demo catalogue, brought in through the same gates as everything else: plans through the import, presold seats
//! as orders that cost nothing (no demo money is ever counted as taken).

use crate::{Error, Result, Sale, Services, clock, digest, plans::ImportedPlan, tickets};
use chrono::TimeDelta;
use domain::{
    hold::Fence,
    ids::{HoldId, OrderId, OrderLineId, OrganizerId, PlanId, ReservationId, TierId},
    money::Money,
    plan::{
        AreaKind, Plan,
        generate::{Kind, generate},
    },
    seat::{AreaIx, SeatIx},
};
use std::collections::{HashMap, hash_map::Entry};
use store_pg::{
    audit::Cause,
    demo::{DemoEvent, DemoPlan, PlanArea, PlanFacts, Presold, catalogue, trial_event, trial_venue},
    orders::{
        Contact, OrderLine, Place,
        commit::{Capture, Commit},
        place::NewOrder,
    },
};
use uuid::Uuid;

/// The same catalogue on every machine.
const SEED: u64 = 20_26;
/// Tickets of one presold order.
const LINES_MAX: usize = 400;

/// What the seed made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seeded {
    /// Plan versions.
    pub plans: usize,
    /// Events.
    pub events: usize,
    /// Presold tickets.
    pub tickets: usize,
}

impl Services {
    /// Brings the demo catalogue in, once: does nothing where events are.
    pub async fn seed_demo(&self) -> Result<Option<Seeded>> {
        if self.pg.has_events().await? {
            return Ok(None);
        }
        let events = catalogue(SEED, clock::now());
        let mut plans: HashMap<DemoPlan, PlanFacts> = HashMap::new();
        for event in &events {
            if let Entry::Vacant(free) = plans.entry(event.plan) {
                free.insert(self.seed_plan(event.plan).await?);
            }
        }
        let cause = Cause::because("seed", "demo", clock::now());
        let mut organizers: HashMap<OrganizerId, OrganizerId> = HashMap::new();
        let mut seeded = Seeded { plans: plans.len(), ..Seeded::default() };
        // The catalogue is written last event first: a seed that was cut short shows no event without its presale.
        for event in &events {
            let organizer = match organizers.entry(event.organizer.id) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(free) => {
                    *free.insert(self.pg.upsert_organizer(&event.organizer, &cause).await?)
                }
            };
            let venue = self.pg.upsert_venue(&event.venue, &cause).await?;
            let facts = plans.get(&event.plan).ok_or(Error::NotFound("plan"))?;
            self.pg.upsert_event(&event.new_event(organizer, venue, facts), &cause).await?;
            seeded.events += 1;
        }
        for event in &events {
            seeded.tickets += self.presell(event).await?;
        }
        Ok(Some(seeded))
    }

    /// Puts a trial event of an imported plan on sale; answers its name in addresses.
    pub async fn try_plan(&self, imported: &ImportedPlan, actor: &str) -> Result<String> {
        let now = clock::now();
        let cause = Cause::because(actor, "trial of a plan", now);
        let venue = self.pg.upsert_venue(&trial_venue(), &cause).await?;
        let event = trial_event(&facts(imported.id, &imported.plan), &imported.plan.name, venue, now);
        self.pg.upsert_event(&event, &cause).await?;
        Ok(event.slug)
    }

    async fn seed_plan(&self, plan: DemoPlan) -> Result<PlanFacts> {
        let kind = match plan {
            DemoPlan::Theatre => Kind::Theatre,
            DemoPlan::Arena => Kind::Arena,
            DemoPlan::Stadium => Kind::Stadium,
            DemoPlan::Club => Kind::Club,
            DemoPlan::Conference => Kind::Hall,
        };
        let source =
            tokio::task::spawn_blocking(move || generate(kind, SEED)).await.map_err(Error::internal)?;
        let imported = self.import_plan(&source, "seed").await?;
        let imported =
            imported.map_err(|problems| Error::internal(format!("a demo plan is refused: {problems:?}")))?;
        Ok(facts(imported.id, &imported.plan))
    }

    async fn presell(&self, event: &DemoEvent) -> Result<usize> {
        if event.presold == Presold::Nothing {
            return Ok(0);
        }
        let sale = self.sale_by_id(event.id).await?.ok_or(Error::NotFound("event"))?;
        let lines = presold_lines(&sale, event.presold)?;
        for chunk in lines.chunks(LINES_MAX) {
            self.presell_order(&sale, chunk.to_vec()).await?;
        }
        Ok(lines.len())
    }

    async fn presell_order(&self, sale: &Sale, lines: Vec<OrderLine>) -> Result<()> {
        let now = clock::now();
        let cause = Cause::because("seed", "demo presale", now);
        let id = OrderId(Uuid::now_v7());
        let new = NewOrder {
            id,
            reservation: ReservationId(Uuid::now_v7()),
            number: format!("DEMO{}", &id.0.simple().to_string()[20..]).to_uppercase(),
            event: sale.id(),
            hold: HoldId(Uuid::now_v7()),
            buyer_key: "seed".into(),
            token_digest: digest(&id.to_string()),
            fence: Fence { epoch: 0, seq: 0 },
            idempotency_key: "presale".into(),
            request_digest: String::new(),
            access_digest: digest(&self.order_key(id)),
            contact: Contact {
                name: "Demo presale".into(),
                email: "presale@example.com".into(),
                phone: None,
                text_me: false,
                remind_me: false,
            },
            currency: sale.prices.currency(),
            policy: serde_json::json!({ "version": 1, "demo": true }),
            pay_before: now + TimeDelta::minutes(30),
            lines,
        };
        let order = self.pg.place_order(&new, &cause).await?.order;
        let tickets = tickets::new_tickets(&self.tickets, sale, &order)?;
        match self.pg.commit_captured(&Capture { order: id, payment: None, tickets }, &cause).await? {
            Commit::Issued(_) | Commit::Already { .. } => {
                // Nobody bought: there is nobody to write to.
                self.pg.keep_to_ourselves(id, now).await?;
                Ok(())
            }
            Commit::Late(_) => Err(Error::internal("the presale was too late")),
        }
    }
}

fn facts(id: PlanId, plan: &Plan) -> PlanFacts {
    let key = |ix: u8| plan.categories.get(usize::from(ix)).map(|c| c.key.clone()).unwrap_or_default();
    PlanFacts {
        id,
        seats: plan.seat_count(),
        categories: plan.categories.iter().map(|c| (c.key.clone(), c.name.clone())).collect(),
        areas: plan
            .areas
            .iter()
            .map(|a| PlanArea {
                id: a.id.clone(),
                name: a.name.clone(),
                capacity: a.capacity,
                category: key(a.category),
            })
            .collect(),
    }
}

/// Runs of one to five neighbours, spread over the house as people buy; the whole house but a few at the other end.
fn presold_lines(sale: &Sale, presold: Presold) -> Result<Vec<OrderLine>> {
    let plan = &sale.house.plan;
    let seats: Vec<SeatIx> =
        (0..plan.seat_count()).map(SeatIx).filter(|&s| sale.zone_of_seat(s).is_some()).collect();
    let capacity = seats.len() as u64 + plan.areas.iter().map(|a| u64::from(a.capacity)).sum::<u64>();
    let (percent, left) = match presold {
        Presold::Nothing => return Ok(Vec::new()),
        Presold::Percent(percent) => (u64::from(percent.min(100)), 0),
        Presold::AllBut(left) => (100, u64::from(left).min(capacity)),
    };
    let mut lines = Vec::new();
    for &seat in &seats {
        if mixed(u64::from(seat.0 / 4)) % 100 < percent {
            lines.push(line(sale, Place::Seat(seat))?);
        }
    }
    for (ix, area) in (0_u16..).zip(&plan.areas) {
        let places = match area.kind {
            AreaKind::Standing => u64::from(area.capacity) * percent / 100,
            AreaKind::Table if mixed(u64::from(ix)) % 100 < percent => u64::from(area.capacity),
            AreaKind::Table => 0,
        };
        for _ in 0..places {
            lines.push(line(sale, Place::Area(AreaIx(ix)))?);
        }
    }
    lines.truncate(lines.len().saturating_sub(usize::try_from(left).unwrap_or(usize::MAX)));
    Ok(lines)
}

/// A number that looks random and is the same every time.
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(SEED).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 27)
}

fn line(sale: &Sale, place: Place) -> Result<OrderLine> {
    let plan = &sale.house.plan;
    let missing = || Error::internal("a place of the plan is missing");
    let (place_id, section, row, number, zone) = match place {
        Place::Seat(ix) => {
            let seat = plan.seat(ix).ok_or_else(missing)?;
            let section = plan.section_of(ix).map(|s| s.name.clone()).unwrap_or_default();
            let row = plan.row_of(ix).map(|r| r.label.clone()).unwrap_or_default();
            (seat.id.0.clone(), section, row, seat.number.clone(), sale.zone_of_seat(ix))
        }
        Place::Area(ix) => {
            let area = plan.area(ix).ok_or_else(missing)?;
            (area.id.0.clone(), area.name.clone(), String::new(), String::new(), sale.zone_of_area(ix))
        }
    };
    let zone = zone.and_then(|z| sale.prices.zone(z)).ok_or_else(missing)?;
    let nothing = Money::zero(sale.prices.currency());
    Ok(OrderLine {
        id: OrderLineId(Uuid::now_v7()),
        place,
        place_id,
        section,
        row,
        number,
        zone: zone.id.clone(),
        zone_name: zone.name.clone(),
        tier: TierId(format!("{}-presale", zone.id)),
        tier_name: "Demo presale".into(),
        price: nothing,
        fee: nothing,
        tax_rate: sale.row.tax_rate,
        tax: nothing,
    })
}
