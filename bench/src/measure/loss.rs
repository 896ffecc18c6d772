//! G20: Redis loses all it knows while every event is on sale. How long until the first event takes holds again, and
//! until all do.

use super::Effort;
use crate::{
    http::{Connection, find},
    own_redis::OwnRedis,
    paid::paid_order,
    report::{Bar, Rounds, Row, Table, short},
    server::Server,
    stage::{EVENTS, Stage},
};
use anyhow::bail;
use domain::{
    ids::EventId,
    seat::{SeatIx, SeatState},
};
use futures::future::{join_all, try_join_all};
use services::clock;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};
use store_pg::{PgStore, audit::Cause, catalogue::EventStatus, orders::commit::Commit};
use store_redis::RedisStore;

/// A hold is asked of every event so often, whatever comes back.
const EVERY: Duration = Duration::from_millis(250);
/// Requests under way at most; one that finds no connection waits, and the wait counts.
const CONNECTIONS: usize = 200;
/// What is not back by then does not come back.
const GIVE_UP: Duration = Duration::from_secs(60);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first pair that is asked for: far from those that other measurements sold.
const FIRST_PAIR: usize = 12_000;
/// Pairs that one loss may use up.
const PAIRS_A_LOSS: usize = 300;
const CONNECTIONS_TO_SELL: u32 = 8;

/// How Redis loses everything.
#[derive(Clone, Copy)]
enum Loss {
    /// `kill -9`, and at once started again with nothing.
    Killed,
    /// `FLUSHALL`; connections stay.
    Emptied,
}

/// Loses Redis again and again, and adds the rows.
pub async fn run(stage: &Stage, effort: Effort, table: &mut Table) -> anyhow::Result<()> {
    let sold = sell(stage, effort.sold_pairs).await?;
    let mut redis = OwnRedis::start().await?;
    let server = Server::start(&stage.database_url, &redis.url(), &stage.data_dir.join("loss")).await?;
    let mut first_pair = FIRST_PAIR;
    let warm = recovery(stage, server.address, first_pair, Instant::now()).await?;
    println!("G20: {} events serve, the last after {} s", warm.served.len(), short(warm.all()));
    for loss in [Loss::Killed, Loss::Emptied] {
        let (mut first, mut all, mut failed, mut fault) = (Rounds::default(), Rounds::default(), 0, None);
        for number in 1..=effort.losses {
            first_pair += PAIRS_A_LOSS;
            let begun = Instant::now();
            match loss {
                Loss::Killed => redis.lose().await?,
                Loss::Emptied => redis.empty().await?,
            }
            let back = recovery(stage, server.address, first_pair, begun).await?;
            println!("G20 {} {number}: {back}", loss.name());
            first.0.push(back.first());
            all.0.push(back.all());
            failed += back.others.values().sum::<u64>();
            fault = fault.or(recount(stage, &redis, &sold, &back).await?);
        }
        let seats = EVENTS as f64 * f64::from(stage.plan.seat_count()) / 1e6;
        let row = |what: &str, value, goal| Row {
            name: "G20",
            measure: format!("Redis {}, {} M seats on sale: {what}, s", loss.name(), short(seats)),
            ours: format!("{} sold seats back", short(sold.values().sum::<usize>() as f64)),
            yardstick: format!("{} requests in vain", short(failed as f64)),
            value,
            bar: Bar::AtMost(60.0, goal),
            fault: fault.clone(),
        };
        table.push(row("first event holds again", first, 2.0));
        table.push(row("all events", all, 10.0));
    }
    Ok(())
}

impl Loss {
    fn name(self) -> &'static str {
        match self {
            Self::Killed => "killed and started empty",
            Self::Emptied => "emptied",
        }
    }
}

/// Sells so many pairs of every event, from the last one on; answers what is sold of each, whoever sold it.
async fn sell(stage: &Stage, pairs: usize) -> anyhow::Result<BTreeMap<EventId, usize>> {
    let store = PgStore::connect(&stage.database_url, CONNECTIONS_TO_SELL).await?;
    let seats: Vec<SeatIx> = stage.pairs.iter().rev().take(pairs).flatten().copied().collect();
    for events in stage.events.chunks(CONNECTIONS_TO_SELL as usize) {
        let (store, seats) = (&store, &seats);
        let sales = events.iter().map(|event| async move {
            let cause = Cause::by("bench", clock::now());
            // Orders of other measurements went past Redis, and the standing check may have halted their event.
            store.set_event_status(*event, EventStatus::Published, &cause).await?;
            let capture = paid_order(store, *event, seats).await?;
            match store.commit_captured(&capture, &cause).await? {
                Commit::Issued(_) => anyhow::Ok(()),
                other => bail!("not sold: {other:?}"),
            }
        });
        try_join_all(sales).await?;
    }
    let mut sold = BTreeMap::new();
    for event in &stage.events {
        sold.insert(*event, store.claims(*event).await?.sold.len());
    }
    store.close().await;
    Ok(sold)
}

