//! `plan import`, `plan check`, `plan generate`.

use super::with_services;
use crate::config::Config;
use anyhow::Context;
use domain::plan::{
    generate::{Kind, generate as draw},
    import::{Problem, parse},
};
use std::path::Path;

/// Checks and stores a plan; with `trial` an event is put on sale from it.
pub async fn import(config: Config, file: &Path, trial: bool) -> anyhow::Result<()> {
    let source = read(file)?;
    let site = config.public_base();
    with_services(config, |_, services| async move {
        match services.import_plan(&source, "operator").await? {
            Ok(plan) => {
                let (seats, areas) = (plan.plan.seat_count(), plan.plan.areas.len());
                println!(
                    "{} version {}: {seats} seats, {areas} areas, id {}",
                    plan.plan.name, plan.version, plan.id
                );
                if trial {
                    let slug = services.try_plan(&plan, "operator").await?;
                    println!("On sale at {site}/events/{slug} (a trial: nothing is really sold)");
                }
                Ok(())
            }
            Err(problems) => refuse(&problems),
        }
    })
    .await
}

/// Checks a plan; stores nothing.
pub fn check(file: &Path) -> anyhow::Result<()> {
    match parse(read(file)?.as_bytes()) {
        Ok(plan) => {
            println!("{}: {} seats, {} areas, no problem.", plan.name, plan.seat_count(), plan.areas.len());
            Ok(())
        }
        Err(problems) => refuse(&problems),
    }
}

/// Writes a demo plan.
pub fn generate(kind: &str, seed: u64) -> anyhow::Result<()> {
    let kind = Kind::named(kind).context("theatre, arena, stadium, club or hall")?;
    println!("{}", draw(kind, seed));
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}

fn refuse(problems: &[Problem]) -> anyhow::Result<()> {
    for problem in problems {
        println!("{problem}");
    }
    anyhow::bail!("{} problems; nothing was stored", problems.len())
}
