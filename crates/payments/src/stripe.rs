//! The gateway that speaks to Stripe (or to the sandbox, which speaks like it).

mod intents;
mod refunds;
pub(crate) mod seen;
mod sessions;
pub(crate) mod words;

use crate::{
    Answer, Charge, ChargeOutcome, ConfigError, Gateway, GatewayError, IntentId, OpenSession, Refund,
    RefundId, RefundState, Session, SessionId, SessionState, StripeConfig, TakenPage,
    breaker::Breaker,
    pace::{Endpoint, Pace},
};
use ::stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError, StripeRequest};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::Instant;

/// [`Gateway`] over Stripe's HTTP API.
pub struct StripeGateway {
    client: Client,
    pace: Pace,
    breaker: Breaker,
}

/// A call that failed: either without a readable answer, or with Stripe's error object, which the caller of
/// `send` may understand (a decline, a session that is already complete).
pub(crate) enum SendError {
    Gateway(GatewayError),
    Stripe(Box<::stripe::ApiErrors>, u16),
}

impl From<SendError> for GatewayError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Gateway(error) => error,
            SendError::Stripe(errors, status) => Self::Rejected {
                status,
                code: errors.code.as_ref().map_or(errors.type_.as_str(), |code| code.as_str()).to_owned(),
                message: errors.message.unwrap_or_default(),
            },
        }
    }
}

impl StripeGateway {
    /// A gateway for `config`; opens no connection yet.
    pub fn new(config: &StripeConfig) -> Result<Self, ConfigError> {
        let base = config.base_url.trim_end_matches('/');
        if !base.starts_with("https://") && !base.starts_with("http://") {
            return Err(ConfigError::BaseUrl(config.base_url.clone()));
        }
        let client = ClientBuilder::new(config.secret_key.expose())
            .url(format!("{base}/"))
            .timeout(config.limits.timeout())
            .app_info("Parterre", Some(env!("CARGO_PKG_VERSION").to_owned()), None)
            .build()
            .map_err(|error| match error {
                StripeError::ConfigError(_) => ConfigError::BaseUrl(config.base_url.clone()),
                _ => ConfigError::SecretKey,
            })?;
        Ok(Self { client, pace: Pace::new(&config.limits, Instant::now()), breaker: Breaker::new() })
    }

    /// Sends one request: breaker, pace, the call itself within its timeout, and the error's meaning. Of the answer it
    /// reads what `T` asks for. Never repeats by itself: whether a repetition is wanted, the saga knows.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        endpoint: Endpoint,
        request: impl StripeRequest,
        idempotency_key: Option<&str>,
    ) -> Result<T, SendError> {
        let strategy = match idempotency_key {
            Some(key) => RequestStrategy::Idempotent(IdempotencyKey::new(key).map_err(|error| {
                SendError::Gateway(GatewayError::Rejected {
                    status: 0,
                    code: "idempotency_key".to_owned(),
                    message: error.to_string(),
                })
            })?),
            None => RequestStrategy::Once,
        };
        let busy = |retry_after| SendError::Gateway(GatewayError::Busy { retry_after });
        self.breaker.allow(Instant::now()).map_err(busy)?;
        let turn = self.pace.book(endpoint, Instant::now()).map_err(busy)?;
        tokio::time::sleep_until(turn).await;

        let call = request.build().customize::<miniserde::json::Value>().request_strategy(strategy);
        let result = call.send(&self.client).await.map_err(meaning);
        let silent = matches!(
            &result,
            Err(SendError::Gateway(GatewayError::Unreachable(_)))
                | Err(SendError::Gateway(GatewayError::ProviderBusy { status: 500.., .. }))
        );
        self.breaker.record(!silent, Instant::now());
        seen::answer(&result?).map_err(SendError::Gateway)
    }
}

/// Stripe's client hides response headers, so `Retry-After` cannot be read; these are our own.
const RETRY_AFTER_LIMITED: Duration = Duration::from_secs(1);
const RETRY_AFTER_FAILED: Duration = Duration::from_secs(2);

fn meaning(error: StripeError) -> SendError {
    let unreachable = |text: String| SendError::Gateway(GatewayError::Unreachable(text));
    match error {
        StripeError::Stripe(_, status @ (409 | 429)) => {
            SendError::Gateway(GatewayError::ProviderBusy { status, retry_after: RETRY_AFTER_LIMITED })
        }
        StripeError::Stripe(_, status @ 500..) => {
            SendError::Gateway(GatewayError::ProviderBusy { status, retry_after: RETRY_AFTER_FAILED })
        }
        StripeError::Stripe(errors, status) => SendError::Stripe(errors, status),
        StripeError::Timeout => unreachable("no answer in time".to_owned()),
        StripeError::ClientError(text)
        | StripeError::JSONDeserialize(text)
        | StripeError::ConfigError(text) => unreachable(text),
    }
}

impl Gateway for StripeGateway {
    fn open_session<'a>(&'a self, open: &'a OpenSession) -> Answer<'a, Session> {
        Box::pin(sessions::open(self, open))
    }

    fn expire_session<'a>(&'a self, session: &'a SessionId) -> Answer<'a, SessionState> {
        Box::pin(sessions::expire(self, session))
    }

    fn session<'a>(&'a self, session: &'a SessionId) -> Answer<'a, SessionState> {
        Box::pin(sessions::retrieve(self, session))
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> Answer<'a, ChargeOutcome> {
        Box::pin(intents::charge(self, charge))
    }

    fn intent<'a>(&'a self, intent: &'a IntentId) -> Answer<'a, ChargeOutcome> {
        Box::pin(intents::retrieve(self, intent))
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, RefundState> {
        Box::pin(refunds::refund(self, refund))
    }

    fn refund_state<'a>(&'a self, refund: &'a RefundId) -> Answer<'a, RefundState> {
        Box::pin(refunds::retrieve(self, refund))
    }

    fn taken<'a>(&'a self, since: DateTime<Utc>, after: Option<&'a IntentId>) -> Answer<'a, TakenPage> {
        Box::pin(intents::taken(self, since, after))
    }

    fn outage(&self) -> Option<Duration> {
        self.breaker.closed_for(Instant::now())
    }
}
