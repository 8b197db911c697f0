//! Where values come from, the later winning.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::value::{as_bool, check};
use super::{Field, FieldKind, Origin, Problem, ProblemKind, Problems, Settings};
use crate::error::{Error, ErrorKind, Result};

/// Keys of a table that are about the integration and not for its provider.
const RESERVED: [&str; 2] = ["provider", "enabled"];

/// The layers of a configuration. Nothing is read twice: the environment is taken when it is
/// given. `Debug` shows names, not values.
#[derive(Clone, Default)]
pub struct Layers {
    file: Option<(String, toml::Table)>,
    env: BTreeMap<String, String>,
    /// The long names in capitals, each with the variables that spell it.
    long: BTreeMap<String, Vec<String>>,
    runtime: BTreeMap<String, BTreeMap<String, String>>,
    /// Secrets from a store, by integration and field; or why they cannot be had.
    kept: BTreeMap<String, Result<BTreeMap<String, SecretString>, String>>,
}

/// An integration that the layers speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// The provider's name.
    pub provider: String,
    /// Whether it is switched on.
    pub enabled: bool,
}

impl Layers {
    /// No layer but the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the file layer from text; `name` is what messages call it.
    ///
    /// # Errors
    /// `Config` with the line and column when it is not TOML, or holds something else than tables.
    pub fn with_toml(mut self, name: impl Into<String>, text: &str) -> Result<Self> {
        let name = name.into();
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let place = error.span().map(|span| {
                let before = text.get(..span.start).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                let column = before
                    .rsplit('\n')
                    .next()
                    .unwrap_or_default()
                    .chars()
                    .count()
                    + 1;
                format!(" at line {line}, column {column}")
            });
            // The parser's own text may quote the line, and the line may hold a secret.
            Error::new(
                ErrorKind::Config,
                format!(
                    "{name} is not valid TOML{}: {}",
                    place.unwrap_or_default(),
                    error.message()
                ),
            )
        })?;
        let problems: Vec<Problem> = table
            .iter()
            .filter(|(_, value)| !value.is_table())
            .map(|(key, _)| {
                Problem::of_table(
                    key,
                    ProblemKind::Invalid,
                    format!("{name} holds one table for each integration; write `[{key}]`"),
                )
            })
            .collect();
        Problems(problems).into_result()?;
        self.file = Some((name, table));
        Ok(self)
    }

    /// Adds the file layer from a file.
    ///
    /// # Errors
    /// `Config` when it cannot be read, or as [`with_toml`](Self::with_toml).
    pub fn with_file(self, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::new(
                ErrorKind::Config,
                format!("{} cannot be read: {error}", path.display()),
            )
            .with_source(error)
        })?;
        self.with_toml(path.display().to_string(), &text)
    }

    /// Adds the environment, usually `std::env::vars()`, which panics where a variable is not
    /// Unicode: where that can be, read `vars_os` and leave those out. An empty variable counts as
    /// not set. The long names are read in capitals and in small letters; one setting in two spellings
    /// is a problem that [`resolve`](Self::resolve) tells.
    #[must_use]
    pub fn with_env<K, V>(mut self, vars: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: Into<String>,
    {
        let vars = vars
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        self.env = vars
            .filter(|(_, value): &(String, String)| !value.is_empty())
            .collect();
        self.long.clear();
        for variable in self.env.keys() {
            let spelled = in_variable(variable);
            if long_name(&spelled).is_some() {
                let variables = self.long.entry(spelled).or_default();
                variables.push(variable.clone());
            }
        }
        self
    }

    /// Adds the secrets of an integration that a store of credentials keeps, by field. They win over
    /// the file, and the environment over them.
    #[must_use]
    pub fn with_kept(
        mut self,
        integration: impl Into<String>,
        secrets: impl IntoIterator<Item = (String, SecretString)>,
    ) -> Self {
        let secrets = secrets.into_iter().collect();
        self.kept.insert(integration.into(), Ok(secrets));
        self
    }

    /// Says that the store keeps secrets of an integration and why they cannot be had: that is a
    /// problem of this integration and of no other.
    #[must_use]
    pub fn with_kept_problem(
        mut self,
        integration: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        self.kept.insert(integration.into(), Err(why.into()));
        self
    }

    /// Sets a value at run time; it wins over every other layer.
    pub fn set(&mut self, integration: &str, field: &str, value: impl Into<String>) {
        let fields = self.runtime.entry(integration.to_owned()).or_default();
        fields.insert(field.to_owned(), value.into());
    }

    /// The integrations that these layers speak of, by name: tables of the file, integrations set
    /// by the long environment names or at run time, those of which a store keeps secrets, and those `known` providers of which the
    /// environment sets at least one required field by its own name. `known` gives a provider's
    /// fields.
    #[must_use]
    pub fn entries(&self, known: &BTreeMap<&str, &'static [Field]>) -> Vec<Entry> {
        let mut names: BTreeMap<String, ()> = BTreeMap::new();
        if let Some((_, table)) = &self.file {
            names.extend(table.keys().map(|name| (name.clone(), ())));
        }
        names.extend(self.runtime.keys().map(|name| (name.clone(), ())));
        let kept = self.kept.iter().filter(|(_, secrets)| secrets.is_ok());
        names.extend(kept.map(|(name, _)| (name.clone(), ())));
        for variable in self.long.keys() {
            if let Some((name, _)) = long_name(variable) {
                // A table may be spelled in a way that no variable can: `my-store`, `Mine`.
                let table = names.keys().find(|table| in_variable(table) == name);
                let name = table.cloned().unwrap_or_else(|| name.to_ascii_lowercase());
                names.insert(name, ());
            }
        }
        for (provider, fields) in known {
            let required = fields.iter().filter(|field| field.required);
            if required
                .flat_map(|field| field.env)
                .any(|name| self.env.contains_key(*name))
            {
                names.insert((*provider).to_owned(), ());
            }
        }
        names
            .into_keys()
            .map(|name| Entry {
                provider: self
                    .reserved(&name, "provider")
                    .unwrap_or_else(|| name.clone()),
                // What is no yes or no is a problem that `resolve` tells; until then it is on.
                enabled: self
                    .reserved(&name, "enabled")
                    .is_none_or(|value| as_bool(&value) != Some(false)),
                name,
            })
            .collect()
    }

    /// The values of one integration for a provider's fields.
    ///
    /// # Errors
    /// One `Config` error that names every missing, wrong and unknown field, where it was looked
    /// for and what to set.
    pub fn resolve(&self, name: &str, fields: &'static [Field]) -> Result<Settings> {
        let mut problems = Vec::new();
        let mut values = BTreeMap::new();
        let provider = self
            .reserved(name, "provider")
            .unwrap_or_else(|| name.to_owned());
        let own_names = provider == name;
        for field in fields {
            match self.find(name, field, own_names) {
                Some((value, origin)) => match check(field, value) {
                    Ok(value) => {
                        values.insert(field.name, (value, origin));
                    }
                    Err((kind, why)) => {
                        let message = format!("{why} (from {origin})");
                        problems.push(Problem::new(name, field.name, kind, message));
                    }
                },
                None if field.required => {
                    problems.push(Problem::new(
                        name,
                        field.name,
                        ProblemKind::Missing,
                        format!("missing; set {}", self.places(name, field, own_names)),
                    ));
                }
                None => {}
            }
        }
        for (given, origin) in self.given(name) {
            if !RESERVED.contains(&given.as_str()) && !fields.iter().any(|f| f.name == given) {
                let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
                problems.push(Problem::new(
                    name,
                    given,
                    ProblemKind::Unknown,
                    format!(
                        "not a field of {provider} (from {origin}); it has {}",
                        names.join(", ")
                    ),
                ));
            }
        }
        for (field, variables) in self.long_of(name) {
            if let Some(text) = spelled_twice(variables) {
                problems.push(Problem::new(name, field, ProblemKind::Invalid, text));
            }
        }
        if let Some(Err(why)) = self.kept.get(name) {
            let text = format!("its secrets in the sealed store cannot be had: {why}");
            problems.push(Problem::of_table(name, ProblemKind::Invalid, text));
        }
        if let Some(enabled) = self.reserved(name, "enabled")
            && as_bool(&enabled).is_none()
        {
            let text = format!("must be {}", FieldKind::Bool.describe());
            problems.push(Problem::new(name, "enabled", ProblemKind::Invalid, text));
        }
        Problems(problems).into_result()?;
        Ok(Settings {
            name: name.to_owned(),
            fields,
            values,
        })
    }

    /// Every field of an integration, and whether it is set and from where; values are not told.
    /// Also of one that is not complete, or is not configured at all: for an overview.
    #[must_use]
    pub fn survey(&self, name: &str, fields: &'static [Field]) -> Vec<Surveyed> {
        let provider = self.reserved(name, "provider");
        let own = provider.is_none_or(|provider| provider == name);
        let looked = fields.iter().map(|field| {
            let variables = self.spellings(&long_variable(name, field.name));
            let twice = spelled_twice(variables);
            let found = match self.find(name, field, own) {
                Some((_, origin)) if let Some(why) = twice => Found::Wrong(origin, why),
                Some((value, origin)) => match check(field, value) {
                    Ok(_) => Found::Set(origin),
                    Err((_, why)) => Found::Wrong(origin, why),
                },
                None if field.required => Found::Missing(self.places(name, field, own)),
                None => Found::Unset,
            };
            Surveyed { field, found }
        });
        looked.collect()
    }

    fn find(&self, name: &str, field: &Field, own: bool) -> Option<(toml::Value, Origin)> {
        let text = |value: &str| toml::Value::String(value.to_owned());
        if let Some(value) = self
            .runtime
            .get(name)
            .and_then(|fields| fields.get(field.name))
        {
            return Some((text(value), Origin::Runtime));
        }
        let long = self.spellings(&long_variable(name, field.name)).first();
        let names: &[&str] = if own { field.env } else { &[] };
        for variable in long.map(String::as_str).iter().chain(names) {
            if let Some(value) = self.env.get(*variable) {
                return Some((text(value), Origin::Env((*variable).to_owned())));
            }
        }
        if let Some(Ok(secrets)) = self.kept.get(name)
            && let Some(secret) = secrets.get(field.name)
        {
            return Some((text(secret.expose_secret()), Origin::Store));
        }
        if let Some((path, table)) = &self.file
            && let Some(value) = table.get(name).and_then(|table| table.get(field.name))
        {
            return Some((value.clone(), Origin::File(path.clone())));
        }
        field.default.map(|value| (text(value), Origin::Default))
    }

    /// What is set for an integration, in all layers but the defaults.
    fn given(&self, name: &str) -> Vec<(String, Origin)> {
        let mut given = Vec::new();
        if let Some((path, table)) = &self.file
            && let Some(table) = table.get(name).and_then(toml::Value::as_table)
        {
            given.extend(
                table
                    .keys()
                    .map(|key| (key.clone(), Origin::File(path.clone()))),
            );
        }
        for (field, variables) in self.long_of(name) {
            let origins = variables.iter().cloned().map(Origin::Env);
            given.extend(origins.map(|origin| (field.clone(), origin)));
        }
        if let Some(Ok(secrets)) = self.kept.get(name) {
            given.extend(secrets.keys().map(|key| (key.clone(), Origin::Store)));
        }
        if let Some(fields) = self.runtime.get(name) {
            given.extend(fields.keys().map(|key| (key.clone(), Origin::Runtime)));
        }
        given
    }

    /// The variables that spell a long name.
    fn spellings(&self, long: &str) -> &[String] {
        self.long.get(long).map_or(&[], Vec::as_slice)
    }

    /// The fields of an integration that long names set, each with the variables that do.
    fn long_of(&self, name: &str) -> impl Iterator<Item = (String, &[String])> {
        let name = in_variable(name);
        self.long.iter().filter_map(move |(long, variables)| {
            let (of, field) = long_name(long)?;
            (of == name).then_some((field, variables.as_slice()))
        })
    }

    fn reserved(&self, name: &str, key: &str) -> Option<String> {
        if let Some(value) = self.runtime.get(name).and_then(|fields| fields.get(key)) {
            return Some(value.clone());
        }
        let long = self.spellings(&long_variable(name, key)).first();
        if let Some(value) = long.and_then(|variable| self.env.get(variable)) {
            return Some(value.clone());
        }
        let (_, table) = self.file.as_ref()?;
        match table.get(name)?.get(key)? {
            toml::Value::String(text) => Some(text.clone()),
            // A provider's name is shown; what is in a table of that name may be a secret.
            other @ (toml::Value::Table(_) | toml::Value::Array(_)) => {
                Some(format!("({})", other.type_str()))
            }
            other => Some(other.to_string()),
        }
    }

    fn places(&self, name: &str, field: &Field, own: bool) -> String {
        let mut places: Vec<String> = Vec::new();
        if own {
            places.extend(field.env.iter().map(|name| format!("${name}")));
        }
        places.push(format!("${}", long_variable(name, field.name)));
        let path = self
            .file
            .as_ref()
            .map_or("integrations.toml", |(path, _)| path.as_str());
        format!(
            "{} or `{}` under [{name}] in {path}",
            places.join(" or "),
            field.name
        )
    }
}

