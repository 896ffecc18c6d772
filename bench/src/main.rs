//! The bar of speed, measured: one table, every row with its yardstick from the same run.
//!
//! `make bench`, `make bench QUICK=1`. What the rows mean and how they are measured: `docs/bench.md`.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod http;
mod load;
mod measure;
mod own_redis;
mod paid;
mod redis;
mod report;
mod server;
mod stage;

use anyhow::Context;
use clap::Parser;
use measure::{Effort, capacity, code, latency, live, loss, map, orders, safety, scaling, sizes};
use report::Table;
use stage::Stage;
use std::{path::PathBuf, time::Instant};
use store_redis::RedisStore;

/// Measures Parterre over real sockets, on this machine alone.
#[derive(Parser)]
struct Cli {
    /// Fewer and shorter rounds, under two minutes.
    #[arg(long)]
    quick: bool,
    /// Only these groups: scaling, capacity, latency, orders, sizes, code, live, map,
    /// loss, safety.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Interleaved rounds, instead of what the effort says.
    #[arg(long)]
    rounds: Option<u32>,
    /// Watchers of one event, instead of what the effort says.
    #[arg(long)]
    watchers: Option<usize>,
    /// Rounds of the sale in chaos, instead of what the effort says.
    #[arg(long)]
    chaos_rounds: Option<u64>,
    /// Folder of the server's log and the sandbox's data.
    #[arg(long, default_value = "target/bench")]
    data_dir: PathBuf,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(clap::Subcommand)]
enum Role {
    /// The PostgreSQL endpoint that holds are compared with; started by the measurement itself.
    #[command(hide = true)]
    Yardstick,
}

impl Cli {
    fn effort(&self) -> Effort {
        let mut effort = if self.quick { Effort::QUICK } else { Effort::FULL };
        effort.rounds = self.rounds.unwrap_or(effort.rounds).max(1);
        effort.chaos_rounds = self.chaos_rounds.unwrap_or(effort.chaos_rounds);
        effort.watchers = self.watchers.unwrap_or(effort.watchers).max(10);
        effort
    }

    fn wants(&self, group: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == group)
    }
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    if cli.role.is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        return runtime.block_on(measure::postgres::serve(&setting("DATABASE_URL")?));
    }
    // One thread: the generator is not to take a core from what it measures.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(cli))
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let effort = cli.effort();
    let database_url = setting("DATABASE_URL")?;
    let redis_url = setting("REDIS_URL")?;
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!(
        "{cores} cores, shared by the server, PostgreSQL, Redis and this generator; loopback only; {} rounds.",
        effort.rounds
    );
    let mut table = Table::default();
    let begun = Instant::now();
    if cli.wants("scaling") {
        let store = RedisStore::connect(&redis_url, 1).await?;
        scaling::run(&store, &redis_url, effort, &mut table).await?;
        said("scaling", begun);
    }
    measure(&cli, effort, database_url, redis_url, &mut table).await?;
    table.sort();
    println!("\n{table}");
    println!(
        "Value: median (least–most) of the interleaved rounds. Measured in {} s.",
        begun.elapsed().as_secs()
    );
    if table.is_bad() {
        println!("Some rows are below their floor.");
    }
    Ok(())
}

async fn measure(
    cli: &Cli,
    effort: Effort,
    database_url: String,
    redis_url: String,
    table: &mut Table,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut stage = Stage::set(database_url, redis_url, &cli.data_dir).await?;
    said("server and events ready", begun);
    if cli.wants("capacity") {
        capacity::run(&stage, effort, table).await?;
        said("capacity", begun);
    }
    if cli.wants("latency") {
        latency::run(&stage, effort, table).await?;
        said("latency", begun);
    }
    if cli.wants("orders") {
        orders::overhead(&stage, table).await?;
        said("checkout", begun);
    }
    if cli.wants("sizes") {
        sizes::run(&stage, table).await?;
    }
    if cli.wants("code") {
        code::run(&stage, table).await?;
    }
    if cli.wants("live") {
        live::run(&stage, effort, table).await?;
        said("live", begun);
    }
    if cli.wants("map") {
        map::run(&stage, effort, table).await?;
        said("map", begun);
    }
    // What follows counts the database's flushes, and has a Redis of its own: to this server its sales would be a drift.
    stage.server.end();
    if cli.wants("orders") {
        orders::durable(&stage, effort, table).await?;
        said("orders", begun);
    }
    if cli.wants("loss") {
        loss::run(&stage, effort, table).await?;
        said("loss", begun);
    }
    drop(stage);
    if cli.wants("safety") {
        safety::run(effort, table).await?;
        said("safety", begun);
    }
    Ok(())
}

fn said(what: &str, begun: Instant) {
    println!("({what}: {:.1} s)", begun.elapsed().as_secs_f64());
}

/// An address from the environment; with `TEST_` before it, as throw-away databases are announced.
fn setting(name: &str) -> anyhow::Result<String> {
    std::env::var(name)
        .or_else(|_| std::env::var(format!("TEST_{name}")))
        .with_context(|| format!("{name} is not set: run it with `make bench`"))
}
