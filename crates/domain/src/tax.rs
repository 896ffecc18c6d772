//! Tax that is contained in what is paid. Prices are gross: a buyer never pays tax on top, and is told how much of the
//! price it is. Taxes of a document are worked out once for all its lines of a rate and then given to the lines, so that
//! what the lines say adds up to what the document says.

use crate::money::{Currency, Money, MoneyError};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// A whole, in basis points: a hundredth of a percent.
const WHOLE_BP: u16 = 10_000;

/// A tax rate in basis points of the net amount: 700 is 7 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct TaxRate(u16);

/// The number is no tax rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tax rate is 0 to 10,000 basis points")]
pub struct NotARate;

/// What stands at one rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateTotal {
    /// The rate.
    pub rate: TaxRate,
    /// Paid, tax included.
    pub gross: Money,
    /// The tax in it.
    pub tax: Money,
}

/// An amount with the tax in it, frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taxed {
    /// Its rate.
    pub rate: TaxRate,
    /// Paid, tax included.
    pub gross: Money,
    /// The tax in it.
    pub tax: Money,
}

impl TaxRate {
    /// No tax.
    pub const NONE: Self = Self(0);

    /// A rate of so many basis points.
    pub const fn new(basis_points: u16) -> Result<Self, NotARate> {
        if basis_points <= WHOLE_BP { Ok(Self(basis_points)) } else { Err(NotARate) }
    }

    /// In basis points.
    pub const fn basis_points(self) -> u16 {
        self.0
    }

    /// The tax contained in a gross amount, to the nearest minor unit (a half goes up). A negative amount is out of
    /// range.
    pub fn contained(self, gross: Money) -> Result<Money, MoneyError> {
        let minor = u128::try_from(gross.minor).map_err(|_| MoneyError::Overflow)?;
        let whole = u128::from(WHOLE_BP) + u128::from(self.0);
        // An amount is below 2^63 and a rate below 2^14: the product fits.
        let tax = (2 * minor * u128::from(self.0) + whole) / (2 * whole);
        Ok(Money { minor: i64::try_from(tax).map_err(|_| MoneyError::Overflow)?, ..gross })
    }
}

/// `7 %`, `19 %`, `2.6 %`, `5.25 %`.
impl fmt::Display for TaxRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        write!(f, "{whole}")?;
        match (part, part % 10) {
            (0, _) => {}
            (_, 0) => write!(f, ".{}", part / 10)?,
            _ => write!(f, ".{part:02}")?,
        }
        f.write_str("\u{a0}%")
    }
}

impl<'de> Deserialize<'de> for TaxRate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u16::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The tax in each of several gross amounts of one currency. Of the amounts of one rate the taxes together are exactly
/// the tax of their sum, given to them by largest remainder.
pub fn contained(amounts: &[(TaxRate, Money)]) -> Result<Vec<Money>, MoneyError> {
    let mut taxes: Vec<Money> = amounts.iter().map(|(_, gross)| Money::zero(gross.currency)).collect();
    let mut by_rate: BTreeMap<TaxRate, Vec<usize>> = BTreeMap::new();
    for (at, (rate, _)) in amounts.iter().enumerate() {
        by_rate.entry(*rate).or_default().push(at);
    }
    for (rate, places) in by_rate {
        let of_rate = || places.iter().map(|&at| amounts[at].1);
        let weights = of_rate().map(|gross| u64::try_from(gross.minor).map_err(|_| MoneyError::Overflow));
        let weights: Vec<u64> = weights.collect::<Result<_, _>>()?;
        let currency = amounts[places[0]].1.currency;
        let parts = rate.contained(Money::sum(currency, of_rate())?)?.split(&weights)?;
        for (&at, part) in places.iter().zip(parts) {
            taxes[at] = part;
        }
    }
    Ok(taxes)
}

