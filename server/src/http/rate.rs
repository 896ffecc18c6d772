//! How often one address may ask for changes. Reading is not counted; holds are bounded by the event's caps anyway.

use super::{problem::Refused, state::AppState};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

/// Addresses are forgotten once in so many requests, when they have been quiet.
const TIDY_EVERY: u32 = 10_000;

/// Requests by address.
pub struct Limiter {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    seen: AtomicU32,
}

impl Limiter {
    /// At most `per_second`, with bursts of ten seconds' worth: a house full of people is one address.
    pub fn new(per_second: u32) -> Self {
        let rate = NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(per_second.saturating_mul(10)).unwrap_or(NonZeroU32::MIN);
        Self {
            by_address: RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst)),
            seen: AtomicU32::new(0),
        }
    }

    fn allows(&self, address: IpAddr) -> bool {
        if self.seen.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.by_address.retain_recent();
        }
        self.by_address.check_key(&address).is_ok()
    }
}

/// Refuses requests that change something when one address sends too many.
pub async fn limit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    // The payment provider has its own pace, and its requests are signed.
    let webhook = request.uri().path().starts_with("/api/v1/webhooks/");
    match address {
        Some(address) if changes && !webhook && !state.limiter.allows(address) => {
            let detail = "Too many requests from this address. Nothing was changed; wait a moment.";
            let refused =
                Refused::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests", detail);
            let mut response = refused.into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
        _ => next.run(request).await,
    }
}
