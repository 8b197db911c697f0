//! The name of a connection.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The name of a connection: one account at one provider, for example `stripe` where an application
/// has one key, or `google_calendar:42` where it has a calendar for each of its users.
///
/// It has 1 to [`MAX_LEN`](Self::MAX_LEN) characters: ASCII letters, digits and `-_.:@+`. It is shown
/// in logs, errors and lists: name your own account in it, not a person.
///
/// ```
/// use integrations_core::credential::ConnectionId;
/// let id = ConnectionId::new("google_calendar:42")?;
/// assert_eq!(id.as_str(), "google_calendar:42");
/// assert!(ConnectionId::new("two words").is_err());
/// # Ok::<_, integrations_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectionId(String);

impl ConnectionId {
    /// The most characters that an id has.
    pub const MAX_LEN: usize = 128;

    /// An id.
    ///
    /// # Errors
    /// `InvalidInput` when it is empty, too long, or has a character that ids cannot have.
    pub fn new(id: impl Into<String>) -> Result<Self> {
        let id = id.into();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.:@+".contains(&b);
        if !id.is_empty() && id.len() <= Self::MAX_LEN && id.bytes().all(plain) {
            return Ok(Self(id));
        }
        let shown: String = id.chars().take(Self::MAX_LEN).collect();
        Err(Error::invalid_input(format!(
            "{shown:?} is not the id of a connection: 1 to {} ASCII letters, digits and -_.:@+",
            Self::MAX_LEN
        )))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ConnectionId {
    type Err = Error;

    fn from_str(id: &str) -> Result<Self> {
        Self::new(id)
    }
}

impl TryFrom<String> for ConnectionId {
    type Error = Error;

    fn try_from(id: String) -> Result<Self> {
        Self::new(id)
    }
}

impl From<ConnectionId> for String {
    fn from(id: ConnectionId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_only_characters_that_are_plain_everywhere() {
        for good in [
            "s",
            "google_calendar:42",
            "zoom:a.b+c@d-e",
            &"x".repeat(128),
        ] {
            assert!(ConnectionId::new(good).is_ok(), "{good}");
        }
        let long = "x".repeat(129);
        for bad in ["", "a b", "a/b", "..\\x", "a\n", "é", "a\0", &long] {
            assert!(ConnectionId::new(bad).is_err(), "{bad:?}");
        }
        assert!(serde_json::from_str::<ConnectionId>("\"a/b\"").is_err());
    }
}
