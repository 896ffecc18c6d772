//! Everything there is: the models of Redis, the tables and the provider, one clock, and misfortune.

use crate::{
    Bug,
    dice::Dice,
    provider::{At, Key, News, Provider},
    tables::{Claim, Refused, Release, Tables},
    turns::Pause,
};
use domain::{
    checkout::answers::{Charged, Silence},
    hold::{HoldRequest, HoldRules, model::HoldModel},
    ids::{EventId, HoldId},
    order::Ending,
    seat::{AreaIx, PackedStates, SeatIx, SeatState},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};
use uuid::Uuid;

/// Seats of the event: few, so that everybody wants the same.
pub const SEATS: u32 = 6;
/// Places beside them.
pub const PLACES: u32 = 3;
/// The area.
pub const FLOOR: AreaIx = AreaIx(0);
/// From placing an order to its deadline.
pub const PAY_WINDOW_MS: u64 = 15 * 60_000;
const EVENT: EventId = EventId(Uuid::from_u128(7));

/// No answer: the store is away, or the answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// The simulated world.
pub struct World {
    /// All that is random.
    pub dice: Dice,
    /// The one clock.
    pub now_ms: u64,
    /// Steps taken.
    pub steps: u64,
    /// Things go wrong.
    pub faulty: bool,
    /// A planted mistake.
    pub bug: Option<Bug>,
    /// Redis.
    pub redis: HoldModel,
    epoch: u64,
    /// PostgreSQL.
    pub tables: Tables,
    /// The provider.
    pub provider: Provider,
    /// What the provider told, stored before it is applied: and whether it is applied.
    pub inbox: Vec<(News, bool)>,
    /// Holds ever made.
    pub holds: u32,
    /// What must not be, seen on the way.
    pub violations: Vec<String>,
}

/// The world, as its tasks see it.
#[derive(Clone)]
pub struct Ctx {
    /// The world.
    pub world: Rc<RefCell<World>>,
    /// To give way.
    pub pause: Pause,
}

enum Fault {
    None,
    Before,
    After,
}

impl World {
    /// An event on sale, nothing sold.
    pub fn new(seed: u64, bug: Option<Bug>) -> Self {
        Self {
            dice: Dice::new(seed),
            now_ms: 1_000_000,
            steps: 0,
            faulty: true,
            bug,
            redis: model(1),
            epoch: 1,
            tables: Tables::new(PLACES, bug),
            provider: Provider::default(),
            inbox: Vec::new(),
            holds: 0,
            violations: Vec::new(),
        }
    }

    /// Notes what must not be.
    pub fn violated(&mut self, what: String) {
        if self.violations.len() < 20 {
            self.violations.push(what);
        }
    }

    /// The name of a hold.
    pub fn hold_id(hold: u32) -> HoldId {
        HoldId(Uuid::from_u128(u128::from(hold) + 1))
    }

    /// A request for seats and places, each hold its own buyer's.
    pub fn request(hold: u32, seats: &[u32], places: u32) -> HoldRequest {
        HoldRequest {
            event: EVENT,
            buyer: format!("buyer-{hold}"),
            client_id: format!("client-{hold}"),
            request_digest: String::new(),
            hold_id: Self::hold_id(hold),
            token_digest: token(hold),
            seats: seats.iter().map(|&ix| SeatIx(ix)).collect(),
            areas: if places > 0 { vec![(FLOOR, places)] } else { Vec::new() },
            ttl_ms: None,
            lenient: true,
            payload: String::new(),
        }
    }

    /// Redis loses everything and is loaded from the tables under a new epoch: pending claims as reserved holds.
    pub fn lose_redis(&mut self) {
        self.epoch += 1;
        self.redis = model(self.epoch);
        let now = self.now_ms;
        let orders: Vec<_> =
            self.tables.orders.iter().filter(|o| o.claim == Claim::Pending).cloned().collect();
        for order in orders {
            let seats: Vec<u32> = order.active.iter().copied().collect();
            self.redis.hold(Self::request(order.hold, &seats, order.active_places), now);
            self.redis.convert(Self::hold_id(order.hold), &token(order.hold), PAY_WINDOW_MS, now);
        }
        let sold: Vec<_> =
            self.tables.orders.iter().filter(|o| o.claim == Claim::Committed).cloned().collect();
        for order in sold {
            let seats: Vec<SeatIx> = order.active.iter().map(|&ix| SeatIx(ix)).collect();
            let places = i64::from(order.active_places);
            self.redis.restate(&restate(seats, SeatState::Available, SeatState::Sold, -places), now);
        }
    }

