//! What a payment is paid with.

use std::fmt;

use serde::Serialize;

use super::PaymentMethodId;

/// A one-time stand-in for a card or account, made by the provider's script in the buyer's
/// browser. `Debug` hides it.
///
/// Card numbers are never taken: a text that is one is refused.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct InstrumentToken(String);

impl InstrumentToken {
    /// A token as the provider's script gave it.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token, for the provider's request.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is a card number: 12 to 19 digits with a valid check digit (ISO/IEC 7812).
    pub(super) fn is_card_number(&self) -> bool {
        let mut digits = Vec::new();
        for c in self.0.chars() {
            match c.to_digit(10) {
                Some(digit) => digits.push(digit),
                None if c == ' ' || c == '-' => {}
                None => return false,
            }
        }
        let sum: u32 = digits
            .iter()
            .rev()
            .enumerate()
            .map(|(at, digit)| match (at % 2, digit * 2) {
                (0, _) => *digit,
                (_, double) => double % 10 + double / 10,
            })
            .sum();
        (12..=19).contains(&digits.len()) && sum.is_multiple_of(10)
    }
}

impl fmt::Debug for InstrumentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstrumentToken(REDACTED)")
    }
}

/// What a payment is paid with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Instrument {
    /// A one-time token from the buyer's browser.
    Token(InstrumentToken),
    /// A method that was saved before.
    Saved(PaymentMethodId),
}

impl Instrument {
    /// A one-time token from the buyer's browser.
    pub fn token(token: impl Into<String>) -> Self {
        Self::Token(InstrumentToken::new(token))
    }

    /// A method that was saved before.
    #[must_use]
    pub fn saved(method: PaymentMethodId) -> Self {
        Self::Saved(method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_is_known_by_its_length_and_check_digit() {
        // Numbers from the card networks' public test lists.
        for number in [
            "4242424242424242",
            "4242 4242 4242 4242",
            "3782-822463-10005",
        ] {
            assert!(InstrumentToken::new(number).is_card_number(), "{number}");
        }
        for token in [
            "tok_visa",
            "4242424242424241",
            "42",
            "",
            "pm_4242424242424242",
        ] {
            assert!(!InstrumentToken::new(token).is_card_number(), "{token}");
        }
    }

    #[test]
    fn debug_hides_tokens() {
        let instrument = Instrument::token("canary");
        assert!(!format!("{instrument:?}").contains("canary"));
    }
}
