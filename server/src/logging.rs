//! Where logs, traces and counts of statements go.
//!
//! Lines go to the standard error, as text or, with `LOG_FORMAT=json`, as JSON; `LOG` chooses them as
//! `tracing_subscriber::EnvFilter` has it. With `OTEL_EXPORTER_OTLP_ENDPOINT` spans also go to a collector.

use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    runtime::Tokio,
    trace::{SdkTracerProvider, span_processor_with_async_runtime::BatchSpanProcessor},
};
use std::time::Duration;
use telemetry::{STATEMENTS, Statements};
use tracing::{Level, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, filter::Targets, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt,
};

/// What is told when nobody says otherwise.
const DEFAULT: &str = "warn,fred=error,request=info,server=info,services=info,supervise=info";
/// A collector that does not answer costs no more than that.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// What must be kept until the process ends, so that the last spans leave.
#[derive(Default)]
pub struct Exports(Option<SdkTracerProvider>);

impl Drop for Exports {
    fn drop(&mut self) {
        if let Some(provider) = self.0.take() {
            // On its way out the process waits for nobody.
            let _ = provider.shutdown_with_timeout(EXPORT_TIMEOUT);
        }
    }
}

/// Starts to listen to the process; inside the runtime, once.
///
/// # Errors
/// When the collector's address is none.
pub fn start() -> anyhow::Result<Exports> {
    let filter = EnvFilter::try_from_env("LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match std::env::var("LOG_FORMAT").as_deref() {
        Ok("json") => lines.json().flatten_event(true).with_filter(filter).boxed(),
        _ => lines.with_filter(filter).boxed(),
    };
    let provider = collector()?;
    let statements = Statements.with_filter(Targets::new().with_target(STATEMENTS, Level::DEBUG));
    tracing_subscriber::registry().with(lines).with(statements).with(provider.as_ref().map(traces)).init();
    Ok(Exports(provider))
}

/// Spans of requests and of what they call.
fn traces<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let wanted = Targets::new()
        .with_target("trace", Level::INFO)
        .with_target("services", Level::DEBUG)
        .with_target("store_pg", Level::DEBUG)
        .with_target("store_redis", Level::DEBUG);
    tracing_opentelemetry::layer().with_tracer(provider.tracer("parterre")).with_filter(wanted)
}

fn collector() -> anyhow::Result<Option<SdkTracerProvider>> {
    let Ok(endpoint) = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT") else { return Ok(None) };
    let client = opentelemetry_http::hyper::HyperClient::with_default_connector(EXPORT_TIMEOUT, None);
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()
        .context("OTEL_EXPORTER_OTLP_ENDPOINT")?;
    let name = std::env::var("OTEL_SERVICE_NAME").unwrap_or_else(|_| "parterre".to_owned());
    let provider = SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(exporter, Tokio).build())
        .with_resource(Resource::builder().with_service_name(name).build())
        .build();
    Ok(Some(provider))
}
