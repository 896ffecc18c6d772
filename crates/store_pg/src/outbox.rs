//! How far each group of consumers is with each fact: expected, taken, done, to be tried again.
//!
//! Redis only tells that there is work. Who does it takes it here first, so that a fact which was said twice, or whose
//! consumer died, has its effect once as far as we can tell: only a process that dies between the effect and
//! [`PgStore::delivered`] repeats it.

use crate::{error::Result, facts::Fact, pool::PgStore};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// Clocks of two processes may differ by this much without a fact being refused as too early.
const CLOCKS_APART: TimeDelta = TimeDelta::seconds(2);

/// A fact that a consumer has in hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// What happened.
    pub fact: Fact,
    /// Which attempt this is, from 1. Names the attempt when it fails.
    pub attempt: u32,
}

/// A delivery that the relay shall say again.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Due {
    /// The group that has not done it.
    #[sqlx(rename = "consumer_group")]
    pub group: String,
    /// The fact.
    #[sqlx(rename = "fact_id")]
    pub fact: i64,
}

/// How much waits in the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct OutboxState {
    /// When the oldest fact that was not published happened.
    pub unpublished_since: Option<DateTime<Utc>>,
    /// Facts that were not published.
    pub unpublished: i64,
}

/// How much waits for one group.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct GroupState {
    /// The group.
    #[sqlx(rename = "consumer_group")]
    pub group: String,
    /// Facts it has not done.
    pub waiting: i64,
    /// When the oldest of them happened.
    pub waiting_since: Option<DateTime<Utc>>,
    /// Facts it gave up on.
    pub dead: i64,
}

#[derive(sqlx::FromRow)]
struct TakenRow {
    id: i64,
    kind: String,
    version: i32,
    payload: Value,
    created_at: DateTime<Utc>,
    attempts: i32,
}

