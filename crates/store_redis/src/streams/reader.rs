//! One consumer of a group: reads, confirms, takes over, leaves.

use super::{FactCall, Heard, Reading};
use crate::error::{Error, Result};
use fred::{
    clients::Client,
    interfaces::{ClientLike, StreamsInterface},
    types::Value,
};
use std::{collections::HashMap, time::Duration};

/// Where a new group starts: at whatever the stream still has.
const FROM_THE_START: &str = "0";

/// A consumer as Redis knows it.
#[derive(Debug)]
struct Known {
    name: String,
    pending: u64,
    idle_ms: u64,
}

/// One consumer of a group. Entries that it read stay its own until they are confirmed or taken over.
#[derive(Debug)]
pub struct StreamReader {
    client: Client,
    stream: String,
    group: String,
    name: String,
    new_group: bool,
}

impl StreamReader {
    /// Joins a group, which is made when there is none, on a connection that stands.
    pub(super) async fn join(client: Client, stream: String, group: &str, name: &str) -> Result<Self> {
        let (group, name) = (group.to_owned(), name.to_owned());
        let mut reader = Self { client, stream, group, name, new_group: false };
        reader.new_group = reader.ensure_group().await?;
        Ok(reader)
    }

    /// Whether the group was not there when this one joined: the first start, or Redis came back empty and what was said
    /// before is forgotten.
    pub fn is_new_group(&self) -> bool {
        self.new_group
    }

    /// Waits at most `patience` for at most `count` new entries.
    pub async fn next(&self, count: u64, patience: Duration) -> Result<Reading> {
        self.connected()?;
        let wait_ms = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX).max(1);
        let read: std::result::Result<Value, _> = self
            .client
            .xreadgroup(
                self.group.as_str(),
                self.name.as_str(),
                Some(count),
                Some(wait_ms),
                false,
                self.stream.as_str(),
                ">",
            )
            .await;
        match self.known(read).await? {
            None => Ok(Reading::Lost),
            Some(Value::Array(streams)) => {
                Ok(Reading::Heard(streams.into_iter().flat_map(entries_of_stream).collect()))
            }
            Some(_) => Ok(Reading::Heard(Vec::new())),
        }
    }

    /// Takes over what consumers of the group read at least `idle` ago and never confirmed.
    pub async fn take_over(&self, idle: Duration, count: u64) -> Result<Reading> {
        self.connected()?;
        let idle_ms = u64::try_from(idle.as_millis()).unwrap_or(u64::MAX);
        let taken: std::result::Result<Value, _> = self
            .client
            .xautoclaim(
                self.stream.as_str(),
                self.group.as_str(),
                self.name.as_str(),
                idle_ms,
                "0-0",
                Some(count),
                false,
            )
            .await;
        match self.known(taken).await? {
            None => Ok(Reading::Lost),
            // Where to go on, the entries, and ids of entries that are gone.
            Some(Value::Array(parts)) => {
                Ok(Reading::Heard(parts.into_iter().nth(1).map(entries).unwrap_or_default()))
            }
            Some(_) => Err(Error::Corrupt),
        }
    }

    /// Forgets consumers of the group that have nothing in hand and were not heard of for `idle`: processes that died.
    pub async fn forget_dead(&self, idle: Duration) -> Result<usize> {
        let mut gone = 0;
        for consumer in self.consumers().await? {
            let dead = consumer.name != self.name
                && consumer.pending == 0
                && u128::from(consumer.idle_ms) >= idle.as_millis();
            if dead {
                let (stream, group) = (self.stream.as_str(), self.group.as_str());
                let _: u64 = self.client.xgroup_delconsumer(stream, group, consumer.name).await?;
                gone += 1;
            }
        }
        Ok(gone)
    }

    async fn consumers(&self) -> Result<Vec<Known>> {
        self.connected()?;
        let (stream, group) = (self.stream.as_str(), self.group.as_str());
        let rows: Vec<HashMap<String, Value>> = self.client.xinfo_consumers(stream, group).await?;
        let known = |row: HashMap<String, Value>| {
            let number = |name: &str| row.get(name).and_then(Value::as_u64).unwrap_or_default();
            Some(Known {
                name: row.get("name")?.as_string()?,
                pending: number("pending"),
                idle_ms: number("idle"),
            })
        };
        Ok(rows.into_iter().filter_map(known).collect())
    }

    /// Confirms entries: they are nobody's any more.
    pub async fn confirm(&self, entries: Vec<String>) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        self.connected()?;
        let _: u64 = self.client.xack(self.stream.as_str(), self.group.as_str(), entries).await?;
        Ok(())
    }

    /// Leaves the group and closes the connection. Whoever still has entries in hand stays in the group, so that they
    /// can be taken over.
    pub async fn leave(self) -> Result<()> {
        let consumers = self.consumers().await?;
        if consumers.iter().any(|consumer| consumer.name == self.name && consumer.pending == 0) {
            let _: u64 = self
                .client
                .xgroup_delconsumer(self.stream.as_str(), self.group.as_str(), self.name.as_str())
                .await?;
        }
        Ok(self.client.quit().await?)
    }

    /// A connection that is known to be down answers at once instead of queueing.
    fn connected(&self) -> Result<()> {
        if self.client.is_connected() { Ok(()) } else { Err(Error::Unavailable) }
    }

    /// `None` when the group was gone; it is there again then.
    async fn known(&self, answer: std::result::Result<Value, fred::error::Error>) -> Result<Option<Value>> {
        match answer {
            Ok(value) => Ok(Some(value)),
            // The second is what a reader hears that waits while the stream goes.
            Err(error) if ["NOGROUP", "UNBLOCKED"].iter().any(|word| error.details().starts_with(word)) => {
                self.ensure_group().await?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// `true` when the group was not there.
    async fn ensure_group(&self) -> Result<bool> {
        let made: std::result::Result<(), _> =
            self.client.xgroup_create(self.stream.as_str(), self.group.as_str(), FROM_THE_START, true).await;
        match made {
            Ok(()) => Ok(true),
            Err(error) if error.details().starts_with("BUSYGROUP") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for StreamReader {
    fn drop(&mut self) {
        let client = self.client.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { client.quit().await });
        }
    }
}

/// The entries of one stream of a reading: its name, then they.
fn entries_of_stream(stream: Value) -> Vec<Heard> {
    match stream {
        Value::Array(parts) => parts.into_iter().nth(1).map(entries).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Entries as Redis sends them: an id, then fields and values in turns. One that was cut off meanwhile has no fields.
fn entries(list: Value) -> Vec<Heard> {
    let Value::Array(list) = list else { return Vec::new() };
    let heard = |entry: Value| {
        let Value::Array(parts) = entry else { return None };
        let mut parts = parts.into_iter();
        let entry = parts.next()?.as_string()?;
        let fields = match parts.next() {
            Some(Value::Array(fields)) => fields,
            _ => Vec::new(),
        };
        let field = |name: &str| {
            fields.chunks_exact(2).find(|pair| pair[0].as_str().as_deref() == Some(name))?[1].as_string()
        };
        let call = field("fact")
            .and_then(|fact| fact.parse().ok())
            .map(|fact| FactCall { fact, group: field("group").filter(|group| !group.is_empty()) });
        Some(Heard { entry, call })
    };
    list.into_iter().filter_map(heard).collect()
}
