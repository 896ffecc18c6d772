//! The OpenAPI document, made from the handlers themselves.

use super::{best_available, events, orders, register, reservations, seatmap, webhooks};
use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
use domain::limits::CLIENT_ID_BYTES_MAX;
use serde_json::{Value, json};
use std::sync::LazyLock;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Parterre", version = "1", description = "Live-seat ticketing: catalogue, holds, checkout, orders."),
    paths(
        events::list, events::show, seatmap::show, best_available::show, reservations::create, reservations::show,
        reservations::extend, reservations::release, reservations::commit, register::create, orders::show,
        orders::quote, orders::refund, webhooks::receive,
    ),
    // The compact form of a seatmap is chosen by the query, so no operation names it as its answer.
    components(schemas(protocol::api::CompactSeatmap)),
    modifiers(&Security)
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The hold's token.")).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("hold_token", SecurityScheme::Http(scheme));
    }
}

/// What is true of every operation, and would be repeated at each: problems have a type of their own, any operation
/// may answer one that it does not list, and what changes something takes a key.
fn complete(document: &mut Value) {
    let problem =
        json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
    let key = json!({ "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "The same key and body give the same answer again; another body is refused.",
        "schema": { "type": "string", "minLength": 1, "maxLength": CLIENT_ID_BYTES_MAX } });
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (method, operation) in paths.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten()) {
        if method != "get" && operation["operationId"] != "receive_payment_webhook" {
            match operation["parameters"].as_array_mut() {
                Some(parameters) => parameters.push(key.clone()),
                None => operation["parameters"] = json!([key]),
            }
        }
        if let Some(responses) = operation["responses"].as_object_mut() {
            let errors = responses.iter_mut().filter(|(status, _)| status.starts_with(['4', '5']));
            errors.for_each(|(_, response)| response["content"] = problem.clone());
            responses.insert("default".into(), json!({ "description": "A problem.", "content": problem }));
        }
    }
}

/// The document.
pub fn spec() -> &'static Value {
    static SPEC: LazyLock<Value> = LazyLock::new(|| {
        let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
        complete(&mut document);
        document
    });
    &SPEC
}

/// `/api/v1/openapi.json`.
pub async fn document() -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(spec())).into_response()
}
