//! Money in minor units with its currency; amounts of different currencies never mix.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;

/// An ISO 4217 code in capitals (`EUR`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// Why a text is no currency, or two amounts do not add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three capital letters.
    #[error("a currency is three capital letters")]
    NotACurrency,
    /// The two amounts are in different currencies.
    #[error("amounts of different currencies do not add")]
    CurrencyMismatch,
    /// The sum does not fit.
    #[error("the amount is out of range")]
    Overflow,
}

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");
    /// The pound sterling.
    pub const GBP: Self = Self(*b"GBP");
    /// The Swiss franc.
    pub const CHF: Self = Self(*b"CHF");

    /// Reads `EUR`.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let bytes: [u8; 3] = text.as_bytes().try_into().map_err(|_| MoneyError::NotACurrency)?;
        if bytes.iter().all(u8::is_ascii_uppercase) { Ok(Self(bytes)) } else { Err(MoneyError::NotACurrency) }
    }

    /// `EUR`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// How many digits stand after the point (ISO 4217): 2 for most, 0 for the yen and its like.
    pub fn minor_digits(&self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"CLP" | b"VND" | b"ISK" | b"XAF" | b"XOF" | b"UGX" => 0,
            b"KWD" | b"BHD" | b"TND" | b"OMR" | b"JOD" => 3,
            _ => 2,
        }
    }

    fn symbol(&self) -> Option<&'static str> {
        match &self.0 {
            b"EUR" => Some("€"),
            b"GBP" => Some("£"),
            b"USD" => Some("$"),
            _ => None,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

/// An amount in minor units; on the wire `{"amount": 4500, "currency": "EUR"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units (cents).
    #[serde(rename = "amount")]
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// `minor` units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in a currency.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The sum of two amounts of one currency.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The amount `quantity` times.
    pub fn times(self, quantity: u32) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(quantity)).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Parts in the proportion of `weights` whose sum is exactly this amount: each is rounded down, and what is left
    /// goes one unit each to the largest remainders (of equal ones, the first). All weights zero: all are equal.
    /// A negative amount, or one without a part to put it in, is out of range.
    pub fn split(self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let whole = u128::try_from(self.minor).map_err(|_| MoneyError::Overflow)?;
        if weights.is_empty() {
            return if whole == 0 { Ok(Vec::new()) } else { Err(MoneyError::Overflow) };
        }
        let equal = weights.iter().all(|weight| *weight == 0);
        let weight = |given: &u64| if equal { 1 } else { u128::from(*given) };
        let sum: u128 = weights.iter().map(weight).sum();
        // An amount is below 2^63 and a weight below 2^64: the product fits.
        let shares: Vec<u128> = weights.iter().map(|w| whole * weight(w)).collect();
        let mut parts: Vec<u128> = shares.iter().map(|share| share / sum).collect();
        let left = usize::try_from(whole - parts.iter().sum::<u128>()).map_err(|_| MoneyError::Overflow)?;
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(shares[at] % sum));
        for &at in order.iter().take(left) {
            parts[at] += 1;
        }
        let part = |minor: u128| i64::try_from(minor).map_err(|_| MoneyError::Overflow);
        parts.into_iter().map(|minor| Ok(Self { minor: part(minor)?, ..self })).collect()
    }

    /// The sum of `amounts`, which must all be in `currency`.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }
}

/// `€45`, `€45.50`, `CHF 45`; whole amounts without decimals.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits();
        let unit = 10_u64.pow(digits);
        let (whole, part) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        if self.minor < 0 {
            f.write_str("−")?;
        }
        match self.currency.symbol() {
            Some(symbol) => f.write_str(symbol)?,
            None => write!(f, "{}\u{a0}", self.currency.code())?,
        }
        write!(f, "{whole}")?;
        if part != 0 {
            write!(f, ".{part:0width$}", width = digits as usize)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_written_as_people_write_them() {
        let table = [
            (4500, "EUR", "€45"),
            (4550, "EUR", "€45.50"),
            (-5, "GBP", "−£0.05"),
            (900, "JPY", "JPY\u{a0}900"),
        ];
        for (minor, code, text) in table {
            assert_eq!(Money::new(minor, Currency::parse(code).unwrap()).to_string(), text);
        }
    }

    #[test]
    fn currencies_do_not_mix() {
        let sum = Money::new(1, Currency::EUR).plus(Money::new(1, Currency::GBP));
        assert_eq!(sum, Err(MoneyError::CurrencyMismatch));
    }

    #[test]
    fn what_does_not_divide_goes_to_the_largest_remainders() {
        let table: [(i64, &[u64], &[i64]); 6] = [
            (100, &[1, 1, 1], &[34, 33, 33]),
            (10, &[2, 1, 1], &[5, 3, 2]),
            (5, &[0, 0], &[3, 2]),
            (7, &[0, 3], &[0, 7]),
            (0, &[4, 4], &[0, 0]),
            (0, &[], &[]),
        ];
        for (minor, weights, parts) in table {
            let split = Money::new(minor, Currency::EUR).split(weights).unwrap();
            assert_eq!(split.iter().map(|m| m.minor).collect::<Vec<_>>(), parts, "{minor} {weights:?}");
        }
        assert_eq!(Money::new(-1, Currency::EUR).split(&[1]), Err(MoneyError::Overflow));
        assert_eq!(Money::new(1, Currency::EUR).split(&[]), Err(MoneyError::Overflow));
    }

    proptest! {
        #[test]
        fn parts_are_the_whole_and_nearly_fair(
            minor in 0..i64::MAX, weights in prop::collection::vec(any::<u64>(), 1..40),
        ) {
            let parts = Money::new(minor, Currency::EUR).split(&weights).unwrap();
            prop_assert_eq!(parts.iter().map(|m| i128::from(m.minor)).sum::<i128>(), i128::from(minor));
            let sum: u128 = weights.iter().map(|w| u128::from(*w)).sum();
            for (part, weight) in parts.iter().zip(&weights).filter(|_| sum > 0) {
                let exact = minor.unsigned_abs() as u128 * u128::from(*weight) / sum;
                prop_assert!(part.minor as u128 == exact || part.minor as u128 == exact + 1);
            }
        }

        #[test]
        fn a_sum_does_not_depend_on_order(mut minors in prop::collection::vec(-1_000_000_000_i64..1_000_000_000, 0..40)) {
            let sum = |m: &[i64]| Money::sum(Currency::EUR, m.iter().map(|&m| Money::new(m, Currency::EUR)));
            let forward = sum(&minors);
            minors.reverse();
            prop_assert_eq!(forward, sum(&minors));
        }

        #[test]
        fn a_product_is_a_repeated_sum(minor in -1_000_000_i64..1_000_000, quantity in 0_u32..200) {
            let one = Money::new(minor, Currency::EUR);
            prop_assert_eq!(one.times(quantity), Money::sum(Currency::EUR, (0..quantity).map(|_| one)));
        }

        #[test]
        fn the_wire_form_comes_back(minor in any::<i64>()) {
            let money = Money::new(minor, Currency::CHF);
            let json = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        }
    }
}
