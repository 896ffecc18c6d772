//! `/api/v1/reservations`: holds of programs and guests, proved by their token.

use super::{json, sale_of};
use crate::http::{
    params::{Bearer, IdempotencyKey, NoQuery, Segment},
    problem::{self, Answer, Body, Raw, Refused},
    state::AppState,
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::ids::HoldId;
use protocol::api::{CommitRequest, Extended, HoldView, ReservationRequest};
use services::CheckoutAnswer;

/// Holds all or nothing.
#[utoipa::path(post, operation_id = "create_reservation", path = "/api/v1/events/{id}/reservations", tag = "reservations", params(("id" = String, Path)),
    request_body = ReservationRequest,
    responses((status = 201, body = HoldView), (status = 409, body = protocol::api::Problem),
        (status = 422, body = protocol::api::Problem), (status = 429, body = protocol::api::Problem)))]
pub async fn create(
    State(state): State<AppState>,
    Segment(id): Segment,
    _: NoQuery,
    key: IdempotencyKey,
    Body(mut request): Body<ReservationRequest>,
) -> Answer<Response> {
    key.or_as(&mut request.client_reservation_id);
    let sale = sale_of(&state, &id).await?;
    let request_key = key.of_json(|| format!("event:{} reservations", sale.id()), &request);
    if request_key.is_some() {
        Box::pin(state.services.same_request(request_key)).await?;
    }
    let hold = state.services.hold(&sale, None, &request).await?;
    json(StatusCode::CREATED, &hold)
}

/// The hold.
#[utoipa::path(get, operation_id = "get_reservation", path = "/api/v1/reservations/{hold_id}", tag = "reservations", params(("hold_id" = String, Path)),
    security(("hold_token" = [])),
    responses((status = 200, body = HoldView), (status = 401, body = protocol::api::Problem), (status = 410, body = protocol::api::Problem)))]
pub async fn show(
    State(state): State<AppState>,
    Segment(hold): Segment,
    _: NoQuery,
    bearer: Bearer,
) -> Answer<Json<HoldView>> {
    let token = bearer.required()?;
    Ok(Json(state.services.hold_by_token(hold_id(&hold)?, &token).await?))
}

/// Renews.
#[utoipa::path(post, operation_id = "extend_reservation", path = "/api/v1/reservations/{hold_id}/extend", tag = "reservations", params(("hold_id" = String, Path)),
    security(("hold_token" = [])),
    responses((status = 200, body = Extended), (status = 409, body = protocol::api::Problem), (status = 410, body = protocol::api::Problem)))]
pub async fn extend(
    State(state): State<AppState>,
    Segment(hold): Segment,
    _: NoQuery,
    bearer: Bearer,
    key: IdempotencyKey,
    Raw(body): Raw,
) -> Answer<Json<Extended>> {
    let (hold, token) = (hold_id(&hold)?, bearer.required()?);
    state.services.prove_hold(hold, &token)?;
    problem::empty(&body)?;
    let request_key = key.of(|| format!("hold:{hold} extend"), b"");
    Ok(Json(state.services.once(request_key, state.services.extend_by_token(hold, &token)).await?))
}

/// Gives back; repeatable.
#[utoipa::path(delete, operation_id = "release_reservation", path = "/api/v1/reservations/{hold_id}", tag = "reservations", params(("hold_id" = String, Path)),
    security(("hold_token" = [])), responses((status = 204), (status = 401, body = protocol::api::Problem)))]
pub async fn release(
    State(state): State<AppState>,
    Segment(hold): Segment,
    _: NoQuery,
    bearer: Bearer,
    key: IdempotencyKey,
    Raw(body): Raw,
) -> Answer<StatusCode> {
    let (hold, token) = (hold_id(&hold)?, bearer.required()?);
    state.services.prove_hold(hold, &token)?;
    problem::empty(&body)?;
    let request_key = key.of(|| format!("hold:{hold} release"), b"");
    state.services.once(request_key, state.services.release_by_token(hold, &token)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Places the order and pays.
#[utoipa::path(post, operation_id = "commit_reservation", path = "/api/v1/reservations/{hold_id}/commit", tag = "reservations", params(("hold_id" = String, Path)),
    security(("hold_token" = [])), request_body = CommitRequest,
    responses((status = 200, body = protocol::api::Committed), (status = 202, body = protocol::api::AwaitingPayment),
        (status = 402, body = protocol::api::Problem), (status = 410, body = protocol::api::Problem),
        (status = 422, body = protocol::api::Problem)))]
pub async fn commit(
    State(state): State<AppState>,
    Segment(hold): Segment,
    _: NoQuery,
    bearer: Bearer,
    key: IdempotencyKey,
    Body(mut request): Body<CommitRequest>,
) -> Answer<Response> {
    key.or_as(&mut request.idempotency_key);
    let (hold, token) = (hold_id(&hold)?, bearer.required()?);
    state.services.prove_hold(hold, &token)?;
    state.services.same_request(key.of_json(|| format!("hold:{hold} commit"), &request)).await?;
    Ok(match state.services.commit(hold, &token, &request).await? {
        CheckoutAnswer::Paid(paid) => (StatusCode::OK, Json(paid)).into_response(),
        CheckoutAnswer::Awaiting(awaiting) => (StatusCode::ACCEPTED, Json(awaiting)).into_response(),
    })
}

fn hold_id(text: &str) -> Answer<HoldId> {
    text.parse().map_err(|_| Refused::from(services::Error::NotFound("reservation")))
}
