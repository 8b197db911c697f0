//! The key that makes a repeated call one effect.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Names one logical operation, so that sending it twice does it once.
///
/// A key is 1 to 64 characters of `A-Z a-z 0-9 _ -`: with a suffix per endpoint it fits every
/// vendor's bound (Stripe 255, PayPal 108). Store the key beside your own record **before** the
/// first attempt, and use the same one until the operation has a definitive answer.
///
/// ```
/// use integrations_core::IdempotencyKey;
/// let key: IdempotencyKey = "order-1042-charge".parse()?;
/// assert_eq!(key.suffixed("capture").as_str(), "order-1042-charge-capture");
/// assert!("no spaces".parse::<IdempotencyKey>().is_err());
/// # Ok::<_, integrations_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The longest key, in characters.
    pub const MAX_LEN: usize = 64;

    /// The longest key with its suffix that is read back from where it was stored.
    const MAX_STORED: usize = 255;

    /// A key of the caller's choice.
    ///
    /// # Errors
    /// `InvalidInput` when it is empty, longer than 64 characters, or has other characters than
    /// `A-Z a-z 0-9 _ -`.
    pub fn new(key: impl Into<String>) -> Result<Self> {
        let key = key.into();
        let fits = (1..=Self::MAX_LEN).contains(&key.len());
        if fits && key.chars().all(is_plain) {
            Ok(Self(key))
        } else {
            Err(Error::invalid_input(format!(
                "an idempotency key is 1 to {} characters of A-Z a-z 0-9 _ -",
                Self::MAX_LEN
            )))
        }
    }

    /// A new random key (UUID version 4).
    #[must_use]
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of one step of the operation. It may be longer than [`Self::MAX_LEN`] by the
    /// suffix, which vendors' bounds allow for. Of the step, what a key cannot have becomes `_`.
    #[must_use]
    pub fn suffixed(&self, step: &str) -> Self {
        let plain = |c: char| if is_plain(c) { c } else { '_' };
        let step: String = step.chars().map(plain).collect();
        Self(format!("{}-{step}", self.0))
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for IdempotencyKey {
    type Err = Error;

    fn from_str(key: &str) -> Result<Self> {
        Self::new(key)
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = Error;

    /// Reads a stored key, which may have the suffix of a step.
    fn try_from(key: String) -> Result<Self> {
        let longest = Self::MAX_STORED;
        match (1..=longest).contains(&key.len()) && key.chars().all(is_plain) {
            true => Ok(Self(key)),
            false => Err(Error::invalid_input(format!(
                "a stored idempotency key is 1 to {longest} characters of A-Z a-z 0-9 _ -"
            ))),
        }
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> Self {
        key.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_step_is_read_back_as_it_was_stored() {
        let key = IdempotencyKey::new("k".repeat(IdempotencyKey::MAX_LEN)).unwrap();
        let step = key.suffixed("capture one");
        assert!(step.as_str().ends_with("-capture_one"));
        let stored = serde_json::to_string(&step).unwrap();
        assert_eq!(
            serde_json::from_str::<IdempotencyKey>(&stored).unwrap(),
            step
        );
        for bad in ["\"\"", "\"a b\"", &format!("\"{}\"", "k".repeat(256))] {
            assert!(
                serde_json::from_str::<IdempotencyKey>(bad).is_err(),
                "{bad}"
            );
        }
    }
}
