//! Putting the use cases together over the stores and the payment provider.

use crate::config::Config;
use anyhow::Context;
use payments::{Secret, StripeConfig, StripeGateway};
use services::{HoldSecret, Services, ServicesConfig, clock, live::LiveHub};
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use store_pg::PgStore;
use store_redis::RedisStore;
use tokio::net::TcpListener;

/// The sandbox's key: no secret, it opens nothing but the sandbox.
const SANDBOX_KEY: &str = "sk_test_sandbox";
/// The sandbox's webhook secret, when none is configured.
const SANDBOX_WEBHOOK_SECRET: &str = "whsec_sandbox";

/// How long a process that starts waits for a store.
const STORE_PATIENCE: Duration = Duration::from_secs(15);
/// Between two tries.
const STORE_RETRY: Duration = Duration::from_millis(500);

/// Connects to both stores and puts the use cases over them. The task that feeds the live state is spawned.
pub async fn services(config: &Config, database_url: &str, redis_url: &str) -> anyhow::Result<Services> {
    let connect = async || PgStore::connect(database_url, config.database_connections).await;
    let pg = patiently("PostgreSQL", connect).await?;
    pg.migrate().await.context("migrations")?;
    let connect = async || RedisStore::connect(redis_url, config.redis_connections).await;
    let redis = patiently("Redis", connect).await?;
    let gateway = StripeGateway::new(&stripe(config)).context("payment provider")?;
    let (hub, feed) = LiveHub::open(redis.clone()).await.context("live state")?;
    tokio::spawn(feed);
    let services_config = ServicesConfig {
        base_url: config.public_base(),
        hold_secret: hold_secret(config, &pg).await?,
        webhook_secret: webhook_secret(config),
        pay_window_ms: config.pay_window_seconds.saturating_mul(1_000),
    };
    Ok(Services::new(pg, redis, Arc::new(gateway), hub, services_config).await?)
}

/// Tries again for a while: stores and processes are started together, and one may be restarting.
async fn patiently<T, E>(what: &'static str, connect: impl AsyncFn() -> Result<T, E>) -> anyhow::Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let deadline = Instant::now() + STORE_PATIENCE;
    loop {
        match connect().await {
            Err(error) if Instant::now() < deadline => {
                tracing::warn!(%error, "{what} is not there yet");
                tokio::time::sleep(STORE_RETRY).await;
            }
            done => return done.context(what),
        }
    }
}

fn stripe(config: &Config) -> StripeConfig {
    let webhook = webhook_secret(config);
    match &config.stripe_secret_key {
        Some(key) => {
            let mut stripe = StripeConfig::stripe(key, webhook.expose());
            if let Some(base) = &config.stripe_api_base {
                stripe.base_url.clone_from(base);
            }
            stripe
        }
        None => StripeConfig::sandbox(SANDBOX_KEY, webhook.expose(), sandbox_base(config)),
    }
}

fn sandbox_base(config: &Config) -> String {
    config.stripe_api_base.clone().unwrap_or_else(|| format!("http://127.0.0.1:{}", config.sandbox_port()))
}

fn webhook_secret(config: &Config) -> Secret {
    match (&config.stripe_webhook_secret, &config.stripe_secret_key) {
        (Some(secret), _) => Secret::new(secret),
        (None, None) => Secret::new(SANDBOX_WEBHOOK_SECRET),
        // With a real key and no secret every webhook is refused.
        (None, Some(_)) => Secret::new(""),
    }
}

async fn hold_secret(config: &Config, pg: &PgStore) -> anyhow::Result<HoldSecret> {
    let bytes = match &config.hold_secret {
        Some(hex_text) => hex::decode(hex_text).context("HOLD_SECRET is not hex")?,
        None => pg.ensure_secret("hold", &clock::random::<32>(), clock::now()).await?,
    };
    let bytes = bytes.try_into().map_err(|_| anyhow::anyhow!("HOLD_SECRET has to be 32 bytes"))?;
    Ok(HoldSecret(bytes))
}

/// Serves the payment sandbox until it is dropped.
pub async fn sandbox(config: &Config) -> anyhow::Result<()> {
    let port = config.sandbox_port();
    let listener = TcpListener::bind((config.host, port)).await.with_context(|| format!("port {port}"))?;
    let site = format!("http://127.0.0.1:{}", config.port);
    let webhooks = format!("{site}/api/v1/webhooks/payments");
    let secret = webhook_secret(config);
    let dir: PathBuf = config.data_dir.join("sandbox");
    std::fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
    let sandbox = ::sandbox::SandboxConfig::new(SANDBOX_KEY, secret.expose(), webhooks, sandbox_base(config));
    ::sandbox::serve(listener, sandbox.with_data_dir(dir)).await?;
    Ok(())
}
