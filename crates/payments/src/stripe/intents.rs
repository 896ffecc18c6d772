//! Charges without a page.

use super::{SendError, StripeGateway, words};
use crate::{Charge, ChargeOutcome, GatewayError, IntentId, pace::Endpoint};
use stripe_core::payment_intent::{
    CreatePaymentIntent, CreatePaymentIntentAutomaticPaymentMethods,
    CreatePaymentIntentAutomaticPaymentMethodsAllowRedirects, RetrievePaymentIntent,
};
use stripe_shared::{ApiErrors, ApiErrorsCode, ApiErrorsType};

pub(super) async fn charge(gateway: &StripeGateway, charge: &Charge) -> Result<ChargeOutcome, GatewayError> {
    let mut methods = CreatePaymentIntentAutomaticPaymentMethods::new(true);
    methods.allow_redirects = Some(CreatePaymentIntentAutomaticPaymentMethodsAllowRedirects::Never);
    let request =
        CreatePaymentIntent::new(words::amount(charge.amount), words::currency(charge.amount.currency))
            .payment_method(charge.payment_method.as_str())
            .automatic_payment_methods(methods)
            .confirm(true)
            // Nobody is there to answer the bank's question. Failing at once leaves a payment that can never succeed
            // later, so the seats may go.
            .error_on_requires_action(true)
            .description(charge.description.as_str())
            .receipt_email(charge.email.as_str())
            .metadata(words::metadata(charge.order));
    match gateway.send(Endpoint::Intents, request, Some(&charge.idempotency_key)).await {
        Ok(intent) => Ok(words::outcome(&intent)),
        Err(SendError::Stripe(errors, _)) if errors.type_ == ApiErrorsType::CardError => Ok(refused(&errors)),
        Err(error) => Err(error.into()),
    }
}

fn refused(errors: &ApiErrors) -> ChargeOutcome {
    let (code, message) = words::decline(errors);
    match (&errors.code, &errors.payment_intent) {
        (Some(ApiErrorsCode::AuthenticationRequired), Some(intent)) => {
            ChargeOutcome::RequiresAction { intent: IntentId(intent.id.to_string()) }
        }
        _ => ChargeOutcome::Declined { code, message },
    }
}

pub(super) async fn retrieve(
    gateway: &StripeGateway,
    intent: &IntentId,
) -> Result<ChargeOutcome, GatewayError> {
    let intent = gateway.send(Endpoint::Intents, RetrievePaymentIntent::new(intent.as_str()), None).await?;
    Ok(words::outcome(&intent))
}
