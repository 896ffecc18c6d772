//! Tickets and receipts on paper: fonts embedded, tagged for screen readers (PDF/UA-1).

mod fonts;
mod pen;
mod receipt;
mod ticket;

use crate::{Booking, Brand, Receipt, RenderError};
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
    let mut document = document()?;
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
    let title = format!("Tickets for {}, order {}", booking.event.name, booking.number);
    finished(document, tags, title, &brand.name)
}

/// An invoice or a credit note on A4, with as many pages as its lines need.
///
/// # Errors
/// When the document cannot be written: a defect.
pub fn receipt_pdf(receipt: &Receipt, brand: &Brand) -> Result<Vec<u8>, RenderError> {
    let mut document = document()?;
    let mut tags = TagTree::new();
    receipt::draw(&mut document, &mut tags, receipt, brand)?;
    let mut outline = Outline::new();
    let top = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
    outline.push_child(OutlineNode::new(receipt.title(), top));
    document.set_outline(outline);
    finished(document, tags, receipt.title(), &receipt.seller.legal_name)
}

fn document() -> Result<Document, RenderError> {
    let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
    let configuration = configuration.map_err(|error| RenderError::Pdf(format!("{error:?}")))?;
    Ok(Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() }))
}

fn finished(
    mut document: Document,
    tags: TagTree,
    title: String,
    author: &str,
) -> Result<Vec<u8>, RenderError> {
    document.set_tag_tree(tags);
    document.set_metadata(
        Metadata::new()
            .title(title)
            .language("en".into())
            .authors(vec![author.to_owned()])
            .creator("Parterre".into()),
    );
    document.finish().map_err(|error| RenderError::Pdf(format!("{error:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{booking::tests::booking, receipt::tests::receipt};

    const LINES: usize = 9;

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
    fn a_receipt_of_many_lines_has_pages_and_fonts_and_is_tagged_as_a_table() {
        let brand = Brand::new("The Small House", "#c8452f");
        let mut receipt = receipt();
        let one = receipt.lines[0].clone();
        for (lines, pages) in [(0, 1), (2, 1), (9, 1), (10, 2), (50, 4)] {
            receipt.lines = vec![one.clone(); lines];
            let pdf = receipt_pdf(&receipt, &brand).unwrap();
            assert_eq!(count(&pdf, b"/Type/Page/") + count(&pdf, b"/Type /Page\n"), pages, "{lines} lines");
            assert_eq!(count(&pdf, b"/S/Table") + count(&pdf, b"/S /Table\n") > 0, lines > 0);
            assert!(count(&pdf, b"FontFile") >= 2 && pdf.len() < 200_000, "{}", pdf.len());
        }
    }

    #[test]
    fn a_receipt_of_long_words_fits_its_pages() {
        let brand = Brand::new("The Small House", "#c8452f");
        let mut receipt = receipt();
        let long = "Ein sehr langer Name, der über viele Zeilen geht 日本 ".repeat(6);
        receipt.event = long.clone();
        receipt.venue = long.clone();
        receipt.buyer = long.clone();
        receipt.seller.legal_name = long.clone();
        receipt.seller.address = vec![long.clone(); 12];
        receipt.taxes = vec![receipt.taxes[0]; 9];
        receipt.back = vec![(receipt.total, domain::refund::State::Failed); 9];
        let one = crate::ReceiptLine { label: long, ..receipt.lines[0].clone() };
        for lines in [LINES, LINES + 1, 4 * LINES] {
            receipt.lines = vec![one.clone(); lines];
            // A page that is too short is an assertion of the draughtsman.
            receipt_pdf(&receipt, &brand).unwrap();
        }
    }

    #[test]
    fn the_same_booking_gives_the_same_bytes() {
        assert_eq!(drawn(&booking(), PageSize::A4), drawn(&booking(), PageSize::A4));
    }
}
