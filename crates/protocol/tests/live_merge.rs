//! INV-7: whatever is lost, repeated or reordered on the way, a view ends up where the server is.

use domain::{
    ids::EventId,
    seat::{AreaIx, PackedStates, SeatIx, SeatState},
};
use proptest::prelude::*;
use protocol::{
    coalesce::{Coalescer, Discontinuity, merged},
    live::{Counters, Delta, ServerMessage, Snapshot},
    merge::{Outcome, View},
};
use std::collections::BTreeMap;

const SEATS: u32 = 24;

fn event() -> EventId {
    EventId(uuid::Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff))
}

/// What the server does, step by step.
#[derive(Clone, Debug)]
enum Step {
    /// Seats and an area change.
    Change(Vec<(u32, u8)>, Option<u32>),
    /// The live state is lost and rebuilt with these seats sold.
    Rebuild(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let change = (prop::collection::vec((0..SEATS, 0_u8..4), 0..4), prop::option::of(0_u32..100))
        .prop_map(|(seats, area)| Step::Change(seats, area));
    prop::collection::vec(prop_oneof![20 => change, 1 => (0..SEATS).prop_map(Step::Rebuild)], 1..40)
}

/// The truth, with the history of the present epoch.
struct Server {
    snapshot: Snapshot,
    history: Vec<Delta>,
}

impl Server {
    fn new() -> Self {
        let states = PackedStates::available(SEATS);
        let areas = vec![(AreaIx(0), 100)];
        Self {
            snapshot: Snapshot { event: event(), epoch: 1, offset: 0, states, areas },
            history: Vec::new(),
        }
    }

