//! What buyers were told, and when: the clients' own log.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// A place: a seat's id, or an area's with a number that makes it one of many.
pub type Seat = String;

/// A hold that a buyer was given.
#[derive(Clone, Debug)]
pub struct Held {
    pub hold: String,
    pub seats: Vec<Seat>,
    /// Microseconds since the beginning: the request left, the answer was there. Finer than an answer is fast: of two
    /// in the same millisecond nobody could say which came first.
    pub sent_us: u64,
    pub answered_us: u64,
    /// It surely lives until then, unless the buyer ends it or Redis is lost.
    pub alive_until_us: u64,
}

/// Everything that was told.
#[derive(Debug, Default)]
pub struct Told {
    pub holds: Vec<Held>,
    /// Requests for a hold, by their name: what they were answered.
    pub holds_by_name: BTreeMap<String, Vec<String>>,
    /// Orders by the key of the request that placed them.
    pub orders_by_key: BTreeMap<String, Vec<String>>,
    /// Orders of which a buyer was told that they are paid, and the seats.
    pub paid: BTreeMap<String, Vec<Seat>>,
    /// When Redis lost everything.
    pub losses_us: Vec<u64>,
    /// Answers by status.
    pub answers: BTreeMap<u16, u64>,
    /// Requests without an answer.
    pub unanswered: u64,
}

/// The log, shared by all buyers.
pub struct Witness {
    begin: Instant,
    told: Mutex<Told>,
}

impl Witness {
    pub fn new() -> Self {
        Self { begin: Instant::now(), told: Mutex::default() }
    }

    pub fn now_us(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The buyer has asked for the end of the hold, or for its order: from here on it says nothing about its life.
    pub fn ends(&self, hold: &str) {
        let now = self.now_us();
        for held in self.told().holds.iter_mut().filter(|held| held.hold == hold) {
            held.alive_until_us = held.alive_until_us.min(now);
        }
    }

    pub fn lost_redis(&self) {
        let now = self.now_us();
        self.told().losses_us.push(now);
    }
}
