//! An HTTP client that knows nothing but the contract.

use axum::http::{HeaderMap, Method, Request, request};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;

/// Speaks to one server.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
    pub base: String,
}

impl Client {
    pub fn new(base: impl Into<String>) -> Self {
        Self { pool: Pool::builder(TokioExecutor::new()).build_http(), base: base.into() }
    }

    /// A call to a path of this server, or to a whole address.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let url = if path.starts_with("http://") { path.to_owned() } else { format!("{}{path}", self.base) };
        let pool = self.pool.clone();
        Call { pool, request: Request::builder().method(method).uri(url), body: Bytes::new() }
    }

    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    pub fn post(&self, path: &str, body: &Value) -> Call {
        self.call(Method::POST, path).body("application/json", body.to_string())
    }
}

/// A request on its way.
pub struct Call {
    pool: Pool<HttpConnector, Full<Bytes>>,
    request: request::Builder,
    body: Bytes,
}

impl Call {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn body(mut self, kind: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header("content-type", kind)
    }

    /// The answer; `None` when the connection broke, which is what a client of a killed server sees.
    pub async fn try_send(self) -> Option<Reply> {
        let request = self.request.body(Full::new(self.body)).unwrap();
        let (parts, body) = self.pool.request(request).await.ok()?.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        Some(Reply { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    pub async fn send(self) -> Reply {
        self.try_send().await.unwrap()
    }

    /// The JSON of an answer with this status.
    pub async fn expect(self, status: u16) -> Value {
        let reply = self.send().await;
        assert_eq!(reply.status, status, "{}", reply.text());
        if reply.body.is_empty() { Value::Null } else { reply.json() }
    }

    /// The problem document of an answer with this status and code, whole as RFC 9457 wants it.
    pub async fn refused(self, status: u16, code: &str) -> Value {
        let reply = self.send().await;
        assert_eq!(reply.status, status, "{}", reply.text());
        let problem = reply.problem();
        assert_eq!(problem["code"], code, "{problem}");
        problem
    }
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as a problem document; checks what every one of them has, and that it names no internals.
    pub fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        for member in ["type", "title", "detail", "code"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        assert_eq!(problem["status"], self.status);
        let text = self.text().to_lowercase();
        for word in ["sqlx", "postgres", "redis", "fred", "panicked", ".rs:", "stripe"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
        problem
    }
}
