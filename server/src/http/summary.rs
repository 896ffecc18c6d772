//! One line a request, when it is over: what was asked by route, what it was answered, what it cost. No address, no
//! query, no name of anybody.

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::Response,
};
use std::time::{Duration, Instant};
use telemetry::{Spent, measured};
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// An id that came along is taken over when it is short and plain.
const ID_BYTES_MAX: usize = 64;
/// What routes that are no route are called: a made-up address must not make a new line in the metrics.
const NO_ROUTE: &str = "none";

/// Measures the request, tells of it, and counts it.
pub async fn summarise(request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let id = request_id(request.headers());
    let method = known(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    // Nobody hears this target but a collector of traces: without one the span is never made.
    let span = tracing::info_span!(target: "trace", "request", otel.name = route, method, id);
    let (mut response, spent) = measured(next.run(request)).instrument(span).await;
    let took = begin.elapsed();
    tell(&id, method, route, response.status(), took, spent);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn tell(id: &str, method: &'static str, route: &str, status: StatusCode, took: Duration, spent: Spent) {
    let (db_calls, redis_calls) = (spent.db_calls, spent.redis_calls);
    let (ms, db_ms) = (hundredths(took), hundredths(spent.db_time));
    let code = status.as_u16();
    tracing::info!(target: "request", id, method, route, status = code, ms, db_calls, db_ms, redis_calls);
    metrics::counter!(
        "parterre_http_requests_total", "method" => method, "route" => route.to_owned(), "status" => class(status)
    )
    .increment(1);
    metrics::histogram!("parterre_http_seconds", "route" => route.to_owned()).record(took.as_secs_f64());
}

/// Milliseconds to two places: more is noise, and longer to write.
fn hundredths(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 1e2
}

/// The first digit of a status, as metrics know it.
fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

/// The caller's own id, or a fresh one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        (1..=ID_BYTES_MAX).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    given.filter(plain).map_or_else(|| uuid::Uuid::now_v7().simple().to_string(), str::to_owned)
}

/// A method by its name; a made-up one has none.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_came_along_is_kept_only_when_it_is_plain() {
        let with = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_str(text).unwrap());
            request_id(&headers)
        };
        assert_eq!(with("abc-1_2"), "abc-1_2");
        for odd in ["", "a b", "{\"x\":1}", "x".repeat(65).as_str()] {
            assert_eq!(with(odd).len(), 32, "{odd}");
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }
}
