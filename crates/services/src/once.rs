//! Requests that come again under one key (`Idempotency-Key`): one effect, and the same answer (INV-5).
//!
//! What has a name in its body (`client_reservation_id`, `idempotency_key`) is repeatable by that name already; there
//! the key only refuses another body ([`Services::same_request`]). The rest runs through [`Services::once`].

use crate::{Error, Result, Services, clock};
use chrono::TimeDelta;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use store_pg::idempotency::{Claim, Recall};

/// A request that is not answered after this long died with its process: the next one may run.
const UNANSWERED_S: i64 = 30;
/// What is told to a request whose first run is still under way.
const RETRY_AFTER_MS: u64 = 500;
/// How long answers are kept: longer than any client tries again.
const KEPT_H: i64 = 48;

/// The name of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// The use case and what it is about (`hold:… extend`): the same key elsewhere is another.
    pub scope: String,
    /// Chosen by the caller.
    pub key: String,
    /// Tells this request from another under the same key.
    pub digest: String,
}

impl Services {
    /// Runs `work` once for a key: a repetition gets the answer of the first run. What failed had no effect and may be
    /// tried again under the same key. Without a key it just runs, and PostgreSQL is not asked.
    pub async fn once<T, F>(&self, request: Option<RequestKey>, work: F) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        F: Future<Output = Result<T>>,
    {
        let Some(RequestKey { scope, key, digest }) = request else { return work.await };
        let now = clock::now();
        let stale = now - TimeDelta::seconds(UNANSWERED_S);
        match self.pg.claim_key(&scope, &key, &digest, now, stale).await? {
            Claim::Mine => {}
            Claim::Answered(answer) => return serde_json::from_value(answer).map_err(Error::internal),
            Claim::UnderWay => return Err(Error::Busy { retry_after_ms: RETRY_AFTER_MS }),
            Claim::Mismatch => return Err(Error::IdempotencyMismatch),
        }
        match work.await {
            Ok(answer) => {
                let stored = serde_json::to_value(&answer).map_err(Error::internal)?;
                self.pg.answer_key(&scope, &key, &stored).await?;
                Ok(answer)
            }
            Err(error) => {
                self.pg.give_key_back(&scope, &key).await?;
                Err(error)
            }
        }
    }

    /// Refuses a key that came with another request before. For what is repeatable by a name in its body.
    pub async fn same_request(&self, request: Option<RequestKey>) -> Result<()> {
        let Some(RequestKey { scope, key, digest }) = request else { return Ok(()) };
        match self.pg.remember(&scope, &key, &digest, &Value::Bool(true), clock::now()).await? {
            Recall::Mismatch => Err(Error::IdempotencyMismatch),
            Recall::Same(_) | Recall::New => Ok(()),
        }
    }

    /// Forgets answers that nobody asks for any more.
    pub(crate) async fn forget_answers(&self) -> Result<usize> {
        let gone = self.pg.forget_answers(clock::now() - TimeDelta::hours(KEPT_H)).await?;
        Ok(usize::try_from(gone).unwrap_or(usize::MAX))
    }
}