    /// Gives an order up, and looks whether money can still come (INV-6).
    pub fn release(&mut self, order: u32, ending: Ending) -> Result<Release, Refused> {
        let done = self.tables.release(order, ending);
        if done == Ok(Release::Freed) {
            let open = |(key, at): (&Key, &At)| key.0 == order && matches!(at, At::Open | At::Thinking);
            if self.provider.attempts.iter().any(open) {
                self.violated(format!("INV-6: order {order} was released while a payment could succeed"));
            }
        }
        done
    }

    /// The bank comes to a decision about everything that it still thinks about.
    pub fn decide(&mut self) {
        let thinks = |(key, at): (&Key, &At)| (*at == At::Thinking).then_some(*key);
        let keys: Vec<Key> = self.provider.attempts.iter().filter_map(thinks).collect();
        for key in keys {
            let luck = if self.dice.one_in(2) { 0 } else { 6 };
            self.provider.acts(key, luck);
        }
        self.provider.decide_refunds();
    }

    /// Opens a page at the provider. A request that was under way for long may come after the seats went: its page has
    /// to be closed again, which [`crate::check`] looks for.
    pub fn open(&mut self, key: Key, amount: i64) -> At {
        let now = self.now_ms;
        self.provider.open(key, amount, now)
    }

    /// Charges a card at the provider.
    pub fn charge(&mut self, key: Key, amount: i64) -> Charged {
        let luck = self.dice.below(1_000);
        self.provider.charge(key, amount, luck)
    }

    fn fault(&mut self) -> Fault {
        self.steps += 1;
        match self.faulty.then(|| self.dice.below(80)) {
            Some(0) => Fault::Before,
            Some(1) => Fault::After,
            _ => Fault::None,
        }
    }

    /// How long the next call is under way: mostly no time, now and then very long.
    fn delay(&mut self) -> u64 {
        if self.faulty && self.dice.one_in(40) { self.dice.draw() % 120_000 } else { 0 }
    }
}

/// What proves a hold.
pub fn token(hold: u32) -> String {
    format!("token-{hold}")
}

/// A change by hand of seats and places.
pub fn restate(seats: Vec<SeatIx>, from: SeatState, to: SeatState, places: i64) -> domain::hold::Restate {
    domain::hold::Restate {
        seats,
        from,
        to,
        areas: if places == 0 { Vec::new() } else { vec![(FLOOR, places)] },
    }
}

fn model(epoch: u64) -> HoldModel {
    let rules = HoldRules { no_single_seat: false, ..HoldRules::default() };
    let areas = BTreeMap::from([(FLOOR, PLACES)]);
    HoldModel::new(EVENT, epoch, rules, PackedStates::available(SEATS), BTreeSet::new(), areas)
}

impl Ctx {
    /// One call of a store: others go on before it and after it, and it may fail before or after its effect.
    pub async fn ask<T>(&self, call: impl FnOnce(&mut World) -> T) -> Result<T, Gone> {
        let (until, fault) = {
            let mut world = self.world.borrow_mut();
            (world.now_ms + world.delay(), world.fault())
        };
        self.pause.until(until).await;
        if matches!(fault, Fault::Before) {
            return Err(Gone);
        }
        let answer = call(&mut self.world.borrow_mut());
        if matches!(fault, Fault::After) { Err(Gone) } else { Ok(answer) }
    }

    /// One call of the provider.
    pub async fn provider<T>(&self, call: impl FnOnce(&mut World) -> T) -> Result<T, Silence> {
        let (until, fault, sent) = {
            let mut world = self.world.borrow_mut();
            (world.now_ms + world.delay(), world.fault(), world.dice.one_in(2))
        };
        self.pause.until(until).await;
        match fault {
            Fault::Before if sent => Err(Silence::Unknown),
            Fault::Before => Err(Silence::NotSent),
            Fault::None => Ok(call(&mut self.world.borrow_mut())),
            Fault::After => {
                call(&mut self.world.borrow_mut());
                Err(Silence::Unknown)
            }
        }
    }

    /// A command is carried out twice, as by two processes.
    pub fn twice(&self) -> bool {
        let mut world = self.world.borrow_mut();
        world.faulty && world.dice.one_in(30)
    }

    /// Whether this mistake is planted.
    pub fn has(&self, bug: Bug) -> bool {
        self.world.borrow().bug == Some(bug)
    }
}
