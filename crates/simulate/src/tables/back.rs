//! Money that goes back, in the tables.

use super::{Order, PRICE, Refund, Refused, Tables};
use crate::Bug;
use domain::{
    checkout::{PaymentStatus, RefundStatus},
    order, payment,
    refund::{self, Effect, Fact, State},
};

/// What came of asking for money back: the refund's name, and whether it was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requested {
    /// Money goes back under this name.
    pub refund: Option<u32>,
    /// These tickets were given back before.
    pub repeated: bool,
}

/// Surplus refunds have the attempt's own name; others are drawn above it.
pub const DRAWN_FROM: u32 = 1_000;

impl Tables {
    /// As `mark_surplus`: whether it was news. The refund stands with it.
    pub fn surplus(&mut self, order: u32, attempt: u32) -> Result<bool, Refused> {
        let row = self.order_mut(order)?;
        let total = row.total();
        let known = row.attempts.get_mut(&attempt).ok_or(Refused::Missing)?;
        let news = match payment::step(known.payment, payment::Fact::Surplus) {
            Ok((next, _)) => {
                known.payment = next;
                if matches!(row.status, order::State::Cancelled | order::State::Expired) {
                    row.payment = PaymentStatus::Captured;
                }
                true
            }
            Err(_) => false,
        };
        if row.attempts[&attempt].payment.state == payment::State::Surplus {
            let new = Refund { attempt, amount: total, state: State::Approved, next_ms: 0 };
            row.refunds.entry(attempt).or_insert(new);
        }
        Ok(news)
    }

    /// As `request_refund` for these tickets (by position), or all that are good.
    pub fn request_refund(&mut self, order: u32, tickets: Option<&[usize]>) -> Result<Requested, Refused> {
        let bug = self.bug;
        let name = DRAWN_FROM + self.names;
        let row = self.order_mut(order)?;
        if row.status != order::State::Completed {
            return Err(Refused::WrongState);
        }
        let all: Vec<usize> = (0..row.tickets.len()).collect();
        let wanted = tickets.unwrap_or(&all);
        if wanted.iter().any(|&at| at >= row.tickets.len()) {
            return Err(Refused::Missing);
        }
        let mut chosen: Vec<usize> = wanted.iter().copied().filter(|&at| row.tickets[at].good).collect();
        chosen.sort_unstable();
        chosen.dedup();
        if chosen.is_empty() {
            let refund = row.refunds.keys().copied().rfind(|&name| name >= DRAWN_FROM);
            return Ok(Requested { refund, repeated: true });
        }
        let (mut seats, mut places) = (Vec::new(), 0);
        for &at in &chosen {
            let ticket = &mut row.tickets[at];
            ticket.good = bug == Some(Bug::ReturnKeepsTicket);
            match ticket.seat {
                Some(seat) => {
                    row.active.remove(&seat);
                    seats.push(seat);
                }
                None => {
                    row.active_places = row.active_places.saturating_sub(1);
                    places += 1;
                }
            }
        }
        let pays = row.attempts.iter().find(|(_, a)| a.payment.state == payment::State::Captured);
        let refund = pays.map(|(attempt, _)| *attempt).map(|attempt| {
            let amount = PRICE * i64::try_from(chosen.len()).unwrap_or(i64::MAX);
            row.refunds.insert(name, Refund { attempt, amount, state: State::Approved, next_ms: 0 });
            name
        });
        self.names += 1;
        self.untold.push((name, order, seats, places));
        Ok(Requested { refund, repeated: false })
    }

    /// As `record_refund` for a refund of ours: whether it was news.
    pub fn record_refund(&mut self, order: u32, name: u32, fact: Fact) -> Result<bool, Refused> {
        let row = self.order_mut(order)?;
        let known = row.refunds.get_mut(&name).ok_or(Refused::Missing)?;
        let Ok((next, effects)) = refund::step(known.state, fact) else { return Ok(false) };
        known.state = next;
        if effects.contains(&Effect::SumUp) {
            row.refund = summed(row);
        }
        Ok(true)
    }
}

/// How much of the order's money went back.
fn summed(row: &Order) -> RefundStatus {
    let counts = |attempt: &u32| match row.attempts[attempt].payment.state {
        payment::State::Captured => true,
        payment::State::Surplus => row.status != order::State::Completed,
        _ => false,
    };
    let taken: i64 = row.attempts.keys().filter(|a| counts(a)).map(|_| row.total()).sum();
    let of = |r: &&Refund| r.state == State::Succeeded && counts(&r.attempt);
    let back: i64 = row.refunds.values().filter(of).map(|r| r.amount).sum();
    match back {
        0 => RefundStatus::None,
        back if back < taken => RefundStatus::Partial,
        _ => RefundStatus::Full,
    }
}
