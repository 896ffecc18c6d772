//! G14: the seat page's map against an SVG of the same seats, in the same browser. `bench/map.mjs` drives it.

use super::{Effort, code::slug};
use crate::{
    report::{Bar, Rounds, Row, Table, short},
    stage::Stage,
};
use anyhow::Context;
use serde::Deserialize;
use std::{path::Path, process::Stdio, time::Duration};
use tokio::process::Command;

/// One round takes some seconds on software rendering.
const PATIENCE: Duration = Duration::from_secs(240);

/// What the script prints.
#[derive(Deserialize)]
struct Seen {
    rounds: Vec<Pair>,
    interactive_ms: f64,
    near_ms: f64,
    painter: String,
}

#[derive(Deserialize)]
struct Pair {
    map: Picture,
    svg: Picture,
    empty_main_ms: f64,
}

#[derive(Clone, Copy, Deserialize)]
struct Picture {
    first_draw_ms: f64,
    far_frame_ms: f64,
    pan_frame_ms: f64,
    pan_main_ms: f64,
}

/// Runs the browser and adds the rows; where there is none, says so.
pub async fn run(stage: &Stage, effort: Effort, table: &mut Table) -> anyhow::Result<()> {
    stage.renew(0).await?;
    let script = Path::new("bench/map.mjs");
    let mut command = Command::new("node");
    command
        .arg(script)
        .arg(format!("http://{}", stage.server.address))
        .arg(slug(stage))
        .arg(effort.map_rounds.to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let seen = match tokio::time::timeout(PATIENCE, command.output()).await {
        Ok(Ok(output)) if output.status.success() => {
            serde_json::from_slice::<Seen>(&output.stdout).context("what bench/map.mjs prints")?
        }
        Ok(Ok(output)) => {
            skip(&format!("the browser's script ended with {}", output.status));
            return Ok(());
        }
        Ok(Err(error)) => {
            skip(&format!("node cannot be run: {error}"));
            return Ok(());
        }
        Err(_) => {
            skip("the browser took too long");
            return Ok(());
        }
    };
    for (number, pair) in (1..).zip(&seen.rounds) {
        let text = |p: Picture| {
            let [draw, far, frame] = [p.first_draw_ms, p.far_frame_ms, p.pan_frame_ms].map(short);
            let main = short(p.pan_main_ms);
            format!(
                "first draw {draw} ms, pan frame far {far} ms, near {frame} ms, main thread {main} ms a pan near"
            )
        };
        println!(
            "round {number}: map {} · SVG {} (an empty page {} ms a frame, taken off)",
            text(pair.map),
            text(pair.svg),
            short(pair.empty_main_ms)
        );
    }
    println!(
        "the map is interactive {} ms after navigation; from the whole house to single seats, with nothing of them made \
         before, it takes {} ms ({})",
        short(seen.interactive_ms),
        short(seen.near_ms),
        seen.painter
    );
    rows(&seen, table);
    Ok(())
}

fn rows(seen: &Seen, table: &mut Table) {
    let of = |pick: &dyn Fn(&Pair) -> f64| Rounds(seen.rounds.iter().map(pick).collect());
    let mut add = |measure: &str, map: Rounds, svg: Rounds, value, bar| {
        table.push(Row {
            name: "G14",
            measure: measure.to_owned(),
            ours: format!("{} ms", short(map.median())),
            yardstick: format!("SVG {} ms", short(svg.median())),
            value,
            bar,
            fault: None,
        });
    };
    add(
        "70,000-seat map ÷ SVG: first draw",
        of(&|p| p.map.first_draw_ms),
        of(&|p| p.svg.first_draw_ms),
        of(&|p| p.map.first_draw_ms / p.svg.first_draw_ms),
        Bar::AtMost(1.0 / 8.0, 1.0 / 15.0),
    );
    add(
        "the same: pan frame, the whole house in view",
        of(&|p| p.map.far_frame_ms),
        of(&|p| p.svg.far_frame_ms),
        of(&|p| p.map.far_frame_ms / p.svg.far_frame_ms),
        Bar::AtMost(1.0 / 4.0, 1.0 / 6.0),
    );
    add(
        "the same: pan frame, near, single seats",
        of(&|p| p.map.pan_frame_ms),
        of(&|p| p.svg.pan_frame_ms),
        of(&|p| p.map.pan_frame_ms / p.svg.pan_frame_ms),
        Bar::AtMost(1.0 / 4.0, 1.0 / 6.0),
    );
    let main = of(&|p| p.map.pan_main_ms);
    let svg = of(&|p| p.svg.pan_main_ms);
    add("main thread, ms a pan, near", main.clone(), svg, main, Bar::AtMost(2.0, 1.0));
}

fn skip(why: &str) {
    println!("G14 is skipped: {why}.");
}
