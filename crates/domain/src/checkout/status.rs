//! What a checkout looks like from outside: three axes that never mix.

use super::{Checkout, Phase, Reason, Return};
use serde::{Deserialize, Serialize};

/// What became of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Waiting for its payment.
    Placed,
    /// Tickets are issued.
    Completed,
    /// Given up.
    Cancelled,
    /// Not paid in time.
    Expired,
}

/// What became of the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Nothing was tried, or nothing is to be paid.
    None,
    /// An attempt is open.
    Pending,
    /// The money is there.
    Captured,
    /// The last attempt came to nothing.
    Failed,
}

/// How much of the money went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// Nothing.
    None,
    /// Some of it.
    Partial,
    /// All of it.
    Full,
}

macro_rules! names {
    ($($kind:ident { $($variant:ident = $name:literal),+ $(,)? })+) => {$(
        impl $kind {
            /// Its name in the contract and in the tables.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The status of that name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    )+};
}

names! {
    OrderStatus { Placed = "placed", Completed = "completed", Cancelled = "cancelled", Expired = "expired" }
    PaymentStatus { None = "none", Pending = "pending", Captured = "captured", Failed = "failed" }
    RefundStatus { None = "none", Partial = "partial", Full = "full" }
}

impl Checkout {
    /// What became of the order; `None` while nothing is placed.
    pub fn order_status(&self) -> Option<OrderStatus> {
        match self.phase {
            Phase::Start | Phase::Reserving(_) | Phase::Refused => None,
            Phase::Settling | Phase::Completed => Some(OrderStatus::Completed),
            Phase::Closed(_) if self.round == 0 => None,
            Phase::Closed(Reason::Deadline) => Some(OrderStatus::Expired),
            Phase::Closed(Reason::Abandoned | Reason::SeatsLost) => Some(OrderStatus::Cancelled),
            _ => Some(OrderStatus::Placed),
        }
    }

    /// What became of the payment.
    pub fn payment_status(&self) -> PaymentStatus {
        let given_back = self.returns.contains_key(&self.attempt);
        match self.phase {
            _ if self.paid.is_some() || given_back => PaymentStatus::Captured,
            _ if self.attempt == 0 => PaymentStatus::None,
            Phase::Opening | Phase::Charging | Phase::AwaitingPayment | Phase::Closing(_) => {
                PaymentStatus::Pending
            }
            _ => PaymentStatus::Failed,
        }
    }

    /// Nothing is outstanding: no command, no refund, no money expected.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Completed | Phase::Closed(_) | Phase::Refused)
            && self.returns.values().all(|r| *r == Return::Done)
    }
}
