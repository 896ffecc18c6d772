//! Everything a sale needs: a database, Redis, the payment sandbox, and the site in this process.

use crate::{
    client::Client,
    house::{self, House},
};
use domain::ids::EventId;
use serde_json::Value;
use server::{compose, config::Config, http};
use services::Services;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};
use store_pg::{catalogue::write::NewEvent, testing::TestDb};
use tokio::{net::TcpListener, task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

pub const SANDBOX_KEY: &str = "sk_test_sandbox";
pub const WEBHOOK_SECRET: &str = "whsec_sandbox";
/// Much longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a test wants otherwise.
pub struct Setup {
    /// Another server than the one that the tests share.
    pub database_server: Option<String>,
    pub redis_url: String,
    pub pay_window_s: u64,
    /// Changes a second that one address may make: all buyers of a test are one.
    pub rate_per_second: u32,
    /// Another payment provider than the sandbox.
    pub stripe_base: Option<String>,
    /// Shapes the play.
    pub play: fn(&mut NewEvent),
}

impl Default for Setup {
    fn default() -> Self {
        let redis_url =
            std::env::var("TEST_REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6399".to_owned());
        Self {
            database_server: None,
            redis_url,
            pay_window_s: 900,
            rate_per_second: 1_000_000,
            stripe_base: None,
            play: |_| {},
        }
    }
}

/// The stores, the sandbox and one event on sale; nobody serves it yet.
pub struct Stage {
    // Dropped from first to last: tasks before the database that they use.
    pub tasks: JoinSet<()>,
    pub stop: CancellationToken,
    pub services: Services,
    pub sandbox: Client,
    pub config: Config,
    pub house: House,
    pub event: EventId,
    pub db: TestDb,
    pub dir: Folder,
}

impl Stage {
    pub async fn new(setup: Setup, port: u16) -> Self {
        // What callers are not told stands here, when a test fails.
        let filter = tracing_subscriber::EnvFilter::try_from_env("LOG")
            .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off,services=error"));
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        let db = match &setup.database_server {
            Some(server) => TestDb::on(server, 2).await.unwrap(),
            None => TestDb::new(2).await.unwrap(),
        };
        let dir = Folder::new();
        let mut tasks = JoinSet::new();
        let (sandbox, smtp_url) = open_sandbox(port, &mut tasks).await;
        let mut config = config(&setup, &db, port, &sandbox, &dir);
        config.smtp_url = Some(smtp_url);
        let services = compose::services(&config, &db.url, &setup.redis_url).await.unwrap();
        let house = house::build(&services, &db.store).await;
        let mut play = house::play(house, "hamlet");
        (setup.play)(&mut play);
        let event = db.store.upsert_event(&play, &house::cause()).await.unwrap();
        let stop = CancellationToken::new();
        Self { tasks, stop, services, sandbox, config, house, event, db, dir }
    }

    /// What the sandbox took, as it tells it.
    pub async fn ledger(&self) -> Value {
        self.sandbox.get("/_sandbox/ledger").expect(200).await
    }

    /// Captured and not refunded, in minor units.
    pub async fn money(&self) -> i64 {
        let ledger = self.ledger().await;
        ledger["captured"].as_i64().unwrap() - ledger["refunded"].as_i64().unwrap()
    }

    /// How many payments went through at the sandbox.
    pub async fn payments(&self) -> u64 {
        self.ledger().await["payments"].as_u64().unwrap()
    }

    /// Another event in the same house.
    pub async fn add(&self, slug: &str, shape: impl FnOnce(&mut NewEvent)) -> EventId {
        let mut event = house::play(self.house, slug);
        shape(&mut event);
        self.db.store.upsert_event(&event, &house::cause()).await.unwrap()
    }

    /// Every ticket that admits: its order and its place.
    pub async fn tickets(&self) -> Vec<(uuid::Uuid, String)> {
        store_pg::testing::live_tickets(&self.db.store, self.event).await.unwrap()
    }

    /// Waits until Redis and PostgreSQL say the same about the event and nothing is held or reserved any more.
    pub async fn settle(&self) {
        eventually("no reservation is pending", async || {
            self.db.store.claims(self.event).await.unwrap().pending.is_empty().then_some(())
        })
        .await;
        let sale = self.services.sale_of(self.event).await.unwrap();
        eventually("nothing is held and the stores agree", async || {
            let snapshot = self.services.snapshot(&sale).await.ok()?;
            let held = snapshot.states.count(domain::seat::SeatState::Held);
            let well = self.services.diagnose().await.ok()?.iter().all(|d| d.findings.is_empty());
            (held == 0 && well && self.floor_agrees(&snapshot).await).then_some(())
        })
        .await;
    }

    /// Places that nobody holds are exactly those that nobody claims.
    async fn floor_agrees(&self, snapshot: &store_redis::Snapshot) -> bool {
        let claims = self.db.store.claims(self.event).await.unwrap();
        let left = claims.areas.iter().map(|a| (a.area, a.capacity - a.claimed));
        left.into_iter().all(|area| snapshot.areas.contains(&area))
    }
}

/// A stage with the site in this process.
pub struct World {
    pub http: Client,
    pub stage: Stage,
}

impl std::ops::Deref for World {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.stage
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub async fn with(setup: Setup) -> Self {
        let mut world = Self::without_workers(setup).await;
        let workers = world.services.clone().run_workers(world.stop.clone());
        world.stage.tasks.spawn(workers);
        world
    }

    /// Nothing happens but what somebody asks for.
    pub async fn without_workers(setup: Setup) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut stage = Stage::new(setup, port).await;
        let site = http::site(&stage.config, stage.services.clone(), stage.stop.clone()).unwrap();
        let site = site.into_make_service_with_connect_info::<SocketAddr>();
        stage.tasks.spawn(async move { axum::serve(listener, site).await.unwrap() });
        Self { http: Client::new(format!("http://127.0.0.1:{port}")), stage }
    }

    /// The use cases as another process over the same stores has them.
    pub async fn another_process(&self) -> Services {
        let redis_url = self.config.redis_url.as_deref().unwrap();
        compose::services(&self.config, &self.db.url, redis_url).await.unwrap()
    }

    /// The address of something of the event.
    pub fn of_event(&self, rest: &str) -> String {
        format!("/api/v1/events/{}{rest}", self.event)
    }
}

