//! The map: what Redis says against PostgreSQL (INV-8), and what viewers see against Redis (INV-7).

use super::Books;
use anyhow::Context;
use sqlx::PgConnection;
use std::{collections::BTreeSet, time::Duration};
use tokio::time::sleep;

/// The four public states, in two bits, the first seat in the highest.
pub(super) const HELD: u8 = 1;
const SOLD: u8 = 2;
/// Seats of the house.
const SEATS: usize = 50;

/// The states of all seats in Redis.
pub(super) async fn states(books: &Books<'_>) -> anyhow::Result<Vec<u8>> {
    let packed = books.world.redis.ask(&["GET", &format!("{{e:{}}}:s", books.event)]).await?;
    let packed = packed.context("the event is not in Redis")?;
    let state = |at: usize| packed.get(at / 4).map_or(0, |byte| byte >> (6 - 2 * (at % 4)) & 3);
    Ok((0..SEATS).map(state).collect())
}

pub(super) async fn check(books: &Books<'_>, db: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    let states = states(books).await?;
    let rows: Vec<i32> = sqlx::query_scalar(
        "SELECT seat_ix FROM tickets
         WHERE event_id = $1::uuid AND seat_ix IS NOT NULL AND state IN ('issued', 'admitted')",
    )
    .bind(books.event)
    .fetch_all(db)
    .await?;
    let with_ticket: BTreeSet<usize> = rows.into_iter().filter_map(|ix| usize::try_from(ix).ok()).collect();
    let mut found = Vec::new();
    for (seat, state) in states.iter().enumerate() {
        if (*state == SOLD) != with_ticket.contains(&seat) {
            found.push(format!(
                "INV-8 seat {seat} is {state} in Redis, ticket: {}",
                with_ticket.contains(&seat)
            ));
        }
    }
    found.extend(viewers(books).await?);
    Ok(found)
}

/// A viewer may be some moments behind, never for ever.
async fn viewers(books: &Books<'_>) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for (which, viewer) in books.viewers.iter().enumerate() {
        let mut differs = None;
        for _ in 0..50 {
            let states = states(books).await?;
            let view = viewer.view();
            differs = (view.statuses != states).then(|| {
                let seats = states.iter().zip(&view.statuses).enumerate().filter(|(_, (a, b))| a != b);
                let seats: Vec<usize> = seats.map(|(seat, _)| seat).collect();
                format!(
                    "INV-7 viewer {which} at {}/{} sees other states at seats {seats:?}",
                    view.epoch, view.offset
                )
            });
            if differs.is_none() {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        found.extend(differs);
    }
    Ok(found)
}