/// What stands at each rate, the lowest first; rates under which nothing was paid are left out.
pub fn by_rate(currency: Currency, lines: &[Taxed]) -> Result<Vec<RateTotal>, MoneyError> {
    let nothing = Money::zero(currency);
    let mut totals: BTreeMap<TaxRate, (Money, Money)> = BTreeMap::new();
    for line in lines {
        let total = totals.entry(line.rate).or_insert((nothing, nothing));
        *total = (total.0.plus(line.gross)?, total.1.plus(line.tax)?);
    }
    let paid = totals.into_iter().filter(|(_, (gross, _))| gross.minor != 0);
    Ok(paid.map(|(rate, (gross, tax))| RateTotal { rate, gross, tax }).collect())
}

/// What of `back`, money that goes back for the whole of `lines` and not for any of them, stands at each rate: in the
/// proportion in which they were paid.
pub fn of_part(back: Money, lines: &[Taxed]) -> Result<Vec<RateTotal>, MoneyError> {
    let paid = by_rate(back.currency, lines)?;
    let weights: Vec<u64> = paid.iter().map(|total| total.gross.minor.unsigned_abs()).collect();
    let parts = back.split(&weights)?;
    let mut totals = Vec::with_capacity(paid.len());
    for (total, gross) in paid.iter().zip(parts).filter(|(_, gross)| gross.minor != 0) {
        let tax = if gross == total.gross { total.tax } else { total.rate.contained(gross)? };
        totals.push(RateTotal { rate: total.rate, gross, tax });
    }
    Ok(totals)
}

