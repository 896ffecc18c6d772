//! The stream by which workers hear that there is work. It carries names of facts and nothing of what they say: what
//! happened, and what was done about it, stands in PostgreSQL. So the stream may be capped, cut short or lost.
//!
//! One stream an installation, under a key of its own that no event shares; groups read it independently.

mod reader;

pub use reader::StreamReader;

use crate::{error::Result, store::RedisStore};
use fred::{clients::Client, interfaces::StreamsInterface, types::Value};
use std::collections::HashMap;

/// About so many entries are kept; what falls off unread is said again by the relay.
const ENTRIES_MAX: i64 = 100_000;

/// A stream, by the name of its installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamName(String);

impl StreamName {
    /// The stream of facts of an installation.
    pub fn facts_of(installation: &str) -> Self {
        Self(format!("facts:{installation}"))
    }
}

/// Says that there is a fact to be dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactCall {
    /// Which fact.
    pub fact: i64,
    /// The group that is meant; all of them when there is none.
    pub group: Option<String>,
}

/// A call as a consumer reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Names the entry, to be confirmed.
    pub entry: String,
    /// What it says; `None` when it says nothing that this version understands.
    pub call: Option<FactCall>,
}

/// What reading came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Entries for this consumer; none when nothing came in time.
    Heard(Vec<Heard>),
    /// Stream or group were gone, and are there again, empty: what was said before is forgotten.
    Lost,
}

/// How far a group is behind the stream's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Entries that no consumer has read.
    pub unread: u64,
    /// Entries that were read and not confirmed.
    pub pending: u64,
}

impl RedisStore {
    /// Appends calls in this order.
    pub async fn call(&self, stream: &StreamName, calls: &[FactCall]) -> Result<()> {
        let all = |client: Client| async move {
            let pipeline = client.pipeline();
            for call in calls {
                let fields =
                    vec![("fact", call.fact.to_string()), ("group", call.group.clone().unwrap_or_default())];
                let cap = ("MAXLEN", "~", ENTRIES_MAX);
                let _: () = pipeline.xadd(stream.0.as_str(), false, cap, "*", fields).await?;
            }
            pipeline.all::<Vec<String>>().await
        };
        self.nodes().ask(&stream.0, all).await?;
        Ok(())
    }

    /// A consumer of a group, on a connection of its own: reading waits, and would hold others up.
    pub async fn consumer(&self, stream: &StreamName, group: &str, name: &str) -> Result<StreamReader> {
        let client = self.nodes().connect_apart(&stream.0).await?;
        StreamReader::join(client, stream.0.clone(), group, name).await
    }

    /// How far each group of a stream is behind; a group that Redis does not know is not in the answer.
    pub async fn lags(&self, stream: &StreamName) -> Result<HashMap<String, Lag>> {
        let asked = |client: Client| async move {
            match client.xinfo_groups::<Value, _>(stream.0.as_str()).await {
                Err(error) if error.details().contains("no such key") => Ok(Vec::new()),
                groups => groups?.convert::<Vec<HashMap<String, Value>>>(),
            }
        };
        let groups = self.nodes().ask(&stream.0, asked).await?;
        let number = |group: &HashMap<String, Value>, name: &str| {
            group.get(name).and_then(Value::as_u64).unwrap_or_default()
        };
        Ok(groups
            .into_iter()
            .filter_map(|group| {
                let name = group.get("name")?.as_string()?;
                Some((name, Lag { unread: number(&group, "lag"), pending: number(&group, "pending") }))
            })
            .collect())
    }
}
