//! Connections in a folder, each a sealed file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::ExposeSecret;

use super::envelope::{self, Kind, damaged};
use super::folder::{self, Locked};
use super::keys::SealingKeys;
use super::manifest::{Manifest, check_version, record_missing};
use crate::credential::memory::{PAGE, page_of};
use crate::credential::{Connection, ConnectionId, CredentialStore, Swap, Version, Versioned};
use crate::error::{Error, Result};
use crate::page::{Page, PageRequest};

/// The list of records.
const LIST: &str = "records";
/// How the names of records' files end.
const RECORD: &str = ".rec";

/// Connections in a folder, each a sealed file of its own, and one sealed list of them all. Many
/// processes of one machine can use it at a time. Clones are the same store.
///
/// - The folder and its files are for their owner alone (`0700` and `0600` on Unix); a wider mode is
///   refused.
/// - A write replaces the list, which has the new record in it, and then the record's own file: both
///   at once or not at all, on the disk before the call returns, whatever is killed when.
/// - A record is believed only in exactly the state that the list names: an older one that somebody
///   put back is an error, and so is one that is missing.
/// - Who writes holds a lock on the folder. It ends with its process; a process that is stopped while
///   it holds it keeps others waiting for 20 seconds, and then they fail.
///
/// Every write writes the list anew, some 40 bytes for each connection: for more than ten thousand
/// a database is the better store. The folder must be on a local disk: locks of network file systems
/// are not to be relied on.
#[derive(Clone)]
pub struct SealedFileStore {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    keys: SealingKeys,
}

/// What came of sealing everything with the first key.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Resealed {
    /// How many records were sealed anew.
    pub resealed: usize,
    /// How many were sealed with the first key already.
    pub already: usize,
    /// Those that could not be opened, and why. They are as they were.
    pub failed: Vec<(ConnectionId, Error)>,
}

impl SealedFileStore {
    /// A store in a folder, which is made when it is not there.
    ///
    /// # Errors
    /// `PermissionDenied` when others may use the folder; `Config` when none of the keys is that of
    /// its list; `Untrusted` when the list is damaged, altered, or removed.
    pub async fn open(folder: impl AsRef<Path>, keys: SealingKeys) -> Result<Self> {
        let inner = Arc::new(Inner {
            folder: folder.as_ref().to_path_buf(),
            keys,
        });
        let store = Self { inner };
        store
            .off_thread(|inner| {
                folder::make_private(&inner.folder)?;
                let lock = Locked::exclusive(&inner.folder)?;
                lock.sweep()?;
                let list = inner.list()?;
                inner.settle(&lock, &list)
            })
            .await?;
        Ok(store)
    }

    /// Seals everything with the first key that is not yet. It takes the lock for one record at a
    /// time, so that others go on meanwhile; killed at any point it has lost nothing, and goes on
    /// where it was when it is called again. Old keys are needed until it has answered without
    /// failures.
    ///
    /// # Errors
    /// When the folder cannot be used. What is wrong with one record is in the answer.
    pub async fn reseal(&self) -> Result<Resealed> {
        let ids = self.off_thread(|inner| inner.ids()).await?;
        let mut done = Resealed::default();
        for id in ids {
            let of = id.clone();
            match self.off_thread(move |inner| inner.reseal(&of)).await {
                Ok(true) => done.resealed += 1,
                Ok(false) => done.already += 1,
                Err(error) => done.failed.push((id, error)),
            }
        }
        self.off_thread(|inner| inner.reseal_list()).await?;
        Ok(done)
    }

    /// Opens every record, and answers those that cannot be, with the reason.
    ///
    /// # Errors
    /// When the list of records cannot be opened.
    pub async fn verify(&self) -> Result<Vec<(ConnectionId, Error)>> {
        let ids = self.off_thread(|inner| inner.ids()).await?;
        let mut wrong = Vec::new();
        for id in ids {
            if let Err(error) = self.load(&id).await {
                wrong.push((id, error));
            }
        }
        Ok(wrong)
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || work(&inner))
            .await
            .map_err(|_| Error::internal("the file task was cancelled or panicked"))?
    }
}

