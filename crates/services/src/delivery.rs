//! What each fact tells to whom. Facts come at least once; each message goes out once, under a name that lasts
//! (`docs/adr/0016-deliveries.md`).
//!
//! To tell of a new fact: a line in [`Notice::of`], and what the message says beyond the booking in `details.rs`.

mod details;
mod link;
mod notice;
mod notifier;
mod reminders;
mod texts;

pub(crate) use link::LinkLimits;
pub use link::LinkRefusal;
pub use notifier::Notifier;

use crate::{Error, Result, Services, clock};
use chrono::TimeDelta;
use domain::ids::OrderId;
use futures::{StreamExt as _, stream};
use notice::{About, Notice};
use notifications::{SendError, Sms, Template};
use std::sync::Arc;
use store_pg::{
    StoreError,
    audit::Cause,
    deliveries::{Channel, Delivery, NewDelivery, Sending},
    facts::Fact,
};
use uuid::Uuid;

/// Who sends.
const ACTOR: &str = "worker:delivery";
/// Messages of one fact that are taken at a time.
const BATCH: u32 = 40;
/// Messages on their way to the mail server at once.
const AT_ONCE: usize = 4;
/// Nobody else takes a claimed message for so long: longer than a batch takes at a slow server.
const CLAIM_S: i64 = 300;
/// Orders of an event that are read at a time.
const ORDERS_A_PAGE: u32 = 500;
/// When to come again after something did not go through.
const AGAIN_MS: u64 = 5_000;

impl Services {
    /// Sends what a fact tells, to everybody whom it concerns. Repeatable: what went out stays out. An error says that
    /// something is still to be sent: come again with the same fact.
    pub(crate) async fn deliver(&self, fact: &Fact) -> Result<()> {
        let Some(notice) = Notice::of(fact) else { return Ok(()) };
        self.queue(fact, &notice).await?;
        self.send_queued(fact, &notice).await
    }

    /// Sends what a fact of the outbox tells, now: for support's "send again", and for whoever cannot wait for the
    /// worker. Messages that went out already are not sent twice; to repeat one, put a new wish into the outbox with
    /// [`Services::ask_for_tickets`].
    ///
    /// # Errors
    /// `NotFound` when there is no such fact; `Busy` when something is still to be sent.
    pub async fn deliver_fact(&self, id: i64) -> Result<()> {
        let fact = self.pg.fact_by_id(id).await?.ok_or(Error::NotFound("fact"))?;
        self.deliver(&fact).await
    }

    /// Wishes that the tickets of an order be sent to its buyer again; answers the fact that says so.
    ///
    /// # Errors
    /// `NotFound` when no order has that number; an internal one when it has no tickets.
    pub async fn ask_for_tickets(&self, number: &str, actor: &str, reason: &str) -> Result<i64> {
        let order = self.pg.order_by_number(number.trim()).await?.ok_or(Error::NotFound("order"))?;
        let cause = Cause::because(actor, reason, clock::now());
        Ok(self.pg.ask_for_tickets_again(order, &cause).await?)
    }

    /// Writes down who is to be told.
    async fn queue(&self, fact: &Fact, notice: &Notice) -> Result<()> {
        match notice.about {
            About::Order(order) => self.queue_order(fact, notice, order).await,
            About::Event(event) => {
                self.forget_sale(event).await;
                let mut after = None;
                loop {
                    let page = self.pg.completed_orders(event, after, ORDERS_A_PAGE).await?;
                    let Some((last, _)) = page.last() else { return Ok(()) };
                    after = Some(*last);
                    let mail =
                        |(order, email)| new_delivery(fact, order, Channel::Mail, notice.template, email);
                    let new: Vec<NewDelivery> = page.into_iter().map(mail).collect();
                    self.pg.queue_deliveries(&new, &Cause::by(ACTOR, clock::now())).await?;
                }
            }
        }
    }

    async fn queue_order(&self, fact: &Fact, notice: &Notice, id: OrderId) -> Result<()> {
        let Some(order) = self.pg.order_by_id(id).await? else {
            tracing::warn!(fact = fact.id, order = %id, "a fact of an order that is not there");
            return Ok(());
        };
        // Presold seats of the demo are nobody's.
        if order.policy["demo"] == true || !self.concerns_buyer(fact, notice, &order).await? {
            return Ok(());
        }
        let mut new =
            vec![new_delivery(fact, id, Channel::Mail, notice.template, order.contact.email.clone())];
        if let (Template::Tickets, true, Some(phone)) =
            (notice.template, order.contact.text_me, order.contact.phone)
            && !self.pg.opted_out(&phone).await?
        {
            new.push(new_delivery(fact, id, Channel::Sms, notice.template, phone));
        }
        self.pg.queue_deliveries(&new, &Cause::by(ACTOR, clock::now())).await?;
        Ok(())
    }

