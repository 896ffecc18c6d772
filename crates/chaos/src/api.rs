//! A client of the public contract.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use std::time::Duration;

/// A caller gives up after so long.
const PATIENCE: Duration = Duration::from_secs(12);

/// Speaks to all of the processes.
#[derive(Clone)]
pub struct Api(Client<HttpConnector, Full<Bytes>>);

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// `Null` when it is no JSON.
    pub body: Value,
}

impl Api {
    pub fn new() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }

    /// The answer, or `None` when there was none: the caller does not know what has happened.
    pub async fn call(
        &self,
        method: Method,
        url: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Option<Answer> {
        let text = body.map(Value::to_string).unwrap_or_default();
        self.send(method, url, token, "application/json", text).await
    }

    /// A form, as a browser posts it.
    pub async fn form(&self, url: &str, form: &str) -> Option<Answer> {
        self.send(Method::POST, url, None, "application/x-www-form-urlencoded", form.to_owned()).await
    }

    /// A form with a key, as the provider's own clients post it.
    pub async fn form_as(&self, url: &str, key: &str, form: &str) -> Option<Answer> {
        self.send(Method::POST, url, Some(key), "application/x-www-form-urlencoded", form.to_owned()).await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        token: Option<&str>,
        kind: &str,
        body: String,
    ) -> Option<Answer> {
        let mut request = Request::builder().method(method).uri(url);
        if !body.is_empty() {
            request = request.header("content-type", kind);
        }
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Full::new(Bytes::from(body))).ok()?;
        let answer = async {
            let (parts, body) = self.0.request(request).await.ok()?.into_parts();
            let bytes = body.collect().await.ok()?.to_bytes();
            let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            Some(Answer { status: parts.status.as_u16(), body })
        };
        tokio::time::timeout(PATIENCE, answer).await.ok()?
    }

    pub async fn get(&self, url: &str) -> Option<Answer> {
        self.call(Method::GET, url, None, None).await
    }
}
