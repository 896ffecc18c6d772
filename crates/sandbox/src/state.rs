//! The sandbox's state: one lock, and everything between two answers is one step under it.

mod payments;
mod table;

pub(crate) use payments::{Attempt, RefundError};

use crate::{
    SandboxConfig,
    faults::{self, Faults},
    journal::{Journal, Record},
    mail::Mailbox,
    model::{Account, Event, Intent, Kept, Metadata, Refund, Session, SessionStatus},
    shape,
};
use rand::{Rng as _, distr::Alphanumeric};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use table::Table;
use tokio::sync::Notify;

/// Objects of one kind that are remembered; the oldest go first.
const OBJECTS_MAX: usize = 20_000;
/// Orders in the ledger.
const ACCOUNTS_MAX: usize = 200_000;
/// The ledger's name for payments without an `order_id`.
const NO_ORDER: &str = "none";

/// A running sandbox.
pub(crate) struct Sandbox {
    pub config: SandboxConfig,
    state: Mutex<State>,
    /// What was sent to people.
    pub mailbox: Mailbox,
    /// Wakes the deliverer.
    pub wake: Notify,
}

impl Sandbox {
    pub(crate) fn start(config: SandboxConfig) -> io::Result<Arc<Self>> {
        let mut state = State::default();
        if let Some(dir) = &config.data_dir {
            let journal = Journal::open(dir, |record| state.replay(record))?;
            state.journal = Some(journal);
            state.compact(true);
        }
        Ok(Arc::new(Self {
            config,
            state: Mutex::new(state),
            mailbox: Mailbox::default(),
            wake: Notify::new(),
        }))
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        (self.config.clock)().timestamp()
    }

    /// The state; never across an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that the sandbox knows.
#[derive(Default)]
pub(crate) struct State {
    sessions: Table<Session>,
    intents: Table<Intent>,
    refunds: Table<Refund>,
    events: Table<Event>,
    kept: Table<Kept>,
    accounts: BTreeMap<String, Account>,
    pub faults: Faults,
    journal: Option<Journal>,
    seq: u64,
}

/// A fresh id of Stripe's form.
pub(crate) fn fresh_id(prefix: &str) -> String {
    let tail: String = rand::rng().sample_iter(Alphanumeric).take(24).map(char::from).collect();
    format!("{prefix}{tail}")
}

/// The order that metadata names.
pub(crate) fn order_of(metadata: &Metadata) -> &str {
    metadata.get("order_id").map_or(NO_ORDER, String::as_str)
}

impl State {
    fn replay(&mut self, record: Record) {
        match record {
            Record::Session(session) => self.sessions.put(session.id.clone(), session, OBJECTS_MAX),
            Record::Intent(intent) => self.intents.put(intent.id.clone(), intent, OBJECTS_MAX),
            Record::Refund(refund) => self.refunds.put(refund.id.clone(), refund, OBJECTS_MAX),
            Record::Event(event) => {
                self.seq = self.seq.max(event.seq);
                self.events.put(event.id.clone(), event, OBJECTS_MAX);
            }
            Record::Kept(kept) => self.kept.put(kept.key.clone(), kept, OBJECTS_MAX),
            Record::Account(order, account) => {
                if self.accounts.len() < ACCOUNTS_MAX || self.accounts.contains_key(&order) {
                    self.accounts.insert(order, account);
                }
            }
        }
    }

    fn remember(&mut self, record: Record) {
        if let Some(journal) = &mut self.journal
            && let Err(error) = journal.add(&record)
        {
            tracing::error!(%error, "the sandbox's journal cannot be written; it goes on in memory");
        }
        self.replay(record);
        self.compact(false);
    }

    fn compact(&mut self, always: bool) {
        let live = self.sessions.len()
            + self.intents.len()
            + self.refunds.len()
            + self.events.len()
            + self.kept.len()
            + self.accounts.len();
        let Some(mut journal) = self.journal.take_if(|journal| always || journal.is_bloated(live)) else {
            return;
        };
        let records = self.sessions.iter().cloned().map(Record::Session);
        let records = records.chain(self.intents.iter().cloned().map(Record::Intent));
        let records = records.chain(self.refunds.iter().cloned().map(Record::Refund));
        let records = records.chain(self.events.iter().cloned().map(Record::Event));
        let records = records.chain(self.kept.iter().cloned().map(Record::Kept));
        let accounts =
            self.accounts.iter().map(|(order, account)| Record::Account(order.clone(), account.clone()));
        if let Err(error) = journal.rewrite(records.chain(accounts)) {
            tracing::error!(%error, "the sandbox's journal cannot be rewritten");
        }
        self.journal = Some(journal);
    }

