//! A copy in an SQLite database.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{SqliteConnection, query, query_as, query_scalar, raw_sql};

use super::store::{MirrorState, MirrorStore, Place, Reach, Revised, Revision, Source, Step};
use crate::calendar::groups::Change;
use crate::calendar::model::{Event, EventId, EventKind};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::time::TimeRange;

/// How long a call waits for others that use the database.
const PATIENCE: Duration = Duration::from_secs(20);

/// What `PRAGMA user_version` says of a database with these tables.
const VERSION: i64 = 1;

/// Spans are in seconds. A row without an event is of one that is gone.
const TABLES: &str = "
    CREATE TABLE events (
        id TEXT PRIMARY KEY,
        series TEXT,
        earliest INTEGER NOT NULL,
        latest INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        noted INTEGER,
        revision INTEGER NOT NULL,
        event BLOB
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX events_revision ON events (revision);
    CREATE INDEX events_series ON events (series) WHERE series IS NOT NULL;
    CREATE INDEX events_span ON events (latest, earliest) WHERE event IS NOT NULL;
    CREATE INDEX events_noted ON events (noted) WHERE noted IS NOT NULL;
    CREATE INDEX events_generation ON events (generation) WHERE event IS NOT NULL;
    CREATE TABLE state (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        revision INTEGER NOT NULL,
        forgotten INTEGER NOT NULL,
        place BLOB NOT NULL
    );
    PRAGMA user_version = 1;
";

/// A copy in an SQLite database, one file for each calendar. Memory does not grow with it: a hundred
/// thousand events are some hundred megabytes on the disk and none in memory.
///
/// - On Unix the file is for its owner alone (`0600`). It is not encrypted: it has everything that
///   the calendar has.
/// - A step is one transaction, in WAL mode, and on the disk before the call returns: both the
///   events and the place, whatever is killed when.
/// - Others may read it at the same time, also from other processes; one mirror writes to it.
#[derive(Clone)]
pub struct SqliteMirror {
    path: PathBuf,
    pool: SqlitePool,
}

impl SqliteMirror {
    /// A copy in a file, which is made when it is not there.
    ///
    /// # Errors
    /// `Unavailable` when the file cannot be opened; `Config` when it is another database.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        make_private(&path)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            // Normal would lose the last steps with the power.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE);
        let pool = SqlitePoolOptions::new()
            .max_connections(2)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await
            .map_err(|error| failed(&path, error))?;
        let store = Self { path, pool };
        store.begin().await?;
        Ok(store)
    }

    /// Lets go of the database. Other clones cannot use it any more.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn begin(&self) -> Result<()> {
        let mut write = self.ok(self.pool.begin_with("BEGIN IMMEDIATE").await)?;
        let version = query_scalar("PRAGMA user_version").fetch_one(&mut *write);
        let version: i64 = self.ok(version.await)?;
        let tables = query_scalar("SELECT count(*) FROM sqlite_master").fetch_one(&mut *write);
        let tables: i64 = self.ok(tables.await)?;
        match (version, tables) {
            (0, 0) => {
                self.ok(raw_sql(TABLES).execute(&mut *write).await)?;
                self.ok(write.commit().await)
            }
            (VERSION, _) => Ok(()),
            _ => Err(Error::new(
                ErrorKind::Config,
                format!(
                    "{} is a database of something else, or of a later version of this",
                    self.path.display()
                ),
            )),
        }
    }

    fn ok<T>(&self, result: std::result::Result<T, sqlx::Error>) -> Result<T> {
        result.map_err(|error| failed(&self.path, error))
    }

    fn event(&self, bytes: &[u8]) -> Result<Event> {
        serde_json::from_slice(bytes).map_err(|error| self.damaged(&error))
    }

    fn events(&self, rows: Vec<(Vec<u8>,)>) -> Result<Vec<Event>> {
        rows.iter().map(|(bytes,)| self.event(bytes)).collect()
    }

    fn damaged(&self, error: &serde_json::Error) -> Error {
        let path = self.path.display();
        let text = format!(
            "{path} has a row that cannot be read ({:?})",
            error.classify()
        );
        Error::new(ErrorKind::Decode, text)
            .with_effect(Effect::NotApplied)
            .with_advice("delete the file: everything is read again")
    }

    async fn put(&self, write: &mut SqliteConnection, event: &Event, at: &mut At) -> Result<()> {
        let json = serde_json::to_vec(event)
            .map_err(|_| Error::internal("an event has no form in JSON"))?;
        let same = query("UPDATE events SET generation = ?, noted = ? WHERE id = ? AND event = ?")
            .bind(at.generation)
            .bind(at.noted)
            .bind(event.id.as_str())
            .bind(&json)
            .execute(&mut *write);
        if self.ok(same.await)?.rows_affected() > 0 {
            return Ok(());
        }
        at.revision += 1;
        let reach = Reach::of(event);
        let series = match &event.kind {
            EventKind::Occurrence { series, .. } => Some(series.as_str()),
            _ => None,
        };
        let put = query(
            "INSERT OR REPLACE INTO events \
             (id, series, earliest, latest, generation, noted, revision, event) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(event.id.as_str())
        .bind(series)
        .bind(reach.from.as_second())
        .bind(reach.to.as_second())
        .bind(at.generation)
        .bind(at.noted)
        .bind(at.revision)
        .bind(json)
        .execute(write);
        self.ok(put.await).map(drop)
    }

    async fn take(&self, write: &mut SqliteConnection, id: &str, at: &mut At) -> Result<()> {
        let take = query(
            "UPDATE events SET event = NULL, series = NULL, noted = NULL, revision = ? \
             WHERE id = ? AND event IS NOT NULL",
        )
        .bind(at.revision + 1)
        .bind(id)
        .execute(write);
        if self.ok(take.await)?.rows_affected() > 0 {
            at.revision += 1;
        }
        Ok(())
    }

    /// Takes what a run did not meet.
    async fn sweep(&self, write: &mut SqliteConnection, all: bool, at: &mut At) -> Result<()> {
        let old = query_scalar(
            "SELECT id FROM events WHERE event IS NOT NULL \
             AND (noted < ? OR (? AND generation <> ?)) ORDER BY id",
        )
        .bind(at.runs)
        .bind(all)
        .bind(at.generation)
        .fetch_all(&mut *write);
        let old: Vec<String> = self.ok(old.await)?;
        for id in old {
            self.take(write, &id, at).await?;
        }
        Ok(())
    }
}

