//! What PostgreSQL does, in plain memory: the same methods with the same answers, each one transaction. Held against
//! the real tables by random command sequences (`store_pg/tests/it/model.rs`).

pub mod back;

use crate::Bug;
use domain::{
    checkout::{Checkout, PaymentStatus, RefundStatus},
    order::{self, Ending},
    payment::{self, Effect, Payment},
    refund,
};
use std::collections::{BTreeMap, BTreeSet};

/// What every ticket costs.
pub const PRICE: i64 = 100;

/// Why a transaction changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Seats or places are somebody else's.
    Taken,
    /// The thing is in another state.
    WrongState,
    /// A payment can still succeed.
    PaymentOpen,
    /// Not the order's total.
    Amount,
    /// There is no such thing.
    Missing,
}

/// A claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Checkout runs.
    Pending,
    /// Sold.
    Committed,
    /// Given up.
    Voided,
    /// Not paid in time.
    Expired,
}

/// A ticket: its seat (none for a place) and whether it is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The seat.
    pub seat: Option<u32>,
    /// It admits.
    pub good: bool,
}

/// An attempt to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// On both axes.
    pub payment: Payment,
    /// On a page; else a charge.
    pub hosted: bool,
    /// The provider's name of it is known.
    pub named: bool,
}

/// A refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Whose money.
    pub attempt: u32,
    /// How much.
    pub amount: i64,
    /// Where it stands.
    pub state: refund::State,
    /// When a worker looks again.
    pub next_ms: u64,
}

/// An order with everything that hangs on it.
#[derive(Clone, Debug)]
pub struct Order {
    /// The hold it came from.
    pub hold: u32,
    /// The buyer's key of the request.
    pub key: u32,
    /// What became of it.
    pub status: order::State,
    /// What became of the money.
    pub payment: PaymentStatus,
    /// What went back.
    pub refund: RefundStatus,
    /// Its seats.
    pub seats: Vec<u32>,
    /// Its places.
    pub places: u32,
    /// Its claim.
    pub claim: Claim,
    /// Seats that the claim has now.
    pub active: BTreeSet<u32>,
    /// Places that the claim has now.
    pub active_places: u32,
    /// Its tickets; a late commit never issues a second set beside a good one.
    pub tickets: Vec<Ticket>,
    /// Attempts to pay by number.
    pub attempts: BTreeMap<u32, Attempt>,
    /// Refunds by our name of them.
    pub refunds: BTreeMap<u32, Refund>,
    /// Deadline of the payment.
    pub pay_before_ms: u64,
    /// Where its checkout stands.
    pub checkout: Checkout,
    /// Counts writes of the checkout.
    pub version: u32,
    /// The last of them.
    pub touched_ms: u64,
}

impl Order {
    /// What it costs.
    pub fn total(&self) -> i64 {
        PRICE * i64::try_from(self.seats.len() + self.places as usize).unwrap_or(i64::MAX)
    }
}

/// What came of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// Tickets were issued now.
    Issued,
    /// They were there.
    Already,
    /// The order was given up before.
    Late,
}

/// What came of giving up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Free now.
    Freed,
    /// It was given up before.
    Already,
    /// It is paid.
    Completed,
}

/// All tables.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Orders by number.
    pub orders: Vec<Order>,
    /// Places there are beside the seats.
    pub capacity: u32,
    /// Returned seats and places that Redis was not told of: name, order, seats, places.
    pub untold: Vec<(u32, u32, Vec<u32>, u32)>,
    /// Names drawn so far.
    pub names: u32,
    /// A planted mistake.
    pub bug: Option<Bug>,
}

impl Tables {
    /// Tables of an event with so many places.
    pub fn new(capacity: u32, bug: Option<Bug>) -> Self {
        Self { capacity, bug, ..Self::default() }
    }

    fn order_mut(&mut self, order: u32) -> Result<&mut Order, Refused> {
        self.orders.get_mut(order as usize).ok_or(Refused::Missing)
    }

    fn taken(&self, seats: &[u32], places: u32) -> bool {
        let seat_taken = |seat: &u32| self.orders.iter().any(|o| o.active.contains(seat));
        let claimed: u32 = self.orders.iter().map(|o| o.active_places).sum();
        seats.iter().any(seat_taken) || claimed + places > self.capacity
    }

