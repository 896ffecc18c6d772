//! Carries the machine's commands out against the models, as `services::checkout` does against the stores: the same
//! calls in the same order, the same words for their answers.

use crate::{
    Bug,
    provider::{charged, page},
    tables::{Commit, Refused, Release},
    workers::carry_on,
    world::{Ctx, Gone, PAY_WINDOW_MS, World, token},
};
use domain::{
    checkout::{
        Checkout, Command, Input, Method, Phase, Reason,
        answers::{self, Silence},
        step,
    },
    hold::ConvertOutcome,
    order::{self, Ending},
    payment::{Fact, State},
    seat::SeatIx,
};
use std::collections::VecDeque;

const TURNS_MAX: u32 = 12;

/// Places the order of a hold and drives it; what a buyer's request does.
pub async fn check_out(ctx: Ctx, hold: u32, key: u32, method: Method) {
    if let Ok(Some(order)) = place(&ctx, hold, key).await {
        let Ok(started) = ctx.ask(|w| w.tables.orders[order as usize].checkout.phase != Phase::Start).await
        else {
            return;
        };
        let input = if started { Input::Pay(method) } else { Input::Begin(method) };
        let _ = drive(&ctx, order, input).await;
    }
}

/// An input from elsewhere.
pub async fn give(ctx: Ctx, order: u32, input: Input) {
    let _ = drive(&ctx, order, input).await;
}

async fn place(ctx: &Ctx, hold: u32, key: u32) -> Result<Option<u32>, Gone> {
    let living = ctx
        .ask(|w| {
            let alive = |s| matches!(s, order::State::Placed | order::State::Completed);
            let of = |o: &crate::tables::Order| o.hold == hold && alive(o.status);
            w.tables
                .orders
                .iter()
                .position(of)
                .map(|at| (u32::try_from(at).unwrap_or(0), w.tables.orders[at].status))
        })
        .await?;
    if let Some((order, status)) = living {
        if status == order::State::Placed {
            return Ok(reserved(ctx, hold, order).await?.then_some(order));
        }
        return Ok(Some(order));
    }
    let id = World::hold_id(hold);
    let Some(found) = ctx.ask(|w| w.redis.find(id, w.now_ms)).await? else { return Ok(None) };
    let seats: Vec<u32> = found.seats.iter().map(|seat| seat.0).collect();
    let places = found.areas.iter().map(|(_, n)| *n).sum();
    let placed = ctx.ask(|w| w.tables.place(hold, key, &seats, places, w.now_ms + PAY_WINDOW_MS)).await?;
    match placed {
        Ok((order, _)) => Ok(reserved(ctx, hold, order).await?.then_some(order)),
        Err(_) => {
            ctx.ask(|w| w.redis.release(id, &token(hold), w.now_ms)).await?;
            Ok(None)
        }
    }
}

/// Held → reserved. A hold that ran out in the last moment gives its order up.
async fn reserved(ctx: &Ctx, hold: u32, order: u32) -> Result<bool, Gone> {
    let id = World::hold_id(hold);
    let told = ctx.ask(|w| w.redis.convert(id, &token(hold), PAY_WINDOW_MS, w.now_ms)).await?;
    if matches!(told, ConvertOutcome::Done(_) | ConvertOutcome::NotLoaded) {
        return Ok(true);
    }
    let done = ctx.ask(|w| w.release(order, Ending::Cancelled)).await?;
    Ok(matches!(done, Ok(Release::Completed) | Err(Refused::PaymentOpen)))
}

/// Gives an input to an order's checkout and does what follows.
pub async fn drive(ctx: &Ctx, order: u32, input: Input) -> Result<Checkout, Gone> {
    let mut inputs = VecDeque::from([input]);
    let (mut state, mut version) = load(ctx, order).await?;
    let mut turns = 0;
    while let Some(input) = inputs.pop_front() {
        if !matches!(input, Input::Begin(_)) && state.phase == Phase::Start {
            state.phase = Phase::Ready;
            state.round = 1;
        }
        let (next, commands) = step(&state, input);
        if next != state {
            let stored = ctx.ask(|w| w.tables.store(order, next.clone(), version, w.now_ms)).await?;
            if stored != Ok(true) {
                turns += 1;
                if turns > TURNS_MAX {
                    return Err(Gone);
                }
                (state, version) = load(ctx, order).await?;
                inputs.push_front(input);
                continue;
            }
            version += 1;
        }
        state = next;
        for command in commands {
            if ctx.twice() {
                inputs.extend(execute(ctx, order, &state, command).await?);
            }
            inputs.extend(execute(ctx, order, &state, command).await?);
        }
    }
    Ok(state)
}

