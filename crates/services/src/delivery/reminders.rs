//! Reminding buyers that their time to pay is nearly over.

use super::ACTOR;
use crate::{Result, Services};
use chrono::{DateTime, TimeDelta, Utc};
use store_pg::audit::Cause;

/// How long before the end of the time to pay: enough to find the card.
const LEAD: TimeDelta = TimeDelta::minutes(5);
/// Orders that are reminded in one tick.
const BATCH: u32 = 100;

impl Services {
    /// Reminds the buyers who wished it of orders that are not paid and lapse soon, as it would be seen at `at`; each
    /// order once. Answers how many.
    pub async fn remind_of_payment(&self, at: DateTime<Utc>) -> Result<usize> {
        let cause = Cause::because(ACTOR, "the time to pay is nearly over", at);
        Ok(self.pg.remind_of_payment(LEAD, BATCH, &cause).await?)
    }
}
