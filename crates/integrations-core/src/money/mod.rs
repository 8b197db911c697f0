//! Exact money: a number of minor units and a currency.
//!
//! ```
//! use integrations_core::money::{Currency, Money};
//!
//! let price: Money = "29.99 USD".parse()?;
//! assert_eq!(price, Money::new(2999, Currency::USD));
//! assert_eq!(price.checked_add(Money::new(1, Currency::USD))?.to_string(), "30.00 USD");
//!
//! // A third of it, without losing a cent.
//! let thirds = price.allocate(&[1, 1, 1])?;
//! assert_eq!(thirds.iter().map(|m| m.minor()).collect::<Vec<_>>(), [1000, 1000, 999]);
//!
//! // Nothing is rounded, mixed or wrapped in silence.
//! assert!("29.999 USD".parse::<Money>().is_err());
//! assert!("29.5 JPY".parse::<Money>().is_err());
//! assert!(price.checked_add(Money::new(1, Currency::EUR)).is_err());
//! # Ok::<_, integrations_core::Error>(())
//! ```

mod currency;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

pub use currency::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// An amount in minor units (cents, yen, fils) of a currency. It may be zero or negative; what a
/// payment allows is checked there.
///
/// Amounts of different currencies are not ordered and do not add up. Serialised it is
/// `{"minor": 2999, "currency": "USD"}`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount in minor units: `Money::new(2999, Currency::USD)` is 29.99 USD.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The amount in minor units of ISO 4217.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether it is more than nothing.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Whether it is less than nothing.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The sum.
    ///
    /// # Errors
    /// `InvalidInput` when the currencies differ or the sum does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self> {
        self.same_currency(other)?;
        self.fits(self.minor.checked_add(other.minor))
    }

    /// The difference.
    ///
    /// # Errors
    /// `InvalidInput` when the currencies differ or the difference does not fit.
    pub fn checked_sub(self, other: Self) -> Result<Self> {
        self.same_currency(other)?;
        self.fits(self.minor.checked_sub(other.minor))
    }

    /// The amount so many times.
    ///
    /// # Errors
    /// `InvalidInput` when the product does not fit.
    pub fn checked_mul(self, times: i64) -> Result<Self> {
        self.fits(self.minor.checked_mul(times))
    }

    /// The amount with the other sign.
    ///
    /// # Errors
    /// `InvalidInput` for the one amount whose negative does not fit.
    pub fn checked_neg(self) -> Result<Self> {
        self.fits(self.minor.checked_neg())
    }

    /// The sum of amounts that are all in `currency`; zero when there is none.
    ///
    /// # Errors
    /// `InvalidInput` when a currency differs or the sum does not fit.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::checked_add)
    }

    /// The order of two amounts.
    ///
    /// # Errors
    /// `InvalidInput` when the currencies differ.
    pub fn checked_cmp(self, other: Self) -> Result<Ordering> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// Splits the amount in proportion to `ratios`, without losing or making a minor unit.
    ///
    /// Each part is its share rounded toward zero; the units that are left go one each to the
    /// parts with the largest remainders (Hamilton's method), the earlier part first among equals.
    /// A part with ratio 0 gets nothing.
    ///
    /// # Errors
    /// `InvalidInput` when the ratios are empty or all zero.
    pub fn allocate(self, ratios: &[u32]) -> Result<Vec<Self>> {
        let whole: i128 = ratios.iter().copied().map(i128::from).sum();
        if whole == 0 {
            return Err(Error::invalid_input(
                "an amount is allocated by at least one ratio above zero",
            ));
        }
        // |minor| < 2^64 and a ratio < 2^32, so that no product leaves i128.
        let total = i128::from(self.minor);
        let (sign, size) = (total.signum(), total.abs());
        let mut parts: Vec<(usize, i128, i128)> = ratios
            .iter()
            .map(|ratio| size * i128::from(*ratio))
            .enumerate()
            .map(|(at, product)| (at, product / whole, product % whole))
            .collect();
        let mut left = size - parts.iter().map(|(_, share, _)| share).sum::<i128>();
        parts.sort_by_key(|(at, _, remainder)| (std::cmp::Reverse(*remainder), *at));
        for (_, share, _) in &mut parts {
            if left == 0 {
                break;
            }
            *share += 1;
            left -= 1;
        }
        parts.sort_by_key(|(at, _, _)| *at);
        parts
            .into_iter()
            .map(|(_, share, _)| self.fits(i64::try_from(sign * share).ok()))
            .collect()
    }

    /// An amount from a decimal number of major units: `29.99` with USD.
    ///
    /// # Errors
    /// `InvalidInput` when it has more decimal places than the currency (trailing zeros do not
    /// count), or does not fit.
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Self> {
        let amount = amount.normalize();
        let places = u32::from(currency.exponent());
        let Some(missing) = places.checked_sub(amount.scale()) else {
            return Err(too_many_places(&amount.to_string(), currency));
        };
        let minor = 10_i128
            .checked_pow(missing)
            .and_then(|scale| amount.mantissa().checked_mul(scale))
            .and_then(|minor| i64::try_from(minor).ok());
        Self::zero(currency).fits(minor)
    }

    /// The amount as a decimal number of major units, with the currency's decimal places.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.minor, u32::from(self.currency.exponent()))
    }

    fn same_currency(self, other: Self) -> Result<()> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(Error::invalid_input(format!(
                "{} and {} are different currencies",
                self.currency, other.currency
            )))
        }
    }

    fn fits(self, minor: Option<i64>) -> Result<Self> {
        minor
            .map(|minor| Self::new(minor, self.currency))
            .ok_or_else(|| {
                Error::invalid_input(format!(
                    "the amount in {} is too large to be counted",
                    self.currency
                ))
            })
    }
}

