//! Checkout as a pure machine: `step(state, input) -> (state, commands)`. An executor carries the commands out
//! against the stores and the payment provider and feeds what came of them back in; a simulation can do the same.
//!
//! # The walk
//!
//! ```text
//! Start ─Begin→ Reserving ─Reserved→ Opening ─SessionOpened→ AwaitingPayment ─Captured→ Committing
//!                  │                 Charging ─Captured→ Committing ─Committed→ Settling ─Settled→ Completed
//!                  └refused→ Refused
//! a decline or a closed page: → Ready (reserved, no way to pay open) ─Pay→ Opening | Charging
//! Abandon or Deadline:        → Closing ─SessionClosed→ Releasing ─Released→ Closed
//! money after that:           → Reacquiring ─Reserved→ Committing, or refused → Refund
//! ```
//!
//! # What always holds
//!
//! - INV-6: [`Command::ReleaseSeats`] comes only when the provider has confirmed that no attempt can take money.
//! - [`Command::CommitOrder`] comes only after a capture (or for an order that costs nothing).
//! - INV-4: money captured ends in one commit or in a refund; a second capture is refunded.
//! - One attempt is open at most. Attempts count up from 1; inputs of earlier ones change nothing but money.
//! - Any input may come twice, late, or never. What is repeated changes nothing; for what never came,
//!   [`Input::Retry`] names the outstanding commands again (a worker sends it, also after a restart).
//!
//! # What the executor promises
//!
//! Commands are repeatable: the same command twice has one effect and one answer, a refusal too. Answers carry the `round` or `attempt` of their
//! command. [`Input::SessionClosed`] is given only when nothing of the attempt can succeed any more, a request that is
//! still under way included. When the provider says "already paid", the answer is [`Input::Captured`]. A state is
//! stored before its commands run.

pub mod answers;
mod status;
mod steps;

pub use status::{OrderStatus, PaymentStatus, RefundStatus};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Ways to pay that one order may open, one after the other.
pub const ATTEMPTS_MAX: u32 = 20;

/// How an order is to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// On the provider's hosted page.
    Hosted,
    /// By a payment method that the caller has, at once.
    Direct,
    /// The total is zero.
    Free,
}

/// Why seats went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The buyer left on purpose.
    Abandoned,
    /// Time was up.
    Deadline,
    /// The durable claim was gone at the commit; the money goes back.
    SeatsLost,
}

/// What follows when the open attempt is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Wait for the buyer's next attempt.
    Wait,
    /// Open another way to pay.
    Pay(Method),
    /// Give the seats back.
    Release(Reason),
    /// Commit: an earlier attempt has paid already.
    Commit,
}

/// Where a checkout stands. In most phases one command is outstanding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// There is a hold and nothing else.
    Start,
    /// Seats are being reserved, then paid by this method.
    Reserving(Method),
    /// The hold was gone: nothing was placed.
    Refused,
    /// Reserved, and no way to pay is open.
    Ready,
    /// A hosted page is being opened.
    Opening,
    /// A charge is under way.
    Charging,
    /// Money may come at any time.
    AwaitingPayment,
    /// The attempt is being closed at the provider.
    Closing(Then),
    /// Paid; the order is being committed.
    Committing,
    /// Committed; the hold is being marked sold.
    Settling,
    /// Tickets issued.
    Completed,
    /// Seats are going back.
    Releasing(Reason),
    /// Over, seats given back.
    Closed(Reason),
    /// Money came after the seats went back: trying to have the same seats again.
    Reacquiring,
}

/// How a refund of an attempt's money stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Return {
    /// Asked for.
    UnderWay,
    /// It stands in our books; the workers of refunds carry it on, apart from the checkout.
    Done,
}

