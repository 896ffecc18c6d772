//! The pages of an invoice or a credit note.

use super::{
    PageSize,
    pen::{Cell, Look, Pen, Voice},
};
use crate::{
    Brand, Receipt, ReceiptKind, ReceiptLine, RenderError, dates,
    receipt::{figures, in_full},
};
use domain::money::Money;
use krilla::{Document, page::PageSettings, tagging::TagTree};

const INK: (u8, u8, u8) = (0x1b, 0x18, 0x20);
const MUTED: (u8, u8, u8) = (0x5c, 0x56, 0x61);
const LINE: (u8, u8, u8) = (0xd9, 0xd2, 0xc6);
const MARGIN: f32 = 56.0;
/// Lines on a page, so that totals always have room below them.
const LINES_FIRST: usize = 9;
const LINES_NEXT: usize = 18;
/// More lines of an address than anybody has.
const ADDRESS_MAX: usize = 6;
/// Rates, and refunds, that are told one by one.
const ROWS_MAX: usize = 6;
/// Rates and refunds that have room below any page of lines; and lines that leave room for all that are told.
const BELOW_MAX: usize = 4;
const LINES_ABOVE_MANY: usize = 3;

const fn look(voice: Voice, size: f32, color: (u8, u8, u8), lines_max: usize) -> Look {
    Look { voice, size, color, lines_max }
}

const SMALL: Look = look(Voice::Plain, 9.5, INK, 2);
const HEAD: Look = look(Voice::Strong, 9.5, MUTED, 1);

/// Draws all pages into the document.
pub(super) fn draw(
    document: &mut Document,
    tags: &mut TagTree,
    receipt: &Receipt,
    brand: &Brand,
) -> Result<(), RenderError> {
    let (width, height) = PageSize::A4.points();
    let inner = width - 2.0 * MARGIN;
    let (first, rest) = receipt.lines.split_at(receipt.lines.len().min(LINES_FIRST));
    let mut pages: Vec<&[ReceiptLine]> = std::iter::once(first).chain(rest.chunks(LINES_NEXT)).collect();
    // Many rates or refunds below many lines need a page of their own.
    let below = receipt.taxes.len() + receipt.standing().len();
    if below > BELOW_MAX && pages.last().is_some_and(|lines| lines.len() > LINES_ABOVE_MANY) {
        pages.push(&[]);
    }
    for (at, lines) in pages.iter().enumerate() {
        let settings =
            PageSettings::from_wh(width, height).ok_or_else(|| RenderError::Pdf("the page's size".into()))?;
        let mut page = document.start_page_with(settings);
        let mut pen = Pen::new(page.surface())?;
        pen.rectangle(0.0, 0.0, width, 12.0, brand.rgb());
        let mut y = if at == 0 {
            head(&mut pen, inner, receipt)
        } else {
            let again = format!("{}, page {} of {}", receipt.title(), at + 1, pages.len());
            pen.paragraph((MARGIN, 46.0), inner, look(Voice::Strong, 10.0, MUTED, 1), &again)
        };
        if !lines.is_empty() {
            y = table_of_lines(&mut pen, y + 16.0, inner, receipt, lines);
        }
        if at + 1 == pages.len() {
            y = totals(&mut pen, y, inner, receipt);
        } else {
            let more = "Continued on the next page.";
            y = pen.paragraph((MARGIN, y + 8.0), inner, look(Voice::Plain, 9.0, MUTED, 1), more);
        }
        debug_assert!(y <= height, "the page is too short: {y}");
        tags.push(pen.finish());
        page.finish();
    }
    Ok(())
}