async fn load(ctx: &Ctx, order: u32) -> Result<(Checkout, u32), Gone> {
    ctx.ask(|w| {
        let row = &w.tables.orders[order as usize];
        (row.checkout.clone(), row.version)
    })
    .await
}

async fn execute(ctx: &Ctx, order: u32, state: &Checkout, command: Command) -> Result<Option<Input>, Gone> {
    match command {
        Command::ReserveSeats { round } => Ok(Some(Input::Reserved { round })),
        Command::OpenSession { attempt } => open(ctx, order, attempt).await,
        Command::Charge { attempt } => charge(ctx, order, attempt).await,
        Command::ExpireSession { attempt } if ctx.has(Bug::ReleaseBeforeClosing) => {
            Ok(Some(Input::SessionClosed { attempt }))
        }
        Command::ExpireSession { attempt } => expire(ctx, order, attempt).await,
        Command::CommitOrder { round, attempt } => {
            let late = round > 1 || state.phase == Phase::Reacquiring;
            commit(ctx, order, round, attempt, late).await
        }
        Command::SettleHold { round } => {
            settle(ctx, order, true).await?;
            Ok(Some(Input::Settled { round }))
        }
        Command::ReleaseSeats { round, reason } => give_back(ctx, order, round, reason).await,
        Command::Refund { attempt } => {
            let marked = ctx.ask(|w| w.tables.surplus(order, attempt)).await?;
            if marked.is_err() {
                return Err(Gone);
            }
            let _ = carry_on(ctx, order, attempt).await;
            Ok(Some(Input::Refunded { attempt }))
        }
    }
}

/// The state of the attempt's payment, and whether nobody can have asked the provider before; `None` when the order
/// is over.
async fn begin(ctx: &Ctx, order: u32, attempt: u32, hosted: bool) -> Result<Option<(State, bool)>, Gone> {
    let known =
        ctx.ask(|w| w.tables.orders[order as usize].attempts.get(&attempt).map(|a| a.payment.state)).await?;
    if let Some(known) = known {
        return Ok(Some((known, false)));
    }
    match ctx.ask(|w| w.tables.begin(order, attempt, hosted)).await? {
        Ok((live, new)) if live == attempt => Ok(Some((State::Creating, new))),
        Ok(_) => Err(Gone),
        Err(_) => Ok(None),
    }
}

/// Whoever asks for a payment that another process had begun says so first.
async fn asked_again(ctx: &Ctx, order: u32, attempt: u32, state: State, first: bool) -> Result<State, Gone> {
    if first {
        return Ok(state);
    }
    ctx.ask(|w| w.tables.asked(order, attempt)).await?.map_err(|_| Gone)
}

/// The provider refuses some payments for good, whoever asks.
fn refused(key: (u32, u32)) -> bool {
    (key.0 * 7 + key.1 * 13).is_multiple_of(29)
}

async fn open(ctx: &Ctx, order: u32, attempt: u32) -> Result<Option<Input>, Gone> {
    let Some((state, first)) = begin(ctx, order, attempt, true).await? else {
        return Ok(Some(Input::SessionFailed { attempt }));
    };
    let state = asked_again(ctx, order, attempt, state, first).await?;
    if let Some(known) = answers::known(state, attempt) {
        return if stray(ctx, order, attempt).await? {
            shut(ctx, order, attempt).await
        } else {
            Ok(Some(known))
        };
    }
    let key = (order, attempt);
    let opened = if refused(key) {
        Err(Silence::Refused)
    } else {
        ctx.provider(|w| {
            let total = w.tables.orders[order as usize].total();
            w.open(key, total)
        })
        .await
    };
    match opened {
        Ok(_) => {
            let _ = ctx.ask(|w| w.tables.opened(order, attempt)).await?;
            if stray(ctx, order, attempt).await? {
                return shut(ctx, order, attempt).await;
            }
            Ok(Some(Input::SessionOpened { attempt }))
        }
        Err(silence) => {
            let silence = heard(ctx, order, attempt, silence).await?;
            Ok(Some(answers::not_opened(silence, attempt)))
        }
    }
}

