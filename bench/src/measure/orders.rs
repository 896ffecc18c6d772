//! G15, G16: how many paid orders become durable a second, and what checkout costs beside the payment provider.

use super::Effort;
use crate::{
    http::Connection,
    paid::paid_order,
    report::{Bar, Rounds, Row, Table, short},
    stage::Stage,
};
use anyhow::{Context, anyhow, bail};
use domain::seat::SeatIx;
use futures::future::try_join_all;
use services::{CommitQueue, clock};
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::time::{Duration, Instant};
use store_pg::{
    PgStore,
    audit::Cause,
    orders::commit::{Capture, Commit},
};

/// As many connections as the server has for it.
const CONNECTIONS: u32 = 16;
/// How long the provider takes in G16; what is above it is ours.
const PROVIDER_MS: u64 = 200;
/// Purchases in G16, and how many at once: 15 a second, fewer than the provider allows. More would wait for their turn
/// there (`payments::pace`), and that is not what checkout costs.
const PURCHASES: usize = 120;
const AT_ONCE: usize = 3;

/// G15. No server may run on the database: the flushes that PostgreSQL counts are everybody's.
pub async fn durable(stage: &Stage, effort: Effort, table: &mut Table) -> anyhow::Result<()> {
    let store = PgStore::connect(&stage.database_url, CONNECTIONS).await?;
    let pool = PgPoolOptions::new().max_connections(1).connect(&stage.database_url).await?;
    let queue = CommitQueue::open(store.clone());
    let (mut ratios, mut flushes, mut single, mut group) =
        (Rounds::default(), Rounds::default(), Rounds::default(), Rounds::default());
    let mut seat = 0;
    for round in 0..effort.rounds {
        let alone = captures(&store, stage, effort.orders, &mut seat).await?;
        let together = captures(&store, stage, effort.orders, &mut seat).await?;
        let begun = Instant::now();
        // As many at once as there are connections: each order a transaction and a flush of its own.
        for chunk in alone.chunks(CONNECTIONS as usize) {
            let cause = Cause::by("bench", clock::now());
            let commits = chunk.iter().map(|capture| store.commit_captured(capture, &cause));
            all_issued(try_join_all(commits).await?)?;
        }
        let one = effort.orders as f64 / begun.elapsed().as_secs_f64();
        let before = syncs(&pool).await?;
        let begun = Instant::now();
        all_issued(try_join_all(together.into_iter().map(|capture| queue.commit(capture))).await?)?;
        let many = effort.orders as f64 / begun.elapsed().as_secs_f64();
        let flushed = (syncs(&pool).await? - before) / effort.orders as f64;
        println!(
            "G15 round {round}: {one:.0} one by one, {many:.0} in groups, {flushed:.3} flushes an order"
        );
        ratios.0.push(many / one);
        flushes.0.push(flushed);
        single.0.push(one);
        group.0.push(many);
    }
    table.push(Row {
        name: "G15",
        measure: "durable orders/s ÷ one transaction an order".into(),
        ours: format!("{}/s", short(group.median())),
        yardstick: format!("{}/s", short(single.median())),
        value: ratios,
        bar: Bar::AtLeast(3.0, 6.0),
        fault: None,
    });
    table.push(Row {
        name: "G15",
        measure: "flushes to disk an order".into(),
        ours: String::new(),
        yardstick: String::new(),
        value: flushes,
        bar: Bar::AtMost(0.3, 0.1),
        fault: None,
    });
    store.close().await;
    Ok(())
}

fn all_issued(done: Vec<Commit>) -> anyhow::Result<()> {
    if done.iter().all(|commit| matches!(commit, Commit::Issued(_))) { Ok(()) } else { bail!("{done:?}") }
}

/// Flushes of the journal so far; what a backend counts is told a second later.
async fn syncs(pool: &PgPool) -> anyhow::Result<f64> {
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let syncs: i64 = sqlx::query_scalar("SELECT wal_sync FROM pg_stat_wal").fetch_one(pool).await?;
    Ok(syncs as f64)
}

/// Placed orders of two seats whose money has come.
async fn captures(
    store: &PgStore,
    stage: &Stage,
    orders: usize,
    seat: &mut u32,
) -> anyhow::Result<Vec<Capture>> {
    let event = *stage.events.last().context("an event")?;
    let mut captures = Vec::with_capacity(orders);
    while captures.len() < orders {
        let first = *seat;
        *seat += 2 * CONNECTIONS;
        let made = (0..CONNECTIONS)
            .map(|n| first + 2 * n)
            .map(|seat| async move { paid_order(store, event, &[SeatIx(seat), SeatIx(seat + 1)]).await });
        captures.extend(try_join_all(made).await?);
    }
    captures.truncate(orders);
    Ok(captures)
}

