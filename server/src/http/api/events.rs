//! `/api/v1/events`: the catalogue.

use crate::http::{
    cache,
    params::{NoQuery, Params, Segment, moment},
    problem::Answer,
    state::AppState,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use services::CatalogueQuery;

/// Query of the list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    #[serde(default, deserialize_with = "moment")]
    from: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    to: Option<DateTime<Utc>>,
    q: Option<String>,
    city: Option<String>,
    category: Option<String>,
    venue: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// Upcoming published events, soonest first.
#[utoipa::path(get, operation_id = "list_events", path = "/api/v1/events", tag = "catalogue",
    params(("from" = Option<String>, Query), ("to" = Option<String>, Query), ("q" = Option<String>, Query),
        ("city" = Option<String>, Query), ("category" = Option<String>, Query), ("venue" = Option<String>, Query),
        ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query, maximum = 100)),
    responses((status = 200, body = protocol::api::Page<protocol::api::EventSummary>), (status = 400, body = protocol::api::Problem)))]
pub async fn list(
    State(state): State<AppState>,
    headers: HeaderMap,
    Params(query): Params<ListQuery>,
) -> Answer<Response> {
    let filled = |text: Option<String>| text.filter(|t| !t.trim().is_empty());
    let page = state
        .services
        .search(&CatalogueQuery {
            q: filled(query.q),
            from: query.from,
            to: query.to,
            city: filled(query.city),
            category: filled(query.category),
            venue: filled(query.venue),
            price_max: None,
            cursor: filled(query.cursor),
            limit: query.limit.unwrap_or(20),
        })
        .await?;
    Ok(cache::json(&headers, &page, 30))
}

/// One event.
#[utoipa::path(get, operation_id = "get_event", path = "/api/v1/events/{id}", tag = "catalogue", params(("id" = String, Path)),
    responses((status = 200, body = protocol::api::EventDetail), (status = 404, body = protocol::api::Problem)))]
pub async fn show(
    State(state): State<AppState>,
    headers: HeaderMap,
    Segment(id): Segment,
    _: NoQuery,
) -> Answer<Response> {
    let event = state.services.event(&id).await?.ok_or(services::Error::NotFound("event"))?;
    Ok(cache::json(&headers, &event, 5))
}
