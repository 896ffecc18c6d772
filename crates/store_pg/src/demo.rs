//! The demo catalogue: invented houses in real cities, an invented programme for the coming months, posters to match.
//! Pure data: the same seed and day give the same catalogue, ids included.
//!
//! To add an event: a row in [`programme`]; to add a house: a row in [`venues`].

mod dice;
mod organizers;
mod poster;
mod pricing;
mod programme;
mod trial;
mod venues;

pub use pricing::{PlanArea, PlanFacts, Prices};
pub use trial::{trial_event, trial_venue};

use crate::{
    catalogue::{EventStatus, Venue, write::NewEvent},
    organizers::Organizer,
};
use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Utc};
use dice::Dice;
use domain::{
    hold::HoldRules,
    ids::{EventId, OrganizerId, VenueId},
    money::Currency,
    tax::TaxRate,
};
use programme::{Row, Sale};

/// Which of the generated plans an event is sold from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DemoPlan {
    /// About 1,150 seats on three levels, curved rows.
    Theatre,
    /// About 18,000: a bowl around a standing floor.
    Arena,
    /// 70,000 on four tiers.
    Stadium,
    /// 600 standing.
    Club,
    /// Tables of ten, and rows.
    Conference,
}

/// How much of an event is to be sold before anybody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presold {
    /// Nothing.
    Nothing,
    /// So much of every hundred, spread over the plan.
    Percent(u8),
    /// All but so many.
    AllBut(u32),
}

/// One event of the demo.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoEvent {
    /// The same for the same seed.
    pub id: EventId,
    /// Where; its id is the same for the same seed.
    pub venue: Venue,
    /// Who sells; its id is the same for the same seed.
    pub organizer: Organizer,
    /// Which plan.
    pub plan: DemoPlan,
    /// How much is to be sold.
    pub presold: Presold,
    /// What it costs.
    pub prices: Prices,
    tax_rate: Option<TaxRate>,
    slug: String,
    row: &'static Row,
    starts_at: DateTime<Utc>,
    on_sale_at: DateTime<Utc>,
    status: EventStatus,
    poster_svg: String,
}

impl DemoEvent {
    /// Its name in addresses.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Its name for people.
    pub fn name(&self) -> &'static str {
        self.row.name
    }

    /// Category of the catalogue.
    pub fn category(&self) -> &'static str {
        self.row.category
    }

    /// Start.
    pub fn starts_at(&self) -> DateTime<Utc> {
        self.starts_at
    }

    /// First moment of the sale.
    pub fn on_sale_at(&self) -> DateTime<Utc> {
        self.on_sale_at
    }

    /// Where it stands.
    pub fn status(&self) -> EventStatus {
        self.status
    }

    /// The poster as SVG.
    pub fn poster_svg(&self) -> &str {
        &self.poster_svg
    }

    /// The event as the store takes it, sold from the given plan.
    pub fn new_event(&self, organizer: OrganizerId, venue: VenueId, plan: &PlanFacts) -> NewEvent {
        let (zones, areas) = pricing::price_lists(&self.prices, plan);
        NewEvent {
            id: self.id,
            slug: self.slug.clone(),
            name: self.row.name.to_owned(),
            subtitle: self.row.subtitle.to_owned(),
            description: format!("{}\n\n{}", self.row.text, programme::NOTICE),
            category: self.row.category.to_owned(),
            series: self.row.series.to_owned(),
            organizer,
            tax_rate: self.tax_rate,
            venue,
            plan: plan.id,
            starts_at: self.starts_at,
            doors_at: self.starts_at - TimeDelta::minutes(if plan.seats > 5_000 { 90 } else { 60 }),
            ends_at: self.starts_at + TimeDelta::minutes(self.row.minutes),
            on_sale_at: self.on_sale_at,
            off_sale_at: self.starts_at,
            status: self.status,
            currency: self.prices.currency,
            rules: self.rules(),
            poster_svg: self.poster_svg.clone(),
            zones,
            areas,
            blocked: Vec::new(),
        }
    }

    fn rules(&self) -> HoldRules {
        HoldRules {
            // Where everybody stands or sits at tables there is no row to leave a gap in.
            no_single_seat: matches!(self.plan, DemoPlan::Theatre | DemoPlan::Arena | DemoPlan::Stadium),
            ..HoldRules::default()
        }
    }
}

