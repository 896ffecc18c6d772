//! Placing an order and paying for it. The walk itself is [`domain::checkout`]; here its commands are carried out.

mod executor;
mod place;
mod refunds;
mod state;

use crate::{BuyerKey, Error, Result, Sale, Services, clock, digest, hold_token::HoldClaim};
use chrono::TimeDelta;
use domain::{
    checkout::{Input, Method, Phase},
    ids::{HoldId, OrderId},
};
pub(crate) use executor::{charge_of_outcome, page_of};
use protocol::api::{AwaitingPayment, CommitRequest, Committed};
use state::Running;
pub(crate) use state::fresh_id;
use std::time::Duration;
use store_pg::audit::Cause;
use store_pg::orders::{Order, OrderStatus};

/// How long a caller waits for what somebody else does for the same order: about three seconds, then 202 says so.
const REST_PAUSES_MS: [u64; 12] = [10, 20, 40, 80, 160, 300, 400, 400, 400, 400, 400, 400];

/// How long a caller waits for its own payment; then 202 says that it is under way.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long an order may wait beyond its window while the provider does not answer.
const OUTAGE_MAX_MINUTES: i64 = 60;
/// Tries in vain after which somebody should look.
const TRIES_ALARMING: u32 = 3;
/// How old an outstanding step must be before a worker takes it up: whoever began it has most likely died.
const RETRY_AFTER_S: i64 = 15;
/// The longest pause between two tries of a checkout.
const RETRY_PAUSE_MAX_S: i64 = 300;

/// What came of a checkout.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckoutAnswer {
    /// Paid; the tickets are issued.
    Paid(Committed),
    /// The provider waits for the buyer, or we for the provider.
    Awaiting(AwaitingPayment),
}

impl Services {
    /// Places the order of a token's hold and pays it.
    pub async fn commit(&self, hold: HoldId, token: &str, request: &CommitRequest) -> Result<CheckoutAnswer> {
        let claim = self.claim(hold, token)?;
        self.check_out(claim, request).await
    }

    /// Places the order of a buyer's selection and pays it.
    pub async fn checkout(
        &self,
        sale: &Sale,
        buyer: &BuyerKey,
        request: &CommitRequest,
    ) -> Result<CheckoutAnswer> {
        let hold = self.redis.of_buyer(sale.id(), buyer.as_str()).await?.ok_or(Error::HoldExpired)?;
        self.check_out(self.config.hold_secret.claim(sale.id(), hold.id), request).await
    }

    async fn check_out(&self, claim: HoldClaim, request: &CommitRequest) -> Result<CheckoutAnswer> {
        let parsed = place::Parsed::parse(self, request)?;
        let method = if request.payment_token.is_some() { Method::Direct } else { Method::Hosted };
        let (order, method) = self.place(&claim, &parsed, method).await?;
        let mut running = Running::load(self, order.id).await?;
        let request_digest = digest(&serde_json::to_string(request).map_err(Error::internal)?);
        match running.key_of(&parsed.key) {
            // The same request again: its answer as it stands now.
            Some(known) if known != request_digest => return Err(Error::IdempotencyMismatch),
            Some(_) if running.state.phase != Phase::Start => {}
            _ => {
                let remember = (parsed.key.clone(), request_digest, request.payment_token.clone());
                let input = if running.state.phase == Phase::Start {
                    Input::Begin(method)
                } else {
                    Input::Pay(method)
                };
                match self.drive_apart(order.id, input, remember).await? {
                    Some(driven) => running = driven,
                    None => return self.answer(order.id, &Running::load(self, order.id).await?).await,
                }
            }
        }
        let running = self.come_to_rest(order.id, running).await?;
        self.answer(order.id, &running).await
    }

