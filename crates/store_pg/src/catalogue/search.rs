//! The listing: upcoming events, soonest first, page by page. Words are looked for in full text; when that finds
//! nothing, by likeness, which forgives typing errors and finds the beginnings of words.

use super::{
    EventSummary,
    rows::{SummaryRow, summary_columns, summary_tables},
};
use crate::{error::Result, pool::PgStore};
use chrono::{DateTime, Utc};
use domain::money::Money;
use sqlx::PgPool;
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// What a visitor looks for. Empty fields mean anything.
#[derive(Clone, Debug, Default)]
pub struct CatalogueQuery {
    /// Starting at or after; without it, from now on.
    pub from: Option<DateTime<Utc>>,
    /// Starting before.
    pub to: Option<DateTime<Utc>>,
    /// Words.
    pub q: Option<String>,
    /// City, whatever its case and accents.
    pub city: Option<String>,
    /// Category.
    pub category: Option<String>,
    /// Slug or id of the venue.
    pub venue: Option<String>,
    /// Some valid price, fees included, is at most this. Only events in its currency match: amounts of different
    /// currencies are not compared, and no rate of exchange is known here.
    pub price_max: Option<Money>,
    /// Where the last page ended.
    pub cursor: Option<Cursor>,
    /// Items a page.
    pub limit: u32,
}

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Soonest first.
    pub items: Vec<EventSummary>,
    /// Where this page ends; none when nothing follows.
    pub next: Option<Cursor>,
}

/// How words are looked for; stays the same over the pages of one listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// No words.
    Browse,
    /// Full text.
    Words,
    /// Likeness.
    Likeness,
}

/// The place after an event in a listing; an opaque text for clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    mode: Mode,
    starts_at: DateTime<Utc>,
    id: Uuid,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.mode {
            Mode::Browse => 'b',
            Mode::Words => 'w',
            Mode::Likeness => 'l',
        };
        write!(f, "{mode}{:x}-{}", self.starts_at.timestamp_micros(), self.id.simple())
    }
}

/// The text is no cursor of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;
    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let mode = match text.chars().next() {
            Some('b') => Mode::Browse,
            Some('w') => Mode::Words,
            Some('l') => Mode::Likeness,
            _ => return Err(NotACursor),
        };
        let (micros, id) = text[1..].split_once('-').ok_or(NotACursor)?;
        let micros = i64::from_str_radix(micros, 16).map_err(|_| NotACursor)?;
        let starts_at = DateTime::from_timestamp_micros(micros).ok_or(NotACursor)?;
        Ok(Self { mode, starts_at, id: Uuid::parse_str(id).map_err(|_| NotACursor)? })
    }
}

macro_rules! listing {
    ($words:literal) => {
        concat!(
            "SELECT ",
            summary_columns!(),
            " FROM ",
            summary_tables!(),
            " WHERE e.status <> 'draft' AND (e.starts_at, e.id) > ($2, $3)
                AND ($4::timestamptz IS NULL OR e.starts_at < $4)
                AND ($5::text IS NULL OR fold(v.city) = fold($5))
                AND ($6::text IS NULL OR e.category = $6)
                AND ($7::text IS NULL OR v.slug = $7 OR v.id::text = $7)
                AND ($8::bigint IS NULL OR (e.currency = $11 AND p.price_from <= $8))
                AND ",
            $words,
            " ORDER BY e.starts_at, e.id LIMIT $10"
        )
    };
}

/// The statement of a mode. Apart, so that the planner sees plainly which index serves.
pub(crate) const fn statement(mode: Mode) -> &'static str {
    match mode {
        Mode::Browse => listing!("$9::text IS NULL"),
        Mode::Words => listing!("e.search @@ websearch_to_tsquery('english', fold($9))"),
        Mode::Likeness => listing!("fold($9) <% e.search_words"),
    }
}

impl PgStore {
    /// One page of the listing.
    pub async fn search(&self, query: &CatalogueQuery, now: DateTime<Utc>) -> Result<Page> {
        let words = query.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
        let mode = match (words, query.cursor) {
            (None, _) => Mode::Browse,
            (Some(_), Some(Cursor { mode: Mode::Likeness, .. })) => Mode::Likeness,
            (Some(_), _) => Mode::Words,
        };
        let page = self.listing(mode, query, words, now).await?;
        // Only a first page that found nothing is asked again: a listing never changes its mode on the way.
        if page.items.is_empty() && mode == Mode::Words && query.cursor.is_none() {
            return self.listing(Mode::Likeness, query, words, now).await;
        }
        Ok(page)
    }

    async fn listing(
        &self,
        mode: Mode,
        query: &CatalogueQuery,
        words: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Page> {
        let limit = query.limit.clamp(1, domain::limits::PAGE_ITEMS_MAX);
        let start = (query.from.unwrap_or(now), Uuid::nil());
        let after = query.cursor.map_or(start, |c| (c.starts_at, c.id).max(start));
        let ask = |pool: PgPool| async move {
            let rows: Vec<SummaryRow> = sqlx::query_as(statement(mode))
                .bind(now)
                .bind(after.0)
                .bind(after.1)
                .bind(query.to)
                .bind(&query.city)
                .bind(&query.category)
                .bind(&query.venue)
                .bind(query.price_max.map(|price| price.minor))
                .bind(words)
                // One more than asked for tells whether another page follows.
                .bind(i64::from(limit) + 1)
                .bind(query.price_max.as_ref().map(|price| price.currency.code()))
                .fetch_all(&pool)
                .await?;
            Ok(rows)
        };
        let rows = self.read_stale(ask).await?;
        let more = rows.len() > limit as usize;
        let items: Vec<_> =
            rows.into_iter().take(limit as usize).map(SummaryRow::into_summary).collect::<Result<_>>()?;
        let next = items.last().filter(|_| more).map(|e| Cursor { mode, starts_at: e.starts_at, id: e.id.0 });
        Ok(Page { items, next })
    }
}
