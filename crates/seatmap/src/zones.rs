//! A zone on the map: its colour, its shape, its prices. State and price are never told by colour alone.

use domain::money::Money;

/// Zones with looks of their own; more repeat them.
pub const LOOKS: usize = 8;

/// Zone colours on light paper; overridden by the custom properties `--zone-1` … `--zone-8`.
/// Apart for colour-blind eyes, at least 3:1 on the paper.
pub const LIGHT: [[u8; 3]; LOOKS] = [
    [0x2b, 0x66, 0xb1],
    [0xb8, 0x6a, 0x0b],
    [0x12, 0x80, 0x6a],
    [0x7d, 0x4a, 0xa8],
    [0x1d, 0x8f, 0xb5],
    [0xb0, 0x43, 0x85],
    [0x6b, 0x73, 0x22],
    [0x5a, 0x5f, 0x73],
];

/// Zone colours on dark paper.
pub const DARK: [[u8; 3]; LOOKS] = [
    [0x7f, 0xb0, 0xf2],
    [0xef, 0xa9, 0x52],
    [0x58, 0xc7, 0xa6],
    [0xc0, 0x99, 0xe8],
    [0x6f, 0xcd, 0xe8],
    [0xee, 0x93, 0xc4],
    [0xbe, 0xc6, 0x6a],
    [0xa9, 0xaf, 0xc6],
];

/// The outline of a zone's seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SeatShape {
    /// A circle.
    Disc = 0,
    /// A square with round corners.
    Square = 1,
    /// A square on its corner.
    Diamond = 2,
    /// Six sides.
    Hexagon = 3,
    /// Point upwards.
    Triangle = 4,
    /// A lying capsule.
    Pill = 5,
    /// Point downwards.
    Drop = 6,
    /// A thick cross.
    Plus = 7,
}

impl SeatShape {
    /// All, in the order of the looks.
    pub const ALL: [Self; LOOKS] = [
        Self::Disc,
        Self::Square,
        Self::Diamond,
        Self::Hexagon,
        Self::Triangle,
        Self::Pill,
        Self::Drop,
        Self::Plus,
    ];

    /// The look of the zone at that position.
    pub const fn of_zone(zone: usize) -> Self {
        Self::ALL[zone % LOOKS]
    }

    /// The shape as an SVG path in a 24 × 24 box, for legends.
    pub const fn svg_path(self) -> &'static str {
        match self {
            Self::Disc => "M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0-18z",
            Self::Square => "M7 4h10a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3z",
            Self::Diamond => "M12 2l10 10l-10 10l-10-10z",
            Self::Hexagon => "M7 3.5h10l5 8.5l-5 8.5H7L2 12z",
            Self::Triangle => "M12 2.5l10 17.5H2z",
            Self::Pill => "M8 6h8a6 6 0 0 1 0 12H8A6 6 0 0 1 8 6z",
            Self::Drop => "M12 21.5L2 4h20z",
            Self::Plus => "M8 3h8v5h5v8h-5v5H8v-5H3V8h5z",
        }
    }
}

/// A zone of the event as the map shows it. Its position in the list is its number, colour and shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneInfo {
    /// What people read.
    pub name: String,
    /// Categories of the plan that it covers.
    pub categories: Vec<u8>,
    /// Cheapest tier now on sale, fees included.
    pub price_from: Money,
    /// Dearest tier now on sale, fees included.
    pub price_to: Money,
}

impl ZoneInfo {
    /// `€48`, or `€30–48`.
    pub fn price_text(&self) -> String {
        price_range_text(self.price_from, self.price_to)
    }
}

/// `€48`, or `€30–48`.
pub fn price_range_text(from: Money, to: Money) -> String {
    let mut text = from.to_string();
    if to.minor > from.minor {
        text.push('–');
        let dearest = to.to_string();
        text.push_str(dearest.trim_start_matches(|c: char| !c.is_ascii_digit()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Currency;

    #[test]
    fn a_price_range_names_the_currency_once() {
        let range =
            |from, to, currency| price_range_text(Money::new(from, currency), Money::new(to, currency));
        assert_eq!(range(4800, 4800, Currency::EUR), "€48");
        assert_eq!(range(3000, 4850, Currency::EUR), "€30–48.50");
        assert_eq!(range(3000, 4800, Currency::CHF), "CHF\u{a0}30–48");
    }
}
