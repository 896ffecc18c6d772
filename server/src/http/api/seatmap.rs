//! `/api/v1/events/{id}/seatmap`: geometry by link, availability by value.

use super::sale_of;
use crate::http::{
    cache,
    params::{Params, Segment},
    problem::Answer,
    state::AppState,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Deserialize;

/// How the map is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapQuery {
    format: Option<Format>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    Full,
    Compact,
}

/// The seats with their states.
#[utoipa::path(get, operation_id = "get_seatmap", path = "/api/v1/events/{id}/seatmap", tag = "catalogue",
    params(("id" = String, Path), ("format" = Option<String>, Query, description = "`full`, or `compact` for a `CompactSeatmap`")),
    responses((status = 200, body = protocol::api::Seatmap), (status = 404, body = protocol::api::Problem)))]
pub async fn show(
    State(state): State<AppState>,
    headers: HeaderMap,
    Segment(id): Segment,
    Params(query): Params<MapQuery>,
) -> Answer<Response> {
    let sale = sale_of(&state, &id).await?;
    let snapshot = state.services.snapshot(&sale).await?;
    let compact = query.format == Some(Format::Compact);
    let shape = if compact { "c" } else { "f" };
    let etag = format!("\"{shape}-{}-{}-{}\"", sale.version(), snapshot.epoch, snapshot.offset);
    let body = || {
        let json = if compact {
            serde_json::to_vec(&sale.compact_seatmap(&snapshot))
        } else {
            serde_json::to_vec(&sale.seatmap(&snapshot))
        };
        json.unwrap_or_default()
    };
    Ok(cache::tagged(&headers, &etag, "no-cache", "application/json", body))
}
