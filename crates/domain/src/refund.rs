//! Money on its way back as a state machine: `step(state, fact) -> (state, effects)`, or a named refusal; and how much
//! of a payment belongs to which ticket.
//!
//! ```text
//! Requested ─Approved→ Approved ─Sent→ Sent ─Succeeded→ Succeeded ─Failed→ Failed
//! ```
//!
//! A refund stands in our books before the provider is asked, so that a process may die in between. States only move
//! on: the provider's news may come twice, in any order, and before its answer to our own call. A refund that had
//! succeeded may still fail (the buyer's bank sends it back). The store's guarded statements expect exactly
//! [`sources`] of their fact.

mod policy;

pub use policy::{Policy, TooLate};

use crate::{
    ids::{OrderLineId, TicketId},
    money::{Money, MoneyError},
};
use serde::{Deserialize, Serialize};

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Asked for; somebody has to approve it.
    Requested,
    /// To be sent; the provider may know it already.
    Approved,
    /// The provider has it.
    Sent,
    /// On its way to the buyer's account.
    Succeeded,
    /// It did not go through: the money is with us, and somebody must send it by another way.
    Failed,
}

/// What happened to a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It may be sent.
    Approved,
    /// The provider has it.
    Sent,
    /// The provider has paid it out.
    Succeeded,
    /// The provider, or the buyer's bank, did not take it.
    Failed,
}

/// What follows from a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The provider is to be asked.
    Send,
    /// The order's refund axis is to be summed up anew.
    SumUp,
    /// Somebody has to look.
    Alert,
}

/// Why a fact changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is so already, or further.
    #[error("the refund is there already")]
    Already,
}

/// Every state, in the order in which a refund moves.
pub const STATES: [State; 5] =
    [State::Requested, State::Approved, State::Sent, State::Succeeded, State::Failed];

impl State {
    /// Its name in the tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Sent => "sent",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        STATES.into_iter().find(|state| state.name() == name)
    }

    /// Whether something is still to happen by itself.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Approved | Self::Sent)
    }
}

impl Fact {
    /// Where the fact leads.
    pub const fn state(self) -> State {
        match self {
            Self::Approved => State::Approved,
            Self::Sent => State::Sent,
            Self::Succeeded => State::Succeeded,
            Self::Failed => State::Failed,
        }
    }
}

/// What follows from `fact` in `state`.
pub const fn step(state: State, fact: Fact) -> Result<(State, &'static [Effect]), Refusal> {
    const SEND: &[Effect] = &[Effect::Send];
    const SUM_UP: &[Effect] = &[Effect::SumUp];
    const FAILED: &[Effect] = &[Effect::SumUp, Effect::Alert];
    match (state, fact) {
        (State::Requested, Fact::Approved) => Ok((State::Approved, SEND)),
        (State::Requested | State::Approved, Fact::Sent) => Ok((State::Sent, &[])),
        (State::Requested | State::Approved | State::Sent, Fact::Succeeded) => Ok((State::Succeeded, SUM_UP)),
        (State::Requested | State::Approved | State::Sent | State::Succeeded, Fact::Failed) => {
            Ok((State::Failed, FAILED))
        }
        (State::Approved | State::Sent | State::Succeeded | State::Failed, Fact::Approved)
        | (State::Sent | State::Succeeded | State::Failed, Fact::Sent)
        | (State::Succeeded | State::Failed, Fact::Succeeded)
        | (State::Failed, Fact::Failed) => Err(Refusal::Already),
    }
}

/// The states in which `fact` changes something: what a guarded statement expects.
pub fn sources(fact: Fact) -> Vec<&'static str> {
    STATES.into_iter().filter(|&state| step(state, fact).is_ok()).map(State::name).collect()
}

/// One line of a paid order, and its ticket while that is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidLine {
    /// The line.
    pub line: OrderLineId,
    /// Price and fee, as frozen.
    pub total: Money,
    /// Its ticket; none when it was given back before.
    pub ticket: Option<TicketId>,
}

