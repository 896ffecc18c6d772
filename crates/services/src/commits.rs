//! Group commit: orders whose money came wait for each other a moment, and share one transaction and so one flush to
//! disk. Nobody waits for company: what came while the last group was written is the next one.

use std::collections::HashSet;
use store_pg::{
    PgStore, StoreError,
    audit::Cause,
    orders::commit::{Capture, Commit},
};
use tokio::sync::{mpsc, oneshot};

use crate::clock;

/// Orders in one transaction.
const GROUP_MAX: usize = 200;
/// Orders that may wait; beyond that the caller waits to get in.
const WAITING_MAX: usize = 2_000;

struct Waiting {
    capture: Capture,
    answer: oneshot::Sender<store_pg::Result<Commit>>,
}

/// The one place where orders are committed in this process. Cheap to clone; the task ends with its last handle.
#[derive(Clone)]
pub struct CommitQueue(mpsc::Sender<Waiting>);

impl CommitQueue {
    /// Starts the task that commits. Needs a Tokio runtime.
    pub fn open(pg: PgStore) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        tokio::spawn(run(pg, receiver));
        Self(sender)
    }

    /// Commits an order; answered after its COMMIT. As [`PgStore::commit_captured`], repeatable.
    pub async fn commit(&self, capture: Capture) -> store_pg::Result<Commit> {
        let (answer, answered) = oneshot::channel();
        // The task is gone, or died with the group: whether it was committed, a repetition tells.
        let lost = |_| StoreError::Unavailable(std::io::Error::from(std::io::ErrorKind::BrokenPipe).into());
        self.0.send(Waiting { capture, answer }).await.map_err(|_| lost(()))?;
        answered.await.map_err(|_| lost(()))?
    }
}

async fn run(pg: PgStore, mut queue: mpsc::Receiver<Waiting>) {
    // An order that is in the group already waits for the next.
    let mut again: Vec<Waiting> = Vec::new();
    loop {
        let mut came = std::mem::take(&mut again);
        if came.is_empty() {
            if queue.recv_many(&mut came, GROUP_MAX).await == 0 {
                return;
            }
        } else {
            while came.len() < GROUP_MAX
                && let Ok(more) = queue.try_recv()
            {
                came.push(more);
            }
        }
        let mut orders = HashSet::new();
        let (group, rest): (Vec<_>, Vec<_>) =
            came.into_iter().partition(|waiting| orders.insert(waiting.capture.order));
        again = rest;
        commit(&pg, group).await;
    }
}

async fn commit(pg: &PgStore, group: Vec<Waiting>) {
    metrics::histogram!("parterre_commit_group_orders").record(group.len() as f64);
    let (captures, answers): (Vec<_>, Vec<_>) = group.into_iter().map(|w| (w.capture, w.answer)).unzip();
    let done = pg.commit_captured_many(&captures, &Cause::by("checkout", clock::now())).await;
    for (answer, done) in answers.into_iter().zip(done) {
        // Who asked may be gone; the commit stands.
        let _ = answer.send(done);
    }
}
