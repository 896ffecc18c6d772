//! Random command sequences: the scripts and the model give the same answers and end in the same states, and the
//! log, replayed, gives the same states again.

use crate::common::{World, load, request, token};
use domain::{
    hold::{HoldOutcome, HoldRequest, HoldRules, RedisMs, model::HoldModel},
    ids::HoldId,
    seat::{AreaIx, PackedStates, SeatIx, SeatState},
};
use futures::future::join_all;
use proptest::{prelude::*, test_runner::Config};
use std::collections::{BTreeMap, BTreeSet};
use store_redis::{ConvertOutcome, ExtendOutcome, HoldChange, Restate};
use uuid::Uuid;

/// Rows that end within a word of 16 seats, at its border, and just beyond.
const ROWS: [u32; 4] = [14, 18, 5, 4];
const SEATS: u32 = 41;
const AREAS: [u32; 2] = [7, 3];

#[derive(Clone, Debug)]
struct Ask {
    buyer: u8,
    client: u8,
    digest: bool,
    seats: BTreeSet<u32>,
    areas: BTreeMap<u16, u32>,
    lenient: bool,
}

#[derive(Clone, Debug)]
enum Command {
    Hold(Vec<Ask>),
    Change { at: usize, stranger: bool, add: Ask, remove: BTreeSet<u32>, remove_areas: BTreeMap<u16, u32> },
    Extend { at: usize, window_ms: Option<u64> },
    Release { at: usize, stranger: bool },
    Convert { at: usize },
    Settle { at: usize, sold: bool },
    SellUnknown { seats: BTreeSet<u32> },
    Restate { seats: BTreeSet<u32>, from: u8, to: u8, places: i64, name: Option<u8> },
    Expire { at: usize },
    Find { at: usize },
    OfBuyer { buyer: u8 },
    Sweep,
}

