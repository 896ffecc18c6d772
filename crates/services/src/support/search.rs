//! Finding an order by whatever a caller can name.

use super::{FoundOrder, PAGE};
use crate::{Error, Result, Services};
use chrono::DateTime;
use domain::limits::SEARCH_BYTES_MAX;
use store_pg::support::{After, Find};
use uuid::Uuid;

/// What was typed into the search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Number, address, payment: whatever names an order; or a seat, when there is an event.
    pub words: String,
    /// The event, by its name in addresses.
    pub event: String,
    /// Where the list goes on, as the page before said it.
    pub after: String,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The orders, the newest first.
    pub orders: Vec<FoundOrder>,
    /// Where it goes on; `None` at the end.
    pub next: Option<String>,
}

/// What kind of name the words are.
fn find_of<'a>(words: &'a str, event: &'a str) -> Find<'a> {
    if !event.is_empty() {
        return Find::Place { event, place: words };
    }
    if words.contains('@') {
        return Find::Email(words);
    }
    if let Ok(id) = Uuid::parse_str(words) {
        return Find::Id(id);
    }
    // The provider's names have a prefix; our numbers are letters and digits.
    if words.contains('_') { Find::Reference(words) } else { Find::Number(words) }
}

impl Services {
    /// Orders that the words name; none without words.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the words are longer than 200 bytes.
    pub async fn find_orders(&self, search: &Search) -> Result<Found> {
        let words = search.words.trim();
        if words.len() > SEARCH_BYTES_MAX || search.event.len() > SEARCH_BYTES_MAX {
            return Err(Error::invalid("/words", "That is too long to be a name of something."));
        }
        if words.is_empty() {
            return Ok(Found { orders: Vec::new(), next: None });
        }
        let number = words.to_uppercase();
        let find = match find_of(words, search.event.trim()) {
            Find::Number(_) => Find::Number(&number),
            other => other,
        };
        let mut orders = self.pg.find_orders(&find, parse_after(&search.after), PAGE + 1).await?;
        let more = orders.len() > PAGE as usize;
        orders.truncate(PAGE as usize);
        let next =
            orders.last().filter(|_| more).map(|o| format!("{}.{}", o.placed_at.timestamp_micros(), o.id));
        Ok(Found { orders, next })
    }
}

fn parse_after(text: &str) -> Option<After> {
    let (micros, order) = text.split_once('.')?;
    Some((DateTime::from_timestamp_micros(micros.parse().ok()?)?, order.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_for_what_they_look_like() {
        let id = "0190b2a4-7e7e-7aaa-8aaa-00000000000a";
        let table = [
            ("ada@example.org", "", Find::Email("ada@example.org")),
            ("BCDF234567", "", Find::Number("BCDF234567")),
            ("pi_3abc", "", Find::Reference("pi_3abc")),
            ("cs_test_a1", "", Find::Reference("cs_test_a1")),
            (id, "", Find::Id(Uuid::parse_str(id).unwrap())),
            ("STALLS-A-10", "hamlet", Find::Place { event: "hamlet", place: "STALLS-A-10" }),
        ];
        for (words, event, expected) in table {
            assert_eq!(find_of(words, event), expected, "{words}");
        }
    }

    #[test]
    fn a_list_goes_on_only_from_what_a_page_said() {
        let id = "0190b2a4-7e7e-7aaa-8aaa-00000000000a";
        assert!(parse_after(&format!("1764590400000000.{id}")).is_some());
        for wrong in ["", ".", "x.y", "1764590400000000", "99999999999999999999.x", "1764590400000000.x"] {
            assert_eq!(parse_after(wrong), None, "{wrong}");
        }
    }
}
