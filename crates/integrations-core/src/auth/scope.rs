//! Scopes: what a user lets the application do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// One scope: 1 or more printable ASCII characters without space, `"` and `\` (RFC 6749,
/// section 3.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(String);

impl Scope {
    /// A scope by its name.
    ///
    /// # Errors
    /// `InvalidInput` when it is empty or has a character that scopes cannot have.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let plain = name
            .bytes()
            .all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E));
        if plain && !name.is_empty() {
            Ok(Self(name))
        } else {
            Err(Error::invalid_input(format!(
                "{name:?} is not a scope: printable ASCII without space, quote and backslash"
            )))
        }
    }

    /// The scope as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Scope {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        Self::new(name)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0
    }
}

/// A set of scopes, in the order given, each once. Two sets are equal in any order.
///
/// ```
/// use integrations_core::auth::Scopes;
/// let scopes: Scopes = "openid email openid".parse()?;
/// assert_eq!(scopes.to_string(), "openid email");
/// assert!(scopes.contains("email"));
/// // GitHub answers scopes with commas between them.
/// assert_eq!(Scopes::parse_lenient("repo,gist").len(), 2);
/// # Ok::<_, integrations_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// No scope: the provider's default.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// `openid profile email`: what a sign-in needs.
    #[must_use]
    pub fn sign_in() -> Self {
        Self(
            ["openid", "profile", "email"]
                .map(|s| Scope(s.to_owned()))
                .into(),
        )
    }

    /// Scopes as providers answer them: separated by spaces or commas. What is no scope is left
    /// out, because an odd answer must not turn a success into an error.
    #[must_use]
    pub fn parse_lenient(text: &str) -> Self {
        text.split([' ', ','])
            .filter_map(|name| Scope::new(name).ok())
            .collect()
    }

    /// With one scope more.
    #[must_use]
    pub fn with(mut self, scope: Scope) -> Self {
        self.insert(scope);
        self
    }

    /// Adds a scope unless it is there.
    pub fn insert(&mut self, scope: Scope) {
        if !self.0.contains(&scope) {
            self.0.push(scope);
        }
    }

    /// Whether a scope is among them.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|scope| scope.as_str() == name)
    }

    /// Whether every scope of `other` is among them.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|scope| self.contains(scope.as_str()))
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl PartialEq for Scopes {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.covers(other)
    }
}

impl Eq for Scopes {}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl FromStr for Scopes {
    type Err = Error;

    /// Scopes separated by spaces (RFC 6749, section 3.3).
    fn from_str(text: &str) -> Result<Self> {
        text.split(' ')
            .filter(|name| !name.is_empty())
            .map(Scope::new)
            .collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::none(), Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_has_only_the_characters_of_rfc_6749() {
        for good in ["openid", "https://graph.example/User.Read", "a:b", "!#[]~"] {
            assert!(Scope::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a\"b", "a\\b", "é", "a\n"] {
            assert!(Scope::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn scopes_are_equal_in_any_order_and_hold_each_once() {
        let one: Scopes = "a b a".parse().unwrap();
        let two: Scopes = "b  a".parse().unwrap();
        assert_eq!(one, two);
        assert_eq!(one.len(), 2);
        assert_ne!(one, "a".parse().unwrap());
    }

    #[test]
    fn a_quote_in_a_list_of_scopes_is_refused_when_we_send_and_skipped_when_we_read() {
        assert!("a \"b".parse::<Scopes>().is_err());
        assert_eq!(Scopes::parse_lenient("a \"b"), "a".parse().unwrap());
    }
}