/// The tax in `back`, which goes back for a line: all of the line's tax for all of its price, so that a line that goes
/// back whole takes exactly what it brought.
pub fn of_line(back: Money, line: Taxed) -> Result<Taxed, MoneyError> {
    let tax = if back == line.gross { line.tax } else { line.rate.contained(back)? };
    Ok(Taxed { rate: line.rate, gross: back, tax })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rate(basis_points: u16) -> TaxRate {
        TaxRate::new(basis_points).unwrap()
    }

    fn euro(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    #[test]
    fn the_tax_in_an_amount_is_rounded_to_the_nearest_unit() {
        let table = [
            (700, 10_700, 700),
            (1_900, 11_900, 1_900),
            (700, 4_500, 294),
            (1_900, 1, 0),
            // 3 × 20 % ÷ 120 % is exactly a half.
            (2_000, 3, 1),
            (260, 9_000, 228),
            (0, 4_500, 0),
            (10_000, 5, 3),
            (700, 0, 0),
        ];
        for (basis_points, gross, tax) in table {
            assert_eq!(rate(basis_points).contained(euro(gross)), Ok(euro(tax)), "{basis_points} in {gross}");
        }
        assert_eq!(rate(700).contained(euro(-1)), Err(MoneyError::Overflow));
        assert!(rate(10_000).contained(euro(i64::MAX)).is_ok());
        assert_eq!(TaxRate::new(10_001), Err(NotARate));
    }

    #[test]
    fn rates_are_written_as_people_write_them() {
        for (basis_points, text) in [(700, "7"), (1_900, "19"), (260, "2.6"), (525, "5.25"), (505, "5.05")] {
            assert_eq!(rate(basis_points).to_string(), format!("{text}\u{a0}%"));
        }
    }

    /// Rate in basis points, gross in cents.
    type Line = (u16, i64);

    #[test]
    fn the_taxes_of_lines_add_up_to_that_of_their_sum() {
        let table: [(&[Line], &[i64]); 5] = [
            // Each alone would be 294: the tax of 135.00 is 8.83, so one gives a cent.
            (&[(700, 4_500), (700, 4_500), (700, 4_500)], &[295, 294, 294]),
            (&[(700, 10_700), (1_900, 11_900), (700, 0)], &[700, 1_900, 0]),
            // A cent each: four hundredths of tax in each, two cents in all.
            (&[(1_900, 3), (1_900, 3), (1_900, 3), (1_900, 3)], &[1, 1, 0, 0]),
            (&[(0, 4_500)], &[0]),
            (&[], &[]),
        ];
        for (lines, taxes) in table {
            let lines: Vec<_> = lines.iter().map(|&(bp, minor)| (rate(bp), euro(minor))).collect();
            let told: Vec<_> = contained(&lines).unwrap().iter().map(|tax| tax.minor).collect();
            assert_eq!(told, taxes, "{lines:?}");
        }
        let pounds = Money::new(1, Currency::GBP);
        assert_eq!(
            contained(&[(rate(700), euro(1)), (rate(700), pounds)]),
            Err(MoneyError::CurrencyMismatch)
        );
    }

    #[test]
    fn a_part_of_an_order_that_goes_back_stands_at_the_rates_it_was_paid_at() {
        let line = |bp, gross, tax| Taxed { rate: rate(bp), gross: euro(gross), tax: euro(tax) };
        let lines = [line(1_900, 1_190, 190), line(700, 10_700, 700), line(0, 0, 0)];
        let told = |back| {
            let totals = of_part(euro(back), &lines).unwrap();
            totals.iter().map(|t| (t.rate.basis_points(), t.gross.minor, t.tax.minor)).collect::<Vec<_>>()
        };
        assert_eq!(told(11_890), [(700, 10_700, 700), (1_900, 1_190, 190)]);
        assert_eq!(told(1_189), [(700, 1_070, 70), (1_900, 119, 19)]);
        assert_eq!(told(1), [(700, 1, 0)]);
        assert_eq!(of_line(euro(4_500), line(700, 4_500, 295)).unwrap().tax, euro(295));
        assert_eq!(of_line(euro(2_250), line(700, 4_500, 295)).unwrap().tax, euro(147));
    }

    #[test]
    fn a_stored_rate_is_read_with_the_same_limits() {
        assert_eq!(serde_json::from_str::<TaxRate>("700").unwrap(), rate(700));
        assert!(serde_json::from_str::<TaxRate>("10001").is_err());
    }

    proptest! {
        #[test]
        fn taxes_add_up_by_rate_and_each_is_nearly_its_own(
            lines in prop::collection::vec((prop::sample::select(vec![0_u16, 260, 700, 1_900, 10_000]), 0_i64..5_000_000), 0..60),
        ) {
            let lines: Vec<_> = lines.into_iter().map(|(bp, minor)| (rate(bp), euro(minor))).collect();
            let taxes = contained(&lines).unwrap();
            let taxed: Vec<_> = lines.iter().zip(&taxes)
                .map(|(&(rate, gross), &tax)| Taxed { rate, gross, tax }).collect();
            for total in by_rate(Currency::EUR, &taxed).unwrap() {
                prop_assert_eq!(total.rate.contained(total.gross).unwrap(), total.tax);
            }
            for line in &taxed {
                let alone = line.rate.contained(line.gross).unwrap();
                prop_assert!((alone.minor - line.tax.minor).abs() <= 1 && line.tax.minor <= line.gross.minor);
            }
        }

        #[test]
        fn lines_that_go_back_one_by_one_take_exactly_the_tax_they_brought(
            minors in prop::collection::vec(0_i64..20_000, 1..40), bp in 0_u16..3_000,
        ) {
            let lines: Vec<_> = minors.iter().map(|&minor| (rate(bp), euro(minor))).collect();
            let taxes = contained(&lines).unwrap();
            let back = lines.iter().zip(&taxes).map(|(&(rate, gross), &tax)| {
                of_line(gross, Taxed { rate, gross, tax }).unwrap().tax
            });
            let sum = Money::sum(Currency::EUR, lines.iter().map(|(_, gross)| *gross)).unwrap();
            prop_assert_eq!(Money::sum(Currency::EUR, back).unwrap(), rate(bp).contained(sum).unwrap());
        }
    }
}