    /// Drives in a task of its own, so that a buyer who goes away does not stop it half-way. `None`: it takes longer
    /// (the provider is slow, or it is our turn only in a while) and goes on; the order's page tells.
    async fn drive_apart(
        &self,
        order: OrderId,
        input: Input,
        remember: executor::Remembered,
    ) -> Result<Option<Running>> {
        let services = self.clone();
        let driving =
            tokio::spawn(async move { services.drive_remembering(order, input, Some(remember)).await });
        match tokio::time::timeout(ANSWER_WITHIN, driving).await {
            Ok(Ok(driven)) => driven.map(Some),
            Ok(Err(died)) => Err(Error::internal(died)),
            Err(_) => Ok(None),
        }
    }

    /// Waits for a step that another request or the provider's webhook has under way: its end is the answer.
    pub(crate) async fn come_to_rest(&self, order: OrderId, mut running: Running) -> Result<Running> {
        for pause_ms in REST_PAUSES_MS {
            if !running.is_under_way() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            running = Running::load(self, order).await?;
        }
        Ok(running)
    }

    /// Gives an order up that waits for its payment: the way to pay is closed first, then the seats go back.
    pub async fn abandon(&self, order: OrderId, key: &str) -> Result<()> {
        self.order_row(order, crate::OrderAuth::Key(key)).await?.ok_or(Error::NotFound("order"))?;
        let running = self.drive(order, Input::Abandon).await?;
        self.come_to_rest(order, running).await.map(drop)
    }

    /// Another try to pay an order whose last one came to nothing; answers where it is paid, or its page when it is
    /// paid by now. A payment page that is still open is that place.
    pub async fn pay_again(&self, order: OrderId, key: &str) -> Result<String> {
        self.order_row(order, crate::OrderAuth::Key(key)).await?.ok_or(Error::NotFound("order"))?;
        let running = self.drive(order, Input::Pay(Method::Hosted)).await?;
        let running = self.come_to_rest(order, running).await?;
        Ok(match self.answer(order, &running).await? {
            CheckoutAnswer::Paid(paid) => paid.order_url,
            CheckoutAnswer::Awaiting(awaiting) => awaiting.payment_url,
        })
    }

    /// What the caller of a checkout is told, by where it stands.
    async fn answer(&self, id: OrderId, running: &Running) -> Result<CheckoutAnswer> {
        let order = self.pg.order_by_id(id).await?.ok_or(Error::NotFound("order"))?;
        let order_url = self.order_url(order.id);
        if order.status == OrderStatus::Completed {
            let view = self.order_view(&order).await?;
            let seats = view.lines.iter().filter_map(|line| line.seat_id.clone()).collect();
            return Ok(CheckoutAnswer::Paid(Committed {
                order_id: order.id,
                order_url,
                status: "paid".into(),
                seats,
                tickets: view.tickets,
            }));
        }
        if matches!(order.status, OrderStatus::Cancelled | OrderStatus::Expired) && !running.is_under_way() {
            return Err(Error::HoldExpired);
        }
        match running.state.phase {
            Phase::Ready => Err(self.decline_of(&order, running).await?),
            Phase::Closed(_) | Phase::Releasing(_) | Phase::Refused => Err(Error::HoldExpired),
            _ => {
                let payments = self.pg.payments_of_order(order.id).await?;
                let url = payments.into_iter().rev().find_map(|p| p.url);
                Ok(CheckoutAnswer::Awaiting(AwaitingPayment {
                    order_id: order.id,
                    payment_url: url.unwrap_or_else(|| order_url.clone()),
                    order_url,
                    status: if running.is_under_way() { "processing" } else { "awaiting_payment" }.into(),
                    pay_before: order.pay_before,
                }))
            }
        }
    }

    /// Why no way to pay is open: the bank's no, or the provider's silence.
    async fn decline_of(&self, order: &Order, running: &Running) -> Result<Error> {
        let payments = self.pg.payments_of_order(order.id).await?;
        Ok(match payments.last().and_then(|p| p.failure.clone()) {
            Some(reason) if reason == executor::PROVIDER_REFUSED => Error::internal(format!(
                "order {} stands at {:?}: the payment provider refused to open a payment",
                order.id, running.state.phase
            )),
            Some(reason) if reason == executor::PROVIDER_BUSY => Error::Busy { retry_after_ms: 2_000 },
            Some(reason) => Error::PaymentDeclined { reason },
            None => Error::Busy { retry_after_ms: 2_000 },
        })
    }

