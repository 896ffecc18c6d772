//! Times and amounts in words.

#[cfg(feature = "ssr")]
mod dates;

#[cfg(feature = "ssr")]
pub use dates::{clock_time, day_chip, iso_day, local_date, long_day, venue_time, zone_city};

use domain::money::Money;
pub use seatmap::words::thousands as grouped;

/// `mm:ss` of what is left; never negative, and rounded up so that `0:00` means over.
pub fn countdown(left_ms: i64) -> String {
    let seconds = (left_ms.max(0) + 999) / 1_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// `€48`, or `€48 – €120`.
pub fn price_range(from: Option<Money>, to: Option<Money>) -> String {
    match (from, to) {
        (Some(from), Some(to)) if from != to => format!("{from} – {to}"),
        (Some(one), _) | (None, Some(one)) => one.to_string(),
        (None, None) => String::new(),
    }
}

/// `1 seat`, `3 seats`.
pub fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// Street and city; the city once, where the address names it already.
pub fn address_line(address: &str, city: &str) -> String {
    match (address.is_empty(), address.contains(city)) {
        (true, _) => city.to_owned(),
        (false, true) => address.to_owned(),
        (false, false) => format!("{address}, {city}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_reads_as_a_clock() {
        for (left, text) in
            [(600_000, "10:00"), (59_001, "1:00"), (45_000, "0:45"), (1, "0:01"), (0, "0:00"), (-5, "0:00")]
        {
            assert_eq!(countdown(left), text, "{left} ms");
        }
    }

    #[test]
    fn counts_are_grouped_and_agree_with_their_noun() {
        assert_eq!(counted(1, "seat", "seats"), "1 seat");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(70_000), "70\u{202f}000");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
    }

    #[test]
    fn an_address_names_its_city_once() {
        assert_eq!(address_line("Laternenufer 4, 10179 Berlin", "Berlin"), "Laternenufer 4, 10179 Berlin");
        assert_eq!(address_line("1 Test Street", "Berlin"), "1 Test Street, Berlin");
        assert_eq!(address_line("", "Berlin"), "Berlin");
    }

    #[test]
    fn one_price_is_no_range() {
        let euro = |minor| Some(Money::new(minor, domain::money::Currency::EUR));
        assert_eq!(price_range(euro(4800), euro(12000)), "€48 – €120");
        assert_eq!(price_range(euro(4800), euro(4800)), "€48");
        assert_eq!(price_range(None, None), "");
    }
}
