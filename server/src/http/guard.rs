//! Around everything: no caller goes without an answer that fits. What panics, an address that is no text, and an error
//! that some layer told in plain text become a page with a way out; under `/api` a problem document.
//!
//! The page is no view: it must stand when rendering is what failed.

use super::{problem::Refused, security};
use app::error::{ways_on, words};
use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use domain::limits::BODY_BYTES_MAX;
use futures::FutureExt;
use protocol::api::Problem;
use std::{any::Any, panic::AssertUnwindSafe, sync::Arc};

const PAGE: &str = include_str!("failure.html");

/// Where the style sheet of the page is.
#[derive(Clone)]
pub struct Style(pub Arc<str>);

/// Who reads the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    Person,
    Program,
}

/// Lets the request through and looks after its answer; adds the headers that no answer goes without.
pub async fn guard(State(style): State<Style>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let reader = reader(path, request.headers());
    let again = again(&request);
    let opened = reader == Reader::Person && asks_for_pages(request.headers());
    // What programs ask for is no text either: the contract has its own answer to an id that cannot be.
    let mut response = if reader == Reader::Program || is_text(path) {
        match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) if reader == Reader::Person && is_bare_error(&response) => {
                page(&style, response.status(), code_of(response.status()), again)
            }
            Ok(response) if opened && is_problem(&response) => page_of(&style, response, again).await,
            Ok(response) => response,
            Err(panic) => {
                tracing::error!(panic = message(panic.as_ref()), "a handler panicked");
                failure(&style, reader, again)
            }
        }
    } else {
        page(&style, StatusCode::BAD_REQUEST, "not_found", None)
    };
    security::dress(response.headers_mut());
    response
}

/// Programs read problems under `/api`, sockets, and what the island asks for; all else is opened by people.
fn reader(path: &str, headers: &HeaderMap) -> Reader {
    let api = path == "/api" || path.starts_with("/api/") || path == "/live";
    if api || (path.starts_with("/do/") && !asks_for_pages(headers)) {
        Reader::Program
    } else {
        Reader::Person
    }
}

/// A browser that opens a link or sends a form; a program that fetches a paper does not.
fn asks_for_pages(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|kinds| kinds.contains("text/html"))
}

/// The way back to what was tried: its own address, or the page of the form that was sent.
fn again(request: &Request) -> Option<(&'static str, String)> {
    let read = matches!(*request.method(), Method::GET | Method::HEAD);
    let (text, path) = if read {
        ("Try again", request.uri().path_and_query()?.as_str().to_owned())
    } else {
        let page = request.headers().get(header::REFERER)?.to_str().ok()?;
        let host = request.headers().get(header::HOST)?.to_str().ok()?;
        let path = page.split_once("://")?.1.strip_prefix(host)?;
        ("Back to the page before", path.to_owned())
    };
    // Nothing that could break out of the page, or lead to another host.
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~%?=&,+:".contains(&b));
    (plain && path.starts_with('/') && !path.starts_with("//")).then(|| (text, path.replace('&', "&amp;")))
}

/// Whether what the percent signs of a path stand for is UTF-8.
fn is_text(path: &str) -> bool {
    if !path.contains('%') {
        return true;
    }
    let hex = |digit: Option<&u8>| {
        digit.and_then(|d| char::from(*d).to_digit(16)).and_then(|d| u8::try_from(d).ok())
    };
    let (bytes, mut decoded, mut at) = (path.as_bytes(), Vec::with_capacity(path.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high << 4 | low);
                at += 3;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    std::str::from_utf8(&decoded).is_ok()
}

/// An error in plain text or without a word: no page of ours, and no document.
fn is_bare_error(response: &Response) -> bool {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    (status.is_client_error() || status.is_server_error())
        && kind.is_none_or(|kind| kind.starts_with(b"text/plain"))
}

/// A problem document, which somebody met who expected a page.
fn is_problem(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind == Some(b"application/problem+json") && !response.headers().contains_key(header::CONTENT_ENCODING)
}

/// The same as a page; what a program should heed (`Retry-After`) stays.
async fn page_of(style: &Style, problem: Response, again: Option<(&'static str, String)>) -> Response {
    let (parts, body) = problem.into_parts();
    let read = to_bytes(body, BODY_BYTES_MAX).await.ok();
    let problem = read.and_then(|bytes| serde_json::from_slice::<Problem>(&bytes).ok());
    let code = problem.as_ref().map_or_else(|| code_of(parts.status), |problem| problem.code.as_str());
    let mut response = page(style, parts.status, code, again);
    if let Some(after) = parts.headers.get(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, after.clone());
    }
    response
}

fn failure(style: &Style, reader: Reader, again: Option<(&'static str, String)>) -> Response {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    match reader {
        Reader::Person => page(style, status, code_of(status), again),
        Reader::Program => {
            let detail = "Something went wrong on our side. Nothing was charged by this request.";
            Refused::new(status, "internal", "Internal error", detail).into_response()
        }
    }
}

/// What an error without a word most likely is.
fn code_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "not_found",
        StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNSUPPORTED_MEDIA_TYPE => "malformed",
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "busy",
        _ => "internal",
    }
}

