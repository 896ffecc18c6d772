//! Answers that a browser may keep for a while and ask about with an ETag.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// JSON with an ETag of its bytes, to be kept for `max_age_s`.
pub fn json<T: Serialize>(request: &HeaderMap, body: &T, max_age_s: u32) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => {
            let etag = format!("\"{}\"", hex::encode(&Sha256::digest(&bytes)[..12]));
            let control = format!("public, max-age={max_age_s}");
            tagged(request, &etag, &control, "application/json", || bytes)
        }
        Err(error) => super::problem::Refused::from(services::Error::internal(error)).into_response(),
    }
}

/// A body with an ETag: 304 when the browser has it. The body is only made when it is sent.
pub fn tagged<B: IntoResponse>(
    request: &HeaderMap,
    etag: &str,
    control: &str,
    content_type: &str,
    body: impl FnOnce() -> B,
) -> Response {
    let known = request.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let same =
        known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
    let mut response = if same { StatusCode::NOT_MODIFIED.into_response() } else { body().into_response() };
    let headers = response.headers_mut();
    for (name, value) in
        [(header::ETAG, etag), (header::CACHE_CONTROL, control), (header::CONTENT_TYPE, content_type)]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}
