//! One world for all tests: a sandbox and a receiver of webhooks on loopback ports, and the real gateway between.

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use chrono::{DateTime, Utc};
use domain::{
    ids::OrderId,
    money::{Currency, Money},
};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use payments::{
    Charge, Gateway as _, OpenSession, Session, SessionLine, StripeConfig, StripeGateway, WebhookFact,
    WebhookKind, verify_webhook,
};
use sandbox::SandboxConfig;
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet, time::timeout};

pub const KEY: &str = "sk_test_loopback";
pub const WEBHOOK_SECRET: &str = "whsec_loopback";
/// Long enough for a busy machine; nothing waits that long when it works.
const PATIENCE: Duration = Duration::from_secs(20);
/// When the tests take place.
pub const START_UNIX_S: i64 = 1_800_000_000;

/// A webhook as it arrived.
pub struct Received {
    pub body: Bytes,
    pub signature: String,
}

struct Receiver {
    sender: mpsc::Sender<Received>,
    refuse_next: Arc<AtomicU32>,
}

pub struct World {
    pub gateway: StripeGateway,
    pub base: String,
    pub inbox: mpsc::Receiver<Received>,
    pub clock_unix_s: Arc<AtomicI64>,
    /// So many webhooks are answered 500.
    pub refuse_next: Arc<AtomicU32>,
    webhook_url: String,
    data_dir: Option<PathBuf>,
    tasks: JoinSet<()>,
}

