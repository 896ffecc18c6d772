//! `/api/v1/events/{id}/register`: general admission in one call.

use super::sale_of;
use crate::http::{
    params::{IdempotencyKey, NoQuery, Segment},
    problem::{Answer, Body},
    state::AppState,
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use protocol::api::{HoldView, RegisterRequest};

/// Holds places of the area that sells this tier.
#[utoipa::path(post, operation_id = "register", path = "/api/v1/events/{id}/register", tag = "reservations", params(("id" = String, Path)),
    request_body = RegisterRequest,
    responses((status = 201, body = HoldView), (status = 409, body = protocol::api::Problem)))]
pub async fn create(
    State(state): State<AppState>,
    Segment(id): Segment,
    _: NoQuery,
    key: IdempotencyKey,
    Body(mut request): Body<RegisterRequest>,
) -> Answer<Response> {
    key.or_as(&mut request.idempotency_key);
    let sale = sale_of(&state, &id).await?;
    let request_key = key.of_json(|| format!("event:{} register", sale.id()), &request);
    state.services.same_request(request_key).await?;
    let hold = state.services.register(&sale, &request).await?;
    Ok((StatusCode::CREATED, Json(hold)).into_response())
}
