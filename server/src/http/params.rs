//! Query strings: bounded, without unknown fields.

use super::problem::Refused;
use axum::{
    extract::{FromRequestParts, Path},
    http::{StatusCode, header, request::Parts},
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::limits::CLIENT_ID_BYTES_MAX;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned, de::Error as _};
use services::RequestKey;
use sha2::{Digest, Sha256};

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

/// No query at all.
pub struct NoQuery;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        Params::<Nothing>::from_request_parts(parts, state).await.map(|Params(Nothing {})| Self)
    }
}

/// The one variable segment of a path; what is no text names nothing.
pub struct Segment(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(text)| Self(text)).map_err(|_| Refused::not_found())
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
pub struct IdempotencyKey(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let key = value.to_str().unwrap_or_default().trim();
        let good =
            (1..=CLIENT_ID_BYTES_MAX).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        if good {
            return Ok(Self(Some(key.to_owned())));
        }
        let detail = format!("Idempotency-Key: 1 to {CLIENT_ID_BYTES_MAX} visible ASCII characters.");
        Err(Refused::new(StatusCode::BAD_REQUEST, "invalid_header", "A header is not valid", detail))
    }
}

impl IdempotencyKey {
    /// Stands in for a name that the body leaves out.
    pub fn or_as(&self, field: &mut String) {
        if let Some(key) = self.0.as_ref().filter(|_| field.is_empty()) {
            field.clone_from(key);
        }
    }

    /// The name of a request: `scope` is the use case and what it is about, `body` what may not change.
    pub fn of(self, scope: impl FnOnce() -> String, body: &[u8]) -> Option<RequestKey> {
        let key = self.0?;
        Some(RequestKey { scope: scope(), key, digest: hex::encode(Sha256::digest(body)) })
    }

    /// The same for a body that was read already.
    pub fn of_json<T: Serialize>(self, scope: impl FnOnce() -> String, body: &T) -> Option<RequestKey> {
        // What was just read from JSON can be written.
        self.of(scope, &serde_json::to_vec(body).unwrap_or_default())
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
