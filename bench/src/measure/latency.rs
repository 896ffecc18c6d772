//! G4 and the second half of G12: how long an answer takes when requests come by the clock.

use super::Effort;
use crate::{
    http,
    load::{Make, Pace, Tally, Wanted, open},
    report::{Bar, Rounds, Row, Table, short},
    stage::Stage,
};
use std::time::Duration;

const HOLDS_PER_SECOND: u32 = 5_000;
const FLOOD_PER_SECOND: u32 = 20_000;
/// A flood of ten seconds needs more pairs than one stadium has.
const FLOOD_EVENTS: usize = 8;
const BROWSE_PER_SECOND: u32 = 500;
/// More than this under way, and requests wait in the generator; the wait is in the latency.
const CONNECTIONS: usize = 256;
const FLOOD_CONNECTIONS: usize = 2_048;
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the rounds and adds the rows.
pub async fn run(stage: &Stage, effort: Effort, table: &mut Table) -> anyhow::Result<()> {
    let pace =
        |per_second, connections| Pace { per_second, connections, length: effort.part, patience: PATIENCE };
    let (mut nothing, mut holds, mut browse) = (Rounds::default(), Rounds::default(), Rounds::default());
    let (mut medians, mut fault) = (Rounds::default(), None);
    for number in 1..=effort.rounds {
        let idle = http::get("/healthz", None);
        let bytes = Wanted::Bytes(5);
        let tally =
            open(stage.server.address, pace(HOLDS_PER_SECOND, CONNECTIONS), bytes, &same(&idle)).await?;
        nothing.0.push(tally.percentile_ms(99.0));
        stage.renew(0).await?;
        let make = |n: usize, out: &mut Vec<u8>| stage.hold_request(0, n, out);
        let wanted = Wanted::Hold;
        let tally = open(stage.server.address, pace(HOLDS_PER_SECOND, CONNECTIONS), wanted, &make).await?;
        fault = fault.or(broken(&tally)).or(recount(stage, 1, &tally).await?);
        holds.0.push(tally.percentile_ms(99.0));
        medians.0.push(tally.percentile_ms(50.0));
        let page = http::get("/", Some("gzip, deflate, br"));
        let bytes = Wanted::Bytes(500);
        let tally = open(stage.server.address, pace(BROWSE_PER_SECOND, 64), bytes, &same(&page)).await?;
        browse.0.push(tally.percentile_ms(50.0));
        println!(
            "round {number}: at {HOLDS_PER_SECOND}/s p99 do nothing {} ms · holds {} ms (p50 {} ms, {} held) · \
             browse p50 {} ms",
            short(nothing.0[nothing.0.len() - 1]),
            short(holds.0[holds.0.len() - 1]),
            short(medians.0[medians.0.len() - 1]),
            tally_text(&tally),
            short(browse.0[browse.0.len() - 1]),
        );
    }
    table.push(Row {
        name: "G4",
        measure: format!("open loop, {} holds/s: p99 ms", short(f64::from(HOLDS_PER_SECOND))),
        ours: format!("p50 {} ms", short(medians.median())),
        yardstick: format!("do nothing {} ms", short(nothing.median())),
        value: holds,
        bar: Bar::AtMost(50.0, 20.0),
        fault,
    });
    table.push(Row {
        name: "G12",
        measure: format!("browse at {BROWSE_PER_SECOND}/s: p50 ms"),
        ours: String::new(),
        yardstick: String::new(),
        value: browse,
        bar: Bar::AtMost(f64::INFINITY, 5.0),
        fault: None,
    });
    flood(stage, effort, table).await
}

/// More than can be held: every request gets an answer, none of them a server error.
async fn flood(stage: &Stage, effort: Effort, table: &mut Table) -> anyhow::Result<()> {
    for event in 0..FLOOD_EVENTS {
        stage.renew(event).await?;
    }
    let make = |n: usize, out: &mut Vec<u8>| stage.hold_request(n % FLOOD_EVENTS, n / FLOOD_EVENTS, out);
    let pace = Pace {
        per_second: FLOOD_PER_SECOND,
        length: effort.flood,
        connections: FLOOD_CONNECTIONS,
        patience: PATIENCE,
    };
    let tally = open(stage.server.address, pace, Wanted::Hold, &make).await?;
    println!("flood of {FLOOD_PER_SECOND}/s: {}", tally_text(&tally));
    let server_errors = Rounds(vec![tally.bad as f64]);
    table.push(Row {
        name: "G4",
        measure: format!(
            "{}/s offered for {} s: 5xx",
            short(FLOOD_PER_SECOND.into()),
            effort.flood.as_secs()
        ),
        ours: format!("{} held, {} told to wait", short(tally.good as f64), short(tally.refused as f64)),
        yardstick: format!("{}/s answered", short((tally.good + tally.refused) as f64 / tally.seconds)),
        value: server_errors,
        bar: Bar::AtMost(0.0, 0.0),
        fault: recount(stage, FLOOD_EVENTS, &tally).await?,
    });
    table.push(Row {
        name: "G4",
        measure: "the same: p99 ms, unanswered count as infinite".into(),
        ours: format!("p50 {} ms", short(tally.percentile_ms(50.0))),
        yardstick: format!("{} unanswered", tally.unanswered),
        value: Rounds(vec![if tally.unanswered > 0 { f64::INFINITY } else { tally.percentile_ms(99.0) }]),
        bar: Bar::AtMost(f64::INFINITY, 250.0),
        fault: None,
    });
    Ok(())
}

fn same(request: &[u8]) -> Box<Make<'_>> {
    Box::new(move |_, out| {
        out.clear();
        out.extend_from_slice(request);
        true
    })
}

fn broken(tally: &Tally) -> Option<String> {
    (tally.bad + tally.refused + tally.unanswered > 0).then(|| tally_text(tally))
}

fn tally_text(tally: &Tally) -> String {
    let mut text = format!("{} good", tally.good);
    for (count, what) in [(tally.refused, "refused"), (tally.bad, "bad"), (tally.unanswered, "unanswered")] {
        if count > 0 {
            text = format!("{text}, {count} {what}");
        }
    }
    match &tally.oddity {
        Some(oddity) => format!("{text}: {oddity}"),
        None => text,
    }
}

async fn recount(stage: &Stage, events: usize, tally: &Tally) -> anyhow::Result<Option<String>> {
    let held = stage.held_seats(&stage.events[..events]).await?;
    // A request that was given up may have been carried out all the same.
    let most = 2 * (tally.good + tally.unanswered);
    let right = (2 * tally.good..=most).contains(&held);
    Ok((!right).then(|| format!("{} holds were answered, {held} seats are held", tally.good)))
}