    /// As `place_order`: the number, and whether it was there before.
    pub fn place(
        &mut self,
        hold: u32,
        key: u32,
        seats: &[u32],
        places: u32,
        pay_before_ms: u64,
    ) -> Result<(u32, bool), Refused> {
        let alive = |o: &Order| matches!(o.status, order::State::Placed | order::State::Completed);
        let same = |o: &&Order| o.hold == hold && (o.key == key || alive(o));
        let known = self.orders.iter().enumerate().filter(|(_, o)| same(o)).max_by_key(|(_, o)| o.key == key);
        if let Some((known, _)) = known {
            return Ok((u32::try_from(known).unwrap_or(u32::MAX), true));
        }
        if self.bug != Some(Bug::SkipClaim) && self.taken(seats, places) {
            return Err(Refused::Taken);
        }
        self.orders.push(Order {
            hold,
            key,
            status: order::State::Placed,
            payment: PaymentStatus::None,
            refund: RefundStatus::None,
            seats: seats.to_vec(),
            places,
            claim: Claim::Pending,
            active: seats.iter().copied().collect(),
            active_places: places,
            tickets: Vec::new(),
            attempts: BTreeMap::new(),
            refunds: BTreeMap::new(),
            pay_before_ms,
            checkout: Checkout::default(),
            version: 0,
            touched_ms: 0,
        });
        Ok((u32::try_from(self.orders.len() - 1).unwrap_or(u32::MAX), false))
    }

    /// As `begin_payment`: the attempt that is live now, and whether it is new.
    pub fn begin(&mut self, order: u32, attempt: u32, hosted: bool) -> Result<(u32, bool), Refused> {
        let row = self.order_mut(order)?;
        if row.status != order::State::Placed {
            return Err(Refused::WrongState);
        }
        if let Some((live, _)) = row.attempts.iter().find(|(_, a)| a.payment.state.can_succeed()) {
            return Ok((*live, false));
        }
        if row.attempts.contains_key(&attempt) {
            return Err(Refused::WrongState);
        }
        row.attempts.insert(attempt, Attempt { payment: Payment::NEW, hosted, named: false });
        pays(row, PaymentStatus::Pending);
        Ok((attempt, true))
    }

    /// As `payment_opened`: whether it was new.
    pub fn opened(&mut self, order: u32, attempt: u32) -> Result<bool, Refused> {
        let row = self.order_mut(order)?.attempts.get_mut(&attempt).ok_or(Refused::Missing)?;
        row.named = true;
        let was_new = row.payment.state == payment::State::Creating;
        if let Ok((next, _)) = payment::step(row.payment, payment::Fact::Opened) {
            row.payment = next;
        }
        Ok(was_new)
    }

    /// As `close_payment` for one that was never sent: `false` when another process may have sent it.
    pub fn never_sent(&mut self, order: u32, attempt: u32) -> Result<bool, Refused> {
        let known = self.order_mut(order)?.attempts.get(&attempt).ok_or(Refused::Missing)?;
        if known.payment.state != payment::State::Creating {
            return Ok(false);
        }
        self.payment(order, attempt, payment::Fact::Failed)
    }

    /// As `payment_opened` without a name: somebody is about to ask. Where the payment stands then.
    pub fn asked(&mut self, order: u32, attempt: u32) -> Result<payment::State, Refused> {
        let row = self.order_mut(order)?.attempts.get_mut(&attempt).ok_or(Refused::Missing)?;
        if let Ok((next, _)) = payment::step(row.payment, payment::Fact::Opened) {
            row.payment = next;
        }
        Ok(row.payment.state)
    }

    /// As `payment_processing` and `close_payment`: whether it changed anything.
    pub fn payment(&mut self, order: u32, attempt: u32, fact: payment::Fact) -> Result<bool, Refused> {
        let row = self.order_mut(order)?;
        let known = row.attempts.get_mut(&attempt).ok_or(Refused::Missing)?;
        let Ok((next, effects)) = payment::step(known.payment, fact) else { return Ok(false) };
        known.payment = next;
        for effect in effects {
            if let Effect::Order(status) = effect {
                pays(row, *status);
            }
        }
        Ok(true)
    }