/// Writes minor units with `places` decimal places, for example `-0.05`.
pub(crate) fn format_minor(minor: i64, places: u8) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let width = usize::from(places) + 1;
    let digits = format!("{:0>width$}", minor.unsigned_abs());
    match digits.split_at_checked(digits.len().saturating_sub(usize::from(places))) {
        Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
        _ => format!("{sign}{digits}"),
    }
}

/// Reads a decimal number with at most `places` decimal places into minor units; `None` when it
/// is no such number. No exponent, no grouping, no plus sign, no leading zeros.
pub(crate) fn parse_minor(text: &str, places: u8) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (digits, ""),
    };
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || leading_zero || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let missing = usize::from(places).checked_sub(fraction.len())?;
    let zeros = std::iter::repeat_n(b'0', missing);
    let mut minor: i64 = 0;
    for digit in whole.bytes().chain(fraction.bytes()).chain(zeros) {
        let digit = i64::from(digit - b'0');
        minor = minor.checked_mul(10)?;
        // Counted downwards for a negative number, because i64 reaches one further there.
        minor = if negative {
            minor.checked_sub(digit)?
        } else {
            minor.checked_add(digit)?
        };
    }
    Some(minor)
}

fn too_many_places(amount: &str, currency: Currency) -> Error {
    Error::invalid_input(format!(
        "{amount} has more decimal places than {currency}, which has {}",
        currency.exponent()
    ))
}

impl fmt::Display for Money {
    /// All decimal places, a dot, one space, the code: `29.99 USD`, `-5 JPY`, `1.250 KWD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = format_minor(self.minor, self.currency.exponent());
        f.pad(&format!("{amount} {}", self.currency))
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Money {
    type Err = Error;

    /// Reads what `Display` writes; fewer decimal places than the currency's are read as zeros.
    ///
    /// # Errors
    /// `InvalidInput` for more decimal places than the currency has, an unknown code, a grouping
    /// or plus sign, or an amount that does not fit.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            Error::invalid_input(format!(
                "{text:?} is no amount: write it as in \"29.99 USD\""
            ))
        };
        let (amount, code) = text.split_once(' ').ok_or_else(wrong)?;
        let currency: Currency = code.parse()?;
        if let Some(minor) = parse_minor(amount, currency.exponent()) {
            return Ok(Self::new(minor, currency));
        }
        match amount.split_once('.') {
            Some((_, fraction)) if fraction.len() > usize::from(currency.exponent()) => {
                Err(too_many_places(amount, currency))
            }
            _ => Err(wrong()),
        }
    }
}

/// Only amounts of one currency are ordered.
impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.minor.cmp(&other.minor))
    }
}
