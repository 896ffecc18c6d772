//! The public HTTP contract, one file a resource. A handler parses, asks one use case, and maps the answer.

mod best_available;
mod docs;
mod events;
mod openapi;
mod orders;
mod register;
mod reservations;
mod seatmap;
mod texts;
mod webhooks;

use super::{
    problem::{Answer, Refused},
    state::AppState,
};
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;
use tower_http::set_header::SetResponseHeaderLayer;

/// All routes under `/api`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/events", get(events::list))
        .route("/api/v1/events/{id}", get(events::show))
        .route("/api/v1/events/{id}/seatmap", get(seatmap::show))
        .route("/api/v1/events/{id}/best-available", get(best_available::show))
        .route("/api/v1/events/{id}/reservations", post(reservations::create))
        .route("/api/v1/events/{id}/register", post(register::create))
        .route("/api/v1/reservations/{hold_id}", get(reservations::show).delete(reservations::release))
        .route("/api/v1/reservations/{hold_id}/extend", post(reservations::extend))
        .route("/api/v1/reservations/{hold_id}/commit", post(reservations::commit))
        .route("/api/v1/orders/{id}", get(orders::show))
        .route("/api/v1/orders/{id}/refund", post(orders::refund))
        .route("/api/v1/orders/{id}/refund-quote", get(orders::quote))
        .route("/api/v1/webhooks/payments", post(webhooks::receive))
        .route("/api/v1/webhooks/sms/status", post(texts::status))
        .route("/api/v1/webhooks/sms/inbound", post(texts::inbound))
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/docs", get(docs::page))
        .route("/api/{*rest}", axum::routing::any(async || Refused::not_found()))
        .method_not_allowed_fallback(wrong_method)
        // What is about one buyer stays with that buyer; the catalogue says otherwise itself.
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
}

/// JSON written straight into its buffer: the answer to a hold is made more often than any other.
fn json<T: Serialize>(status: StatusCode, body: &T) -> Answer<Response> {
    /// A hold of some seats.
    const USUAL_BYTES: usize = 1_024;
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    serde_json::to_writer(&mut bytes, body).map_err(services::Error::internal)?;
    let mut response = Response::new(bytes.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

async fn wrong_method() -> Response {
    let detail = "This address does not take that method.";
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Wrong method", detail).into_response()
}

/// The event of a path segment: an id or a slug.
async fn sale_of(state: &AppState, id: &str) -> Result<std::sync::Arc<services::Sale>, Refused> {
    state.services.sale(id).await?.ok_or_else(|| services::Error::NotFound("event").into())
}
