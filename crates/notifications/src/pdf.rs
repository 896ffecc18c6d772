//! Tickets on paper: one page a ticket, fonts embedded, tagged for screen readers (PDF/UA-1).

mod fonts;
mod pen;
mod ticket;

use crate::{Booking, Brand, RenderError};
use krilla::{
    Document, SerializeSettings,
    configure::{Accessibility, ConfigurationBuilder},
    destination::XyzDestination,
    geom::Point,
    metadata::Metadata,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    tagging::TagTree,
};
use std::str::FromStr;

/// What a ticket is drawn on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageSize {
    /// 210 × 297 mm, to print.
    #[default]
    A4,
    /// As wide as a hand, to show.
    Phone,
}

impl PageSize {
    /// Width and height in points.
    const fn points(self) -> (f32, f32) {
        match self {
            Self::A4 => (595.28, 841.89),
            Self::Phone => (340.0, 720.0),
        }
    }
}

impl FromStr for PageSize {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "a4" => Ok(Self::A4),
            "phone" => Ok(Self::Phone),
            _ => Err(()),
        }
    }
}

/// The tickets of a booking, one a page. Takes some milliseconds of processor time a page.
///
/// # Errors
/// When a code does not fit or the document cannot be written: a defect.
pub fn tickets_pdf(booking: &Booking, brand: &Brand, size: PageSize) -> Result<Vec<u8>, RenderError> {
    let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
    let configuration = configuration.map_err(|error| RenderError::Pdf(format!("{error:?}")))?;
    let mut document =
        Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let (width, height) = size.points();
    let (mut outline, mut tags) = (Outline::new(), TagTree::new());
    for (at, ticket) in booking.tickets.iter().enumerate() {
        let settings =
            PageSettings::from_wh(width, height).ok_or_else(|| RenderError::Pdf("the page's size".into()))?;
        let mut page = document.start_page_with(settings);
        let surface = page.surface();
        tags.push(ticket::draw(surface, booking, ticket, brand, size)?);
        page.finish();
        let top = XyzDestination::new(at, Point::from_xy(0.0, 0.0));
        outline.push_child(OutlineNode::new(ticket.label.clone(), top));
    }
    document.set_outline(outline);
    document.set_tag_tree(tags);
    document.set_metadata(
        Metadata::new()
            .title(format!("Tickets for {}, order {}", booking.event.name, booking.number))
            .language("en".into())
            .authors(vec![brand.name.clone()])
            .creator("Parterre".into()),
    );
    document.finish().map_err(|error| RenderError::Pdf(format!("{error:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::tests::booking;

    fn drawn(booking: &Booking, size: PageSize) -> Vec<u8> {
        tickets_pdf(booking, &Brand::new("The Small House", "#c8452f"), size).unwrap()
    }

    fn count(pdf: &[u8], what: &[u8]) -> usize {
        pdf.windows(what.len()).filter(|window| *window == what).count()
    }

    #[test]
    fn a_booking_is_a_document_of_as_many_pages_with_its_fonts() {
        for size in [PageSize::A4, PageSize::Phone] {
            let pdf = drawn(&booking(), size);
            assert!(pdf.starts_with(b"%PDF-1.7"));
            assert_eq!(count(&pdf, b"/Type/Page/") + count(&pdf, b"/Type /Page\n"), 2, "{size:?}");
            assert!(count(&pdf, b"FontFile") >= 2, "the fonts are in it");
            assert!(count(&pdf, b"StructTreeRoot") >= 1, "it is tagged");
            assert!(pdf.len() < 200_000, "{}", pdf.len());
        }
    }

    #[test]
    fn long_names_and_letters_without_a_shape_do_not_break_it() {
        let mut booking = booking();
        booking.event.name = "Ein sehr langer Titel, der über viele Zeilen geht ".repeat(8);
        booking.holder = "日本 Ж Ω ẞ 👩‍👩‍👧 \u{200d}x".repeat(6);
        booking.event.address = "W".repeat(400);
        booking.tickets[0].label = "x".repeat(300);
        drawn(&booking, PageSize::A4);
        drawn(&booking, PageSize::Phone);
    }

    #[test]
    fn the_same_booking_gives_the_same_bytes() {
        assert_eq!(drawn(&booking(), PageSize::A4), drawn(&booking(), PageSize::A4));
    }
}
