//! How a provider counts the money of a currency.

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::money::{Currency, Money, format_minor, parse_minor};

/// How a provider writes and bounds amounts of one currency.
///
/// [`Money`] counts in the minor units of ISO 4217; a provider's wire format may count otherwise.
/// Stripe takes ISK with two places, which must be zeros; PayPal takes HUF with none. Getting that
/// wrong charges a hundred times too much or too little, so the rule is data, and the conversion
/// never rounds.
///
/// ```
/// use integrations_core::money::{Currency, Money};
/// use integrations_core::payment::CurrencyRule;
///
/// // Stripe: "to charge 5 ISK, provide an amount of 500".
/// let isk = CurrencyRule::new(2).with_multiple_of(100);
/// assert_eq!(isk.to_wire(Money::new(5, Currency::ISK))?, 500);
/// assert_eq!(isk.from_wire(500, Currency::ISK)?, Money::new(5, Currency::ISK));
///
/// // PayPal: HUF has no decimals.
/// let huf = CurrencyRule::new(0);
/// assert_eq!(huf.to_text("1050.00 HUF".parse()?)?, "1050");
/// assert!(huf.to_wire("10.50 HUF".parse()?).is_err());
/// # Ok::<_, integrations_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CurrencyRule {
    /// How many decimal places the provider counts.
    pub exponent: u8,
    /// What a wire amount must be a multiple of, in wire units. 1 allows every amount.
    pub multiple_of: u32,
    /// The least amount, in ISO minor units, where the provider has a fixed one.
    pub min: Option<i64>,
    /// The largest amount, in ISO minor units.
    pub max: Option<i64>,
}

impl CurrencyRule {
    /// Amounts with `exponent` decimal places, without bounds.
    #[must_use]
    pub const fn new(exponent: u8) -> Self {
        Self {
            exponent,
            multiple_of: 1,
            min: None,
            max: None,
        }
    }

    /// Amounts as ISO 4217 counts them.
    #[must_use]
    pub const fn iso(currency: Currency) -> Self {
        Self::new(currency.exponent())
    }

    /// Allows only multiples, in wire units.
    #[must_use]
    pub const fn with_multiple_of(mut self, multiple_of: u32) -> Self {
        self.multiple_of = multiple_of;
        self
    }

    /// Sets the least amount, in ISO minor units.
    #[must_use]
    pub const fn with_min(mut self, min: i64) -> Self {
        self.min = Some(min);
        self
    }

    /// Sets the largest amount, in ISO minor units.
    #[must_use]
    pub const fn with_max(mut self, max: i64) -> Self {
        self.max = Some(max);
        self
    }

    /// The amount in wire units.
    ///
    /// # Errors
    /// `InvalidInput` when the provider cannot write it exactly: it is never rounded.
    pub fn to_wire(&self, money: Money) -> Result<i64> {
        let currency = money.currency();
        let wire = rescale(money.minor(), currency.exponent(), self.exponent)
            .filter(|wire| wire % i64::from(self.multiple_of.max(1)) == 0);
        wire.ok_or_else(|| {
            Error::invalid_input(format!(
                "{money} cannot be written exactly: this provider takes {currency} with {} decimal \
                 places, in steps of {}",
                self.exponent, self.multiple_of
            ))
        })
    }

    /// The amount as a decimal text with the wire's number of places, for example `"10.00"`.
    ///
    /// # Errors
    /// As [`to_wire`](Self::to_wire).
    pub fn to_text(&self, money: Money) -> Result<String> {
        Ok(format_minor(self.to_wire(money)?, self.exponent))
    }

    /// The amount that the provider wrote in wire units.
    ///
    /// # Errors
    /// `Decode` when it is no whole number of ISO minor units.
    pub fn from_wire(&self, wire: i64, currency: Currency) -> Result<Money> {
        rescale(wire, self.exponent, currency.exponent())
            .map(|minor| Money::new(minor, currency))
            .ok_or_else(|| unreadable(&wire.to_string(), currency))
    }

