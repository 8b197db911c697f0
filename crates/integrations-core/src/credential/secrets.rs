//! Secrets that an operator gives, by name.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;

/// Named secrets that do not renew themselves: an API key, a client secret, a password. `Debug`
/// shows the names alone.
///
/// ```
/// use integrations_core::credential::Secrets;
/// use integrations_core::ExposeSecret;
/// let secrets = Secrets::new().with("secret_key", "sk_test_1");
/// assert_eq!(secrets.get("secret_key").map(|key| key.expose_secret()), Some("sk_test_1"));
/// assert_eq!(format!("{secrets:?}"), r#"Secrets["secret_key"]"#);
/// ```
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, SecretString>);

impl Secrets {
    /// No secret.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a secret.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        self.0.insert(name.into(), secret.into());
        self
    }

    /// The secret of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &SecretString)> {
        self.0.iter()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")?;
        f.debug_list().entries(self.0.keys()).finish()
    }
}
