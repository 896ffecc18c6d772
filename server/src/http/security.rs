//! What every answer carries, and what every request that changes something must prove.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use url::Url;

use super::problem::Refused;

/// For answers that bring no policy of their own (pages set one with a nonce): nothing may run at all.
const CLOSED_POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Adds the headers that no answer goes without.
pub fn dress(headers: &mut HeaderMap) {
    // Grown once, not at every third header.
    headers.reserve(8);
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(header::CONTENT_SECURITY_POLICY, CLOSED_POLICY);
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(OPENER_POLICY, "same-origin");
    default(PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=()");
}

/// Where this site is reached: requests from pages of other origins are told by it.
#[derive(Clone)]
pub struct Origins(Arc<[String]>);

impl Origins {
    /// The site's own origin; on a loopback address `localhost` and `127.0.0.1` are the same site.
    pub fn new(base_url: &str) -> Self {
        let mut own = vec![origin_of(base_url).unwrap_or_default()];
        if own[0].contains("//127.0.0.1") {
            own.push(own[0].replace("127.0.0.1", "localhost"));
        }
        Self(own.into())
    }

    /// Whether an `Origin` header names this site.
    pub fn is_own(&self, origin: &str) -> bool {
        self.0.iter().any(|own| own.eq_ignore_ascii_case(origin))
    }
}

fn origin_of(url: &str) -> Option<String> {
    Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}

/// Refuses requests that change something and come from a page of another site. Programs without a cookie are not
/// concerned: nothing of ours travels with their requests by itself.
pub async fn same_origin(State(origins): State<Origins>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let webhook = request.uri().path().starts_with("/api/v1/webhooks/");
    if safe || webhook || from_own_page(&origins, &request) {
        return next.run(request).await;
    }
    let detail = "This request comes from a page of another site. Open the page here and try again.";
    Refused::new(StatusCode::FORBIDDEN, "cross_origin", "Another site", detail).into_response()
}

fn from_own_page(origins: &Origins, request: &Request) -> bool {
    let text = |name: HeaderName| request.headers().get(name).and_then(|v| v.to_str().ok());
    if let Some(origin) = text(header::ORIGIN) {
        return origins.is_own(origin);
    }
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site == "same-origin" || site == "none",
        // No browser of today leaves both away; a program has no cookie to abuse.
        None => text(header::COOKIE).is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn only_our_own_pages_may_change_something() {
        let origins = Origins::new("http://127.0.0.1:3000");
        let table = [
            (vec![("origin", "http://127.0.0.1:3000")], true),
            (vec![("origin", "http://localhost:3000")], true),
            (vec![("origin", "http://127.0.0.1:3001")], false),
            (vec![("origin", "https://evil.example")], false),
            (vec![("origin", "null")], false),
            (vec![("sec-fetch-site", "same-origin"), ("cookie", "a=b")], true),
            (vec![("sec-fetch-site", "cross-site")], false),
            (vec![("cookie", "a=b")], false),
            (vec![], true),
        ];
        for (headers, allowed) in table {
            let mut request = Request::builder().method("POST").uri("/x");
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            let request = request.body(Body::empty()).unwrap();
            assert_eq!(from_own_page(&origins, &request), allowed, "{headers:?}");
        }
    }
}
