//! The thread that starts the servers, watches them and stops them.
//!
//! It is a plain thread because the kernel ties a child's death signal to the *thread* that made it: a
//! worker of an async runtime may end long before the process does.

use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::kind::Kind;
use crate::process::{log_tail, stop_child, wait_until};

/// Crash recovery of a large database takes its time.
const READY: Duration = Duration::from_secs(120);
const STARTS_MAX: u32 = 3;
const WATCH: Duration = Duration::from_millis(200);
const BACKOFF_MIN: Duration = Duration::from_millis(250);
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// A server that ran this long has earned a quick restart.
const HEALTHY: Duration = Duration::from_secs(60);

/// One server and its process.
pub(crate) struct Kept {
    kind: Box<dyn Kind>,
    child: Option<Child>,
    backoff: Duration,
    since: Instant,
}

impl Kept {
    pub(crate) fn new(kind: Box<dyn Kind>) -> Self {
        Self { kind, child: None, backoff: BACKOFF_MIN, since: Instant::now() }
    }

    pub(crate) fn url(&self) -> String {
        self.kind.url()
    }

    /// The first start: may try again on another port.
    pub(crate) fn start(&mut self) -> Result<(), Error> {
        let mut last = self.start_once();
        for _ in 1..STARTS_MAX {
            if !matches!(last, Err(Error::NotReady { .. })) {
                break;
            }
            self.kind.after_failed_start();
            last = self.start_once();
        }
        last
    }

    fn start_once(&mut self) -> Result<(), Error> {
        self.kind.prepare()?;
        let child = self.child.insert(self.kind.spawn()?);
        self.since = Instant::now();
        let mut ended = None;
        let pid = child.id();
        let finished = wait_until(READY, || {
            ended = child.try_wait().ok().flatten();
            ended.is_some() || self.kind.is_ready(pid)
        });
        if finished && ended.is_none() {
            self.kind.when_ready();
            return Ok(());
        }
        self.stop();
        let reason = match ended {
            Some(status) => format!("it ended with {status}"),
            None => format!("it was not ready after {} s", READY.as_secs()),
        };
        let log = self.kind.log();
        Err(Error::NotReady { name: self.kind.name(), reason, tail: log_tail(&log), log })
    }

    /// Restarts it, on the same port, when it has ended and its pause is over.
    fn watch(&mut self) {
        if let Some(child) = &mut self.child {
            let Ok(Some(status)) = child.try_wait() else { return };
            self.child = None;
            let ran = self.since.elapsed();
            self.backoff = if ran > HEALTHY { BACKOFF_MIN } else { (self.backoff * 2).min(BACKOFF_MAX) };
            self.since = Instant::now();
            tracing::error!("{} ended by itself ({status}); starting it again", self.kind.name());
        }
        if self.since.elapsed() < self.backoff {
            return;
        }
        match self.start_once() {
            Ok(()) => tracing::info!("{} runs again", self.kind.name()),
            Err(error) => {
                self.backoff = (self.backoff * 2).min(BACKOFF_MAX);
                self.since = Instant::now();
                tracing::error!("{error}");
            }
        }
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            stop_child(&mut child, self.kind.stop_steps());
        }
    }
}

/// Stops what runs, the last one first.
pub(crate) fn stop_all(servers: &mut [Kept]) {
    for server in servers.iter_mut().rev() {
        server.stop();
    }
}

/// Watches until it is told to stop or nobody is left to tell it; then stops everything.
pub(crate) fn keep(mut servers: Vec<Kept>, stop: &Receiver<()>) {
    while stop.recv_timeout(WATCH) == Err(RecvTimeoutError::Timeout) {
        servers.iter_mut().for_each(Kept::watch);
    }
    stop_all(&mut servers);
}
