//! `make simulate STEPS=… SEED=…`: rounds one after the other until so many steps are done. A round that fails prints
//! the one line that repeats it.
#![expect(clippy::print_stdout, reason = "the report is what this program is for")]

use clap::Parser;
use simulate::round;
use std::process::ExitCode;

/// Simulates sales with faults and counts what must hold.
#[derive(Parser)]
struct Cli {
    /// Steps to do, in rounds of some hundreds.
    #[arg(long, default_value_t = 1_000_000)]
    steps: u64,
    /// Of the first round; the next ones count up.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the round of this seed.
    #[arg(long)]
    one: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (mut steps, mut rounds, mut completed, mut orders, mut mended) = (0, 0_u64, 0, 0, 0);
    while steps < cli.steps {
        let seed = cli.seed.wrapping_add(rounds);
        let outcome = round::run(seed, None);
        steps += outcome.steps;
        rounds += 1;
        completed += outcome.completed;
        orders += outcome.orders;
        mended += outcome.mended;
        if !outcome.violations.is_empty() {
            for violation in &outcome.violations {
                println!("{violation}");
            }
            println!("again: cargo run -p simulate -- --one --seed {seed}");
            return ExitCode::FAILURE;
        }
        if cli.one {
            break;
        }
    }
    println!("{steps} steps in {rounds} rounds: {orders} orders, {completed} completed, no violation;");
    println!("{mended} differences of the map were put right by the standing check");
    ExitCode::SUCCESS
}