    /// Sends until nothing of the fact is left, or something does not go through.
    async fn send_queued(&self, fact: &Fact, notice: &Notice) -> Result<()> {
        loop {
            let now = clock::now();
            let until = now + TimeDelta::seconds(CLAIM_S);
            let claimed = self.pg.claim_deliveries(fact.id, BATCH, now, until).await?;
            if claimed.is_empty() {
                break;
            }
            let sent = stream::iter(claimed).map(|delivery| self.send(fact, notice, delivery));
            let sent: Vec<Result<()>> = sent.buffer_unordered(AT_ONCE).collect().await;
            sent.into_iter().collect::<Result<Vec<()>>>()?;
        }
        // Somebody else is sending these, or died with them: their claim ends.
        match self.pg.queued_deliveries(fact.id).await? {
            0 => Ok(()),
            _ => Err(Error::Busy { retry_after_ms: AGAIN_MS }),
        }
    }

    /// Sends one claimed message and writes down how it ended.
    async fn send(&self, fact: &Fact, notice: &Notice, delivery: Delivery) -> Result<()> {
        let sent = match self.hand_over(fact, notice, &delivery).await {
            Ok(sent) => sent,
            Err(error) => {
                // What could not even be written stays queued, and says why.
                self.pg.postpone_delivery(delivery.id, &error.to_string(), clock::now()).await?;
                return Err(error);
            }
        };
        let cause = Cause::by(ACTOR, clock::now());
        let end = match &sent {
            Ok(reference) => Sending::Sent(reference),
            Err(SendError::Permanent(why)) => Sending::Failed(why),
            Err(SendError::Transient(why)) => {
                tracing::warn!(delivery = %delivery.id, template = delivery.template, why, "not sent yet");
                self.pg.postpone_delivery(delivery.id, why, cause.at).await?;
                return Err(Error::Busy { retry_after_ms: AGAIN_MS });
            }
        };
        if let Sending::Failed(why) = end {
            tracing::warn!(delivery = %delivery.id, template = delivery.template, why, "refused for good");
        }
        let outcome = if sent.is_ok() { "sent" } else { "failed" };
        metrics::counter!("parterre_deliveries", "template" => notice.template.name(), "outcome" => outcome)
            .increment(1);
        match self.pg.finish_delivery(delivery.id, end, &cause).await {
            // The claim ended while it was being sent, and another process was faster.
            Err(StoreError::WrongState { .. }) => Ok(()),
            done => Ok(done?),
        }
    }

    async fn hand_over(
        &self,
        fact: &Fact,
        notice: &Notice,
        delivery: &Delivery,
    ) -> Result<std::result::Result<String, SendError>> {
        let order = self.pg.order_by_id(delivery.order).await?.ok_or(Error::NotFound("order"))?;
        let booking = self.booking(&order).await?;
        let template = notice.template;
        if template.brings_tickets() && booking.tickets.is_empty() {
            return Ok(Err(SendError::Permanent("no ticket of this order admits any more".into())));
        }
        if template == Template::HoldLapsing && !details::still_to_pay(&order) {
            return Ok(Err(SendError::Permanent("the order does not wait for its payment any more".into())));
        }
        match delivery.channel {
            Channel::Sms => {
                let body = self.notifier.words.text_message(&booking);
                let base = &self.config.base_url;
                let status_callback = format!("{base}/api/v1/webhooks/sms/status?delivery={}", delivery.id);
                let sms = Sms { to: delivery.recipient.clone(), body, status_callback };
                Ok(self.notifier.texts.send(&sms).await)
            }
            Channel::Mail => {
                let details = self.details(fact, notice, &order).await?;
                let (notifier, to) = (Arc::clone(&self.notifier), delivery.recipient.clone());
                // Drawing pages is work for a processor, not for the runtime's threads.
                let written = tokio::task::spawn_blocking(move || {
                    notifier.words.letter(template, &to, &booking, &details)
                });
                let letter = written.await.map_err(Error::internal)?.map_err(Error::internal)?;
                Ok(self.notifier.mailer.send(&letter, &delivery.id.to_string(), clock::now()).await)
            }
        }
    }
}

fn new_delivery(
    fact: &Fact,
    order: OrderId,
    channel: Channel,
    template: Template,
    recipient: String,
) -> NewDelivery {
    NewDelivery { id: Uuid::now_v7(), fact: fact.id, order, channel, template: template.name(), recipient }
}
