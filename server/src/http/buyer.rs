//! The guest of a browser: a random key in one cookie.

use super::state::AppState;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use services::BuyerKey;

/// `__Host-` binds the cookie to this host and to https; browsers refuse it under http.
fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-parterre_buyer" } else { "parterre_buyer" }
}

/// Where seats are chosen and paid. Browsing needs no cookie.
fn needs_a_buyer(path: &str) -> bool {
    let event = path.strip_prefix("/events/").and_then(|rest| rest.split_once('/'));
    path.starts_with("/do/") || matches!(event, Some((_, "seats" | "checkout")))
}

/// Finds the guest's key, or draws one and sets the cookie.
pub async fn identify(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if !needs_a_buyer(request.uri().path()) {
        return next.run(request).await;
    }
    let name = cookie_name(state.https);
    let cookies = request.headers().get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let known = cookies.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then(|| BuyerKey::parse(value)).flatten()
    });
    let (buyer, new) = match known {
        Some(buyer) => (buyer, false),
        None => (BuyerKey::draw(), true),
    };
    request.extensions_mut().insert(buyer.clone());
    let mut response = next.run(request).await;
    if new {
        let secure = if state.https { "; Secure" } else { "" };
        let cookie =
            format!("{name}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000{secure}", buyer.as_str());
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}