/// Where a step is.
struct At {
    generation: i64,
    runs: i64,
    noted: Option<i64>,
    revision: i64,
}

/// Numbers that are written by [`number`] alone, and so are not below zero.
fn revision(stored: i64) -> Revision {
    Revision::new(u64::try_from(stored).unwrap_or_default())
}

fn number(given: u64) -> i64 {
    i64::try_from(given).unwrap_or(i64::MAX)
}

fn most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn second(instant: Timestamp, up: bool) -> i64 {
    instant.as_second().saturating_add(i64::from(up))
}

#[async_trait]
impl MirrorStore for SqliteMirror {
    async fn state(&self) -> Result<MirrorState> {
        let row =
            query_as("SELECT revision, forgotten, place FROM state").fetch_optional(&self.pool);
        let row: Option<(i64, i64, Vec<u8>)> = self.ok(row.await)?;
        let Some((last, forgotten, place)) = row else {
            return Ok(MirrorState::default());
        };
        Ok(MirrorState {
            place: serde_json::from_slice(&place).map_err(|error| self.damaged(&error))?,
            revision: revision(last),
            forgotten: revision(forgotten),
        })
    }

    async fn apply(&self, step: Step) -> Result<()> {
        // What was done is rolled back where the transaction is dropped.
        let mut write = self.ok(self.pool.begin_with("BEGIN IMMEDIATE").await)?;
        let last = query_scalar("SELECT revision FROM state").fetch_optional(&mut *write);
        let last: Option<i64> = self.ok(last.await)?;
        let runs = number(step.place.runs);
        let mut at = At {
            generation: number(step.place.generation),
            runs,
            noted: (step.from == Source::Answer).then_some(runs),
            revision: last.unwrap_or(0),
        };
        for change in &step.changes {
            match change {
                Change::Upserted(event) => self.put(&mut write, event, &mut at).await?,
                Change::Deleted(id) => self.take(&mut write, id.as_str(), &mut at).await?,
            }
        }
        if step.from.ends_run() {
            let all = step.from == Source::LastPageOfAll;
            self.sweep(&mut write, all, &mut at).await?;
        }
        self.put_place(&mut write, &step.place, at.revision).await?;
        self.ok(write.commit().await)
    }

