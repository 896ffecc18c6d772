//! From a fact in the outbox to its effects.
//!
//! A fact is written in the transaction that makes it true. The relay ([`Services::relay_facts`]) notes for each
//! [`Group`] that it owes something to the fact, and says so on a stream in Redis; a consumer of the group ([`Consumer`])
//! hears it, takes the fact in PostgreSQL, brings its effect about ([`Services::consume`]) and notes that too. What
//! nobody did is said again after a while, so the stream may be lost; what fails is tried again, later each time; what
//! keeps failing becomes a dead letter that somebody looks at.
//!
//! To add an effect: a variant of [`Group`], an arm in [`Services::consume`]. An effect may happen twice, when its
//! process dies before it is noted: it names what it makes by the fact, so that twice is once.

mod consume;
mod gauges;
mod pace;
mod relay;

pub use consume::Consumer;
pub use pace::Pace;

use crate::{Error, Result, Services, clock};
use store_pg::{PgStore, facts::Fact};
use store_redis::StreamName;

/// Who deals with facts, each at its own pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Mail, messages and papers for buyers.
    Delivery,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Delivery];

    /// Its name in the stores and in the metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
        }
    }
}

/// What relay and consumers share.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    stream: StreamName,
}

impl Outbox {
    /// Finds the name of the installation: facts of two databases never meet on one Redis.
    pub(crate) async fn open(pg: &PgStore) -> Result<Self> {
        let drawn = clock::random::<8>();
        let name = pg.ensure_secret("installation", &drawn, clock::now()).await?;
        Ok(Self { stream: StreamName::facts_of(&hex::encode(name)) })
    }
}

impl Services {
    /// Brings the effect of a fact about, for one group. Called at least once a fact and group.
    pub async fn consume(&self, group: Group, fact: &Fact) -> Result<()> {
        match group {
            Group::Delivery => self.deliver(fact).await,
        }
    }
}

/// Whether trying the same again can come to nothing else.
fn is_permanent(error: &Error) -> bool {
    !matches!(error, Error::InCheckout | Error::Busy { .. } | Error::Internal { .. })
}

/// An error as support reads it; what is internal is named by its line in the log.
fn in_words(error: &Error) -> String {
    match error {
        Error::Internal { id } => format!("{error} (log id {id})"),
        Error::Invalid(problems) => {
            let list: Vec<_> = problems.iter().map(|p| format!("{}: {}", p.pointer, p.message)).collect();
            format!("{error}: {}", list.join("; "))
        }
        other => other.to_string(),
    }
}