/// Nothing was sent: an end unless another process has begun to ask meanwhile, or had asked before.
async fn heard(ctx: &Ctx, order: u32, attempt: u32, silence: Silence) -> Result<Silence, Gone> {
    match silence {
        Silence::Unknown => Ok(silence),
        Silence::Refused => {
            let _ = ctx.ask(|w| w.tables.payment(order, attempt, Fact::Failed)).await?;
            Ok(silence)
        }
        Silence::NotSent => {
            let ended = ctx.ask(|w| w.tables.never_sent(order, attempt)).await?;
            Ok(if ended == Ok(true) { silence } else { Silence::Unknown })
        }
    }
}

async fn charge(ctx: &Ctx, order: u32, attempt: u32) -> Result<Option<Input>, Gone> {
    let Some((state, first)) = begin(ctx, order, attempt, false).await? else {
        return Ok(Some(Input::Declined { attempt }));
    };
    let state = asked_again(ctx, order, attempt, state, first).await?;
    match state {
        State::Failed | State::Expired => return Ok(Some(Input::Declined { attempt })),
        State::Captured | State::Surplus => return Ok(Some(Input::Captured { attempt })),
        State::Creating | State::Open | State::Processing => {}
    }
    match ask_charge(ctx, order, attempt).await {
        Ok(outcome) => {
            let noted = match outcome {
                answers::Charged::Declined => {
                    ctx.ask(|w| w.tables.payment(order, attempt, Fact::Failed)).await?.map(drop)
                }
                _ => ctx.ask(|w| w.tables.opened(order, attempt)).await?.map(drop),
            };
            noted.map_err(|_| Gone)?;
            if outcome == answers::Charged::Processing {
                let _ = ctx.ask(|w| w.tables.payment(order, attempt, Fact::Processing)).await?;
            }
            Ok(Some(answers::charged(outcome, attempt)))
        }
        Err(silence) => {
            let silence = heard(ctx, order, attempt, silence).await?;
            Ok(Some(answers::not_charged(silence, attempt)))
        }
    }
}

async fn ask_charge(ctx: &Ctx, order: u32, attempt: u32) -> Result<answers::Charged, Silence> {
    ctx.provider(|w| {
        let total = w.tables.orders[order as usize].total();
        w.charge((order, attempt), total)
    })
    .await
}

async fn expire(ctx: &Ctx, order: u32, attempt: u32) -> Result<Option<Input>, Gone> {
    let known = ctx.ask(|w| w.tables.orders[order as usize].attempts.get(&attempt).copied()).await?;
    let Some(known) = known else {
        // Written down as ended: whoever was slow to begin it finds it so.
        if let Ok((live, true)) = ctx.ask(|w| w.tables.begin(order, attempt, true)).await?
            && live == attempt
        {
            let _ = ctx.ask(|w| w.tables.payment(order, attempt, Fact::Failed)).await?;
        }
        return Ok(Some(Input::SessionClosed { attempt }));
    };
    if is_stray(&known) {
        return shut(ctx, order, attempt).await;
    }
    if let Some(answer) = answers::known(known.payment.state, attempt) {
        return Ok(Some(answer));
    }
    if known.hosted {
        close_page(ctx, order, attempt, known.named).await
    } else {
        close_charge(ctx, order, attempt, known.named).await
    }
}

async fn close_page(ctx: &Ctx, order: u32, attempt: u32, named: bool) -> Result<Option<Input>, Gone> {
    if !named {
        // The answer was lost: the same key gives the same page, which can then be closed.
        open(ctx, order, attempt).await?;
        let named =
            ctx.ask(|w| w.tables.orders[order as usize].attempts.get(&attempt).is_some_and(|a| a.named));
        if !named.await? {
            return Ok(None);
        }
    }
    shut(ctx, order, attempt).await
}

/// A page that is there although its attempt was given up as never opened: it may take money until it is closed.
fn is_stray(known: &crate::tables::Attempt) -> bool {
    known.hosted && known.named && known.payment.state == State::Failed
}

async fn stray(ctx: &Ctx, order: u32, attempt: u32) -> Result<bool, Gone> {
    ctx.ask(|w| w.tables.orders[order as usize].attempts.get(&attempt).is_some_and(is_stray)).await
}