    async fn get(&self, id: &EventId) -> Result<Option<Event>> {
        let row = query_scalar("SELECT event FROM events WHERE id = ? AND event IS NOT NULL")
            .bind(id.as_str())
            .fetch_optional(&self.pool);
        let row: Option<Vec<u8>> = self.ok(row.await)?;
        row.map(|bytes| self.event(&bytes)).transpose()
    }

    async fn list(&self, after: Option<&EventId>, limit: usize) -> Result<Vec<Event>> {
        let rows = query_as(
            "SELECT event FROM events WHERE event IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
        )
        // Ids are not empty.
        .bind(after.map_or("", EventId::as_str))
        .bind(most(limit))
        .fetch_all(&self.pool);
        self.events(self.ok(rows.await)?)
    }

    async fn changes(&self, after: Revision, limit: usize) -> Result<Vec<Revised>> {
        let rows = query_as(
            "SELECT id, revision, event FROM events WHERE revision > ? ORDER BY revision LIMIT ?",
        )
        .bind(number(after.get()))
        .bind(most(limit))
        .fetch_all(&self.pool);
        let rows: Vec<(String, i64, Option<Vec<u8>>)> = self.ok(rows.await)?;
        let changes = rows.into_iter().map(|(id, number, event)| {
            let change = match event {
                Some(bytes) => Change::Upserted(Box::new(self.event(&bytes)?)),
                None => Change::Deleted(EventId::new(id)),
            };
            Ok(Revised {
                revision: revision(number),
                change,
            })
        });
        changes.collect()
    }

    async fn near(&self, span: TimeRange) -> Result<Vec<Event>> {
        let rows = query_as(
            "SELECT event FROM events \
             WHERE event IS NOT NULL AND latest >= ? AND earliest < ?",
        )
        .bind(second(span.start, false))
        .bind(second(span.end, true))
        .fetch_all(&self.pool);
        self.events(self.ok(rows.await)?)
    }

    async fn occurrences(&self, series: &EventId) -> Result<Vec<Event>> {
        let rows = query_as("SELECT event FROM events WHERE series = ? AND event IS NOT NULL")
            .bind(series.as_str())
            .fetch_all(&self.pool);
        self.events(self.ok(rows.await)?)
    }

    async fn forget(&self, through: Revision) -> Result<()> {
        let mut write = self.ok(self.pool.begin_with("BEGIN IMMEDIATE").await)?;
        let last = query_scalar("SELECT revision FROM state").fetch_optional(&mut *write);
        let last: Option<i64> = self.ok(last.await)?;
        let through = number(through.get()).min(last.unwrap_or(0));
        let gone = query("DELETE FROM events WHERE event IS NULL AND revision <= ?")
            .bind(through)
            .execute(&mut *write);
        self.ok(gone.await)?;
        let kept = query("UPDATE state SET forgotten = max(forgotten, ?)")
            .bind(through)
            .execute(&mut *write);
        self.ok(kept.await)?;
        self.ok(write.commit().await)
    }
}

impl SqliteMirror {
    async fn put_place(
        &self,
        write: &mut SqliteConnection,
        place: &Place,
        last: i64,
    ) -> Result<()> {
        let place = serde_json::to_vec(place)
            .map_err(|_| Error::internal("the place of a mirror has no form in JSON"))?;
        let put = query(
            "INSERT INTO state (one, revision, forgotten, place) VALUES (1, ?, 0, ?) \
             ON CONFLICT (one) DO UPDATE SET revision = excluded.revision, place = excluded.place",
        )
        .bind(last)
        .bind(place)
        .execute(write);
        self.ok(put.await).map(drop)
    }
}

/// Makes the file for its owner alone, before SQLite would make it for everybody.
fn make_private(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            let text = format!("{} cannot be made: {error}", path.display());
            Err(Error::new(ErrorKind::Unavailable, text).with_effect(Effect::NotApplied))
        }
        _ => Ok(()),
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

impl fmt::Debug for SqliteMirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteMirror")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