    /// As `commit_captured`.
    pub fn commit(&mut self, order: u32, attempt: Option<u32>) -> Result<Commit, Refused> {
        let bug = self.bug;
        let row = self.order_mut(order)?;
        match order::step(row.status, order::Fact::Committed) {
            Err(order::Refusal::Already) if bug == Some(Bug::CommitTwice) => {
                issue(row);
                return Ok(Commit::Issued);
            }
            Err(order::Refusal::Already) => return Ok(Commit::Already),
            Err(_) => return Ok(Commit::Late),
            Ok(_) => {}
        }
        let paid = if attempt.is_some() { row.total() } else { 0 };
        if paid != row.total() {
            return Err(Refused::Amount);
        }
        complete(row, attempt)?;
        Ok(Commit::Issued)
    }

    /// As `commit_late`.
    pub fn commit_late(&mut self, order: u32, attempt: Option<u32>) -> Result<Commit, Refused> {
        let row = self.order_mut(order)?;
        if order::step(row.status, order::Fact::CommittedLate).is_err() {
            return self.commit(order, attempt);
        }
        if attempt.is_none() {
            return Err(Refused::Amount);
        }
        let (seats, places, hold) = (row.seats.clone(), row.places, row.hold);
        let blind = self.bug == Some(Bug::LateWithoutClaim);
        if !blind && self.taken(&seats, places) {
            return Err(Refused::Taken);
        }
        let alive = |o: &Order| matches!(o.claim, Claim::Pending | Claim::Committed);
        if self.orders.iter().any(|o| o.hold == hold && alive(o)) {
            return Err(Refused::WrongState);
        }
        let row = self.order_mut(order)?;
        complete(row, attempt)?;
        row.active = seats.into_iter().collect();
        row.active_places = places;
        Ok(Commit::Issued)
    }

    /// As `release_order`.
    pub fn release(&mut self, order: u32, ending: Ending) -> Result<Release, Refused> {
        let bug = self.bug;
        let row = self.order_mut(order)?;
        let next = match order::step(row.status, order::Fact::GivenUp(ending)) {
            Ok((next, _)) => next,
            Err(order::Refusal::Completed) => return Ok(Release::Completed),
            Err(_) => return Ok(Release::Already),
        };
        let open = |a: &Attempt| a.payment.state.can_succeed() || a.payment.state == payment::State::Captured;
        if bug != Some(Bug::ReleaseBeforeClosing) && row.attempts.values().any(open) {
            return Err(Refused::PaymentOpen);
        }
        row.status = next;
        row.claim = if ending == Ending::Cancelled { Claim::Voided } else { Claim::Expired };
        row.active.clear();
        row.active_places = 0;
        Ok(Release::Freed)
    }

    /// As `store_checkout`: `false` when somebody else was faster.
    pub fn store(&mut self, order: u32, next: Checkout, version: u32, now_ms: u64) -> Result<bool, Refused> {
        let bug = self.bug;
        let row = self.order_mut(order)?;
        if row.version != version {
            return Ok(false);
        }
        if bug != Some(Bug::StoreNothing) {
            row.checkout = next;
        }
        row.version += 1;
        row.touched_ms = now_ms;
        Ok(true)
    }
}

fn pays(row: &mut Order, status: PaymentStatus) {
    if row.payment != PaymentStatus::Captured {
        row.payment = status;
    }
}

fn issue(row: &mut Order) {
    row.tickets.extend(row.seats.iter().map(|&seat| Ticket { seat: Some(seat), good: true }));
    row.tickets.extend((0..row.places).map(|_| Ticket { seat: None, good: true }));
}

/// The order has its money and its tickets.
fn complete(row: &mut Order, attempt: Option<u32>) -> Result<(), Refused> {
    if row.status == order::State::Placed && row.payment == PaymentStatus::Captured {
        return Err(Refused::WrongState);
    }
    if let Some(attempt) = attempt {
        let known = row.attempts.get_mut(&attempt).ok_or(Refused::WrongState)?;
        let (next, _) =
            payment::step(known.payment, payment::Fact::Captured).map_err(|_| Refused::WrongState)?;
        known.payment = next;
        row.payment = PaymentStatus::Captured;
    }
    row.status = order::State::Completed;
    row.refund = RefundStatus::None;
    row.claim = Claim::Committed;
    issue(row);
    Ok(())
}