    pub(crate) fn put_session(&mut self, session: Session) {
        self.remember(Record::Session(session));
    }

    pub(crate) fn put_intent(&mut self, intent: Intent) {
        self.remember(Record::Intent(intent));
    }

    pub(crate) fn put_refund(&mut self, refund: Refund) {
        self.remember(Record::Refund(refund));
    }

    pub(crate) fn keep(&mut self, kept: Kept) {
        self.remember(Record::Kept(kept));
    }

    pub(crate) fn kept(&self, key: &str) -> Option<&Kept> {
        self.kept.get(key)
    }

    pub(crate) fn intent(&self, id: &str) -> Option<Intent> {
        self.intents.get(id).cloned()
    }

    /// Payments, newest first, that were made before the one of this id.
    pub(crate) fn intents_after(&self, id: Option<&str>) -> impl Iterator<Item = &Intent> {
        let seen = id.and_then(|id| self.intents.iter_back().position(|intent| intent.id == id));
        let seen = seen.map_or(0, |at| at + 1);
        self.intents.iter_back().skip(seen)
    }

    pub(crate) fn refund(&self, id: &str) -> Option<Refund> {
        self.refunds.get(id).cloned()
    }

    /// A session, expired first if its time is over.
    pub(crate) fn session(&mut self, id: &str, now: i64) -> Option<Session> {
        let session = self.sessions.get(id)?.clone();
        if session.status == SessionStatus::Open && session.expires_at <= now {
            return Some(self.expire(session, now));
        }
        Some(session)
    }

    /// Expires every session whose time is over; says whether there was one.
    pub(crate) fn expire_due(&mut self, now: i64) -> bool {
        let due = |session: &&Session| session.status == SessionStatus::Open && session.expires_at <= now;
        let due: Vec<Session> = self.sessions.iter().filter(due).cloned().collect();
        let any = !due.is_empty();
        for session in due {
            self.expire(session, now);
        }
        any
    }

    /// Notes that something happened; a webhook will tell, unless it is told to get lost.
    pub(crate) fn emit(&mut self, now: i64, kind: &str, object: Value, group: &str) {
        let dropped = faults::take(&mut self.faults.drop_next);
        let event = Event {
            id: fresh_id("evt_"),
            seq: self.seq + 1,
            created: now,
            kind: kind.to_owned(),
            object,
            group: group.to_owned(),
            settled: dropped,
        };
        self.remember(Record::Event(event));
    }

    /// Events that wait for delivery, oldest first, from `seq` on.
    pub(crate) fn unsettled_after(&self, seq: u64) -> Vec<Event> {
        let fresh = self.events.iter_back().take_while(|event| event.seq > seq);
        let mut fresh: Vec<Event> = fresh.filter(|event| !event.settled).cloned().collect();
        fresh.reverse();
        fresh
    }

    /// Notes that an event needs no more delivery.
    pub(crate) fn settle(&mut self, id: &str) {
        if let Some(event) = self.events.get(id) {
            let event = Event { settled: true, ..event.clone() };
            self.remember(Record::Event(event));
        }
    }

    /// Events, newest first.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter_back()
    }

    /// One event.
    pub(crate) fn event(&self, id: &str) -> Option<&Event> {
        self.events.get(id)
    }

    /// Changes what the ledger says of an order.
    fn book(&mut self, metadata: &Metadata, currency: &str, change: impl FnOnce(&mut Account)) {
        let order = order_of(metadata).to_owned();
        let mut account = self.accounts.get(&order).cloned().unwrap_or_default();
        account.currency = currency.to_ascii_uppercase();
        change(&mut account);
        self.remember(Record::Account(order, account));
    }

    /// What every order brought in.
    pub(crate) fn ledger(&self) -> Value {
        let pending = self.events.iter().filter(|event| !event.settled).count();
        shape::ledger(&self.accounts, pending)
    }
}
