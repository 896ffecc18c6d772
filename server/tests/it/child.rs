//! The server as a process of its own, to be killed at any moment.

use crate::{
    client::Client,
    world::{SANDBOX_KEY, Setup, Stage, WEBHOOK_SECRET, eventually},
};
use std::{
    net::TcpListener,
    process::{Child as Process, Command, Stdio},
};

/// A stage with the built program on it.
pub struct Child {
    process: Process,
    pub http: Client,
    pub stage: Stage,
}

impl Child {
    pub async fn start(setup: Setup) -> Self {
        let port = free_ports();
        let stage = Stage::new(setup, port).await;
        let process = spawn(&stage);
        let child = Self { process, http: Client::new(format!("http://127.0.0.1:{port}")), stage };
        child.ready().await;
        child
    }

    /// `kill -9`: nothing is tidied up.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub async fn start_again(&mut self) {
        self.process = spawn(&self.stage);
        self.ready().await;
    }

    async fn ready(&self) {
        eventually("the program serves", async || {
            self.http.get("/healthz").try_send().await.filter(|reply| reply.status == 200)
        })
        .await;
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port whose second next (the admin listener's) is free too, outside the range from which connections take theirs: a
/// program that is started again must find it free.
pub fn free_ports() -> u16 {
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    loop {
        let port = rand::random_range(12_000..19_000);
        if free(port) && free(port + 2) {
            return port;
        }
    }
}

fn spawn(stage: &Stage) -> Process {
    program(stage, &["run"], stage.config.port).spawn().unwrap()
}

/// The built program in a role, over the stores of a stage.
pub fn program(stage: &Stage, role: &[&str], port: u16) -> Command {
    let config = &stage.config;
    let url = |url: &Option<String>| url.clone().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command
        .args(role)
        .current_dir(&stage.dir.0)
        .env("PORT", port.to_string())
        .env("HOST", "127.0.0.1")
        .env("DATA_DIR", &config.data_dir)
        .env("SITE_DIR", &config.site_dir)
        .env("DATABASE_URL", url(&config.database_url))
        .env("REDIS_URL", url(&config.redis_url))
        .env("DATABASE_CONNECTIONS", "6")
        .env("REDIS_CONNECTIONS", "2")
        .env("RATE_PER_SECOND", config.rate_per_second.to_string())
        .env("STRIPE_SECRET_KEY", SANDBOX_KEY)
        .env("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET)
        .env("STRIPE_API_BASE", url(&config.stripe_api_base))
        .env("SMTP_URL", url(&config.smtp_url))
        .env("TWILIO_ACCOUNT_SID", "ACsandbox")
        .env("TWILIO_AUTH_TOKEN", "sandbox_token")
        .env("TWILIO_API_BASE", &stage.sandbox.base)
        .env("PAY_WINDOW_SECONDS", config.pay_window_seconds.to_string())
        .env("LOG", "error")
        .env_remove("BASE_URL")
        .env_remove("HOLD_SECRET")
        .env_remove("DATABASE_READ_URL")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}
