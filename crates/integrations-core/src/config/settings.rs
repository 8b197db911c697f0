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
    /// A sealed store of credentials.
    Store,
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
            Self::Store => f.write_str("the sealed store"),
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

    /// All values as a provider's configuration type, but for those of the
    #[cfg_attr(feature = "guard", doc = " [guard](Self::guard).")]
    #[cfg_attr(not(feature = "guard"), doc = " guard.")]
    ///
    /// # Errors
    /// `Config` when they do not fit the type, naming every field that does not. The message has no
    /// values in it: one may be secret, or a secret in the wrong place.
    pub fn read<C: DeserializeOwned>(&self) -> Result<C> {
        let own = |name: &str| !self.fields.iter().any(|f| f.of_guard && f.name == name);
        let mut table: toml::Table = self
            .values
            .iter()
            .filter(|(name, _)| own(name))
            .map(|(name, (value, _))| ((*name).to_owned(), value.clone()))
            .collect();
        let mut problems = Vec::new();
        loop {
            let error = match table.clone().try_into::<C>() {
                Ok(config) if problems.is_empty() => return Ok(config),
                Ok(_) => break,
                Err(error) => error,
            };
            let Some(field) = culprit::<C>(&table, error.message()) else {
                // What is left over when a required field was taken out is no problem of its own.
                if problems.is_empty() {
                    let why = "the values do not fit together";
                    problems.push(Problem::of_table(&self.name, ProblemKind::Invalid, why));
                }
                break;
            };
            let origin = self.origin(&field).map(ToString::to_string);
            let text = format!(
                "must be {} (from {})",
                expected(error.message()),
                origin.as_deref().unwrap_or("nowhere")
            );
            table.remove(&field);
            problems.push(Problem::new(&self.name, field, ProblemKind::Invalid, text));
        }
        match Problems(problems).into_result() {
            Err(error) => Err(error),
            Ok(()) => Err(crate::Error::internal("a problem was lost")),
        }
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

/// The field that an error is about: the one without which it would not be this error.
fn culprit<C: DeserializeOwned>(table: &toml::Table, message: &str) -> Option<String> {
    let is_cured = |field: &&String| {
        let mut less = table.clone();
        less.remove(*field);
        match less.try_into::<C>() {
            Ok(_) => true,
            Err(error) => error.message() != message,
        }
    };
    table.keys().find(is_cured).cloned()
}

/// What the parser wanted. Serde's messages quote the value before they say so; all others may quote
/// it anywhere, and so do its own where nothing is wanted.
fn expected(message: &str) -> &str {
    const WANTING: [&str; 5] = [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown variant `",
        "unknown field `",
    ];
    const NOTHING: [&str; 2] = [", there are no variants", ", there are no fields"];
    let wants = WANTING.iter().any(|start| message.starts_with(start))
        && !NOTHING.iter().any(|end| message.ends_with(end));
    match message.rsplit_once(", expected ") {
        Some((_, wanted)) if wants => wanted,
        _ => "another value",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        Fast,
        Safe,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Config {
        mode: Mode,
        parts: u8,
        name: Option<String>,
    }

    const FIELDS: &[Field] = &[
        Field::text("mode", "How.").required(),
        Field::integer("parts", "How many.").required(),
        Field::text("name", "Whose."),
    ];

    fn read(text: &str) -> Result<Config> {
        let layers = crate::config::Layers::new().with_toml("a.toml", text)?;
        layers.resolve("x", FIELDS)?.read()
    }

    #[test]
    fn every_field_that_does_not_fit_is_named_and_no_value_is_repeated() {
        let error = read("[x]\nmode = 'wJalr, expected canary'\nparts = -70\nname = 'n'");
        let error = error.unwrap_err();
        let text = format!("{error} {error:?}");
        for part in ["x.mode", "`fast` or `safe`", "x.parts", "a.toml"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        for value in ["wJalr", "canary", "-70", "x.name"] {
            assert!(!text.contains(value), "{value}: {text}");
        }
    }

    #[test]
    fn a_type_whose_own_error_quotes_the_value_does_not_have_it_repeated() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(try_from = "String")]
        struct Quoting;

        impl TryFrom<String> for Quoting {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                Err(format!("{text} is not what was expected"))
            }
        }

        #[derive(Debug, serde::Deserialize)]
        enum Nothing {}

        #[derive(Debug, serde::Deserialize)]
        #[allow(dead_code)] // It is never made.
        struct Config {
            mode: Quoting,
            name: Nothing,
        }

        let text = "[x]\nmode = 'a, expected hush'\nparts = 1\nname = 'b, expected canary'";
        let layers = crate::config::Layers::new().with_toml("a.toml", text);
        let settings = layers.unwrap().resolve("x", FIELDS).unwrap();
        let error = settings.read::<Config>().unwrap_err();
        for part in ["x.mode: must be another value", "x.name"] {
            assert!(error.message().contains(part), "{error}");
        }
        for value in ["hush", "canary"] {
            assert!(!format!("{error} {error:?}").contains(value), "{error}");
        }
    }

    #[test]
    fn values_that_fit_are_read() {
        let config = read("[x]\nmode = 'safe'\nparts = 7").unwrap();
        assert!(matches!(config.mode, Mode::Safe | Mode::Fast));
        assert_eq!((config.parts, config.name), (7, None));
    }
}
