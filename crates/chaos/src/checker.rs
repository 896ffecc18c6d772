//! The judge. It reads PostgreSQL, Redis, the provider's ledger and the clients' log, in statements and a client of its
//! own, and shares no code with what it judges. Each finding begins with the invariant that is broken.

mod clients;
mod invariants;
mod ledger;
mod map;

use crate::{viewer::Viewer, witness::Witness, world::World};
use anyhow::Context;
use sqlx::{Connection, PgConnection};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Deadlines, retries with backoff and webhooks that come again take their time.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is looked into.
pub struct Books<'a> {
    pub world: &'a World,
    /// The event of this round; money and tickets are checked for all events.
    pub event: &'a str,
    pub witness: &'a Witness,
    pub viewers: &'a [Viewer],
}

/// Checks everything once.
pub async fn check(books: &Books<'_>) -> anyhow::Result<Vec<String>> {
    let mut db = PgConnection::connect(books.world.database_url()).await?;
    let mut found = invariants::check(&mut db).await?;
    found.extend(ledger::check(books, &mut db).await?);
    found.extend(map::check(books, &mut db).await?);
    found.extend(clients::check(books.witness, &mut db).await?);
    Ok(found)
}

/// Waits until nothing is open any more: every order decided, every payment, refund and webhook done, no seat held.
/// What never comes to rest is a finding.
pub async fn come_to_rest(books: &Books<'_>) -> Vec<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let open = match open(books).await {
            Ok(open) if open.is_empty() => return Vec::new(),
            Ok(open) => open,
            Err(error) => vec![format!("{error:#}")],
        };
        if Instant::now() > deadline {
            return vec![format!("LIVE never came to rest: {}", open.join(", "))];
        }
        sleep(Duration::from_millis(250)).await;
    }
}

async fn open(books: &Books<'_>) -> anyhow::Result<Vec<String>> {
    let mut db = PgConnection::connect(books.world.database_url()).await?;
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT 'reservations pending', count(*) FROM reservations WHERE state = 'pending'
         UNION ALL SELECT 'orders placed', count(*) FROM orders WHERE status = 'placed'
         UNION ALL SELECT 'checkouts open', count(*) FROM orders WHERE checkout_open
         UNION ALL SELECT 'payments open', count(*) FROM payments WHERE state IN ('creating', 'open', 'processing')
         UNION ALL SELECT 'provider facts not applied', count(*) FROM provider_facts WHERE applied_at IS NULL",
    )
    .fetch_all(&mut db)
    .await?;
    let mut open: Vec<String> = rows
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    let pending = ledger::read(books.world).await?["webhooks_pending"].as_u64().unwrap_or_default();
    if pending > 0 {
        open.push(format!("{pending} webhooks under way"));
    }
    let held = map::states(books).await?.iter().filter(|state| **state == map::HELD).count();
    if held > 0 {
        open.push(format!("{held} seats held"));
    }
    Ok(open)
}

/// Charged and refunded in minor units, as the provider has it.
pub async fn money(world: &World) -> anyhow::Result<(i64, i64)> {
    let ledger = ledger::read(world).await?;
    let amount = |name: &str| ledger[name].as_i64().with_context(|| format!("no {name} in the ledger"));
    Ok((amount("captured")?, amount("refunded")?))
}

/// Tickets that admit to an event.
pub async fn tickets_of(world: &World, event: &str) -> anyhow::Result<u64> {
    let mut db = PgConnection::connect(world.database_url()).await?;
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM tickets WHERE event_id = $1::uuid AND state IN ('issued', 'admitted')",
    )
    .bind(event)
    .fetch_one(&mut db)
    .await?;
    Ok(u64::try_from(count)?)
}
