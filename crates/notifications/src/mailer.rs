//! Hands mail over to a mail server.

use crate::{ConfigError, Letter, MailSettings, SendError};
use chrono::{DateTime, Utc};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{Error, PoolConfig},
};
use std::time::Duration;

/// The longest that a command may take at the server.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Connections that one process keeps.
const CONNECTIONS_MAX: u32 = 8;

/// A pool of connections to the mail server. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mailer({})", self.from)
    }
}

impl Mailer {
    /// A mailer for the configured server; connects when the first mail is sent. Belongs to a tokio runtime.
    ///
    /// # Errors
    /// When the server's address or the sender cannot be read.
    pub fn new(settings: &MailSettings) -> Result<Self, ConfigError> {
        let from = settings.from.parse().map_err(|_| ConfigError::From)?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.url.expose())
            .map_err(|_| ConfigError::SmtpUrl)?
            .timeout(Some(TIMEOUT))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS_MAX))
            .build();
        Ok(Self { transport, from })
    }

    /// The sender's address: answers go there.
    pub fn address(&self) -> &str {
        self.from.email.as_ref()
    }

    /// Sends a mail under its lasting name `id`; answers what the server said.
    ///
    /// # Errors
    /// [`SendError::Permanent`] when the server refuses it for good, [`SendError::Transient`] otherwise.
    pub async fn send(&self, letter: &Letter, id: &str, at: DateTime<Utc>) -> Result<String, SendError> {
        let message = letter.message(&self.from, id, at)?;
        let answer = self.transport.send(message).await.map_err(|error| meaning(&error))?;
        Ok(answer.message().collect::<Vec<_>>().join(" "))
    }
}

fn meaning(error: &Error) -> SendError {
    // Without its source the text says nothing ("permanent error (550)").
    let cause = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    let text = crate::subject::one_line(&format!("{error}{cause}"), 300);
    // A "client" error is a letter that this server cannot carry, such as one to `jürgen@…` without SMTPUTF8.
    if error.is_permanent() || error.is_client() {
        SendError::Permanent(text)
    } else {
        SendError::Transient(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    #[tokio::test]
    async fn settings_that_cannot_work_are_told_at_the_start() {
        let settings = |url: &str, from: &str| MailSettings { url: Secret::new(url), from: from.into() };
        let good = "smtp://127.0.0.1:2525";
        assert!(Mailer::new(&settings(good, "House <a@b.example>")).is_ok());
        assert!(Mailer::new(&settings("smtps://u:p@mail.example", "a@b.example")).is_ok());
        assert_eq!(Mailer::new(&settings(good, "House")).err(), Some(ConfigError::From));
        for url in ["http://mail.example", "mail.example", ""] {
            assert_eq!(Mailer::new(&settings(url, "a@b.example")).err(), Some(ConfigError::SmtpUrl), "{url}");
        }
    }
}
