//! What a receipt tells: gathered once, by the caller, from what was frozen when it was issued.

use chrono::{DateTime, Utc};
use domain::{
    money::Money,
    refund::State,
    tax::{RateTotal, TaxRate},
};

/// What a document says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptKind {
    /// This was sold and paid.
    Invoice,
    /// This went back.
    CreditNote,
}

/// An invoice or a credit note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its name: `PRE-2026-000123`.
    pub name: String,
    /// What it says.
    pub kind: ReceiptKind,
    /// The invoice that a credit note takes from.
    pub of: Option<String>,
    /// Who sold.
    pub seller: SellerFacts,
    /// Who bought.
    pub buyer: String,
    /// The order's name for people.
    pub order: String,
    /// The event's name.
    pub event: String,
    /// The house.
    pub venue: String,
    /// When the event starts.
    pub starts_at: DateTime<Utc>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// IANA name of the venue's time zone: all times are told in it.
    pub timezone: String,
    /// What was sold, or for what money went back; empty when it went back for the whole.
    pub lines: Vec<ReceiptLine>,
    /// Paid, or paid back; tax included.
    pub total: Money,
    /// The same by rate.
    pub taxes: Vec<RateTotal>,
    /// What became of money that went back: of all of it on an invoice, of its own on a credit note.
    pub back: Vec<(Money, State)>,
}

/// Who sold, as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SellerFacts {
    /// The name for buyers.
    pub name: String,
    /// The name on invoices.
    pub legal_name: String,
    /// Lines of the address.
    pub address: Vec<String>,
    /// The number at the tax office; may be empty.
    pub tax_id: String,
}

/// One ticket on a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    /// "Stalls, row C, seat 12", or the area's name.
    pub label: String,
    /// The price it was sold as ("Adult").
    pub tier: String,
    /// Price without fee.
    pub price: Money,
    /// Fee.
    pub fee: Money,
    /// The tax in both.
    pub rate: TaxRate,
    /// Paid for it, or paid back.
    pub total: Money,
}

impl Receipt {
    /// What stands above it, and names it in lists.
    pub fn title(&self) -> String {
        match self.kind {
            ReceiptKind::Invoice => format!("Invoice {}", self.name),
            ReceiptKind::CreditNote => format!("Credit note {}", self.name),
        }
    }

    /// The name of its file.
    pub fn file_name(&self) -> String {
        match self.kind {
            ReceiptKind::Invoice => format!("receipt-{}.pdf", self.name),
            ReceiptKind::CreditNote => format!("credit-note-{}.pdf", self.name),
        }
    }

    /// Where the money is, in sentences.
    pub(crate) fn standing(&self) -> Vec<String> {
        let mut said = Vec::new();
        match (self.kind, &self.of) {
            (ReceiptKind::Invoice, _) => said.push("Paid in full. Nothing is left to pay.".to_owned()),
            (ReceiptKind::CreditNote, Some(of)) => said.push(format!("It takes from invoice {of}.")),
            (ReceiptKind::CreditNote, None) => {}
        }
        said.extend(self.back.iter().map(|&(amount, state)| {
            let amount = in_full(amount);
            match state {
                State::Requested => format!("{amount} is to go back; somebody looks at it first."),
                State::Approved | State::Sent => format!("{amount} is on its way back to the buyer."),
                State::Succeeded => format!("{amount} was sent back to the buyer."),
                State::Failed => {
                    format!("The bank did not take {amount} back: it is sent by another way.")
                }
            }
        }));
        said
    }
}

/// `45.00`: with all digits, as columns of figures have them.
pub(crate) fn figures(money: Money) -> String {
    let digits = money.currency.minor_digits();
    let unit = 10_u64.pow(digits);
    let (whole, part) = (money.minor.unsigned_abs() / unit, money.minor.unsigned_abs() % unit);
    let sign = if money.minor < 0 { "−" } else { "" };
    match digits {
        0 => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{part:0width$}", width = digits as usize),
    }
}

/// `EUR 45.00`.
pub(crate) fn in_full(money: Money) -> String {
    format!("{}\u{a0}{}", money.currency, figures(money))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use chrono::TimeZone as _;
    use domain::money::Currency;

    /// An invoice of two tickets, with letters that paper must keep.
    pub(crate) fn receipt() -> Receipt {
        let euro = |minor| Money::new(minor, Currency::EUR);
        let rate = TaxRate::new(700).unwrap();
        let line = |seat: u32| ReceiptLine {
            label: format!("Stalls, row C, seat {seat}"),
            tier: "Adult".into(),
            price: euro(4_000),
            fee: euro(500),
            rate,
            total: euro(4_500),
        };
        Receipt {
            name: "PDH-2026-000123".into(),
            kind: ReceiptKind::Invoice,
            of: None,
            seller: SellerFacts {
                name: "The Small House".into(),
                legal_name: "The Small House GmbH".into(),
                address: vec!["Laternenufer 4".into(), "10179 Berlin".into()],
                tax_id: "DE000000000".into(),
            },
            buyer: "Žofia O'Neill".into(),
            order: "7QK2M".into(),
            event: "Le Malade imaginaire & Söhne".into(),
            venue: "The Small House, Berlin".into(),
            starts_at: Utc.with_ymd_and_hms(2026, 12, 11, 18, 30, 0).unwrap(),
            issued_at: Utc.with_ymd_and_hms(2026, 12, 1, 23, 30, 0).unwrap(),
            timezone: "Europe/Berlin".into(),
            lines: vec![line(12), line(13)],
            total: euro(9_000),
            taxes: vec![RateTotal { rate, gross: euro(9_000), tax: euro(589) }],
            back: Vec::new(),
        }
    }

    #[test]
    fn amounts_have_all_their_digits() {
        let table =
            [(4_500, "EUR", "45.00"), (5, "EUR", "0.05"), (-4_550, "GBP", "−45.50"), (900, "JPY", "900")];
        for (minor, code, text) in table {
            assert_eq!(figures(Money::new(minor, Currency::parse(code).unwrap())), text);
        }
        assert_eq!(in_full(Money::new(4_500, Currency::EUR)), "EUR\u{a0}45.00");
    }

    #[test]
    fn a_receipt_says_where_the_money_is() {
        let mut receipt = receipt();
        receipt.back = vec![(receipt.total, State::Sent), (receipt.total, State::Failed)];
        let said = receipt.standing().join(" ").replace('\u{a0}', " ");
        assert!(said.contains("Paid in full") && said.contains("EUR 90.00 is on its way back"), "{said}");
        assert!(said.contains("did not take EUR 90.00 back"), "{said}");
        (receipt.kind, receipt.of) = (ReceiptKind::CreditNote, Some("PDH-2026-000122".into()));
        assert!(receipt.standing()[0].contains("PDH-2026-000122"));
        assert!(!receipt.standing().join(" ").contains("Paid in full"));
        assert_eq!(receipt.file_name(), "credit-note-PDH-2026-000123.pdf");
    }
}
