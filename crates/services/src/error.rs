//! What a use case can answer instead of success. Kinds that a caller can act on; never internals.

use chrono::{DateTime, Utc};
use domain::{
    ids::{AreaId, OrderId, SeatId},
    refund::Policy,
    seat::SeatState,
};

/// Result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// One thing wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// JSON pointer to the field.
    pub pointer: String,
    /// What is wrong, for people.
    pub message: String,
}

/// Why a use case did not do what was asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or it is not the caller's to see.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The request is wrong; every problem is listed.
    #[error("the request is not valid")]
    Invalid(Vec<Invalid>),
    /// No proof, or a wrong one.
    #[error("a proof of the hold or order is needed")]
    Unauthorized,
    /// Nothing was taken: these are not free.
    #[error("some of these are not free any more")]
    SeatsUnavailable {
        /// The seats that failed.
        seats: Vec<(SeatId, SeatState)>,
        /// The areas that failed, with the places left.
        areas: Vec<(AreaId, u32)>,
        /// What is nearest to them and free.
        alternatives: Vec<Vec<SeatId>>,
    },
    /// Nothing is left that could be taken.
    #[error("sold out")]
    SoldOut,
    /// Nothing was taken: a rule of the event forbids it.
    #[error("this would leave a single seat between taken ones")]
    RuleBroken {
        /// The seats that would be left single.
        seats: Vec<SeatId>,
        /// What is nearest and legal.
        alternatives: Vec<Vec<SeatId>>,
    },
    /// Over a cap.
    #[error("not more than {max} seats")]
    LimitExceeded {
        /// The cap.
        max: u32,
    },
    /// The event is not on sale now.
    #[error("tickets are not on sale now")]
    NotOnSale {
        /// `scheduled`, `paused`, `cancelled`, `ended`.
        status: protocol::api::SaleStatus,
    },
    /// No block of that size is free.
    #[error("no block of that size is free")]
    NoBlock {
        /// The largest there is.
        largest: Vec<SeatId>,
    },
    /// The hold's time is over.
    #[error("the hold has expired, the seats are free again")]
    HoldExpired,
    /// Nothing is held any more: an order came of it, and tells how it ended.
    #[error("an order came of this hold")]
    HoldOrdered {
        /// The order.
        order: OrderId,
    },
    /// No renewal left.
    #[error("this hold cannot be renewed any more")]
    ExtensionLimit,
    /// Checkout of these seats runs; they change only by finishing or leaving it.
    #[error("these seats are in checkout")]
    InCheckout,
    /// The same key came with another request.
    #[error("this key was used for another request")]
    IdempotencyMismatch,
    /// The bank says no; the seats are still held.
    #[error("the payment was declined")]
    PaymentDeclined {
        /// The bank's reason (`insufficient_funds`).
        reason: String,
    },
    /// The order or a ticket of it cannot be given back.
    #[error("{what} cannot be given back")]
    NotRefundable {
        /// Which.
        what: &'static str,
    },
    /// The buyer cannot give this back; nothing was changed.
    #[error("these tickets cannot be given back")]
    RefundNotAllowed {
        /// The rules, as they stood when the order was placed.
        policy: Policy,
        /// The last moment in which they allow it.
        until: DateTime<Utc>,
        /// `too_late`, `not_completed`, `used`.
        reason: &'static str,
    },
    /// Too much at once; try again.
    #[error("busy, try again")]
    Busy {
        /// When.
        retry_after_ms: u64,
    },
    /// Something of ours is broken; it is in the log under this id.
    #[error("something went wrong on our side")]
    Internal {
        /// Names the log line.
        id: String,
    },
}

impl Error {
    /// One wrong field.
    pub fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Invalid { pointer: pointer.into(), message: message.into() }])
    }

    /// Logs `cause` once, and hides it behind an id.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let id = hex::encode(crate::clock::random::<6>());
        tracing::error!(%id, %cause, "internal error");
        Self::Internal { id }
    }
}

impl From<store_pg::StoreError> for Error {
    fn from(error: store_pg::StoreError) -> Self {
        use store_pg::StoreError as E;
        match error {
            E::Mismatch => Self::IdempotencyMismatch,
            E::Unavailable(source) => {
                tracing::warn!(cause = %source, "PostgreSQL is not available");
                Self::Busy { retry_after_ms: 1_000 }
            }
            E::Internal(source) => Self::internal(source),
            E::Migrate(source) => Self::internal(source),
            E::Missing { what } => Self::NotFound(what),
            other => Self::internal(other),
        }
    }
}

impl From<store_redis::Error> for Error {
    fn from(error: store_redis::Error) -> Self {
        match error {
            store_redis::Error::Busy { retry_after_ms } => Self::Busy { retry_after_ms },
            store_redis::Error::Unavailable => {
                tracing::warn!("Redis is not available");
                Self::Busy { retry_after_ms: 1_000 }
            }
            store_redis::Error::Corrupt => Self::internal(error),
        }
    }
}

impl From<payments::GatewayError> for Error {
    fn from(error: payments::GatewayError) -> Self {
        match error.retry_after() {
            Some(after) => {
                tracing::warn!(%error, "the payment provider is not available");
                Self::Busy { retry_after_ms: u64::try_from(after.as_millis()).unwrap_or(1_000) }
            }
            None => Self::internal(error),
        }
    }
}
