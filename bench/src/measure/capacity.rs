//! G1, G2, G5, G12: how much a second, in interleaved rounds of a closed loop.

use super::{
    Effort,
    postgres::{Duties, Yardstick},
};
use crate::{
    http,
    load::{Tally, Wanted, closed},
    redis::{RawRedis, evalsha, pipelined},
    report::{Bar, Rounds, Row, Table, short},
    stage::{EVENTS, Stage},
};
use domain::{
    hold::HoldRequest,
    ids::{EventId, HoldId},
    seat::SeatIx,
};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Connections of the closed loops.
const CONNECTIONS: usize = 64;
/// Connections of the raw client, each with [`DEPTH`] calls under way: enough that Redis never waits.
const RAW_CONNECTIONS: usize = 4;
/// The pipeline of the yardstick.
const DEPTH: usize = 16;

/// What one round gave, per second.
struct Round {
    nothing: f64,
    raw: f64,
    hot: f64,
    spread: f64,
    postgres: f64,
    locks: f64,
    page: f64,
    cost: Cost,
}

/// Processor time by process, in microseconds: moves less than rates do when other programs run.
struct Cost {
    nothing: f64,
    raw_redis: f64,
    hold: f64,
    hold_redis: f64,
    page: f64,
}

/// Runs the rounds and adds the rows.
pub async fn run(stage: &Stage, effort: Effort, table: &mut Table) -> anyhow::Result<()> {
    let mut bench = Bench {
        stage,
        raw: Vec::new(),
        postgres: Yardstick::open(&stage.database_url).await?,
        faults: Vec::new(),
    };
    for _ in 0..RAW_CONNECTIONS {
        bench.raw.push(RawRedis::open(&stage.redis_url).await?);
    }
    bench.round(Duration::from_millis(300)).await?;
    bench.faults.clear();
    let mut rounds = Vec::new();
    for number in 1..=effort.rounds {
        let round = bench.round(effort.part).await?;
        println!(
            "round {number}: nothing {}/s · raw EVALSHA {}/s · holds, one event {}/s · {EVENTS} events {}/s · \
             PostgreSQL {}/s (the lock alone {}/s) · cached page {}/s",
            short(round.nothing),
            short(round.raw),
            short(round.hot),
            short(round.spread),
            short(round.postgres),
            short(round.locks),
            short(round.page)
        );
        let Cost { nothing, raw_redis, hold, hold_redis, page } = round.cost;
        println!(
            "  µs of processor: server a do-nothing {}, a hold {}, a page {} · Redis a raw hold {}, a hold {}",
            short(nothing),
            short(hold),
            short(page),
            short(raw_redis),
            short(hold_redis)
        );
        rounds.push(round);
    }
    let fault = bench.faults.first().cloned();
    bench.postgres.close().await?;
    rows(&rounds, &fault, table);
    Ok(())
}

fn rows(rounds: &[Round], fault: &Option<String>, table: &mut Table) {
    let of = |pick: fn(&Round) -> f64| Rounds(rounds.iter().map(pick).collect());
    let per_second = |rounds: &Rounds| format!("{}/s", short(rounds.median()));
    let mut add = |name, measure: &str, ours: Rounds, yardstick: (&str, Rounds), value, bar| {
        table.push(Row {
            name,
            measure: measure.to_owned(),
            ours: per_second(&ours),
            yardstick: format!("{} {}", yardstick.0, per_second(&yardstick.1)),
            value,
            bar,
            fault: fault.clone(),
        });
    };
    let costs = of(|r| r.cost.hold);
    let beside = (of(|r| r.cost.nothing), of(|r| r.cost.hold_redis));
    let (hot, raw, nothing) = (of(|r| r.hot), of(|r| r.raw), of(|r| r.nothing));
    add(
        "G1",
        "holds, whole path ÷ raw EVALSHA, P=16",
        hot.clone(),
        ("raw", raw),
        of(|r| r.hot / r.raw),
        Bar::AtLeast(0.3, 0.5),
    );
    let yardstick = ("do nothing", nothing.clone());
    add("G1", "the same ÷ do-nothing", hot.clone(), yardstick, of(|r| r.hot / r.nothing), Bar::None);
    let yardstick = ("FOR UPDATE", of(|r| r.postgres));
    let value = of(|r| r.hot / r.postgres);
    add("G2", "holds ÷ SELECT FOR UPDATE", hot.clone(), yardstick, value, Bar::AtLeast(5.0, 10.0));
    let yardstick = ("the lock alone", of(|r| r.locks));
    let value = of(|r| r.hot / r.locks);
    add("G2", "the same, it has no other duty", hot.clone(), yardstick, value, Bar::None);
    let yardstick = ("spread", of(|r| r.spread));
    let value = of(|r| r.hot / r.spread);
    add("G5", "one hot event ÷ 50 events", hot, yardstick, value, Bar::AtLeast(0.8, 0.95));
    let yardstick = ("do nothing", nothing);
    let value = of(|r| r.page / r.nothing);
    add("G12", "cached page ÷ do-nothing", of(|r| r.page), yardstick, value, Bar::AtLeast(0.4, 0.7));
    table.push(Row {
        name: "G1",
        measure: "server's processor time a hold, µs".into(),
        ours: format!("Redis {} µs", short(beside.1.median())),
        yardstick: format!("do nothing {} µs", short(beside.0.median())),
        value: costs,
        bar: Bar::None,
        fault: None,
    });
}

struct Bench<'a> {
    stage: &'a Stage,
    raw: Vec<RawRedis>,
    postgres: Yardstick,
    faults: Vec<String>,
}

