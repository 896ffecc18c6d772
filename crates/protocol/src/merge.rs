//! One viewer's copy of an event, and how messages change it: one piece of code for the browser, the hub's
//! mirror, the load generator and the tests.
//!
//! The rules (INV-7), for a view at `(epoch, offset)`:
//!
//! | message | effect |
//! |---|---|
//! | snapshot not older than the view | replaces it |
//! | older snapshot, delta of an older epoch | ignored |
//! | delta of a newer epoch | a snapshot is needed |
//! | delta with `to <= offset` | ignored: known already |
//! | delta with `from > offset + 1` | a gap: a snapshot is needed |
//! | any other delta of this epoch | applied, `offset` becomes `to` |
//! | resync | a snapshot is needed |
//!
//! A delta may overlap what the view has, because it carries each seat's state as of its end. A snapshot at the
//! same offset is applied, not ignored: it is how a viewer of some sections catches up on all of them.

use crate::live::{Counters, Delta, Position, ServerMessage, Snapshot};
use domain::{
    ids::EventId,
    seat::{AreaIx, PackedStates},
};
use std::collections::BTreeMap;

/// What a message did to a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The view has changed.
    Applied,
    /// Nothing new, or not about this view.
    Ignored,
    /// The view has missed something and stays as it was: subscribe again with `since: None`.
    /// It comes again with every further delta until the snapshot is there; ask once.
    NeedSnapshot,
}

/// What a viewer knows of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Which event.
    pub event: EventId,
    /// Where in its history; `None` before the first snapshot.
    pub position: Option<Position>,
    /// State of every seat.
    pub states: PackedStates,
    /// Places left in each area.
    pub areas: BTreeMap<AreaIx, u32>,
    /// Free seats of each section, where counters were sent.
    pub sections: Vec<u32>,
    counted: Option<Position>,
}

impl View {
    /// Knows nothing yet.
    pub fn new(event: EventId) -> Self {
        Self {
            event,
            position: None,
            states: PackedStates::default(),
            areas: BTreeMap::new(),
            sections: Vec::new(),
            counted: None,
        }
    }

    /// Takes a message in. Messages of other events are ignored.
    pub fn apply(&mut self, message: &ServerMessage) -> Outcome {
        if message.event() != Some(self.event) {
            return Outcome::Ignored;
        }
        match message {
            ServerMessage::Snapshot(snapshot) => self.apply_snapshot(snapshot),
            ServerMessage::Delta(delta) => self.apply_delta(delta),
            ServerMessage::Counters(counters) => self.apply_counters(counters),
            ServerMessage::Resync { .. } => Outcome::NeedSnapshot,
            ServerMessage::Pong { .. } | ServerMessage::Heartbeat { .. } | ServerMessage::Refused { .. } => {
                Outcome::Ignored
            }
        }
    }

    /// Takes a snapshot in, unless the view is further already.
    pub fn apply_snapshot(&mut self, snapshot: &Snapshot) -> Outcome {
        let position = Position { epoch: snapshot.epoch, offset: snapshot.offset };
        if self.position.is_some_and(|own| own > position) {
            return Outcome::Ignored;
        }
        self.position = Some(position);
        self.states = snapshot.states.clone();
        self.areas = snapshot.areas.iter().copied().collect();
        Outcome::Applied
    }

    /// Takes a delta in, if it continues what the view has.
    pub fn apply_delta(&mut self, delta: &Delta) -> Outcome {
        let Some(own) = self.position else { return Outcome::NeedSnapshot };
        if delta.epoch < own.epoch || (delta.epoch == own.epoch && delta.to <= own.offset) {
            return Outcome::Ignored;
        }
        if delta.epoch > own.epoch || delta.from > own.offset.saturating_add(1) {
            return Outcome::NeedSnapshot;
        }
        for &(seat, state) in &delta.changes {
            self.states.set(seat, state);
        }
        self.areas.extend(delta.areas.iter().copied());
        self.position = Some(Position { offset: delta.to, ..own });
        Outcome::Applied
    }

    fn apply_counters(&mut self, counters: &Counters) -> Outcome {
        let position = Position { epoch: counters.epoch, offset: counters.offset };
        if self.counted.is_some_and(|own| own >= position) {
            return Outcome::Ignored;
        }
        self.counted = Some(position);
        self.sections.clone_from(&counters.available);
        Outcome::Applied
    }

    /// The view as a snapshot, for another viewer; `None` before the first.
    pub fn snapshot(&self) -> Option<Snapshot> {
        self.position.map(|Position { epoch, offset }| Snapshot {
            event: self.event,
            epoch,
            offset,
            states: self.states.clone(),
            areas: self.areas.iter().map(|(&area, &left)| (area, left)).collect(),
        })
    }
}
