//! The list of a folder's records: which there are, and in which state each must be.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};

use super::envelope::{self, Kind, damaged};
use super::keys::SealingKeys;
use crate::credential::{Connection, ConnectionId};
use crate::error::{Error, Result};

/// Holds the version of a record against the one that its list names.
///
/// # Errors
/// `Untrusted` with the code `record_rolled_back` or `list_rolled_back`.
pub(super) fn check_version(id: &ConnectionId, listed: u64, found: u64) -> Result<()> {
    match found.cmp(&listed) {
        Ordering::Equal => Ok(()),
        Ordering::Less => Err(damaged(
            format!(
                "the record of {id} is an earlier one that was put back: {found}, not {listed}"
            ),
            "record_rolled_back",
        )),
        Ordering::Greater => Err(damaged(
            format!(
                "the list of records is an earlier one that was put back: it has {listed} for {id}, \
                 whose record is {found}"
            ),
            "list_rolled_back",
        )),
    }
}

/// A record that the list has and the store has not.
pub(super) fn record_missing(id: &ConnectionId) -> Error {
    damaged(
        format!("the record of {id} was removed from the store"),
        "record_missing",
    )
}

/// The list. Its version is the last one that was given to a record.
#[derive(Default)]
pub(super) struct Manifest {
    pub(super) version: u64,
    pub(super) records: BTreeMap<ConnectionId, u64>,
    /// The last write, whole: the list is written before the record's own file, and a process that
    /// is killed in between has written nevertheless.
    pub(super) last: Option<Last>,
}

pub(super) struct Last {
    pub(super) id: ConnectionId,
    /// The record as `Connection::export` wrote it; `None` when it was removed.
    pub(super) record: Option<SecretString>,
}

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    records: BTreeMap<ConnectionId, u64>,
    last_id: Option<ConnectionId>,
    /// Borrowed where it is written, so that no second copy is left in memory.
    last_record: Option<std::borrow::Cow<'a, str>>,
}

impl Manifest {
    pub(super) fn open(keys: &SealingKeys, sealed: &[u8]) -> Result<Self> {
        let opened = envelope::open(keys, Kind::Manifest, "", sealed)?;
        let stored: Stored<'_> = serde_json::from_slice(&opened.content).map_err(|_| {
            damaged(
                "the list of records is sealed, and not in our form".to_owned(),
                "record_form",
            )
        })?;
        let record = stored
            .last_record
            .map(|text| SecretString::from(text.into_owned()));
        Ok(Self {
            version: opened.head.version,
            records: stored.records,
            last: stored.last_id.map(|id| Last { id, record }),
        })
    }

    pub(super) fn seal(&self, keys: &SealingKeys) -> Result<Vec<u8>> {
        use secrecy::ExposeSecret;
        let last = self.last.as_ref();
        let record = last.and_then(|last| last.record.as_ref());
        let stored = Stored {
            records: self.records.clone(),
            last_id: last.map(|last| last.id.clone()),
            last_record: record.map(|text| text.expose_secret().into()),
        };
        // Maps of strings and numbers always serialise.
        let content = Zeroizing::new(serde_json::to_vec(&stored).unwrap_or_default());
        envelope::seal(keys, Kind::Manifest, "", self.version, &content)
    }

    /// Enters a write as the last one, and answers its version.
    pub(super) fn enter(&mut self, id: &ConnectionId, record: Option<&Connection>) -> u64 {
        self.version += 1;
        match record {
            Some(_) => self.records.insert(id.clone(), self.version),
            None => self.records.remove(id),
        };
        self.last = Some(Last {
            id: id.clone(),
            record: record.map(Connection::export),
        });
        self.version
    }
}
