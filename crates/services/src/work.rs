//! What happens without anybody asking. Every tick looks at the world and mends it; it takes no input, may run in many
//! processes at once, and may die at any line. Where many at once would only do the same work twice, one does it
//! ([`Services::alone`]).

use crate::{Result, Services, clock, outbox::Group};
use domain::ids::EventId;
use futures::{FutureExt, future::join_all};
use std::{panic::AssertUnwindSafe, time::Duration};
use store_pg::{audit::Cause, hold_log::HoldLogRow};
use tokio_util::sync::CancellationToken;

const SWEEP_LIMIT: u32 = 200;
const BATCH: u32 = 100;
/// Pause after a failure, doubled with each, up to the longest.
pub(crate) const PAUSE_MIN: Duration = Duration::from_millis(250);
/// The longest pause after failures.
pub(crate) const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Payments asked about in one tick: a fraction of what the provider allows a second.
const DOUBTS: u32 = 20;
/// Payments of so many hours are compared with the provider's; a page lives 35 minutes.
const BOOKS_H: i64 = 2;

/// Everybody who ticks, by name.
pub(crate) const WORKERS: [&str; 13] = [
    "sweep",
    "checkouts",
    "reminders",
    "cancelled",
    "doubts",
    "books",
    "inspect",
    "hold log",
    "answers",
    "invoices",
    "relay",
    "gauges",
    "load",
];

impl Services {
    /// Runs all ticks and consumers until cancelled. What is in hand then is finished first; whoever cannot wait for
    /// that drops this, and another process takes up what is left.
    pub async fn run_workers(self, stop: CancellationToken) {
        let fast = self.clone().every("sweep", Duration::from_millis(500), stop.clone(), |s| async move {
            s.alone("sweep", s.sweep_holds()).await
        });
        let orders = self.clone().every("checkouts", Duration::from_secs(2), stop.clone(), |s| async move {
            let facts = s.apply_waiting_facts(BATCH).await?;
            let due = s.expire_due_orders(BATCH).await?;
            let retried = s.retry_open_checkouts(BATCH).await?;
            Ok(facts + due + retried + s.carry_on_refunds(BATCH).await?)
        });
        let reminders =
            self.clone().every("reminders", Duration::from_secs(5), stop.clone(), |s| async move {
                s.remind_of_payment(clock::now()).await
            });
        let cancelled =
            self.clone().every("cancelled", Duration::from_secs(5), stop.clone(), |s| async move {
                s.alone("cancelled", s.refund_cancelled_events(BATCH)).await
            });
        let doubts = self.clone().every("doubts", Duration::from_secs(30), stop.clone(), |s| async move {
            s.alone("doubts", s.ask_about_doubts(DOUBTS)).await
        });
        let books = self.clone().every("books", Duration::from_secs(180), stop.clone(), |s| async move {
            let since = clock::now() - chrono::TimeDelta::hours(BOOKS_H);
            let compared = async { Ok(s.reconcile_payments(since).await?.listed) };
            s.alone("books", compared).await
        });
        let standing = self.clone().every("inspect", Duration::from_secs(60), stop.clone(), |s| async move {
            s.alone("inspect", s.inspect()).await
        });
        let log = self.clone().every("hold log", Duration::from_secs(5), stop.clone(), |s| async move {
            s.alone("hold log", s.persist_hold_log()).await
        });
        let tidy = self.clone().every("answers", Duration::from_secs(3_600), stop.clone(), |s| async move {
            s.alone("answers", s.forget_answers()).await
        });
        let invoices =
            self.clone().every("invoices", Duration::from_secs(3_600), stop.clone(), |s| async move {
                s.alone("invoices", s.issue_missing_invoices()).await
            });
        let relay = self.clone().every("relay", Duration::from_millis(200), stop.clone(), |s| async move {
            s.relay_facts().await
        });
        let gauges = self
            .clone()
            .every("gauges", Duration::from_secs(5), stop.clone(), |s| async move { s.gauge_outbox().await });
        let consumers = join_all(Group::ALL.map(|group| self.clone().consume_until(group, stop.clone())));
        let load = self.every("load", Duration::from_secs(5), stop, |s| async move { s.load_all().await });
        tokio::join!(
            fast, orders, reminders, cancelled, doubts, books, standing, log, tidy, invoices, relay, gauges,
            consumers, load
        );
    }

