//! Several deltas as one: what the hub gathers for some tens of milliseconds and encodes once for all viewers.

use crate::live::Delta;
use domain::{
    ids::EventId,
    seat::{AreaIx, SeatIx, SeatState},
};
use std::collections::BTreeMap;

/// A delta does not continue what was gathered: another event or epoch, or offsets are missing between them.
/// What was gathered is still there; the caller takes it, then resynchronises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the delta does not continue the ones before it")]
pub struct Discontinuity;

/// Gathers deltas of one event; the last state of each seat wins.
#[derive(Clone, Debug, Default)]
pub struct Coalescer {
    range: Option<Range>,
    changes: BTreeMap<SeatIx, SeatState>,
    areas: BTreeMap<AreaIx, u32>,
}

#[derive(Clone, Copy, Debug)]
struct Range {
    event: EventId,
    epoch: u64,
    from: u64,
    to: u64,
}

impl Coalescer {
    /// Takes a delta in. One that is covered already is dropped; one that overlaps is merged.
    pub fn push(&mut self, delta: &Delta) -> Result<(), Discontinuity> {
        let range = match self.range {
            None => Range { event: delta.event, epoch: delta.epoch, from: delta.from, to: delta.to },
            Some(range) if range.event != delta.event || range.epoch != delta.epoch => {
                return Err(Discontinuity);
            }
            Some(range) if delta.from > range.to.saturating_add(1) => return Err(Discontinuity),
            Some(range) if delta.to <= range.to => {
                return if delta.from >= range.from { Ok(()) } else { Err(Discontinuity) };
            }
            Some(range) => Range { from: range.from.min(delta.from), to: delta.to, ..range },
        };
        self.range = Some(range);
        self.changes.extend(delta.changes.iter().copied());
        self.areas.extend(delta.areas.iter().copied());
        Ok(())
    }

    /// Nothing gathered.
    pub fn is_empty(&self) -> bool {
        self.range.is_none()
    }

    /// How many seats and areas are gathered.
    pub fn len(&self) -> usize {
        self.changes.len() + self.areas.len()
    }

    /// What was gathered, as one delta; gathering starts anew.
    pub fn take(&mut self) -> Option<Delta> {
        let Range { event, epoch, from, to } = self.range.take()?;
        let changes = std::mem::take(&mut self.changes).into_iter().collect();
        let areas = std::mem::take(&mut self.areas).into_iter().collect();
        Some(Delta { event, epoch, from, to, changes, areas })
    }
}

/// Merges deltas that follow each other into one; `None` of none.
pub fn merged<'a>(deltas: impl IntoIterator<Item = &'a Delta>) -> Result<Option<Delta>, Discontinuity> {
    let mut gathered = Coalescer::default();
    for delta in deltas {
        gathered.push(delta)?;
    }
    Ok(gathered.take())
}
