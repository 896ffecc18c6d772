//! Charges without a page.

use super::{SendError, StripeGateway, seen, words};
use crate::{Charge, ChargeOutcome, GatewayError, IntentId, Taken, TakenPage, pace::Endpoint};
use chrono::{DateTime, Utc};
use stripe_core::payment_intent::{
    CreatePaymentIntent, CreatePaymentIntentAutomaticPaymentMethods,
    CreatePaymentIntentAutomaticPaymentMethodsAllowRedirects, ListPaymentIntent, RetrievePaymentIntent,
};
use stripe_shared::{ApiErrors, ApiErrorsCode, ApiErrorsType};
use stripe_types::RangeQueryTs;

/// The provider's own bound of a page.
const PAGE_MAX: i64 = 100;

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
        Err(SendError::Stripe(errors, status)) if is_decline(&errors, status) => Ok(refused(&errors)),
        Err(error) => Err(error.into()),
    }
}

/// The request was good and the card was not: 402, whatever kind of error it is called.
fn is_decline(errors: &ApiErrors, status: u16) -> bool {
    status == 402 || errors.type_ == ApiErrorsType::CardError
}

fn refused(errors: &ApiErrors) -> ChargeOutcome {
    let (code, message) = words::decline(&errors.into());
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

pub(super) async fn taken(
    gateway: &StripeGateway,
    since: DateTime<Utc>,
    after: Option<&IntentId>,
) -> Result<TakenPage, GatewayError> {
    let mut request = ListPaymentIntent::new().created(RangeQueryTs::gte(since.timestamp())).limit(PAGE_MAX);
    if let Some(after) = after {
        request = request.starting_after(after.as_str());
    }
    let page: seen::List<seen::Intent> = gateway.send(Endpoint::Intents, request, None).await?;
    let next = page.data.last().filter(|_| page.has_more).map(|last| IntentId(last.id.clone()));
    Ok(TakenPage { taken: page.data.iter().filter_map(with_money).collect(), next })
}

fn with_money(intent: &seen::Intent) -> Option<Taken> {
    (intent.status == words::SUCCEEDED).then(|| Taken {
        intent: IntentId(intent.id.clone()),
        order: words::order_of(intent.metadata.as_ref()),
        amount: words::received(intent),
        created: DateTime::from_timestamp(intent.created, 0).unwrap_or_default(),
    })
}
