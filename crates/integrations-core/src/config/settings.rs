//! The values of one integration, each with where it came from.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use serde::de::DeserializeOwned;

use super::{Field, Problem, ProblemKind, Problems};
use crate::error::Result;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The provider's default.
    Default,
    /// A file.
    File(String),
    /// An environment variable.
    Env(String),
    /// Set by the application while it runs.
    Runtime,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => f.write_str(path),
            Self::Env(name) => write!(f, "${name}"),
            Self::Runtime => f.write_str("set at run time"),
        }
    }
}

/// The values of one integration. `Debug` and [`shown`](Self::shown) hide secrets.
#[derive(Clone)]
pub struct Settings {
    pub(super) name: String,
    pub(super) fields: &'static [Field],
    pub(super) values: BTreeMap<&'static str, (toml::Value, Origin)>,
}

impl Settings {
    /// The integration's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A text value.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        self.values.get(field).and_then(|(value, _)| value.as_str())
    }

    /// A secret value.
    #[must_use]
    pub fn secret(&self, field: &str) -> Option<SecretString> {
        self.text(field).map(SecretString::from)
    }

    /// Where a value came from.
    #[must_use]
    pub fn origin(&self, field: &str) -> Option<&Origin> {
        self.values.get(field).map(|(_, origin)| origin)
    }

    /// All values as a provider's configuration type.
    ///
    /// # Errors
    /// `Config` when they do not fit the type. The message has no values in it: one may be secret.
    pub fn read<C: DeserializeOwned>(&self) -> Result<C> {
        let table: toml::Table = self
            .values
            .iter()
            .map(|(name, (value, _))| ((*name).to_owned(), value.clone()))
            .collect();
        table.try_into().map_err(|error: toml::de::Error| {
            // The message of the parser may quote a value; its first words name the field.
            let secret = self
                .fields
                .iter()
                .any(|f| f.secret && self.values.contains_key(f.name));
            let why = if secret {
                "the values do not fit together"
            } else {
                error.message()
            };
            let problem = Problem::of_table(&self.name, ProblemKind::Invalid, why);
            match Problems(vec![problem]).into_result() {
                Err(error) => error,
                Ok(()) => crate::Error::internal("a problem was lost"),
            }
        })
    }

    /// Each field with its value for people, secrets hidden, and where it came from. Fields that
    /// nobody set have no value.
    pub fn shown(&self) -> impl Iterator<Item = (&'static Field, Option<(String, &Origin)>)> {
        self.fields.iter().map(|field| {
            let value = self.values.get(field.name).map(|(value, origin)| {
                let shown = match value {
                    _ if field.secret => "(hidden)".to_owned(),
                    toml::Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                (shown, origin)
            });
            (field, value)
        })
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: BTreeMap<_, _> = self
            .shown()
            .filter_map(|(field, value)| Some((field.name, value?.0)))
            .collect();
        f.debug_struct("Settings")
            .field("name", &self.name)
            .field("fields", &fields)
            .finish()
    }
}
