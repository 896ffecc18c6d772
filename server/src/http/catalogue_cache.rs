//! Rendered pages of the catalogue: the same for everybody, so they are rendered and compressed once, kept for some
//! seconds with an ETag, and sent as bytes. One request renders, the others wait for it.

use super::{
    assets::{brotli, takes_brotli},
    cache::tagged,
    state::AppState,
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use moka::future::Cache;
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};

/// How long a page is kept. Counts in a listing can be as old again: `services` keeps them for some seconds, too.
const TTL: Duration = Duration::from_secs(5);
const PAGES_MAX: u64 = 2_000;
const PAGE_BYTES_MAX: usize = 2 << 20;
/// A page lives for seconds: some tenths larger than the hardest quality makes it, in a hundredth of the time.
const BROTLI_QUALITY: u32 = 5;

/// Rendered pages by address.
#[derive(Clone)]
pub struct PageCache(Cache<String, Arc<Page>>);

struct Page {
    status: StatusCode,
    bytes: Bytes,
    /// Empty: not compressed.
    brotli: Bytes,
    etag: String,
    etag_brotli: String,
    headers: HeaderMap,
}

impl Default for PageCache {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(PAGES_MAX).time_to_live(TTL).build())
    }
}

/// Whether a page is the same for everybody: the listing, help, and event pages.
fn is_shared(request: &Request) -> bool {
    let path = request.uri().path();
    let event = path.strip_prefix("/events/").is_some_and(|rest| !rest.is_empty() && !rest.contains('/'));
    let short = request.uri().query().is_none_or(|query| query.len() <= 300);
    request.method() == Method::GET && short && (path == "/" || path == "/help" || event)
}

/// Serves a shared page from memory, or renders it once.
pub async fn serve(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if !is_shared(&request) {
        return next.run(request).await;
    }
    let key = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let known = HeaderMap::from_iter(
        request.headers().get(header::IF_NONE_MATCH).map(|v| (header::IF_NONE_MATCH, v.clone())),
    );
    let compressed = takes_brotli(request.headers());
    // Rendered for nobody: what is shared must not depend on who asked first.
    let anonymous = Request::builder().uri(request.uri().clone()).body(Body::empty());
    let Ok(anonymous) = anonymous else { return next.run(request).await };
    // What cannot be kept (an error page) still answers everybody who waited for it.
    let rendered = state.pages.0.try_get_with(key, async { render(anonymous, next).await.map(Arc::new) });
    match rendered.await {
        Ok(page) => {
            let compressed = compressed && !page.brotli.is_empty();
            let (bytes, etag) =
                if compressed { (&page.brotli, &page.etag_brotli) } else { (&page.bytes, &page.etag) };
            let mut response =
                tagged(&known, etag, "public, max-age=5", "text/html; charset=utf-8", || bytes.clone());
            add(&mut response, &page.headers);
            if compressed && response.status() == StatusCode::OK {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
            }
            response
        }
        Err(page) => {
            let mut response = (page.status, page.bytes.clone()).into_response();
            response.headers_mut().remove(header::CONTENT_TYPE);
            add(&mut response, &page.headers);
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
    }
}

fn add(response: &mut Response, headers: &HeaderMap) {
    for (name, value) in headers {
        if !response.headers().contains_key(name) {
            response.headers_mut().insert(name.clone(), value.clone());
        }
    }
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
}

async fn render(request: Request, next: Next) -> Result<Page, Page> {
    let (parts, body) = next.run(request).await.into_parts();
    let read = axum::body::to_bytes(body, PAGE_BYTES_MAX).await;
    let (status, bytes) = match read {
        Ok(bytes) => (parts.status, bytes),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
    };
    let digest = hex::encode(&Sha256::digest(&bytes)[..12]);
    let (etag, etag_brotli) = (format!("\"{digest}\""), format!("\"{digest}b\""));
    let mut headers = parts.headers;
    // The guest's cookie is not part of what is shared.
    for name in [header::SET_COOKIE, header::CONTENT_LENGTH, header::ETAG, header::CACHE_CONTROL] {
        headers.remove(name);
    }
    let brotli = if status == StatusCode::OK { compressed(&bytes).await } else { Bytes::new() };
    let page = Page { status, bytes, brotli, etag, etag_brotli, headers };
    if status == StatusCode::OK { Ok(page) } else { Err(page) }
}

/// Milliseconds of work: not on a thread that serves others. A page that cannot be compressed is sent as it is.
async fn compressed(bytes: &Bytes) -> Bytes {
    let plain = bytes.clone();
    let done = tokio::task::spawn_blocking(move || brotli(&plain, BROTLI_QUALITY)).await;
    done.ok().and_then(Result::ok).map(Bytes::from).unwrap_or_default()
}
