//! What a request spends in the stores: counted where it is spent, read where the request ends.
//!
//! The stores say [`redis_call`]; statements are counted by [`Statements`], a layer that listens to what sqlx tells of
//! each. Whoever serves a request wraps it in [`measured`]. Work on other tasks (a batch that several requests share) is
//! counted where it was asked for. Outside of [`measured`] counting does nothing.

use std::{cell::Cell, time::Duration};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::layer::{Context, Layer};

/// What sqlx calls its events.
pub const STATEMENTS: &str = "sqlx::query";

tokio::task_local! {
    static SPENT: Cell<Spent>;
}

/// What was spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Statements sent to PostgreSQL.
    pub db_calls: u32,
    /// From sending each to its last row.
    pub db_time: Duration,
    /// Calls of Redis.
    pub redis_calls: u32,
}

/// Runs `work` and tells what it spent.
pub async fn measured<F: Future>(work: F) -> (F::Output, Spent) {
    let counted = async {
        let output = work.await;
        (output, SPENT.with(Cell::get))
    };
    SPENT.scope(Cell::default(), counted).await
}

/// One call of Redis.
pub fn redis_call() {
    change(|spent| spent.redis_calls += 1);
}

fn change(change: impl FnOnce(&mut Spent)) {
    let _ = SPENT.try_with(|cell| {
        let mut spent = cell.get();
        change(&mut spent);
        cell.set(spent);
    });
}

/// Counts statements. Give it a filter of its own that lets [`STATEMENTS`] through at `debug`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statements;

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != STATEMENTS {
            return;
        }
        let mut took = Took(0.0);
        event.record(&mut took);
        change(|spent| {
            spent.db_calls += 1;
            spent.db_time += Duration::try_from_secs_f64(took.0).unwrap_or_default();
        });
    }
}

/// Seconds, as the event tells them.
struct Took(f64);

impl Visit for Took {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.0 = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt;

    #[tokio::test]
    async fn a_request_counts_its_own_calls_and_nobody_elses() {
        let heard = tracing_subscriber::registry().with(Statements);
        let _guard = tracing::subscriber::set_default(heard);
        redis_call();
        let statement = || tracing::debug!(target: STATEMENTS, elapsed_secs = 0.25, "SELECT 1");
        let one = measured(async {
            redis_call();
            statement();
            tokio::task::yield_now().await;
            statement();
            7
        });
        let other = measured(async { redis_call() });
        let ((seven, one), ((), other)) = tokio::join!(one, other);
        assert_eq!((seven, one.db_calls, one.redis_calls), (7, 2, 1));
        assert_eq!(one.db_time, Duration::from_millis(500));
        assert_eq!((other.db_calls, other.redis_calls), (0, 1));
    }
}
