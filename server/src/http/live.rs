//! `/live`: one WebSocket a tab, several events. Frames are binary; with `?format=json` the same as JSON text.

mod handshake;
mod socket;
mod topic;

use super::{params::Params, problem::Refused, security::Origins, state::AppState};
use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use handshake::Handshake;
use serde::Deserialize;
use socket::Format;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio_util::sync::CancellationToken;

/// Sockets of one process: below the usual limit of file descriptors.
const SOCKETS_MAX: usize = 50_000;

/// What the route needs beside the state.
#[derive(Clone)]
struct Live {
    state: AppState,
    origins: Origins,
    stop: CancellationToken,
    open: Arc<AtomicUsize>,
}

/// How the frames are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LiveQuery {
    format: Option<Format>,
}

/// The route of the socket.
pub fn routes(state: AppState, origins: Origins, stop: CancellationToken) -> Router<AppState> {
    let live = Live { state, origins, stop, open: Arc::default() };
    Router::new().route("/live", get(upgrade).with_state(live))
}

async fn upgrade(
    State(live): State<Live>,
    Params(query): Params<LiveQuery>,
    mut request: Request,
) -> Response {
    let handshake = match Handshake::read(&mut request) {
        Ok(handshake) => handshake,
        Err(status) => {
            let detail = "This address speaks WebSocket, version 13.";
            return Refused::new(status, "websocket_expected", "Not a WebSocket", detail).into_response();
        }
    };
    // A browser always names the page's origin; what it reads here is public, but its sockets are counted to us.
    let foreign = request
        .headers()
        .get(header::ORIGIN)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|o| !live.origins.is_own(o));
    if foreign {
        let detail = "Live sockets are for pages of this site and for programs.";
        return Refused::new(StatusCode::FORBIDDEN, "cross_origin", "Another site", detail).into_response();
    }
    if live.open.fetch_add(1, Ordering::Relaxed) >= SOCKETS_MAX {
        live.open.fetch_sub(1, Ordering::Relaxed);
        return Refused::from(services::Error::Busy { retry_after_ms: 5_000 }).into_response();
    }
    let counted = Counted(live.open.clone());
    let format = query.format.unwrap_or(Format::Binary);
    handshake.accept(move |socket| async move {
        socket::run(socket, live.state.services.clone(), format, live.stop).await;
        drop(counted);
    })
}

/// One open socket.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
