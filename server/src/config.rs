//! Settings: each from the environment or a flag, each with a default that serves on a developer's machine.

use clap::Args;
use std::{net::IpAddr, path::PathBuf};

/// What a process needs to know. The help text is the documentation.
#[derive(Args, Clone)]
pub struct Config {
    /// Port of the site; the sandbox takes the next one, the admin listener (metrics) the one after, the sandbox's mail
    /// server the third.
    #[arg(long, env = "PORT", default_value_t = 3000)]
    pub port: u16,
    /// Address to listen on.
    #[arg(long, env = "HOST", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Where the site is reached from outside, without a slash at the end; `http://127.0.0.1:PORT` when absent.
    #[arg(long, env = "BASE_URL")]
    pub base_url: Option<String>,
    /// Folder of the child PostgreSQL and Redis, and of the sandbox.
    #[arg(long, env = "DATA_DIR", default_value = ".data")]
    pub data_dir: PathBuf,
    /// Folder of the built browser half.
    #[arg(long, env = "SITE_DIR", default_value = "target/site")]
    pub site_dir: PathBuf,
    /// Your own PostgreSQL; without it one is started as a child process.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// A streaming replica of it: answers what may be some seconds old, the catalogue above all. It need not be there.
    #[arg(long, env = "DATABASE_READ_URL", hide_env_values = true)]
    pub database_read_url: Option<String>,
    /// Your own Redis, or a cluster of masters (`redis-cluster://host:port?node=host:port`); without it one is started as
    /// a child process.
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<String>,
    /// PostgreSQL connections of this process; as many again to the replica.
    #[arg(long, env = "DATABASE_CONNECTIONS", default_value_t = 24)]
    pub database_connections: u32,
    /// Redis connections of this process to each master, beside the one that listens.
    #[arg(long, env = "REDIS_CONNECTIONS", default_value_t = 4)]
    pub redis_connections: usize,
    /// Your Stripe key; without it payments go to the sandbox.
    #[arg(long, env = "STRIPE_SECRET_KEY", hide_env_values = true)]
    pub stripe_secret_key: Option<String>,
    /// Secret that Stripe signs its webhooks with; required with a Stripe key.
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", hide_env_values = true)]
    pub stripe_webhook_secret: Option<String>,
    /// Where payments are spoken to; Stripe's own address with a key, the sandbox without.
    #[arg(long, env = "STRIPE_API_BASE")]
    pub stripe_api_base: Option<String>,
    /// Your mail server (`smtps://user:password@host`, `smtp://host:587?tls=required`); without it mail goes to the
    /// demo's mailbox.
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Sender of mail: `Name <address>`.
    #[arg(long, env = "MAIL_FROM", default_value = "Parterre <tickets@parterre.example>")]
    pub mail_from: String,
    /// Whose name messages and tickets carry.
    #[arg(long, env = "BRAND_NAME", default_value = "Parterre")]
    pub brand_name: String,
    /// Colour of messages and tickets, `#rrggbb`.
    #[arg(long, env = "BRAND_COLOR", default_value = "#c8452f")]
    pub brand_color: String,
    /// Your Twilio account; without it text messages go to the demo's mailbox.
    #[arg(long, env = "TWILIO_ACCOUNT_SID")]
    pub twilio_account_sid: Option<String>,
    /// Its token; required with an account.
    #[arg(long, env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    pub twilio_auth_token: Option<String>,
    /// Sender of text messages: a number with country code.
    #[arg(long, env = "TWILIO_FROM", default_value = "+15005550006")]
    pub twilio_from: String,
    /// Where text messages are handed over; Twilio's own address with an account, the sandbox without.
    #[arg(long, env = "TWILIO_API_BASE")]
    pub twilio_api_base: Option<String>,
    /// File with key and certificates (PEM) that sign passes for phone wallets; without it the demo draws a trial
    /// certificate, which phones refuse.
    #[arg(long, env = "WALLET_PEM")]
    pub wallet_pem: Option<PathBuf>,
    /// 32 bytes in hex that authenticate hold tokens; without it one is drawn once and kept in PostgreSQL.
    #[arg(long, env = "HOLD_SECRET", hide_env_values = true)]
    pub hold_secret: Option<String>,
    /// Requests a second that one address may make to endpoints that change something.
    #[arg(long, env = "RATE_PER_SECOND", default_value_t = 50)]
    pub rate_per_second: u32,
    /// Seconds from placing an order to its deadline: an order that is not paid by then gives its seats back.
    #[arg(long, env = "PAY_WINDOW_SECONDS", default_value_t = 900)]
    pub pay_window_seconds: u64,
}

impl Config {
    /// Where the site is reached from outside.
    pub fn public_base(&self) -> String {
        self.base_url.clone().map_or_else(
            || format!("http://127.0.0.1:{}", self.port),
            |url| url.trim_end_matches('/').to_owned(),
        )
    }

    /// Whether cookies can be `Secure`.
    pub fn is_https(&self) -> bool {
        self.public_base().starts_with("https://")
    }

    /// Port of the payment sandbox.
    pub fn sandbox_port(&self) -> u16 {
        self.port.saturating_add(1)
    }

    /// Port of the sandbox's mail server.
    pub fn mail_port(&self) -> u16 {
        self.port.saturating_add(3)
    }

    /// Whether something that would leave this machine stays in the sandbox: payments, mail or text messages.
    pub fn needs_sandbox(&self) -> bool {
        self.stripe_secret_key.is_none() || self.smtp_url.is_none() || self.twilio_account_sid.is_none()
    }

    /// Where the hosted payment page stands: forms of this site may lead there.
    pub fn payment_origin(&self) -> String {
        match (&self.stripe_api_base, &self.stripe_secret_key) {
            (Some(base), _) => base.clone(),
            (None, Some(_)) => "https://checkout.stripe.com".to_owned(),
            (None, None) => format!("http://127.0.0.1:{}", self.sandbox_port()),
        }
    }

    /// Port of metrics and readiness.
    pub fn admin_port(&self) -> u16 {
        self.port.saturating_add(2)
    }

    /// Pairs of settings that are dangerous together, each as a sentence for the log.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        if self.stripe_secret_key.is_some() && self.stripe_webhook_secret.is_none() {
            warnings.push("STRIPE_SECRET_KEY without STRIPE_WEBHOOK_SECRET: no payment will be confirmed");
        }
        if self.stripe_secret_key.is_none() && self.is_https() {
            warnings.push("an https address with the payment sandbox: no money is taken");
        }
        if self.stripe_secret_key.is_some() && self.smtp_url.is_none() {
            warnings
                .push("STRIPE_SECRET_KEY without SMTP_URL: tickets go to the demo's mailbox, not to buyers");
        }
        if self.database_read_url.is_some() && self.database_read_url == self.database_url {
            warnings.push(
                "DATABASE_READ_URL is DATABASE_URL: a primary is no replica, and nothing is read there",
            );
        }
        if self.twilio_account_sid.is_some() != self.twilio_auth_token.is_some() {
            warnings.push(
                "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN belong together: no text message will be sent",
            );
        }
        if !self.host.is_loopback() && !self.is_https() {
            warnings
                .push("listening beyond this machine without an https BASE_URL: cookies travel in the clear");
        }
        warnings
    }
}
