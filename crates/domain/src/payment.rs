//! One attempt to pay as a state machine: `step(payment, fact) -> (payment, effects)`, or a named refusal.
//!
//! ```text
//! Creating ─Opened→ Open ─Processing→ Processing      money may come from all three
//! any of them, or ended ─Captured→ Captured           an order takes the money
//!                       ─Surplus→ Surplus             no order can take it: it goes back
//! Creating | Open | Processing ─Failed→ Failed ─Closed→ Expired
//! ```
//!
//! Whether the bank disputes the money later is an axis of its own ([`Dispute`]): the news of it may come before our
//! own of the capture. Facts come twice and in any order: money decides over an end, and of two ends the first stands.
//! The store's guarded statements expect exactly [`sources`] of their fact.

use crate::checkout::PaymentStatus;
use serde::{Deserialize, Serialize};

/// Where the money stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Written here; the provider may or may not know it.
    Creating,
    /// Open at the provider.
    Open,
    /// The provider is at work.
    Processing,
    /// Declined or given up; it cannot succeed any more.
    Failed,
    /// Closed at the provider; it cannot succeed any more.
    Expired,
    /// The money is here, and an order has it.
    Captured,
    /// The money is here, but no order can take it.
    Surplus,
}

/// Whether the buyer's bank wants the money back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispute {
    /// No.
    #[default]
    None,
    /// It does, and nothing is decided.
    Open,
    /// It was decided for us: the money stays.
    Won,
    /// It was decided for the buyer: the money is gone.
    Lost,
}

/// An attempt on both axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Payment {
    /// Where the money stands.
    pub state: State,
    /// Whether the bank wants it back.
    pub dispute: Dispute,
}

/// What happened to an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The provider knows it.
    Opened,
    /// The provider is at work on it.
    Processing,
    /// It was declined, or never opened.
    Failed,
    /// The provider has closed it.
    Closed,
    /// Money came, and its order takes it.
    Captured,
    /// Money came, and no order can take it.
    Surplus,
    /// The bank wants the money back.
    Disputed,
    /// The dispute is decided.
    DisputeDecided {
        /// For us.
        won: bool,
    },
}

/// What follows from a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The order's payment axis, unless its money is there already.
    Order(PaymentStatus),
    /// The whole amount is to be refunded.
    Refund,
    /// Somebody has to look.
    Alert,
}

/// Why a fact changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is so already, or was further.
    #[error("the payment is there already")]
    Already,
    /// It cannot succeed any more: the first end stands.
    #[error("the payment has ended")]
    Ended,
    /// The money is here.
    #[error("the payment has taken its money")]
    Taken,
}

/// Every state.
pub const STATES: [State; 7] = [
    State::Creating,
    State::Open,
    State::Processing,
    State::Failed,
    State::Expired,
    State::Captured,
    State::Surplus,
];

/// Every stand of a dispute.
pub const DISPUTES: [Dispute; 4] = [Dispute::None, Dispute::Open, Dispute::Won, Dispute::Lost];

impl State {
    /// Its name in the tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Open => "open",
            Self::Processing => "processing",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Captured => "captured",
            Self::Surplus => "surplus",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        STATES.into_iter().find(|state| state.name() == name)
    }

    /// Whether money can still come from it: while it does, no seat of its order is given back (INV-6).
    pub const fn can_succeed(self) -> bool {
        matches!(self, Self::Creating | Self::Open | Self::Processing)
    }
}

