//! What happens without anybody asking. Every tick looks at the world and mends it; it takes no input, may run in many
//! processes at once, and may die at any line.

use crate::{Result, Services, clock};
use domain::ids::EventId;
use std::time::Duration;
use store_pg::hold_log::HoldLogRow;
use tokio_util::sync::CancellationToken;

const SWEEP_LIMIT: u32 = 200;
const BATCH: u32 = 100;
/// Payments asked about in one tick: a fraction of what the provider allows a second.
const DOUBTS: u32 = 20;
/// Payments of so many hours are compared with the provider's; a page lives 35 minutes.
const BOOKS_H: i64 = 2;

impl Services {
    /// Runs all ticks until cancelled.
    pub async fn run_workers(self, stop: CancellationToken) {
        let fast = self.clone().every("sweep", Duration::from_millis(500), stop.clone(), |s| async move {
            s.sweep_holds().await
        });
        let orders = self.clone().every("checkouts", Duration::from_secs(2), stop.clone(), |s| async move {
            let facts = s.apply_waiting_facts(BATCH).await?;
            let due = s.expire_due_orders(BATCH).await?;
            let retried = s.retry_open_checkouts(BATCH).await?;
            Ok(facts + due + retried + s.carry_on_refunds(BATCH).await?)
        });
        let doubts = self.clone().every("doubts", Duration::from_secs(30), stop.clone(), |s| async move {
            s.ask_about_doubts(DOUBTS).await
        });
        let books = self.clone().every("books", Duration::from_secs(180), stop.clone(), |s| async move {
            let since = clock::now() - chrono::TimeDelta::hours(BOOKS_H);
            Ok(s.reconcile_payments(since).await?.listed)
        });
        let standing = self
            .clone()
            .every("inspect", Duration::from_secs(60), stop.clone(), |s| async move { s.inspect().await });
        let log = self.clone().every("hold log", Duration::from_secs(5), stop.clone(), |s| async move {
            s.persist_hold_log().await
        });
        let tidy = self.clone().every("answers", Duration::from_secs(3_600), stop.clone(), |s| async move {
            s.forget_answers().await
        });
        let load = self.every("load", Duration::from_secs(5), stop, |s| async move { s.load_all().await });
        tokio::join!(fast, orders, doubts, books, standing, log, tidy, load);
    }

    async fn every<F, R>(self, name: &'static str, period: Duration, stop: CancellationToken, tick: F)
    where
        F: Fn(Self) -> R,
        R: Future<Output = Result<usize>>,
    {
        loop {
            if let Err(error) = tick(self.clone()).await {
                tracing::warn!(worker = name, %error, "tick failed");
            }
            tokio::select! {
                () = tokio::time::sleep(period) => {}
                () = stop.cancelled() => return,
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
