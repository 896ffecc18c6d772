//! The order as a state machine: `step(state, fact) -> (state, effects)`, or a named refusal.
//!
//! ```text
//! Placed ─Committed→ Completed
//!        ─GivenUp(reason)→ Cancelled | Expired ─CommittedLate→ Completed
//! ```
//!
//! Facts may come twice and in any order. What is repeated is [`Refusal::Already`]; money decides over an end, and of
//! two reasons to give up the first stands. The store's guarded statements expect exactly [`sources`] of their fact.

pub use crate::checkout::OrderStatus as State;

/// What happened to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Its payment is captured (or nothing is to be paid), and its claim was standing.
    Committed,
    /// Money came after it was given up, and the same seats could be claimed once more.
    CommittedLate,
    /// It was given up.
    GivenUp(Ending),
}

/// Why an order is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By its buyer or the organizer.
    Cancelled,
    /// It was not paid in time.
    Expired,
}

impl Ending {
    /// The order's state after it.
    pub const fn state(self) -> State {
        match self {
            Self::Cancelled => State::Cancelled,
            Self::Expired => State::Expired,
        }
    }
}

/// What follows from a change, in the same transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The reservation becomes committed.
    CommitClaim,
    /// The reservation's seats and places are claimed anew, all or nothing, and it becomes committed.
    ClaimAgain,
    /// A ticket for every line.
    IssueTickets,
    /// The reservation is given up; its seats and places are free.
    FreeClaim,
}

/// Why a fact changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is so already.
    #[error("the order is there already")]
    Already,
    /// It is paid and has its tickets: there is nothing to give up.
    #[error("the order is completed")]
    Completed,
    /// It was given up: money that comes now is late.
    #[error("the order was given up")]
    GivenUp,
    /// It waits for its payment: nothing is late.
    #[error("the order still waits for its payment")]
    NotLate,
}

const COMMIT: &[Effect] = &[Effect::CommitClaim, Effect::IssueTickets];
const COMMIT_LATE: &[Effect] = &[Effect::ClaimAgain, Effect::IssueTickets];
const FREE: &[Effect] = &[Effect::FreeClaim];

/// What follows from `fact` in `state`.
pub const fn step(state: State, fact: Fact) -> Result<(State, &'static [Effect]), Refusal> {
    match (state, fact) {
        (State::Placed, Fact::Committed) => Ok((State::Completed, COMMIT)),
        (State::Placed, Fact::GivenUp(ending)) => Ok((ending.state(), FREE)),
        (State::Placed, Fact::CommittedLate) => Err(Refusal::NotLate),
        (State::Completed, Fact::Committed | Fact::CommittedLate) => Err(Refusal::Already),
        (State::Completed, Fact::GivenUp(_)) => Err(Refusal::Completed),
        (State::Cancelled | State::Expired, Fact::Committed) => Err(Refusal::GivenUp),
        (State::Cancelled | State::Expired, Fact::CommittedLate) => Ok((State::Completed, COMMIT_LATE)),
        (State::Cancelled | State::Expired, Fact::GivenUp(_)) => Err(Refusal::Already),
    }
}

/// Every state.
pub const STATES: [State; 4] = [State::Placed, State::Completed, State::Cancelled, State::Expired];

/// The states in which `fact` changes something: what a guarded statement expects.
pub fn sources(fact: Fact) -> Vec<&'static str> {
    STATES.into_iter().filter(|&state| step(state, fact).is_ok()).map(State::name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FACTS: [Fact; 4] = [
        Fact::Committed,
        Fact::CommittedLate,
        Fact::GivenUp(Ending::Cancelled),
        Fact::GivenUp(Ending::Expired),
    ];

    /// Money for an order, which is late or not by the state that it meets: as the checkout brings it.
    fn take(state: State, money: bool, ending: Ending) -> State {
        let facts: &[Fact] =
            if money { &[Fact::Committed, Fact::CommittedLate] } else { &[Fact::GivenUp(ending)] };
        facts.iter().fold(state, |state, &fact| step(state, fact).map_or(state, |(next, _)| next))
    }

    #[test]
    fn statements_expect_what_the_machine_says() {
        assert_eq!(sources(Fact::Committed), ["placed"]);
        assert_eq!(sources(Fact::CommittedLate), ["cancelled", "expired"]);
        assert_eq!(sources(Fact::GivenUp(Ending::Expired)), ["placed"]);
    }

    #[test]
    fn tickets_are_issued_exactly_when_an_order_becomes_completed() {
        for (state, fact) in STATES.iter().flat_map(|s| FACTS.map(|f| (*s, f))) {
            if let Ok((next, effects)) = step(state, fact) {
                assert_eq!(effects.contains(&Effect::IssueTickets), next == State::Completed);
                assert_eq!(effects.contains(&Effect::FreeClaim), matches!(fact, Fact::GivenUp(_)));
                assert_ne!(state, next, "what changes nothing is a refusal");
            }
        }
    }

    proptest! {
        #[test]
        fn any_order_and_any_repetition_end_the_same(
            money in any::<bool>(),
            ending in prop_oneof![Just(Ending::Cancelled), Just(Ending::Expired)],
            script in prop::collection::vec(any::<bool>(), 1..30),
        ) {
            let end = script.iter().fold(State::Placed, |state, &is_money| take(state, is_money && money, ending));
            let paid = money && script.contains(&true);
            let expected = if paid { State::Completed } else { ending.state() };
            prop_assert_eq!(end, expected);
            // And what comes again changes nothing.
            prop_assert_eq!(script.iter().fold(end, |state, &m| take(state, m && paid, ending)), expected);
        }

        #[test]
        fn a_completed_order_stays_so(facts in prop::collection::vec(prop::sample::select(FACTS.to_vec()), 0..30)) {
            for fact in facts {
                prop_assert!(step(State::Completed, fact).is_err());
            }
        }
    }
}
