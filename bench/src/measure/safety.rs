//! G18: what the simulation and the sale in chaos found, and whether they find what is planted.

use super::Effort;
use crate::report::{Bar, Rounds, Row, Table, short};
use anyhow::Context;
use simulate::{BUGS, round};
use std::{
    process::{ExitStatus, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

/// What the bar asks for.
const STEPS: (f64, f64) = (1e7, 1e9);
const ROUNDS: (f64, f64) = (100.0, 1_000.0);
const PLANTED: f64 = 10.0;
/// Rounds in which a mistake that is planted in the simulation has to show itself.
const PLANTED_ROUNDS_MAX: u64 = 3_000;
/// No round of chaos, and no start of its servers, takes so long.
const PATIENCE_A_ROUND: Duration = Duration::from_secs(180);

/// Runs both and adds the rows.
pub async fn run(effort: Effort, table: &mut Table) -> anyhow::Result<()> {
    let simulated = simulation(effort.steps, effort.simulating);
    println!(
        "G18: {} steps in {} rounds of the simulation, {:.1} s",
        short(simulated.steps as f64),
        short(simulated.rounds as f64),
        simulated.seconds
    );
    let found = BUGS.iter().filter(|bug| round::shows(**bug, PLANTED_ROUNDS_MAX).is_some()).count();
    let mut chaos = Chaos::default();
    let mut judged = None;
    if effort.chaos_rounds > 0 {
        judged = Some(Chaos::of(&["--planted".into()], 1).await?);
        let rounds = effort.chaos_rounds;
        chaos = Chaos::of(&["--rounds".into(), rounds.to_string()], rounds).await?;
    }
    let none_in = |done: u64, (floor, goal)| Bar::NoneIn { done: done as f64, floor, goal };
    table.push(Row {
        name: "G18",
        measure: format!("violations in {} simulated steps", short(simulated.steps as f64)),
        ours: format!("{}/s", short(simulated.steps as f64 / simulated.seconds.max(1e-9))),
        yardstick: String::new(),
        value: Rounds(vec![simulated.violations as f64]),
        bar: none_in(simulated.steps, STEPS),
        fault: simulated.first,
    });
    let skipped = effort.chaos_rounds == 0;
    table.push(Row {
        name: "G18",
        measure: format!("violations in {} rounds of a sale in chaos", chaos.rounds),
        ours: if skipped { "skipped: ROUNDS=100".into() } else { String::new() },
        yardstick: String::new(),
        value: Rounds(if skipped { Vec::new() } else { vec![chaos.violations as f64] }),
        bar: none_in(chaos.rounds, ROUNDS),
        fault: chaos.fault(),
    });
    let in_chaos = judged.as_ref().map(|judged| (judged.found, judged.planted));
    let (seen, planted) = in_chaos.unwrap_or_default();
    let mut ours = format!("{found} of {} by the simulation", BUGS.len());
    if in_chaos.is_some() {
        ours = format!("{ours}, {seen} of {planted} by the judge of chaos");
    }
    let planted = BUGS.len() as u64 + planted;
    table.push(Row {
        name: "G18",
        measure: format!("planted bugs not caught, of {planted}"),
        ours,
        yardstick: String::new(),
        value: Rounds(vec![planted.saturating_sub(found as u64 + seen) as f64]),
        bar: none_in(planted, (PLANTED, PLANTED)),
        fault: judged.as_ref().and_then(Chaos::fault),
    });
    Ok(())
}

/// What the simulation came to.
struct Simulated {
    steps: u64,
    rounds: u64,
    violations: usize,
    /// The first violation, with what repeats it.
    first: Option<String>,
    seconds: f64,
}

/// Rounds on every core until so many steps are done, or the time is over.
fn simulation(steps: u64, longest: Duration) -> Simulated {
    let (done, seeds) = (AtomicU64::new(0), AtomicU64::new(1));
    let wrong: Mutex<Vec<String>> = Mutex::default();
    let begun = Instant::now();
    let work = || {
        while done.load(Ordering::Relaxed) < steps && begun.elapsed() < longest {
            let seed = seeds.fetch_add(1, Ordering::Relaxed);
            let outcome = round::run(seed, None);
            done.fetch_add(outcome.steps, Ordering::Relaxed);
            let named = outcome.violations.into_iter().map(|what| format!("seed {seed}: {what}"));
            wrong.lock().unwrap_or_else(PoisonError::into_inner).extend(named);
        }
    };
    std::thread::scope(|threads| {
        for _ in 0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            threads.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
    Simulated {
        steps: done.into_inner(),
        rounds: seeds.into_inner() - 1,
        violations: wrong.len(),
        first: wrong.into_iter().next(),
        seconds: begun.elapsed().as_secs_f64(),
    }
}

/// What the program `chaos` said.
#[derive(Default)]
struct Chaos {
    rounds: u64,
    violations: u64,
    planted: u64,
    found: u64,
    /// It did not end well, and this was its last line.
    ended: Option<(ExitStatus, String)>,
}

impl Chaos {
    /// Runs it to its end; its own databases and servers come with it.
    async fn of(arguments: &[String], rounds: u64) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("chaos");
        let mut child = Command::new(&program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| program.display().to_string())?;
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        let (mut chaos, mut last) = (Self::default(), String::new());
        let reading = async {
            while let Some(line) = lines.next_line().await? {
                if chaos.hear(&line) {
                    println!("chaos: {line}");
                }
                last = line;
            }
            anyhow::Ok(child.wait().await?)
        };
        let patience = PATIENCE_A_ROUND * u32::try_from(rounds + 1)?;
        let status = tokio::time::timeout(patience, reading).await.context("chaos does not end")??;
        if !status.success() {
            chaos.ended = Some((status, last));
        }
        Ok(chaos)
    }

    /// Takes a line in; `true` when it is worth showing.
    fn hear(&mut self, line: &str) -> bool {
        let word = line.split_whitespace().next().unwrap_or_default();
        match word {
            "seed" => self.rounds += 1,
            "VIOLATION" => self.violations += 1,
            "found:" => (self.planted, self.found) = (self.planted + 1, self.found + 1),
            "NOT" => self.planted += 1,
            _ => return false,
        }
        true
    }

    /// It ended badly without a violation to show for it.
    fn fault(&self) -> Option<String> {
        let (status, last) = self.ended.as_ref()?;
        let told = self.violations > 0 || self.found < self.planted;
        (!told).then(|| format!("chaos ended with {status}: {last}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_chaos_says_is_counted() {
        let mut chaos = Chaos::default();
        let said = "seed 1: 312 tickets, charged 1 and refunded 0 in all rounds; at rest after 0.4 s\n     0.5 s KillServer\n\
                    \x20 VIOLATION INV-1 a seat with two tickets\nfound: a delta was not published\n    INV-7 seat 3\n\
                    NOT FOUND: a rebuild forgot a sale\n    only {}\n1 of 2 planted bugs found";
        let shown = said.lines().filter(|line| chaos.hear(line)).count();
        assert_eq!((shown, chaos.rounds, chaos.violations), (4, 1, 1));
        assert_eq!((chaos.found, chaos.planted), (1, 2));
    }

    #[test]
    fn the_simulation_ends_by_steps_or_by_time() {
        let some = simulation(2_000, Duration::from_secs(60));
        assert!(some.steps >= 2_000 && some.violations == 0 && some.rounds > 0);
        assert_eq!(simulation(u64::MAX, Duration::ZERO).steps, 0);
    }
}
