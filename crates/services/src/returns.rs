//! What a buyer may give back without asking anybody, by the rules of the order ([`Policy`]). What is done then is
//! [`Services::request_refund`].

use crate::{Error, OrderAuth, RequestKey, Result, Services, clock, digest};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::{OrderId, TicketId},
    limits::CLIENT_ID_BYTES_MAX,
    money::Money,
    refund::{Policy, State},
};
use protocol::api::{RefundQuote, RefundRequest, RefundView};
use store_pg::{StoreError, catalogue::EventStatus, orders::Order};

/// Banks book a refund within five to ten working days: two weeks.
const ARRIVES_WITHIN_DAYS: i64 = 14;
/// Characters of a reason.
const REASON_MAX: usize = 500;
/// Tickets named in one request; an order has fewer.
const TICKETS_MAX: usize = 1_000;

impl Services {
    /// What giving tickets back would bring now (all that are good when `tickets` is none). Changes nothing.
    ///
    /// # Errors
    /// [`Error::RefundNotAllowed`] where a refund would be refused, [`Error::NotFound`] for tickets of others.
    pub async fn refund_quote(
        &self,
        id: OrderId,
        auth: OrderAuth<'_>,
        tickets: Option<Vec<TicketId>>,
    ) -> Result<RefundQuote> {
        let order = self.order_row(id, auth).await?.ok_or(Error::NotFound("order"))?;
        let rules = self.rules_of(&order).await?;
        let now = clock::now();
        rules.allow(now)?;
        let quote = self.pg.quote_refund(id, tickets.as_deref()).await.map_err(|e| rules.refusal(e))?;
        Ok(RefundQuote {
            ticket_ids: quote.tickets,
            kept_fees: Money::zero(quote.amount.currency),
            amount: quote.amount,
            refundable_until: rules.until(),
            arrives_by: arrives_by(now),
        })
    }

    /// Gives tickets back for their buyer. Under the same key it happens once, and answers the same.
    ///
    /// # Errors
    /// [`Error::RefundNotAllowed`] when the rules forbid it or nothing is there to give back.
    pub async fn return_tickets(
        &self,
        id: OrderId,
        auth: OrderAuth<'_>,
        request: &RefundRequest,
    ) -> Result<RefundView> {
        let order = self.order_row(id, auth).await?.ok_or(Error::NotFound("order"))?;
        let reason = parse(request)?;
        let rules = self.rules_of(&order).await?;
        let text = serde_json::to_string(request).map_err(Error::internal)?;
        let key = RequestKey {
            scope: format!("order:{id} refund"),
            key: request.idempotency_key.clone(),
            digest: digest(&text),
        };
        self.once(Some(key), self.return_now(&order, &rules, request.ticket_ids.clone(), reason)).await
    }

    async fn return_now(
        &self,
        order: &Order,
        rules: &Rules,
        tickets: Option<Vec<TicketId>>,
        reason: &str,
    ) -> Result<RefundView> {
        let now = clock::now();
        rules.allow(now)?;
        let actor = format!("buyer:{}", order.buyer_key);
        let done = match self.request_refund(order.id, tickets, reason, &actor).await {
            Err(Error::NotRefundable { what }) => return Err(rules.refused(why(what))),
            done => done?,
        };
        let (refund_id, amount, state) = match done.refund {
            Some((id, back)) => (Some(id), back.amount, back.state),
            None => (None, Money::zero(order.total.currency), State::Succeeded),
        };
        Ok(RefundView {
            refund_id,
            kept_fees: Money::zero(amount.currency),
            amount,
            status: status(state).into(),
            arrives_by: arrives_by(now),
        })
    }

    async fn rules_of(&self, order: &Order) -> Result<Rules> {
        let sale = self.sale_by_id(order.event).await?.ok_or(Error::NotFound("event"))?;
        Ok(Rules {
            policy: serde_json::from_value(order.policy.clone()).map_err(Error::internal)?,
            starts_at: sale.row.summary.starts_at,
            cancelled: sale.row.summary.status == EventStatus::Cancelled,
        })
    }
}

/// The order's rules, and what they are about.
struct Rules {
    policy: Policy,
    starts_at: DateTime<Utc>,
    cancelled: bool,
}

impl Rules {
    fn until(&self) -> DateTime<Utc> {
        self.policy.until(self.starts_at)
    }

    fn allow(&self, now: DateTime<Utc>) -> Result<()> {
        self.policy.allows(self.starts_at, self.cancelled, now).map_err(|_| self.refused("too_late"))
    }

    fn refused(&self, reason: &'static str) -> Error {
        Error::RefundNotAllowed { policy: self.policy, until: self.until(), reason }
    }

    fn refusal(&self, error: StoreError) -> Error {
        match error {
            StoreError::WrongState { what } => self.refused(why(what)),
            other => other.into(),
        }
    }
}

/// What the store could not give back, as the contract calls the reason.
fn why(what: &str) -> &'static str {
    if what == "the order" { "not_completed" } else { "used" }
}

fn parse(request: &RefundRequest) -> Result<&str> {
    let key = &request.idempotency_key;
    if !(1..=CLIENT_ID_BYTES_MAX).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
        let message = format!("Use 1 to {CLIENT_ID_BYTES_MAX} visible ASCII characters.");
        return Err(Error::invalid("/idempotency_key", message));
    }
    let reason = request.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX || reason.contains('\0') {
        return Err(Error::invalid("/reason", format!("Say why, in 1 to {REASON_MAX} characters.")));
    }
    if request.ticket_ids.as_ref().is_some_and(|tickets| tickets.is_empty() || tickets.len() > TICKETS_MAX) {
        return Err(Error::invalid("/ticket_ids", "Name at least one ticket, or leave it out for all."));
    }
    Ok(reason)
}

fn arrives_by(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::days(ARRIVES_WITHIN_DAYS)
}

/// A refund's state as the contract names it.
const fn status(state: State) -> &'static str {
    match state {
        State::Requested => "approval_required",
        State::Approved | State::Sent => "pending",
        State::Succeeded => "succeeded",
        State::Failed => "failed",
    }
}