/// G16.
pub async fn overhead(stage: &Stage, table: &mut Table) -> anyhow::Result<()> {
    stage.renew(0).await?;
    slow_provider(stage, PROVIDER_MS).await?;
    let pool = PgPoolOptions::new().max_connections(1).connect(&stage.database_url).await?;
    let buying = async {
        let mut took = Vec::with_capacity(PURCHASES);
        for first in (0..PURCHASES).step_by(AT_ONCE) {
            took.extend(try_join_all((first..first + AT_ONCE).map(|pair| purchase(stage, pair))).await?);
        }
        anyhow::Ok(took)
    };
    let held = std::cell::Cell::new(0);
    let took = tokio::select! {
        took = buying => took?,
        error = watch(&pool, &held) => return Err(error),
    };
    let held = held.get();
    slow_provider(stage, 0).await?;
    let mut ours: Vec<f64> = took.iter().map(|took| took - PROVIDER_MS as f64).collect();
    ours.sort_by(f64::total_cmp);
    let p99 = ours.get(ours.len() * 99 / 100).copied().context("purchases")?;
    table.push(Row {
        name: "G16",
        measure: "checkout beside the provider, p99 ms".into(),
        ours: format!("median {} ms", short(ours[ours.len() / 2])),
        yardstick: format!("provider {PROVIDER_MS} ms"),
        value: Rounds(vec![p99]),
        bar: Bar::AtMost(200.0, 50.0),
        fault: None,
    });
    table.push(Row {
        name: "G16",
        measure: "connections held during the provider's call".into(),
        ours: String::new(),
        yardstick: String::new(),
        value: Rounds(vec![f64::from(held)]),
        bar: Bar::AtMost(0.0, 0.0),
        fault: None,
    });
    Ok(())
}

/// Counts, all the time, the server's transactions that are open for half as long as the provider takes: as long as
/// no statement of ours ever is. Ends only with an error.
async fn watch(pool: &PgPool, most: &std::cell::Cell<i32>) -> anyhow::Error {
    loop {
        let held: Result<i64, _> = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE application_name = 'parterre' AND xact_start < clock_timestamp() - interval '100 milliseconds'",
        )
        .fetch_one(pool)
        .await;
        match held {
            Ok(held) => most.set(most.get().max(i32::try_from(held).unwrap_or(i32::MAX))),
            Err(error) => return error.into(),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Tells the sandbox how long each call takes.
async fn slow_provider(stage: &Stage, latency_ms: u64) -> anyhow::Result<()> {
    let mut address = stage.server.address;
    address.set_port(address.port() + 1);
    let mut connection = Connection::open(address).await?;
    let mut request = Vec::new();
    crate::http::post(&mut request, "/_sandbox/faults", &format!("{{\"latency_ms\":{latency_ms}}}"));
    let status = connection.call(&request).await?.status;
    if status == 204 { Ok(()) } else { bail!("the sandbox answered {status}") }
}

/// Holds a pair of seats and pays it; milliseconds of the payment.
async fn purchase(stage: &Stage, pair: usize) -> anyhow::Result<f64> {
    let mut connection = Connection::open(stage.server.address).await?;
    let mut request = Vec::new();
    if !stage.hold_request(0, pair, &mut request) {
        bail!("no pair {pair}");
    }
    let answer = connection.call(&plain(&request)).await?;
    let (status, held): (u16, serde_json::Value) =
        (answer.status, serde_json::from_slice(answer.body.bytes())?);
    let text = |name: &str| held[name].as_str().ok_or_else(|| anyhow!("{status} {held}"));
    let (id, token) = (text("hold_id")?, text("hold_token")?);
    let body = serde_json::json!({
        "idempotency_key": format!("bench-{pair}"), "payment_token": "pm_card_visa",
        "buyer": { "name": "Bench", "email": "bench@example.org" },
    })
    .to_string();
    let commit = format!(
        "POST /api/v1/reservations/{id}/commit HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let begun = Instant::now();
    let answer = connection.call(commit.as_bytes()).await?;
    let took = begun.elapsed().as_secs_f64() * 1_000.0;
    if answer.status == 200 {
        Ok(took)
    } else {
        bail!("{}: {:?}", answer.status, String::from_utf8_lossy(answer.body.bytes()))
    }
}

/// The same request without compression: its body is read here.
fn plain(request: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(request).replace("accept-encoding: gzip, br\r\n", "").into_bytes()
}
