//! What a sandbox must be told.

use crate::clock::{self, Clock};
use std::{fmt, path::PathBuf};

/// How to run a sandbox.
#[derive(Clone)]
pub struct SandboxConfig {
    /// The key that callers must show (`sk_test_…`).
    pub secret_key: String,
    /// What webhooks are signed with (`whsec_…`).
    pub webhook_secret: String,
    /// Where webhooks go; plain http, for this machine.
    pub webhook_url: String,
    /// Where browsers find this sandbox (`http://127.0.0.1:3001`); payment pages are under it.
    pub public_base: String,
    /// Where the journal lies, so that a restart keeps sessions and payments; `None` keeps them in memory only.
    pub data_dir: Option<PathBuf>,
    /// The account that sends text messages (`AC…`).
    pub sms_account: String,
    /// Its token; callbacks are signed with it.
    pub sms_token: String,
    /// Where answers to text messages go; plain http, for this machine.
    pub sms_inbound_url: String,
    /// The time.
    pub clock: Clock,
}

impl SandboxConfig {
    /// The shop that payments are for: it stands where its webhooks go.
    pub(crate) fn shop(&self) -> Option<String> {
        let (scheme, rest) = self.webhook_url.split_once("://")?;
        let host = rest.split('/').next().filter(|host| !host.is_empty())?;
        Some(format!("{scheme}://{host}/"))
    }

    /// A sandbox in memory with the system's clock.
    pub fn new(
        secret_key: impl Into<String>,
        webhook_secret: impl Into<String>,
        webhook_url: impl Into<String>,
        public_base: impl Into<String>,
    ) -> Self {
        Self {
            secret_key: secret_key.into(),
            webhook_secret: webhook_secret.into(),
            webhook_url: webhook_url.into(),
            public_base: public_base.into().trim_end_matches('/').to_owned(),
            data_dir: None,
            sms_account: "ACsandbox".into(),
            sms_token: "sandbox_token".into(),
            sms_inbound_url: String::new(),
            clock: clock::system(),
        }
    }

    /// Keeps a journal in `dir`.
    #[must_use]
    pub fn with_data_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(dir.into());
        self
    }

    /// Sends answers to text messages to `url`.
    #[must_use]
    pub fn with_sms_inbound(mut self, url: impl Into<String>) -> Self {
        self.sms_inbound_url = url.into();
        self
    }

    /// Tells the time by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }
}

impl fmt::Debug for SandboxConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxConfig")
            .field("webhook_url", &self.webhook_url)
            .field("public_base", &self.public_base)
            .field("data_dir", &self.data_dir)
            .finish_non_exhaustive()
    }
}
