//! The pages and their server functions, rendered by the app.

use super::{buyer, catalogue_cache, state::AppState};
use app::{
    App,
    shell::{PaymentOrigin, shell},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::any,
};
use domain::limits::BODY_BYTES_MAX;
use leptos::{
    prelude::{provide_context, use_context},
    server_fn::error::SERVER_FN_ERROR_HEADER,
};
use leptos_axum::{LeptosRoutes, generate_route_list, handle_server_fns_with_context};
use protocol::api::Problem;
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
        .layer(middleware::map_response(with_status_of_problem))
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
    Router::new().fallback(handler).with_state(state.clone())
}

/// What every page and server function finds in its context.
fn provide(state: &AppState, buyer: Option<BuyerKey>) {
    provide_context(state.services.clone());
    provide_context(PaymentOrigin(state.payment_origin.to_string()));
    let from_request = || use_context::<axum::http::request::Parts>()?.extensions.get::<BuyerKey>().cloned();
    if let Some(buyer) = buyer.or_else(from_request) {
        provide_context(buyer);
    }
}

async fn server_function(State(state): State<AppState>, request: Request) -> Response {
    let buyer = request.extensions().get::<BuyerKey>().cloned();
    handle_server_fns_with_context(move || provide(&state, buyer.clone()), request).await.into_response()
}

/// Every refusal of a server function arrives as a 500; the problem in its body knows better. That of a form arrives as
/// the way back to its page, with the problem in the address: when the browser does not tell which page that was, the
/// problem itself is the answer.
async fn with_status_of_problem(answer: Response) -> Response {
    let lost = is_lost(&answer);
    if !lost
        && (!answer.headers().contains_key(SERVER_FN_ERROR_HEADER)
            || answer.status() != StatusCode::INTERNAL_SERVER_ERROR)
    {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_BYTES_MAX).await else { return parts.status.into_response() };
    if let Ok(problem) = serde_json::from_slice::<Problem>(&bytes) {
        parts.status = StatusCode::from_u16(problem.status).unwrap_or(parts.status);
        if lost {
            parts.headers.remove(header::LOCATION);
            let kind = HeaderValue::from_static("application/problem+json");
            parts.headers.insert(header::CONTENT_TYPE, kind);
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// A refusal on its way to the home page, which would not tell of it.
fn is_lost(answer: &Response) -> bool {
    answer.headers().contains_key(SERVER_FN_ERROR_HEADER)
        && answer.status().is_redirection()
        && answer.headers().get(header::LOCATION).is_some_and(|path| path == "/")
}
