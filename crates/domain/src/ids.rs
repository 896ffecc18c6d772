//! Typed names of things. An id of one kind can never stand where another kind is meant.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

uuid_id! {
    /// One dated, sellable occurrence.
    EventId,
    /// An expiring claim in Redis.
    HoldId,
    /// A payment of an order, whatever the provider calls it.
    PaymentId,
    /// Money on its way back, whatever the provider calls it.
    RefundId,
    /// One immutable version of a seating plan.
    PlanId,
    /// A durable claim in PostgreSQL while checkout runs.
    ReservationId,
    /// What a buyer placed.
    OrderId,
    /// One ticket's price, frozen.
    OrderLineId,
    /// The right to enter.
    TicketId,
    /// A house.
    VenueId,
    /// Who sells, and whose invoices are numbered.
    OrganizerId,
}

macro_rules! key_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )+};
}

key_id! {
    /// A zone of an event, unique within the event (`stalls`).
    ZoneId,
    /// A tier of an event, unique within the event (`stalls-adult`).
    TierId,
    /// An area of a plan, unique within the plan (`floor`).
    AreaId,
    /// A seat of a plan, unique within the plan (`STALLS-A-10`).
    SeatId,
}
