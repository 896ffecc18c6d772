//! The HTTP API: who calls, faults, idempotency, and the way to the handler.

mod events;
mod intents;
mod refunds;
mod sessions;

use crate::{
    faults::{self, Faults},
    form::{Form, Invalid},
    model::Kept,
    shape,
    state::{Sandbox, State},
};
use axum::{
    body::{Body, Bytes},
    extract::State as Extract,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Json, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;
use std::{io, sync::Arc, time::Duration};

/// Stripe's bound.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

/// A refused call.
pub(crate) struct Refusal {
    status: u16,
    body: Value,
}

impl Refusal {
    pub(crate) fn new(status: u16, body: Value) -> Self {
        Self { status, body }
    }

    /// No such object.
    pub(crate) fn missing(kind: &str, id: &str) -> Self {
        let message = format!("No such {kind}: '{id}'");
        Self::new(404, shape::invalid(&Invalid::new("id", "resource_missing", message)))
    }

    /// The object is not in the state for that.
    pub(crate) fn state(code: Option<&str>, message: &str) -> Self {
        Self::new(400, shape::error("invalid_request_error", code, message))
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::new(400, shape::invalid(&invalid))
    }
}

/// What a handler sees.
pub(crate) struct Call<'a> {
    pub state: &'a mut State,
    pub form: &'a Form,
    pub now: i64,
    pub base: &'a str,
}

/// One API call from headers to answer.
pub(crate) async fn call(
    Extract(sandbox): Extract<Arc<Sandbox>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !authorised(&headers, &sandbox.config.secret_key) {
        let message = "Invalid API Key provided.";
        return respond(401, shape::error("invalid_request_error", None, message), false);
    }
    let latency_ms = sandbox.lock().faults.latency_ms;
    if latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(latency_ms)).await;
    }
    held(&sandbox, uri.path(), |faults| faults.hold_before.as_deref()).await;
    let (answer, lost) = {
        let mut state = sandbox.lock();
        if faults::take(&mut state.faults.fail_next) {
            let body =
                shape::error("api_error", None, "An error occurred with our connection to the sandbox.");
            return respond(500, body, false);
        }
        if faults::take(&mut state.faults.limit_next) {
            let body =
                shape::error("invalid_request_error", Some("rate_limit"), "Request rate limit exceeded.");
            return respond(429, body, false);
        }
        let lost = faults::take(&mut state.faults.lose_answer_next);
        (answer(&mut state, &sandbox, &method, &uri, &headers, &body), lost)
    };
    sandbox.wake.notify_one();
    held(&sandbox, uri.path(), |faults| faults.hold_after.as_deref()).await;
    if lost { broken() } else { answer }
}

/// How often a call that waits looks whether it may go on.
const LOOK: Duration = Duration::from_millis(10);

/// Waits as long as the faults say so.
async fn held(sandbox: &Sandbox, path: &str, part: fn(&Faults) -> Option<&str>) {
    let mut counted = false;
    loop {
        {
            let faults = &mut sandbox.lock().faults;
            if !part(faults).is_some_and(|part| path.contains(part)) {
                return;
            }
            if !counted {
                faults.held += 1;
                counted = true;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Everything from here to the answer is one step under the lock.
fn answer(
    state: &mut State,
    sandbox: &Sandbox,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let text = if method == Method::GET { uri.query().unwrap_or_default().as_bytes() } else { body };
    let form = match std::str::from_utf8(text)
        .map_err(|_| Invalid::new("", "parameter_invalid", "Not UTF-8."))
        .and_then(Form::parse)
    {
        Ok(form) => form,
        Err(invalid) => return respond(400, shape::invalid(&invalid), false),
    };
    let key =
        headers.get("idempotency-key").and_then(|key| key.to_str().ok()).filter(|_| method == Method::POST);
    if key.is_some_and(|key| key.is_empty() || key.len() > IDEMPOTENCY_KEY_BYTES_MAX) {
        let message = "Idempotency keys are 1 to 255 characters long.";
        return respond(400, shape::error("idempotency_error", None, message), false);
    }
    let fingerprint = format!("{} {}", uri.path(), form.canonical());
    if let Some(kept) = key.and_then(|key| state.kept(key)) {
        if kept.fingerprint == fingerprint {
            return respond(kept.status, kept.body.clone(), true);
        }
        let message = "Keys for idempotent requests can only be used with the same parameters they were first used with.";
        return respond(400, shape::error("idempotency_error", None, message), false);
    }
    let call = Call { state, form: &form, now: sandbox.now(), base: &sandbox.config.public_base };
    let (status, body) = match route(call, method, uri.path()) {
        Ok(body) => (200, body),
        Err(refusal) => (refusal.status, refusal.body),
    };
    // As Stripe does: what was carried out is kept, also when the bank said no; what was only refused is not.
    if let Some(key) = key.filter(|_| matches!(status, 200 | 402)) {
        state.keep(Kept { key: key.to_owned(), fingerprint, status, body: body.clone() });
    }
    respond(status, body, false)
}

fn route(call: Call<'_>, method: &Method, path: &str) -> Result<Value, Refusal> {
    let segments: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
    match (method.as_str(), segments.as_slice()) {
        ("POST", ["checkout", "sessions"]) => sessions::create(call),
        ("GET", ["checkout", "sessions", id]) => sessions::retrieve(call, id),
        ("POST", ["checkout", "sessions", id, "expire"]) => sessions::expire(call, id),
        ("POST", ["payment_intents"]) => intents::create(call),
        ("GET", ["payment_intents"]) => intents::list(call),
        ("GET", ["payment_intents", id]) => intents::retrieve(call, id),
        ("POST", ["payment_intents", id, "confirm"]) => intents::confirm(call, id),
        ("POST", ["payment_intents", id, "cancel"]) => intents::cancel(call, id),
        ("POST", ["refunds"]) => refunds::create(call),
        ("GET", ["refunds", id]) => refunds::retrieve(call, id),
        ("GET", ["events"]) => events::list(call),
        ("GET", ["events", id]) => events::retrieve(call, id),
        _ => {
            let message =
                format!("Unrecognized request URL ({method}: {path}): the sandbox does not speak it.");
            Err(Refusal::new(404, shape::error("invalid_request_error", None, &message)))
        }
    }
}

/// `Bearer <key>`, or Basic with the key as the user name.
fn authorised(headers: &HeaderMap, secret_key: &str) -> bool {
    let Some(value) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    match value.split_once(' ') {
        Some(("Bearer", key)) => key == secret_key,
        Some(("Basic", encoded)) => BASE64_STANDARD
            .decode(encoded)
            .is_ok_and(|decoded| decoded.strip_suffix(b":").unwrap_or(&decoded) == secret_key.as_bytes()),
        _ => false,
    }
}

fn respond(status: u16, body: Value, replayed: bool) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(body)).into_response();
    if replayed {
        response.headers_mut().insert("idempotent-replayed", header::HeaderValue::from_static("true"));
    }
    response
}

/// An answer that breaks off before its first byte.
fn broken() -> Response {
    let lost: Result<Bytes, io::Error> = Err(io::ErrorKind::ConnectionReset.into());
    Body::from_stream(futures::stream::iter([lost])).into_response()
}
