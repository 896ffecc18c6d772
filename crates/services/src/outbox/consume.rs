//! From the stream to the effect: at least once, later after each failure, and not for ever.

use super::{Group, Pace, in_words, is_permanent};
use crate::{Error, Result, Services, clock};
use chrono::{DateTime, TimeDelta, Utc};
use futures::{FutureExt, StreamExt, stream};
use std::{panic::AssertUnwindSafe, time::Duration};
use store_pg::{audit::Cause, facts::Fact, outbox::Taken};
use store_redis::{Heard, Reading, StreamReader};
use tokio_util::sync::CancellationToken;

/// How long a consumer listens before it looks whether it shall stop.
const LISTEN: Duration = Duration::from_millis(500);
/// A consumer that was not heard of for so long is no more.
const FORGOTTEN: Duration = Duration::from_secs(3_600);
/// Entries read at once, for each fact that may be in hand.
const READ_AHEAD: usize = 2;

/// One consumer of a group in this process.
pub struct Consumer {
    services: Services,
    group: Group,
    pace: Pace,
    reader: StreamReader,
    stop: CancellationToken,
}

impl Consumer {
    /// Joins a group under a name of its own.
    pub async fn join(services: &Services, group: Group, pace: Pace) -> Result<Self> {
        let name = format!("{}-{}", std::process::id(), hex::encode(clock::random::<4>()));
        let reader = services.redis.consumer(&services.outbox.stream, group.name(), &name).await?;
        let stop = CancellationToken::new();
        let consumer = Self { services: services.clone(), group, pace, reader, stop };
        if consumer.reader.is_new_group() {
            consumer.say_all_again().await?;
        }
        Ok(consumer)
    }

    /// Once this is cancelled, no fact is begun: what is in hand is finished, the rest is another's.
    #[must_use]
    pub fn until(self, stop: CancellationToken) -> Self {
        Self { stop, ..self }
    }

    /// What was said before is forgotten: what nobody began is to be said again.
    async fn say_all_again(&self) -> Result<()> {
        let group = self.group.name();
        let again = self.services.pg.say_all_again(group, clock::now()).await?;
        if again > 0 {
            tracing::warn!(group, again, "the stream of facts was lost");
        }
        Ok(())
    }

    /// Takes what there is and brings its effects about until told to stop.
    pub(crate) async fn run(self) -> Result<()> {
        let mut taken_over_at = clock::now() - to_delta(self.pace.lease);
        while !self.stop.is_cancelled() {
            if clock::now() - taken_over_at >= to_delta(self.pace.lease / 2) {
                self.take_over(|fact| self.effect(fact)).await?;
                self.reader.forget_dead(FORGOTTEN).await?;
                taken_over_at = clock::now();
            }
            self.turn(|fact| self.effect(fact)).await?;
        }
        Ok(self.reader.leave().await?)
    }

    /// Reads once, and does what it hears. Answers how many facts were tried.
    ///
    /// # Errors
    /// When a store is away; what was read and not done is done later, by this or another consumer.
    pub async fn turn<F, R>(&self, effect: F) -> Result<usize>
    where
        F: Fn(Fact) -> R,
        R: Future<Output = Result<()>>,
    {
        let count = u64::try_from(self.pace.at_once * READ_AHEAD).unwrap_or(u64::MAX);
        let reading = self.reader.next(count, LISTEN).await?;
        self.deal_with(reading, effect).await
    }

    /// Takes over what other consumers of the group read and never finished, for longer than the lease.
    ///
    /// # Errors
    /// As of [`Self::turn`].
    pub async fn take_over<F, R>(&self, effect: F) -> Result<usize>
    where
        F: Fn(Fact) -> R,
        R: Future<Output = Result<()>>,
    {
        let count = u64::try_from(self.pace.at_once * READ_AHEAD).unwrap_or(u64::MAX);
        let reading = self.reader.take_over(self.pace.lease, count).await?;
        self.deal_with(reading, effect).await
    }

    async fn effect(&self, fact: Fact) -> Result<()> {
        self.services.consume(self.group, &fact).await
    }

    async fn deal_with<F, R>(&self, reading: Reading, effect: F) -> Result<usize>
    where
        F: Fn(Fact) -> R,
        R: Future<Output = Result<()>>,
    {
        let heard = match reading {
            Reading::Heard(heard) => heard,
            Reading::Lost => {
                self.say_all_again().await?;
                return Ok(0);
            }
        };
        let effect = &effect;
        let done: Vec<Result<bool>> = stream::iter(heard)
            .map(|heard| self.one(heard, effect))
            .buffer_unordered(self.pace.at_once)
            .collect()
            .await;
        let mut tried = 0;
        for outcome in done {
            tried += usize::from(outcome?);
        }
        Ok(tried)
    }

