//! A payment on the provider's page: opened, and closed again so that nothing can come from it.

use super::{PROVIDER_REFUSED, page_of, silence_of};
use crate::{Error, Result, Services, clock, tickets};
use domain::{
    checkout::{
        Input,
        answers::{self, Silence},
    },
    ids::PaymentId,
};
use payments::{GatewayError, OpenSession, SessionId, SessionLine, SessionState};
use store_pg::{
    audit::Cause,
    orders::Order,
    payments::{Closing, Payment, PaymentKind, PaymentState},
};

/// Stripe closes a page by itself after 30 minutes at the earliest; we close it by call much sooner.
const SESSION_LIFE_MINUTES: i64 = 35;

impl Services {
    pub(super) async fn open_session(&self, order: &Order, attempt: u32) -> Result<Option<Input>> {
        let Some((payment, first)) = self.begin_attempt(order, attempt, PaymentKind::Hosted).await? else {
            return Ok(Some(Input::SessionFailed { attempt }));
        };
        let payment = self.asked_again(payment, first).await?;
        // A command that was repeated long after its attempt had ended opens no page once more.
        if let Some(known) = answers::known(payment.state.into(), attempt) {
            return match stray_page(&payment) {
                Some(session) => self.close_page(payment.id, session, attempt).await,
                None => Ok(Some(known)),
            };
        }
        let url = self.order_url(order.id);
        let open = OpenSession {
            order: order.id,
            lines: session_lines(order)?,
            email: order.contact.email.clone(),
            success_url: format!("{url}&through=1"),
            cancel_url: format!("{url}&back=1"),
            idempotency_key: payment.id.to_string(),
            expires_at: payment.created_at + chrono::TimeDelta::minutes(SESSION_LIFE_MINUTES),
        };
        let cause = Cause::by("checkout", clock::now());
        match self.gateway.open_session(&open).await {
            Ok(session) => {
                self.pg
                    .payment_opened(payment.id, Some(session.id.as_str()), None, Some(&session.url), &cause)
                    .await?;
                // Another process that asked at the same time may have given the attempt up before this answer came.
                let now = self.pg.payment_by_id(payment.id).await?;
                match now.as_ref().and_then(stray_page) {
                    Some(session) => self.close_page(payment.id, session, attempt).await,
                    None => Ok(Some(Input::SessionOpened { attempt })),
                }
            }
            Err(error) => self.not_opened(payment.id, attempt, &error).await,
        }
    }

    /// The provider gave no page: refused and never sent are an end, silence is not.
    async fn not_opened(
        &self,
        payment: PaymentId,
        attempt: u32,
        error: &GatewayError,
    ) -> Result<Option<Input>> {
        tracing::warn!(%payment, %error, "no answer from the payment provider");
        let mut silence = silence_of(error);
        match silence {
            Silence::Refused => self.close(payment, Closing::Failed(PROVIDER_REFUSED)).await?,
            Silence::NotSent => silence = self.never_sent(payment).await?,
            Silence::Unknown => {}
        }
        Ok(Some(answers::not_opened(silence, attempt)))
    }

    pub(super) async fn finish_session(
        &self,
        order: &Order,
        payment: &Payment,
        attempt: u32,
    ) -> Result<Option<Input>> {
        let Some(session) = payment.session_id.clone() else {
            // The answer was lost: the same key gives the same page, which can then be closed.
            self.open_session(order, attempt).await?;
            let again = self.pg.payment_by_id(payment.id).await?.and_then(|p| p.session_id);
            return match again {
                Some(session) => self.close_page(payment.id, SessionId(session), attempt).await,
                None => Ok(None),
            };
        };
        self.close_page(payment.id, SessionId(session), attempt).await
    }

    pub(super) async fn close_page(
        &self,
        payment: PaymentId,
        session: SessionId,
        attempt: u32,
    ) -> Result<Option<Input>> {
        let state = self.gateway.expire_session(&session).await?;
        match &state {
            SessionState::Expired => self.close(payment, Closing::Expired).await?,
            SessionState::Paid { intent, .. } => {
                let cause = Cause::by("checkout", clock::now());
                self.pg.payment_opened(payment, None, Some(intent.as_str()), None, &cause).await?;
            }
            SessionState::Open | SessionState::Processing { .. } => {}
        }
        Ok(answers::page_closed(page_of(&state), attempt))
    }
}

/// A page that is there although its attempt was given up as never opened: it may take money until it is closed.
pub(super) fn stray_page(payment: &Payment) -> Option<SessionId> {
    let given_up = payment.kind == PaymentKind::Hosted && payment.state == PaymentState::Failed;
    payment.session_id.clone().filter(|_| given_up).map(SessionId)
}

/// What the hosted page lists: equal lines together, all-in.
fn session_lines(order: &Order) -> Result<Vec<SessionLine>> {
    let mut lines: Vec<SessionLine> = Vec::new();
    for line in &order.lines {
        let unit = line.price.plus(line.fee).map_err(Error::internal)?;
        let name = format!("{} ({})", tickets::place_label(line), line.tier_name);
        match lines.iter_mut().find(|l| l.name == name && l.unit == unit) {
            Some(same) => same.quantity += 1,
            None => lines.push(SessionLine { name, unit, quantity: 1 }),
        }
    }
    Ok(lines)
}
