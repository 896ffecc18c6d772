//! `/api/v1/webhooks/sms`: what the text message provider tells us. Signed over the address and the form's fields.

use crate::http::{
    params::Params,
    problem::{Answer, Raw, Refused},
    state::AppState,
};
use axum::{
    extract::{OriginalUri, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use uuid::Uuid;

type Fields = Vec<(String, String)>;

/// Which message a callback is about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusQuery {
    delivery: Uuid,
}

/// What became of a message.
pub async fn status(
    State(state): State<AppState>,
    uri: OriginalUri,
    Params(query): Params<StatusQuery>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Answer<Response> {
    let fields = proved(&state, &uri, &headers, &body)?;
    // The address was signed, too: it names the message, whose name at the provider we may not know yet.
    state.services.text_moved(query.delivery, &fields).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Somebody answered a message. The answer to the answer is empty: the provider itself confirms STOP and START.
pub async fn inbound(
    State(state): State<AppState>,
    uri: OriginalUri,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Answer<Response> {
    let fields = proved(&state, &uri, &headers, &body)?;
    state.services.text_received(&fields).await?;
    Ok(([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], "<Response/>").into_response())
}

fn proved(state: &AppState, uri: &OriginalUri, headers: &HeaderMap, body: &[u8]) -> Answer<Fields> {
    let refused = |status, code: &str, title: &str, detail: &str| Refused::new(status, code, title, detail);
    let fields: Fields = serde_urlencoded::from_bytes(body).map_err(|_| {
        refused(StatusCode::BAD_REQUEST, "malformed", "Malformed body", "The body is no form.")
    })?;
    let signature = headers.get("x-twilio-signature").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let path = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
    if !state.services.is_text_providers(&path, &fields, signature) {
        let detail = "The signature does not fit the address and the form.";
        return Err(refused(StatusCode::FORBIDDEN, "bad_signature", "Bad signature", detail));
    }
    Ok(fields)
}
