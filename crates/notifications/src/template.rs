//! Which messages there are.

use crate::Receipt;
use domain::money::Money;

/// A message. Its name stands with each delivery, and names its files in `templates/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Template {
    /// Paid: here are the tickets.
    Tickets,
    /// The tickets once more, because somebody asked for them.
    TicketsResent,
    /// The way back to an order, for who lost it.
    TicketLink,
    /// Not paid yet, and the time to pay is nearly over.
    HoldLapsing,
    /// Not paid in time; the seats went back and no money was taken.
    PaymentFailed,
    /// A payment came after the seats were gone, or twice; it goes back.
    LatePayment,
    /// A refund is under way.
    RefundPending,
    /// A refund was sent.
    RefundDone,
    /// A bank did not take a refund.
    RefundFailed,
    /// The event will not take place.
    EventCancelled,
    /// The event takes place at another time or elsewhere.
    EventChanged,
}

impl Template {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Tickets,
        Self::TicketsResent,
        Self::TicketLink,
        Self::HoldLapsing,
        Self::PaymentFailed,
        Self::LatePayment,
        Self::RefundPending,
        Self::RefundDone,
        Self::RefundFailed,
        Self::EventCancelled,
        Self::EventChanged,
    ];

    /// Its name (`tickets`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::TicketsResent => "tickets_resent",
            Self::TicketLink => "ticket_link",
            Self::HoldLapsing => "hold_lapsing",
            Self::PaymentFailed => "payment_failed",
            Self::LatePayment => "late_payment",
            Self::RefundPending => "refund_pending",
            Self::RefundDone => "refund_done",
            Self::RefundFailed => "refund_failed",
            Self::EventCancelled => "event_cancelled",
            Self::EventChanged => "event_changed",
        }
    }

    /// The template of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.name() == name)
    }

    /// Whether it brings the tickets themselves: codes, PDF, calendar.
    pub const fn brings_tickets(self) -> bool {
        matches!(self, Self::Tickets | Self::TicketsResent)
    }

    /// Whether it brings a calendar entry.
    pub const fn brings_calendar(self) -> bool {
        self.brings_tickets() || matches!(self, Self::EventCancelled | Self::EventChanged)
    }
}

/// What a message says beyond the booking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// How much money goes back.
    pub amount: Option<Money>,
    /// A link of its own, with what proves its reader.
    pub link: Option<String>,
    /// When and where an event was to be before it was changed, as a line.
    pub before: Option<String>,
    /// Until when seats are kept, as a time of day.
    pub until: Option<String>,
    /// The order has its tickets: the money in question came on top.
    pub twice: bool,
    /// The invoice or credit note that goes with it.
    pub receipt: Option<Receipt>,
}
