//! The log of holds: each event's stream in Redis, persisted behind it (INV-10). Holds themselves are never read
//! back from here.

use crate::{error::Result, pool::PgStore};
use chrono::{DateTime, Utc};
use domain::ids::EventId;
use serde_json::Value;
use uuid::Uuid;

/// One change of a hold, as the event's stream tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldLogRow {
    /// The event.
    pub event: EventId,
    /// Epoch of the stream.
    pub epoch: u64,
    /// Offset in the epoch.
    pub offset: u64,
    /// `held`, `extended`, `released`, `expired`, `reserved`, `settled`, …
    pub kind: String,
    /// Which hold.
    pub hold: Option<Uuid>,
    /// Whose.
    pub buyer: String,
    /// Seats, places, what else is known.
    pub data: Value,
    /// On Redis' clock.
    pub at: DateTime<Utc>,
}

impl PgStore {
    /// Appends rows; those already there (same event, epoch, offset) are skipped. Answers how many were new.
    pub async fn append_hold_log(&self, rows: &[HoldLogRow]) -> Result<u64> {
        let column = |pick: fn(&HoldLogRow) -> i64| rows.iter().map(pick).collect::<Vec<_>>();
        let done = sqlx::query(
            "INSERT INTO hold_log (event_id, epoch, log_offset, kind, hold_id, buyer, data, at)
             SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::uuid[], $6::text[],
                                  $7::jsonb[], $8::timestamptz[])
             ON CONFLICT DO NOTHING",
        )
        .bind(rows.iter().map(|r| r.event.0).collect::<Vec<_>>())
        .bind(column(|r| r.epoch.cast_signed()))
        .bind(column(|r| r.offset.cast_signed()))
        .bind(rows.iter().map(|r| r.kind.clone()).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.hold).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.buyer.clone()).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.data.clone()).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.at).collect::<Vec<_>>())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// Where the persisted log of an event ends: `(epoch, offset)`.
    pub async fn hold_log_end(&self, event: EventId) -> Result<Option<(u64, u64)>> {
        let end: Option<(i64, i64)> = sqlx::query_as(
            "SELECT epoch, log_offset FROM hold_log WHERE event_id = $1
             ORDER BY epoch DESC, log_offset DESC LIMIT 1",
        )
        .bind(event.0)
        .fetch_optional(&self.pool)
        .await?;
        Ok(end.map(|(epoch, offset)| (epoch.cast_unsigned(), offset.cast_unsigned())))
    }
}