    async fn every<F, R>(self, name: &'static str, period: Duration, stop: CancellationToken, tick: F)
    where
        F: Fn(Self) -> R,
        R: Future<Output = Result<usize>>,
    {
        debug_assert!(WORKERS.contains(&name), "{name} is counted from the start");
        repeat(name, period, stop, || tick(self.clone())).await;
    }

    /// Does a piece of work unless another process is at it.
    pub(crate) async fn alone(&self, name: &str, work: impl Future<Output = Result<usize>>) -> Result<usize> {
        let Some(flight) = self.pg.single_flight(name).await? else { return Ok(0) };
        let done = work.await?;
        flight.end().await?;
        Ok(done)
    }

    /// Invoices and credit notes of what was paid before there were any, or by processes of the version before.
    /// Nothing else depends on it: who pays now gets an invoice with the payment.
    async fn issue_missing_invoices(&self) -> Result<usize> {
        let mut issued = 0;
        loop {
            let cause = Cause::because("worker:invoices", "was missing", clock::now());
            match self.pg.issue_missing(BATCH, &cause).await? {
                0 => return Ok(issued),
                more => issued += more,
            }
        }
    }

    /// Tidies expired holds away, so that maps show them free. Nothing depends on it: who wants such a seat gets it.
    async fn sweep_holds(&self) -> Result<usize> {
        let mut freed = 0;
        for (event, _) in self.loaded().await? {
            freed += self.redis.sweep(event, SWEEP_LIMIT).await?.freed as usize;
        }
        Ok(freed)
    }

    /// Persists the streams of holds behind Redis (INV-10).
    async fn persist_hold_log(&self) -> Result<usize> {
        let mut written = 0;
        for (event, epoch) in self.loaded().await? {
            let (logged, offset) = self.pg.hold_log_end(event).await?.unwrap_or_default();
            let since = if logged == epoch { offset } else { 0 };
            let Some(deltas) = self.redis.deltas_since(event, epoch, since).await? else {
                self.log_gap(event).await?;
                continue;
            };
            let rows: Vec<HoldLogRow> = deltas
                .into_iter()
                .map(|delta| {
                    let entry = delta.log.first();
                    HoldLogRow {
                        event,
                        epoch: delta.epoch,
                        offset: delta.offset,
                        kind: entry.map(|e| format!("{:?}", e.kind).to_lowercase()).unwrap_or_default(),
                        hold: entry.map(|e| e.hold.0).filter(|id| !id.is_nil()),
                        buyer: entry.map(|e| e.buyer.clone()).unwrap_or_default(),
                        data: log_data(&delta),
                        at: clock::from_ms(delta.now_ms),
                    }
                })
                .collect();
            written += usize::try_from(self.pg.append_hold_log(&rows).await?).unwrap_or(usize::MAX);
        }
        Ok(written)
    }

    /// The stream no longer reaches back to the end of the log (a burst, or a long halt): the gap itself is written
    /// down, and the log goes on from here.
    async fn log_gap(&self, event: EventId) -> Result<()> {
        let Some(now) = self.redis.snapshot(event).await? else { return Ok(()) };
        tracing::warn!(%event, epoch = now.epoch, until = now.offset, "a gap in the log of holds");
        let gap = HoldLogRow {
            event,
            epoch: now.epoch,
            offset: now.offset,
            kind: "gap".into(),
            hold: None,
            buyer: String::new(),
            data: serde_json::Value::Null,
            at: clock::from_ms(now.now_ms),
        };
        self.pg.append_hold_log(&[gap]).await?;
        Ok(())
    }

    async fn loaded(&self) -> Result<Vec<(EventId, u64)>> {
        let events: Vec<_> =
            self.pg.published_events(clock::now()).await?.into_iter().map(|(event, _)| event).collect();
        Ok(self.redis.loaded_events(&events).await?)
    }
}

/// All entries of a step: what happened to which hold, and the seats and places concerned.
fn log_data(delta: &store_redis::Delta) -> serde_json::Value {
    let entry = |e: &store_redis::LogEntry| {
        serde_json::json!({
            "kind": format!("{:?}", e.kind).to_lowercase(),
            "hold": e.hold.to_string(),
            "buyer": e.buyer,
            "seats": e.seats,
            "areas": e.areas,
        })
    };
    serde_json::Value::Array(delta.log.iter().map(entry).collect())
}

/// A worker panicked: its message went to the standard error already. It goes on with its next tick.
pub(crate) fn panicked(worker: &'static str) {
    metrics::counter!("parterre_worker_panics_total", "worker" => worker).increment(1);
    tracing::error!(worker, "a worker panicked");
}

/// Ticks until cancelled, whatever a tick comes to: one that fails or panics is tried again, later each time.
async fn repeat<F, R>(name: &'static str, period: Duration, stop: CancellationToken, tick: F)
where
    F: Fn() -> R,
    R: Future<Output = Result<usize>>,
{
    let mut failures = 0_u32;
    loop {
        match AssertUnwindSafe(async { tick().await }).catch_unwind().await {
            Ok(Ok(_)) => failures = 0,
            Ok(Err(error)) => {
                failures += 1;
                metrics::counter!("parterre_ticks_failed_total", "worker" => name).increment(1);
                tracing::warn!(worker = name, %error, "tick failed");
            }
            Err(_) => {
                failures += 1;
                panicked(name);
            }
        }
        let pause = match failures {
            0 => period,
            n => period.max(PAUSE_MIN.saturating_mul(1 << n.min(10)).min(PAUSE_MAX)),
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use std::cell::Cell;

    #[tokio::test]
    async fn a_worker_outlives_ticks_that_panic_and_fail() {
        let stop = CancellationToken::new();
        let ticks = Cell::new(0);
        let period = Duration::from_millis(1);
        let worker = repeat("test", period, stop.clone(), || {
            ticks.set(ticks.get() + 1);
            let (tick, stop) = (ticks.get(), stop.clone());
            async move {
                match tick {
                    1 => panic!("the first tick"),
                    2 => Err(Error::SoldOut),
                    _ => {
                        stop.cancel();
                        Ok(0)
                    }
                }
            }
        });
        tokio::time::timeout(Duration::from_secs(20), worker).await.unwrap();
        assert_eq!(ticks.get(), 3);
    }
}
