//! The OpenAPI document, made from the handlers themselves.

use super::{best_available, events, orders, register, reservations, seatmap, webhooks};
use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
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
        webhooks::receive,
    ),
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

/// The document.
pub fn spec() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// `/api/v1/openapi.json`.
pub async fn document() -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(spec())).into_response()
}