/// Who sold what to whom, and when.
fn head(pen: &mut Pen<'_>, inner: f32, receipt: &Receipt) -> f32 {
    let (seller, left, half) = (&receipt.seller, MARGIN, inner / 2.0 - 12.0);
    let mut y = pen.paragraph((left, 46.0), inner, look(Voice::Strong, 11.0, INK, 1), &seller.name);
    y = pen.heading(1, (left, y + 4.0), inner, look(Voice::Display, 24.0, INK, 2), &receipt.title());
    let top = y + 12.0;
    let plain = look(Voice::Plain, 10.0, INK, 2);
    let mut from = pen.paragraph((left, top), half, HEAD, "From");
    from = pen.paragraph((left, from), half, plain, &seller.legal_name);
    for line in seller.address.iter().take(ADDRESS_MAX) {
        from = pen.paragraph((left, from), half, look(Voice::Plain, 10.0, INK, 1), line);
    }
    if !seller.tax_id.is_empty() {
        let tax_id = format!("VAT number: {}", seller.tax_id);
        from = pen.paragraph((left, from), half, look(Voice::Plain, 10.0, MUTED, 1), &tax_id);
    }
    let right = left + inner / 2.0 + 12.0;
    let mut to = pen.paragraph((right, top), half, HEAD, "To");
    to = pen.paragraph((right, to), half, plain, &receipt.buyer);
    let date = format!("Date: {}", dates::long_day(receipt.issued_at, &receipt.timezone));
    for text in [date, format!("Order: {}", receipt.order)] {
        to = pen.paragraph((right, to), half, plain, &text);
    }
    y = from.max(to) + 12.0;
    y = pen.heading(2, (left, y), inner, look(Voice::Strong, 12.0, INK, 2), &receipt.event);
    let when = format!("{}, {}", dates::moment(receipt.starts_at, &receipt.timezone), receipt.venue);
    pen.paragraph((left, y), inner, look(Voice::Plain, 10.0, MUTED, 2), &when)
}

/// Where the columns stand, from the left margin on: where each begins, and how wide it is.
const COLUMNS: [(f32, f32); 5] = [(0.0, 216.0), (222.0, 62.0), (290.0, 56.0), (352.0, 56.0), (414.0, 69.0)];

fn table_of_lines(pen: &mut Pen<'_>, y: f32, inner: f32, receipt: &Receipt, lines: &[ReceiptLine]) -> f32 {
    let code = receipt.total.currency;
    let heads = [
        "Ticket".to_owned(),
        format!("Price, {code}"),
        format!("Fee, {code}"),
        "VAT rate".to_owned(),
        format!("Amount, {code}"),
    ];
    pen.begin_table();
    let mut y = pen.row(y, &cells(&heads, HEAD, true));
    pen.rectangle(MARGIN, y + 3.0, inner, 0.75, LINE);
    y += 8.0;
    for line in lines {
        let label = format!("{}, {}", line.label, line.tier);
        let texts =
            [label, figures(line.price), figures(line.fee), line.rate.to_string(), figures(line.total)];
        y = pen.row(y, &cells(&texts, SMALL, false)) + 3.0;
    }
    pen.rectangle(MARGIN, y + 2.0, inner, 0.75, LINE);
    pen.end_table();
    y + 6.0
}

fn cells(texts: &[String; 5], look: Look, head: bool) -> Vec<Cell<'_>> {
    texts
        .iter()
        .zip(COLUMNS)
        .enumerate()
        .map(|(at, (text, (x, width)))| Cell { text, x: MARGIN + x, width, look, right: at > 0, head })
        .collect()
}

/// What it comes to, the tax in it, and where the money is.
fn totals(pen: &mut Pen<'_>, y: f32, inner: f32, receipt: &Receipt) -> f32 {
    let word = match receipt.kind {
        ReceiptKind::Invoice => "Total paid, fees and VAT included",
        ReceiptKind::CreditNote => "Total paid back, VAT included",
    };
    let total = format!("{word}: {}", in_full(receipt.total));
    let mut y = pen.heading(2, (MARGIN, y + 8.0), inner, look(Voice::Strong, 13.0, INK, 2), &total);
    y += 6.0;
    for rate in receipt.taxes.iter().take(ROWS_MAX) {
        let net = Money::new(rate.gross.minor - rate.tax.minor, rate.gross.currency);
        let text = format!(
            "Of {} at a VAT rate of {}: {} net, {} VAT",
            in_full(rate.gross),
            rate.rate,
            in_full(net),
            in_full(rate.tax)
        );
        y = pen.paragraph((MARGIN, y), inner, look(Voice::Plain, 10.0, INK, 2), &text);
    }
    y += 8.0;
    let mut said = receipt.standing();
    if said.len() > ROWS_MAX {
        let more = said.len() - (ROWS_MAX - 1);
        said.truncate(ROWS_MAX - 1);
        said.push(format!("{more} more of these stand on the order’s page."));
    }
    for text in &said {
        y = pen.paragraph((MARGIN, y), inner, look(Voice::Plain, 10.0, MUTED, 2), text);
    }
    y
}