fn page(style: &Style, status: StatusCode, code: &str, again: Option<(&'static str, String)>) -> Response {
    let (title, meaning) = words(code);
    let [first, second] = ways_on(code, again);
    let text = PAGE
        .replace("{css}", &style.0)
        .replace("{status}", status.as_str())
        .replace("{title}", title)
        .replace("{meaning}", meaning)
        .replace("{first}", first.0)
        .replace("{first_way}", &first.1)
        .replace("{second}", second.0)
        .replace("{second_way}", &second.1);
    let mut response = (status, Html(text)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, middleware::from_fn_with_state, routing::get};
    use tower::ServiceExt;

    fn refused() -> Refused {
        Refused::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many", "Too many.")
    }

    #[test]
    fn the_way_back_of_a_form_is_its_page_and_never_another_site() {
        let sent = |referer: &str| {
            let request = Request::builder().method("POST").uri("/do/hold_seats").header("host", "here:1");
            again(&request.header("referer", referer).body(Body::empty()).unwrap())
        };
        let seats = "/events/gala/seats?section=2";
        assert_eq!(
            sent(&format!("http://here:1{seats}")),
            Some(("Back to the page before", seats.to_owned()))
        );
        for referer in
            ["http://elsewhere/a", "http://here:1.elsewhere/", "http://here:1//elsewhere", "here:1", ""]
        {
            assert_eq!(sent(referer), None, "{referer}");
        }
    }

    async fn ask(path: &str, accept: &str) -> (StatusCode, String, String) {
        let app = Router::new()
            .route("/", get(async || "fine"))
            .route("/panic", get(async || -> &str { panic!("broken") }))
            .route("/api/v1/panic", get(async || -> &str { panic!("broken") }))
            .route("/do/panic", get(async || -> &str { panic!("broken") }))
            .route("/problem", get(async || refused()))
            .route("/api/v1/problem", get(async || refused()))
            .route("/bare", get(async || StatusCode::NOT_FOUND))
            .layer(from_fn_with_state(Style("/pkg/a.css".into()), guard));
        let request = Request::builder().uri(path).header("accept", accept).body(Body::empty()).unwrap();
        let response = app.oneshot(request).await.unwrap();
        assert!(response.headers().contains_key("x-content-type-options"), "{path}");
        let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
        (status, kind.unwrap_or_default(), String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn whatever_fails_there_is_a_way_out() {
        let html = "text/html,application/xhtml+xml,*/*";
        let table = [
            ("/", html, 200, "text/plain", "fine"),
            ("/panic", html, 500, "text/html", "See all events"),
            ("/panic", html, 500, "text/html", "href=\"/panic\">Try again"),
            ("/panic?a='b", html, 500, "text/html", "href=\"/\">See all events"),
            ("/problem", html, 429, "text/html", "That was much at once"),
            ("/problem", "*/*", 429, "application/problem+json", "too_many_requests"),
            ("/api/v1/problem", html, 429, "application/problem+json", "too_many_requests"),
            ("/panic", "*/*", 500, "text/html", "/pkg/a.css"),
            ("/bare", html, 404, "text/html", "There is nothing here"),
            ("/%FF", html, 400, "text/html", "See all events"),
            ("/nowhere%20at%20all", html, 404, "text/html", "See all events"),
            ("/api/v1/panic", html, 500, "application/problem+json", "\"internal\""),
            ("/api/v1/%FF", html, 404, "", ""),
            ("/do/panic", "application/json", 500, "application/problem+json", "\"internal\""),
            ("/do/panic", html, 500, "text/html", "See all events"),
        ];
        for (path, accept, status, kind, words) in table {
            let (found, found_kind, text) = ask(path, accept).await;
            assert_eq!(found, status, "{path}");
            assert!(found_kind.starts_with(kind), "{path}: {found_kind}");
            assert!(text.contains(words) && !text.contains("broken"), "{path}: {text}");
        }
    }

    #[test]
    fn a_path_is_text_or_not() {
        for (path, text) in [
            ("/", true),
            ("/caf%C3%A9", true),
            ("/100%", true),
            ("/%zz", true),
            ("/%C3", false),
            ("/%c3%28", false),
            ("/a%FFb", false),
        ] {
            assert_eq!(is_text(path), text, "{path}");
        }
    }
}
