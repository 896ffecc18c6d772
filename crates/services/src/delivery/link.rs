//! Lost tickets: order number and address, always the same answer, and a link by mail to whom it belongs.

use super::details::LINK_MINUTES;
use crate::{Result, Services, clock, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use domain::{contact::Email, ids::OrderId};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use store_pg::audit::Cause;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

/// Every answer takes so long, whether there is such an order or not: much longer than looking takes.
const ANSWER_AFTER: Duration = Duration::from_millis(600);
/// Links an hour to one address; more would be a nuisance.
const PER_EMAIL_HOUR: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);
/// Questions an hour from one network address: a house full of people is one.
const PER_ADDRESS_HOUR: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);
/// Characters of an order number that are looked at.
const NUMBER_CHARS_MAX: usize = 40;
/// Quiet addresses are forgotten once in so many questions.
const TIDY_EVERY: u32 = 1_000;

/// Who asked how often, in this process.
#[derive(Debug)]
pub(crate) struct LinkLimits {
    by_email: DefaultKeyedRateLimiter<String>,
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    seen: AtomicU32,
}

impl Default for LinkLimits {
    fn default() -> Self {
        Self {
            by_email: RateLimiter::keyed(Quota::per_hour(PER_EMAIL_HOUR)),
            by_address: RateLimiter::keyed(Quota::per_hour(PER_ADDRESS_HOUR)),
            seen: AtomicU32::new(0),
        }
    }
}

impl LinkLimits {
    fn allow(&self, email: &str, address: Option<IpAddr>) -> bool {
        if self.seen.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.by_email.retain_recent();
            self.by_address.retain_recent();
        }
        let address_may = address.is_none_or(|address| self.by_address.check_key(&address).is_ok());
        address_may && self.by_email.check_key(&digest(email)).is_ok()
    }
}

/// Why a link opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    /// Not one of ours.
    #[error("this is no link of ours")]
    Forged,
    /// Its time is over.
    #[error("this link has expired")]
    Expired,
}

impl Services {
    /// Sends the way back to an order, if that number and address belong together. The answer is the same, and takes
    /// the same time, whether they do, whether too many asked, and whether the texts make sense.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn send_ticket_link(&self, number: &str, email: &str, address: Option<IpAddr>) -> Result<()> {
        let answer_at = Instant::now() + ANSWER_AFTER;
        let done = self.look_and_ask(number, email, address).await;
        sleep_until(answer_at).await;
        done
    }

    async fn look_and_ask(&self, number: &str, email: &str, address: Option<IpAddr>) -> Result<()> {
        let number: String = number.trim().to_uppercase().chars().take(NUMBER_CHARS_MAX).collect();
        let Ok(email) = Email::parse(email) else { return Ok(()) };
        // PostgreSQL has no such character in its texts.
        if number.contains('\0') || !self.link_limits.allow(&email.as_str().to_lowercase(), address) {
            return Ok(());
        }
        if let Some(order) = self.pg.order_of_buyer(&number, email.as_str()).await? {
            let cause = Cause::because("visitor", "lost tickets", clock::now());
            let fact = self.pg.ask_for_link(order, &cause).await?;
            tracing::debug!(fact, "a link to lost tickets is wanted");
        }
        Ok(())
    }

    /// The address of the link, for whoever reads the buyer's mail.
    pub(super) fn ticket_link(&self, order: OrderId, until: DateTime<Utc>) -> String {
        let mut bytes = Vec::with_capacity(40);
        bytes.extend_from_slice(order.0.as_bytes());
        bytes.extend_from_slice(&until.timestamp().to_be_bytes());
        let mac = self.config.hold_secret.link_mac(&bytes);
        bytes.extend_from_slice(&mac);
        format!("{}/tickets/open?t={}", self.config.base_url, URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The page that a link leads to, as a path of this site.
    ///
    /// # Errors
    /// When the link is forged or its time is over.
    pub fn open_ticket_link(&self, token: &str) -> std::result::Result<String, LinkRefusal> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| LinkRefusal::Forged)?;
        let (named, mac) = bytes.split_at_checked(24).ok_or(LinkRefusal::Forged)?;
        if !self.config.hold_secret.link_mac_fits(named, mac) {
            return Err(LinkRefusal::Forged);
        }
        let (order, until) = named.split_at(16);
        let order = OrderId(Uuid::from_slice(order).map_err(|_| LinkRefusal::Forged)?);
        let until = i64::from_be_bytes(until.try_into().map_err(|_| LinkRefusal::Forged)?);
        if clock::now().timestamp() >= until {
            return Err(LinkRefusal::Expired);
        }
        Ok(format!("/orders/{order}?key={}", self.order_key(order)))
    }

    /// Minutes that a link works.
    pub fn link_minutes() -> i64 {
        LINK_MINUTES
    }
}
