//! What we read of the provider's objects: the members that we use, and no others. The generated types want every
//! member of one version of the API; an answer that lacks some that we do not need, or has them in another form, would
//! be lost with them, and with it whether money was taken.

use crate::GatewayError;
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::HashMap;
use stripe_shared::ApiErrors;

/// Notes of ours on an object.
pub(crate) type Metadata = HashMap<String, String>;

/// A payment.
#[derive(Deserialize)]
pub(crate) struct Intent {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) currency: String,
    pub(crate) amount_received: Option<i64>,
    /// Seconds since 1970.
    #[serde(default)]
    pub(crate) created: i64,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) last_payment_error: Option<Failure>,
}

/// Why a payment did not go through.
#[derive(Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: Option<String>,
    pub(crate) decline_code: Option<String>,
    pub(crate) message: Option<String>,
}

impl From<&ApiErrors> for Failure {
    fn from(errors: &ApiErrors) -> Self {
        Self {
            code: errors.code.as_ref().map(|code| code.as_str().to_owned()),
            decline_code: errors.decline_code.clone(),
            message: errors.message.clone(),
        }
    }
}

/// Money on its way back.
#[derive(Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) status: Option<String>,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) payment_intent: Option<Reference>,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) failure_reason: Option<String>,
}

/// A hosted page.
#[derive(Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) url: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) payment_status: String,
    pub(crate) payment_intent: Option<Reference>,
    pub(crate) amount_total: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) client_reference_id: Option<String>,
    pub(crate) metadata: Option<Metadata>,
}

/// What a bank said to a payment afterwards.
#[derive(Deserialize)]
pub(crate) struct Dispute {
    pub(crate) status: String,
    pub(crate) payment_intent: Option<Reference>,
    #[serde(default)]
    pub(crate) reason: String,
}

/// A page of a list.
#[derive(Deserialize)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    #[serde(default)]
    pub(crate) has_more: bool,
}

/// An id, or the thing itself.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Reference {
    Id(String),
    Whole { id: String },
}

impl Reference {
    pub(crate) fn id(&self) -> &str {
        let (Self::Id(id) | Self::Whole { id }) = self;
        id
    }
}

/// Reads an answer.
pub(super) fn answer<T: DeserializeOwned>(json: &miniserde::json::Value) -> Result<T, GatewayError> {
    serde_json::from_str(&miniserde::json::to_string(json))
        .map_err(|error| GatewayError::Unreachable(format!("an answer of an unknown form: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_needed_has_to_be_there() {
        let read = |text: &str| answer::<Intent>(&miniserde::json::from_str(text).unwrap());
        let bare = r#"{"id": "pi_1", "status": "succeeded", "currency": "eur", "latest_charge": {"odd": [1.5, null]}}"#;
        let intent = read(bare).unwrap();
        assert_eq!(
            (intent.id.as_str(), intent.status.as_str(), intent.amount_received),
            ("pi_1", "succeeded", None)
        );
        let whole = r#"{"id": "pi_1", "status": "x", "currency": "eur", "amount_received": 9007199254740993,
            "created": 1, "metadata": {"order_id": "ü\"\\"}, "last_payment_error": {"code": "card_declined"}}"#;
        let intent = read(whole).unwrap();
        assert_eq!(intent.amount_received, Some(9_007_199_254_740_993));
        assert_eq!(intent.metadata.unwrap()["order_id"], "ü\"\\");
        assert_eq!(intent.last_payment_error.unwrap().code.as_deref(), Some("card_declined"));
        for broken in [r#"{"id": "pi_1"}"#, "[]", r#"{"id": 1, "status": "x", "currency": "eur"}"#] {
            assert!(matches!(read(broken), Err(GatewayError::Unreachable(_))), "{broken}");
        }
    }

    #[test]
    fn a_reference_is_an_id_or_the_thing() {
        for text in [r#""pi_1""#, r#"{"id": "pi_1", "object": "payment_intent"}"#] {
            assert_eq!(serde_json::from_str::<Reference>(text).unwrap().id(), "pi_1");
        }
    }
}
