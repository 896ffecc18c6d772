//! Rendered pages of the catalogue: the same for everybody, so they are rendered and compressed once, kept for some
//! seconds with an ETag, and sent as bytes. One request renders, the others wait for it.

use super::{
    assets::{brotli, takes_brotli},
    state::AppState,
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::Response,
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
    plain: Variant,
    /// The same, compressed.
    brotli: Option<Variant>,
}

/// A page as it is sent: bytes and all its headers.
struct Variant {
    bytes: Bytes,
    etag: HeaderValue,
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
    let (asked, _) = request.into_parts();
    let key = asked.uri.path_and_query().map_or("/", |address| address.as_str());
    let page = match state.pages.0.get(key).await {
        Some(page) => page,
        None => match Box::pin(render_once(&state, &asked.uri, next)).await {
            Ok(page) | Err(page) => page,
        },
    };
    page.answer(&asked.headers)
}

/// What cannot be kept (an error page) still answers everybody who waited for it.
async fn render_once(state: &AppState, uri: &Uri, next: Next) -> Result<Arc<Page>, Arc<Page>> {
    let key = uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    // Rendered for nobody: what is shared must not depend on who asked first.
    let mut anonymous = Request::new(Body::empty());
    *anonymous.uri_mut() = uri.clone();
    let rendered = state.pages.0.try_get_with(key, async { render(anonymous, next).await.map(Arc::new) });
    rendered.await
}

impl Page {
    fn answer(&self, asked: &HeaderMap) -> Response {
        let variant = self.brotli.as_ref().filter(|_| takes_brotli(asked)).unwrap_or(&self.plain);
        let known = asked.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
        let etag = variant.etag.to_str().unwrap_or_default();
        let same =
            known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
        let mut response = Response::new(if same { Body::empty() } else { variant.bytes.clone().into() });
        *response.headers_mut() = variant.headers.clone();
        *response.status_mut() = if same { StatusCode::NOT_MODIFIED } else { self.status };
        if same {
            response.headers_mut().remove(header::CONTENT_ENCODING);
        }
        response
    }
}

async fn render(request: Request, next: Next) -> Result<Page, Page> {
    let (parts, body) = next.run(request).await.into_parts();
    let read = axum::body::to_bytes(body, PAGE_BYTES_MAX).await;
    let (status, bytes) = match read {
        Ok(bytes) => (parts.status, bytes),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
    };
    let mut headers = parts.headers;
    // The guest's cookie is not part of what is shared.
    for name in [header::SET_COOKIE, header::CONTENT_LENGTH, header::ETAG, header::CACHE_CONTROL] {
        headers.remove(name);
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if status != StatusCode::OK {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let plain = Variant { bytes, etag: HeaderValue::from_static(""), headers };
        return Err(Page { status, plain, brotli: None });
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=5"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let digest = hex::encode(&Sha256::digest(&bytes)[..12]);
    let brotli = compressed(&bytes).await.map(|small| {
        let mut headers = headers.clone();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        Variant::new(small, &format!("{digest}b"), headers)
    });
    Ok(Page { status, plain: Variant::new(bytes, &digest, headers), brotli })
}

impl Variant {
    fn new(bytes: Bytes, digest: &str, mut headers: HeaderMap) -> Self {
        // Hex digits fit into a header.
        let etag =
            HeaderValue::from_str(&format!("\"{digest}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        headers.insert(header::ETAG, etag.clone());
        Self { bytes, etag, headers }
    }
}

/// Milliseconds of work: not on a thread that serves others. A page that cannot be compressed is sent as it is.
async fn compressed(bytes: &Bytes) -> Option<Bytes> {
    let plain = bytes.clone();
    let done = tokio::task::spawn_blocking(move || brotli(&plain, BROTLI_QUALITY)).await;
    done.ok()?.ok().map(Bytes::from)
}
