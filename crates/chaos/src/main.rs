//! Sells an event at full load while everything that the product stands on dies, hangs and lies, and then proves from
//! outside that nothing was sold twice and no money is lost.
//!
//! ```text
//! chaos --rounds 100 --seed 1        rounds with faults; the seed of a round is printed and reproduces its schedule
//! chaos --planted                    breaks the product on purpose in thirteen ways: the checker must see each
//! ```
//!
//! The processes are real: two servers, two workers, the payment sandbox, PostgreSQL, Redis, and wires between them that
//! can be cut (`wire`). Buyers (`buyers`) know nothing but the public contract and write down what they were told
//! (`witness`). The judge (`checker`) reads PostgreSQL, Redis, the provider's ledger and that log; it shares no code with
//! what it judges.
//!
//! To add a fault: a variant of `schedule::Fault` and its lines in `world`. To add a proof: a function in `checker`,
//! and a bug in `planted` that it must find.

mod api;
mod buyers;
mod checker;
mod planted;
mod redis;
mod round;
mod schedule;
mod viewer;
mod wire;
mod witness;
mod world;

use anyhow::{Context, bail};
use clap::Parser;
use std::{path::PathBuf, process::ExitCode, time::Duration};

/// What to do.
#[derive(Parser)]
struct Args {
    /// How many rounds, one seed after the other.
    #[arg(long, default_value_t = 3)]
    rounds: u64,
    /// Seed of the first round.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds of load in a round.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// Buyers at the till at one moment.
    #[arg(long, default_value_t = 24)]
    buyers: usize,
    /// The server program; beside this one when absent.
    #[arg(long)]
    server: Option<PathBuf>,
    /// Break the product on purpose, and see the checker notice.
    #[arg(long)]
    planted: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chaos: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    let server = match args.server {
        Some(path) => path,
        None => std::env::current_exe()?.with_file_name("server"),
    };
    if !server.exists() {
        bail!("there is no {}: build the server, or name it with --server", server.display());
    }
    let load = round::Load { lasting: Duration::from_secs(args.seconds), buyers: args.buyers };
    let mut world = world::World::start(server).await.context("start the world")?;
    if args.planted {
        return planted::run(&mut world, &load, args.seed).await;
    }
    for seed in args.seed..args.seed + args.rounds {
        let report =
            round::run(&mut world, &load, seed, true).await.with_context(|| format!("round {seed}"))?;
        println!("{report}");
        if !report.violations.is_empty() {
            bail!("again: chaos --rounds 1 --seed {seed} --seconds {}", args.seconds);
        }
    }
    println!("{} rounds, no violation", args.rounds);
    Ok(())
}
