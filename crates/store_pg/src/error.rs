//! What can go wrong in the store, in words that a use case understands. No text of the database leaves here:
//! `Display` never shows it; the source is for the log at the boundary.

use domain::{hold::AreaConflict, seat::SeatIx};

/// What the store answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a change was not made, or a question not answered.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// These seats belong to somebody else, or are blocked. Nothing was changed.
    #[error("some of the seats are taken")]
    SeatTaken {
        /// Which, sorted; empty when the database named none.
        seats: Vec<SeatIx>,
    },
    /// These areas have not enough places left. Nothing was changed.
    #[error("some of the areas are full")]
    AreaFull {
        /// Which, with the places left.
        areas: Vec<AreaConflict>,
    },
    /// The name is in use (`slug`, `order number`, …): draw another, or look the thing up.
    #[error("{what} exists already")]
    Duplicate {
        /// What was to be unique.
        what: &'static str,
    },
    /// The same key came with another request (INV-5).
    #[error("the key was used for another request")]
    Mismatch,
    /// The event is not for sale.
    #[error("the event is not for sale")]
    NotForSale,
    /// The thing named does not exist.
    #[error("{what} does not exist")]
    Missing {
        /// What was looked for.
        what: &'static str,
    },
    /// The thing is in another state than the change expects.
    #[error("{what} is in another state")]
    WrongState {
        /// What was to change.
        what: &'static str,
    },
    /// A payment can still succeed: close it at the provider first (INV-6).
    #[error("a payment can still succeed")]
    PaymentOpen,
    /// The amount is not the order's total.
    #[error("the amount is not what the order says")]
    AmountMismatch,
    /// The database cannot be reached or is too busy: try again later.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// A defect: a statement or a value that should not be.
    #[error("the database refused")]
    Internal(#[source] sqlx::Error),
    /// A stored value that this version cannot read.
    #[error("{what} cannot be read")]
    Unreadable {
        /// What was stored.
        what: &'static str,
    },
    /// The tables could not be brought up to date.
    #[error("the migrations did not run")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}

/// The meaning of each named constraint that a caller can run into.
fn meaning(constraint: &str) -> Option<StoreError> {
    let duplicate = |what| Some(StoreError::Duplicate { what });
    match constraint {
        "seat_claimed_once" | "ticket_one_live_per_seat" => Some(StoreError::SeatTaken { seats: Vec::new() }),
        "area_not_oversold" => Some(StoreError::AreaFull { areas: Vec::new() }),
        "venue_slug_unique" => duplicate("the venue's slug"),
        "event_slug_unique" => duplicate("the event's slug"),
        "plan_version_unique" | "plan_source_unique" => duplicate("the plan version"),
        "order_number_unique" => duplicate("the order number"),
        "order_access_unique" => duplicate("the access key"),
        "order_key_once" | "reservation_one_per_hold" => duplicate("the order"),
        "payment_one_live" => Some(StoreError::PaymentOpen),
        "payment_captured_once" => duplicate("a captured payment of the order"),
        "payment_session_unique" | "payment_intent_unique" => duplicate("the payment"),
        "ticket_code_unique" | "ticket_one_live_per_line" => duplicate("the ticket"),
        "staff_email_unique" => duplicate("the account"),
        "organizer_slug_unique" | "organizer_prefix_unique" => duplicate("the organizer's slug or prefix"),
        "event_organizer_known" => Some(StoreError::Missing { what: "the organizer" }),
        "invoice_once" | "credit_note_once" | "invoice_name_unique" | "invoices_pkey" => {
            duplicate("the invoice")
        }
        "invoice_immutable" => Some(StoreError::WrongState { what: "the invoice" }),
        "refund_reference_unique" | "refund_ticket_once" | "refunds_pkey" => duplicate("the refund"),
        "signing_key_one_active" => duplicate("an active signing key"),
        "plan_immutable" => Some(StoreError::WrongState { what: "the plan version" }),
        "audit_append_only" => Some(StoreError::WrongState { what: "the audit log" }),
        _ => None,
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) => {
                if let Some(known) = refusal.constraint().and_then(meaning) {
                    return known;
                }
                // Class 53: out of resources; 57P: shutting down; 08: connection lost.
                let code = refusal.code().unwrap_or_default();
                let away = ["53", "57P", "08"].iter().any(|class| code.starts_with(class));
                if away || is_transient(&error) { Self::Unavailable(error) } else { Self::Internal(error) }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            _ => Self::Internal(error),
        }
    }
}

/// A deadlock or a serialization failure: the same transaction may succeed when repeated.
fn is_transient(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|e| e.code());
    matches!(code.as_deref(), Some("40P01" | "40001"))
}

impl StoreError {
    /// Whether the whole transaction should simply be run again (a bounded number of times).
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(error) if is_transient(error))
    }
}

/// How often a transaction that lost a deadlock is run again before the caller hears of it.
pub(crate) const ATTEMPTS_MAX: u32 = 5;

/// Runs the transaction `$work` (an expression that is evaluated anew each time) until it does not fail for a
/// transient reason, at most [`ATTEMPTS_MAX`] times.
macro_rules! retried {
    ($work:expr) => {{
        let mut attempt = 1;
        loop {
            match $work.await {
                Err(error) if error.is_transient() && attempt < $crate::error::ATTEMPTS_MAX => {
                    tracing::debug!(attempt, "transaction repeated");
                    attempt += 1;
                }
                done => break done,
            }
        }
    }};
}
pub(crate) use retried;