/// What came of asking every event again and again.
#[derive(Default)]
struct Recovery {
    /// Events that hold again, and when, in seconds.
    served: BTreeMap<usize, f64>,
    /// Holds of each event.
    held: BTreeMap<usize, u64>,
    /// Answers of another kind, by status; 0 is none.
    others: BTreeMap<u16, u64>,
    /// Requests of each event that may have been carried out all the same.
    doubtful: BTreeMap<usize, u64>,
}

impl Recovery {
    fn first(&self) -> f64 {
        self.served.values().copied().reduce(f64::min).unwrap_or(f64::INFINITY)
    }

    fn all(&self) -> f64 {
        if self.served.len() < EVENTS {
            return f64::INFINITY;
        }
        self.served.values().copied().fold(0.0, f64::max)
    }

    /// Notes an answer; `true` when it is a hold.
    fn note(&mut self, event: usize, status: u16, held: bool, after: f64) {
        if held {
            self.served.entry(event).or_insert(after);
            *self.held.entry(event).or_default() += 1;
            return;
        }
        *self.others.entry(status).or_default() += 1;
        if status == 0 || status >= 500 {
            *self.doubtful.entry(event).or_default() += 1;
        }
    }
}

impl std::fmt::Display for Recovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let held: u64 = self.held.values().sum();
        write!(f, "first {} s, all {} s; {held} holds", short(self.first()), short(self.all()))?;
        for (status, count) in &self.others {
            match status {
                0 => write!(f, ", {count} unanswered")?,
                status => write!(f, ", {count} × {status}")?,
            }
        }
        Ok(())
    }
}

/// Asks every event for a hold by the clock, beginning at `begun`, until each has given one.
async fn recovery(
    stage: &Stage,
    address: SocketAddr,
    first_pair: usize,
    begun: Instant,
) -> anyhow::Result<Recovery> {
    let (next, seen) = (Cell::new(0_usize), RefCell::new(Recovery::default()));
    let workers = (0..CONNECTIONS).map(|_| {
        let (next, seen) = (&next, &seen);
        async move {
            let (mut connection, mut request) = (None, Vec::with_capacity(512));
            loop {
                let number = next.replace(next.get() + 1);
                let (event, turn) = (number % EVENTS, number / EVENTS);
                let due = begun + EVERY.mul_f64(number as f64 / EVENTS as f64);
                tokio::time::sleep_until(due.into()).await;
                let over = seen.borrow().served.len() == EVENTS || begun.elapsed() > GIVE_UP;
                if over || turn >= PAIRS_A_LOSS || !stage.hold_request(event, first_pair + turn, &mut request)
                {
                    return;
                }
                let asked = tokio::time::timeout(PATIENCE, ask(&mut connection, address, &request));
                let answer = asked.await.ok().and_then(Result::ok);
                let after = begun.elapsed().as_secs_f64();
                match answer {
                    Some((status, held)) => seen.borrow_mut().note(event, status, held, after),
                    None => {
                        connection = None;
                        seen.borrow_mut().note(event, 0, false, after);
                    }
                }
            }
        }
    });
    join_all(workers).await;
    Ok(seen.into_inner())
}

/// The answer's status, and whether it is a hold.
async fn ask(
    connection: &mut Option<Connection>,
    address: SocketAddr,
    request: &[u8],
) -> anyhow::Result<(u16, bool)> {
    let connection = match connection {
        Some(connection) => connection,
        none => none.insert(Connection::open(address).await?),
    };
    let answer = connection.call(request).await?;
    let held = answer.status == 201 && find(answer.body.bytes(), b"\"hold_token\"").is_some();
    Ok((answer.status, held))
}

/// Redis itself must have two held seats for every hold, and every seat that PostgreSQL has sold.
async fn recount(
    stage: &Stage,
    redis: &OwnRedis,
    sold: &BTreeMap<EventId, usize>,
    back: &Recovery,
) -> anyhow::Result<Option<String>> {
    let store = RedisStore::connect(&redis.url(), 1).await?;
    for (number, event) in stage.events.iter().enumerate() {
        let Some(snapshot) = store.snapshot(*event).await? else {
            return Ok(Some(format!("event {number} is not in Redis")));
        };
        let of = |counts: &BTreeMap<usize, u64>| counts.get(&number).copied().unwrap_or_default();
        let (held, good) = (u64::from(snapshot.states.count(SeatState::Held)), of(&back.held));
        if !(2 * good..=2 * (good + of(&back.doubtful))).contains(&held) {
            return Ok(Some(format!("event {number}: {good} holds were answered, {held} seats are held")));
        }
        let there = snapshot.states.count(SeatState::Sold) as usize;
        if Some(&there) != sold.get(event) {
            return Ok(Some(format!(
                "event {number}: {there} seats are sold in Redis, {:?} in fact",
                sold.get(event)
            )));
        }
    }
    Ok(None)
}
