//! Reading a request for a hold: every field bounded, every problem named.

use super::choices::{Choices, price_error};
use crate::{Error, Invalid, Result, Sale, clock, digest};
use domain::{
    ids::TierId,
    limits::{CLIENT_ID_BYTES_MAX, HOLD_AREAS_MAX, HOLD_TTL_MS_MAX, HOLD_TTL_MS_MIN},
    plan::AreaKind,
    seat::{AreaIx, SeatIx},
};
use protocol::api::ReservationRequest;
use std::collections::BTreeMap;

/// What a request asks for, in the plan's positions.
pub(super) struct Wanted {
    pub(super) seats: Vec<SeatIx>,
    pub(super) areas: Vec<(AreaIx, u32)>,
    pub(super) choices: Choices,
    /// Tells this request from another under the same name.
    pub(super) digest: String,
}

impl Wanted {
    pub(super) fn parse(sale: &Sale, request: &ReservationRequest) -> Result<Self> {
        let mut problems = Vec::new();
        check_client_id(&request.client_reservation_id, "/client_reservation_id", &mut problems);
        let count = count(request);
        if request.best_available.is_some() && !request.seat_ids.is_empty() {
            problems.push(problem("/best_available", "Name seats, or let us choose; not both."));
        }
        if count == 0 {
            problems.push(problem("", "Name at least one seat or place."));
        }
        let max = sale.row.rules.seats_per_hold_max;
        if problems.is_empty() && count > u64::from(max) {
            return Err(Error::LimitExceeded { max });
        }
        let seats = seats(sale, request, &mut problems);
        let areas = areas(sale, request, &mut problems);
        let longest_s = sale.row.rules.hold_ttl_ms.min(HOLD_TTL_MS_MAX) / 1_000;
        if request.ttl_seconds.is_some_and(|s| !(HOLD_TTL_MS_MIN / 1_000..=longest_s).contains(&s)) {
            let message = format!("A hold lives {} to {longest_s} seconds here.", HOLD_TTL_MS_MIN / 1_000);
            problems.push(problem("/ttl_seconds", &message));
        }
        if request.admission_token.as_ref().is_some_and(|t| t.len() > 512) {
            problems.push(problem("/admission_token", "This is no admission token."));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let choices = choices(sale, request, &seats, &areas)?;
        let digest = digest(&serde_json::to_string(request).map_err(Error::internal)?);
        Ok(Self { seats, areas, choices, digest })
    }
}

/// Checks a name that a caller chose for its request.
pub(crate) fn check_client_id(text: &str, pointer: &str, problems: &mut Vec<Invalid>) {
    let good = (1..=CLIENT_ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if !good {
        problems.push(problem(pointer, &format!("Use 1 to {CLIENT_ID_BYTES_MAX} visible ASCII characters.")));
    }
}

fn problem(pointer: &str, message: &str) -> Invalid {
    Invalid { pointer: pointer.to_owned(), message: message.to_owned() }
}

fn count(request: &ReservationRequest) -> u64 {
    let places: u64 = request.areas.iter().map(|a| u64::from(a.quantity)).sum();
    let chosen = request.best_available.as_ref().map_or(0, |wish| u64::from(wish.quantity));
    request.seat_ids.len() as u64 + places + chosen
}

fn seats(sale: &Sale, request: &ReservationRequest, problems: &mut Vec<Invalid>) -> Vec<SeatIx> {
    let mut seats = Vec::with_capacity(request.seat_ids.len());
    for (at, id) in request.seat_ids.iter().enumerate() {
        match sale.house.plan.seat_ix(id) {
            Some(seat) if seats.contains(&seat) => {
                problems.push(problem(&format!("/seat_ids/{at}"), "This seat is named twice."));
            }
            Some(seat) => seats.push(seat),
            None => problems.push(problem(&format!("/seat_ids/{at}"), "There is no such seat.")),
        }
    }
    seats.sort_unstable();
    seats
}

fn areas(sale: &Sale, request: &ReservationRequest, problems: &mut Vec<Invalid>) -> Vec<(AreaIx, u32)> {
    if request.areas.len() > HOLD_AREAS_MAX {
        problems.push(problem("/areas", &format!("At most {HOLD_AREAS_MAX} areas at once.")));
        return Vec::new();
    }
    let mut areas: Vec<(AreaIx, u32)> = Vec::new();
    for (at, wish) in request.areas.iter().enumerate() {
        let Some(ix) = sale.house.plan.area_ix(&wish.area_id) else {
            problems.push(problem(&format!("/areas/{at}/area_id"), "There is no such area."));
            continue;
        };
        if areas.iter().any(|(known, _)| *known == ix) {
            problems.push(problem(&format!("/areas/{at}/area_id"), "This area is named twice."));
        }
        if let Err(message) = check_quantity(sale, ix, wish.quantity) {
            problems.push(problem(&format!("/areas/{at}/quantity"), &message));
        }
        areas.push((ix, wish.quantity));
    }
    areas.sort_unstable();
    areas
}

/// A table is sold whole; other areas by the place.
pub(super) fn check_quantity(sale: &Sale, area: AreaIx, quantity: u32) -> std::result::Result<(), String> {
    let Some(area) = sale.house.plan.area(area) else { return Err("There is no such area.".into()) };
    match area.kind {
        _ if quantity == 0 => Err("At least one place.".into()),
        AreaKind::Table if quantity != area.capacity => {
            Err(format!("This table is sold whole: {} places.", area.capacity))
        }
        AreaKind::Table | AreaKind::Standing => Ok(()),
    }
}

fn choices(
    sale: &Sale,
    request: &ReservationRequest,
    seats: &[SeatIx],
    areas: &[(AreaIx, u32)],
) -> Result<Choices> {
    choose_tiers(sale, &request.tiers, seats, areas)
}

/// The chosen tier of every place, or its zone's default; a tier for a place that is not wanted is refused.
pub(super) fn choose_tiers(
    sale: &Sale,
    tiers: &BTreeMap<String, TierId>,
    seats: &[SeatIx],
    areas: &[(AreaIx, u32)],
) -> Result<Choices> {
    let now = clock::now();
    let plan = &sale.house.plan;
    let mut used = 0;
    let mut choices = Choices::default();
    for &seat in seats {
        let chosen = plan.seat(seat).and_then(|s| tiers.get(&s.id.0));
        used += usize::from(chosen.is_some());
        let zone = sale.zone_of_seat(seat).ok_or_else(super::choices::not_for_sale)?;
        choices.seats.insert(seat.0, sale.prices.choose(zone, chosen, now).map_err(price_error)?.id.clone());
    }
    for &(area, _) in areas {
        let chosen = plan.area(area).and_then(|a| tiers.get(&a.id.0));
        used += usize::from(chosen.is_some());
        let zone = sale.zone_of_area(area).ok_or_else(super::choices::not_for_sale)?;
        choices.areas.insert(area.0, sale.prices.choose(zone, chosen, now).map_err(price_error)?.id.clone());
    }
    if used != tiers.len() {
        return Err(Error::invalid("/tiers", "A tier is chosen for a place that is not in the request."));
    }
    Ok(choices)
}