/// The demo catalogue as seen at `now`: all events start in the coming months.
pub fn catalogue(seed: u64, now: DateTime<Utc>) -> Vec<DemoEvent> {
    let mut venue_dice = Dice::new(seed ^ 0x7665_6e75_6573);
    let venues: Vec<_> = venues::HOUSES.iter().map(|house| house.venue(venue_dice.uuid())).collect();
    let mut seller_dice = Dice::new(seed ^ 0x7365_6c6c_6572_7300);
    let sellers: Vec<_> =
        organizers::SELLERS.iter().map(|seller| seller.organizer(seller_dice.uuid())).collect();
    let mut dice = Dice::new(seed);
    let mut events: Vec<_> = programme::rows()
        .filter_map(|row| {
            let house = venues::HOUSES.iter().position(|house| house.slug == row.house)?;
            let organizer = sellers.iter().find(|seller| seller.slug == venues::HOUSES[house].organizer)?;
            let at = (&venues::HOUSES[house], venues[house].clone(), organizer.clone());
            event(row, at, &mut dice, now)
        })
        .collect();
    events.sort_by_key(|event| (event.starts_at, event.id));
    events
}

fn event(
    row: &'static Row,
    (house, venue, organizer): (&venues::House, Venue, Organizer),
    dice: &mut Dice,
    now: DateTime<Utc>,
) -> Option<DemoEvent> {
    let id = EventId(dice.uuid());
    let zone: chrono_tz::Tz = venue.timezone.parse().ok()?;
    let day = now.with_timezone(&zone).date_naive().checked_add_days(Days::new(row.day))?;
    let time = NaiveTime::from_hms_opt(row.start.0, row.start.1, 0)?;
    // In the hour that a clock change skips, the next one serves.
    let local = zone
        .from_local_datetime(&day.and_time(time))
        .earliest()
        .or_else(|| zone.from_local_datetime(&day.and_time(time + TimeDelta::hours(1))).earliest())?;
    let starts_at = local.with_timezone(&Utc);
    let (status, on_sale_at, presold) = match row.sale {
        Sale::Open => (EventStatus::Published, now - TimeDelta::days(21), Presold::Nothing),
        Sale::Running(percent) => {
            (EventStatus::Published, now - TimeDelta::days(21), Presold::Percent(percent))
        }
        Sale::SoldOut => (EventStatus::Published, now - TimeDelta::days(40), Presold::AllBut(0)),
        Sale::AlmostFull => (EventStatus::Published, now - TimeDelta::days(40), Presold::AllBut(9)),
        Sale::InMinutes(minutes) => {
            (EventStatus::Published, now + TimeDelta::minutes(minutes), Presold::Nothing)
        }
        Sale::InDays(days) => (EventStatus::Published, now + TimeDelta::days(days), Presold::Nothing),
        Sale::Paused => (EventStatus::Paused, now - TimeDelta::days(21), Presold::Nothing),
        Sale::Cancelled => (EventStatus::Cancelled, now - TimeDelta::days(21), Presold::Nothing),
    };
    let poster = poster::Poster {
        title: row.name,
        subtitle: row.subtitle,
        place: format!("{}, {}", venue.name, venue.city),
        date: local.format("%a %-d %B, %H:%M").to_string(),
        category: row.category,
    };
    Some(DemoEvent {
        id,
        plan: house.plan,
        presold,
        prices: Prices {
            top: row.prices.0,
            floor: row.prices.1,
            currency: Currency::parse(house.currency).ok()?,
            child_tier: !matches!(row.category, "club" | "conference" | "comedy"),
            early_until: row.early.then(|| (now + TimeDelta::days(14)).min(starts_at - TimeDelta::days(1))),
        },
        slug: row.slug.to_owned(),
        row,
        starts_at,
        on_sale_at,
        status,
        poster_svg: poster.svg(dice),
        tax_rate: house.tax_rate.and_then(|basis_points| TaxRate::new(basis_points).ok()),
        venue,
        organizer,
    })
}
