//! Names of objects.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The name of an object: 1 to 1,024 bytes of UTF-8.
///
/// A slash has no meaning of its own; `a//b` and `a/` are keys. Refused, because one provider or
/// another would change or drop them silently: the empty key, control characters, and the segments
/// `.` and `..` (which URL libraries and Azure resolve, so that the bytes would land elsewhere).
/// Keys that a provider lists are never refused: see [`ObjectKey::from_provider`].
///
/// ```
/// use integrations_core::storage::ObjectKey;
/// assert!(ObjectKey::new("photos/été 2026/№1+.jpg").is_ok());
/// assert!(ObjectKey::new("").is_err());
/// assert!(ObjectKey::new("a/../b").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// The longest key, in bytes (S3, Azure and GCS agree on 1,024).
    pub const MAX_LEN: usize = 1024;

    /// A key of the caller's choice.
    ///
    /// # Errors
    /// `InvalidInput`, which names what is wrong with it.
    pub fn new(key: impl Into<String>) -> Result<Self> {
        let key = key.into();
        if key.is_empty() {
            return Err(Error::invalid_input("an object key must not be empty"));
        }
        if key.len() > Self::MAX_LEN {
            return Err(Error::invalid_input(format!(
                "the object key has {} bytes; the most is {}",
                key.len(),
                Self::MAX_LEN
            )));
        }
        if let Some(at) = key.find(char::is_control) {
            return Err(Error::invalid_input(format!(
                "the object key {:?} has a control character at byte {at}",
                key
            )));
        }
        if key
            .split('/')
            .any(|segment| segment == "." || segment == "..")
        {
            return Err(Error::invalid_input(format!(
                "the object key {key:?} has a `.` or `..` segment, which some providers resolve"
            )));
        }
        Ok(Self(key))
    }

    /// A key as a provider listed it, unchecked.
    pub fn from_provider(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for ObjectKey {
    type Err = Error;

    fn from_str(key: &str) -> Result<Self> {
        Self::new(key)
    }
}

impl AsRef<str> for ObjectKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_keys_are_keys() {
        for key in [
            "a",
            "a//b",
            "/a",
            "a/",
            "...",
            "a.b/..c",
            "hello world+ü&=.txt",
            "%41",
            "😀",
        ] {
            assert_eq!(ObjectKey::new(key).unwrap().as_str(), key);
        }
        assert!(ObjectKey::new("k".repeat(1024)).is_ok());
    }

    #[test]
    fn keys_that_would_be_changed_on_the_way_are_refused() {
        for key in [
            "",
            ".",
            "..",
            "a/..",
            "./a",
            "a/./b",
            "nul\0",
            "line\nfeed",
            "del\u{7f}",
        ] {
            let error = ObjectKey::new(key).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::InvalidInput, "{key:?}");
        }
        assert!(ObjectKey::new("k".repeat(1025)).is_err());
    }
}
