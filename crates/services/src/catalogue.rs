//! Finding events, and reading one.

use crate::{Error, Result, Services, clock, sale};
use chrono::{DateTime, Utc};
use domain::{
    limits::{PAGE_ITEMS_MAX, SEARCH_BYTES_MAX},
    money::{Currency, Money},
};
use protocol::api::{EventDetail, EventSummary, Page};
use store_pg::catalogue::search;

/// What a visitor looks for. Empty fields mean anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogueQuery {
    /// Words.
    pub q: Option<String>,
    /// Starting at or after; from now on without it.
    pub from: Option<DateTime<Utc>>,
    /// Starting before.
    pub to: Option<DateTime<Utc>>,
    /// City.
    pub city: Option<String>,
    /// Category.
    pub category: Option<String>,
    /// Venue, by slug or id.
    pub venue: Option<String>,
    /// Some price is at most this, fees included; only events in its currency match.
    pub price_max: Option<Money>,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// Items a page, 1 to 100.
    pub limit: u32,
}

/// What can be filtered by, with how many events are behind each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// By name.
    pub cities: Vec<(String, u32)>,
    /// By name.
    pub categories: Vec<(String, u32)>,
    /// The most frequent first.
    pub currencies: Vec<(Currency, u32)>,
}

impl Services {
    /// One page of upcoming events, soonest first.
    pub async fn search(&self, query: &CatalogueQuery) -> Result<Page<EventSummary>> {
        let texts = [&query.q, &query.city, &query.category, &query.venue, &query.cursor];
        if texts.iter().any(|t| t.as_ref().is_some_and(|t| t.len() > SEARCH_BYTES_MAX)) {
            return Err(Error::invalid("", format!("A search text has at most {SEARCH_BYTES_MAX} bytes.")));
        }
        // PostgreSQL has no such character in its texts.
        if texts.iter().any(|t| t.as_ref().is_some_and(|t| t.contains('\0'))) {
            return Err(Error::invalid("", "A search text has a character that no name has."));
        }
        if query.limit == 0 || query.limit > PAGE_ITEMS_MAX {
            return Err(Error::invalid("/limit", format!("A page has 1 to {PAGE_ITEMS_MAX} items.")));
        }
        let cursor = match &query.cursor {
            Some(text) => Some(
                text.parse().map_err(|_| Error::invalid("/cursor", "This is no cursor of a list here."))?,
            ),
            None => None,
        };
        let now = clock::now();
        let page = self
            .pg
            .search(
                &search::CatalogueQuery {
                    from: query.from,
                    to: query.to,
                    q: query.q.clone(),
                    city: query.city.clone(),
                    category: query.category.clone(),
                    venue: query.venue.clone(),
                    price_max: query.price_max,
                    cursor,
                    limit: query.limit,
                },
                now,
            )
            .await?;
        let mut items = Vec::with_capacity(page.items.len());
        for row in &page.items {
            // Without Redis the catalogue still shows; counts come back with it.
            let counts = self
                .availability(row.id)
                .await
                .unwrap_or(sale::Availability { available: row.capacity, held: 0 });
            items.push(sale::summary(row, now, counts));
        }
        Ok(Page { items, next_cursor: page.next.map(|cursor| cursor.to_string()) })
    }

    /// What can be filtered by.
    pub async fn facets(&self) -> Result<Facets> {
        let facets = self.pg.facets(clock::now()).await?;
        let plain = |list: Vec<store_pg::catalogue::facets::Facet>| {
            list.into_iter()
                .map(|f| (f.value, u32::try_from(f.count).unwrap_or(u32::MAX)))
                .collect::<Vec<_>>()
        };
        let currencies = plain(facets.currencies).into_iter();
        let currencies = currencies.filter_map(|(code, count)| Some((Currency::parse(&code).ok()?, count)));
        Ok(Facets {
            cities: plain(facets.cities),
            categories: plain(facets.categories),
            currencies: currencies.collect(),
        })
    }

    /// One event in full, by slug or id.
    pub async fn event(&self, slug_or_id: &str) -> Result<Option<EventDetail>> {
        let Some(sale) = self.sale(slug_or_id).await? else { return Ok(None) };
        let snapshot = self.snapshot(&sale).await?;
        Ok(Some(sale.detail(clock::now(), &snapshot)))
    }
}
