//! The admin listener: metrics and readiness, never on the public port.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use services::Services;
use std::sync::OnceLock;

/// One recorder a process.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// `/metrics`, `/readyz`, `/healthz`.
pub fn routes(services: Services) -> Router {
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok());
    Router::new()
        .route("/metrics", get(scrape))
        .route("/readyz", get(ready))
        .route("/healthz", get(async || "alive"))
        .with_state(services)
}

async fn scrape(State(services): State<Services>) -> Response {
    let (events, sockets) = services.hub().counts();
    metrics::gauge!("parterre_live_events").set(events as f64);
    metrics::gauge!("parterre_live_sockets").set(sockets as f64);
    let text = RECORDER.get().and_then(Option::as_ref).map(PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// Whether PostgreSQL, Redis and the migrations are there.
pub async fn ready(State(services): State<Services>) -> Response {
    match services.ready().await {
        Ok(()) => "ready".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response(),
    }
}
