//! The stored state of a checkout: the machine's own, and what its commands need to be repeated.

use crate::{Error, Result, Services};
use domain::{
    checkout::{Checkout, Phase},
    ids::{OrderId, PaymentId},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store_pg::checkouts::StoredCheckout;
use uuid::Uuid;

/// Keys remembered for one order; a buyer who tries more cards than that starts anew.
const KEYS_MAX: usize = 24;

/// A checkout on its way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Running {
    /// Where the walk stands.
    #[serde(default)]
    pub(crate) state: Checkout,
    /// The payment method of the newest direct attempt, to repeat the charge with the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) payment_token: Option<String>,
    /// Idempotency keys that came, each with the digest of its request.
    #[serde(default)]
    keys: Vec<(String, String)>,
    #[serde(skip)]
    version: i32,
}

impl Running {
    pub(crate) async fn load(services: &Services, order: OrderId) -> Result<Self> {
        let stored = services.pg.checkout(order).await?.ok_or(Error::NotFound("order"))?;
        let running: Self = serde_json::from_value(stored.state).map_err(Error::internal)?;
        Ok(Self { version: stored.version, ..running })
    }

    /// An order exists only once its seats are claimed: whoever finds one whose first state was never stored (the
    /// process died in between) goes on from there.
    pub(crate) fn reserved_at_least(&mut self) {
        if self.state.phase == Phase::Start {
            self.state.phase = Phase::Ready;
            self.state.round = 1;
        }
    }

    /// Stores the state; `false` when another process moved the order on meanwhile.
    pub(crate) async fn store(&mut self, services: &Services, order: OrderId) -> Result<bool> {
        let stored = StoredCheckout {
            state: serde_json::to_value(&*self).map_err(Error::internal)?,
            version: self.version,
        };
        let done =
            services.pg.store_checkout(order, &stored, self.state.is_open(), crate::clock::now()).await?;
        self.version += 1;
        Ok(done)
    }

    /// Whether a step is under way, so that where the walk stands is no answer yet.
    pub(crate) fn is_under_way(&self) -> bool {
        self.state.is_under_way()
    }

    /// The digest of the request that came under a key.
    pub(crate) fn key_of(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(known, _)| known == key).map(|(_, digest)| digest.as_str())
    }

    /// Remembers a request and its payment method.
    pub(crate) fn remember(&mut self, (key, digest, token): (String, String, Option<String>)) {
        if self.keys.len() == KEYS_MAX {
            self.keys.remove(0);
        }
        self.keys.push((key, digest));
        self.payment_token = token;
    }

    /// The attempt that a payment belongs to.
    pub(crate) fn attempt_of(&self, order: OrderId, payment: PaymentId) -> Option<u32> {
        (1..=self.state.attempt).find(|&attempt| payment_id(order, attempt) == payment)
    }
}

/// The name of an order's attempt to pay: derived, so that a repeated command means the same payment at the provider.
pub(crate) fn payment_id(order: OrderId, attempt: u32) -> PaymentId {
    let digest =
        Sha256::new().chain_update(order.0.as_bytes()).chain_update(attempt.to_be_bytes()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    PaymentId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// A new id for something that is made once.
pub(crate) fn fresh_id() -> Uuid {
    Uuid::now_v7()
}
