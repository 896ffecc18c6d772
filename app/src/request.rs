//! What a page asks of the request it answers: the use cases, the guest, the address, and ways to answer.

use crate::error::AppError;
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use domain::ids::EventId;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::hooks::{use_params_map, use_query_map};
use services::{BuyerKey, Sale, Services};
use std::sync::Arc;

/// The use cases.
pub fn services() -> Result<Services, AppError> {
    use_context::<Services>().ok_or_else(|| {
        tracing::error!("a page was rendered without services in its context");
        AppError::new(503, "unavailable", "Something went wrong", "Something went wrong on our side.")
    })
}

/// An event as the use cases of holds want it.
pub async fn sale(services: &Services, event: EventId) -> Result<Arc<Sale>, AppError> {
    services.sale_by_id(event).await?.ok_or_else(AppError::not_found)
}

/// The guest of this browser, who is known by a cookie.
pub fn buyer() -> Result<BuyerKey, AppError> {
    use_context::<BuyerKey>().ok_or_else(|| {
        AppError::new(
            400,
            "no_cookie",
            "Cookies are needed",
            "Your seats are kept for this browser by a cookie; allow it and try again.",
        )
    })
}

/// A part of the path.
pub fn param(name: &str) -> String {
    use_params_map().with_untracked(|params| params.get(name).unwrap_or_default())
}

/// A part of the query; empty counts as absent.
pub fn query(name: &str) -> Option<String> {
    use_query_map().with_untracked(|query| query.get(name)).filter(|text| !text.trim().is_empty())
}

/// The address that was asked for, on this site.
pub fn here() -> String {
    let parts = use_context::<Parts>();
    let here = parts.and_then(|parts| Some(parts.uri.path_and_query()?.as_str().to_owned()));
    // Two slashes would lead to another host.
    here.filter(|path| path.starts_with('/') && !path.starts_with("//")).unwrap_or_else(|| "/".to_owned())
}

/// A cookie of the request.
pub fn cookie(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    let mut all = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.find_map(|line| {
        line.split(';').find_map(|pair| {
            pair.trim().split_once('=').filter(|(key, _)| *key == name).map(|(_, v)| v.to_owned())
        })
    })
}

/// `https://example.org`, for links that leave the site.
pub fn origin() -> String {
    use_context::<Services>()
        .map(|services| services.base_url().trim_end_matches('/').to_owned())
        .unwrap_or_default()
}

/// Where buyers write to.
pub fn contact() -> String {
    use_context::<Services>().map(|services| services.contact().to_owned()).unwrap_or_default()
}

/// Sets the status of the answer.
pub fn set_status(status: u16) {
    if let (Some(options), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) {
        options.set_status(status);
    }
}

/// Adds a header to the answer; a text that is no header value is left out.
pub fn add_header(name: header::HeaderName, value: &str) {
    if let (Some(options), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(value)) {
        options.append_header(name, value);
    }
}

/// Keeps the answer out of every cache: it is about one person.
pub fn private_page() {
    add_header(header::CACHE_CONTROL, "private, no-store");
}

/// Sends the browser back to the page of the form; to `path` when it does not tell which that is.
pub fn back_or(path: &str) {
    let told = use_context::<Parts>().is_some_and(|parts| parts.headers.contains_key(header::REFERER));
    if !told {
        see_other(path);
    }
}

/// Sends the browser on with a GET. It only sets headers: the caller returns right after.
pub fn see_other(path: &str) {
    if HeaderValue::from_str(path).is_err() {
        tracing::error!(path, "not an address to redirect to");
        return;
    }
    leptos_axum::redirect(path);
    set_status(303);
}