/// The state of one checkout; stored with its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// Where it stands.
    pub phase: Phase,
    /// The newest attempt; 0 before the first.
    pub attempt: u32,
    /// The newest attempt charges directly.
    pub direct: bool,
    /// Counts reservations of this order: 1, and one more for each late payment that re-acquires.
    pub round: u32,
    /// The attempt whose money pays the order.
    pub paid: Option<u32>,
    /// The buyer left, or time was up, while an answer was outstanding.
    pub leaving: Option<Reason>,
    /// Attempts whose money goes back.
    pub returns: BTreeMap<u32, Return>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The buyer places the order.
    Begin(Method),
    /// The buyer tries (again) to pay.
    Pay(Method),
    /// The buyer left on purpose.
    Abandon,
    /// Time is up.
    Deadline,
    /// The seats are claimed durably, the order is placed.
    Reserved {
        /// Of the command.
        round: u32,
    },
    /// The hold, or one of the seats, is gone; nothing is claimed.
    ReserveRefused {
        /// Of the command.
        round: u32,
    },
    /// The hosted page is there.
    SessionOpened {
        /// Of the command.
        attempt: u32,
    },
    /// The provider refused to open a page: there is none.
    SessionFailed {
        /// Of the command.
        attempt: u32,
    },
    /// The provider did not answer; a page or a charge may or may not exist.
    Unknown {
        /// Of the command.
        attempt: u32,
    },
    /// Money is taken: answer, webhook or "already paid".
    Captured {
        /// By which attempt.
        attempt: u32,
    },
    /// The bank says no. On a hosted page the buyer may try on, so there it changes nothing; a charge is over with
    /// it (nobody confirms it again).
    Declined {
        /// Which attempt.
        attempt: u32,
    },
    /// The charge is not decided yet.
    ChargePending {
        /// Which attempt.
        attempt: u32,
    },
    /// The bank wants to see the buyer (3-D Secure): the charge is given up for a hosted page.
    ChallengeRequired {
        /// Which attempt.
        attempt: u32,
    },
    /// Nothing of the attempt can succeed any more: closed by call or by itself.
    SessionClosed {
        /// Which attempt.
        attempt: u32,
    },
    /// Reservation committed, tickets issued.
    Committed {
        /// Of the command.
        round: u32,
    },
    /// The claim was gone; nothing is issued.
    CommitRefused {
        /// Of the command.
        round: u32,
    },
    /// The map shows the seats as sold.
    Settled {
        /// Of the command.
        round: u32,
    },
    /// The seats are given back and the order is closed.
    Released {
        /// Of the command.
        round: u32,
    },
    /// The refund stands in our books, to be carried on apart from the checkout.
    Refunded {
        /// Whose money.
        attempt: u32,
    },
    /// Name the outstanding commands again.
    Retry,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Turn the hold into a durable claim and place the order; in a later round, claim the same seats anew.
    ReserveSeats {
        /// To be given back in the answer; 1 is the first.
        round: u32,
    },
    /// Open a hosted page.
    OpenSession {
        /// Part of the idempotency key.
        attempt: u32,
    },
    /// Charge the caller's payment method.
    Charge {
        /// Part of the idempotency key.
        attempt: u32,
    },
    /// Make sure that the attempt can take no money: expire the page, cancel the charge.
    ExpireSession {
        /// Which attempt.
        attempt: u32,
    },
    /// One transaction: payment captured, reservation committed, tickets issued, facts written.
    CommitOrder {
        /// To be given back in the answer.
        round: u32,
        /// Whose money; `None` when the order costs nothing.
        attempt: Option<u32>,
    },
    /// Mark the hold's seats sold on the map.
    SettleHold {
        /// To be given back in the answer.
        round: u32,
    },
    /// Close the order and give its seats back.
    ReleaseSeats {
        /// To be given back in the answer.
        round: u32,
        /// Why.
        reason: Reason,
    },
    /// Give the money of an attempt back.
    Refund {
        /// Whose money.
        attempt: u32,
    },
}

impl Default for Checkout {
    fn default() -> Self {
        Self {
            phase: Phase::Start,
            attempt: 0,
            direct: false,
            round: 0,
            paid: None,
            leaving: None,
            returns: BTreeMap::new(),
        }
    }
}

/// What follows from `input` in `state`. Total: an input that means nothing now changes nothing.
pub fn step(state: &Checkout, input: Input) -> (Checkout, Vec<Command>) {
    let mut next = state.clone();
    let commands = next.take(input);
    (next, commands)
}

#[cfg(test)]
mod tests;
