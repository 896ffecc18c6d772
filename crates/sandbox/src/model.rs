//! What the sandbox remembers.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Free names and values that the caller attaches.
pub(crate) type Metadata = BTreeMap<String, String>;

/// One line of a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub name: String,
    pub unit_amount: i64,
    pub quantity: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionStatus {
    Open,
    Complete,
    Expired,
}

/// A hosted payment page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub id: String,
    pub created: i64,
    pub expires_at: i64,
    pub status: SessionStatus,
    pub lines: Vec<Line>,
    pub amount: i64,
    pub currency: String,
    pub email: Option<String>,
    pub success_url: String,
    pub cancel_url: Option<String>,
    pub client_reference_id: Option<String>,
    pub metadata: Metadata,
    pub intent_metadata: Metadata,
    pub intent_description: Option<String>,
    /// The payment, once the buyer has tried.
    pub intent: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IntentStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Succeeded,
    Canceled,
}

impl IntentStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }
}

/// Why the last attempt failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub code: String,
    pub decline_code: Option<String>,
    pub charge: Option<String>,
}

/// One payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub id: String,
    pub created: i64,
    pub status: IntentStatus,
    pub amount: i64,
    pub currency: String,
    pub description: Option<String>,
    pub email: Option<String>,
    pub metadata: Metadata,
    /// The API's name of the method in use.
    pub method: Option<String>,
    pub charge: Option<String>,
    pub failure: Option<Failure>,
    /// The session that it pays.
    pub session: Option<String>,
    /// Where the challenge page sends the buyer when there is no session.
    pub return_url: Option<String>,
    pub refunded: i64,
    /// What the buyer typed, for the form after a failed challenge. Test cards only, and never the CVC.
    #[serde(default)]
    pub draft: Option<Draft>,
}

/// A filled-in payment form without its CVC.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub number: String,
    pub expiry: String,
    pub name: String,
}

/// Money on its way back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub id: String,
    pub created: i64,
    pub status: String,
    pub amount: i64,
    pub currency: String,
    pub intent: String,
    pub charge: Option<String>,
    pub metadata: Metadata,
    pub reason: Option<String>,
}

/// Something that a webhook tells.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub id: String,
    pub seq: u64,
    pub created: i64,
    pub kind: String,
    pub object: serde_json::Value,
    /// Deliveries of one order keep their order, unless told otherwise.
    pub group: String,
    /// Delivered, dropped on purpose, or given up.
    pub settled: bool,
}

/// What an order brought in; never pruned with the payments.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Account {
    pub currency: String,
    pub captured: i64,
    pub refunded: i64,
    pub payments: u32,
    pub refunds: u32,
}

/// An answer kept under its idempotency key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub key: String,
    pub fingerprint: String,
    pub status: u16,
    pub body: serde_json::Value,
}
