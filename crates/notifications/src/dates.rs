//! Dates in the venue's zone, as people say them.

use crate::EventFacts;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// UTC when the name is unknown, so that a time is always a true one.
fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// The city of a zone: `New York` of `America/New_York`.
fn zone_city(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).replace('_', " ")
}

/// `Fri 11 Dec 2026, 19:30`: what is kept must name its year.
pub(crate) fn short(at: DateTime<Utc>, timezone: &str) -> String {
    at.with_timezone(&zone(timezone)).format("%a %-d %b %Y, %H:%M").to_string()
}

/// `Friday 11 December 2026`.
pub(crate) fn long_day(at: DateTime<Utc>, timezone: &str) -> String {
    at.with_timezone(&zone(timezone)).format("%A %-d %B %Y").to_string()
}

/// `19:30`.
pub(crate) fn clock(at: DateTime<Utc>, timezone: &str) -> String {
    at.with_timezone(&zone(timezone)).format("%H:%M").to_string()
}

/// When an event starts.
pub(crate) fn full(event: &EventFacts) -> String {
    moment(event.starts_at, &event.timezone)
}

/// `Friday 11 December 2026, 19:30 (Berlin time)`; `timezone` is an IANA name.
pub fn moment(at: DateTime<Utc>, timezone: &str) -> String {
    format!("{}, {} ({} time)", long_day(at, timezone), clock(at, timezone), zone_city(timezone))
}

/// `20:15 (Berlin time)`: soon, so the day goes without saying; `timezone` is an IANA name.
pub fn time_of_day(at: DateTime<Utc>, timezone: &str) -> String {
    format!("{} ({} time)", clock(at, timezone), zone_city(timezone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::tests::booking;

    #[test]
    fn times_are_those_of_the_venue() {
        let mut event = booking().event;
        assert_eq!(full(&event), "Friday 11 December 2026, 19:30 (Berlin time)");
        assert_eq!(short(event.starts_at, &event.timezone), "Fri 11 Dec 2026, 19:30");
        assert_eq!(time_of_day(event.starts_at, &event.timezone), "19:30 (Berlin time)");
        event.timezone = "America/New_York".into();
        assert_eq!(full(&event), "Friday 11 December 2026, 13:30 (New York time)");
        event.timezone = "Nowhere/Atlantis".into();
        assert_eq!(clock(event.starts_at, &event.timezone), "18:30");
    }
}
