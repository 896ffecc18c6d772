//! Dates in the venue's zone. On the server only: the browser never formats a date.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

/// The zone of that IANA name; UTC when the name is unknown, so that a time is always a true one.
fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// The city of a zone: `Berlin` of `Europe/Berlin`.
pub fn zone_city(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).replace('_', " ")
}

/// `Fri 12 Dec, 19:30 (Berlin time)`; with the year when it is not that of `now`.
pub fn venue_time(at: DateTime<Utc>, timezone: &str, now: DateTime<Utc>) -> String {
    let local = at.with_timezone(&zone(timezone));
    let same_year =
        local.format("%Y").to_string() == now.with_timezone(&zone(timezone)).format("%Y").to_string();
    let day = local.format(if same_year { "%a %-d %b" } else { "%a %-d %b %Y" });
    format!("{day}, {} ({} time)", local.format("%H:%M"), zone_city(timezone))
}

/// `19:30`.
pub fn clock_time(at: DateTime<Utc>, timezone: &str) -> String {
    at.with_timezone(&zone(timezone)).format("%H:%M").to_string()
}

/// `Friday 12 December 2026`.
pub fn long_day(at: DateTime<Utc>, timezone: &str) -> String {
    at.with_timezone(&zone(timezone)).format("%A %-d %B %Y").to_string()
}

/// The calendar day at the venue.
pub fn local_date(at: DateTime<Utc>, timezone: &str) -> NaiveDate {
    at.with_timezone(&zone(timezone)).date_naive()
}

/// `2026-12-12`.
pub fn iso_day(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

/// Name and number of a day for the rail: (`Fri`, `12 Dec`).
pub fn day_chip(day: NaiveDate) -> (String, String) {
    (day.format("%a").to_string(), day.format("%-d %b").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    #[test]
    fn times_are_those_of_the_venue() {
        let at = Utc.with_ymd_and_hms(2026, 12, 11, 18, 30, 0).unwrap();
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 0, 0, 0).unwrap();
        let table = [
            ("Europe/Berlin", "Fri 11 Dec, 19:30 (Berlin time)"),
            ("Europe/London", "Fri 11 Dec, 18:30 (London time)"),
            ("America/New_York", "Fri 11 Dec, 13:30 (New York time)"),
            ("Nowhere/Atlantis", "Fri 11 Dec, 18:30 (Atlantis time)"),
        ];
        for (zone, text) in table {
            assert_eq!(venue_time(at, zone, now), text);
        }
        let next_year = Utc.with_ymd_and_hms(2027, 1, 2, 19, 0, 0).unwrap();
        assert_eq!(venue_time(next_year, "Europe/Berlin", now), "Sat 2 Jan 2027, 20:00 (Berlin time)");
    }

    #[test]
    fn a_show_at_midnight_is_on_the_venues_day() {
        let at = Utc.with_ymd_and_hms(2026, 12, 11, 23, 30, 0).unwrap();
        assert_eq!(iso_day(local_date(at, "Europe/Berlin")), "2026-12-12");
        assert_eq!(clock_time(at, "Europe/Berlin"), "00:30");
    }
}
