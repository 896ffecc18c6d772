//! The opening of a WebSocket (RFC 6455, section 4.2), with buffers of our choosing.
//!
//! Ours and not the framework's, because of memory: what a socket has to write is copied into a buffer that keeps the
//! size of the largest message ever written. Parted messages ([`super::socket`]) need the frames themselves.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header},
    response::Response,
};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use protocol::live::CLIENT_FRAME_BYTES_MAX;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};

/// Frames of viewers are small.
const READ_BUFFER_BYTES: usize = 1_024;
/// Beyond it a socket that takes nothing is closed.
const WRITE_BUFFER_BYTES_MAX: usize = 1 << 20;

/// An open socket.
pub type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// A request that may become a socket.
pub struct Handshake {
    upgrade: OnUpgrade,
    accept: HeaderValue,
}

impl Handshake {
    /// Reads the request; otherwise the status that says what is missing.
    pub fn read(request: &mut Request) -> Result<Self, StatusCode> {
        let headers = request.headers();
        let whole = request.method() == Method::GET
            && request.version() == Version::HTTP_11
            && has_word(headers, header::CONNECTION, "upgrade")
            && has_word(headers, header::UPGRADE, "websocket");
        if !whole {
            return Err(StatusCode::UPGRADE_REQUIRED);
        }
        if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
            return Err(StatusCode::BAD_REQUEST);
        }
        let key = headers.get(header::SEC_WEBSOCKET_KEY).ok_or(StatusCode::BAD_REQUEST)?;
        let accept = derive_accept_key(key.as_bytes()).parse().map_err(|_| StatusCode::BAD_REQUEST)?;
        let upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or(StatusCode::UPGRADE_REQUIRED)?;
        Ok(Self { upgrade, accept })
    }

    /// The answer; `serve` gets the socket once it is written.
    pub fn accept<F: Future<Output = ()> + Send>(
        self,
        serve: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response {
        tokio::spawn(async move {
            let Ok(upgraded) = self.upgrade.await else { return };
            let config = WebSocketConfig::default()
                .read_buffer_size(READ_BUFFER_BYTES)
                .write_buffer_size(0)
                .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
                .max_message_size(Some(2 * CLIENT_FRAME_BYTES_MAX))
                .max_frame_size(Some(2 * CLIENT_FRAME_BYTES_MAX));
            let stream = TokioIo::new(upgraded);
            serve(WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await).await;
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept);
        response
    }
}

/// Whether a header that lists words has one.
fn has_word(headers: &HeaderMap, name: header::HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|said| said.trim().eq_ignore_ascii_case(word))
}
