//! `/api/v1/orders`: what became of an order, for whoever holds its hold's token or its own key.

use crate::http::{
    params::{Bearer, Params, Segment},
    problem::Answer,
    state::AppState,
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use domain::ids::OrderId;
use serde::Deserialize;
use services::OrderAuth;

/// The order's own key, as in its page's address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyQuery {
    key: Option<String>,
}

/// The order.
#[utoipa::path(get, operation_id = "get_order", path = "/api/v1/orders/{id}", tag = "orders",
    params(("id" = String, Path), ("key" = Option<String>, Query)), security((), ("hold_token" = [])),
    responses((status = 200, body = protocol::api::OrderView), (status = 401, body = protocol::api::Problem), (status = 404, body = protocol::api::Problem)))]
pub async fn show(
    State(state): State<AppState>,
    Segment(id): Segment,
    Params(query): Params<KeyQuery>,
    bearer: Bearer,
) -> Answer<Response> {
    let id: OrderId = id.parse().map_err(|_| services::Error::NotFound("order"))?;
    let auth = match (&query.key, &bearer.0) {
        (Some(key), _) => OrderAuth::Key(key),
        (None, Some(token)) => OrderAuth::HoldToken(token),
        (None, None) => return Err(services::Error::Unauthorized.into()),
    };
    let page = state.services.order(id, auth).await?.ok_or(services::Error::NotFound("order"))?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(page.order)).into_response())
}
