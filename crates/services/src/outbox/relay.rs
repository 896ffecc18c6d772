//! From the outbox to the stream.
//!
//! A fact is published by its own mark and not by a position: a transaction that commits after one with a higher id is
//! seen all the same. Everything here may happen twice and nothing may be left out, so the order is: note who owes,
//! say it, note that it was said.

use super::Group;
use crate::{Result, Services, clock};
use chrono::{DateTime, TimeDelta, Utc};
use store_redis::FactCall;

/// Facts that are said at once.
const BATCH: u32 = 200;
/// Batches of one tick; the next one comes soon.
const BATCHES_MAX: u32 = 50;
/// What was said and not done is said again after so long.
const AGAIN: TimeDelta = TimeDelta::seconds(60);
/// The name of the work, over all processes.
const FLIGHT: &str = "relay";

impl Services {
    /// Says what is to be done: facts that were not published, in order, and deliveries whose time has come again.
    /// Answers how many; nothing while another process does it.
    pub async fn relay_facts(&self) -> Result<usize> {
        if !self.pg.is_relay_due(clock::now()).await? {
            return Ok(0);
        }
        let Some(flight) = self.pg.single_flight(FLIGHT).await? else { return Ok(0) };
        let mut said = 0;
        for _ in 0..BATCHES_MAX {
            let now = clock::now();
            let some = self.publish(now).await? + self.say_again(now).await?;
            said += some;
            if some == 0 {
                break;
            }
        }
        flight.end().await?;
        Ok(said)
    }

    async fn publish(&self, now: DateTime<Utc>) -> Result<usize> {
        let facts = self.pg.unpublished_facts(BATCH).await?;
        if facts.is_empty() {
            return Ok(0);
        }
        let ids: Vec<i64> = facts.iter().map(|fact| fact.id).collect();
        let groups = Group::ALL.map(Group::name);
        self.pg.expect_deliveries(&ids, &groups, now, now + AGAIN).await?;
        let calls: Vec<_> = ids.iter().map(|&fact| FactCall { fact, group: None }).collect();
        self.redis.call(&self.outbox.stream, &calls).await?;
        self.pg.mark_published(&ids, now).await?;
        Ok(ids.len())
    }

    async fn say_again(&self, now: DateTime<Utc>) -> Result<usize> {
        let due = self.pg.due_deliveries(now, BATCH).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let calls: Vec<_> =
            due.iter().map(|due| FactCall { fact: due.fact, group: Some(due.group.clone()) }).collect();
        self.redis.call(&self.outbox.stream, &calls).await?;
        self.pg.said_again(&due, now + AGAIN).await?;
        Ok(due.len())
    }
}
