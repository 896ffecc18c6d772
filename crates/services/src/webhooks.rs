//! What the payment provider tells: verified on the raw bytes, stored as a fact, then applied. Applying may fail or be
//! cut short; the worker applies what is stored.

use crate::{Error, Result, Services, checkout::attempt_of, clock};
use chrono::{DateTime, Utc};
use domain::{
    checkout::Input,
    ids::{OrderId, PaymentId},
};
use payments::{IntentId, WebhookError, WebhookFact, WebhookKind, verify_webhook};
use serde_json::Value;
use store_pg::{
    audit::Cause,
    facts::{ProviderFact, Stored},
    payments::{Closing, Payment},
};

/// Why a webhook is not answered 200.
#[derive(Debug)]
pub enum WebhookRefusal {
    /// The signature does not fit, or is too old.
    BadSignature,
    /// The signature is good, the body is no webhook.
    Malformed,
    /// It could not be stored: the provider shall send it again.
    NotStored(Error),
}

impl Services {
    /// Verifies, stores and applies; the same fact twice has one effect.
    pub async fn receive_webhook(
        &self,
        raw: &[u8],
        signature: &str,
    ) -> std::result::Result<(), WebhookRefusal> {
        let secret = self.config.webhook_secret.expose();
        let fact = verify_webhook(raw, signature, secret, clock::now().timestamp()).map_err(|error| {
            tracing::warn!(%error, "webhook refused");
            match error {
                WebhookError::BadBody => WebhookRefusal::Malformed,
                WebhookError::BadHeader | WebhookError::BadSignature | WebhookError::Stale => {
                    WebhookRefusal::BadSignature
                }
            }
        })?;
        let lag = (clock::now() - fact.created).as_seconds_f64().max(0.0);
        metrics::histogram!("parterre_webhook_lag_seconds").record(lag);
        let payload: Value = serde_json::from_slice(raw).map_err(|_| WebhookRefusal::Malformed)?;
        let kind = payload["type"].as_str().unwrap_or("unknown").to_owned();
        let stored = self.pg.store_fact(&fact.id, &kind, &payload, clock::now()).await;
        match stored.map_err(|error| WebhookRefusal::NotStored(error.into()))? {
            Stored::Applied => Ok(()),
            Stored::New | Stored::Waiting => {
                // Stored is enough for the provider; what fails now, the worker does again.
                if let Err(error) = self.apply_and_mark(&fact).await {
                    tracing::warn!(fact = %fact.id, %error, "provider fact not applied yet");
                }
                Ok(())
            }
        }
    }

    /// Applies stored facts that were not applied when they came.
    pub(crate) async fn apply_waiting_facts(&self, limit: u32) -> Result<usize> {
        let before = clock::now() - chrono::TimeDelta::seconds(5);
        let waiting = self.pg.unapplied(before, limit).await?;
        for row in &waiting {
            if let Err(error) = self.apply_stored(row).await {
                self.pg.mark_failed(&row.id, &error.to_string()).await?;
            }
        }
        Ok(waiting.len())
    }

    /// Applies what was stored.
    pub(crate) async fn apply_stored(&self, row: &ProviderFact) -> Result<()> {
        let fact = payments::parse_webhook(&row.payload).map_err(Error::internal)?;
        self.apply_and_mark(&fact).await
    }

    async fn apply_and_mark(&self, fact: &WebhookFact) -> Result<()> {
        self.apply(fact).await?;
        self.pg.mark_applied(&fact.id, clock::now()).await?;
        Ok(())
    }

