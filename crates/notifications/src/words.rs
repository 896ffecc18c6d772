//! Templates, filled in. They are files of this crate, read at the build: what is sent cannot change under a process.

use crate::{
    Attachment, Booking, Brand, Details, InlineImage, Letter, PageSize, QrImage, RenderError, Template,
    calendar, dates, receipt_pdf, subject::subject, tickets_pdf,
};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig};

/// Codes shown inside a mail; more tickets than these are in the PDF alone.
const CODES_MAX: usize = 10;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../templates/", $name)))),+]
    };
}

/// Every file in `templates/`.
const FILES: [(&str, &str); 24] = files![
    "layout.html",
    "layout.txt",
    "tickets.html",
    "tickets.txt",
    "tickets_resent.html",
    "tickets_resent.txt",
    "ticket_link.html",
    "ticket_link.txt",
    "hold_lapsing.html",
    "hold_lapsing.txt",
    "payment_failed.html",
    "payment_failed.txt",
    "late_payment.html",
    "late_payment.txt",
    "refund_pending.html",
    "refund_pending.txt",
    "refund_done.html",
    "refund_done.txt",
    "refund_failed.html",
    "refund_failed.txt",
    "event_cancelled.html",
    "event_cancelled.txt",
    "event_changed.html",
    "event_changed.txt",
];

/// The templates, ready to be filled in.
#[derive(Debug)]
pub struct Words {
    templates: Environment<'static>,
    brand: Brand,
}

impl Words {
    /// Reads the templates.
    ///
    /// # Errors
    /// When one of them is broken, which the tests of this crate rule out.
    pub fn new(brand: Brand) -> Result<Self, RenderError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_auto_escape_callback(|name| {
            if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
        });
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        templates.set_syntax(syntax.map_err(|error| failed("syntax", &error))?);
        for (name, source) in FILES {
            templates.add_template(name, source).map_err(|error| failed(name, &error))?;
        }
        Ok(Self { templates, brand })
    }

    /// The whole message to `to`, with codes, PDF and calendar entry where the template brings them.
    ///
    /// # Errors
    /// When something cannot be rendered: a defect.
    pub fn letter(
        &self,
        template: Template,
        to: &str,
        booking: &Booking,
        details: &Details,
    ) -> Result<Letter, RenderError> {
        let with_codes = template.brings_tickets();
        let values = self.values(booking, details, with_codes);
        let (mut images, mut attachments) = (Vec::new(), Vec::new());
        if with_codes {
            for (at, ticket) in booking.tickets.iter().take(CODES_MAX).enumerate() {
                images.push(InlineImage { id: code_id(at), png: QrImage::new(&ticket.code)?.png() });
            }
            attachments.push(Attachment {
                name: format!("tickets-{}.pdf", booking.number),
                kind: "application/pdf",
                bytes: tickets_pdf(booking, &self.brand, PageSize::A4)?,
            });
        }
        if let Some(receipt) = &details.receipt {
            attachments.push(Attachment {
                name: receipt.file_name(),
                kind: "application/pdf",
                bytes: receipt_pdf(receipt, &self.brand)?,
            });
        }
        if template.brings_calendar() {
            attachments.push(Attachment {
                name: format!("{}.ics", booking.number),
                kind: "text/calendar; charset=utf-8; method=PUBLISH",
                bytes: calendar(booking).into_bytes(),
            });
        }
        Ok(Letter {
            to: to.to_owned(),
            to_name: booking.holder.clone(),
            subject: subject(template, booking, details),
            html: self.render(&format!("{}.html", template.name()), &values)?,
            text: self.render(&format!("{}.txt", template.name()), &values)?,
            images,
            attachments,
        })
    }

    /// A text message with the way to the tickets; short enough for few parts.
    pub fn text_message(&self, booking: &Booking) -> String {
        let event = &booking.event;
        let name = crate::subject::one_line(&event.name, 50);
        let when = dates::short(event.starts_at, &event.timezone);
        format!(
            "{}: your tickets for {name}, {when}: {} Reply STOP to end these.",
            self.brand.name, booking.order_url
        )
    }

    fn render(&self, name: &str, values: &Value) -> Result<String, RenderError> {
        let template = self.templates.get_template(name).map_err(|error| failed(name, &error))?;
        template.render(values.clone()).map_err(|error| failed(name, &error))
    }

    fn values(&self, booking: &Booking, details: &Details, with_codes: bool) -> Value {
        let event = &booking.event;
        let tickets = booking.tickets.iter().enumerate().map(|(at, ticket)| {
            let (around, seat) = ticket.place();
            context! {
                label => &ticket.label, around, seat, gate => &ticket.gate, tier => &ticket.tier, price => ticket.price.to_string(),
                url => &ticket.url, code => (with_codes && at < CODES_MAX).then(|| code_id(at)),
            }
        });
        let tickets: Vec<Value> = tickets.collect();
        context! {
            brand => context! { name => &self.brand.name, accent => &self.brand.accent, ink => self.brand.accent_ink() },
            number => &booking.number,
            holder => &booking.holder,
            order_url => &booking.order_url,
            total => booking.total.to_string(),
            count => booking.tickets.len(),
            event => context! {
                name => &event.name, subtitle => &event.subtitle, when => dates::full(event),
                doors => dates::clock(event.doors_at, &event.timezone), venue => &event.venue,
                address => &event.address, url => &event.url,
            },
            tickets,
            amount => details.amount.map_or_else(|| "The whole amount".to_owned(), |amount| amount.to_string()),
            link => details.link.clone().unwrap_or_default(),
            before => details.before.clone().unwrap_or_default(),
            until => details.until.clone().unwrap_or_default(),
            twice => details.twice,
            receipt => details.receipt.as_ref().map(|receipt| receipt.title()),
        }
    }
}

