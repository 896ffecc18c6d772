//! Query strings: bounded, without unknown fields.

use super::problem::Refused;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error as _};

/// A query string read into `T`, which refuses unknown fields.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).map(Self).map_err(|error| {
            let text = error.to_string();
            let code = if text.starts_with("unknown field") { "unknown_field" } else { "invalid_query" };
            Refused::new(StatusCode::BAD_REQUEST, code, "The query is not valid", format!("{text}."))
        })
    }
}

/// A bearer token, when there is one.
pub struct Bearer(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let value = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let token =
            value.and_then(|v| v.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        Ok(Self(token.map(|(_, token)| token.trim().to_owned())))
    }
}

impl Bearer {
    /// The token, or 401.
    pub fn required(self) -> Result<String, Refused> {
        self.0.ok_or_else(|| services::Error::Unauthorized.into())
    }
}

/// The `Idempotency-Key` header, when there is one.
pub struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.headers.get("idempotency-key").and_then(|v| v.to_str().ok()).map(str::to_owned)))
    }
}

/// A time as RFC 3339, or a date that starts at midnight UTC; an empty text is none.
pub fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if let Ok(time) = DateTime::parse_from_rfc3339(&text) {
        return Ok(Some(time.with_timezone(&Utc)));
    }
    let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d");
    date.map(|d| Some(d.and_time(NaiveTime::MIN).and_utc()))
        .map_err(|_| D::Error::custom("not a time as RFC 3339"))
}
