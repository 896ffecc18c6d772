//! What happens without anybody asking, and what the provider's news do: as the workers of `services`.

use crate::{
    Bug,
    executor::{ask_about, drive, give},
    provider::{At, News},
    tables::back::DRAWN_FROM,
    world::{Ctx, Gone, restate},
};
use domain::{
    checkout::{Input, answers::Silence},
    ids::HoldId,
    order, payment,
    refund::{Fact, State},
    seat::{SeatIx, SeatState},
};
use uuid::Uuid;

/// How old an outstanding step must be.
const RETRY_AFTER_MS: u64 = 15_000;

/// A webhook: stored, then applied.
pub async fn receive(ctx: Ctx, news: News) {
    let stored = ctx
        .ask(|w| {
            w.inbox.push((news, false));
            w.inbox.len() - 1
        })
        .await;
    let Ok(at) = stored else {
        // Not accepted: the provider tells again.
        ctx.world.borrow_mut().provider.post.push(news);
        return;
    };
    apply(ctx, at, news).await;
}

/// Applies stored news and marks them.
pub async fn apply(ctx: Ctx, at: usize, news: News) {
    let applied = applied(&ctx, news).await;
    if applied.is_ok() || ctx.has(Bug::ForgetNews) {
        let _ = ctx.ask(|w| w.inbox[at].1 = true).await;
    }
}

async fn applied(ctx: &Ctx, news: News) -> Result<(), Gone> {
    match news {
        News::Taken((order, attempt)) => {
            if ctx.ask(|w| w.tables.opened(order, attempt)).await?.is_err() {
                // Money under a name that our books do not have: not applied, tried again.
                return Err(Gone);
            }
            drive(ctx, order, Input::Captured { attempt }).await.map(drop)
        }
        News::Closed((order, attempt)) => {
            let _ = ctx.ask(|w| w.tables.payment(order, attempt, payment::Fact::Closed)).await?;
            drive(ctx, order, Input::SessionClosed { attempt }).await.map(drop)
        }
        News::Declined(_) => Ok(()),
        News::Refunded { order, refund, paid_out } => {
            ctx.world.borrow_mut().provider.settle_refund(order, refund, paid_out);
            let told = ctx.world.borrow().provider.refund_state(order, refund).flatten();
            recorded(ctx, order, refund, told).await
        }
    }
}

/// One step of a refund at the provider.
pub async fn carry_on(ctx: &Ctx, order: u32, name: u32) -> Result<(), Gone> {
    let taken = ctx
        .ask(|w| {
            let (now, row) = (w.now_ms, &mut w.tables.orders[order as usize]);
            let refund = row.refunds.get_mut(&name).filter(|r| r.state.is_under_way() && r.next_ms <= now)?;
            refund.next_ms = now + 60_000;
            Some(*refund)
        })
        .await?;
    let Some(refund) = taken else { return Ok(()) };
    if refund.state == State::Sent {
        let told = ctx.provider(|w| w.provider.refund_state(order, name)).await.map_err(|_| Gone)?;
        return recorded(ctx, order, name, told.flatten()).await;
    }
    let blind = ctx.has(Bug::RefundWithoutKey);
    let asked = ctx
        .provider(|w| {
            let luck = w.dice.below(1_000);
            let key = if blind { format!("{luck}") } else { format!("refund-{order}-{name}") };
            w.provider.refund(key, (order, refund.attempt), name, refund.amount, luck)
        })
        .await;
    match asked {
        Ok(Some(told)) => recorded(ctx, order, name, told).await,
        Ok(None) => {
            let _ = ctx.ask(|w| w.tables.record_refund(order, name, Fact::Failed)).await?;
            Ok(())
        }
        Err(Silence::Refused | Silence::NotSent | Silence::Unknown) => Err(Gone),
    }
}

async fn recorded(ctx: &Ctx, order: u32, name: u32, told: Option<bool>) -> Result<(), Gone> {
    let fact = match told {
        None => Fact::Sent,
        Some(true) => Fact::Succeeded,
        Some(false) => Fact::Failed,
    };
    let _ = ctx.ask(|w| w.tables.record_refund(order, name, fact)).await?;
    Ok(())
}

/// Tickets are given back: tables, then Redis, then the provider.
pub async fn give_back(ctx: Ctx, order: u32, tickets: Option<Vec<usize>>) {
    let asked = ctx.ask(|w| w.tables.request_refund(order, tickets.as_deref())).await;
    let Ok(Ok(done)) = asked else { return };
    if tell_returned(&ctx).await.is_err() {
        return;
    }
    if let Some(name) = done.refund.filter(|name| !done.repeated && *name >= DRAWN_FROM) {
        let _ = carry_on(&ctx, order, name).await;
    }
}

