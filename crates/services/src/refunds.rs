//! Money that goes back: asked for, sent, and followed to its end. Every step stands in PostgreSQL before the next is
//! taken, so a worker takes up what a dead process left ([`Services::carry_on_refunds`]).

use crate::{Error, MoneyBack, Result, Services, checkout::fresh_id, clock};
use chrono::TimeDelta;
use domain::{
    checkout::Input,
    hold::Restate,
    ids::{OrderId, PaymentId, RefundId, TicketId},
    money::Money,
    refund::{Fact, State},
    seat::SeatState,
};
use payments::{GatewayError, IntentId};
use store_pg::{
    StoreError,
    audit::Cause,
    refunds::{Refund, RefundNews, carry::Returned, request::RefundAsk},
};
use store_redis::SettleOutcome;

/// What came of asking for money back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundAnswer {
    /// The refund; none when the tickets cost nothing.
    pub refund: Option<(RefundId, MoneyBack)>,
    /// These tickets were given back before: nothing was done now.
    pub repeated: bool,
}

impl Services {
    /// Takes tickets of a paid order back (all that are good when `tickets` is none): they are void, their seats are
    /// free for others, and what was paid for them goes back. PostgreSQL first, then Redis, then the provider: a seat
    /// is never offered that somebody still has a ticket for. Asked again, it answers what is under way.
    ///
    /// Whoever calls has made sure that the policy, or a person, allows it; `actor` and `reason` go on record.
    pub async fn request_refund(
        &self,
        order: OrderId,
        tickets: Option<Vec<TicketId>>,
        reason: &str,
        actor: &str,
    ) -> Result<RefundAnswer> {
        let ask = RefundAsk { id: RefundId(fresh_id()), order, tickets, approved: true };
        let cause = Cause::because(actor, reason, clock::now());
        let done = match self.pg.request_refund(&ask, &cause).await {
            Err(StoreError::WrongState { what }) => return Err(Error::NotRefundable { what }),
            done => done?,
        };
        if let Some(returned) = &done.returned
            && let Err(error) = self.tell_returned(returned).await
        {
            tracing::warn!(%order, %error, "the map is not told of returned seats yet");
        }
        let Some(refund) = done.refund else {
            return Ok(RefundAnswer { refund: None, repeated: done.repeated });
        };
        if !done.repeated
            && let Err(error) = self.carry_on(&refund).await
        {
            tracing::warn!(refund = %refund.id, %error, "refund not sent yet");
        }
        let now = self.pg.refund_by_id(refund.id).await?.unwrap_or(refund);
        let back = MoneyBack { amount: now.amount, state: now.state, surplus: false };
        Ok(RefundAnswer { refund: Some((now.id, back)), repeated: done.repeated })
    }

    /// Who bought tickets of an event that was cancelled gets the whole price back without asking. Tickets that were
    /// used admit somebody to something that took place, and stay.
    pub(crate) async fn refund_cancelled_events(&self, limit: u32) -> Result<usize> {
        let orders = self.pg.orders_of_cancelled_events(limit).await?;
        for &order in &orders {
            let asked = self.request_refund(order, None, "the event was cancelled", "worker:refunds").await;
            // One that cannot be refunded must not keep the others waiting.
            if let Err(error) = asked {
                tracing::error!(%order, %error, "an order of a cancelled event is not refunded yet");
            }
        }
        Ok(orders.len())
    }

    /// Sends what was not sent, asks after what the provider has not told the end of, and tells Redis of seats that
    /// came back.
    pub(crate) async fn carry_on_refunds(&self, limit: u32) -> Result<usize> {
        let now = clock::now();
        let returns = self.pg.untold_returns(now - TimeDelta::seconds(5), limit).await?;
        for returned in &returns {
            if let Err(error) = self.tell_returned(returned).await {
                tracing::warn!(returned = %returned.id, %error, "the map is not told of returned seats yet");
            }
        }
        let due = self.pg.due_refunds(now, limit).await?;
        for refund in &due {
            if let Err(error) = self.carry_on(refund).await {
                tracing::warn!(refund = %refund.id, tries = refund.tries, %error, "refund not carried on yet");
            }
        }
        Ok(returns.len() + due.len())
    }

    /// One step of a refund at the provider; somebody else may be at it.
    pub(crate) async fn carry_on(&self, refund: &Refund) -> Result<()> {
        let next = clock::now() + pause(refund.state, refund.tries);
        if !refund.state.is_under_way() || !self.pg.take_refund(refund.id, refund.tries, next).await? {
            return Ok(());
        }
        match (refund.state, &refund.reference) {
            (State::Sent, Some(reference)) => {
                let state = self.gateway.refund_state(&payments::RefundId(reference.clone())).await?;
                self.record(refund.id, refund.payment, refund.amount, &state, "worker").await
            }
            _ => self.send_refund(refund).await,
        }
    }