    /// The page of an order, with the key that opens it.
    pub(crate) fn order_url(&self, order: OrderId) -> String {
        format!("{}/orders/{order}?key={}", self.config.base_url, self.order_key(order))
    }

    /// The key of an order's page: derived, so that a repeated request gets it again.
    pub(crate) fn order_key(&self, order: OrderId) -> String {
        self.config.hold_secret.order_key(order)
    }

    /// Time is up for orders that are not paid: each is closed at the provider, then its seats go back. While the
    /// provider does not answer, nobody could pay and nothing could be closed: then the orders get more time.
    pub(crate) async fn expire_due_orders(&self, limit: u32) -> Result<usize> {
        let now = clock::now();
        if let Some(pause) = self.gateway.outage() {
            let until = now + TimeDelta::from_std(pause).unwrap_or_default() + TimeDelta::seconds(30);
            let most = TimeDelta::milliseconds(i64::try_from(self.config.pay_window_ms).unwrap_or(i64::MAX))
                + TimeDelta::minutes(OUTAGE_MAX_MINUTES);
            let cause = Cause::because("checkout", "the payment provider does not answer", now);
            let postponed = self.pg.postpone_deadlines(until, most, limit, &cause).await?;
            if postponed > 0 {
                tracing::warn!(postponed, "the payment provider does not answer: orders have more time");
            }
        }
        let due = self.pg.due_reservations(now, limit).await?;
        for order in &due {
            if let Err(error) = self.drive(order.order, Input::Deadline).await {
                tracing::warn!(order = %order.order, %error, "order not expired yet");
            }
        }
        Ok(due.len())
    }

    /// Takes up checkouts in which something is outstanding: a process died, or the provider did not answer. What
    /// fails again waits longer each time; its seats stay taken (INV-6).
    pub(crate) async fn retry_open_checkouts(&self, limit: u32) -> Result<usize> {
        let before = clock::now() - TimeDelta::seconds(RETRY_AFTER_S);
        let open = self.pg.open_checkouts(before, limit).await?;
        metrics::gauge!("parterre_checkouts_outstanding").set(open.len() as f64);
        for (order, tries) in &open {
            match self.drive(*order, Input::Retry).await {
                // Still where it was: the provider gave no answer that ends it.
                Ok(running) if running.is_under_way() => self.not_yet(*order, *tries, None).await?,
                Ok(_) => {}
                Err(error) => self.not_yet(*order, *tries, Some(&error)).await?,
            }
        }
        Ok(open.len())
    }

    async fn not_yet(&self, order: OrderId, tries: u32, error: Option<&Error>) -> Result<()> {
        let error = error.map(tracing::field::display);
        if tries + 1 >= TRIES_ALARMING {
            metrics::counter!("parterre_checkout_stuck_total").increment(1);
            tracing::error!(%order, tries, error, "a checkout does not come to its end; its seats stay taken");
        } else {
            tracing::warn!(%order, tries, error, "checkout not taken up yet");
        }
        // It is looked at once it is so old: the pause is laid on top.
        let pause_s = (RETRY_AFTER_S << tries.min(8)).min(RETRY_PAUSE_MAX_S) - RETRY_AFTER_S;
        self.pg.defer_checkout(order, tries, clock::now() + TimeDelta::seconds(pause_s)).await?;
        Ok(())
    }
}

/// Whether a payment failed by the bank's word, and not because the provider gave no way to pay.
pub(crate) fn is_the_banks(failure: &str) -> bool {
    failure != executor::PROVIDER_REFUSED && failure != executor::PROVIDER_BUSY
}

/// The attempt of an order that a payment is.
pub(crate) async fn attempt_of(
    services: &Services,
    order: OrderId,
    payment: domain::ids::PaymentId,
) -> Result<Option<u32>> {
    Ok(Running::load(services, order).await?.attempt_of(order, payment))
}