async fn open_sandbox(site_port: u16, tasks: &mut JoinSet<()>) -> (Client, String) {
    let smtp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let smtp_url = format!("smtp://{}", smtp.local_addr().unwrap());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let webhooks = format!("http://127.0.0.1:{site_port}/api/v1/webhooks/payments");
    let inbound = format!("http://127.0.0.1:{site_port}/api/v1/webhooks/sms/inbound");
    let config =
        sandbox::SandboxConfig::new(SANDBOX_KEY, WEBHOOK_SECRET, webhooks, &base).with_sms_inbound(inbound);
    tasks.spawn(async move { sandbox::serve_with_mail(listener, smtp, config).await.unwrap() });
    (Client::new(base), smtp_url)
}

fn config(setup: &Setup, db: &TestDb, port: u16, sandbox: &Client, dir: &Folder) -> Config {
    let manifest = r#"{ "js": "parterre.js", "wasm": "parterre_bg.wasm", "css": "parterre.css" }"#;
    std::fs::create_dir_all(dir.0.join("pkg")).unwrap();
    std::fs::write(dir.0.join("pkg/manifest.json"), manifest).unwrap();
    Config {
        port,
        host: IpAddr::V4(Ipv4Addr::LOCALHOST),
        base_url: None,
        data_dir: dir.0.join("data"),
        site_dir: dir.0.clone(),
        database_url: Some(db.url.clone()),
        database_read_url: None,
        redis_url: Some(setup.redis_url.clone()),
        database_connections: 8,
        redis_connections: 2,
        stripe_secret_key: None,
        stripe_webhook_secret: None,
        stripe_api_base: Some(setup.stripe_base.as_ref().unwrap_or(&sandbox.base).clone()),
        smtp_url: None,
        mail_from: "The Small House <tickets@house.example>".into(),
        brand_name: "The Small House".into(),
        brand_color: "#c8452f".into(),
        twilio_account_sid: None,
        twilio_auth_token: None,
        twilio_from: "+15005550006".into(),
        twilio_api_base: Some(sandbox.base.clone()),
        wallet_pem: None,
        hold_secret: None,
        rate_per_second: setup.rate_per_second,
        pay_window_seconds: setup.pay_window_s,
    }
}

/// A folder that goes with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("parterre-it-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Asks again and again until there is an answer.
pub async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
