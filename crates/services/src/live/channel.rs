//! One event's mirror and its stream of frames.

use super::frame::{DeltaFrame, Frame};
use domain::ids::EventId;
use protocol::{
    coalesce::{Coalescer, merged},
    live::{Delta, Position, Snapshot},
    merge::{Outcome, View},
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{broadcast, watch};

/// Frames a socket may fall behind before it is dropped back to a snapshot.
const FRAMES_BEHIND_MAX: usize = 64;
/// Frames kept for viewers that come back.
const HISTORY_FRAMES: usize = 256;
/// A delivery costs about ten microseconds of processor time: an event with more viewers than this sends every second
/// tick, with twice as many every third, so that its frames never take more than about half a core.
const VIEWERS_A_TICK: usize = 2_500;

/// One event in this process.
#[derive(Debug)]
pub struct Channel {
    state: Mutex<State>,
    frames: broadcast::Sender<Frame>,
    ready: watch::Sender<bool>,
}

#[derive(Debug)]
struct State {
    view: View,
    gathered: Coalescer,
    /// Ticks since the last frame.
    ticks: usize,
    history: VecDeque<Arc<DeltaFrame>>,
    /// A delta came that the mirror could not take: the snapshot being read may lack it.
    missed: bool,
    /// Where the mirror was found behind Redis at the last look.
    behind: Option<Position>,
}

/// What a viewer gets when it joins: what it lacks, and all that follows.
#[derive(Debug)]
pub enum Joined {
    /// The whole state.
    Snapshot(Snapshot),
    /// What happened since; `None` when nothing did.
    Since(Option<Delta>),
}

impl Channel {
    pub(super) fn new(event: EventId) -> Self {
        let state = State {
            view: View::new(event),
            gathered: Coalescer::default(),
            ticks: 0,
            history: VecDeque::new(),
            missed: false,
            behind: None,
        };
        Self {
            state: Mutex::new(state),
            frames: broadcast::Sender::new(FRAMES_BEHIND_MAX),
            ready: watch::Sender::new(false),
        }
    }

    /// Joins: the two halves fit together without a gap.
    pub fn join(&self, since: Option<Position>) -> Option<(Joined, broadcast::Receiver<Frame>)> {
        let state = self.state();
        let frames = self.frames.subscribe();
        let joined = match since.and_then(|since| state.since(since)) {
            Some(delta) => Joined::Since(delta),
            None => Joined::Snapshot(state.view.snapshot()?),
        };
        Some((joined, frames))
    }

    /// The mirror as it stands; `None` before it was loaded.
    pub fn snapshot(&self) -> Option<Snapshot> {
        self.state().view.snapshot()
    }

    /// Waits until the mirror was loaded once.
    pub(super) async fn loaded(&self) {
        // The sender lives in `self`: an error cannot happen.
        let _ = self.ready.subscribe().wait_for(|ready| *ready).await;
    }

    /// How many sockets listen.
    pub fn viewers(&self) -> usize {
        self.frames.receiver_count()
    }

    /// Takes a delta in; `false` when the mirror has missed something and needs a snapshot.
    pub(super) fn take(&self, delta: &Delta) -> bool {
        let mut state = self.state();
        match state.view.apply_delta(delta) {
            Outcome::Applied => {
                if state.gathered.push(delta).is_err() {
                    state.gathered = Coalescer::default();
                    let _ = state.gathered.push(delta);
                }
                true
            }
            Outcome::Ignored => true,
            Outcome::NeedSnapshot => {
                state.missed = true;
                false
            }
        }
    }

    /// Takes a snapshot in; `false` when deltas were missed meanwhile and it has to be read again.
    pub(super) fn reload(&self, snapshot: &Snapshot) -> bool {
        let mut state = self.state();
        let was = state.view.position;
        state.view.apply_snapshot(snapshot);
        let now = state.view.position;
        if was != now {
            state.gathered = Coalescer::default();
            state.history.clear();
            let _ = self.frames.send(Frame::Reset);
        }
        self.ready.send_replace(true);
        !std::mem::take(&mut state.missed)
    }

    /// Whether the mirror is behind `redis` and has not moved since it was found so the last time. Under load it is always
    /// some milliseconds behind, but it moves.
    pub(super) fn stands_still_behind(&self, redis: Position) -> bool {
        let mut state = self.state();
        let own = state.view.position;
        let behind = own.is_none_or(|own| own.epoch != redis.epoch || own.offset < redis.offset);
        let stands = behind && own.is_some() && state.behind == own;
        state.behind = own.filter(|_| behind);
        stands
    }

    /// Sends what was gathered, when it is time: the first change after a quiet while at once.
    pub(super) fn tick(&self) {
        let wait = 1 + self.viewers() / VIEWERS_A_TICK;
        let due = {
            let mut state = self.state();
            state.ticks = state.ticks.saturating_add(1);
            state.ticks >= wait
        };
        if due {
            self.flush();
        }
    }

    /// Sends what was gathered as one frame.
    fn flush(&self) {
        let mut state = self.state();
        let Some(delta) = state.gathered.take() else { return };
        state.ticks = 0;
        let frame = Arc::new(DeltaFrame::new(delta));
        if state.history.len() == HISTORY_FRAMES {
            state.history.pop_front();
        }
        state.history.push_back(frame.clone());
        let _ = self.frames.send(Frame::Delta(frame));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What happened since a position, from the kept frames; `None` when they do not reach back so far.
    fn since(&self, since: Position) -> Option<Option<Delta>> {
        let own = self.view.position?;
        if since.epoch != own.epoch || since.offset > own.offset {
            return None;
        }
        let missing: Vec<&Delta> = self
            .history
            .iter()
            .map(|f| &f.delta)
            .filter(|d| d.epoch == since.epoch && d.to > since.offset)
            .collect();
        let flushed = self.history.back().map_or(own.offset, |f| f.delta.to);
        match missing.first() {
            Some(first) if first.from > since.offset + 1 => None,
            Some(_) => merged(missing).ok(),
            // Nothing in the frames: right only when the viewer has all that was flushed.
            None => (since.offset >= flushed).then_some(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::seat::{PackedStates, SeatIx, SeatState};
    use uuid::Uuid;

    fn event() -> EventId {
        EventId(Uuid::from_u128(1))
    }

    fn delta(offset: u64, seat: u32) -> Delta {
        Delta::new(event(), 1, (offset, offset), vec![(SeatIx(seat), SeatState::Held)], Vec::new())
    }

    fn loaded() -> Channel {
        let channel = Channel::new(event());
        let states = PackedStates::available(8);
        channel.reload(&Snapshot { event: event(), epoch: 1, offset: 0, states, areas: Vec::new() });
        channel
    }

    #[test]
    fn a_viewer_that_joins_between_flushes_ends_with_the_servers_map() {
        let channel = loaded();
        assert!(channel.take(&delta(1, 0)));
        let Some((Joined::Snapshot(snapshot), mut frames)) = channel.join(None) else {
            panic!("no snapshot")
        };
        assert!(channel.take(&delta(2, 1)));
        channel.flush();
        let mut view = View::new(event());
        view.apply_snapshot(&snapshot);
        let Ok(Frame::Delta(frame)) = frames.try_recv() else { panic!("no frame") };
        assert_eq!(view.apply_delta(&frame.delta), Outcome::Applied);
        assert_eq!(view.snapshot(), channel.snapshot());
    }

    #[test]
    fn a_mirror_that_stands_still_behind_redis_is_noticed_and_one_that_moves_is_not() {
        let channel = loaded();
        let redis = |epoch, offset| Position { epoch, offset };
        assert!(!channel.stands_still_behind(redis(1, 0)) && !channel.stands_still_behind(redis(1, 0)));
        assert!(!channel.stands_still_behind(redis(1, 2)), "the message may be on its way");
        channel.take(&delta(1, 0));
        assert!(!channel.stands_still_behind(redis(1, 2)), "it moves");
        assert!(channel.stands_still_behind(redis(1, 2)));
        assert!(channel.stands_still_behind(redis(2, 0)), "another history");
    }

    #[test]
    fn a_viewer_that_comes_back_gets_only_what_it_lacks() {
        let channel = loaded();
        for offset in 1..=3 {
            channel.take(&delta(offset, u32::try_from(offset).unwrap()));
            channel.flush();
        }
        let Some((Joined::Since(Some(missing)), _)) = channel.join(Some(Position { epoch: 1, offset: 1 }))
        else {
            panic!("no delta")
        };
        assert_eq!((missing.from, missing.to, missing.changes.len()), (2, 3, 2));
        let joined = channel.join(Some(Position { epoch: 1, offset: 3 }));
        assert!(matches!(joined, Some((Joined::Since(None), _))));
        let joined = channel.join(Some(Position { epoch: 2, offset: 0 }));
        assert!(matches!(joined, Some((Joined::Snapshot(_), _))));
    }

    #[test]
    fn a_gap_asks_for_a_snapshot_and_resets_the_viewers() {
        let channel = loaded();
        let Some((_, mut frames)) = channel.join(None) else { panic!("not loaded") };
        assert!(!channel.take(&delta(5, 0)));
        let states = PackedStates::available(8);
        let snapshot = Snapshot { event: event(), epoch: 1, offset: 5, states, areas: Vec::new() };
        assert!(!channel.reload(&snapshot), "something was missed while the snapshot was read");
        assert!(channel.reload(&snapshot));
        assert!(matches!(frames.try_recv(), Ok(Frame::Reset)));
    }
}
