//! Subjects: short, concrete, on one line.

use crate::{Booking, Details, Template, dates};

/// Characters of a subject; most programs show less.
const CHARS_MAX: usize = 120;

/// The subject of a message.
pub(crate) fn subject(template: Template, booking: &Booking, details: &Details) -> String {
    let (event, number) = (&booking.event, &booking.number);
    let when = || dates::short(event.starts_at, &event.timezone);
    let amount = || details.amount.map_or_else(|| "Your money".to_owned(), |amount| amount.to_string());
    let until = || details.until.clone().unwrap_or_default();
    let text = match template {
        Template::Tickets => format!("Your tickets: {}, {}", event.name, when()),
        Template::TicketsResent => format!("Your tickets once more: {}, {}", event.name, when()),
        Template::TicketLink => "The way back to your tickets".to_owned(),
        Template::HoldLapsing => format!("Kept until {}: your seats for {}", until(), event.name),
        Template::PaymentFailed => format!("Not paid: order {number} has ended"),
        Template::LatePayment => format!("Your payment goes back: order {number}"),
        Template::RefundPending => format!("{} is on its way back: order {number}", amount()),
        Template::RefundDone => format!("{} was sent back: order {number}", amount()),
        Template::RefundFailed => format!("Your bank did not take {} back: order {number}", amount()),
        Template::EventCancelled => format!("Cancelled: {}, {}", event.name, when()),
        Template::EventChanged => format!("Changed: {}, now {}", event.name, when()),
    };
    one_line(&text, CHARS_MAX)
}

/// A text without anything that could begin another header line, cut to `chars_max` characters.
pub(crate) fn one_line(text: &str, chars_max: usize) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() || c == '\u{2028}' || c == '\u{2029}' { ' ' } else { c })
        .collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= chars_max {
        return words;
    }
    let cut: String = words.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::tests::booking;
    use domain::money::{Currency, Money};

    #[test]
    fn a_subject_says_what_and_when() {
        let booking = booking();
        let details = Details { amount: Some(Money::new(4_500, Currency::EUR)), ..Details::default() };
        let say = |template| subject(template, &booking, &details);
        assert_eq!(
            say(Template::Tickets),
            "Your tickets: Le Malade imaginaire & Söhne, Fri 11 Dec 2026, 19:30"
        );
        let lapsing = Details { until: Some("20:15 (Berlin time)".into()), ..Details::default() };
        assert_eq!(
            subject(Template::HoldLapsing, &booking, &lapsing),
            "Kept until 20:15 (Berlin time): your seats for Le Malade imaginaire & Söhne"
        );
        assert_eq!(say(Template::RefundDone), "€45 was sent back: order PA-7QK2M");
        assert_eq!(say(Template::RefundFailed), "Your bank did not take €45 back: order PA-7QK2M");
    }

    #[test]
    fn an_events_name_cannot_become_a_header() {
        let mut booking = booking();
        booking.event.name = "Hamlet\r\nBcc: everybody@example.org\u{2028}x".into();
        let text = subject(Template::EventCancelled, &booking, &Details::default());
        assert!(text.starts_with("Cancelled: Hamlet Bcc: everybody@example.org x"), "{text}");
        booking.event.name = "long ".repeat(100);
        let text = subject(Template::EventCancelled, &booking, &Details::default());
        assert!(text.chars().count() <= CHARS_MAX && text.ends_with('…'), "{text}");
    }
}
