//! An event to try a plan with: whoever imports the drawing of a house sees it sell before anything else is set up.

use super::{PlanFacts, Prices, dice::Dice, poster::Poster, pricing};
use crate::{
    catalogue::{EventStatus, Venue, write::NewEvent},
    organizers::HOUSE,
};
use chrono::{DateTime, Days, TimeDelta, Utc};
use domain::{
    hold::HoldRules,
    ids::{EventId, VenueId},
    money::Currency,
    tax::TaxRate,
};
use uuid::Uuid;

/// How far ahead it is.
const DAYS_AHEAD: u64 = 30;
const NOTICE: &str = "A trial event: it shows how this plan looks and sells. Nothing here is really sold.";

/// The house of all trials.
pub fn trial_venue() -> Venue {
    Venue {
        id: VenueId(Uuid::now_v7()),
        slug: "trial-house".to_owned(),
        name: "Trial house".to_owned(),
        city: "Berlin".to_owned(),
        country: "DE".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        address: String::new(),
        position: None,
    }
}

/// An event on sale from `plan`, a price list for each of its categories. The same version of a plan has one.
pub fn trial_event(plan: &PlanFacts, name: &str, venue: VenueId, now: DateTime<Utc>) -> NewEvent {
    let starts_at = now + Days::new(DAYS_AHEAD);
    let prices =
        Prices { top: 9_000, floor: 3_000, currency: Currency::EUR, child_tier: true, early_until: None };
    let (zones, areas) = pricing::price_lists(&prices, plan);
    let poster = Poster {
        title: name,
        subtitle: "A trial of the plan",
        place: "Trial house".to_owned(),
        date: starts_at.format("%a %-d %B").to_string(),
        category: "concert",
    };
    NewEvent {
        id: EventId(Uuid::now_v7()),
        slug: format!("trial-{}", plan.id),
        name: format!("Trial: {name}"),
        subtitle: String::new(),
        description: NOTICE.to_owned(),
        category: "concert".to_owned(),
        series: String::new(),
        organizer: HOUSE,
        // As of a theatre in Berlin, so that a trial shows how tax is told.
        tax_rate: TaxRate::new(700).ok(),
        venue,
        plan: plan.id,
        starts_at,
        doors_at: starts_at - TimeDelta::hours(1),
        ends_at: starts_at + TimeDelta::hours(2),
        on_sale_at: now,
        off_sale_at: starts_at,
        status: EventStatus::Published,
        currency: prices.currency,
        rules: HoldRules { no_single_seat: plan.seats > 0, ..HoldRules::default() },
        poster_svg: poster.svg(&mut Dice::new(u64::from(plan.seats))),
        zones,
        areas,
        blocked: Vec::new(),
    }
}
