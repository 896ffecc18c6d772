//! The state of the search: it lives in the address and nowhere else.

use crate::request;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use domain::{
    limits::SEARCH_BYTES_MAX,
    money::{Currency, Money},
};
use serde_urlencoded as urlencoded;

/// What the visitor looks for, as it stands in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Words.
    pub q: String,
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day, inclusive.
    pub to: Option<NaiveDate>,
    /// City.
    pub city: String,
    /// Category.
    pub category: String,
    /// Highest price, fees included; it looks at events in its currency only.
    pub price: Option<Money>,
    /// Where the page starts.
    pub cursor: Option<String>,
}

impl Filters {
    /// Reads the address. What cannot be read is ignored: a mistyped address still shows events.
    pub fn from_request() -> Self {
        let text = |name| request::query(name).map(|text: String| bounded(text.trim())).unwrap_or_default();
        let day = |name| request::query(name).and_then(|text| text.parse().ok());
        Self {
            q: text("q"),
            from: day("from"),
            to: day("to"),
            city: text("city"),
            category: text("category"),
            price: request::query("price").and_then(|text| parse_price(&text)),
            cursor: request::query("cursor"),
        }
    }

    /// Nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self { cursor: self.cursor.clone(), ..Self::default() }
    }

    /// Beginning of the first day, in UTC.
    pub fn first_instant(&self) -> Option<DateTime<Utc>> {
        self.from.map(|day| day.and_time(NaiveTime::MIN).and_utc())
    }

    /// End of the last day, in UTC.
    pub fn end_instant(&self) -> Option<DateTime<Utc>> {
        self.to
            .and_then(|day| day.checked_add_days(Days::new(1)))
            .map(|day| day.and_time(NaiveTime::MIN).and_utc())
    }

    /// The address of this search from its first page.
    pub fn address(&self) -> String {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        let mut put = |name, value: String| {
            if !value.is_empty() {
                pairs.push((name, value));
            }
        };
        put("q", self.q.clone());
        put("from", self.from.map(|day| day.to_string()).unwrap_or_default());
        put("to", self.to.map(|day| day.to_string()).unwrap_or_default());
        put("city", self.city.clone());
        put("category", self.category.clone());
        put("price", self.price.map(price_text).unwrap_or_default());
        put("cursor", self.cursor.clone().unwrap_or_default());
        let query = urlencoded::to_string(pairs).unwrap_or_default();
        if query.is_empty() { "/".to_owned() } else { format!("/?{query}") }
    }

    /// What is asked for, each as a word and the address without it.
    pub fn chips(&self) -> Vec<(String, String)> {
        let first = Self { cursor: None, ..self.clone() };
        let mut chips = Vec::new();
        if !self.q.is_empty() {
            chips.push((format!("“{}”", self.q), Self { q: String::new(), ..first.clone() }.address()));
        }
        let days = match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => Some(day(from)),
            (Some(from), Some(to)) => Some(format!("{} – {}", day(from), day(to))),
            (Some(from), None) => Some(format!("from {}", day(from))),
            (None, Some(to)) => Some(format!("until {}", day(to))),
            (None, None) => None,
        };
        chips.extend(days.map(|text| (text, Self { from: None, to: None, ..first.clone() }.address())));
        if !self.city.is_empty() {
            chips.push((self.city.clone(), Self { city: String::new(), ..first.clone() }.address()));
        }
        if !self.category.is_empty() {
            chips.push((
                title_case(&self.category),
                Self { category: String::new(), ..first.clone() }.address(),
            ));
        }
        chips.extend(self.price.map(|price| {
            (format!("up to {price} ({})", price.currency), Self { price: None, ..first }.address())
        }));
        chips
    }
}

/// A price as it stands in the address: `60EUR`.
pub fn price_text(price: Money) -> String {
    format!("{}{}", price.minor / 10_i64.pow(price.currency.minor_digits()), price.currency)
}

/// Reads `60EUR`: whole units and the currency. A number alone says nothing.
fn parse_price(text: &str) -> Option<Money> {
    let (whole, code) = text.split_at_checked(text.len().checked_sub(3)?)?;
    let (whole, currency) = (whole.parse::<u32>().ok()?, Currency::parse(code).ok()?);
    Some(whole_units(whole, currency))
}

/// So many whole units.
pub fn whole_units(whole: u32, currency: Currency) -> Money {
    Money::new(i64::from(whole) * 10_i64.pow(currency.minor_digits()), currency)
}

/// `concert` as `Concert`.
pub fn title_case(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn day(day: NaiveDate) -> String {
    day.format("%a %-d %b").to_string()
}

/// Cuts a text to what a search may be, at a character's end.
fn bounded(text: &str) -> String {
    let mut end = text.len().min(SEARCH_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_leads_to_the_search_without_it() {
        let filters = Filters {
            q: "cello & piano".into(),
            from: NaiveDate::from_ymd_opt(2026, 12, 1),
            to: NaiveDate::from_ymd_opt(2026, 12, 1),
            cursor: Some("abc".into()),
            ..Filters::default()
        };
        assert_eq!(filters.address(), "/?q=cello+%26+piano&from=2026-12-01&to=2026-12-01&cursor=abc");
        let chips = filters.chips();
        assert_eq!(chips[0], ("“cello & piano”".into(), "/?from=2026-12-01&to=2026-12-01".into()));
        assert_eq!(chips[1], ("Tue 1 Dec".into(), "/?q=cello+%26+piano".into()));
        assert!(Filters { cursor: Some("x".into()), ..Filters::default() }.is_empty());
        assert_eq!(Filters::default().address(), "/");
    }

    #[test]
    fn a_price_names_its_currency_or_is_none() {
        let yen = Currency::parse("JPY").unwrap();
        for (text, price) in [
            ("60EUR", Some(Money::new(6_000, Currency::EUR))),
            ("900JPY", Some(Money::new(900, yen))),
            ("60", None),
            ("EUR", None),
            ("-1EUR", None),
            ("60eur", None),
            ("6€€", None),
            ("", None),
        ] {
            assert_eq!(parse_price(text), price, "{text}");
            if let Some(price) = price {
                assert_eq!(price_text(price), text);
            }
        }
        let chips = Filters { price: parse_price("60GBP"), ..Filters::default() }.chips();
        assert_eq!(chips, [("up to £60 (GBP)".to_owned(), "/".to_owned())]);
    }

    #[test]
    fn the_last_day_counts_whole() {
        let filters = Filters { to: NaiveDate::from_ymd_opt(2026, 12, 31), ..Filters::default() };
        assert_eq!(filters.end_instant().unwrap().to_rfc3339(), "2027-01-01T00:00:00+00:00");
    }
}
