//! Deltas as they happen, over sharded pub/sub on connections of their own, one for each server.

mod ear;

use crate::{
    delta,
    error::Result,
    nodes::Nodes,
    scripts::Keys,
    types::{DeltaKind, LiveMessage},
};
use domain::ids::EventId;
use ear::Ear;
use fred::types::{Message, config::Server};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::mpsc, task::JoinHandle};

/// Messages between the ears and the reader; they wait in their ears beyond that.
const WAITING_MAX: usize = 1_024;
/// An event whose new server does not listen yet is tried this often.
const MOVE_RETRY: Duration = Duration::from_millis(500);

/// Hears deltas. It reconnects by itself, subscribes again, and then says [`LiveMessage::Resync`].
#[derive(Debug)]
pub struct LiveFeed {
    control: LiveControl,
    messages: mpsc::Receiver<LiveMessage>,
    mover: JoinHandle<()>,
}

/// Says which events a [`LiveFeed`] hears; cheap to clone.
#[derive(Clone)]
pub struct LiveControl {
    nodes: Nodes,
    tell: mpsc::Sender<LiveMessage>,
    heard: Arc<Mutex<Heard>>,
}

/// `None` as a server is the one on its own.
#[derive(Default)]
struct Heard {
    ears: HashMap<Option<Server>, Ear>,
    events: HashMap<EventId, Option<Server>>,
}

impl std::fmt::Debug for LiveControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveControl").field("events", &self.heard().events.len()).finish()
    }
}

impl LiveFeed {
    pub(crate) async fn open(nodes: Nodes) -> Result<Self> {
        let (tell, messages) = mpsc::channel(WAITING_MAX);
        let control = LiveControl { nodes, tell, heard: Arc::default() };
        for server in control.nodes.servers() {
            control.ear(&server).await?;
        }
        let mover = tokio::spawn(control.clone().follow_the_map());
        Ok(Self { control, messages, mover })
    }

    /// The handle that chooses events.
    pub fn control(&self) -> LiveControl {
        self.control.clone()
    }

    /// The next message; `None` when the feed was closed for good. May be dropped and called again.
    pub async fn next(&mut self) -> Option<LiveMessage> {
        self.messages.recv().await
    }
}

impl Drop for LiveFeed {
    fn drop(&mut self) {
        self.mover.abort();
        // Their tasks end with them.
        self.control.heard().ears.clear();
    }
}

impl LiveControl {
    /// Messages of `event` come from the moment that this returns: take a snapshot after it, and what the feed says
    /// completes it.
    pub async fn subscribe_event(&self, event: EventId) -> Result<()> {
        let key = Keys::of(event).live();
        let mut followed = false;
        loop {
            let server = self.nodes.server_of(&key)?;
            match self.ear(&server).await?.hear(event).await {
                Ok(()) => {
                    self.heard().events.insert(event, server);
                    return Ok(());
                }
                Err(error) if !followed && self.nodes.follow(&error).await => followed = true,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// No more messages of `event`.
    pub async fn unsubscribe_event(&self, event: EventId) -> Result<()> {
        let ear = {
            let mut heard = self.heard();
            heard.events.remove(&event).and_then(|server| heard.ears.get(&server).cloned())
        };
        if let Some(ear) = ear {
            ear.forget(event).await;
        }
        Ok(())
    }

    async fn ear(&self, server: &Option<Server>) -> Result<Ear> {
        if let Some(ear) = self.heard().ears.get(server) {
            return Ok(ear.clone());
        }
        let fresh = Ear::open(&self.nodes, server.as_ref(), self.tell.clone()).await?;
        // Another caller may have been faster: then this one ends.
        Ok(self.heard().ears.entry(server.clone()).or_insert(fresh).clone())
    }

    /// Hears events where their slots are, whenever the map of the cluster changes.
    async fn follow_the_map(self) {
        let mut changes = self.nodes.changes();
        while changes.changed().await.is_ok() {
            while !self.move_events().await {
                tokio::time::sleep(MOVE_RETRY).await;
            }
        }
    }

    /// Whether every event is heard where it is.
    async fn move_events(&self) -> bool {
        let events: Vec<_> = self.heard().events.iter().map(|(event, at)| (*event, at.clone())).collect();
        let (mut moved, mut all) = (false, true);
        for (event, at) in events {
            // A slot that nobody has comes with a later map.
            let Ok(now) = self.nodes.server_of(&Keys::of(event).live()) else { continue };
            if now == at {
                continue;
            }
            let old = self.heard().ears.get(&at).cloned();
            if let Some(old) = old {
                old.let_go(event).await;
            }
            match self.subscribe_event(event).await {
                Ok(()) => moved = true,
                Err(_) => all = false,
            }
        }
        let servers = self.nodes.servers();
        self.heard().ears.retain(|server, _| servers.contains(server));
        if moved {
            // The reader may be gone: then there is nothing to tell.
            let _ = self.tell.send(LiveMessage::Resync).await;
        }
        all
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message of another channel or of another version is not for us.
fn read(message: &Message) -> Option<LiveMessage> {
    let event = message.channel.strip_prefix("{e:")?.strip_suffix("}:live")?.parse::<EventId>().ok()?;
    match message.value.as_bytes().map(delta::decode)? {
        Ok(delta) if delta.log.iter().any(|line| line.kind == DeltaKind::Rebuild) => {
            Some(LiveMessage::EpochChanged(event, delta.epoch))
        }
        Ok(delta) => Some(LiveMessage::Delta(event, delta)),
        Err(_) => {
            tracing::warn!(%event, "a live message cannot be read");
            Some(LiveMessage::Resync)
        }
    }
}
