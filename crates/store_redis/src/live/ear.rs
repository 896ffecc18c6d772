//! A connection that hears the deltas of one server's events, and takes its subscriptions up again when it was lost.

use super::read;
use crate::{error::Result, nodes::Nodes, scripts::Keys, types::LiveMessage};
use domain::ids::EventId;
use fred::{
    clients::SubscriberClient,
    error::{Error, ErrorKind},
    interfaces::{ClientLike, EventInterface, PubsubInterface},
    types::{Message, config::Server},
};
use std::{collections::HashSet, time::Duration};
use tokio::{
    sync::{broadcast::error::RecvError, mpsc, oneshot},
    time::sleep,
};

/// Wishes that wait; each is answered in about a millisecond.
const WISHES_MAX: usize = 256;
/// A server that refuses subscriptions (it joins its cluster again for some seconds after a start) is asked this often.
const RETRY: Duration = Duration::from_millis(200);

/// What an ear is told to do.
enum Wish {
    Hear(EventId, oneshot::Sender<std::result::Result<(), Error>>),
    Forget(EventId),
    /// The server does not have it any more, and ended the subscription itself.
    Moved(EventId),
}

/// Ends its task when dropped.
#[derive(Clone, Debug)]
pub(super) struct Ear(mpsc::Sender<Wish>);

impl Ear {
    /// Opens the connection. What it hears goes to `tell`.
    pub(super) async fn open(
        nodes: &Nodes,
        server: Option<&Server>,
        tell: mpsc::Sender<LiveMessage>,
    ) -> Result<Self> {
        let client = nodes.subscriber(server).await?;
        let (wishes, wished) = mpsc::channel(WISHES_MAX);
        tokio::spawn(listen(client, wished, tell));
        Ok(Self(wishes))
    }

    /// Messages of `event` come from the moment that this returns.
    pub(super) async fn hear(&self, event: EventId) -> std::result::Result<(), Error> {
        let gone = || Error::new(ErrorKind::Canceled, "the feed is closed");
        let (answer, answered) = oneshot::channel();
        self.0.send(Wish::Hear(event, answer)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    /// No more messages of `event`.
    pub(super) async fn forget(&self, event: EventId) {
        // An ear that is gone hears nothing.
        let _ = self.0.send(Wish::Forget(event)).await;
    }

    /// The server does not have `event` any more. It is not told: it would refuse, and its refusal would be taken for the
    /// answer to another question.
    pub(super) async fn let_go(&self, event: EventId) {
        let _ = self.0.send(Wish::Moved(event)).await;
    }
}

async fn listen(client: SubscriberClient, mut wishes: mpsc::Receiver<Wish>, tell: mpsc::Sender<LiveMessage>) {
    let mut messages = client.message_rx();
    // From here on a reconnect is a loss of messages.
    let mut reconnects = client.reconnect_rx();
    let mut events = HashSet::new();
    let mut lost = false;
    loop {
        tokio::select! {
            biased;
            wish = wishes.recv() => match wish {
                Some(Wish::Hear(event, answer)) => {
                    // One that is known to be down answers at once instead of queueing.
                    let done = match client.is_connected() {
                        true => client.ssubscribe(Keys::of(event).live()).await,
                        false => Err(Error::new(ErrorKind::IO, "not connected")),
                    };
                    if done.is_ok() {
                        events.insert(event);
                    }
                    let _ = answer.send(done);
                }
                Some(Wish::Forget(event)) => {
                    events.remove(&event);
                    if let Err(error) = client.sunsubscribe(Keys::of(event).live()).await {
                        tracing::debug!(%event, error = error.details(), "not unsubscribed");
                    }
                }
                Some(Wish::Moved(event)) => {
                    events.remove(&event);
                }
                None => break,
            },
            again = reconnects.recv() => match again {
                Err(RecvError::Closed) => break,
                _ => lost = true,
            },
            () = sleep(RETRY), if lost => {}
            message = messages.recv() => match forward(message, &tell).await {
                Some(()) => {}
                None => break,
            },
        }
        if lost && subscribe_all(&client, &events).await {
            lost = false;
            if tell.send(LiveMessage::Resync).await.is_err() {
                break;
            }
        }
    }
    let _ = client.quit().await;
}

/// Whether all of them are heard now.
async fn subscribe_all(client: &SubscriberClient, events: &HashSet<EventId>) -> bool {
    for event in events {
        if let Err(error) = client.ssubscribe(Keys::of(*event).live()).await {
            tracing::debug!(%event, error = error.details(), "not subscribed again yet");
            return false;
        }
    }
    true
}

/// `None` when nobody listens any more.
async fn forward(
    message: std::result::Result<Message, RecvError>,
    tell: &mpsc::Sender<LiveMessage>,
) -> Option<()> {
    let message = match message {
        Ok(message) => read(&message),
        Err(RecvError::Lagged(lost)) => {
            tracing::warn!(lost, "live messages came faster than they were read");
            Some(LiveMessage::Resync)
        }
        Err(RecvError::Closed) => return None,
    };
    match message {
        Some(message) => tell.send(message).await.ok(),
        None => Some(()),
    }
}
