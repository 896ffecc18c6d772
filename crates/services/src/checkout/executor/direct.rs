//! A charge of a payment method that the caller has, at once.

use super::{PROVIDER_BUSY, PROVIDER_REFUSED};
use crate::{Error, Result, Services, checkout::state::Running, clock};
use domain::{checkout::Input, ids::PaymentId};
use payments::{Charge, ChargeOutcome, GatewayError, IntentId};
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
        let Some(payment) = self.begin_attempt(order, attempt, PaymentKind::Direct).await? else {
            return Ok(Some(Input::Declined { attempt }));
        };
        let Some(token) = running.payment_token.clone() else {
            self.close(payment.id, Closing::Failed(PROVIDER_REFUSED)).await?;
            return Ok(Some(Input::Declined { attempt }));
        };
        match self.gateway.charge(&charge_of(order, payment.id, token)).await {
            Ok(outcome) => self.charged(payment.id, attempt, outcome).await,
            Err(error) if error.outcome_unknown() => Ok(Some(Input::Unknown { attempt })),
            Err(error) => {
                tracing::warn!(payment = %payment.id, %error, "charge refused by the provider");
                let failure = if matches!(error, GatewayError::Rejected { .. }) {
                    "payment_method_invalid"
                } else {
                    PROVIDER_BUSY
                };
                self.close(payment.id, Closing::Failed(failure)).await?;
                Ok(Some(Input::Declined { attempt }))
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
        Ok(Some(match outcome {
            ChargeOutcome::Captured { intent } => {
                self.pg.payment_opened(payment, None, Some(intent.as_str()), None, &cause).await?;
                Input::Captured { attempt }
            }
            ChargeOutcome::Declined { code, .. } => {
                self.close(payment, Closing::Failed(&code)).await?;
                Input::Declined { attempt }
            }
            ChargeOutcome::RequiresAction { intent } => {
                self.pg.payment_opened(payment, None, Some(intent.as_str()), None, &cause).await?;
                Input::ChallengeRequired { attempt }
            }
            ChargeOutcome::Processing { intent } => {
                self.pg.payment_opened(payment, None, Some(intent.as_str()), None, &cause).await?;
                self.pg.payment_processing(payment, &cause).await?;
                Input::ChargePending { attempt }
            }
        }))
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
        match outcome {
            ChargeOutcome::Captured { .. } => self.charged(payment.id, attempt, outcome).await,
            // Nobody has the key to finish the challenge of a charge by call: it can take nothing any more.
            ChargeOutcome::Declined { .. } | ChargeOutcome::RequiresAction { .. } => {
                self.close(payment.id, Closing::Failed("authentication_required")).await?;
                Ok(Some(Input::SessionClosed { attempt }))
            }
            ChargeOutcome::Processing { .. } => Ok(None),
        }
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
