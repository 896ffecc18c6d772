//! A sale in one thread and without a clock: the checkout that ships (`domain::checkout`, `domain::order`, `payment`,
//! `refund`, and what their answers mean, `domain::checkout::answers`) against plain models of the stores and the
//! payment provider, with a fault at every step: before it, after it, answer lost, late, twice, and the death of the
//! whole process.
//!
//! One seed is one round: about four hundred random steps of buyers, bank, post, workers and misfortune, then everything is left
//! to settle and [`check`] counts. A round is repeated exactly by its seed ([`round::run`]).
//!
//! The models are held against the real servers by random command sequences: [`tables`] in
//! `store_pg/tests/it/model.rs`, `domain::hold::model` in `store_redis/tests/redis/model.rs`, the provider by the
//! tests of `payments` through the sandbox.
//!
//! To add a step: its effect in the model of its store, its call in [`executor`] as in `services`, and, if it can go
//! wrong in a way of its own, a [`Bug`] that the check must find.

pub mod check;
pub mod dice;
pub mod executor;
pub mod provider;
pub mod round;
pub mod tables;
pub mod turns;
pub mod workers;
pub mod world;

/// Mistakes that can be planted, to see that the check finds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Seats go back before the provider has closed the payment.
    ReleaseBeforeClosing,
    /// A commit that is repeated issues its tickets once more.
    CommitTwice,
    /// The claim is not checked when an order is placed.
    SkipClaim,
    /// A refund that is repeated is asked for under another key.
    RefundWithoutKey,
    /// What the provider says is forgotten when it could not be applied, and nobody compares the books.
    ForgetNews,
    /// Late money takes seats without looking whose they are.
    LateWithoutClaim,
    /// The state is not stored before its commands run.
    StoreNothing,
    /// A returned ticket frees its seat but stays good.
    ReturnKeepsTicket,
}

impl Bug {
    /// What the count has to report when it is planted; of [`Bug::StoreNothing`], whatever it forgets first.
    pub const fn breaks(self) -> &'static str {
        match self {
            Self::ReleaseBeforeClosing => "INV-6",
            Self::CommitTwice => "INV-5",
            Self::SkipClaim | Self::LateWithoutClaim | Self::ReturnKeepsTicket => "INV-1",
            Self::RefundWithoutKey | Self::ForgetNews => "INV-4",
            Self::StoreNothing => "",
        }
    }
}

/// Every planted mistake.
pub const BUGS: [Bug; 8] = [
    Bug::ReleaseBeforeClosing,
    Bug::CommitTwice,
    Bug::SkipClaim,
    Bug::RefundWithoutKey,
    Bug::ForgetNews,
    Bug::LateWithoutClaim,
    Bug::StoreNothing,
    Bug::ReturnKeepsTicket,
];
