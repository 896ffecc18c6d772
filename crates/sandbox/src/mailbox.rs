//! The mailbox page: what was sent, as its readers would see it.

mod html;

use crate::{mail::Reading, state::Sandbox};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use chrono::DateTime;
use serde_json::{Value, json};
use std::sync::Arc;

/// A letter's page may show its own pictures and nothing else: no script, no form, no address outside. Its links open
/// beside it.
const LETTER_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src 'self'; \
    style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'";

/// The routes under `/mailbox`.
pub(crate) fn routes() -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/mailbox", get(list))
        .route("/mailbox.json", get(list_json))
        .route("/mailbox/{id}", get(show))
        .route("/mailbox/{id}/html", get(page_of))
        .route("/mailbox/{id}/raw", get(raw))
        .route("/mailbox/{id}/parts/{part}", get(part))
        .route("/mailbox/{id}/cid/{content_id}", get(picture))
        .route("/mailbox/texts/{sid}/reply", post(crate::telephone::reply))
}

/// `2026-11-22 10:00:00 UTC`.
fn clock(at: i64) -> String {
    DateTime::from_timestamp(at, 0)
        .map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}

async fn list(State(sandbox): State<Arc<Sandbox>>) -> Response {
    let letters = sandbox.mailbox.letters();
    let rows: Vec<html::Row> = letters
        .iter()
        .map(|letter| {
            let reading = Reading::of(&letter.raw);
            html::Row {
                id: letter.id,
                at: clock(letter.at),
                to: letter.to.join(", "),
                subject: reading.subject,
            }
        })
        .collect();
    html::list(&rows, &sandbox.mailbox.texts())
}

/// The same for programs: letters and text messages, the newest first.
async fn list_json(State(sandbox): State<Arc<Sandbox>>) -> Json<Value> {
    let letters = sandbox.mailbox.letters();
    let letters = letters.iter().map(|letter| {
        let reading = Reading::of(&letter.raw);
        json!({
            "id": letter.id, "at": letter.at, "from": letter.from, "to": letter.to, "subject": reading.subject,
            "raw": format!("/mailbox/{}/raw", letter.id),
        })
    });
    let texts = sandbox.mailbox.texts();
    let texts = texts.iter().map(|text| {
        json!({ "sid": text.sid, "at": text.at, "from": text.from, "to": text.to, "body": text.body, "status": text.status })
    });
    Json(json!({ "letters": letters.collect::<Vec<_>>(), "texts": texts.collect::<Vec<_>>() }))
}

async fn show(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<u64>) -> Response {
    match sandbox.mailbox.letter(id) {
        Some(letter) => html::letter(id, &clock(letter.at), &Reading::of(&letter.raw)),
        None => html::gone(),
    }
}

async fn page_of(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<u64>) -> Response {
    let page = sandbox.mailbox.letter(id).and_then(|letter| Reading::of(&letter.raw).html);
    let Some(page) = page else { return StatusCode::NOT_FOUND.into_response() };
    let page = page.replace("\"cid:", &format!("\"/mailbox/{id}/cid/"));
    let page = page.replacen("<head>", "<head><base target=\"_blank\">", 1);
    ([(header::CONTENT_SECURITY_POLICY, LETTER_POLICY)], Html(page)).into_response()
}

async fn raw(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<u64>) -> Response {
    match sandbox.mailbox.letter(id) {
        Some(letter) => download("message/rfc822", &format!("{id}.eml"), letter.raw),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn part(State(sandbox): State<Arc<Sandbox>>, Path((id, at)): Path<(u64, usize)>) -> Response {
    let reading = sandbox.mailbox.letter(id).map(|letter| Reading::of(&letter.raw));
    match reading.and_then(|reading| reading.parts.into_iter().nth(at)) {
        Some(part) => download(&part.kind, part.name.as_deref().unwrap_or("part"), part.bytes),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn picture(
    State(sandbox): State<Arc<Sandbox>>,
    Path((id, content_id)): Path<(u64, String)>,
) -> Response {
    let reading = sandbox.mailbox.letter(id).map(|letter| Reading::of(&letter.raw));
    let part = reading.and_then(|reading| {
        reading.parts.into_iter().find(|part| part.content_id.as_deref() == Some(&content_id))
    });
    match part {
        Some(part) if part.kind == "image/png" => {
            ([(header::CONTENT_TYPE, "image/png"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], part.bytes)
                .into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A file to keep, never to open in place.
fn download(kind: &str, name: &str, bytes: Vec<u8>) -> Response {
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    let mut response = ([(header::X_CONTENT_TYPE_OPTIONS, "nosniff")], bytes).into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_str(kind).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, kind);
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}