impl Dispute {
    /// Its name in the tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

impl Payment {
    /// As it is begun.
    pub const NEW: Self = Self { state: State::Creating, dispute: Dispute::None };
}

/// What follows from `fact`.
pub const fn step(payment: Payment, fact: Fact) -> Result<(Payment, &'static [Effect]), Refusal> {
    match fact {
        Fact::Disputed | Fact::DisputeDecided { .. } => match dispute(payment.dispute, fact) {
            Ok((dispute, effects)) => Ok((Payment { dispute, ..payment }, effects)),
            Err(refusal) => Err(refusal),
        },
        Fact::Opened | Fact::Processing | Fact::Failed | Fact::Closed | Fact::Captured | Fact::Surplus => {
            match money(payment.state, fact) {
                Ok((state, effects)) => Ok((Payment { state, ..payment }, effects)),
                Err(refusal) => Err(refusal),
            }
        }
    }
}

const CAPTURED: &[Effect] = &[Effect::Order(PaymentStatus::Captured)];
const SURPLUS: &[Effect] = &[Effect::Refund];
const FAILED: &[Effect] = &[Effect::Order(PaymentStatus::Failed)];
const CLOSED: &[Effect] = &[Effect::Order(PaymentStatus::None)];
const ALERT: &[Effect] = &[Effect::Alert];

const fn money(state: State, fact: Fact) -> Result<(State, &'static [Effect]), Refusal> {
    match (state, fact) {
        (State::Captured | State::Surplus, Fact::Captured | Fact::Surplus) => Err(Refusal::Already),
        (State::Captured | State::Surplus, _) => Err(Refusal::Taken),
        (_, Fact::Captured) => Ok((State::Captured, CAPTURED)),
        (_, Fact::Surplus) => Ok((State::Surplus, SURPLUS)),
        (State::Failed | State::Expired, _) => Err(Refusal::Ended),
        (State::Creating | State::Open | State::Processing, Fact::Failed) => Ok((State::Failed, FAILED)),
        (State::Creating | State::Open | State::Processing, Fact::Closed) => Ok((State::Expired, CLOSED)),
        (State::Creating, Fact::Opened) => Ok((State::Open, &[])),
        (State::Creating | State::Open, Fact::Processing) => Ok((State::Processing, &[])),
        (State::Open | State::Processing, Fact::Opened) | (State::Processing, Fact::Processing) => {
            Err(Refusal::Already)
        }
        (State::Creating | State::Open | State::Processing, Fact::Disputed | Fact::DisputeDecided { .. }) => {
            Err(Refusal::Already)
        }
    }
}

const fn dispute(dispute: Dispute, fact: Fact) -> Result<(Dispute, &'static [Effect]), Refusal> {
    match (dispute, fact) {
        (Dispute::None, Fact::Disputed) => Ok((Dispute::Open, ALERT)),
        (Dispute::None | Dispute::Open, Fact::DisputeDecided { won: true }) => Ok((Dispute::Won, &[])),
        (Dispute::None | Dispute::Open, Fact::DisputeDecided { won: false }) => Ok((Dispute::Lost, ALERT)),
        (Dispute::Open | Dispute::Won | Dispute::Lost, _) | (Dispute::None, _) => Err(Refusal::Already),
    }
}

/// The states of the money in which `fact` changes something: what a guarded statement expects.
pub fn sources(fact: Fact) -> Vec<&'static str> {
    let takes = |&state: &State| money(state, fact).is_ok();
    STATES.into_iter().filter(takes).map(State::name).collect()
}

/// The stands of a dispute in which `fact` changes something.
pub fn dispute_sources(fact: Fact) -> Vec<&'static str> {
    DISPUTES.into_iter().filter(|&now| dispute(now, fact).is_ok()).map(Dispute::name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What must not depend on the order of the news. How far an open attempt is, and which of two ends was first,
    /// may.
    fn outcome(payment: Payment) -> (u8, Dispute) {
        let money = match payment.state {
            State::Creating | State::Open | State::Processing => 0,
            State::Failed | State::Expired => 1,
            State::Captured => 2,
            State::Surplus => 3,
        };
        (money, payment.dispute)
    }

    fn walk(facts: &[Fact]) -> Payment {
        facts.iter().fold(Payment::NEW, |p, &fact| step(p, fact).map_or(p, |(next, _)| next))
    }

    /// What one payment can be told: money comes to one verdict, a dispute to one decision.
    fn facts() -> impl Strategy<Value = Vec<Fact>> {
        (any::<bool>(), any::<bool>()).prop_flat_map(|(surplus, won)| {
            let verdict = if surplus { Fact::Surplus } else { Fact::Captured };
            let news = vec![
                Fact::Opened,
                Fact::Processing,
                Fact::Failed,
                Fact::Closed,
                verdict,
                Fact::Disputed,
                Fact::DisputeDecided { won },
            ];
            prop::collection::vec(prop::sample::select(news), 0..20)
        })
    }

    #[test]
    fn statements_expect_what_the_machine_says() {
        assert_eq!(sources(Fact::Closed), ["creating", "open", "processing"]);
        assert_eq!(sources(Fact::Processing), ["creating", "open"]);
        assert_eq!(sources(Fact::Captured), ["creating", "open", "processing", "failed", "expired"]);
        assert_eq!(sources(Fact::Captured), sources(Fact::Surplus));
        assert_eq!(dispute_sources(Fact::Disputed), ["none"]);
        assert_eq!(dispute_sources(Fact::DisputeDecided { won: true }), ["none", "open"]);
    }

    #[test]
    fn surplus_money_goes_back_and_a_lost_dispute_alerts() {
        assert_eq!(step(Payment::NEW, Fact::Surplus).unwrap().1, [Effect::Refund]);
        let lost = step(Payment::NEW, Fact::DisputeDecided { won: false }).unwrap();
        assert_eq!((lost.0.dispute, lost.1), (Dispute::Lost, [Effect::Alert].as_slice()));
        assert_eq!(STATES.map(|s| State::named(s.name())), STATES.map(Some));
    }

    proptest! {
        #[test]
        fn any_order_and_any_repetition_end_the_same(facts in facts(), seed in any::<u64>()) {
            let mut other = facts.clone();
            // Another order, and every fact twice.
            other.extend(facts.iter().rev());
            if !other.is_empty() {
                let at = usize::try_from(seed % other.len() as u64).unwrap();
                other.rotate_left(at);
            }
            prop_assert_eq!(outcome(walk(&facts)), outcome(walk(&other)), "{:?} / {:?}", facts, other);
        }

        #[test]
        fn money_is_never_forgotten(facts in facts()) {
            let came = facts.iter().any(|f| matches!(f, Fact::Captured | Fact::Surplus));
            prop_assert_eq!(outcome(walk(&facts)).0 >= 2, came);
        }
    }
}
