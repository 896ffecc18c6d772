//! What pages link to: the built browser half, geometry assets, posters, still plans, the ticket keys.

use super::{
    admin,
    cache::{self, tagged},
    pages,
    problem::Answer,
    state::AppState,
};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use services::Error;
use std::io::Write;
use tower::ServiceBuilder;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// Content-addressed: never changes.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Assets that come out of the stores.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/plans/{file}", get(geometry))
        .route("/posters/{file}", get(poster))
        .route("/events/{slug}/plan.svg", get(plan))
        .route("/.well-known/jwks.json", get(jwks))
        .route("/.well-known/revoked-tickets.json", get(revoked))
        .route("/healthz", get(async || "alive"))
        .route("/readyz", get(admin::ready))
}

/// Files of the built browser half and of `public`; those with a content hash in their name are kept for ever.
pub fn files(state: &AppState) -> Router {
    let hashed = |folder: &str| {
        ServiceBuilder::new()
            .layer(SetResponseHeaderLayer::if_not_present(
                header::CACHE_CONTROL,
                HeaderValue::from_static(IMMUTABLE),
            ))
            .service(ServeDir::new(state.site_dir.join(folder)).precompressed_br().precompressed_gzip())
    };
    let public = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        ))
        .service(
            ServeDir::new("public").append_index_html_on_directories(false).fallback(pages::not_found(state)),
        );
    Router::new()
        .nest_service("/pkg", hashed("pkg"))
        .nest_service("/fonts", hashed("fonts"))
        .fallback_service(public)
}

async fn geometry(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path(file): Path<String>,
) -> Answer<Response> {
    let hash = file.strip_suffix(".bin").filter(|hash| hash.len() == 64).ok_or(Error::NotFound("plan"))?;
    let compressed = state.geometry(hash).await?.ok_or(Error::NotFound("plan"))?;
    let br = takes_brotli(&headers);
    let etag = format!("\"{}{}\"", &hash[..24], if br { "b" } else { "" });
    let body = if br { compressed.brotli.clone() } else { compressed.plain.clone() };
    let mut response = tagged(&headers, &etag, IMMUTABLE, "application/octet-stream", || body);
    if br {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

/// Whether the asker can read brotli.
pub fn takes_brotli(headers: &HeaderMap) -> bool {
    let offered = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    offered.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some("br") && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0"))
    })
}

/// As hard as can be: for what is compressed once in a process.
pub const BROTLI_HARDEST: u32 = 11;

/// Compresses.
pub fn brotli(plain: &[u8], quality: u32) -> std::io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut compressed, 1 << 16, quality, 22);
    writer.write_all(plain)?;
    writer.flush()?;
    drop(writer);
    Ok(compressed)
}

async fn poster(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path(file): Path<String>,
) -> Answer<Response> {
    let slug = file.strip_suffix(".svg").ok_or(Error::NotFound("poster"))?;
    let svg = state.services.poster(slug).await?.ok_or(Error::NotFound("poster"))?;
    Ok(drawing(&headers, svg, 3_600))
}

async fn plan(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path(slug): Path<String>,
) -> Answer<Response> {
    let sale = state.services.sale(&slug).await?.ok_or(Error::NotFound("event"))?;
    Ok(drawing(&headers, state.services.plan_preview_svg(&sale), 3_600))
}

fn drawing(headers: &HeaderMap, svg: String, max_age_s: u32) -> Response {
    use sha2::{Digest, Sha256};
    let etag = format!("\"{}\"", hex::encode(&Sha256::digest(svg.as_bytes())[..12]));
    tagged(headers, &etag, &format!("public, max-age={max_age_s}"), "image/svg+xml", || svg)
}

/// Tickets whose codes verify and do not admit: scanners that work without us ask every few minutes, with an ETag.
async fn revoked(State(state): State<AppState>, headers: HeaderMap) -> Answer<Response> {
    Ok(cache::json(&headers, &state.services.revoked_tickets().await?, 60))
}

async fn jwks(State(state): State<AppState>) -> Answer<Response> {
    let keys = state.services.jwks().await?;
    Ok(([(header::CACHE_CONTROL, "public, max-age=300")], Json(keys)).into_response())
}
