//! `/api/v1/webhooks/payments`: what the payment provider tells us. The signature is over the raw bytes.

use crate::http::{
    problem::{Raw, Refused},
    state::AppState,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use services::WebhookRefusal;

/// Stores the fact, then applies it; answered 200 once it is stored, also when repeated.
#[utoipa::path(post, operation_id = "receive_payment_webhook", path = "/api/v1/webhooks/payments", tag = "webhooks", request_body = String,
    responses((status = 200), (status = 400, body = protocol::api::Problem)))]
pub async fn receive(State(state): State<AppState>, headers: HeaderMap, Raw(body): Raw) -> Response {
    let signature = headers.get("stripe-signature").and_then(|v| v.to_str().ok()).unwrap_or_default();
    match state.services.receive_webhook(&body, signature).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(WebhookRefusal::BadSignature) => {
            let detail = "The signature does not fit the body.";
            Refused::new(StatusCode::BAD_REQUEST, "bad_signature", "Bad signature", detail).into_response()
        }
        Err(WebhookRefusal::Malformed) => {
            let detail = "The signature is good, but the body is no webhook.";
            Refused::new(StatusCode::BAD_REQUEST, "malformed", "Malformed body", detail).into_response()
        }
        // Not stored: the provider shall send it again.
        Err(WebhookRefusal::NotStored(error)) => Refused::from(error).into_response(),
    }
}