/// Tells Redis of what came back, each return once.
pub async fn tell_returned(ctx: &Ctx) -> Result<(), Gone> {
    let untold = ctx.ask(|w| w.tables.untold.clone()).await?;
    for (name, order, seats, places) in untold {
        // Only after the map has shown them as sold, or the sale would be painted over the return.
        if drive(ctx, order, Input::Retry).await?.is_under_way() {
            continue;
        }
        ctx.ask(|w| {
            let seats = seats.iter().map(|&ix| SeatIx(ix)).collect();
            let change = restate(seats, SeatState::Sold, SeatState::Available, i64::from(places));
            let id = HoldId(Uuid::from_u128(u128::from(name) << 64));
            w.redis.restate_once(id, &change, w.now_ms);
        })
        .await?;
        ctx.ask(|w| w.tables.untold.retain(|(known, ..)| *known != name)).await?;
    }
    Ok(())
}

/// The standing check: Redis is put right where it differs from the tables, seat by seat. Answers how often.
pub fn mend(world: &mut crate::world::World) -> usize {
    let (now, mut mended) = (world.now_ms, 0);
    for seat in (0..crate::world::SEATS).map(SeatIx) {
        let sold = world.tables.orders.iter().any(|o| o.active.contains(&seat.0));
        let (from, to) = match (world.redis.states(now).get(seat), sold) {
            (SeatState::Available, true) => (SeatState::Available, SeatState::Sold),
            (SeatState::Sold, false) => (SeatState::Sold, SeatState::Available),
            _ => continue,
        };
        mended += 1;
        world.redis.restate(&restate(vec![seat], from, to, 0), now);
    }
    let claimed: u32 = world.tables.orders.iter().map(|o| o.active_places).sum();
    let left = world.redis.areas(now).get(&crate::world::FLOOR).copied().unwrap_or_default();
    let most = crate::world::PLACES.saturating_sub(claimed);
    if left > most {
        let over = i64::from(left) - i64::from(most);
        world.redis.restate(&restate(Vec::new(), SeatState::Available, SeatState::Available, -over), now);
        mended += 1;
    }
    mended
}

/// One round of every worker: what each looks for now, as tasks of their own.
pub fn ticks(ctx: &Ctx) -> Vec<crate::turns::Task> {
    let mut tasks: Vec<crate::turns::Task> = Vec::new();
    let world = ctx.world.borrow();
    let now = world.now_ms;
    for (at, (news, applied)) in world.inbox.iter().enumerate() {
        if !applied {
            tasks.push(Box::pin(apply(ctx.clone(), at, *news)));
        }
    }
    for (order, row) in (0_u32..).zip(&world.tables.orders) {
        if row.status == order::State::Placed && row.pay_before_ms < now {
            tasks.push(Box::pin(give(ctx.clone(), order, Input::Deadline)));
        }
        if row.checkout.is_open() && row.touched_ms + RETRY_AFTER_MS < now {
            tasks.push(Box::pin(give(ctx.clone(), order, Input::Retry)));
        }
        for (&name, refund) in &row.refunds {
            if refund.state.is_under_way() && refund.next_ms <= now {
                let ctx = ctx.clone();
                tasks.push(Box::pin(async move {
                    let _ = carry_on(&ctx, order, name).await;
                }));
            }
        }
        for (&attempt, known) in &row.attempts {
            if known.payment.state.can_succeed() && known.named && known.hosted {
                tasks.push(Box::pin(ask_about(ctx.clone(), order, attempt)));
            }
        }
    }
    if !world.tables.untold.is_empty() {
        let ctx = ctx.clone();
        tasks.push(Box::pin(async move {
            let _ = tell_returned(&ctx).await;
        }));
    }
    if world.bug != Some(Bug::ForgetNews) {
        compare(ctx, &world, &mut tasks);
    }
    tasks
}

/// Our books against the provider's: money that we do not know goes the way its webhook would have gone.
fn compare(ctx: &Ctx, world: &crate::world::World, tasks: &mut Vec<crate::turns::Task>) {
    for (&(order, attempt), at) in &world.provider.attempts {
        let Some(row) = world.tables.orders.get(order as usize) else { continue };
        let ours = row.attempts.get(&attempt).map(|a| a.payment.state);
        let known = matches!(ours, Some(payment::State::Captured | payment::State::Surplus));
        if *at == At::Taken && !known {
            let ctx = ctx.clone();
            let news = News::Taken((order, attempt));
            tasks.push(Box::pin(async move {
                let _ = applied(&ctx, news).await;
            }));
        }
    }
}
