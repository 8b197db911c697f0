//! Layers of configuration. The input is the text of a file and, each after a zero byte, what is set
//! elsewhere: `NAME=value` in the environment, `!field=value` at run time. A byte of 1 stands for a
//! text that is found wherever it is shown.

#![no_main]
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Debug;

use integrations_core::config::{Entry, Field, Layers, Origin, Problems, Settings};
use integrations_core::{Error, ExposeSecret};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Not to be seen where nobody put it into a name.
const HUSH: &str = "hu5h";
const FILE: &str = "a.toml";

const FIELDS: &[Field] = &[
    Field::text("client_id", "The client.")
        .env(&["ACME_ID", "ACME_CLIENT"])
        .required(),
    Field::secret("client_secret", "The secret.")
        .env(&["ACME_SECRET"])
        .required(),
    Field::secret("token", "Another one.").default("d3fault"),
    hidden(Field::list("passwords", "Many.").env(&["ACME_PASSWORDS"])),
    hidden(Field::integer("pin", "A number that nobody sees.")),
    hidden(Field::bool("known", "What nobody is to know.")),
    Field::integer("port", "The port.").default("80"),
    Field::bool("tls", "Whether to encrypt.").env(&["ACME_TLS"]),
    Field::list("scopes", "What to ask for.").default("mail, files"),
];

const fn hidden(mut field: Field) -> Field {
    field.secret = true;
    field
}

/// What the fields fit.
#[derive(Deserialize)]
#[allow(dead_code)] // They are read, and that is all.
struct Fitting {
    client_id: String,
    client_secret: String,
    token: String,
    passwords: Option<Vec<String>>,
    pin: Option<i64>,
    known: Option<bool>,
    port: i64,
    tls: Option<bool>,
    scopes: Vec<String>,
}

/// What they fit seldom or never.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Misfitting {
    client_id: Mode,
    client_secret: Quoting,
    token: Option<Nothing>,
    passwords: Option<[u8; 2]>,
    pin: Option<u8>,
    port: Option<std::num::NonZeroU8>,
    scopes: Option<(Mode, char)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Fast,
    Safe,
}

#[derive(Deserialize)]
enum Nothing {}

/// A type whose error says what it was given, as many do.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Quoting;

impl TryFrom<String> for Quoting {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "quoting" => Ok(Self),
            other => Err(format!("{other} is not what was expected")),
        }
    }
}

/// What is set, read apart from the layers.
struct Given {
    file: toml::Table,
    env: BTreeMap<String, String>,
    runtime: BTreeMap<String, String>,
}

fuzz_target!(|input: &[u8]| {
    let input = String::from_utf8_lossy(input).replace('\u{1}', HUSH);
    let mut parts = input.split('\0');
    let text = parts.next().unwrap_or_default();
    let (runtime, env): (Vec<_>, Vec<_>) = parts
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .partition(|(name, _)| name.starts_with('!'));
    let mut layers = Layers::new().with_env(env.clone());
    let mut given = Given {
        file: toml::Table::new(),
        // What is empty counts as not set.
        env: env
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect(),
        runtime: BTreeMap::new(),
    };
    for (name, value) in runtime {
        layers.set("acme", &name[1..], value.clone());
        given.runtime.insert(name[1..].to_owned(), value);
    }
    let parsed = text.parse::<toml::Table>();
    match (layers.clone().with_toml(FILE, text), parsed) {
        (Ok(with_file), Ok(file)) => {
            layers = with_file;
            given.file = file;
        }
        // Nothing of a text that is not understood is known to be no secret.
        (Err(error), Err(_)) => tells_nothing(&error),
        (Err(error), Ok(file)) => {
            if !file.keys().any(|key| key.contains(HUSH)) {
                tells_nothing(&error);
            }
        }
        (Ok(_), Err(error)) => panic!("this is not TOML: {error}"),
    }

    let names = given.names();
    let named = names.contains(HUSH);
    if !named {
        shows_nothing(&layers);
    }
    let known = BTreeMap::from([("acme", FIELDS)]);
    let entries = layers.entries(&known);
    for name in given.file.keys() {
        assert!(entries.iter().any(|entry| entry.name == *name));
    }
    let names = entries.into_iter().map(|Entry { name, .. }| name);
    for name in names.chain(["acme".to_owned()]) {
        match layers.resolve(&name, FIELDS) {
            Err(error) if named => drop(error),
            Err(error) => tells_nothing(&error),
            Ok(settings) => {
                given.has(&name, &settings);
                hides(&settings, named);
                reads::<Fitting>(&settings, named);
                reads::<Misfitting>(&settings, named);
            }
        }
    }
});

impl Given {
    /// Every name that is shown, and the names of providers.
    fn names(&self) -> String {
        fn keys(table: &toml::Table, all: &mut String) {
            for (key, value) in table {
                all.push_str(key);
                all.push('\n');
                if let Some(table) = value.as_table() {
                    keys(table, all);
                }
            }
        }
        let mut all = String::new();
        keys(&self.file, &mut all);
        let tables = self.file.values();
        all.extend(tables.filter_map(|table| table.get("provider")?.as_str()));
        for (name, value) in &self.env {
            all.push_str(name);
            if name.ends_with("__PROVIDER") {
                all.push_str(value);
            }
        }
        all.extend(self.runtime.keys().map(String::as_str));
        all.extend(self.runtime.get("provider").map(String::as_str));
        all
    }

    /// Every text is the one at the place that it is said to come from.
    fn has(&self, name: &str, settings: &Settings) {
        for field in FIELDS {
            let Some(text) = settings.text(field.name) else {
                continue;
            };
            let there = match settings.origin(field.name).expect("it has a value") {
                Origin::Default => field.default,
                Origin::Env(variable) => self.env.get(variable).map(String::as_str),
                Origin::Runtime => self.runtime.get(field.name).map(String::as_str),
                Origin::File(file) => {
                    assert_eq!(file, FILE);
                    self.file[name][field.name].as_str()
                }
                other => panic!("{other:?}"),
            };
            assert_eq!(Some(text), there, "{}", field.name);
            let secret = settings.secret(field.name).expect("it has a value");
            assert_eq!(secret.expose_secret(), text);
        }
    }
}

/// A secret is hidden in all that is for people.
fn hides(settings: &Settings, named: bool) {
    let mut visible = named;
    for (field, value) in settings.shown() {
        let Some((value, origin)) = value else {
            assert!(!field.required);
            continue;
        };
        assert_eq!(settings.origin(field.name), Some(origin));
        if field.secret {
            assert_eq!(value, "(hidden)");
        } else {
            visible |= value.contains(HUSH);
        }
    }
    if !visible {
        shows_nothing(settings);
    }
}

/// Reads the settings as a type; what does not fit is told without its value.
fn reads<C: DeserializeOwned>(settings: &Settings, named: bool) {
    if let Err(error) = settings.read::<C>()
        && !named
    {
        tells_nothing(&error);
    }
}

fn tells_nothing(error: &Error) {
    let problems = error.detail::<Problems>();
    shows_nothing(&(error, error.to_string(), error.advice(), problems));
}

fn shows_nothing(what: &impl Debug) {
    let shown = format!("{what:?}");
    assert!(!shown.contains(HUSH), "{shown}");
}
