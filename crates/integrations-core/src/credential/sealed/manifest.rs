//! The list of a folder's records: which there are, and in which state each must be.

use std::collections::BTreeMap;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};

use super::envelope::{self, Kind, damaged};
use super::keys::SealingKeys;
use crate::credential::{Connection, ConnectionId};
use crate::error::Result;

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
