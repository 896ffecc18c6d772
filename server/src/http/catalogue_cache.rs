//! Rendered pages of the catalogue: the same for everybody, so they are rendered once, kept for some seconds with an
//! ETag, and sent as bytes. One request renders, the others wait for it.

use super::{cache::tagged, state::AppState};
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

/// Seat counts on pages are at most this old.
const TTL: Duration = Duration::from_secs(5);
const PAGES_MAX: u64 = 2_000;
const PAGE_BYTES_MAX: usize = 2 << 20;

/// Rendered pages by address.
#[derive(Clone)]
pub struct PageCache(Cache<String, Arc<Page>>);

struct Page {
    bytes: Bytes,
    etag: String,
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
    let known = HeaderMap::from_iter(request.headers().get(header::IF_NONE_MATCH).map(|v| (header::IF_NONE_MATCH, v.clone())));
    // Rendered for nobody: what is shared must not depend on who asked first.
    let anonymous = Request::builder().uri(request.uri().clone()).body(Body::empty());
    let Ok(anonymous) = anonymous else { return next.run(request).await };
    let rendered = state.pages.0.try_get_with(key, async { render(anonymous, next).await.map(Arc::new).map_err(Box::new) });
    match rendered.await {
        Ok(page) => answer(&known, &page),
        Err(response) => match Arc::try_unwrap(response) {
            Ok(response) => *response,
            // Another request got the answer that cannot be kept; it is an error page, said again in short.
            Err(shared) => shared.status().into_response(),
        },
    }
}

async fn render(request: Request, next: Next) -> Result<Page, Response> {
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return Err(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, PAGE_BYTES_MAX).await;
    let bytes = bytes.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
    let etag = format!("\"{}\"", hex::encode(&Sha256::digest(&bytes)[..12]));
    let mut headers = parts.headers;
    // The guest's cookie is not part of what is shared.
    for name in [header::SET_COOKIE, header::CONTENT_LENGTH, header::ETAG, header::CACHE_CONTROL] {
        headers.remove(name);
    }
    Ok(Page { bytes, etag, headers })
}

fn answer(known: &HeaderMap, page: &Page) -> Response {
    let bytes = page.bytes.clone();
    let mut response = tagged(known, &page.etag, "public, max-age=5", "text/html; charset=utf-8", || bytes);
    for (name, value) in &page.headers {
        if name != header::CONTENT_TYPE {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}
