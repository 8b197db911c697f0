//! Connections in an SQLite database, each a sealed row.

mod list;
mod parts;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

use self::list::{Listed, kind_of};
use self::parts::part_of;
use super::envelope;
use super::file_store::Resealed;
use super::folder;
use super::keys::SealingKeys;
use super::manifest::{check_version, record_missing};
use crate::credential::memory::page_of;
use crate::credential::{Connection, ConnectionId, CredentialStore, Swap, Version, Versioned};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::page::{Page, PageRequest};

/// Connections in an SQLite database, each a row that is sealed like a file of a
/// [`SealedFileStore`](super::SealedFileStore). Many processes of one machine can use it at a time,
/// and it may hold some hundred thousand connections. Clones are the same store.
///
/// - The file is for its owner alone (`0600` on Unix); a wider mode is refused.
/// - The database is in WAL mode. A write changes the row and the list of rows in one transaction,
///   which is on the disk before the call returns: both at once or not at all, whatever is killed
///   when.
/// - A row is believed only in exactly the state that the list names: an older one that somebody put
///   back is an error, and so is one that is missing.
/// - A write waits up to 20 seconds for those of others, and then fails.
///
/// The list is in 256 sealed parts, with a sealed head that names the state of each. A load opens the
/// head and one part, and a write seals them anew: with 10,000 connections 4 KiB, where a folder's
/// list has 400. A page of [`list`](CredentialStore::list) opens all parts, and has 10,000 ids unless
/// its limit says otherwise.
///
/// A database that was written before there was a list is given one when it is opened first: its rows
/// are taken to be in the state that they are in, and all of them are sealed anew at once, for which
/// the keys of all of them are needed. From then on it is not read by what wrote it.
#[derive(Clone)]
pub struct SealedSqliteStore {
    path: PathBuf,
    keys: SealingKeys,
    pool: SqlitePool,
}

/// How many ids a page has when nobody says: each page opens the whole list, so there are few.
const PAGE: usize = 10_000;
/// How long a write waits for others.
const PATIENCE: Duration = Duration::from_secs(20);

