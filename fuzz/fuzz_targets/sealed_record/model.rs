//! The files of a folder, and what they are worth.
//!
//! What was written, one version after the other: `a`, `b` and `c`, then `a` and `b` anew, and at last
//! `c` was removed. So the list of now has no record in it, and the list of version 3 has that of `c`.

use std::sync::LazyLock;

use integrations_core::ExposeSecret;
use integrations_core::auth::TokenSet;
use integrations_core::credential::{Connection, ConnectionId};
use jiff::Timestamp;
use serde_json::json;

use super::HUSH;
use super::form::{FOREIGN, Folder, KEY, Kind, OLD, file_of, seal};

pub const NAMES: [&str; 3] = ["a", "b", "c"];

/// What was really sealed at one time or another.
pub struct Template {
    kind: Kind,
    name: &'static str,
    version: u64,
    /// Whether with a key that the store has.
    known: bool,
    pub sealed: Vec<u8>,
}

pub static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for key in [KEY, OLD, FOREIGN] {
        for version in [6, 3] {
            let text = list(version).to_string();
            all.push(template(key, Kind::Manifest, "", version, &text));
        }
        for (name, version) in [("a", 4), ("b", 5), ("c", 3), ("a", 1), ("b", 2)] {
            let text = connection(name, version).export();
            all.push(template(
                key,
                Kind::Record,
                name,
                version,
                text.expose_secret(),
            ));
        }
    }
    all
});

fn template(key: u8, kind: Kind, name: &'static str, version: u64, content: &str) -> Template {
    Template {
        kind,
        name,
        version,
        known: key != FOREIGN,
        sealed: seal(key, kind, name, version, content.as_bytes()),
    }
}

fn list(version: u64) -> serde_json::Value {
    let last = (version == 3).then(|| connection("c", 3).export().expose_secret().to_owned());
    let records: serde_json::Map<_, _> = records(version)
        .iter()
        .map(|(name, version)| ((*name).to_owned(), json!(version)))
        .collect();
    json!({"records": records, "last_id": "c", "last_record": last})
}

fn records(version: u64) -> &'static [(&'static str, u64)] {
    match version {
        3 => &[("a", 1), ("b", 2), ("c", 3)],
        _ => &[("a", 4), ("b", 5)],
    }
}

/// A connection as it was at a version.
pub fn connection(name: &str, version: u64) -> Connection {
    let tokens = TokenSet::new(format!("{HUSH}access-{name}{version}"))
        .with_refresh_token(format!("{HUSH}refresh-{name}{version}"));
    let id = ConnectionId::new(name).expect("an id");
    Connection::new(id, "zoom", tokens, Timestamp::UNIX_EPOCH)
}

/// What a store answers for a name.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    Nothing,
    /// As it is exported.
    Connection(String),
    Error,
}

#[derive(Clone)]
pub struct Files {
    pub list: Option<Vec<u8>>,
    /// Of [`NAMES`].
    pub records: [Option<Vec<u8>>; 3],
}

impl Files {
    /// As they are when nobody has changed them.
    pub fn now(templates: &[Template]) -> Self {
        let [list, _, a, b, ..] = templates else {
            panic!("there are more");
        };
        Self {
            list: Some(list.sealed.clone()),
            records: [Some(a.sealed.clone()), Some(b.sealed.clone()), None],
        }
    }

    pub fn write(&self, folder: &Folder) {
        if let Some(list) = &self.list {
            folder.write("records", list);
        }
        for (name, record) in NAMES.iter().zip(&self.records) {
            if let Some(record) = record {
                folder.write(&file_of(name), record);
            }
        }
    }

    /// The records that the list names, with their versions, where it can be believed.
    pub fn listed(&self) -> Result<&'static [(&'static str, u64)], ()> {
        match &self.list {
            None if self.records.iter().all(Option::is_none) => Ok(&[]),
            None => Err(()),
            Some(list) => match genuine(list) {
                Some(list) if list.kind == Kind::Manifest => Ok(records(list.version)),
                _ => Err(()),
            },
        }
    }

    pub fn expected(&self, name: &str) -> Found {
        let Ok(listed) = self.listed() else {
            return Found::Error;
        };
        let Some((_, version)) = listed.iter().find(|(listed, _)| *listed == name) else {
            return Found::Nothing;
        };
        let at = NAMES.iter().position(|other| *other == name);
        let file = at.and_then(|at| self.records[at].as_deref());
        let is_it = file.and_then(genuine).is_some_and(|record| {
            (record.kind, record.name, record.version) == (Kind::Record, name, *version)
        });
        // The last write is in the list as well.
        if is_it || name == "c" {
            Found::Connection(
                connection(name, *version)
                    .export()
                    .expose_secret()
                    .to_owned(),
            )
        } else {
            Found::Error
        }
    }
}

/// What bytes are: something that was sealed with a key of the store, to the last bit.
fn genuine(bytes: &[u8]) -> Option<&'static Template> {
    TEMPLATES
        .iter()
        .find(|template| template.known && template.sealed == bytes)
}
