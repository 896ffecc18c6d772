//! What must hold when everything has settled, counted from the tables, Redis and the provider.

use crate::{
    provider::{At, Key},
    tables::{Claim, Order, PRICE},
    world::{FLOOR, PLACES, SEATS, World},
};
use domain::{
    order, payment,
    seat::{SeatIx, SeatState},
};

/// Adds to the world's violations what is wrong.
pub fn check(world: &mut World) {
    let mut wrong = Vec::new();
    seats(world, &mut wrong);
    for (order, row) in (0_u32..).zip(&world.tables.orders) {
        tickets(order, row, &mut wrong);
    }
    money(world, &mut wrong);
    map(world, &mut wrong);
    for what in wrong {
        world.violated(what);
    }
}

/// INV-1: a seat has one good ticket and one claim at most; no more places than there are.
fn seats(world: &World, wrong: &mut Vec<String>) {
    for seat in 0..SEATS {
        let good = |o: &Order| o.tickets.iter().filter(|t| t.good && t.seat == Some(seat)).count();
        let tickets: usize = world.tables.orders.iter().map(good).sum();
        let claims = world.tables.orders.iter().filter(|o| o.active.contains(&seat)).count();
        if tickets > 1 || claims > 1 {
            wrong.push(format!("INV-1: seat {seat} has {tickets} tickets and {claims} claims"));
        }
    }
    let places = |o: &Order| o.tickets.iter().filter(|t| t.good && t.seat.is_none()).count();
    let sold: usize = world.tables.orders.iter().map(places).sum();
    if sold > PLACES as usize {
        wrong.push(format!("INV-1: {sold} places sold of {PLACES}"));
    }
}

/// INV-5: one set of tickets an order; and exactly for completed ones.
fn tickets(number: u32, row: &Order, wrong: &mut Vec<String>) {
    let wanted = row.seats.len() + row.places as usize;
    let completed = row.status == order::State::Completed;
    if row.tickets.len() != if completed { wanted } else { 0 } {
        wrong.push(format!(
            "INV-5: order {number} ({:?}) has {} tickets of {wanted}",
            row.status,
            row.tickets.len()
        ));
    }
    let good = row.tickets.iter().filter(|t| t.good).count();
    let claimed = row.active.len() + row.active_places as usize;
    if completed && good != claimed {
        wrong.push(format!("INV-1: order {number} has {good} good tickets and claims {claimed}"));
    }
    if row.status == order::State::Placed || row.claim == Claim::Pending {
        wrong.push(format!("order {number} never came to an end: {:?}", row.checkout.phase));
    }
    if row.checkout.is_open() {
        wrong.push(format!("the checkout of order {number} never came to an end: {:?}", row.checkout));
    }
}

/// INV-4: money taken ⇔ tickets issued, or a refund that is visible; and no more goes back than is ours to give.
fn money(world: &World, wrong: &mut Vec<String>) {
    for (&key, at) in &world.provider.attempts {
        if *at == At::Taken {
            taken(world, key, wrong);
        } else if matches!(at, At::Open | At::Thinking) {
            wrong.push(format!("INV-6: payment {key:?} is still open at the provider"));
        }
    }
    for (number, row) in (0_u32..).zip(&world.tables.orders) {
        for (attempt, known) in &row.attempts {
            let believed = matches!(known.payment.state, payment::State::Captured | payment::State::Surplus);
            if believed && world.provider.attempts.get(&(number, *attempt)) != Some(&At::Taken) {
                wrong.push(format!("INV-4: order {number} believes in money of attempt {attempt}"));
            }
        }
    }
}

fn taken(world: &World, key: Key, wrong: &mut Vec<String>) {
    let Some(row) = world.tables.orders.get(key.0 as usize) else { return };
    let (took, back) = (world.provider.amounts[&key], world.provider.back(key));
    let ours = row.attempts.get(&key.1).map(|a| a.payment.state);
    let refunds: Vec<_> = row.refunds.values().filter(|r| r.attempt == key.1).collect();
    if let Some(open) = refunds.iter().find(|r| r.state.is_under_way()) {
        wrong.push(format!("INV-4: a refund of {key:?} never came to an end: {open:?}"));
    }
    let failed: i64 =
        refunds.iter().filter(|r| r.state == domain::refund::State::Failed).map(|r| r.amount).sum();
    match ours {
        Some(payment::State::Captured) if row.status == order::State::Completed => {
            let good = row.tickets.iter().filter(|t| t.good).count();
            let worth = PRICE * i64::try_from(good).unwrap_or(i64::MAX);
            if took - back - failed != worth {
                wrong.push(format!(
                    "INV-4: {key:?} took {took}, gave back {back}, and {good} tickets are good"
                ));
            }
        }
        Some(payment::State::Surplus) => {
            if back + failed != took {
                wrong.push(format!("INV-4: surplus {key:?} took {took} and gave back {back}"));
            }
        }
        other => {
            wrong.push(format!("INV-4: {key:?} took {took}, our books say {other:?} ({:?})", row.status))
        }
    }
}

/// INV-8: the map in Redis is what the tables say.
fn map(world: &mut World, wrong: &mut Vec<String>) {
    let now = world.now_ms;
    for seat in 0..SEATS {
        let sold = world.tables.orders.iter().any(|o| o.active.contains(&seat));
        let shown = world.redis.states(now).get(SeatIx(seat));
        if shown != if sold { SeatState::Sold } else { SeatState::Available } {
            wrong.push(format!("drift: seat {seat} shows as {shown:?}, sold: {sold}"));
        }
    }
    let claimed: u32 = world.tables.orders.iter().map(|o| o.active_places).sum();
    let left = world.redis.areas(now).get(&FLOOR).copied().unwrap_or_default();
    if left + claimed != PLACES {
        wrong.push(format!("drift: {left} places left, {claimed} claimed of {PLACES}"));
    }
}
