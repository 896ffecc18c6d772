//! One round: an event goes on sale, everything goes wrong, everything comes back, and the books are checked.

use crate::{
    buyers::{self, Sale},
    checker::{self, Books},
    schedule::{self, Fault},
    viewer::Viewer,
    witness::Witness,
    world::World,
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How much is sold, and how long.
pub struct Load {
    pub lasting: Duration,
    pub buyers: usize,
}

/// What came of a round.
pub struct Report {
    pub seed: u64,
    pub faults: Vec<(Duration, Fault)>,
    pub tickets: u64,
    pub charged: i64,
    pub refunded: i64,
    pub answers: BTreeMap<u16, u64>,
    pub unanswered: u64,
    /// From the end of the load until nothing was open any more.
    pub rest: Duration,
    pub violations: Vec<String>,
}

/// Runs a round; without `faults` nothing goes wrong.
pub async fn run(world: &mut World, load: &Load, seed: u64, faults: bool) -> anyhow::Result<Report> {
    world.all_up().await?;
    let event = world.new_event(&format!("Chaos {seed} {}", uuid::Uuid::new_v4().simple())).await?;
    let schedule = if faults { schedule::draw(seed, load.lasting) } else { Vec::new() };
    let played = play(world, load, seed, &schedule, &event).await?;
    let begin = Instant::now();
    world.all_up().await?;
    let books = Books { world, event: &event, witness: &played.witness, viewers: &played.viewers };
    let mut violations = checker::come_to_rest(&books).await;
    let rest = begin.elapsed();
    violations.extend(checker::check(&books).await?);
    let (charged, refunded) = checker::money(world).await?;
    let tickets = checker::tickets_of(world, &event).await?;
    let told = played.witness.told();
    let (answers, unanswered) = (told.answers.clone(), told.unanswered);
    Ok(Report { seed, faults: schedule, tickets, charged, refunded, answers, unanswered, rest, violations })
}

/// A round that was played and not judged yet.
pub struct Played {
    pub witness: Arc<Witness>,
    pub viewers: Vec<Viewer>,
}

/// The load with its faults.
pub async fn play(
    world: &mut World,
    load: &Load,
    seed: u64,
    schedule: &[(Duration, Fault)],
    event: &str,
) -> anyhow::Result<Played> {
    let witness = Arc::new(Witness::new());
    let viewers: Vec<Viewer> = world.bases.iter().map(|base| Viewer::of(base, event)).collect();
    let sale = Sale {
        api: world.api.clone(),
        bases: world.bases.clone(),
        event: event.to_owned(),
        witness: witness.clone(),
    };
    let begin = Instant::now();
    let shop = tokio::spawn(buyers::shop(Arc::new(sale), load.buyers, seed, begin + load.lasting));
    for (at, fault) in schedule {
        sleep(at.saturating_sub(begin.elapsed())).await;
        world.suffer(fault, &witness).await?;
    }
    // Whoever is at the till when the load ends may still need everything.
    sleep(load.lasting.saturating_sub(begin.elapsed())).await;
    world.all_up().await?;
    shop.await?;
    Ok(Played { witness, viewers })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, tickets, charged, refunded, answers, unanswered, rest, .. } = self;
        write!(
            f,
            "seed {seed}: {tickets} tickets, charged {charged} and refunded {refunded} in all rounds; "
        )?;
        write!(f, "answers {answers:?}, none {unanswered}; at rest after {:.1} s", rest.as_secs_f64())?;
        for (at, fault) in &self.faults {
            write!(f, "\n    {:4.1} s {fault:?}", at.as_secs_f64())?;
        }
        for violation in &self.violations {
            write!(f, "\n  VIOLATION {violation}")?;
        }
        Ok(())
    }
}