    fn run(&mut self, step: &Step) -> Option<Delta> {
        match step {
            Step::Change(seats, area) => {
                self.snapshot.offset += 1;
                let changes =
                    seats.iter().map(|&(ix, bits)| (SeatIx(ix), SeatState::from_bits(bits))).collect();
                let areas = area.iter().map(|&left| (AreaIx(0), left)).collect();
                let at = self.snapshot.offset;
                let delta = Delta::new(event(), self.snapshot.epoch, (at, at), changes, areas);
                for &(seat, state) in &delta.changes {
                    self.snapshot.states.set(seat, state);
                }
                if !delta.areas.is_empty() {
                    self.snapshot.areas.clone_from(&delta.areas);
                }
                self.history.push(delta.clone());
                Some(delta)
            }
            Step::Rebuild(sold) => {
                self.snapshot.epoch += 1;
                self.snapshot.offset = 0;
                self.snapshot.states = PackedStates::available(SEATS);
                self.snapshot.states.set(SeatIx(*sold), SeatState::Sold);
                self.history.clear();
                None
            }
        }
    }
}

fn assert_same(view: &View, server: &Server) -> Result<(), TestCaseError> {
    let own = view.snapshot();
    prop_assert_eq!(own.as_ref(), Some(&server.snapshot));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Messages may be lost, come twice or late; what a view asks for is answered at some time. At every moment
    /// the view is some true state of the server, and in the end it is the last.
    #[test]
    fn a_view_follows_the_server_over_a_bad_line(steps in steps(), fate in prop::collection::vec((0_u8..10, any::<prop::sample::Index>()), 200)) {
        let mut server = Server::new();
        let mut truths = BTreeMap::from([((1, 0), server.snapshot.clone())]);
        let mut view = View::new(event());
        let mut line: Vec<ServerMessage> = vec![ServerMessage::Snapshot(server.snapshot.clone())];
        let mut fate = fate.into_iter();
        let mut gathered = Coalescer::default();
        for step in &steps {
            let delta = server.run(step);
            truths.insert((server.snapshot.epoch, server.snapshot.offset), server.snapshot.clone());
            let Some((kind, at)) = fate.next() else { break };
            match (delta, kind) {
                // Some deltas go out one by one, some gathered, some as overlapping ranges of the history.
                (Some(delta), 0..=3) => {
                    if gathered.push(&delta).is_err() { gathered.take(); gathered.push(&delta).unwrap(); }
                }
                (Some(_), 4 | 5) => {
                    let from = at.index(server.history.len());
                    line.extend(merged(&server.history[from..]).unwrap().map(ServerMessage::Delta));
                }
                (Some(delta), _) => line.push(ServerMessage::Delta(delta)),
                (None, _) => line.push(ServerMessage::Resync { event: event() }),
            }
            if kind % 3 == 0 { line.extend(gathered.take().map(ServerMessage::Delta)); }
            while !line.is_empty() {
                let Some((kind, at)) = fate.next() else { break };
                let at = at.index(line.len());
                match kind {
                    0 | 1 => { line.remove(at); }
                    2 => break,
                    3 | 4 => { deliver(&mut view, &line[at].clone(), &mut line, &server); }
                    _ => { let message = line.remove(at); deliver(&mut view, &message, &mut line, &server); }
                }
                if let Some(own) = view.snapshot() {
                    prop_assert_eq!(Some(&own), truths.get(&(own.epoch, own.offset)));
                }
            }
        }
        // The line recovers: the client subscribes anew from where it is, and the server replays or snapshots.
        line.clear();
        let since = view.position.unwrap_or_default();
        if since.epoch == server.snapshot.epoch {
            let missed: Vec<_> = server.history.iter().filter(|d| d.to > since.offset).collect();
            line.extend(merged(missed).unwrap().map(ServerMessage::Delta));
        } else {
            line.push(ServerMessage::Snapshot(server.snapshot.clone()));
        }
        for message in line {
            prop_assert_eq!(view.apply(&message), Outcome::Applied);
        }
        assert_same(&view, &server)?;
    }

    #[test]
    fn gathered_deltas_do_what_they_did_one_by_one(steps in steps()) {
        let mut server = Server::new();
        let mut view = View::new(event());
        view.apply_snapshot(&server.snapshot);
        let mut one_by_one = view.clone();
        let deltas: Vec<Delta> = steps.iter().filter(|s| matches!(s, Step::Change(..))).filter_map(|s| server.run(s)).collect();
        for delta in &deltas {
            prop_assert_eq!(one_by_one.apply_delta(delta), Outcome::Applied);
        }
        if let Some(all) = merged(&deltas).unwrap() {
            prop_assert_eq!((all.from, all.to), (1, deltas.len() as u64));
            prop_assert_eq!(view.apply_delta(&all), Outcome::Applied);
        }
        prop_assert_eq!(&view, &one_by_one);
        assert_same(&view, &server)?;
    }
}

/// A client that asks for a snapshot when it needs one; the answer joins the line.
fn deliver(view: &mut View, message: &ServerMessage, line: &mut Vec<ServerMessage>, server: &Server) {
    if view.apply(message) == Outcome::NeedSnapshot && line.len() < 50 {
        line.push(ServerMessage::Snapshot(server.snapshot.clone()));
    }
}

fn change(epoch: u64, range: (u64, u64), seat: u32) -> Delta {
    Delta::new(event(), epoch, range, vec![(SeatIx(seat), SeatState::Sold)], vec![])
}

#[test]
fn the_rules_are_this_table() {
    let table = [
        (change(2, (11, 11), 0), Outcome::Applied),
        (change(2, (5, 12), 0), Outcome::Applied),
        (change(2, (12, 12), 0), Outcome::NeedSnapshot),
        (change(2, (10, 10), 0), Outcome::Ignored),
        (change(2, (3, 9), 0), Outcome::Ignored),
        (change(1, (11, 11), 0), Outcome::Ignored),
        (change(3, (1, 1), 0), Outcome::NeedSnapshot),
    ];
    let states = PackedStates::available(SEATS);
    let snapshot = Snapshot { event: event(), epoch: 2, offset: 10, states, areas: vec![] };
    for (delta, outcome) in table {
        let mut view = View::new(event());
        assert_eq!(view.apply_delta(&delta), Outcome::NeedSnapshot);
        assert_eq!(view.apply_snapshot(&snapshot), Outcome::Applied);
        let before = view.clone();
        assert_eq!(view.apply_delta(&delta), outcome, "{delta:?}");
        assert_eq!(view == before, outcome != Outcome::Applied);
    }
    let mut view = View::new(event());
    view.apply_snapshot(&snapshot);
    assert_eq!(view.apply_snapshot(&Snapshot { offset: 9, ..snapshot.clone() }), Outcome::Ignored);
    assert_eq!(view.apply_snapshot(&snapshot), Outcome::Applied);
    assert_eq!(view.apply_snapshot(&Snapshot { epoch: 3, offset: 0, ..snapshot }), Outcome::Applied);
    let stranger = EventId("ffffffff-4455-6677-8899-aabbccddeeff".parse().unwrap());
    assert_eq!(view.apply(&ServerMessage::Resync { event: stranger }), Outcome::Ignored);
}

#[test]
fn the_newest_counters_count() {
    let counters = |offset, n| {
        ServerMessage::Counters(Counters { event: event(), epoch: 1, offset, available: vec![n] })
    };
    let mut view = View::new(event());
    assert_eq!(view.apply(&counters(5, 50)), Outcome::Applied);
    assert_eq!(view.apply(&counters(4, 40)), Outcome::Ignored);
    assert_eq!(view.sections, [50]);
}

#[test]
fn deltas_that_do_not_follow_each_other_are_not_gathered() {
    let mut gathered = Coalescer::default();
    gathered.push(&change(1, (5, 6), 1)).unwrap();
    assert_eq!(gathered.push(&change(1, (8, 8), 2)), Err(Discontinuity));
    assert_eq!(gathered.push(&change(2, (7, 7), 2)), Err(Discontinuity));
    gathered.push(&change(1, (6, 6), 3)).unwrap();
    gathered.push(&change(1, (6, 7), 4)).unwrap();
    let all = gathered.take().unwrap();
    assert_eq!((all.from, all.to, all.changes.len()), (5, 7, 2));
    assert!(gathered.is_empty());
}
