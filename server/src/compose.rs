//! Putting the use cases together over the stores and the payment provider.

use crate::config::Config;
use anyhow::Context;
use notifications::{Brand, MailSettings, PassSigner, Settings, SmsSettings};
use payments::{Secret, StripeConfig, StripeGateway};
use services::{HoldSecret, Notifier, Services, ServicesConfig, clock, live::LiveHub};
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
/// The sandbox's account for text messages, and its token; no secrets either.
const SANDBOX_SMS_ACCOUNT: &str = "ACsandbox";
const SANDBOX_SMS_TOKEN: &str = "sandbox_token";
/// Where text messages are handed over.
const TWILIO: &str = "https://api.twilio.com";

/// How long a process that starts waits for a store.
const STORE_PATIENCE: Duration = Duration::from_secs(15);
/// Between two tries.
const STORE_RETRY: Duration = Duration::from_millis(500);

/// Connects to both stores and puts the use cases over them. The task that feeds the live state is spawned.
pub async fn services(config: &Config, database_url: &str, redis_url: &str) -> anyhow::Result<Services> {
    let connect = async || PgStore::connect(database_url, config.database_connections).await;
    let pg = patiently("PostgreSQL", connect).await?;
    pg.migrate().await.context("migrations")?;
    let pg = match &config.database_read_url {
        Some(url) => pg.with_replica(url, config.database_connections).context("DATABASE_READ_URL")?,
        None => pg,
    };
    let connect = async || RedisStore::connect(redis_url, config.redis_connections).await;
    let redis = patiently("Redis", connect).await?;
    let gateway = StripeGateway::new(&stripe(config)).context("payment provider")?;
    let (hub, feed) = LiveHub::open(redis.clone()).await.context("live state")?;
    tokio::spawn(feed);
    let notifier =
        Notifier::new(&notify(config), passes(config, &pg).await?).context("mail and text messages")?;
    let services_config = ServicesConfig {
        base_url: config.public_base(),
        hold_secret: hold_secret(config, &pg).await?,
        webhook_secret: webhook_secret(config),
        pay_window_ms: config.pay_window_seconds.saturating_mul(1_000),
    };
    Ok(Services::new(pg, redis, Arc::new(gateway), hub, notifier, services_config).await?)
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

/// The ways to buyers: yours, or the sandbox's.
fn notify(config: &Config) -> Settings {
    let smtp = config.smtp_url.clone();
    let smtp = smtp.unwrap_or_else(|| format!("smtp://127.0.0.1:{}", config.mail_port()));
    let real = config.twilio_account_sid.is_some();
    let base = config.twilio_api_base.clone().unwrap_or_else(|| {
        if real { TWILIO.to_owned() } else { format!("http://127.0.0.1:{}", config.sandbox_port()) }
    });
    let token = match (&config.twilio_auth_token, real) {
        (Some(token), _) => token.clone(),
        // With a real account and no token every message and callback is refused.
        (None, true) => String::new(),
        (None, false) => SANDBOX_SMS_TOKEN.to_owned(),
    };
    Settings {
        mail: MailSettings { url: notifications::Secret::new(smtp), from: config.mail_from.clone() },
        sms: SmsSettings {
            api_base: base.trim_end_matches('/').to_owned(),
            account: config.twilio_account_sid.clone().unwrap_or_else(|| SANDBOX_SMS_ACCOUNT.to_owned()),
            token: notifications::Secret::new(token),
            from: config.twilio_from.clone(),
        },
        brand: Brand::new(config.brand_name.clone(), &config.brand_color),
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

/// Who signs passes: yours, or one that is drawn once for the demo and shared by all its processes.
async fn passes(config: &Config, pg: &PgStore) -> anyhow::Result<PassSigner> {
    let text = match &config.wallet_pem {
        Some(path) => std::fs::read_to_string(path).with_context(|| path.display().to_string())?,
        None => {
            let now = clock::now();
            let fresh = PassSigner::draw_for_trial(now).context("a trial certificate")?;
            String::from_utf8(pg.ensure_secret("wallet_trial", fresh.as_bytes(), now).await?)?
        }
    };
    PassSigner::from_pem(&text).context("passes for phone wallets")
}

async fn hold_secret(config: &Config, pg: &PgStore) -> anyhow::Result<HoldSecret> {
    let bytes = match &config.hold_secret {
        Some(hex_text) => hex::decode(hex_text).context("HOLD_SECRET is not hex")?,
        None => pg.ensure_secret("hold", &clock::random::<32>(), clock::now()).await?,
    };
    let bytes = bytes.try_into().map_err(|_| anyhow::anyhow!("HOLD_SECRET has to be 32 bytes"))?;
    Ok(HoldSecret(bytes))
}

/// Serves the sandbox (payments, mail server, telephone) until it is dropped.
pub async fn sandbox(config: &Config) -> anyhow::Result<()> {
    let port = config.sandbox_port();
    let listener = TcpListener::bind((config.host, port)).await.with_context(|| format!("port {port}"))?;
    let mail_port = config.mail_port();
    let smtp =
        TcpListener::bind((config.host, mail_port)).await.with_context(|| format!("port {mail_port}"))?;
    let site = format!("http://127.0.0.1:{}", config.port);
    let webhooks = format!("{site}/api/v1/webhooks/payments");
    let secret = webhook_secret(config);
    let dir: PathBuf = config.data_dir.join("sandbox");
    std::fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
    let sandbox = ::sandbox::SandboxConfig::new(SANDBOX_KEY, secret.expose(), webhooks, sandbox_base(config));
    let sandbox = sandbox.with_data_dir(dir).with_sms_inbound(format!("{site}/api/v1/webhooks/sms/inbound"));
    ::sandbox::serve_with_mail(listener, smtp, sandbox).await?;
    Ok(())
}
