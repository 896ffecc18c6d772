//! Waiting holds of one event go to Redis together.
//!
//! The first request of an idle event is sent at once; what comes while it is under way waits for its answer and goes
//! in one call. A second call is put under way only when half a batch waits, so that Redis never idles for a round
//! trip. Nothing waits for a timer: the wait is the time of the calls before, well under a millisecond when Redis
//! is not the bottleneck.

use crate::{
    error::{Error, Result},
    holds::{self, Call},
    store::RedisStore,
};
use domain::{
    hold::{HoldOutcome, HoldRequest},
    ids::EventId,
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// Requests in one call: at 10 µs each Redis is busy for well under a millisecond.
const BATCH_MAX: usize = 64;
/// Seats in one call, for the same reason when groups are large.
const BATCH_SEATS_MAX: usize = 512;
/// Requests of one event that wait: about a tenth of a second of Redis' work.
const WAITING_MAX: usize = 2_048;
/// Calls of one event under way.
const CALLS_MAX: u32 = 2;
/// When so many wait, a second call is put under way.
const SECOND_CALL_AT: usize = BATCH_MAX / 2;
/// What a refused caller is told: by then all that waits now is answered.
const RETRY_AFTER_MS: u64 = 500;

type Answer = oneshot::Sender<Result<HoldOutcome>>;

struct Waiting {
    call: Call,
    answer: Answer,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    calls: u32,
}

/// The waiting holds, by event. An event stands here only while something waits or is under way.
#[derive(Default)]
pub(crate) struct Batcher {
    queues: Mutex<HashMap<EventId, Queue>>,
}

impl Batcher {
    fn queues(&self) -> MutexGuard<'_, HashMap<EventId, Queue>> {
        // A panic elsewhere cannot leave a queue half changed.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a request; true when the caller must put a call under way.
    fn push(&self, event: EventId, waiting: Waiting) -> Result<bool> {
        let mut queues = self.queues();
        let queue = queues.entry(event).or_default();
        if queue.waiting.len() >= WAITING_MAX {
            return Err(Error::Busy { retry_after_ms: RETRY_AFTER_MS });
        }
        queue.waiting.push_back(waiting);
        let start = queue.calls == 0 || queue.calls < CALLS_MAX && queue.waiting.len() >= SECOND_CALL_AT;
        queue.calls += u32::from(start);
        Ok(start)
    }

    /// The next batch for a call that is under way; `None` ends the call.
    fn take(&self, event: EventId) -> Option<Vec<Waiting>> {
        let mut queues = self.queues();
        let queue = queues.get_mut(&event)?;
        if queue.waiting.is_empty() || queue.calls > 1 && queue.waiting.len() < SECOND_CALL_AT {
            queue.calls -= 1;
            if queue.calls == 0 && queue.waiting.is_empty() {
                queues.remove(&event);
            }
            return None;
        }
        let (mut batch, mut seats) = (Vec::new(), 0);
        while let Some(next) = queue.waiting.front() {
            seats += next.call.request.seats.len();
            if batch.len() == BATCH_MAX || !batch.is_empty() && seats > BATCH_SEATS_MAX {
                break;
            }
            batch.extend(queue.waiting.pop_front());
        }
        Some(batch)
    }
}

impl RedisStore {
    /// How many holds wait for their turn in this process.
    pub fn holds_waiting(&self) -> usize {
        self.batcher().queues().values().map(|queue| queue.waiting.len()).sum()
    }

    /// Takes all of `request`, or nothing.
    ///
    /// Requests of one event that come together go to Redis together. [`Error::Busy`] when too many wait.
    #[tracing::instrument(level = "debug", skip_all, fields(event = %request.event, hold = %request.hold_id))]
    pub async fn hold(&self, request: HoldRequest) -> Result<HoldOutcome> {
        telemetry::redis_call();
        let event = request.event;
        let (answer, answered) = oneshot::channel();
        if self.batcher().push(event, Waiting { call: Call::new(request), answer })? {
            // A task of its own: a caller that gives up must not take its neighbours' answers along.
            tokio::spawn(self.clone().flush(event));
        }
        answered.await.map_err(|_| Error::Unavailable)?
    }

    async fn flush(self, event: EventId) {
        while let Some(batch) = self.batcher().take(event) {
            let (calls, answers): (Vec<_>, Vec<_>) = batch.into_iter().map(|w| (w.call, w.answer)).unzip();
            match holds::hold_all(&self, event, calls).await {
                Ok(outcomes) => {
                    for (answer, outcome) in answers.into_iter().zip(outcomes) {
                        // A caller that gave up finds its hold again by the same request.
                        let _ = answer.send(outcome);
                    }
                }
                Err(error) => {
                    for answer in answers {
                        let _ = answer.send(Err(error));
                    }
                }
            }
        }
    }
}
