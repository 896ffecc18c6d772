//! G6 and G7: what the scripts cost inside Redis, by Redis' own count of microseconds.

use super::{Effort, capacity::hold_request};
use crate::{
    redis::{RawRedis, Reply, evalsha},
    report::{Bar, Rounds, Row, Table, short, slope},
    stage::{pairs, rules},
};
use anyhow::bail;
use domain::{
    hold::HoldRequest,
    ids::EventId,
    seat::{AreaIx, PackedStates, SeatIx},
};
use store_redis::{EventLoad, RedisStore};
use uuid::Uuid;

const SEATS: [u32; 5] = [700, 2_100, 7_000, 21_000, 70_000];
/// Seats of a row in the events made here.
const ROW: u32 = 50;
/// Holds of one point of one round; the smallest event has 350 pairs.
const CALLS: usize = 50;
/// Requests of one call while an event is filled.
const FILL_BATCH: u64 = 64;
const SNAPSHOTS: usize = 50;

/// An event that exists in Redis alone.
struct Event {
    id: EventId,
    pairs: Vec<[SeatIx; 2]>,
    next: usize,
    /// Seats, or live holds.
    size: f64,
}

/// Runs the rounds and adds the rows.
///
/// Before the server starts: Redis counts by command, not by client.
pub async fn run(
    store: &RedisStore,
    redis_url: &str,
    effort: Effort,
    table: &mut Table,
) -> anyhow::Result<()> {
    let mut redis = RawRedis::open(redis_url).await?;
    let script = redis.load(store_redis::raw::hold_script()).await?;
    let mut by_seats = Vec::new();
    for seats in SEATS {
        by_seats.push(event(store, seats, f64::from(seats)).await?);
    }
    let mut by_holds = vec![event(store, 70_000, 0.0).await?];
    let mut holds = 1_000;
    while holds <= effort.live_holds {
        let mut made = event(store, 70_000, holds as f64).await?;
        fill(&mut redis, &script, &mut made, holds).await?;
        by_holds.push(made);
        holds *= 10;
    }
    let (mut seat_slopes, mut hold_slopes) = (Rounds::default(), Rounds::default());
    let (mut seat_costs, mut hold_costs, mut snapshots) = (Vec::new(), Vec::new(), Rounds::default());
    for number in 0..=effort.rounds {
        let seats = costs(&mut redis, &script, &mut by_seats).await?;
        let holds = costs(&mut redis, &script, &mut by_holds).await?;
        let snapshot = snapshot_us(store, &mut redis, by_seats[SEATS.len() - 1].id).await?;
        // The first round warms caches that the others find warm.
        if number == 0 {
            continue;
        }
        println!(
            "round {number}: µs a hold by seats {} · by live holds {} · snapshot of 70,000 {} µs",
            listed(&seats),
            listed(&holds),
            short(snapshot)
        );
        seat_slopes.0.push(exponent(&seats));
        hold_slopes.0.push(exponent(&holds));
        snapshots.0.push(snapshot);
        (seat_costs, hold_costs) = (seats, holds);
    }
    for event in by_seats.iter().chain(&by_holds) {
        store.unload_event(event.id).await?;
    }
    let ends = |costs: &[(f64, f64)]| match (costs.first(), costs.last()) {
        (Some(a), Some(b)) => (format!("{} µs", short(b.1)), format!("{} µs", short(a.1))),
        _ => Default::default(),
    };
    let mut add = |name, measure: String, (ours, yardstick), value, bar| {
        table.push(Row { name, measure, ours, yardstick, value, bar, fault: None });
    };
    let bar = Bar::AtMost(0.1, 0.03);
    add("G6", "exponent of a hold's cost over seats, 700…70,000".into(), ends(&seat_costs), seat_slopes, bar);
    let measure = format!("the same over live holds, 0…{}", short(effort.live_holds as f64));
    add("G6", measure, ends(&hold_costs), hold_slopes, bar);
    let beside = (String::new(), "a hold ".to_owned() + &ends(&seat_costs).0);
    add(
        "G7",
        "Redis blocked by a 70,000-seat snapshot, µs".into(),
        beside,
        snapshots,
        Bar::AtMost(1_000.0, 50.0),
    );
    Ok(())
}

