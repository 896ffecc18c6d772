//! Problem documents as responses, and request bodies that fail with them.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::limits::BODY_BYTES_MAX;
use protocol::api::Problem;
use serde::de::DeserializeOwned;

/// An error of an endpoint.
#[derive(Debug)]
pub struct Refused(pub Box<Problem>);

/// What an endpoint answers.
pub type Answer<T> = Result<T, Refused>;

impl Refused {
    /// A problem without members.
    pub fn new(status: StatusCode, code: &str, title: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Problem::new(status.as_u16(), code, title, detail)))
    }

    /// 404.
    pub fn not_found() -> Self {
        services::Error::NotFound("thing").into()
    }
}

impl From<services::Error> for Refused {
    fn from(error: services::Error) -> Self {
        Self(Box::new(Problem::from(&error)))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.0.members.get("retry_after_ms").and_then(serde_json::Value::as_u64);
        let mut response = (status, Json(self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(ms) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000).max(1)));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// A JSON body: bounded, without unknown fields (the types refuse them), with an error that says what is wrong.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Answer<Self> {
        let json =
            request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|v| {
                let kind = v.split(';').next().unwrap_or_default().trim();
                kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
            });
        if !json {
            let detail = "Send the body as application/json.";
            return Err(Refused::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Not JSON",
                detail,
            ));
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| body_problem(&rejection))?;
        parse(&bytes).map(Self)
    }
}

/// A body as it came, bounded.
pub struct Raw(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Answer<Self> {
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| body_problem(&rejection))
    }
}

fn body_problem(rejection: &BytesRejection) -> Refused {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let detail = format!("The body is larger than {BODY_BYTES_MAX} bytes.");
        return Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "Body too large", detail);
    }
    Refused::new(StatusCode::BAD_REQUEST, "malformed_body", "Malformed body", "The body could not be read.")
}

/// The names of our types are nobody's business.
fn in_words(text: &str) -> String {
    match text.split_once("expected struct ") {
        Some((before, after)) => {
            let rest = after.find(' ').map_or("", |at| &after[at..]);
            format!("{before}expected an object{rest}")
        }
        None => text.to_owned(),
    }
}

/// A body that has nothing to say: empty, or an object without fields.
pub fn empty(bytes: &[u8]) -> Answer<()> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    if bytes.is_empty() { Ok(()) } else { parse::<Nothing>(bytes).map(drop) }
}

/// Reads JSON: what is no JSON, or has unknown fields, is 400; what is JSON of another shape is 422.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Answer<T> {
    // Without names there is nothing that a later version could tell apart, so a list of fields is refused.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(Refused::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_request",
            "The request is not valid",
            "The body is a list; send an object.",
        ));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let text = in_words(&error.to_string());
        if !error.is_data() {
            let detail = format!("The body is no JSON: {text}.");
            return Refused::new(StatusCode::BAD_REQUEST, "malformed_json", "Malformed JSON", detail);
        }
        if text.starts_with("unknown field") {
            return Refused::new(
                StatusCode::BAD_REQUEST,
                "unknown_field",
                "Unknown field",
                format!("{text}."),
            );
        }
        Refused::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_request",
            "The request is not valid",
            format!("{text}."),
        )
    })
}
