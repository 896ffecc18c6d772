//! The use cases of Parterre, one module a noun. Server functions and the HTTP contract call the same ones.
//!
//! To add a use case: a method on [`Services`] in the file of its noun that takes parsed input, asks the stores, and
//! answers with types of `protocol` or an [`Error`]; no SQL, no Redis key, no type of the payment provider.

mod assets;
mod booking;
mod buyer;
mod catalogue;
mod checkout;
pub mod clock;
mod commits;
mod config;
mod counters;
mod delivery;
mod demo;
mod doctor;
mod error;
mod hold_token;
mod holds;
mod house;
mod inspect;
pub mod live;
mod load;
mod once;
mod orders;
mod organizers;
pub mod outbox;
mod outline;
mod plans;
mod problem;
mod receipts;
mod reconcile;
mod refunds;
mod returns;
mod revoked;
mod sale;
pub mod staff;
pub mod support;
pub mod ticket_code;
mod tickets;
mod webhooks;
mod work;

pub use booking::Paper;
pub use buyer::BuyerKey;
pub use catalogue::{CatalogueQuery, Facets};
pub use checkout::CheckoutAnswer;
pub use commits::CommitQueue;
pub use config::ServicesConfig;
pub use counters::begin_counters;
pub use delivery::{LinkRefusal, Notifier};
pub use demo::Seeded;
pub use doctor::{Diagnosis, Finding};
pub use error::{Error, Invalid, Result};
pub use hold_token::{HoldClaim, HoldSecret, digest};
pub use holds::HoldChange;
pub use house::House;
pub use inspect::Report;
pub use notifications::PageSize;
pub use once::RequestKey;
pub use orders::{MoneyBack, OrderAuth, OrderPage};
pub use organizers::{Organizer, OrganizerChange};
pub use outline::{RowSeats, SeatChoice, SectionOutline, SectionSeats};
pub use plans::ImportedPlan;
pub use receipts::ReceiptName;
pub use reconcile::MoneyReport;
pub use refunds::RefundAnswer;
pub use sale::{Availability, Sale};
pub use store_pg::integrity::Oversold;
pub use store_pg::invoices::missing::InvoiceFindings;
pub use store_pg::refunds::RefundState;
pub use store_pg::replica::ReplicaState;
pub use webhooks::WebhookRefusal;

use live::LiveHub;
use payments::Gateway;
use std::{ops::Deref, sync::Arc};
use store_pg::PgStore;
use store_redis::RedisStore;

/// All use cases. Cheap to clone; all clones share stores and caches.
#[derive(Clone)]
pub struct Services(Arc<Parts>);

/// What the clones share. Every request clones the use cases several times: one counter, not dozens.
#[doc(hidden)]
pub struct Parts {
    pub(crate) pg: PgStore,
    pub(crate) redis: RedisStore,
    pub(crate) gateway: Arc<dyn Gateway>,
    pub(crate) hub: LiveHub,
    pub(crate) config: ServicesConfig,
    pub(crate) caches: sale::Caches,
    pub(crate) tickets: tickets::Signer,
    pub(crate) outbox: outbox::Outbox,
    pub(crate) notifier: Arc<Notifier>,
    pub(crate) link_limits: delivery::LinkLimits,
    pub(crate) commits: CommitQueue,
}

impl Deref for Services {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Services {
    /// Puts the use cases together over stores that stand and are migrated.
    pub async fn new(
        pg: PgStore,
        redis: RedisStore,
        gateway: Arc<dyn Gateway>,
        hub: LiveHub,
        notifier: Arc<Notifier>,
        config: ServicesConfig,
    ) -> Result<Self> {
        let tickets = tickets::Signer::load(&pg).await?;
        let outbox = outbox::Outbox::open(&pg).await?;
        let caches = sale::Caches::default();
        let link_limits = delivery::LinkLimits::default();
        let commits = CommitQueue::open(pg.clone());
        let parts = Parts {
            pg,
            redis,
            gateway,
            hub,
            config,
            caches,
            tickets,
            notifier,
            link_limits,
            outbox,
            commits,
        };
        Ok(Self(Arc::new(parts)))
    }

    /// The live state of events in this process.
    pub fn hub(&self) -> &LiveHub {
        &self.hub
    }

    /// Whether PostgreSQL (migrated) and Redis answer.
    pub async fn ready(&self) -> Result<()> {
        self.pg.ping().await?;
        if !self.pg.is_migrated().await? {
            return Err(Error::Busy { retry_after_ms: 1_000 });
        }
        Ok(self.redis.ping().await?)
    }

    /// How the replica of PostgreSQL does; `None` without one.
    pub fn replica(&self) -> Option<ReplicaState> {
        self.pg.replica()
    }

    /// How many holds wait for Redis in this process.
    pub fn holds_waiting(&self) -> usize {
        self.redis.holds_waiting()
    }

    /// Where the site is reached from outside.
    pub fn base_url(&self) -> &str {
        &self.config.base_url
    }
}
