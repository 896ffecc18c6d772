//! A booking as a calendar entry (RFC 5545).

use crate::Booking;
use icalendar::{Alarm, Calendar, Component, Event, EventLike, EventStatus};

/// The entry of an order's evening; a later one with the same name takes the place of the earlier.
pub fn calendar(booking: &Booking) -> String {
    let event = &booking.event;
    let seats: Vec<&str> = booking.tickets.iter().map(|ticket| ticket.label.as_str()).collect();
    let description = format!("{}\nOrder {}\n{}", seats.join("\n"), booking.number, booking.order_url);
    let mut entry = Event::new();
    entry
        .uid(&format!("{}@parterre", booking.order))
        .summary(&event.name)
        .description(description.trim_start())
        .location(&format!("{}, {}", event.venue, event.address))
        .url(&booking.order_url)
        .starts(event.starts_at)
        .ends(event.ends_at)
        .timestamp(event.changed_at)
        .status(if event.cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed });
    if let Some((north, east)) = event.position {
        entry.add_property("GEO", format!("{north};{east}"));
    }
    if !event.cancelled {
        entry.alarm(Alarm::display(&format!("{}: doors open soon", event.name), -chrono::Duration::hours(3)));
    }
    let mut calendar = Calendar::new();
    calendar.append_property(("METHOD", "PUBLISH"));
    calendar.push(entry.done());
    calendar.done().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::tests::booking;

    #[test]
    fn an_entry_names_the_evening_and_the_seats() {
        let text = calendar(&booking());
        let unfolded = text.replace("\r\n ", "");
        for line in [
            "METHOD:PUBLISH",
            "SUMMARY:Le Malade imaginaire & Söhne",
            "DTSTART:20261211T183000Z",
            "DTEND:20261211T213000Z",
            "STATUS:CONFIRMED",
            "BEGIN:VALARM",
        ] {
            assert!(unfolded.contains(line), "{line}: {text}");
        }
        assert!(unfolded.contains("Stalls\\, row C\\, seat 12\\nStalls\\, row C\\, seat 13"), "{text}");
        assert!(text.lines().all(|line| line.len() <= 75), "{text}");
    }

    #[test]
    fn a_cancelled_evening_rings_no_bell() {
        let mut booking = booking();
        booking.event.cancelled = true;
        let text = calendar(&booking);
        assert!(text.contains("STATUS:CANCELLED") && !text.contains("VALARM"), "{text}");
    }
}