    async fn send_refund(&self, refund: &Refund) -> Result<()> {
        let payment = self.pg.payment_by_id(refund.payment).await?.ok_or(Error::NotFound("payment"))?;
        let intent = payment.intent_id.ok_or_else(|| Error::internal("money without a payment intent"))?;
        let asked = payments::Refund {
            intent: IntentId(intent),
            amount: refund.amount,
            order: refund.order,
            refund: refund.id,
            idempotency_key: format!("refund-{}", refund.id),
        };
        match self.gateway.refund(&asked).await {
            Ok(state) => self.record(refund.id, refund.payment, refund.amount, &state, "worker").await,
            Err(GatewayError::Rejected { code, .. }) => {
                let (payment, amount) = (refund.payment, refund.amount);
                let news = RefundNews {
                    id: refund.id,
                    reference: None,
                    payment,
                    amount,
                    fact: Fact::Failed,
                    failure: Some(&code),
                };
                self.take_news(&news, "worker").await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A refund moved on at the provider; also one that was made by hand there.
    pub(crate) async fn refund_moved(
        &self,
        intent: Option<&IntentId>,
        ours: Option<RefundId>,
        amount: Option<Money>,
        state: &payments::RefundState,
    ) -> Result<()> {
        let payment = match intent {
            Some(intent) => self.pg.payment_by_reference(intent.as_str()).await?,
            None => None,
        };
        let Some(payment) = payment else {
            tracing::warn!(?intent, "a refund of a payment that is not ours");
            return Ok(());
        };
        let id = ours.unwrap_or_else(|| RefundId(fresh_id()));
        self.record(id, payment.id, amount.unwrap_or(payment.amount), state, "provider").await
    }

    async fn record(
        &self,
        id: RefundId,
        payment: PaymentId,
        amount: Money,
        state: &payments::RefundState,
        actor: &str,
    ) -> Result<()> {
        let (reference, fact, failure) = match state {
            payments::RefundState::Pending { refund } => (refund, Fact::Sent, None),
            payments::RefundState::Succeeded { refund } => (refund, Fact::Succeeded, None),
            payments::RefundState::Failed { refund, reason } => (refund, Fact::Failed, Some(reason.as_str())),
        };
        let reference = Some(reference.as_str());
        self.take_news(&RefundNews { id, reference, payment, amount, fact, failure }, actor).await
    }

    async fn take_news(&self, news: &RefundNews<'_>, actor: &str) -> Result<()> {
        let is_news = self.pg.record_refund(news, &Cause::by(actor, clock::now())).await?;
        if is_news && news.fact == Fact::Failed {
            // The money is with us and somebody must send it by another way: no worker can.
            metrics::counter!("parterre_refund_failed_total").increment(1);
            let (payment, failure) = (news.payment, news.failure);
            tracing::error!(%payment, refund = %news.id, failure, "a refund failed at the provider");
        }
        Ok(())
    }

    /// Seats and places of voided tickets are free on the map. Once, under the name of their return; and only after the
    /// map has shown them as sold, or the sale would be painted over the return.
    pub(crate) async fn tell_returned(&self, returned: &Returned) -> Result<()> {
        if self.drive(returned.order, Input::Retry).await?.is_under_way() {
            return Err(Error::Busy { retry_after_ms: 1_000 });
        }
        let restate = Restate {
            seats: returned.seats.clone(),
            from: SeatState::Sold,
            to: SeatState::Available,
            areas: returned.areas.iter().map(|(area, n)| (*area, i64::from(*n))).collect(),
        };
        let told = self.redis.restate_once(returned.event, returned.id, &restate).await?;
        if told == SettleOutcome::NotLoaded
            && let Some(sale) = self.sale_by_id(returned.event).await?
        {
            self.load(&sale).await?;
        }
        self.pg.return_told(returned.id, clock::now()).await?;
        Ok(())
    }
}

/// How long until somebody looks again: longer with every try. What was not sent is nearer than what the provider has.
fn pause(state: State, tries: u32) -> TimeDelta {
    let (first_s, most_s) = if state == State::Sent { (60, 6 * 3_600) } else { (5, 3_600) };
    TimeDelta::seconds((first_s << tries.min(12)).min(most_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_and_has_an_end() {
        let seconds = |state, tries| pause(state, tries).num_seconds();
        let table = [0, 1, 2, 9, 10, u32::MAX].map(|tries| seconds(State::Approved, tries));
        assert_eq!(table, [5, 10, 20, 2_560, 3_600, 3_600]);
        assert_eq!((seconds(State::Sent, 0), seconds(State::Sent, 40)), (60, 21_600));
    }
}