    async fn apply(&self, fact: &WebhookFact) -> Result<()> {
        match &fact.kind {
            WebhookKind::SessionCompleted { session, intent, paid: true, .. } => {
                self.captured(session.as_str(), None, intent.as_ref()).await
            }
            WebhookKind::IntentSucceeded { intent, order, .. } => {
                self.captured(intent.as_str(), *order, Some(intent)).await
            }
            WebhookKind::SessionExpired { session, .. } => self.closed(session.as_str()).await,
            WebhookKind::IntentFailed { intent, order, code, .. } => {
                self.declined(intent, *order, code, fact.created).await
            }
            WebhookKind::RefundUpdated { intent, refund, amount, state, .. } => {
                self.refund_moved(intent.as_ref(), *refund, *amount, state).await
            }
            WebhookKind::Disputed { intent, decided, reason } => {
                self.disputed(intent.as_ref(), *decided, reason).await
            }
            WebhookKind::Unreadable(kind) => Err(Error::internal(format!("a {kind} of an unknown form"))),
            WebhookKind::SessionCompleted { .. } | WebhookKind::Other(_) => Ok(()),
        }
    }

    /// The bank said no on a hosted page. The page stays open and the buyer may try on there, so nothing moves; the
    /// reason is noted for the order's page. A direct charge was answered in its call.
    async fn declined(
        &self,
        intent: &IntentId,
        order: Option<OrderId>,
        code: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let Some((payment, _)) = self.attempt_behind(intent.as_str(), order).await? else { return Ok(()) };
        // A page makes its payment at the first try, so the order alone tells which one this is: never a later one.
        if at.timestamp() < payment.created_at.timestamp() {
            return Ok(());
        }
        self.pg.note_decline(payment.id, code, &Cause::by("provider", clock::now())).await?;
        Ok(())
    }

    /// The buyer's bank wants its money back, or that is decided. The tickets stay: what becomes of them, a person says.
    async fn disputed(&self, intent: Option<&IntentId>, decided: Option<bool>, reason: &str) -> Result<()> {
        let payment = match intent {
            Some(intent) => self.pg.payment_by_reference(intent.as_str()).await?,
            None => None,
        };
        let Some(payment) = payment else {
            tracing::warn!(?intent, "a dispute about a payment that is not ours");
            return Ok(());
        };
        let cause = Cause::by("provider", clock::now());
        if self.pg.note_dispute(payment.id, decided, reason, &cause).await? && decided != Some(true) {
            metrics::counter!("parterre_payment_disputed_total").increment(1);
            tracing::error!(payment = %payment.id, ?decided, reason, "a payment is disputed");
        }
        Ok(())
    }

    /// Money was taken for a session or an intent of ours.
    async fn captured(
        &self,
        reference: &str,
        order: Option<OrderId>,
        intent: Option<&IntentId>,
    ) -> Result<()> {
        let Some((payment, attempt)) = self.attempt_behind(reference, order).await? else { return Ok(()) };
        if let Some(intent) = intent {
            let cause = Cause::by("provider", clock::now());
            self.pg.payment_opened(payment.id, None, Some(intent.as_str()), None, &cause).await?;
        }
        self.drive(payment.order, Input::Captured { attempt }).await.map(drop)
    }

    /// A hosted page closed by itself or by our call.
    async fn closed(&self, session: &str) -> Result<()> {
        let Some((payment, attempt)) = self.attempt_behind(session, None).await? else { return Ok(()) };
        self.pg.close_payment(payment.id, Closing::Expired, &Cause::by("provider", clock::now())).await?;
        self.drive(payment.order, Input::SessionClosed { attempt }).await.map(drop)
    }

    /// The payment and the attempt that a reference of the provider belongs to; `None` when it is not ours. The webhook
    /// may be faster than the provider's answer to our call: then the order that it names tells.
    async fn attempt_behind(
        &self,
        reference: &str,
        order: Option<OrderId>,
    ) -> Result<Option<(Payment, u32)>> {
        let known = match (self.pg.payment_by_reference(reference).await?, order) {
            (Some(payment), _) => Some(payment),
            (None, Some(order)) => self.pg.payments_of_order(order).await?.pop(),
            (None, None) => None,
        };
        let Some(payment) = known else {
            tracing::warn!(reference, "a webhook about a payment that is not ours");
            return Ok(None);
        };
        let attempt = self.attempt(payment.order, payment.id).await?;
        Ok(attempt.map(|attempt| (payment, attempt)))
    }

    async fn attempt(&self, order: OrderId, payment: PaymentId) -> Result<Option<u32>> {
        attempt_of(self, order, payment).await
    }
}
