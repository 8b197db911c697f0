//! The list of a database's records in parts, so that a write seals one part anew and not the list.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::credential::ConnectionId;
use crate::credential::sealed::envelope::{self, Kind, damaged};
use crate::credential::sealed::keys::SealingKeys;
use crate::error::Result;

/// How many parts a list has. A write seals the head, some 2 KiB, and one part, some 40 bytes for
/// each of its connections: with 10,000 of them both are about as large.
const PARTS: usize = 256;

/// The number of the head, where the database keeps it among the parts.
pub(super) const HEAD: i64 = 0;

/// The part that an id is listed in, from 1 to [`PARTS`]: a digest spreads ids that differ at their
/// end alone.
pub(super) fn part_of(id: &ConnectionId) -> i64 {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, id.as_str().as_bytes());
    // A digest of SHA-256 has 32 bytes.
    1 + i64::from(digest.as_ref().first().copied().unwrap_or_default())
}

/// In which state each part must be. Its own version is the last one that was given to anything.
pub(super) struct Head {
    pub(super) version: u64,
    /// By part; 0 for one that was never written.
    parts: Vec<u64>,
}

/// The records of one part, and in which state each must be.
#[derive(Default)]
pub(super) struct Part {
    version: u64,
    pub(super) records: BTreeMap<ConnectionId, u64>,
}

#[derive(Serialize, Deserialize)]
struct StoredHead {
    parts: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
struct StoredPart {
    records: BTreeMap<ConnectionId, u64>,
}

impl Head {
    /// Of a list without records, after the version `last` was given.
    pub(super) fn new(last: u64) -> Self {
        Self {
            version: last,
            parts: vec![0; PARTS],
        }
    }

    pub(super) fn open(keys: &SealingKeys, sealed: Option<&[u8]>) -> Result<Self> {
        let Some(sealed) = sealed else {
            return Err(missing("the list of records was removed from the database"));
        };
        let opened = envelope::open(keys, Kind::Manifest, &name(HEAD), sealed)?;
        let stored: Option<StoredHead> = serde_json::from_slice(&opened.content).ok();
        match stored.filter(|stored| stored.parts.len() == PARTS) {
            Some(StoredHead { parts }) => Ok(Self {
                version: opened.head.version,
                parts,
            }),
            None => Err(no_form()),
        }
    }

    pub(super) fn seal(&self, keys: &SealingKeys) -> Result<Vec<u8>> {
        let stored = StoredHead {
            parts: self.parts.clone(),
        };
        // A list of numbers always serialises.
        let content = serde_json::to_vec(&stored).unwrap_or_default();
        envelope::seal(keys, Kind::Manifest, &name(HEAD), self.version, &content)
    }

    /// The part of this number, which must be in the state that the head names.
    pub(super) fn part(
        &self,
        keys: &SealingKeys,
        number: i64,
        sealed: Option<&[u8]>,
    ) -> Result<Part> {
        let part = match sealed {
            Some(sealed) => Part::open(keys, number, sealed)?,
            None => Part::default(),
        };
        let listed = *self.slot(number).ok_or_else(no_form)?;
        match part.version {
            found if found == listed => Ok(part),
            0 => Err(missing(
                "a part of the list of records was removed from the database",
            )),
            found => Err(damaged(
                format!(
                    "the list of records is not of one time: something of it is an earlier one that \
                     was put back, part {number} is {found} and the head has {listed}"
                ),
                "list_rolled_back",
            )),
        }
    }

    /// The numbers of all parts.
    pub(super) fn numbers() -> impl Iterator<Item = i64> {
        (1..).take(PARTS)
    }

    fn slot(&self, number: i64) -> Option<&u64> {
        let index = usize::try_from(number - 1).ok()?;
        self.parts.get(index)
    }

    /// Enters a write, and answers its version.
    pub(super) fn enter(&mut self, part: &mut Part, id: &ConnectionId, there: bool) -> u64 {
        self.version += 1;
        match there {
            true => part.records.insert(id.clone(), self.version),
            false => part.records.remove(id),
        };
        self.name_version(part_of(id), part, self.version);
        self.version
    }

    /// Takes the records of a database that had no list, in the states that they are in.
    pub(super) fn adopt(&mut self, records: BTreeMap<ConnectionId, u64>) -> BTreeMap<i64, Part> {
        let mut parts: BTreeMap<i64, Part> = BTreeMap::new();
        for (id, version) in records {
            self.version = self.version.max(version);
            let part = parts.entry(part_of(&id)).or_default();
            part.records.insert(id, version);
        }
        self.version += 1;
        for (number, part) in &mut parts {
            self.name_version(*number, part, self.version);
        }
        parts
    }

    fn name_version(&mut self, number: i64, part: &mut Part, version: u64) {
        part.version = version;
        let index = usize::try_from(number - 1).ok();
        if let Some(slot) = index.and_then(|index| self.parts.get_mut(index)) {
            *slot = version;
        }
    }
}

impl Part {
    fn open(keys: &SealingKeys, number: i64, sealed: &[u8]) -> Result<Self> {
        let opened = envelope::open(keys, Kind::Manifest, &name(number), sealed)?;
        let stored: Option<StoredPart> = serde_json::from_slice(&opened.content).ok();
        let StoredPart { records } = stored.ok_or_else(no_form)?;
        Ok(Self {
            version: opened.head.version,
            records,
        })
    }

    pub(super) fn seal(&self, keys: &SealingKeys, number: i64) -> Result<Vec<u8>> {
        let stored = StoredPart {
            records: self.records.clone(),
        };
        // A map of strings to numbers always serialises.
        let content = serde_json::to_vec(&stored).unwrap_or_default();
        envelope::seal(keys, Kind::Manifest, &name(number), self.version, &content)
    }
}

/// What is sealed with a part, so that none stands for another. The list of a folder has no name.
pub(super) fn name(number: i64) -> String {
    match number {
        HEAD => "head".to_owned(),
        number => format!("part {number}"),
    }
}

fn missing(what: &str) -> crate::Error {
    damaged(what.to_owned(), "list_missing")
}

fn no_form() -> crate::Error {
    damaged(
        "the list of records is sealed, and not in our form".to_owned(),
        "record_form",
    )
}
