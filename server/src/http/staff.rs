//! The pages of the staff. Every handler takes a [`session::Member`], which only a living session gives; what changes something
//! takes a [`session::Act`] too, which only a form of that session gives, with a reason in it.

mod accounts;
mod orders;
mod pace;
mod session;
mod sign_in;
mod trouble;

pub use pace::SignInPace;

use super::state::AppState;
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};

/// Everything under `/staff`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff", get(orders::search))
        .route("/staff/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/staff/sign-out", post(sign_in::leave))
        .route("/staff/orders/{id}", get(orders::show))
        .route("/staff/orders/{id}/resend", post(orders::resend))
        .route("/staff/orders/{id}/refund", post(orders::refund))
        .route("/staff/orders/{id}/release", post(orders::release))
        .route("/staff/trouble", get(trouble::show))
        .route("/staff/dead-letters/{id}/replay", post(trouble::replay))
        .route("/staff/provider-facts/{id}/retry", post(trouble::retry))
        .route("/staff/accounts", get(accounts::show))
        .route("/staff/accounts/{id}/disable", post(accounts::disable))
}

/// A page about people: in no cache, and in no frame's history.
fn page(status: StatusCode, html: String) -> Response {
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// On with a GET.
fn see_other(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or_else(|_| HeaderValue::from_static("/staff"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}