impl Inner {
    /// The list. The lock has to be held.
    fn list(&self) -> Result<Manifest> {
        if let Some(sealed) = folder::read_if_there(&self.folder.join(LIST))? {
            return Manifest::open(&self.keys, &sealed);
        }
        let fail = |error| folder::io_error(&self.folder, error);
        for entry in std::fs::read_dir(&self.folder).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            if name.to_str().is_some_and(|name| name.ends_with(RECORD)) {
                return Err(damaged(
                    format!("{} has records and no list of them", self.folder.display()),
                    "list_missing",
                ));
            }
        }
        Ok(Manifest::default())
    }

    fn ids(&self) -> Result<Vec<ConnectionId>> {
        let _lock = Locked::shared(&self.folder)?;
        Ok(self.list()?.records.into_keys().collect())
    }

    fn load(&self, id: &ConnectionId) -> Result<Option<Versioned<Connection>>> {
        let _lock = Locked::shared(&self.folder)?;
        let list = self.list()?;
        let Some(&version) = list.records.get(id) else {
            return Ok(None);
        };
        let last = list.last.filter(|last| last.id == *id);
        let connection = match last.and_then(|last| last.record) {
            Some(record) => Connection::import(record.expose_secret())?,
            None => self.record(id, version)?,
        };
        Ok(Some(Versioned::new(Version::new(version), connection)))
    }

    /// The record in its own file, which must be in the state `version`.
    fn record(&self, id: &ConnectionId, version: u64) -> Result<Connection> {
        let Some(sealed) = folder::read_if_there(&self.folder.join(file_of(id)))? else {
            return Err(record_missing(id));
        };
        let opened = envelope::open(&self.keys, Kind::Record, id.as_str(), &sealed)?;
        check_version(id, version, opened.head.version)?;
        let text = std::str::from_utf8(&opened.content).unwrap_or_default();
        Connection::import(text)
    }

    /// Brings the last write into its own file, where that was cut off.
    fn settle(&self, lock: &Locked, list: &Manifest) -> Result<()> {
        let Some(last) = &list.last else {
            return Ok(());
        };
        match (&last.record, list.records.get(&last.id)) {
            (Some(record), Some(&version)) => {
                if self.record(&last.id, version).is_ok() {
                    return Ok(());
                }
                let text = record.expose_secret().as_bytes();
                let id = last.id.as_str();
                let sealed = envelope::seal(&self.keys, Kind::Record, id, version, text)?;
                lock.replace(&file_of(&last.id), &sealed)
            }
            _ => lock.remove(&file_of(&last.id)),
        }
    }

    /// Writes or removes a record that is in the state `expected`.
    fn write(
        &self,
        id: &ConnectionId,
        expected: Option<Version>,
        record: Option<&Connection>,
    ) -> Result<Swap> {
        let lock = Locked::exclusive(&self.folder)?;
        let mut list = self.list()?;
        if list.records.get(id).copied() != expected.map(Version::get) {
            return Ok(Swap::Stale);
        }
        // Before the list forgets it.
        self.settle(&lock, &list)?;
        let version = list.enter(id, record);
        // From here on it is written.
        lock.replace(LIST, &list.seal(&self.keys)?)?;
        if let Err(error) = self.settle(&lock, &list) {
            tracing::warn!(
                target: "integrations::credential",
                connection = %id,
                %error,
                "the write is in the list of records, and not yet in the record's file"
            );
        }
        Ok(Swap::Stored(Version::new(version)))
    }

    /// Seals a record with the first key; `false` when it is.
    fn reseal(&self, id: &ConnectionId) -> Result<bool> {
        let lock = Locked::exclusive(&self.folder)?;
        let list = self.list()?;
        self.settle(&lock, &list)?;
        let Some(&version) = list.records.get(id) else {
            // Removed meanwhile.
            return Ok(false);
        };
        let path = self.folder.join(file_of(id));
        let connection = self.record(id, version)?;
        let sealed = folder::read_private(&path)?;
        let first = self.keys.sealing()?.id();
        if envelope::head(&sealed, Kind::Record).is_some_and(|head| head.key == first) {
            return Ok(false);
        }
        let text = connection.export();
        let text = text.expose_secret().as_bytes();
        // The same state: who holds its version goes on.
        let sealed = envelope::seal(&self.keys, Kind::Record, id.as_str(), version, text)?;
        lock.replace(&file_of(id), &sealed)?;
        Ok(true)
    }

    fn reseal_list(&self) -> Result<()> {
        let lock = Locked::exclusive(&self.folder)?;
        let Some(sealed) = folder::read_if_there(&self.folder.join(LIST))? else {
            return Ok(());
        };
        let first = self.keys.sealing()?.id();
        if envelope::head(&sealed, Kind::Manifest).is_some_and(|head| head.key == first) {
            return Ok(());
        }
        let list = Manifest::open(&self.keys, &sealed)?;
        lock.replace(LIST, &list.seal(&self.keys)?)
    }
}

/// The name of a record's file: a digest, because ids that differ in case alone are one name on some
/// file systems.
pub(super) fn file_of(id: &ConnectionId) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, id.as_str().as_bytes());
    let mut name: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    name.push_str(RECORD);
    name
}

#[async_trait]
impl CredentialStore for SealedFileStore {
    async fn load(&self, id: &ConnectionId) -> Result<Option<Versioned<Connection>>> {
        let id = id.clone();
        self.off_thread(move |inner| inner.load(&id)).await
    }

    async fn compare_and_swap(&self, expected: Option<Version>, new: &Connection) -> Result<Swap> {
        let new = new.clone();
        self.off_thread(move |inner| inner.write(&new.id, expected, Some(&new)))
            .await
    }

    async fn delete(&self, id: &ConnectionId, expected: Version) -> Result<bool> {
        let id = id.clone();
        let swap = self
            .off_thread(move |inner| inner.write(&id, Some(expected), None))
            .await?;
        Ok(matches!(swap, Swap::Stored(_)))
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<ConnectionId>> {
        let ids = self.off_thread(|inner| inner.ids()).await?;
        let after = page.cursor.as_ref().map(|cursor| cursor.as_str());
        Ok(page_of(ids.into_iter(), after, page, PAGE))
    }
}

impl fmt::Debug for SealedFileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedFileStore")
            .field("folder", &self.inner.folder)
            .field("keys", &self.inner.keys)
            .finish()
    }
}
