//! Connections in an SQLite database, each a sealed row.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::ExposeSecret;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

use super::envelope::{self, Kind, damaged};
use super::file_store::Resealed;
use super::folder;
use super::keys::SealingKeys;
use crate::Cursor;
use crate::credential::memory::PAGE;
use crate::credential::{Connection, ConnectionId, CredentialStore, Swap, Version, Versioned};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::page::{Page, PageRequest};

/// Connections in an SQLite database, each a row that is sealed like a file of a
/// [`SealedFileStore`](super::SealedFileStore). Many processes of one machine can use it at a time,
/// and it may hold as many connections as the disk. Clones are the same store.
///
/// The database is in WAL mode, and a write is on the disk before the call returns. The file is for
/// its owner alone (`0600` on Unix); a wider mode is refused. That somebody put back an earlier row
/// of a connection is **not** found out here: a folder does.
#[derive(Clone)]
pub struct SealedSqliteStore {
    path: PathBuf,
    keys: SealingKeys,
    pool: SqlitePool,
}

/// How long a write waits for others.
const PATIENCE: Duration = Duration::from_secs(20);

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS connections (
        id TEXT NOT NULL PRIMARY KEY,
        version INTEGER NOT NULL,
        record BLOB NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS versions (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        last INTEGER NOT NULL
    ) STRICT;
    INSERT OR IGNORE INTO versions (one, last) VALUES (1, 0);
";

impl SealedSqliteStore {
    /// A store in a database, which is made when it is not there.
    ///
    /// # Errors
    /// `PermissionDenied` when others may use the file; `Unavailable` when it cannot be opened, or
    /// is another database.
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
        store.ok(sqlx::raw_sql(TABLES).execute(&mut *write).await)?;
        store.commit(write).await?;
        Ok(store)
    }

    /// Seals everything with the first key that is not yet, one row at a time, while others go on.
    /// Killed at any point it has lost nothing, and goes on where it was when it is called again.
    /// Old keys are needed until it has answered without failures.
    ///
    /// # Errors
    /// When the database cannot be used. What is wrong with one record is in the answer.
    pub async fn reseal(&self) -> Result<Resealed> {
        let mut done = Resealed::default();
        for id in (self as &dyn CredentialStore).ids().await? {
            match self.reseal_one(&id).await {
                Ok(true) => done.resealed += 1,
                Ok(false) => done.already += 1,
                Err(error) => done.failed.push((id, error)),
            }
        }
        Ok(done)
    }

    /// Opens every record, and answers those that cannot be, with the reason.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn verify(&self) -> Result<Vec<(ConnectionId, Error)>> {
        let mut wrong = Vec::new();
        for id in (self as &dyn CredentialStore).ids().await? {
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
        let Some((version, sealed)) = self.row(&mut write, id).await? else {
            return Ok(false);
        };
        let first = self.keys.sealing()?.id();
        let connection = self.opened(id, version, &sealed)?;
        if envelope::head(&sealed, Kind::Record).is_some_and(|head| head.key == first) {
            return Ok(false);
        }
        let sealed = self.sealed(&connection, version)?;
        let query = sqlx::query("UPDATE connections SET record = ? WHERE id = ? AND version = ?")
            .bind(sealed)
            .bind(id.as_str())
            .bind(version);
        self.ok(query.execute(&mut *write).await)?;
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

    async fn row(
        &self,
        database: &mut SqliteConnection,
        id: &ConnectionId,
    ) -> Result<Option<(i64, Vec<u8>)>> {
        let query = sqlx::query_as("SELECT version, record FROM connections WHERE id = ?")
            .bind(id.as_str());
        self.ok(query.fetch_optional(database).await)
    }

    fn sealed(&self, connection: &Connection, version: i64) -> Result<Vec<u8>> {
        let text = connection.export();
        let text = text.expose_secret().as_bytes();
        let id = connection.id.as_str();
        envelope::seal(&self.keys, Kind::Record, id, number(version), text)
    }

    fn opened(&self, id: &ConnectionId, version: i64, sealed: &[u8]) -> Result<Connection> {
        let opened = envelope::open(&self.keys, Kind::Record, id.as_str(), sealed)?;
        let found = opened.head.version;
        if found != number(version) {
            return Err(damaged(
                format!("the row of {id} is {version}, and its record {found}"),
                "record_rolled_back",
            ));
        }
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

fn signed(version: Version) -> i64 {
    i64::try_from(version.get()).unwrap_or(i64::MAX)
}

#[async_trait]
impl CredentialStore for SealedSqliteStore {
    async fn load(&self, id: &ConnectionId) -> Result<Option<Versioned<Connection>>> {
        let mut database = self.ok(self.pool.acquire().await)?;
        let Some((version, sealed)) = self.row(&mut database, id).await? else {
            return Ok(None);
        };
        let connection = self.opened(id, version, &sealed)?;
        let version = Version::new(number(version));
        Ok(Some(Versioned::new(version, connection)))
    }

    async fn compare_and_swap(&self, expected: Option<Version>, new: &Connection) -> Result<Swap> {
        let mut write = self.write().await?;
        let query = sqlx::query_scalar("UPDATE versions SET last = last + 1 RETURNING last");
        let version: i64 = self.ok(query.fetch_one(&mut *write).await)?;
        let sealed = self.sealed(new, version)?;
        let id = new.id.as_str();
        let query = match expected {
            Some(expected) => sqlx::query(
                "UPDATE connections SET version = ?, record = ? WHERE id = ? AND version = ?",
            )
            .bind(version)
            .bind(sealed)
            .bind(id)
            .bind(signed(expected)),
            None => sqlx::query(
                "INSERT INTO connections (version, record, id) VALUES (?, ?, ?) \
                 ON CONFLICT (id) DO NOTHING",
            )
            .bind(version)
            .bind(sealed)
            .bind(id),
        };
        let done = self.ok(query.execute(&mut *write).await)?;
        if done.rows_affected() == 0 {
            // Rolled back as it is dropped.
            return Ok(Swap::Stale);
        }
        self.commit(write).await?;
        Ok(Swap::Stored(Version::new(number(version))))
    }

    async fn delete(&self, id: &ConnectionId, expected: Version) -> Result<bool> {
        let mut write = self.write().await?;
        let query = sqlx::query("DELETE FROM connections WHERE id = ? AND version = ?")
            .bind(id.as_str())
            .bind(signed(expected));
        let done = self.ok(query.execute(&mut *write).await)?;
        self.commit(write).await?;
        Ok(done.rows_affected() > 0)
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<ConnectionId>> {
        let limit = page.limit.map_or(PAGE, |limit| limit.get() as usize);
        let after = page.cursor.as_ref().map_or("", Cursor::as_str);
        // One more than the page has, to know whether there is another page.
        let query =
            sqlx::query_scalar("SELECT id FROM connections WHERE id > ? ORDER BY id LIMIT ?")
                .bind(after)
                .bind(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1));
        let mut ids: Vec<String> = self.ok(query.fetch_all(&self.pool).await)?;
        let more = ids.len() > limit;
        ids.truncate(limit);
        let next = ids.last().filter(|_| more).map(Cursor::new);
        let ids = ids.into_iter().map(|id| {
            ConnectionId::new(id).map_err(|_| {
                damaged(
                    "the database has a row whose name is not the id of a connection".to_owned(),
                    "record_form",
                )
            })
        });
        Ok(Page {
            items: ids.collect::<Result<_>>()?,
            next,
        })
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
