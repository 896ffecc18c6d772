//! Deltas as they happen, over sharded pub/sub on a connection of its own.

use crate::{
    delta,
    error::Result,
    scripts::Keys,
    types::{DeltaKind, LiveMessage},
};
use domain::ids::EventId;
use fred::{
    clients::SubscriberClient,
    interfaces::{ClientLike, EventInterface, PubsubInterface},
    types::Message,
};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    task::JoinHandle,
};

/// A connection that hears deltas. It reconnects by itself, subscribes again, and then says [`LiveMessage::Resync`].
#[derive(Debug)]
pub struct LiveFeed {
    control: LiveControl,
    messages: Receiver<Message>,
    resubscribed: tokio::sync::mpsc::Receiver<()>,
    tasks: Vec<JoinHandle<()>>,
}

/// Says which events a [`LiveFeed`] hears; cheap to clone.
#[derive(Clone, Debug)]
pub struct LiveControl {
    client: SubscriberClient,
}

impl LiveFeed {
    pub(crate) async fn open(client: SubscriberClient) -> Result<Self> {
        let messages = client.message_rx();
        client.init().await?;
        // From here on a reconnect is a loss of messages. One waiting signal says it all.
        let mut reconnects = client.reconnect_rx();
        let (signal, resubscribed) = tokio::sync::mpsc::channel(1);
        let again = client.clone();
        let task = tokio::spawn(async move {
            while !matches!(reconnects.recv().await, Err(RecvError::Closed)) {
                if let Err(error) = again.resubscribe_all().await {
                    tracing::warn!(error = error.details(), "cannot subscribe again");
                }
                let _ = signal.try_send(());
            }
        });
        Ok(Self { control: LiveControl { client }, messages, resubscribed, tasks: vec![task] })
    }

    /// The handle that chooses events.
    pub fn control(&self) -> LiveControl {
        self.control.clone()
    }

    /// The next message; `None` when the connection was closed for good. May be dropped and called again.
    pub async fn next(&mut self) -> Option<LiveMessage> {
        loop {
            tokio::select! {
                biased;
                Some(()) = self.resubscribed.recv() => return Some(LiveMessage::Resync),
                message = self.messages.recv() => match message {
                    Ok(message) => if let Some(message) = read(&message) { return Some(message) },
                    Err(RecvError::Lagged(lost)) => {
                        tracing::warn!(lost, "live messages came faster than they were read");
                        return Some(LiveMessage::Resync);
                    }
                    Err(RecvError::Closed) => return None,
                }
            }
        }
    }
}

impl Drop for LiveFeed {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        let client = self.control.client.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { client.quit().await });
        }
    }
}

impl LiveControl {
    /// Messages of `event` come from the moment that this returns: take a snapshot after it, and what the feed says
    /// completes it.
    pub async fn subscribe_event(&self, event: EventId) -> Result<()> {
        Ok(self.client.ssubscribe(Keys::of(event).live()).await?)
    }

    /// No more messages of `event`.
    pub async fn unsubscribe_event(&self, event: EventId) -> Result<()> {
        Ok(self.client.sunsubscribe(Keys::of(event).live()).await?)
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
