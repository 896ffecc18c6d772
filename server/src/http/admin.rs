//! The admin listener: metrics and readiness, never on the public port.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use services::Services;
use std::sync::OnceLock;

/// One recorder a process.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// `/metrics`, `/readyz`, `/healthz`.
pub fn routes(services: Services) -> Router {
    RECORDER.get_or_init(record);
    Router::new()
        .route("/metrics", get(scrape))
        .route("/readyz", get(ready))
        .route("/healthz", get(async || "alive"))
        .with_state(services)
}

/// From a tenth of a millisecond to a minute; `histogram_quantile` needs buckets.
const SECONDS: &[f64] =
    &[0.0001, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

fn record() -> Option<PrometheusHandle> {
    let builder =
        PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS);
    let recorder = builder.ok()?.install_recorder().ok();
    services::begin_counters();
    recorder
}

async fn scrape(State(services): State<Services>) -> Response {
    let (events, sockets) = services.hub().counts();
    metrics::gauge!("parterre_live_events").set(events as f64);
    metrics::gauge!("parterre_live_sockets").set(sockets as f64);
    metrics::gauge!("parterre_hold_queue").set(services.holds_waiting() as f64);
    if let Some(replica) = services.replica() {
        metrics::gauge!("parterre_replica_used").set(u8::from(replica.is_well));
        for (from, answers) in [("replica", replica.reads), ("primary", replica.fallbacks)] {
            metrics::counter!("parterre_replica_reads_total", "from" => from).absolute(answers);
        }
    }
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