pub fn order() -> OrderId {
    OrderId(uuid::Uuid::new_v4())
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

impl World {
    pub async fn new() -> Self {
        Self::with_data_dir(None).await
    }

    pub async fn with_data_dir(data_dir: Option<PathBuf>) -> Self {
        let (sender, inbox) = mpsc::channel(1_000);
        let refuse_next = Arc::new(AtomicU32::new(0));
        let receiver = Arc::new(Receiver { sender, refuse_next: Arc::clone(&refuse_next) });
        let app = Router::new().route("/hook", post(receive)).with_state(receiver);
        let hook = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook_url = format!("http://{}/hook", hook.local_addr().unwrap());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(hook, app).await.unwrap() });
        let clock_unix_s = Arc::new(AtomicI64::new(START_UNIX_S));
        let placeholder =
            StripeGateway::new(&StripeConfig::sandbox(KEY, WEBHOOK_SECRET, "http://127.0.0.1:9")).unwrap();
        let mut world = Self {
            gateway: placeholder,
            base: String::new(),
            inbox,
            clock_unix_s,
            refuse_next,
            webhook_url,
            data_dir,
            tasks,
        };
        world.start_sandbox().await;
        world
    }

    /// Starts a (or another) sandbox and points the gateway at it.
    pub async fn start_sandbox(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.base = format!("http://{}", listener.local_addr().unwrap());
        let now = Arc::clone(&self.clock_unix_s);
        let mut config =
            SandboxConfig::new(KEY, WEBHOOK_SECRET, self.webhook_url.as_str(), self.base.as_str())
                .with_clock(Arc::new(move || {
                    DateTime::from_timestamp(now.load(Ordering::Relaxed), 0).unwrap()
                }));
        config.data_dir.clone_from(&self.data_dir);
        self.tasks.spawn(async move { sandbox::serve(listener, config).await.unwrap() });
        self.gateway =
            StripeGateway::new(&StripeConfig::sandbox(KEY, WEBHOOK_SECRET, self.base.as_str())).unwrap();
    }

    pub fn now_unix_s(&self) -> i64 {
        self.clock_unix_s.load(Ordering::Relaxed)
    }

    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.now_unix_s(), 0).unwrap()
    }

    pub fn open_for(&self, order: OrderId) -> OpenSession {
        let line =
            |name: &str, minor, quantity| SessionLine { name: name.to_owned(), unit: eur(minor), quantity };
        OpenSession {
            order,
            lines: vec![line("Row C, seat 12 <Adult>", 4_500, 1), line("Floor & standing", 3_050, 2)],
            email: "buyer@example.org".to_owned(),
            success_url: "http://shop.example/back?session={CHECKOUT_SESSION_ID}".to_owned(),
            cancel_url: "http://shop.example/cancel".to_owned(),
            idempotency_key: format!("session-{order}"),
            expires_at: self.now() + chrono::TimeDelta::minutes(31),
        }
    }

    pub async fn session(&self, order: OrderId) -> Session {
        self.gateway.open_session(&self.open_for(order)).await.unwrap()
    }

    pub fn charge_for(&self, order: OrderId, method: &str) -> Charge {
        Charge {
            order,
            amount: eur(4_500),
            payment_method: method.to_owned(),
            email: "buyer@example.org".to_owned(),
            description: "One ticket".to_owned(),
            idempotency_key: format!("charge-{order}-{method}"),
        }
    }

    /// Sends the form of the payment page.
    pub async fn pay(&self, session: &Session, number: &str) -> Page {
        form(&session.url, &[("number", number), ("expiry", "12 / 34"), ("cvc", "123"), ("name", "A. Buyer")])
            .await
    }

    /// A call past the gateway, for what it does not use.
    pub async fn api(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        authorization: &str,
    ) -> (u16, serde_json::Value) {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let url = format!("{}/v1/{path}", self.base);
        let page = send(method, &url, &[("authorization", authorization)], &body).await;
        (page.status, serde_json::from_str(&page.body).unwrap())
    }

    pub async fn faults(&self, json: &str) {
        let page = request("POST", &format!("{}/_sandbox/faults", self.base), "application/json", json).await;
        assert_eq!(page.status, 204, "{}", page.body);
    }

    pub async fn ledger(&self) -> serde_json::Value {
        serde_json::from_str(&get(&format!("{}/_sandbox/ledger", self.base)).await.body).unwrap()
    }

    pub async fn captured(&self, order: OrderId) -> i64 {
        self.ledger().await["orders"][order.to_string()]["captured"].as_i64().unwrap_or(0)
    }

    /// The next webhook, verified.
    pub async fn fact(&mut self) -> WebhookFact {
        let received = timeout(PATIENCE, self.inbox.recv()).await.expect("a webhook arrives").unwrap();
        verify_webhook(&received.body, &received.signature, WEBHOOK_SECRET, self.now_unix_s()).unwrap()
    }

    /// Webhooks until one is as wanted.
    pub async fn fact_where(&mut self, wanted: impl Fn(&WebhookKind) -> bool) -> WebhookFact {
        loop {
            let fact = self.fact().await;
            if wanted(&fact.kind) {
                return fact;
            }
        }
    }

    /// Waits until the sandbox has nothing left to deliver.
    pub async fn delivered(&self) {
        let settled = async { while self.ledger().await["webhooks_pending"] != 0 {} };
        timeout(PATIENCE, settled).await.expect("all webhooks are delivered");
    }
}

async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let refused =
        receiver.refuse_next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
    if refused.is_ok() {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    let signature = headers["stripe-signature"].to_str().unwrap().to_owned();
    receiver.sender.send(Received { body, signature }).await.unwrap();
    StatusCode::OK
}

/// An answer to a browser.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub location: String,
    pub body: String,
}

pub async fn get(url: &str) -> Page {
    request("GET", url, "text/plain", "").await
}

pub async fn form(url: &str, fields: &[(&str, &str)]) -> Page {
    let body = serde_urlencoded::to_string(fields).unwrap();
    request("POST", url, "application/x-www-form-urlencoded", &body).await
}

async fn request(method: &str, url: &str, content_type: &str, body: &str) -> Page {
    send(method, url, &[("content-type", content_type)], body).await
}

async fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Page {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let request = hyper::Request::builder().method(method).uri(url);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap();
    let response = client.request(request).await.unwrap();
    let location = response.headers().get("location").map_or("", |value| value.to_str().unwrap()).to_owned();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    Page { status, location, body: String::from_utf8(bytes.to_vec()).unwrap() }
}
