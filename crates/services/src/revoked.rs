//! Tickets that do not admit any more, for scanners that work without us.

use crate::{Result, Services, clock, tickets::AFTER_THE_END_H};
use chrono::TimeDelta;
use serde_json::{Value, json};

impl Services {
    /// Ids of voided and transferred tickets whose codes have not run out by themselves. Sorted: the same list is the
    /// same text.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn revoked_tickets(&self) -> Result<Value> {
        let since = clock::now() - TimeDelta::hours(AFTER_THE_END_H);
        let revoked = self.pg.revoked_tickets(since).await?;
        let tickets: Vec<Value> = revoked
            .into_iter()
            .map(|ticket| {
                json!({ "sub": ticket.id, "event": ticket.event, "state": ticket.state, "since": ticket.since.timestamp() })
            })
            .collect();
        Ok(json!({ "version": 1, "tickets": tickets }))
    }
}
