//! Errors: RFC 9457 problem documents.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URI that names the kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// This case in words.
    pub detail: String,
    /// Stable, for programs (`seats_unavailable`).
    pub code: String,
    /// Members of the kind.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub members: Map<String, Value>,
}

impl Problem {
    /// A problem without members of its own; `/api/docs` explains the codes.
    pub fn new(status: u16, code: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/api/docs#{code}"),
            title: title.to_owned(),
            status,
            detail: detail.into(),
            code: code.to_owned(),
            members: Map::new(),
        }
    }
}

/// How money is written.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(as = Money, example = json!({"amount": 4500, "currency": "EUR"}))]
pub struct MoneyDoc {
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
}

/// How a seat's state is written.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(as = SeatState, rename_all = "snake_case")]
pub enum SeatStateDoc {
    /// Free to hold.
    Available,
    /// Held or reserved by somebody.
    Held,
    /// Ticket issued.
    Sold,
    /// Not for sale.
    Blocked,
}
