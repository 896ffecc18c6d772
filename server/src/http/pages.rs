//! The pages and their server functions, rendered by the app.

use super::{buyer, catalogue_cache, state::AppState};
use app::{App, shell::shell};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::any,
};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, generate_route_list, handle_server_fns_with_context};
use services::BuyerKey;

/// All pages.
pub fn routes(state: &AppState) -> Router<AppState> {
    let routes = generate_route_list(App);
    let assets = state.assets.clone();
    let context = state.clone();
    let pages = Router::new().leptos_routes_with_context(
        state,
        routes,
        move || provide(&context, None),
        move || shell(assets.clone()),
    );
    Router::new()
        .merge(pages)
        .route("/do/{*function}", any(server_function))
        .layer(middleware::from_fn(policy))
        .layer(middleware::from_fn_with_state(state.clone(), buyer::identify))
        .layer(middleware::from_fn_with_state(state.clone(), catalogue_cache::serve))
}

/// The page for addresses that lead nowhere.
pub fn not_found(state: &AppState) -> Router {
    let (assets, context) = (state.assets.clone(), state.clone());
    let handler = leptos_axum::file_and_error_handler_with_context::<AppState, _>(
        move || provide(&context, None),
        move |_| shell(assets.clone()),
    );
    Router::new().fallback(handler).layer(middleware::from_fn(policy)).with_state(state.clone())
}

/// What every page and server function finds in its context.
fn provide(state: &AppState, buyer: Option<BuyerKey>) {
    provide_context(state.services.clone());
    let from_request = || use_context::<axum::http::request::Parts>()?.extensions.get::<BuyerKey>().cloned();
    if let Some(buyer) = buyer.or_else(from_request) {
        provide_context(buyer);
    }
}

async fn server_function(State(state): State<AppState>, request: Request) -> Response {
    let buyer = request.extensions().get::<BuyerKey>().cloned();
    handle_server_fns_with_context(move || provide(&state, buyer.clone()), request).await.into_response()
}

/// The policy of a page: scripts run only with the nonce that the page itself carries.
async fn policy(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.headers().contains_key(header::CONTENT_SECURITY_POLICY) || !is_html(&response) {
        return response;
    }
    with_policy(response).await
}

fn is_html(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

/// Pages are rendered whole before the first byte, so reading the nonce back costs no streaming.
async fn with_policy(response: Response) -> Response {
    /// A rendered page is some tens of kilobytes; a section of 2,500 seats as a list is the largest.
    const PAGE_BYTES_MAX: usize = 8 << 20;
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, PAGE_BYTES_MAX).await else {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let script = match nonce_of(&bytes) {
        Some(nonce) => format!("'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'"),
        None => "'none'".to_owned(),
    };
    let policy = format!(
        "default-src 'none'; script-src {script}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self' https: http://127.0.0.1:* \
         http://localhost:*; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        parts.headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn nonce_of(page: &[u8]) -> Option<&str> {
    const MARK: &[u8] = b"nonce=\"";
    let at = page.windows(MARK.len()).position(|w| w == MARK)? + MARK.len();
    let end = page[at..].iter().position(|b| *b == b'"')?;
    let nonce = std::str::from_utf8(&page[at..at + end]).ok()?;
    (!nonce.is_empty() && nonce.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=-_".contains(&b)))
        .then_some(nonce)
}