impl Bench<'_> {
    async fn round(&mut self, part: Duration) -> anyhow::Result<Round> {
        let (nothing, nothing_cost) = self.get("/healthz", 5, part).await?;
        let redis = self.raw[0].cpu_seconds().await?;
        let (raw, raw_holds) = self.raw(part).await?;
        let raw_redis = (self.raw[0].cpu_seconds().await? - redis) * 1e6 / raw_holds;
        let redis = self.raw[0].cpu_seconds().await?;
        let (hot, hold, held) = self.holds(1, part).await?;
        let hold_redis = (self.raw[0].cpu_seconds().await? - redis) * 1e6 / held;
        let (spread, _, _) = self.holds(EVENTS, part).await?;
        let postgres = self.postgres.holds(self.stage, CONNECTIONS, part, Duties::All).await?;
        let locks = self.postgres.holds(self.stage, CONNECTIONS, part, Duties::Lock).await?;
        let (page, page_cost) = self.get("/", 500, part).await?;
        let cost = Cost { nothing: nothing_cost, raw_redis, hold, hold_redis, page: page_cost };
        Ok(Round { nothing, raw, hot, spread, postgres, locks, page, cost })
    }

    /// A page as browsers ask for it: compressed.
    ///
    /// Asked for once before: what is measured is a cached page, not how often it is rendered.
    async fn get(&mut self, path: &str, least: usize, part: Duration) -> anyhow::Result<(f64, f64)> {
        http::Connection::open(self.stage.server.address).await?.call(&http::get(path, Some("br"))).await?;
        let before = self.stage.server.cpu_seconds()?;
        let request = http::get(path, Some("gzip, deflate, br"));
        let make = |_: usize, out: &mut Vec<u8>| {
            out.clone_from(&request);
            true
        };
        let tally = closed(self.stage.server.address, CONNECTIONS, part, Wanted::Bytes(least), &make).await?;
        self.note(&tally, path);
        let cpu = self.stage.server.cpu_seconds()? - before;
        Ok((tally.rate(), cpu * 1e6 / tally.good.max(1) as f64))
    }

    /// A second, and how many.
    async fn raw(&mut self, part: Duration) -> anyhow::Result<(f64, f64)> {
        self.stage.renew(0).await?;
        let script = self.raw[0].load(store_redis::raw::hold_script()).await?;
        let calls = raw_calls(self.stage.events[0], &script, &self.stage.pairs);
        let (held, seconds) = pipelined(&mut self.raw, &calls, DEPTH, Instant::now() + part).await?;
        self.recount(1, held).await?;
        Ok((held as f64 / seconds, held.max(1) as f64))
    }

    /// A second, microseconds of the server each, and how many.
    async fn holds(&mut self, events: usize, part: Duration) -> anyhow::Result<(f64, f64, f64)> {
        for event in 0..events {
            self.stage.renew(event).await?;
        }
        let stage = self.stage;
        let make = |n: usize, out: &mut Vec<u8>| stage.hold_request(n % events, n / events, out);
        let before = stage.server.cpu_seconds()?;
        let tally = closed(stage.server.address, CONNECTIONS, part, Wanted::Hold, &make).await?;
        let cpu = stage.server.cpu_seconds()? - before;
        self.note(&tally, "holds");
        self.recount(events, tally.good).await?;
        let held = tally.good.max(1) as f64;
        Ok((tally.rate(), cpu * 1e6 / held, held))
    }

    fn note(&mut self, tally: &Tally, what: &str) {
        if tally.bad + tally.refused + tally.unanswered > 0 {
            let oddity = tally.oddity.as_deref().unwrap_or_default();
            let text = format!(
                "{what}: {} refused, {} bad, {} unanswered {oddity}",
                tally.refused, tally.bad, tally.unanswered
            );
            println!("{text}");
            self.faults.push(text);
        }
    }

    /// The store has the last word: so many seats are held, and no more.
    async fn recount(&mut self, events: usize, holds: u64) -> anyhow::Result<()> {
        let held = self.stage.held_seats(&self.stage.events[..events]).await?;
        if held != 2 * holds {
            let text = format!("{holds} holds were answered, the store has {held} seats held");
            println!("{text}");
            self.faults.push(text);
        }
        Ok(())
    }
}

/// Calls of the shipped script with what the whole path sends, ready as bytes.
fn raw_calls(event: EventId, script: &[u8], pairs: &[[SeatIx; 2]]) -> Vec<Vec<u8>> {
    let keys = store_redis::raw::keys(event);
    let call = |seats: &[SeatIx; 2]| {
        let mut out = Vec::with_capacity(700);
        let args = store_redis::raw::hold_args(hold_request(event, seats));
        evalsha(&mut out, script, &keys, &args);
        out
    };
    pairs.iter().map(call).collect()
}

/// A request of the shape that the use case makes.
pub fn hold_request(event: EventId, seats: &[SeatIx]) -> HoldRequest {
    let hold = HoldId(Uuid::new_v4());
    let digest = services::digest(&hold.to_string());
    let tiers: Vec<String> = seats.iter().map(|s| format!("\"{}\":\"lower-adult\"", s.0)).collect();
    HoldRequest {
        event,
        buyer: format!("guest:{hold}"),
        client_id: format!("bench-{}", seats.first().map_or(0, |s| s.0)),
        request_digest: digest.clone(),
        hold_id: hold,
        token_digest: digest,
        seats: seats.to_vec(),
        areas: Vec::new(),
        ttl_ms: None,
        lenient: false,
        payload: format!("{{\"s\":{{{}}}}}", tiers.join(",")),
    }
}