/// Names the picture of the n-th ticket's code inside a mail.
fn code_id(at: usize) -> String {
    format!("code-{}@tickets", at + 1)
}

fn failed(name: &str, error: &minijinja::Error) -> RenderError {
    RenderError::Template { name: name.to_owned(), cause: format!("{error:#}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::tests::booking;
    use domain::money::{Currency, Money};

    fn words() -> Words {
        Words::new(Brand::new("The Small House", "#c8452f")).unwrap()
    }

    fn details() -> Details {
        Details {
            amount: Some(Money::new(4_500, Currency::EUR)),
            link: Some("https://tickets.example/tickets/open?t=secret&x=1".into()),
            before: Some("Thursday 10 December 2026, 19:30 (Berlin time)".into()),
            until: Some("20:15 (Berlin time)".into()),
            twice: false,
            receipt: None,
        }
    }

    #[test]
    fn every_message_says_the_same_in_html_and_text() {
        let words = words();
        for template in Template::ALL {
            let letter = words.letter(template, "a@b.de", &booking(), &details()).unwrap();
            for text in [&letter.html, &letter.text] {
                assert!(
                    text.contains("PA-7QK2M") || template == Template::TicketLink,
                    "{template:?}: {text}"
                );
                assert!(!text.contains("{{") && !text.contains("{%"), "{template:?}: {text}");
            }
            assert!(letter.html.starts_with("<!doctype html>"), "{}", letter.html);
            assert!(!letter.text.contains("&amp;") && !letter.text.contains("<p"), "{}", letter.text);
        }
    }

    #[test]
    fn a_name_cannot_become_markup() {
        let letter = words().letter(Template::Tickets, "a@b.de", &booking(), &details()).unwrap();
        assert!(letter.html.contains("Žofia O&#x27;Neill &lt;b&gt;"), "{}", letter.html);
        assert!(!letter.html.contains("<b>\u{20}"), "{}", letter.html);
        assert!(letter.text.contains("Žofia O'Neill <b>") && letter.text.contains("imaginaire & Söhne"));
    }

    #[test]
    fn tickets_come_with_their_codes_paper_and_calendar() {
        let letter = words().letter(Template::Tickets, "a@b.de", &booking(), &Details::default()).unwrap();
        assert!(
            letter.text.contains("seat 12, gate B (Adult") && letter.html.contains("Gate B"),
            "{}",
            letter.text
        );
        assert_eq!(letter.images.len(), 2);
        for image in &letter.images {
            assert!(letter.html.contains(&format!("cid:{}", image.id)), "{}", image.id);
        }
        let kinds: Vec<_> = letter.attachments.iter().map(|a| a.kind.split(';').next().unwrap()).collect();
        assert_eq!(kinds, ["application/pdf", "text/calendar"]);
        assert!(letter.text.contains("Stalls, row C, seat 13") && letter.text.contains("Doors 18:30"));
    }

    #[test]
    fn a_receipt_goes_with_the_message_that_it_belongs_to() {
        let details = Details { receipt: Some(crate::receipt::tests::receipt()), ..Details::default() };
        let letter = words().letter(Template::Tickets, "a@b.de", &booking(), &details).unwrap();
        let names: Vec<_> = letter.attachments.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["tickets-PA-7QK2M.pdf", "receipt-PDH-2026-000123.pdf", "PA-7QK2M.ics"]);
        assert!(letter.attachments[1].bytes.starts_with(b"%PDF-"));
    }

    #[test]
    fn many_tickets_stay_a_mail_of_bounded_size() {
        let mut many = booking();
        let one = many.tickets[0].clone();
        many.tickets = vec![one; 50];
        let letter = words().letter(Template::Tickets, "a@b.de", &many, &Details::default()).unwrap();
        assert_eq!(letter.images.len(), CODES_MAX);
        let bytes: usize = letter.attachments.iter().map(|a| a.bytes.len()).sum();
        assert!(bytes < 2_000_000, "{bytes}");
    }

    #[test]
    fn what_tells_of_money_shows_no_code() {
        for template in [Template::RefundDone, Template::LatePayment, Template::TicketLink] {
            let letter = words().letter(template, "a@b.de", &booking(), &details()).unwrap();
            assert!(letter.images.is_empty() && letter.attachments.is_empty(), "{template:?}");
            assert!(!letter.html.contains("cid:"), "{template:?}");
        }
    }
}