impl PgStore {
    /// Notes that each of `groups` owes something to each of the facts; those noted before stay as they are. `again` is
    /// when the relay says it once more, should nobody have done it.
    pub async fn expect_deliveries(
        &self,
        facts: &[i64],
        groups: &[&str],
        at: DateTime<Utc>,
        again: DateTime<Utc>,
    ) -> Result<u64> {
        let done = sqlx::query(
            "INSERT INTO fact_deliveries (consumer_group, fact_id, state, due_at, publish_at)
             SELECT consumers, fact, 'waiting', $3, $4 FROM unnest($1::bigint[]) fact, unnest($2::text[]) consumers
             ON CONFLICT DO NOTHING",
        )
        .bind(facts)
        .bind(groups)
        .bind(at)
        .bind(again)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// Whether the relay has anything to say. Cheap: asked several times a second.
    pub async fn is_relay_due(&self, at: DateTime<Utc>) -> Result<bool> {
        let due = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM facts WHERE published_at IS NULL)
                 OR EXISTS (SELECT FROM fact_deliveries WHERE state = 'waiting' AND publish_at <= $1)",
        )
        .bind(at)
        .fetch_one(&self.pool)
        .await?;
        Ok(due)
    }

    /// Deliveries to be said again, the longest overdue first.
    pub async fn due_deliveries(&self, at: DateTime<Utc>, limit: u32) -> Result<Vec<Due>> {
        let due = sqlx::query_as(
            "SELECT consumer_group, fact_id FROM fact_deliveries
             WHERE state = 'waiting' AND publish_at <= $1 ORDER BY publish_at, fact_id LIMIT $2",
        )
        .bind(at)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(due)
    }

    /// Notes that deliveries were said again, and when to do so next.
    pub async fn said_again(&self, due: &[Due], again: DateTime<Utc>) -> Result<u64> {
        let done = sqlx::query(
            "UPDATE fact_deliveries d SET publish_at = greatest(d.publish_at, $3)
             FROM unnest($1::text[], $2::bigint[]) AS said (consumer_group, fact_id)
             WHERE d.consumer_group = said.consumer_group AND d.fact_id = said.fact_id AND d.state = 'waiting'",
        )
        .bind(due.iter().map(|d| d.group.as_str()).collect::<Vec<_>>())
        .bind(due.iter().map(|d| d.fact).collect::<Vec<_>>())
        .bind(again)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// What was said and never taken is to be said again at once: the stream was lost. Answers how many.
    pub async fn say_all_again(&self, group: &str, at: DateTime<Utc>) -> Result<u64> {
        let done = sqlx::query(
            "UPDATE fact_deliveries SET publish_at = $2
             WHERE consumer_group = $1 AND state = 'waiting' AND attempts = 0 AND publish_at > $2",
        )
        .bind(group)
        .bind(at)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// Takes a fact for a group until `until`. `None` when there is nothing to do now: it is done or dead, another
    /// consumer has it in hand, or it failed and its time has not come.
    pub async fn take(
        &self,
        group: &str,
        fact: i64,
        at: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Taken>> {
        let row: Option<TakenRow> = sqlx::query_as(
            "UPDATE fact_deliveries d SET attempts = d.attempts + 1, taken_until = $4, publish_at = $4
             FROM facts f
             WHERE d.consumer_group = $1 AND d.fact_id = $2 AND f.id = d.fact_id AND d.state = 'waiting'
               AND (d.taken_until IS NULL OR d.taken_until <= $3) AND d.due_at <= $5
             RETURNING f.id, f.kind, f.version, f.payload, f.created_at, d.attempts",
        )
        .bind(group)
        .bind(fact)
        .bind(at)
        .bind(until)
        .bind(at + CLOCKS_APART)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| Taken {
            attempt: row.attempts.cast_unsigned(),
            fact: Fact {
                id: row.id,
                kind: row.kind,
                version: row.version,
                payload: row.payload,
                created_at: row.created_at,
            },
        }))
    }

    /// The effect of a fact is there. `false` when that was known, or the fact was given up meanwhile.
    pub async fn delivered(&self, group: &str, fact: i64, at: DateTime<Utc>) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE fact_deliveries SET state = 'done', done_at = $3, taken_until = NULL, last_error = NULL
             WHERE consumer_group = $1 AND fact_id = $2 AND state = 'waiting'",
        )
        .bind(group)
        .bind(fact)
        .bind(at)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// An attempt failed: again at `due`. `false` when another attempt took over meanwhile, and this one's end is no
    /// news.
    pub async fn delivery_failed(
        &self,
        group: &str,
        taken: &Taken,
        error: &str,
        due: DateTime<Utc>,
    ) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE fact_deliveries SET taken_until = NULL, due_at = $4, publish_at = $4, last_error = $5
             WHERE consumer_group = $1 AND fact_id = $2 AND state = 'waiting' AND attempts = $3",
        )
        .bind(group)
        .bind(taken.fact.id)
        .bind(taken.attempt.cast_signed())
        .bind(due)
        .bind(error)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// How much waits to be published.
    pub async fn outbox_state(&self) -> Result<OutboxState> {
        let state = sqlx::query_as(
            "SELECT min(created_at) AS unpublished_since, count(*) AS unpublished
             FROM facts WHERE published_at IS NULL",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(state)
    }

    /// How much waits for each group, and what it gave up on.
    pub async fn group_states(&self) -> Result<Vec<GroupState>> {
        let states = sqlx::query_as(
            "SELECT coalesce(w.consumer_group, l.consumer_group) AS consumer_group, coalesce(w.waiting, 0) AS waiting,
                    w.waiting_since, coalesce(l.dead, 0) AS dead
             FROM (SELECT d.consumer_group, count(*) AS waiting, min(f.created_at) AS waiting_since
                   FROM fact_deliveries d JOIN facts f ON f.id = d.fact_id
                   WHERE d.state = 'waiting' GROUP BY 1) w
             FULL JOIN (SELECT consumer_group, count(*) AS dead FROM dead_letters
                        WHERE replayed_at IS NULL GROUP BY 1) l USING (consumer_group)",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(states)
    }
}