fn listed(costs: &[(f64, f64)]) -> String {
    costs.iter().map(|(n, us)| format!("{}: {}", short(*n), short(*us))).collect::<Vec<_>>().join(", ")
}

/// Of cost over size; no live hold counts as one.
fn exponent(costs: &[(f64, f64)]) -> f64 {
    slope(&costs.iter().map(|(n, us)| (n.max(1.0).ln(), us.ln())).collect::<Vec<_>>())
}

async fn event(store: &RedisStore, seats: u32, size: f64) -> anyhow::Result<Event> {
    let id = EventId(Uuid::new_v4());
    let mut linked = vec![0_u8; (seats as usize).div_ceil(8)];
    for ix in (0..seats).filter(|ix| ix % ROW != ROW - 1) {
        linked[ix as usize / 8] |= 0x80 >> (ix % 8);
    }
    let load = EventLoad {
        states: PackedStates::available(seats),
        linked: linked.clone(),
        areas: vec![(AreaIx(0), 4_000_000)],
        rules: rules(),
        reservations: Vec::new(),
        epoch_floor: 0,
        expected: None,
    };
    store.load_event(id, &load).await?;
    let mut pairs = pairs(&linked, seats);
    // Spread over the house, as buyers are.
    let step = 7;
    pairs = (0..step)
        .flat_map(|from| pairs.iter().skip(from).step_by(step).copied().collect::<Vec<_>>())
        .collect();
    Ok(Event { id, pairs, next: 0, size })
}

/// Makes so many live holds, of one place in the area each.
async fn fill(redis: &mut RawRedis, script: &[u8], event: &mut Event, holds: u64) -> anyhow::Result<()> {
    let keys = store_redis::raw::keys(event.id);
    let mut made = 0;
    while made < holds {
        let batch = FILL_BATCH.min(holds - made);
        let request = |n: u64| HoldRequest {
            areas: vec![(AreaIx(0), 1)],
            client_id: format!("fill-{}", made + n),
            ..hold_request(event.id, &[])
        };
        let args: Vec<_> = (0..batch).flat_map(|n| store_redis::raw::hold_args(request(n))).collect();
        let mut call = Vec::new();
        evalsha(&mut call, script, &keys, &args);
        redis.send(&call).await?;
        match redis.reply().await? {
            Reply::Text(text) if text.first() == Some(&b'H') => made += batch,
            other => bail!("the event could not be filled: {other:?}"),
        }
    }
    Ok(())
}

/// Microseconds of a hold of two seats, one request a call, for each event in turn: the middle of the calls, because
/// the cores are shared and Redis' clock runs on while it is not running.
async fn costs(redis: &mut RawRedis, script: &[u8], events: &mut [Event]) -> anyhow::Result<Vec<(f64, f64)>> {
    let mut costs = Vec::new();
    for event in events {
        let keys = store_redis::raw::keys(event.id);
        let mut calls = Rounds::default();
        for pair in event.pairs.iter().skip(event.next).take(CALLS) {
            let mut call = Vec::new();
            evalsha(&mut call, script, &keys, &store_redis::raw::hold_args(hold_request(event.id, pair)));
            let before = redis.script_us().await?;
            redis.send(&call).await?;
            match redis.reply().await? {
                Reply::Text(text) if text.first() == Some(&b'H') => {}
                other => bail!("a free pair was not held: {other:?}"),
            }
            calls.0.push(redis.script_us().await? - before);
        }
        event.next += CALLS;
        costs.push((event.size, calls.median()));
    }
    Ok(costs)
}

async fn snapshot_us(store: &RedisStore, redis: &mut RawRedis, event: EventId) -> anyhow::Result<f64> {
    let mut calls = Rounds::default();
    for _ in 0..SNAPSHOTS {
        let before = redis.script_us().await?;
        if store.snapshot(event).await?.is_none() {
            bail!("the event is gone");
        }
        calls.0.push(redis.script_us().await? - before);
    }
    Ok(calls.median())
}
