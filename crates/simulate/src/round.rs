//! One round: a seed, a while of everything at once, then quiet, then the count.

use crate::{
    Bug,
    check::check,
    executor::{check_out, give},
    turns::Turns,
    workers,
    world::{Ctx, PLACES, SEATS, World},
};
use domain::{
    checkout::{Input, Method, Phase},
    hold::HoldOutcome,
    order,
};
use std::{cell::RefCell, rc::Rc};

/// Turns of the wild part.
const WILD: u32 = 400;
/// How often everything may be tried before "never quiet".
const QUIET_MAX: u32 = 80;

/// What came of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Calls of stores and provider, and deeds of buyers, bank, post and workers.
    pub steps: u64,
    /// Orders placed.
    pub orders: usize,
    /// Orders that were completed.
    pub completed: usize,
    /// Differences between Redis and the tables that the standing check had to put right in the end.
    pub mended: usize,
    /// What must not be.
    pub violations: Vec<String>,
}

/// Runs the round of a seed. The same seed gives the same round.
pub fn run(seed: u64, bug: Option<Bug>) -> Outcome {
    let world = Rc::new(RefCell::new(World::new(seed, bug)));
    let mut turns = Turns::default();
    let ctx = Ctx { world: world.clone(), pause: turns.pause() };
    for _ in 0..WILD {
        deed(&ctx, &mut turns);
        for _ in 0..4 {
            advance(&world, &mut turns);
        }
        if !world.borrow().violations.is_empty() {
            break;
        }
    }
    settle(&ctx, &mut turns);
    let mut world = world.borrow_mut();
    let mended = workers::mend(&mut world);
    check(&mut world);
    let completed = |o: &&crate::tables::Order| o.status == order::State::Completed;
    Outcome {
        steps: world.steps,
        orders: world.tables.orders.len(),
        completed: world.tables.orders.iter().filter(completed).count(),
        mended,
        violations: world.violations.clone(),
    }
}

/// The first seed, of so many, whose round shows a planted mistake.
pub fn shows(bug: Bug, rounds_max: u64) -> Option<u64> {
    let found = |seed: &u64| run(*seed, Some(bug)).violations.iter().any(|what| what.contains(bug.breaks()));
    (1..=rounds_max).find(found)
}

/// One task goes on; the clock moves a little, or to the next who wakes.
fn advance(world: &RefCell<World>, turns: &mut Turns) {
    let (now, pick) = {
        let mut world = world.borrow_mut();
        let idle = turns.all_sleep_until(world.now_ms);
        world.now_ms = idle.unwrap_or(world.now_ms) + world.dice.draw() % 40;
        let now = world.now_ms;
        world.provider.tick(now);
        (now, world.dice.draw())
    };
    turns.run_one(now, |n| if n == 0 { 0 } else { usize::try_from(pick % n as u64).unwrap_or(0) });
}

/// Somebody does something.
fn deed(ctx: &Ctx, turns: &mut Turns) {
    let mut world = ctx.world.borrow_mut();
    world.steps += 1;
    let luck = world.dice.below(1_000);
    let orders = world.tables.orders.len();
    let order = u32::try_from(world.dice.below(orders)).unwrap_or(0);
    // Who was never answered has no page to pay from: only the same request again goes on.
    let answered = world.tables.orders.get(order as usize).is_some_and(|o| o.checkout.phase != Phase::Start);
    let method = if world.dice.one_in(3) { Method::Direct } else { Method::Hosted };
    match luck {
        0..=199 => begin(&mut world, ctx, turns, method),
        200..=239 if world.holds > 0 => {
            // The same request again, or another one for the same hold.
            let holds = world.holds as usize;
            let hold = u32::try_from(world.dice.below(holds)).unwrap_or(0);
            let key = u32::try_from(world.dice.below(2)).unwrap_or(0);
            turns.spawn(Box::pin(check_out(ctx.clone(), hold, key, method)));
        }
        240..=279 if answered => turns.spawn(Box::pin(give(ctx.clone(), order, Input::Pay(method)))),
        280..=319 if answered => turns.spawn(Box::pin(give(ctx.clone(), order, Input::Abandon))),
        320..=559 => {
            let keys: Vec<_> = world.provider.attempts.keys().copied().collect();
            let (at, act) = (world.dice.below(keys.len()), world.dice.below(1_000));
            if let Some(&key) = keys.get(at) {
                world.provider.acts(key, act);
            }
        }
        560..=759 => post(&mut world, ctx, turns),
        760..=859 => {
            drop(world);
            for task in workers::ticks(ctx) {
                turns.spawn(task);
            }
        }
        860..=899 if orders > 0 => {
            let one = world.dice.below(3);
            let which = world.dice.one_in(2).then(|| vec![one]);
            turns.spawn(Box::pin(workers::give_back(ctx.clone(), order, which)));
        }
        900..=919 => turns.kill(),
        920..=929 => world.lose_redis(),
        930..=969 => world.now_ms += world.dice.draw() % 600_000,
        _ => {}
    }
}

