//! How far behind the outbox is, as metrics.

use super::Group;
use crate::{Result, Services, clock};
use chrono::{DateTime, Utc};

impl Services {
    /// Measures what waits in the outbox, in the stream and among the dead letters.
    pub(crate) async fn gauge_outbox(&self) -> Result<usize> {
        let now = clock::now();
        let outbox = self.pg.outbox_state().await?;
        metrics::gauge!("parterre_outbox_lag_seconds").set(age_s(now, outbox.unpublished_since));
        metrics::gauge!("parterre_outbox_unpublished").set(outbox.unpublished as f64);
        let states = self.pg.group_states().await?;
        // What Redis cannot tell is not told: a loss of it is not "nothing unread".
        let lags = self.redis.lags(&self.outbox.stream).await.ok();
        for group in Group::ALL.map(Group::name) {
            let state = states.iter().find(|state| state.group == group);
            let waiting = state.map_or(0, |state| state.waiting);
            let since = state.and_then(|state| state.waiting_since);
            metrics::gauge!("parterre_facts_waiting", "group" => group).set(waiting as f64);
            metrics::gauge!("parterre_facts_waiting_seconds", "group" => group).set(age_s(now, since));
            metrics::gauge!("parterre_dead_letters", "group" => group)
                .set(state.map_or(0, |state| state.dead) as f64);
            if let Some(lags) = &lags {
                let lag = lags.get(group).copied().unwrap_or_default();
                metrics::gauge!("parterre_stream_unread", "group" => group).set(lag.unread as f64);
                metrics::gauge!("parterre_stream_pending", "group" => group).set(lag.pending as f64);
            }
        }
        Ok(0)
    }
}

fn age_s(now: DateTime<Utc>, since: Option<DateTime<Utc>>) -> f64 {
    since.map_or(0.0, |since| (now - since).num_milliseconds().max(0) as f64 / 1_000.0)
}
