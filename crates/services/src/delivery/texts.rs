//! What the text message provider tells us: what became of a message, and who wants no more.

use crate::{Error, Result, Services, clock};
use domain::contact::Phone;
use notifications::signature_fits;
use store_pg::audit::Cause;
use uuid::Uuid;

/// Words that end all messages, as the provider's own lists have them.
const STOP: [&str; 9] =
    ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "STOP ALL"];
/// Words that allow them again.
const START: [&str; 3] = ["START", "YES", "UNSTOP"];

impl Services {
    /// Whether a callback is the provider's: `path` is the one that was called, `fields` its form.
    pub fn is_text_providers(&self, path: &str, fields: &[(String, String)], signature: &str) -> bool {
        let url = format!("{}{path}", self.config.base_url);
        signature_fits(&self.notifier.sms_token, &url, fields, signature)
    }

    /// A message moved on at the provider, as told at the address that was given with it. The callback is proved by then.
    ///
    /// # Errors
    /// When PostgreSQL does not answer: the provider shall tell again.
    pub async fn text_moved(&self, delivery: Uuid, fields: &[(String, String)]) -> Result<()> {
        let get =
            |name: &str| fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let (sid, status) = (get("MessageSid"), get("MessageStatus"));
        let cause = Cause::by("provider", clock::now());
        let why = format!("{status} {}", get("ErrorCode"));
        let bounced = match status {
            "delivered" => None,
            "undelivered" | "failed" => Some(why.trim()),
            // Queued, sending, sent: no news.
            _ => return Ok(()),
        };
        if !self.pg.delivery_told(delivery, sid, bounced, &cause).await? {
            tracing::debug!(sid, status, "news of a message that is not known or has moved on");
        }
        Ok(())
    }

    /// Somebody answered a message: STOP ends them, START allows them again. The callback is proved by then.
    ///
    /// # Errors
    /// When PostgreSQL does not answer, or the sender is no telephone number.
    pub async fn text_received(&self, fields: &[(String, String)]) -> Result<()> {
        let get =
            |name: &str| fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let from =
            Phone::parse(get("From")).map_err(|_| Error::invalid("/From", "is no telephone number"))?;
        let word = get("Body").trim().trim_end_matches(['.', '!']).to_uppercase();
        let cause = Cause::because("provider", "their own word", clock::now());
        if STOP.contains(&word.as_str()) {
            self.pg.opt_out(from.as_str(), &cause).await?;
        } else if START.contains(&word.as_str()) {
            self.pg.opt_in(from.as_str(), &cause).await?;
        }
        Ok(())
    }
}