/// How much goes back for each of `tickets`, of `paid` for all lines: the shares of all lines together are exactly
/// `paid` (largest remainder), also when less was paid than the lines say. Tickets without a line get nothing.
pub fn shares(
    paid: Money,
    lines: &[PaidLine],
    tickets: &[TicketId],
) -> Result<Vec<(TicketId, Money)>, MoneyError> {
    let weights: Vec<u64> = lines.iter().map(|line| line.total.minor.max(0).unsigned_abs()).collect();
    let parts = paid.split(&weights)?;
    let of = |(line, share): (&PaidLine, Money)| line.ticket.map(|ticket| (ticket, share));
    Ok(lines.iter().zip(parts).filter_map(of).filter(|(ticket, _)| tickets.contains(ticket)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use proptest::prelude::*;
    use uuid::Uuid;

    const FACTS: [Fact; 4] = [Fact::Approved, Fact::Sent, Fact::Succeeded, Fact::Failed];

    fn walk(facts: &[Fact]) -> State {
        facts.iter().fold(State::Requested, |s, &fact| step(s, fact).map_or(s, |(next, _)| next))
    }

    #[test]
    fn statements_expect_what_the_machine_says() {
        assert_eq!(sources(Fact::Sent), ["requested", "approved"]);
        assert_eq!(sources(Fact::Failed), ["requested", "approved", "sent", "succeeded"]);
        assert_eq!(STATES.map(|s| State::named(s.name())), STATES.map(Some));
    }

    #[test]
    fn each_ticket_has_its_own_price_back() {
        let line = |n: u128, minor| PaidLine {
            line: OrderLineId(Uuid::from_u128(n)),
            total: Money::new(minor, Currency::EUR),
            ticket: Some(TicketId(Uuid::from_u128(n))),
        };
        let lines = [line(1, 4_500), line(2, 2_250), line(3, 0)];
        let all = [1, 2, 3].map(|n| TicketId(Uuid::from_u128(n)));
        let paid = Money::new(6_750, Currency::EUR);
        let back = shares(paid, &lines, &all[1..]).unwrap();
        assert_eq!(back.iter().map(|(_, m)| m.minor).collect::<Vec<_>>(), [2_250, 0]);
        // A third off the whole order is a third off each ticket.
        let back = shares(Money::new(4_500, Currency::EUR), &lines, &all).unwrap();
        assert_eq!(back.iter().map(|(_, m)| m.minor).collect::<Vec<_>>(), [3_000, 1_500, 0]);
    }

    proptest! {
        #[test]
        fn any_order_and_any_repetition_end_the_same(
            mut facts in prop::collection::vec(prop::sample::select(FACTS.to_vec()), 0..20),
        ) {
            let end = walk(&facts);
            let furthest = facts.iter().map(|f| f.state()).max().unwrap_or(State::Requested);
            prop_assert_eq!(end, furthest);
            facts.extend(facts.clone().into_iter().rev());
            facts.reverse();
            prop_assert_eq!(walk(&facts), furthest);
        }

        #[test]
        fn whatever_is_given_back_ticket_by_ticket_is_what_was_paid(
            minors in prop::collection::vec(0_i64..20_000, 1..50), paid in 0_i64..200_000,
        ) {
            let lines: Vec<PaidLine> = minors.iter().zip(0_u128..).map(|(&minor, n)| PaidLine {
                line: OrderLineId(Uuid::from_u128(n)),
                total: Money::new(minor, Currency::EUR),
                ticket: Some(TicketId(Uuid::from_u128(n))),
            }).collect();
            let paid = Money::new(paid, Currency::EUR);
            let mut back = 0;
            for line in &lines {
                back += shares(paid, &lines, &[line.ticket.unwrap()]).unwrap()[0].1.minor;
            }
            prop_assert_eq!(back, paid.minor);
        }
    }
}