impl SealedSqliteStore {
    /// A store in a database, which is made when it is not there.
    ///
    /// # Errors
    /// `PermissionDenied` when others may use the file; `Config` when none of the keys is that of its
    /// list; `Untrusted` when the list is damaged, altered, or removed; `Unavailable` when the file
    /// cannot be opened, or is another database.
    pub async fn open(path: impl AsRef<Path>, keys: SealingKeys) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        // SQLite takes an empty file for a new database, and gives the files beside it this mode.
        match folder::write_new_private(&path, &[]) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => folder::check_private_file(&path)?,
        }
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            // Normal would lose the last writes with the power.
            .synchronous(SqliteSynchronous::Full)
            // What is deleted is written over.
            .pragma("secure_delete", "ON")
            .busy_timeout(PATIENCE);
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await
            .map_err(|error| failed(&path, error))?;
        let store = Self { path, keys, pool };
        let mut write = store.write().await?;
        store.begin_list(&mut write).await?;
        store.commit(write).await?;
        Ok(store)
    }

    /// Seals everything with the first key that is not yet, one row at a time, while others go on.
    /// Killed at any point it has lost nothing, and goes on where it was when it is called again.
    /// Old keys are needed until it has answered without failures.
    ///
    /// # Errors
    /// When the database or its list cannot be used. What is wrong with one record is in the answer.
    pub async fn reseal(&self) -> Result<Resealed> {
        let mut done = Resealed::default();
        for id in self.listed_ids().await? {
            match self.reseal_one(&id).await {
                Ok(true) => done.resealed += 1,
                Ok(false) => done.already += 1,
                Err(error) => done.failed.push((id, error)),
            }
        }
        self.reseal_list().await?;
        Ok(done)
    }

    /// Opens every record, and answers those that cannot be, with the reason.
    ///
    /// # Errors
    /// When the database or its list cannot be used.
    pub async fn verify(&self) -> Result<Vec<(ConnectionId, Error)>> {
        let mut wrong = Vec::new();
        for id in self.listed_ids().await? {
            if let Err(error) = self.load(&id).await {
                wrong.push((id, error));
            }
        }
        Ok(wrong)
    }

    /// Lets go of the database. Other clones cannot use it any more.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn reseal_one(&self, id: &ConnectionId) -> Result<bool> {
        let mut write = self.write().await?;
        let Listed { part, record, .. } = self.listed(&mut write, id).await?;
        let Some(&version) = part.records.get(id) else {
            // Removed meanwhile.
            return Ok(false);
        };
        let sealed = record.ok_or_else(|| record_missing(id))?;
        let connection = self.opened(id, version, &sealed)?;
        let first = self.keys.sealing()?.id();
        if envelope::head(&sealed, kind_of(&sealed)).is_some_and(|head| head.key == first) {
            return Ok(false);
        }
        // The same state: who holds its version goes on.
        let sealed = self.sealed(&connection, version)?;
        self.put_record(&mut write, id, sealed).await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// Begins to write: the lock is taken at once, so that nothing read before is stale.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>> {
        self.ok(self.pool.begin_with("BEGIN IMMEDIATE").await)
    }

    async fn commit(&self, write: Transaction<'static, Sqlite>) -> Result<()> {
        self.ok(write.commit().await)
            .map_err(|error| error.with_effect(Effect::Unknown))
    }

    /// Writes or removes a record that is in the state `expected`.
    async fn change(
        &self,
        id: &ConnectionId,
        expected: Option<Version>,
        record: Option<&Connection>,
    ) -> Result<Swap> {
        // What was done is rolled back where the transaction is dropped.
        let mut write = self.write().await?;
        let listed = self.listed(&mut write, id).await?;
        let (mut head, mut part) = (listed.head, listed.part);
        if part.records.get(id).copied() != expected.map(Version::get) {
            return Ok(Swap::Stale);
        }
        let version = head.enter(&mut part, id, record.is_some());
        match record {
            Some(connection) => {
                let sealed = self.sealed(connection, version)?;
                self.put_record(&mut write, id, sealed).await?;
            }
            None => {
                let query = sqlx::query("DELETE FROM connections WHERE id = ?").bind(id.as_str());
                self.ok(query.execute(&mut *write).await)?;
            }
        }
        let parts = BTreeMap::from([(part_of(id), part)]);
        self.enlist(&mut write, &head, &parts).await?;
        self.commit(write).await?;
        Ok(Swap::Stored(Version::new(version)))
    }

    /// The connection in a row, which must be in the state `version`.
    fn opened(&self, id: &ConnectionId, version: u64, sealed: &[u8]) -> Result<Connection> {
        let opened = envelope::open(&self.keys, kind_of(sealed), id.as_str(), sealed)?;
        check_version(id, version, opened.head.version)?;
        Connection::import(std::str::from_utf8(&opened.content).unwrap_or_default())
    }

    fn ok<T>(&self, result: std::result::Result<T, sqlx::Error>) -> Result<T> {
        result.map_err(|error| failed(&self.path, error))
    }
}

/// SQLite counts with a sign. Ours begin at 1 and never come near the end.
fn number(version: i64) -> u64 {
    u64::try_from(version).unwrap_or_default()
}

#[async_trait]
impl CredentialStore for SealedSqliteStore {
    async fn load(&self, id: &ConnectionId) -> Result<Option<Versioned<Connection>>> {
        let mut database = self.ok(self.pool.acquire().await)?;
        let Listed { part, record, .. } = self.listed(&mut database, id).await?;
        let Some(&version) = part.records.get(id) else {
            return Ok(None);
        };
        let sealed = record.ok_or_else(|| record_missing(id))?;
        let connection = self.opened(id, version, &sealed)?;
        Ok(Some(Versioned::new(Version::new(version), connection)))
    }

    async fn compare_and_swap(&self, expected: Option<Version>, new: &Connection) -> Result<Swap> {
        self.change(&new.id, expected, Some(new)).await
    }

    async fn delete(&self, id: &ConnectionId, expected: Version) -> Result<bool> {
        let swap = self.change(id, Some(expected), None).await?;
        Ok(matches!(swap, Swap::Stored(_)))
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<ConnectionId>> {
        let ids = self.listed_ids().await?;
        let after = page.cursor.as_ref().map(|cursor| cursor.as_str());
        Ok(page_of(ids.into_iter(), after, page, PAGE))
    }
}

fn failed(path: &Path, error: sqlx::Error) -> Error {
    // SQLITE_FULL, https://sqlite.org/rescode.html
    let full = error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| code == "13");
    let (kind, what) = match full {
        true => (ErrorKind::QuotaExceeded, "is full"),
        false => (ErrorKind::Unavailable, "cannot be used"),
    };
    // SQLite's messages name tables and files, not values.
    Error::new(kind, format!("{} {what}: {error}", path.display()))
        .with_effect(Effect::NotApplied)
        .with_source(error)
}

impl fmt::Debug for SealedSqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedSqliteStore")
            .field("path", &self.path)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