fn seats(max: usize) -> impl Strategy<Value = BTreeSet<u32>> {
    // Blocks, as people want them, and now and then seats from anywhere.
    prop_oneof![
        4 => (0..SEATS + 3, 1..=max as u32).prop_map(|(first, n)| (first..first + n).collect()),
        1 => prop::collection::btree_set(0..SEATS + 3, 0..=max),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    let areas = prop::collection::btree_map(0_u16..3, 1_u32..4, 0..2);
    (0_u8..3, 0_u8..60, prop::bool::weighted(0.9), seats(4), areas, prop::bool::weighted(0.3)).prop_map(
        |(buyer, client, digest, seats, areas, lenient)| Ask { buyer, client, digest, seats, areas, lenient },
    )
}

fn command() -> impl Strategy<Value = Command> {
    let at = || 0_usize..8;
    let places = || prop::collection::btree_map(0_u16..3, 1_u32..4, 0..2);
    prop_oneof![
        8 => prop::collection::vec(ask(), 1..5).prop_map(Command::Hold),
        6 => (at(), prop::bool::weighted(0.1), ask(), seats(3), places()).prop_map(
            |(at, stranger, add, remove, remove_areas)| Command::Change { at, stranger, add, remove, remove_areas }),
        2 => (at(), prop::option::of(0_u64..900_000)).prop_map(|(at, window_ms)| Command::Extend { at, window_ms }),
        2 => (at(), prop::bool::weighted(0.2)).prop_map(|(at, stranger)| Command::Release { at, stranger }),
        2 => at().prop_map(|at| Command::Convert { at }),
        2 => (at(), any::<bool>()).prop_map(|(at, sold)| Command::Settle { at, sold }),
        1 => seats(2).prop_map(|seats| Command::SellUnknown { seats }),
        2 => (seats(4), 0_u8..4, 0_u8..4, -4_i64..5, prop::option::of(0_u8..4)).prop_map(
            |(seats, from, to, places, name)| Command::Restate { seats, from, to, places, name }),
        3 => at().prop_map(|at| Command::Expire { at }),
        1 => at().prop_map(|at| Command::Find { at }),
        1 => (0_u8..3).prop_map(|buyer| Command::OfBuyer { buyer }),
        1 => Just(Command::Sweep),
    ]
}

fn ixs(seats: &BTreeSet<u32>) -> Vec<SeatIx> {
    seats.iter().copied().map(SeatIx).collect()
}

fn areas(areas: &BTreeMap<u16, u32>) -> Vec<(AreaIx, u32)> {
    areas.iter().map(|(ix, n)| (AreaIx(*ix), *n)).collect()
}

struct Pair {
    world: World,
    model: HoldModel,
    holds: Vec<HoldId>,
    now_ms: RedisMs,
}

impl Pair {
    async fn new(rules: HoldRules) -> Self {
        let start = load(&ROWS, &AREAS, rules);
        let world = World::new(&start).await;
        let linked =
            (0..SEATS).filter(|ix| start.linked[*ix as usize / 8] & (0x80 >> (ix % 8)) != 0).map(SeatIx);
        let areas = start.areas.iter().copied().collect();
        let model = HoldModel::new(world.event, world.epoch, rules, start.states, linked.collect(), areas);
        let now_ms = world.store.snapshot(world.event).await.unwrap().unwrap().now_ms;
        Self { world, model, holds: Vec::new(), now_ms }
    }

    /// One of the newest holds, or one that never was.
    fn pick(&self, at: usize) -> HoldId {
        self.holds.iter().rev().nth(at).copied().unwrap_or(HoldId(Uuid::nil()))
    }

    fn see(&mut self, outcome: &HoldOutcome) {
        if let HoldOutcome::Held(hold) | HoldOutcome::Repeated(hold) = outcome {
            self.now_ms = hold.now_ms;
        }
    }

    fn request(&self, ask: &Ask) -> HoldRequest {
        HoldRequest {
            client_id: format!("client-{}", ask.client),
            request_digest: format!("{} {}", ask.client, ask.digest),
            seats: ixs(&ask.seats),
            areas: areas(&ask.areas),
            lenient: ask.lenient,
            ttl_ms: ask.client.is_multiple_of(3).then_some(120_000),
            ..request(self.world.event, &format!("buyer-{}", ask.buyer), &[])
        }
    }

    async fn hold(&mut self, asks: &[Ask]) {
        let requests: Vec<_> = asks.iter().map(|ask| self.request(ask)).collect();
        let real = join_all(requests.iter().map(|request| self.world.store.hold(request.clone()))).await;
        for (request, real) in requests.into_iter().zip(real) {
            let real = real.unwrap();
            self.see(&real);
            if matches!(real, HoldOutcome::Held(_)) {
                self.holds.push(request.hold_id);
            }
            assert_eq!(real, self.model.hold(request.clone(), self.now_ms), "{request:?}");
        }
    }

    async fn change(&mut self, hold: HoldId, change: &HoldChange) {
        let real = self.world.store.change(self.world.event, hold, change).await.unwrap();
        self.see(&real);
        assert_eq!(real, self.model.change(hold, change, self.now_ms), "{change:?}");
    }

    async fn run(&mut self, command: &Command) {
        let event = self.world.event;
        let store = self.world.store.clone();
        let digest = |hold, stranger: bool| token(if stranger { HoldId(Uuid::max()) } else { hold });
        match command {
            Command::Hold(asks) => self.hold(asks).await,
            Command::Change { at, stranger, add, remove, remove_areas } => {
                let hold = self.pick(*at);
                let change = HoldChange {
                    token_digest: digest(hold, *stranger),
                    add_seats: if add.digest { ixs(&add.seats) } else { vec![] },
                    add_areas: areas(&add.areas),
                    remove_seats: ixs(remove),
                    remove_areas: areas(remove_areas),
                    payload: add.digest.then(|| format!("payload {}", add.client)),
                    lenient: add.lenient,
                };
                self.change(hold, &change).await;
            }
            Command::Extend { at, window_ms } => {
                let hold = self.pick(*at);
                let real = store.extend(event, hold, &token(hold), *window_ms).await.unwrap();
                if let ExtendOutcome::Extended(hold) | ExtendOutcome::LimitReached(hold) = &real {
                    self.now_ms = hold.now_ms;
                }
                assert_eq!(real, self.model.extend(hold, &token(hold), *window_ms, self.now_ms));
            }
            Command::Release { at, stranger } => {
                let hold = self.pick(*at);
                let real = store.release(event, hold, &digest(hold, *stranger)).await.unwrap();
                assert_eq!(real, self.model.release(hold, &digest(hold, *stranger), self.now_ms));
            }
            Command::Convert { at } => {
                let hold = self.pick(*at);
                let real = store.convert(event, hold, &token(hold), 90_000).await.unwrap();
                if let ConvertOutcome::Done(hold) = &real {
                    self.now_ms = hold.now_ms;
                }
                assert_eq!(real, self.model.convert(hold, &token(hold), 90_000, self.now_ms));
            }
            _ => self.run_rare(command).await,
        }
    }

    async fn run_rare(&mut self, command: &Command) {
        let (event, store) = (self.world.event, self.world.store.clone());
        match command {
            Command::Settle { at, sold } => {
                let hold = self.pick(*at);
                if hold.0.is_nil() {
                    return;
                }
                let real = store.settle(event, hold, &[SeatIx(40)], *sold).await.unwrap();
                assert_eq!(real, self.model.settle(hold, &[SeatIx(40)], *sold, self.now_ms));
            }
            Command::SellUnknown { seats } => {
                let (hold, seats) = (HoldId(Uuid::new_v4()), ixs(seats));
                let real = store.settle(event, hold, &seats, true).await.unwrap();
                assert_eq!(real, self.model.settle(hold, &seats, true, self.now_ms));
            }
            Command::Restate { seats, from, to, places, name } => {
                let restate = Restate {
                    seats: ixs(seats),
                    from: SeatState::from_bits(*from),
                    to: SeatState::from_bits(*to),
                    areas: vec![(AreaIx(1), *places)],
                };
                let (real, expected) = match name {
                    // What has a name happens once, however often it is told.
                    Some(name) => {
                        let name = Uuid::from_u128(u128::from(*name) + 1);
                        let real = store.restate_once(event, name, &restate).await.unwrap();
                        (real, self.model.restate_once(HoldId(name), &restate, self.now_ms))
                    }
                    None => {
                        let real = store.restate(event, &restate).await.unwrap();
                        (real, self.model.restate(&restate, self.now_ms))
                    }
                };
                assert_eq!(real, expected);
            }
            Command::Expire { at } => {
                let hold = self.pick(*at);
                self.world.let_expire(hold).await;
                self.model.let_expire(hold);
            }
            Command::Find { at } => {
                let hold = self.pick(*at);
                let real = store.find(event, hold).await.unwrap();
                self.now_ms = real.as_ref().map_or(self.now_ms, |hold| hold.now_ms);
                assert_eq!(real, self.model.find(hold, self.now_ms));
            }
            Command::OfBuyer { buyer } => {
                let buyer = format!("buyer-{buyer}");
                let real = store.of_buyer(event, &buyer).await.unwrap();
                self.now_ms = real.as_ref().map_or(self.now_ms, |hold| hold.now_ms);
                assert_eq!(real, self.model.of_buyer(&buyer, self.now_ms));
            }
            Command::Sweep => drop(store.sweep(event, 1).await.unwrap()),
            _ => unreachable!("handled before"),
        }
    }

    async fn compare(&mut self) {
        let snapshot = self.world.store.snapshot(self.world.event).await.unwrap().unwrap();
        self.now_ms = snapshot.now_ms;
        assert_eq!(&snapshot.states, self.model.states(self.now_ms));
        let left: BTreeMap<_, _> = snapshot.areas.iter().copied().collect();
        assert_eq!(&left, self.model.areas(self.now_ms));
        // The log from the beginning gives the same.
        let log =
            self.world.store.deltas_since(self.world.event, self.world.epoch, 0).await.unwrap().unwrap();
        assert_eq!(log.len() as u64, snapshot.offset);
        let mut states = PackedStates::available(SEATS);
        let mut places: BTreeMap<_, _> = (0..).map(AreaIx).zip(AREAS).collect();
        for delta in &log {
            for (seat, state) in &delta.seats {
                states.set(*seat, *state);
            }
            places.extend(delta.areas.iter().copied());
        }
        assert_eq!(states, snapshot.states);
        assert_eq!(places, left);
    }
}

fn rules() -> impl Strategy<Value = HoldRules> {
    prop_oneof![
        Just(HoldRules { seats_per_hold_max: 6, seats_per_buyer_max: 9, ..HoldRules::default() }),
        Just(HoldRules {
            extensions_max: 1,
            lifetime_max_ms: 700_000,
            no_single_seat: false,
            ..HoldRules::default()
        }),
        Just(HoldRules { seats_per_buyer_max: 30, ..HoldRules::default() }),
    ]
}

/// Few cases by default; `PROPTEST_CASES=2000` for a night's run.
fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(48);
    Config { cases, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn the_scripts_do_what_the_model_says(rules in rules(), commands in prop::collection::vec(command(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut pair = Pair::new(rules).await;
            for command in &commands {
                pair.run(command).await;
                pair.compare().await;
            }
            pair.world.store.unload_event(pair.world.event).await.unwrap();
        });
    }
}