/// A buyer takes seats and goes to checkout.
fn begin(world: &mut World, ctx: &Ctx, turns: &mut Turns, method: Method) {
    let hold = world.holds;
    world.holds += 1;
    let first = u32::try_from(world.dice.below(SEATS as usize)).unwrap_or(0);
    let size = 1 + u32::try_from(world.dice.below(2)).unwrap_or(0);
    let places = if world.dice.one_in(3) {
        1 + u32::try_from(world.dice.below(PLACES as usize)).unwrap_or(0)
    } else {
        0
    };
    let seats: Vec<u32> = (first..(first + size).min(SEATS)).collect();
    let now = world.now_ms;
    let mut taken = world.redis.hold(World::request(hold, &seats, places), now);
    if !matches!(taken, HoldOutcome::Held(_)) && world.bug == Some(Bug::SkipClaim) {
        // Where nothing guards the claim, a map that was lost is enough.
        world.lose_redis();
        taken = world.redis.hold(World::request(hold, &seats, places), now);
    }
    if matches!(taken, HoldOutcome::Held(_)) {
        turns.spawn(Box::pin(check_out(ctx.clone(), hold, 0, method)));
    }
}

/// The provider's news: in any order, twice, or never.
fn post(world: &mut World, ctx: &Ctx, turns: &mut Turns) {
    let at = world.dice.below(world.provider.post.len());
    let Some(&news) = world.provider.post.get(at) else { return };
    match world.dice.below(12) {
        0 => {}
        1 => {
            world.provider.post.swap_remove(at);
            return;
        }
        _ => drop(world.provider.post.swap_remove(at)),
    }
    turns.spawn(Box::pin(workers::receive(ctx.clone(), news)));
}

/// Nothing goes wrong any more: everything is told, every worker looks again and again, until nothing moves.
fn settle(ctx: &Ctx, turns: &mut Turns) {
    ctx.world.borrow_mut().faulty = false;
    for _ in 0..QUIET_MAX {
        ctx.world.borrow_mut().decide();
        let post = std::mem::take(&mut ctx.world.borrow_mut().provider.post);
        for news in post {
            turns.spawn(Box::pin(workers::receive(ctx.clone(), news)));
        }
        for task in workers::ticks(ctx) {
            turns.spawn(task);
        }
        while !turns.is_idle() {
            advance(&ctx.world, turns);
        }
        let mut world = ctx.world.borrow_mut();
        world.now_ms += 5 * 60_000;
        let now = world.now_ms;
        world.provider.tick(now);
        let rests = world.tables.orders.iter().all(|o| {
            !o.checkout.is_open()
                && o.status != order::State::Placed
                && o.refunds.values().all(|r| !r.state.is_under_way())
        });
        if rests && world.provider.post.is_empty() && world.tables.untold.is_empty() {
            break;
        }
    }
    // Holds that were left alone run out.
    ctx.world.borrow_mut().now_ms += 2 * 3_600_000;
}