async fn shut(ctx: &Ctx, order: u32, attempt: u32) -> Result<Option<Input>, Gone> {
    let told = ctx.provider(|w| w.provider.expire((order, attempt))).await.map_err(|_| Gone)?;
    match told {
        answers::Page::Expired => {
            let _ = ctx.ask(|w| w.tables.payment(order, attempt, Fact::Closed)).await?;
        }
        answers::Page::Paid => {
            let _ = ctx.ask(|w| w.tables.opened(order, attempt)).await?;
        }
        answers::Page::Open | answers::Page::Processing => {}
    }
    Ok(answers::page_closed(told, attempt))
}

async fn close_charge(ctx: &Ctx, order: u32, attempt: u32, named: bool) -> Result<Option<Input>, Gone> {
    let told = if named {
        let at = ctx.provider(|w| w.provider.look((order, attempt))).await.map_err(|_| Gone)?;
        at.map_or(answers::Charged::Declined, charged)
    } else {
        ask_charge(ctx, order, attempt).await.map_err(|_| Gone)?
    };
    match told {
        answers::Charged::Captured => {
            let _ = ctx.ask(|w| w.tables.opened(order, attempt)).await?;
        }
        answers::Charged::Declined | answers::Charged::Challenge => {
            let _ = ctx.ask(|w| w.tables.payment(order, attempt, Fact::Failed)).await?;
        }
        answers::Charged::Processing => {}
    }
    Ok(answers::charge_closed(told, attempt))
}

async fn commit(
    ctx: &Ctx,
    order: u32,
    round: u32,
    attempt: Option<u32>,
    late: bool,
) -> Result<Option<Input>, Gone> {
    let done = if late {
        ctx.ask(|w| w.tables.commit_late(order, attempt)).await?
    } else {
        match ctx.ask(|w| w.tables.commit(order, attempt)).await? {
            Ok(Commit::Late) => ctx.ask(|w| w.tables.commit_late(order, attempt)).await?,
            done => done,
        }
    };
    let end = match done {
        Ok(Commit::Issued) => answers::Commit::Issued,
        Ok(Commit::Already) => answers::Commit::Already,
        Ok(Commit::Late) | Err(_) => answers::Commit::Refused,
    };
    Ok(Some(answers::committed(end, round)))
}

async fn settle(ctx: &Ctx, order: u32, sold: bool) -> Result<(), Gone> {
    ctx.ask(|w| {
        let row = &w.tables.orders[order as usize];
        let mut seats: Vec<SeatIx> = row.seats.iter().map(|&ix| SeatIx(ix)).collect();
        seats.sort_unstable();
        let hold = World::hold_id(row.hold);
        w.redis.settle(hold, &seats, sold, w.now_ms);
    })
    .await
}

async fn give_back(ctx: &Ctx, order: u32, round: u32, reason: Reason) -> Result<Option<Input>, Gone> {
    let strays = ctx.ask(|w| {
        let attempts = w.tables.orders[order as usize].attempts.iter();
        attempts.filter(|(_, known)| is_stray(known)).map(|(attempt, _)| *attempt).collect::<Vec<_>>()
    });
    for attempt in strays.await? {
        if let Some(Input::Captured { .. }) = shut(ctx, order, attempt).await? {
            return Ok(Some(Input::Captured { attempt }));
        }
    }
    let ending = if reason == Reason::Deadline { Ending::Expired } else { Ending::Cancelled };
    match ctx.ask(|w| w.release(order, ending)).await? {
        Ok(Release::Freed | Release::Already) => {
            settle(ctx, order, false).await?;
            Ok(Some(answers::released(answers::Release::Freed, round)))
        }
        Ok(Release::Completed) => Ok(Some(answers::released(answers::Release::Completed, round))),
        Err(_) => Err(Gone),
    }
}

/// Looks at a page that nobody told of for a while.
pub async fn ask_about(ctx: Ctx, order: u32, attempt: u32) {
    let Ok(Some(at)) = ctx.provider(|w| w.provider.look((order, attempt))).await else { return };
    let seen = answers::page_seen(page(at), attempt);
    if let Some(Input::SessionClosed { .. }) = seen
        && ctx.ask(|w| w.tables.payment(order, attempt, Fact::Closed)).await.is_err()
    {
        return;
    }
    if let Some(input) = seen {
        let _ = drive(&ctx, order, input).await;
    }
}
