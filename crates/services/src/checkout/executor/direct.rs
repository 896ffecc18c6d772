//! A charge of a payment method that the caller has, at once.

use super::{PROVIDER_REFUSED, charge_of_outcome, silence_of};
use crate::{Error, Result, Services, checkout::state::Running, clock};
use domain::{
    checkout::{
        Input,
        answers::{self, Silence},
    },
    ids::PaymentId,
    payment::State,
};
use payments::{Charge, ChargeOutcome, IntentId};
use store_pg::{
    audit::Cause,
    orders::Order,
    payments::{Closing, Payment, PaymentKind},
};

impl Services {
    pub(super) async fn charge(
        &self,
        order: &Order,
        running: &Running,
        attempt: u32,
    ) -> Result<Option<Input>> {
        let Some((payment, first)) = self.begin_attempt(order, attempt, PaymentKind::Direct).await? else {
            return Ok(Some(Input::Declined { attempt }));
        };
        let payment = self.asked_again(payment, first).await?;
        // A command that was repeated long after its attempt had ended charges nothing once more.
        match payment.state.into() {
            State::Failed | State::Expired => return Ok(Some(Input::Declined { attempt })),
            State::Captured | State::Surplus => return Ok(Some(Input::Captured { attempt })),
            State::Creating | State::Open | State::Processing => {}
        }
        let Some(token) = running.payment_token.clone() else {
            self.close(payment.id, Closing::Failed(PROVIDER_REFUSED)).await?;
            return Ok(Some(Input::Declined { attempt }));
        };
        match self.gateway.charge(&charge_of(order, payment.id, token)).await {
            Ok(outcome) => self.charged(payment.id, attempt, outcome).await,
            Err(error) => {
                tracing::warn!(payment = %payment.id, %error, "no answer to a charge");
                let mut silence = silence_of(&error);
                match silence {
                    Silence::Refused => {
                        self.close(payment.id, Closing::Failed("payment_method_invalid")).await?
                    }
                    Silence::NotSent => silence = self.never_sent(payment.id).await?,
                    Silence::Unknown => {}
                }
                Ok(Some(answers::not_charged(silence, attempt)))
            }
        }
    }

    async fn charged(
        &self,
        payment: PaymentId,
        attempt: u32,
        outcome: ChargeOutcome,
    ) -> Result<Option<Input>> {
        let cause = Cause::by("checkout", clock::now());
        match &outcome {
            ChargeOutcome::Declined { code, .. } => self.close(payment, Closing::Failed(code)).await?,
            ChargeOutcome::Captured { intent }
            | ChargeOutcome::RequiresAction { intent }
            | ChargeOutcome::Processing { intent } => {
                self.pg.payment_opened(payment, None, Some(intent.as_str()), None, &cause).await?;
            }
        }
        if matches!(outcome, ChargeOutcome::Processing { .. }) {
            self.pg.payment_processing(payment, &cause).await?;
        }
        Ok(Some(answers::charged(charge_of_outcome(&outcome), attempt)))
    }

    /// The same charge with the same key gives the outcome of the first.
    pub(super) async fn finish_charge(
        &self,
        order: &Order,
        running: &Running,
        payment: &Payment,
        attempt: u32,
    ) -> Result<Option<Input>> {
        let outcome = match (&payment.intent_id, &running.payment_token) {
            (Some(intent), _) => self.gateway.intent(&IntentId(intent.clone())).await?,
            (None, Some(token)) => self.gateway.charge(&charge_of(order, payment.id, token.clone())).await?,
            (None, None) => return Err(Error::internal("a charge without its payment method")),
        };
        let charged = charge_of_outcome(&outcome);
        match &outcome {
            ChargeOutcome::Captured { intent } => {
                let cause = Cause::by("checkout", clock::now());
                self.pg.payment_opened(payment.id, None, Some(intent.as_str()), None, &cause).await?;
            }
            ChargeOutcome::Declined { .. } | ChargeOutcome::RequiresAction { .. } => {
                self.close(payment.id, Closing::Failed("authentication_required")).await?;
            }
            ChargeOutcome::Processing { .. } => {}
        }
        Ok(answers::charge_closed(charged, attempt))
    }
}

fn charge_of(order: &Order, payment: PaymentId, payment_method: String) -> Charge {
    Charge {
        order: order.id,
        amount: order.total,
        payment_method,
        email: order.contact.email.clone(),
        description: format!("Order {}", order.number),
        idempotency_key: payment.to_string(),
    }
}
