//! The choices that the filters of a listing offer, with counts.

use super::EventStatus;
use crate::{error::Result, pool::PgStore};
use chrono::{DateTime, Utc};

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Facet {
    /// What to filter by.
    pub value: String,
    /// Events behind it.
    pub count: i64,
}

/// All choices of the upcoming events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// By name.
    pub cities: Vec<Facet>,
    /// By name.
    pub categories: Vec<Facet>,
    /// ISO 4217 codes, the most frequent first.
    pub currencies: Vec<Facet>,
}

impl PgStore {
    /// Cities, categories and currencies of the visible events that start at or after `from`.
    pub async fn facets(&self, from: DateTime<Utc>) -> Result<Facets> {
        self.read_stale(|pool| async move {
            let cities = sqlx::query_as(
                "SELECT v.city AS value, count(*) AS count FROM events e JOIN venues v ON v.id = e.venue_id
                 WHERE e.status <> 'draft' AND e.starts_at >= $1 GROUP BY v.city ORDER BY v.city",
            )
            .bind(from)
            .fetch_all(&pool)
            .await?;
            let categories = sqlx::query_as(
                "SELECT category AS value, count(*) AS count FROM events
                 WHERE status <> 'draft' AND starts_at >= $1 GROUP BY category ORDER BY category",
            )
            .bind(from)
            .fetch_all(&pool)
            .await?;
            let currencies = sqlx::query_as(
                "SELECT currency::text AS value, count(*) AS count FROM events
                 WHERE status <> 'draft' AND starts_at >= $1 GROUP BY currency ORDER BY count(*) DESC, currency",
            )
            .bind(from)
            .fetch_all(&pool)
            .await?;
            Ok(Facets { cities, categories, currencies })
        })
        .await
    }

    /// Visible events by status, for the metrics.
    pub async fn event_counts(&self) -> Result<Vec<(EventStatus, i64)>> {
        let rows = sqlx::query_as("SELECT status, count(*) FROM events GROUP BY status ORDER BY status")
            .fetch_all(&self.pool)
            .await?;
        Ok(rows)
    }
}