/// A field, as [`Layers::survey`] found it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Surveyed {
    /// The field.
    pub field: &'static Field,
    /// What was found.
    pub found: Found,
}

/// What there is of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// A value that fits.
    Set(Origin),
    /// A value that does not, and why, without the value.
    Wrong(Origin, String),
    /// Nothing, and it is required: where it is looked for.
    Missing(String),
    /// Nothing, and it need not be there.
    Unset,
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.file.iter().flat_map(|(_, table)| table.keys());
        f.debug_struct("Layers")
            .field("file", &self.file.as_ref().map(|(path, _)| path))
            .field("tables", &tables.collect::<Vec<_>>())
            .field("runtime", &self.runtime.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

fn long_variable(name: &str, field: &str) -> String {
    format!(
        "INTEGRATIONS__{}__{}",
        in_variable(name),
        in_variable(field)
    )
}

/// A name as a variable spells it.
fn in_variable(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

/// The integration, in capitals, and the field that a long name in capitals is of.
fn long_name(variable: &str) -> Option<(String, String)> {
    let (name, field) = variable.strip_prefix("INTEGRATIONS__")?.split_once("__")?;
    (!name.is_empty() && !field.is_empty()).then(|| (name.to_owned(), field.to_ascii_lowercase()))
}

/// What is wrong where several variables spell one setting.
fn spelled_twice(variables: &[String]) -> Option<String> {
    let [_, _, ..] = variables else { return None };
    let names: Vec<String> = variables.iter().map(|name| format!("${name}")).collect();
    Some(format!(
        "{} are one setting, which is set more than once; keep one of them",
        names.join(" and ")
    ))
}

#[cfg(test)]
mod tests;
