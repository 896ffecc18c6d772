//! The page of one ticket.

use super::{
    PageSize,
    pen::{Look, Pen, Voice},
};
use crate::{Booking, Brand, QrImage, RenderError, TicketFacts, dates};
use krilla::{surface::Surface, tagging::TagGroup};

const INK: (u8, u8, u8) = (0x1b, 0x18, 0x20);
const MUTED: (u8, u8, u8) = (0x5c, 0x56, 0x61);
const LINE: (u8, u8, u8) = (0xd9, 0xd2, 0xc6);
const TERMS: &str = "This code opens the door once. Whoever shows it first is let in, so do not show it in public. \
    Keep the ticket until the event is over. The refund rules of your order apply.";

const fn look(voice: Voice, size: f32, color: (u8, u8, u8), lines_max: usize) -> Look {
    Look { voice, size, color, lines_max }
}

/// What the two formats do differently; lengths in points.
struct Format {
    margin: f32,
    /// Edge of the code.
    code: f32,
    /// The code stands beside the words, not under them.
    beside: bool,
    title: f32,
    seat: f32,
}

impl Format {
    const fn of(size: PageSize) -> Self {
        match size {
            PageSize::A4 => Self { margin: 56.0, code: 196.0, beside: true, title: 30.0, seat: 44.0 },
            PageSize::Phone => Self { margin: 24.0, code: 252.0, beside: false, title: 21.0, seat: 30.0 },
        }
    }
}

/// Draws the page; answers what stands on it, in reading order.
pub(super) fn draw(
    surface: Surface<'_>,
    booking: &Booking,
    ticket: &TicketFacts,
    brand: &Brand,
    size: PageSize,
) -> Result<TagGroup, RenderError> {
    let (format, (width, height)) = (Format::of(size), size.points());
    let code = QrImage::new(&ticket.code)?;
    let mut pen = Pen::new(surface)?;
    let (left, inner) = (format.margin, width - 2.0 * format.margin);
    pen.rectangle(0.0, 0.0, width, 12.0, brand.rgb());
    let mut y = 12.0 + format.margin * 0.6;
    y = pen.paragraph(
        (left, y),
        inner,
        look(Voice::Strong, 10.0, MUTED, 1),
        &format!("{} ticket", brand.name),
    );
    y = pen.heading(
        1,
        (left, y + 4.0),
        inner,
        look(Voice::Display, format.title, INK, 3),
        &booking.event.name,
    );
    y = facts_of_event(&mut pen, (left, y + 6.0), inner, booking);
    pen.rectangle(left, y + 10.0, inner, 0.75, LINE);
    y += 22.0;
    let column = if format.beside { inner - format.code - 24.0 } else { inner };
    let top = y;
    y = seat(&mut pen, (left, y), column, &format, ticket);
    let words = format!("Entry code for {}", ticket.label);
    if format.beside {
        y = facts_of_ticket(&mut pen, (left, y + 10.0), column, booking, ticket);
        pen.code((width - format.margin - format.code, top), format.code, &code, words);
        y = y.max(top + format.code);
    } else {
        pen.code(((width - format.code) / 2.0, y + 8.0), format.code, &code, words);
        y = facts_of_ticket(&mut pen, (left, y + format.code + 14.0), inner, booking, ticket);
    }
    pen.rectangle(left, y + 14.0, inner, 0.75, LINE);
    let room = if size == PageSize::A4 { 6 } else { 5 };
    y = pen.paragraph((left, y + 24.0), inner, look(Voice::Plain, 9.0, MUTED, room), TERMS);
    debug_assert!(y <= height, "the page is too short");
    Ok(pen.finish())
}

fn facts_of_event(pen: &mut Pen<'_>, (x, y): (f32, f32), width: f32, booking: &Booking) -> f32 {
    let event = &booking.event;
    let y = pen.paragraph((x, y), width, look(Voice::Strong, 13.0, INK, 2), &dates::full(event));
    let doors = format!("Doors {}", dates::clock(event.doors_at, &event.timezone));
    let y = pen.paragraph((x, y), width, look(Voice::Plain, 12.0, INK, 1), &doors);
    let y = pen.paragraph((x, y + 4.0), width, look(Voice::Plain, 12.0, INK, 2), &event.venue);
    pen.paragraph((x, y), width, look(Voice::Plain, 10.5, MUTED, 2), &event.address)
}

fn seat(pen: &mut Pen<'_>, (x, y): (f32, f32), width: f32, format: &Format, ticket: &TicketFacts) -> f32 {
    let (around, seat) = ticket.place();
    let y = pen.paragraph((x, y), width, look(Voice::Plain, 13.0, INK, 2), around);
    pen.heading(2, (x, y), width, look(Voice::Display, format.seat, INK, 2), &seat)
}

fn facts_of_ticket(
    pen: &mut Pen<'_>,
    (x, y): (f32, f32),
    width: f32,
    booking: &Booking,
    ticket: &TicketFacts,
) -> f32 {
    let mut y = y;
    if let Some(gate) = &ticket.gate {
        y = pen.paragraph((x, y), width, look(Voice::Strong, 13.0, INK, 2), &format!("Gate {gate}"));
    }
    let price = format!("{}, {}", ticket.tier, ticket.price);
    for (what, text) in [("Price", &price), ("Name", &booking.holder), ("Order", &booking.number)] {
        y = pen.paragraph((x, y), width, look(Voice::Plain, 11.0, INK, 2), &format!("{what}: {text}"));
    }
    y
}
