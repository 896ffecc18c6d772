//! All events of this process, and the task that feeds them.

use super::channel::Channel;
use crate::{Error, Result};
use domain::ids::EventId;
use protocol::live::{Delta, Position, Snapshot};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use store_redis::{LiveControl, LiveFeed, LiveMessage, RedisStore};
use tokio::time::{MissedTickBehavior, interval};

/// Deltas are gathered this long: the eye does not see it, and ten thousand sockets are written once, not forty times.
const GATHER_MS: u64 = 40;
/// An event that nobody watches is dropped after at most twice this.
const IDLE_CHECK_S: u64 = 60;
/// Mirrors that are watched are held against Redis this often: a reload that failed, or a message that nobody noticed to
/// be lost, must not leave a map standing until the next change comes.
const AUDIT_S: u64 = 2;
/// A snapshot that keeps being overtaken is tried this often at once; the next delta tries again.
const RELOADS_MAX: u32 = 5;

/// The live state of events in this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LiveHub {
    redis: RedisStore,
    control: LiveControl,
    channels: Arc<Mutex<HashMap<EventId, Arc<Channel>>>>,
}

impl LiveHub {
    /// Opens the subscription; the second half is the task that must be run.
    pub async fn open(redis: RedisStore) -> Result<(Self, impl Future<Output = ()> + Send + 'static)> {
        let feed = redis.subscribe().await.map_err(Error::internal)?;
        let hub = Self { redis, control: feed.control(), channels: Arc::default() };
        let task = hub.clone().run(feed);
        Ok((hub, task))
    }

    /// The channel of an event that is loaded in Redis; the first caller subscribes to it.
    pub async fn channel(&self, event: EventId) -> Result<Arc<Channel>> {
        let (channel, first) = {
            let mut channels = self.channels();
            match channels.get(&event) {
                Some(channel) => (channel.clone(), false),
                None => {
                    let channel = Arc::new(Channel::new(event));
                    channels.insert(event, channel.clone());
                    (channel, true)
                }
            }
        };
        if first && let Err(error) = self.start(event, &channel).await {
            self.channels().remove(&event);
            return Err(error);
        }
        match tokio::time::timeout(Duration::from_secs(5), channel.loaded()).await {
            Ok(()) => Ok(channel),
            Err(_) => Err(Error::Busy { retry_after_ms: 1_000 }),
        }
    }

    /// How many events are followed, and how many sockets follow them.
    pub fn counts(&self) -> (usize, usize) {
        let channels = self.channels();
        (channels.len(), channels.values().map(|c| c.viewers()).sum())
    }

    async fn start(&self, event: EventId, channel: &Channel) -> Result<()> {
        // First listen, then read: nothing can fall between.
        self.control.subscribe_event(event).await?;
        self.reload(event, channel).await
    }

    async fn reload(&self, event: EventId, channel: &Channel) -> Result<()> {
        for _ in 0..RELOADS_MAX {
            let read = self.redis.snapshot(event).await?;
            let s = read.ok_or(Error::Busy { retry_after_ms: 500 })?;
            let snapshot =
                Snapshot { event, epoch: s.epoch, offset: s.offset, states: s.states, areas: s.areas };
            if channel.reload(&snapshot) {
                break;
            }
        }
        Ok(())
    }

    async fn run(self, mut feed: LiveFeed) {
        let mut gather = interval(Duration::from_millis(GATHER_MS));
        gather.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut idle = interval(Duration::from_secs(IDLE_CHECK_S));
        let mut audit = interval(Duration::from_secs(AUDIT_S));
        audit.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut auditing = tokio::spawn(async {});
        loop {
            tokio::select! {
                message = feed.next() => match message {
                    Some(message) => self.take(message).await,
                    None => break,
                },
                _ = gather.tick() => self.all().iter().for_each(|(_, channel)| channel.tick()),
                _ = idle.tick() => self.drop_idle().await,
                // On a task of its own, and one at a time: Redis may not answer.
                _ = audit.tick(), if auditing.is_finished() => auditing = tokio::spawn(self.clone().audit()),
            }
        }
    }

    async fn take(&self, message: LiveMessage) {
        let stale = match message {
            LiveMessage::Delta(event, delta) => {
                let Some(channel) = self.channels().get(&event).cloned() else { return };
                let at = (delta.offset, delta.offset);
                if channel.take(&Delta::new(event, delta.epoch, at, delta.seats, delta.areas)) {
                    return;
                }
                vec![(event, channel)]
            }
            LiveMessage::EpochChanged(event, _) => {
                self.all().into_iter().filter(|(e, _)| *e == event).collect()
            }
            LiveMessage::Resync => self.all(),
        };
        for (event, channel) in stale {
            // On its own task: the other events go on meanwhile.
            let hub = self.clone();
            tokio::spawn(async move {
                if let Err(error) = hub.reload(event, &channel).await {
                    tracing::warn!(%event, %error, "live state not reloaded yet");
                }
            });
        }
    }

    /// Reloads every mirror that stands still behind Redis.
    async fn audit(self) {
        for (event, channel) in self.all() {
            if channel.viewers() == 0 {
                continue;
            }
            let Ok(Some(now)) = self.redis.snapshot(event).await else { continue };
            if channel.stands_still_behind(Position { epoch: now.epoch, offset: now.offset })
                && let Err(error) = self.reload(event, &channel).await
            {
                tracing::warn!(%event, %error, "live state not reloaded yet");
            }
        }
    }

    async fn drop_idle(&self) {
        let idle: Vec<EventId> =
            self.all().into_iter().filter(|(_, c)| c.viewers() == 0).map(|(event, _)| event).collect();
        for event in idle {
            // Out of the map first: who comes now subscribes anew.
            self.channels().remove(&event);
            if let Err(error) = self.control.unsubscribe_event(event).await {
                tracing::debug!(%event, %error, "not unsubscribed");
            }
            // Who came between the two lines was just cut off: listen again, and read what was missed.
            let returned = self.channels().get(&event).cloned();
            if let Some(channel) = returned
                && let Err(error) = self.start(event, &channel).await
            {
                tracing::warn!(%event, %error, "live state not reloaded yet");
            }
        }
    }

    fn all(&self) -> Vec<(EventId, Arc<Channel>)> {
        self.channels().iter().map(|(event, channel)| (*event, channel.clone())).collect()
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<EventId, Arc<Channel>>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
