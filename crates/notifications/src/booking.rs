//! What messages, tickets and calendar entries tell: gathered once, by the caller.

use chrono::{DateTime, Utc};
use domain::{
    ids::{EventId, OrderId, TicketId},
    money::Money,
};

/// An order as its buyer is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Booking {
    /// Its name for programs.
    pub order: OrderId,
    /// Its name for people.
    pub number: String,
    /// Who bought.
    pub holder: String,
    /// Its page, with the key that opens it.
    pub order_url: String,
    /// What all of it costs, fees included.
    pub total: Money,
    /// What it is for.
    pub event: EventFacts,
    /// Tickets that admit, in the order of the lines; empty while none are issued.
    pub tickets: Vec<TicketFacts>,
}

/// The event of a booking.
#[derive(Clone, Debug, PartialEq)]
pub struct EventFacts {
    /// Its name for programs.
    pub id: EventId,
    /// Its name for people.
    pub name: String,
    /// One line more; may be empty.
    pub subtitle: String,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// Doors.
    pub doors_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// IANA name of the venue's time zone: all times are told in it.
    pub timezone: String,
    /// The house.
    pub venue: String,
    /// Street and city, on one line.
    pub address: String,
    /// Degrees north and east of the house, when known.
    pub position: Option<(f64, f64)>,
    /// Its page.
    pub url: String,
    /// It will not take place.
    pub cancelled: bool,
    /// When what is told here was last changed: calendars keep the newer entry.
    pub changed_at: DateTime<Utc>,
}

/// One ticket of a booking.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketFacts {
    /// Its name for programs.
    pub id: TicketId,
    /// "Stalls, row C, seat 12", or the area's name.
    pub label: String,
    /// The door that leads there, where the house names one.
    pub gate: Option<String>,
    /// The price it was sold as ("Adult").
    pub tier: String,
    /// What it cost, fee included.
    pub price: Money,
    /// What the scanner reads.
    pub code: String,
    /// Its page, with the key that opens it.
    pub url: String,
}

impl TicketFacts {
    /// The label as what stands small and what stands large: (`Stalls, row C`, `Seat 12`).
    pub(crate) fn place(&self) -> (&str, String) {
        match self.label.rsplit_once(", seat ") {
            Some((around, number)) => (around, format!("Seat {number}")),
            None => ("", self.label.clone()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use chrono::TimeZone as _;
    use domain::money::Currency;
    use uuid::Uuid;

    /// A booking of two tickets, with letters that mail and paper must keep.
    pub(crate) fn booking() -> Booking {
        let starts_at = Utc.with_ymd_and_hms(2026, 12, 11, 18, 30, 0).unwrap();
        let ticket = |n: u32| TicketFacts {
            id: TicketId(Uuid::from_u128(u128::from(n))),
            label: format!("Stalls, row C, seat {n}"),
            gate: Some("B".into()),
            tier: "Adult".into(),
            price: Money::new(4_500, Currency::EUR),
            code: format!("eyJhbGciOiJFUzI1NiJ9.{}.{n}", "x".repeat(280)),
            url: format!("https://tickets.example/orders/1/tickets/{n}?key=k"),
        };
        Booking {
            order: OrderId(Uuid::from_u128(7)),
            number: "PA-7QK2M".into(),
            holder: "Žofia O'Neill <b>".into(),
            order_url: "https://tickets.example/orders/1?key=k".into(),
            total: Money::new(9_000, Currency::EUR),
            event: EventFacts {
                id: EventId(Uuid::from_u128(9)),
                name: "Le Malade imaginaire & Söhne".into(),
                subtitle: "A comedy".into(),
                starts_at,
                doors_at: starts_at - chrono::TimeDelta::hours(1),
                ends_at: starts_at + chrono::TimeDelta::hours(3),
                timezone: "Europe/Berlin".into(),
                venue: "The Small House".into(),
                address: "Laternenufer 4, 10179 Berlin".into(),
                position: Some((52.5, 13.4)),
                url: "https://tickets.example/events/malade".into(),
                cancelled: false,
                changed_at: starts_at - chrono::TimeDelta::days(30),
            },
            tickets: vec![ticket(12), ticket(13)],
        }
    }

    #[test]
    fn the_seat_stands_apart_from_what_is_around_it() {
        let mut ticket = booking().tickets.remove(0);
        assert_eq!(ticket.place(), ("Stalls, row C", "Seat 12".to_owned()));
        ticket.label = "Floor".into();
        assert_eq!(ticket.place(), ("", "Floor".to_owned()));
    }
}
