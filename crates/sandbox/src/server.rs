//! Puts the parts on a socket.

use crate::{SandboxConfig, api, delivery, mail, mailbox, pages, state::Sandbox, telephone};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Json, Response},
    routing::{any, get, post},
};
use std::{io, sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// Bytes of a request body; a session of 100 lines is about 30 kB.
const BODY_BYTES_MAX: usize = 256 * 1_024;
/// How often sessions are looked through for those whose time is over.
const EXPIRY_TICK: Duration = Duration::from_millis(500);

/// Serves a sandbox until the future is dropped; webhooks stop with it and go on at the next start, if the
/// configuration has a data directory.
pub async fn serve(listener: TcpListener, config: SandboxConfig) -> io::Result<()> {
    run(listener, Sandbox::start(config)?).await
}

/// The same, with a mail server on a socket of its own.
pub async fn serve_with_mail(
    listener: TcpListener,
    smtp: TcpListener,
    config: SandboxConfig,
) -> io::Result<()> {
    let sandbox = Sandbox::start(config)?;
    tokio::select! {
        served = run(listener, Arc::clone(&sandbox)) => served,
        served = mail::serve(smtp, sandbox) => served,
    }
}

async fn run(listener: TcpListener, sandbox: Arc<Sandbox>) -> io::Result<()> {
    let app = router(Arc::clone(&sandbox));
    tokio::select! {
        served = async { axum::serve(listener, app).await } => served,
        () = delivery::run(Arc::clone(&sandbox)) => Ok(()),
        () = expire(sandbox) => Ok(()),
    }
}

fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/v1/{*path}", any(api::call))
        .route("/pay/{session}", get(pages::pay_form).post(pages::pay))
        .route("/authenticate/{intent}", get(pages::challenge_form).post(pages::challenge))
        .route("/sandbox.css", get(pages::style))
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .route("/", get(pages::home))
        .route("/2010-04-01/Accounts/{account}/Messages.json", post(telephone::send))
        .merge(mailbox::routes())
        .route("/_sandbox/faults", post(set_faults).get(faults))
        .route("/_sandbox/ledger", get(ledger))
        .fallback(pages::not_found)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(sandbox)
}

async fn expire(sandbox: Arc<Sandbox>) {
    let mut tick = tokio::time::interval(EXPIRY_TICK);
    loop {
        tick.tick().await;
        let now = sandbox.now();
        if sandbox.lock().expire_due(now) {
            sandbox.wake.notify_one();
        }
    }
}

async fn set_faults(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Response {
    match serde_json::from_slice(&body) {
        Ok(faults) => {
            sandbox.lock().faults = faults;
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

async fn faults(State(sandbox): State<Arc<Sandbox>>) -> Response {
    Json(sandbox.lock().faults.clone()).into_response()
}

async fn ledger(State(sandbox): State<Arc<Sandbox>>) -> Response {
    Json(sandbox.lock().ledger()).into_response()
}
