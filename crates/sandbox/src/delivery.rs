//! Sends webhooks: signed, in the order of each order's own events, repeated with growing pauses until they are
//! accepted or given up.

use crate::{model::Event, shape, state::Sandbox};
use hmac::{Hmac, Mac as _};
use http_body_util::Full;
use hyper::{Request, body::Bytes};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use sha2::Sha256;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    task::{Id, JoinSet},
    time::Instant,
};

/// Tries before a webhook is given up: about a quarter of an hour.
const ATTEMPTS_MAX: u32 = 20;
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// How long events are gathered before they go out backwards.
const REORDER_WINDOW: Duration = Duration::from_millis(200);
/// Orders that are told about at the same time.
const GROUPS_MAX: usize = 32;
/// The longest that the receiver may take.
const TIMEOUT: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(3_600);

type HttpClient = Client<HttpConnector, Full<Bytes>>;

/// The `Stripe-Signature` header for `payload`: HMAC-SHA256 over `t.payload`.
pub fn sign(payload: &[u8], secret: &str, unix_s: i64) -> String {
    // HMAC takes keys of any length, so this cannot fail; a header without a signature would be refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return format!("t={unix_s}") };
    mac.update(format!("{unix_s}.").as_bytes());
    mac.update(payload);
    format!("t={unix_s},v1={}", hex::encode(mac.finalize().into_bytes()))
}

struct Pending {
    event: Event,
    due: Instant,
    attempt: u32,
}

/// The queue, and who is being told.
struct Deliverer {
    sandbox: Arc<Sandbox>,
    client: HttpClient,
    seen: u64,
    queue: Vec<Pending>,
    running: JoinSet<Vec<Pending>>,
    busy: HashMap<Id, String>,
}

/// Delivers for ever.
pub(crate) async fn run(sandbox: Arc<Sandbox>) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut deliverer = Deliverer {
        sandbox,
        client,
        seen: 0,
        queue: Vec::new(),
        running: JoinSet::new(),
        busy: HashMap::new(),
    };
    loop {
        deliverer.take_new();
        deliverer.start_due();
        deliverer.wait().await;
    }
}

impl Deliverer {
    fn take_new(&mut self) {
        let state = self.sandbox.lock();
        let pause = Duration::from_millis(state.faults.delay_ms)
            + if state.faults.reorder { REORDER_WINDOW } else { Duration::ZERO };
        let due = Instant::now() + pause;
        for event in state.unsettled_after(self.seen) {
            self.seen = event.seq;
            self.queue.push(Pending { event, due, attempt: 0 });
        }
    }

    /// The groups that have something due and nobody talking to them.
    fn groups_due(&self, now: Instant) -> Vec<String> {
        let busy: HashSet<&String> = self.busy.values().collect();
        let due =
            self.queue.iter().filter(|pending| pending.due <= now && !busy.contains(&pending.event.group));
        let mut groups: Vec<String> = Vec::new();
        for pending in due {
            if groups.len() + self.busy.len() < GROUPS_MAX && !groups.contains(&pending.event.group) {
                groups.push(pending.event.group.clone());
            }
        }
        groups
    }

    fn start_due(&mut self) {
        let now = Instant::now();
        let backwards = self.sandbox.lock().faults.reorder;
        for group in self.groups_due(now) {
            let takes = |pending: &mut Pending| {
                pending.event.group == group && (pending.due <= now || (backwards && pending.attempt == 0))
            };
            let mut batch: Vec<Pending> = self.queue.extract_if(.., takes).collect();
            batch.sort_by_key(|pending| pending.event.seq);
            if backwards {
                batch.reverse();
            }
            let (sandbox, client) = (Arc::clone(&self.sandbox), self.client.clone());
            let handle = self.running.spawn(deliver(sandbox, client, batch));
            self.busy.insert(handle.id(), group);
        }
    }

    async fn wait(&mut self) {
        let room = self.busy.len() < GROUPS_MAX;
        let idle = self
            .queue
            .iter()
            .filter(|pending| room && !self.busy.values().any(|g| *g == pending.event.group));
        let next = idle.map(|pending| pending.due).min().unwrap_or_else(|| Instant::now() + IDLE);
        tokio::select! {
            () = self.sandbox.wake.notified() => {}
            () = tokio::time::sleep_until(next) => {}
            Some(done) = self.running.join_next_with_id() => match done {
                Ok((id, again)) => {
                    self.busy.remove(&id);
                    self.queue.extend(again);
                }
                Err(error) => {
                    tracing::error!(%error, "a webhook's delivery broke");
                    self.busy.remove(&error.id());
                }
            },
        }
    }
}

/// Tells one group its events one after another; gives back those to be repeated.
async fn deliver(sandbox: Arc<Sandbox>, client: HttpClient, batch: Vec<Pending>) -> Vec<Pending> {
    let mut again = Vec::new();
    for mut pending in batch {
        let accepted = post(&sandbox, &client, &pending.event).await;
        if accepted && sandbox.lock().faults.duplicate {
            post(&sandbox, &client, &pending.event).await;
        }
        pending.attempt += 1;
        if accepted || pending.attempt >= ATTEMPTS_MAX {
            if !accepted {
                tracing::warn!(event = pending.event.id, kind = pending.event.kind, "gave up a webhook");
            }
            sandbox.lock().settle(&pending.event.id);
            continue;
        }
        let pause = PAUSE_FIRST.saturating_mul(1 << pending.attempt.min(16)).min(PAUSE_MAX);
        pending.due = Instant::now() + pause;
        again.push(pending);
    }
    again
}

/// One POST; whether it was accepted.
async fn post(sandbox: &Sandbox, client: &HttpClient, event: &Event) -> bool {
    let payload = Bytes::from(shape::event(event).to_string());
    let signature = sign(&payload, &sandbox.config.webhook_secret, sandbox.now());
    let request = Request::post(&sandbox.config.webhook_url)
        .header("content-type", "application/json; charset=utf-8")
        .header("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .header("stripe-signature", signature)
        .body(Full::new(payload));
    let request = match request {
        Ok(request) => request,
        Err(error) => {
            tracing::error!(%error, "the webhook address is none");
            return false;
        }
    };
    match tokio::time::timeout(TIMEOUT, client.request(request)).await {
        Ok(Ok(response)) if response.status().is_success() => true,
        Ok(Ok(response)) => {
            tracing::debug!(status = %response.status(), kind = event.kind, "a webhook was not accepted");
            false
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, kind = event.kind, "a webhook did not arrive");
            false
        }
        Err(_) => false,
    }
}