    /// The amount that the provider wrote as a decimal text. `"10.0"` and `"10.00"` are the same.
    ///
    /// # Errors
    /// `Decode` when it is no number, or no whole number of ISO minor units.
    pub fn from_text(&self, text: &str, currency: Currency) -> Result<Money> {
        let trimmed = match text.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => {
                // PayPal's pattern allows a number without its zero: ".50", "-.50".
                let zero = if matches!(whole, "" | "-") { "0" } else { "" };
                let fraction = fraction.trim_end_matches('0');
                let dot = if fraction.is_empty() { "" } else { "." };
                format!("{whole}{zero}{dot}{fraction}")
            }
            _ => text.to_owned(),
        };
        parse_minor(&trimmed, currency.exponent())
            .map(|minor| Money::new(minor, currency))
            .ok_or_else(|| unreadable(text, currency))
    }

    /// Checks an amount before it is sent: positive, within the bounds, exactly writable.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self, money: Money) -> Result<()> {
        if !money.is_positive() {
            return Err(Error::invalid_input(format!(
                "{money} is not more than nothing"
            )));
        }
        if let Some(min) = self.min
            && money.minor() < min
        {
            let least = Money::new(min, money.currency());
            return Err(Error::invalid_input(format!(
                "{money} is less than the least amount, {least}"
            )));
        }
        if let Some(max) = self.max
            && money.minor() > max
        {
            let most = Money::new(max, money.currency());
            return Err(Error::invalid_input(format!(
                "{money} is more than the largest amount, {most}"
            )));
        }
        self.to_wire(money).map(drop)
    }
}

/// The same amount counted with another number of places; `None` when it would be rounded or does
/// not fit.
fn rescale(amount: i64, from: u8, to: u8) -> Option<i64> {
    match to.checked_sub(from) {
        Some(more) => amount.checked_mul(10_i64.checked_pow(u32::from(more))?),
        None => {
            let divisor = 10_i64.checked_pow(u32::from(from - to))?;
            (amount % divisor == 0).then_some(amount / divisor)
        }
    }
}

fn unreadable(amount: &str, currency: Currency) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!(
            "the provider answered the amount {amount:?} in {currency}, which cannot be read exactly"
        ),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_goes_onto_the_wire_comes_back(minor in any::<i64>(), at in 0..Currency::all().len(), exponent in 0u8..6) {
            let money = Money::new(minor, Currency::all()[at]);
            let rule = CurrencyRule::new(exponent);
            if let Ok(wire) = rule.to_wire(money) {
                prop_assert_eq!(rule.from_wire(wire, money.currency()).unwrap(), money);
                let text = rule.to_text(money).unwrap();
                prop_assert_eq!(rule.from_text(&text, money.currency()).unwrap(), money);
            }
        }
    }

    // Stripe's currency page: special cases and three-decimal currencies.
    #[test]
    fn stripes_special_currencies_are_exact() {
        let ugx = CurrencyRule::new(2).with_multiple_of(100);
        assert_eq!(ugx.to_wire(Money::new(5, Currency::UGX)).unwrap(), 500);
        let kwd = CurrencyRule::new(3).with_multiple_of(10);
        assert_eq!(kwd.to_wire(Money::new(5120, Currency::KWD)).unwrap(), 5120);
        assert!(kwd.to_wire(Money::new(5124, Currency::KWD)).is_err());
        let jpy = CurrencyRule::new(0);
        assert_eq!(jpy.to_wire(Money::new(500, Currency::JPY)).unwrap(), 500);
    }

    // PayPal: "10.0" and "10.00" are one amount; more places than ISO has are not readable.
    #[test]
    fn decimal_texts_are_compared_as_numbers() {
        let rule = CurrencyRule::new(2);
        let ten = Money::new(1000, Currency::USD);
        for text in ["10", "10.0", "10.00", "10.000"] {
            assert_eq!(rule.from_text(text, Currency::USD).unwrap(), ten, "{text}");
        }
        for (text, minor) in [(".50", 50), ("-.5", -50), (".00", 0)] {
            let read = rule.from_text(text, Currency::USD).unwrap();
            assert_eq!(read.minor(), minor, "{text}");
        }
        for text in ["10.005", "", "ten", "1e1", ".", "-", "10."] {
            let error = rule.from_text(text, Currency::USD).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{text}");
        }
    }

    #[test]
    fn bounds_are_checked_in_minor_units() {
        let rule = CurrencyRule::new(2).with_min(50).with_max(99_999_999);
        for (minor, fits) in [
            (49, false),
            (50, true),
            (99_999_999, true),
            (100_000_000, false),
        ] {
            assert_eq!(rule.check(Money::new(minor, Currency::USD)).is_ok(), fits);
        }
        assert!(rule.check(Money::new(0, Currency::USD)).is_err());
        assert!(
            CurrencyRule::new(2)
                .check(Money::new(-1, Currency::USD))
                .is_err()
        );
    }
}