    /// Deals with one entry; `true` when the fact was tried. An entry is confirmed once what became of it stands in
    /// PostgreSQL, whatever that is: from there it is said again when its time comes.
    async fn one<F, R>(&self, heard: Heard, effect: &F) -> Result<bool>
    where
        F: Fn(Fact) -> R,
        R: Future<Output = Result<()>>,
    {
        if self.stop.is_cancelled() {
            return Ok(false);
        }
        let group = self.group.name();
        let mut tried = false;
        match &heard.call {
            Some(call) if call.group.as_deref().is_none_or(|meant| meant == group) => {
                let now = clock::now();
                let until = now + to_delta(self.pace.lease);
                if let Some(taken) = self.services.pg.take(group, call.fact, now, until).await? {
                    tried = true;
                    self.attempt(taken, effect).await?;
                }
            }
            Some(_) => {}
            None => tracing::warn!(entry = heard.entry, "an entry of the stream of facts cannot be read"),
        }
        self.reader.confirm(vec![heard.entry]).await?;
        Ok(tried)
    }

    async fn attempt<F, R>(&self, taken: Taken, effect: &F) -> Result<()>
    where
        F: Fn(Fact) -> R,
        R: Future<Output = Result<()>>,
    {
        let group = self.group.name();
        if taken.attempt > self.pace.attempts_max {
            // Each attempt counts when it begins: this fact ended its processes before they could say why.
            return self.bury(&taken, "no attempt came to an end").await;
        }
        let work = AssertUnwindSafe(effect(taken.fact.clone())).catch_unwind();
        let failed = match tokio::time::timeout(self.pace.effect_max, work).await {
            Ok(Ok(Ok(()))) => None,
            Ok(Ok(Err(error))) => Some((is_permanent(&error), in_words(&error))),
            Ok(Err(_)) => Some((false, "it panicked".to_owned())),
            Err(_) => Some((false, format!("not done within {} s", self.pace.effect_max.as_secs()))),
        };
        let Some((permanent, reason)) = failed else {
            self.services.pg.delivered(group, taken.fact.id, clock::now()).await?;
            count(group, "done");
            return Ok(());
        };
        if permanent || taken.attempt >= self.pace.attempts_max {
            return self.bury(&taken, &reason).await;
        }
        let due = clock::now() + to_delta(self.pace.pause_after(taken.attempt, clock::seed()));
        tracing::info!(group, fact = taken.fact.id, kind = taken.fact.kind, attempt = taken.attempt, reason, %due, "to be tried again");
        self.services.pg.delivery_failed(group, &taken, &reason, due).await?;
        count(group, "retried");
        Ok(())
    }

    async fn bury(&self, taken: &Taken, reason: &str) -> Result<()> {
        let group = self.group.name();
        let actor = format!("worker:{group}");
        let cause = Cause::by(&actor, clock::now());
        if self.services.pg.bury(group, taken, reason, &cause).await? {
            tracing::error!(group, fact = taken.fact.id, kind = taken.fact.kind, reason, "a dead letter");
            count(group, "dead");
        }
        Ok(())
    }
}

fn count(group: &'static str, result: &'static str) {
    metrics::counter!("parterre_fact_attempts_total", "group" => group, "result" => result).increment(1);
}

fn to_delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

impl Services {
    /// Consumes for a group until told to stop, through every loss of a store.
    pub(crate) async fn consume_until(self, group: Group, stop: CancellationToken) {
        let mut pause = crate::work::PAUSE_MIN;
        while !stop.is_cancelled() {
            let began: DateTime<Utc> = clock::now();
            let run = async {
                Consumer::join(&self, group, Pace::default()).await?.until(stop.clone()).run().await
            };
            match AssertUnwindSafe(run).catch_unwind().await {
                Ok(Ok(())) => return,
                Ok(Err(Error::Busy { .. })) => {}
                Ok(Err(error)) => tracing::warn!(group = group.name(), %error, "a consumer stopped"),
                Err(_) => crate::work::panicked(group.name()),
            }
            // Who worked for a while begins anew with the shortest pause.
            let long = clock::now() - began > TimeDelta::seconds(30);
            pause = if long { crate::work::PAUSE_MIN } else { (pause * 2).min(crate::work::PAUSE_MAX) };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return,
            }
        }
    }
}
