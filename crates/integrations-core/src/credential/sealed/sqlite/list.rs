//! The list in the database: how it is read, written, and begun.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use sqlx::sqlite::SqliteConnection;

use super::parts::{HEAD, Head, Part, name, part_of};
use super::{SealedSqliteStore, number};
use crate::credential::sealed::envelope::{self, Kind, damaged};
use crate::credential::{Connection, ConnectionId};
use crate::error::Result;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS connections (
        id TEXT NOT NULL PRIMARY KEY,
        record BLOB NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS listed (
        part INTEGER NOT NULL PRIMARY KEY,
        sealed BLOB NOT NULL
    ) STRICT;
";

/// What a database of before the list has and ours has not: a record's version beside it, and the
/// last one that was given.
const OLD_TABLES: &str = "
    ALTER TABLE connections DROP COLUMN version;
    DROP TABLE versions;
";

/// What the database says of one connection, all of one moment.
pub(super) struct Listed {
    pub(super) head: Head,
    pub(super) part: Part,
    /// The row, as it is sealed.
    pub(super) record: Option<Vec<u8>>,
}

impl SealedSqliteStore {
    /// Reads the row of a connection and what the list says of it. It is one statement: another
    /// process may write between two.
    pub(super) async fn listed(
        &self,
        database: &mut SqliteConnection,
        id: &ConnectionId,
    ) -> Result<Listed> {
        let number = part_of(id);
        let query = sqlx::query_as(
            "SELECT (SELECT sealed FROM listed WHERE part = ?), \
                    (SELECT sealed FROM listed WHERE part = ?), \
                    (SELECT record FROM connections WHERE id = ?)",
        );
        let query = query.bind(HEAD).bind(number).bind(id.as_str());
        type Row = (Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);
        let (head, part, record): Row = self.ok(query.fetch_one(database).await)?;
        let head = Head::open(&self.keys, head.as_deref())?;
        let part = head.part(&self.keys, number, part.as_deref())?;
        Ok(Listed { head, part, record })
    }

    /// Every id of the list, sorted.
    pub(super) async fn listed_ids(&self) -> Result<Vec<ConnectionId>> {
        let query = sqlx::query_as("SELECT part, sealed FROM listed");
        let rows: Vec<(i64, Vec<u8>)> = self.ok(query.fetch_all(&self.pool).await)?;
        let mut rows: BTreeMap<i64, Vec<u8>> = rows.into_iter().collect();
        let head = Head::open(&self.keys, rows.remove(&HEAD).as_deref())?;
        let mut ids = Vec::new();
        for number in Head::numbers() {
            let part = head.part(&self.keys, number, rows.get(&number).map(Vec::as_slice))?;
            ids.extend(part.records.into_keys());
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// Writes a part, and the head that names its version.
    pub(super) async fn enlist(
        &self,
        write: &mut SqliteConnection,
        head: &Head,
        parts: &BTreeMap<i64, Part>,
    ) -> Result<()> {
        for (number, part) in parts {
            let sealed = part.seal(&self.keys, *number)?;
            self.put_listed(write, *number, sealed).await?;
        }
        let sealed = head.seal(&self.keys)?;
        self.put_listed(write, HEAD, sealed).await
    }

    async fn put_listed(
        &self,
        write: &mut SqliteConnection,
        number: i64,
        sealed: Vec<u8>,
    ) -> Result<()> {
        let query = sqlx::query("INSERT OR REPLACE INTO listed (part, sealed) VALUES (?, ?)");
        let query = query.bind(number).bind(sealed);
        self.ok(query.execute(write).await).map(|_| ())
    }

    /// Seals those parts of the list with the first key that are not yet.
    pub(super) async fn reseal_list(&self) -> Result<()> {
        let first = self.keys.sealing()?.id();
        let mut write = self.write().await?;
        let query = sqlx::query_as("SELECT part, sealed FROM listed");
        let rows: Vec<(i64, Vec<u8>)> = self.ok(query.fetch_all(&mut *write).await)?;
        for (number, sealed) in rows {
            let head = envelope::head(&sealed, Kind::Manifest);
            if head.is_some_and(|head| head.key == first) {
                continue;
            }
            let name = name(number);
            let opened = envelope::open(&self.keys, Kind::Manifest, &name, &sealed)?;
            let version = opened.head.version;
            let content = &opened.content;
            // The same state: what names it goes on.
            let sealed = envelope::seal(&self.keys, Kind::Manifest, &name, version, content)?;
            self.put_listed(&mut write, number, sealed).await?;
        }
        self.commit(write).await
    }

    /// Makes the tables, and begins the list of a database that never had one.
    pub(super) async fn begin_list(&self, write: &mut SqliteConnection) -> Result<()> {
        self.ok(sqlx::raw_sql(TABLES).execute(&mut *write).await)?;
        let query = sqlx::query_scalar("SELECT sealed FROM listed WHERE part = ?").bind(HEAD);
        let head: Option<Vec<u8>> = self.ok(query.fetch_optional(&mut *write).await)?;
        if head.is_some() {
            return Head::open(&self.keys, head.as_deref()).map(|_| ());
        }
        let query = "SELECT (SELECT count(*) FROM listed), (SELECT count(*) FROM connections), \
             (SELECT count(*) FROM pragma_table_info('connections') WHERE name = 'version')";
        let query = sqlx::query_as(query);
        let (parts, records, old): (i64, i64, i64) = self.ok(query.fetch_one(&mut *write).await)?;
        if old > 0 && parts == 0 {
            return self.adopt(write).await;
        }
        if parts > 0 || records > 0 {
            return Err(self.list_removed());
        }
        self.enlist(write, &Head::new(0), &BTreeMap::new()).await
    }

    fn list_removed(&self) -> crate::Error {
        damaged(
            format!("{} has records and no list of them", self.path.display()),
            "list_missing",
        )
    }

    /// Lists the records of a database that was written before there were lists, in the states that
    /// they say they are in, and seals them as records that are listed: a list that is removed later
    /// is missed by each of them.
    async fn adopt(&self, write: &mut SqliteConnection) -> Result<()> {
        let query = sqlx::query_scalar("SELECT coalesce(max(last), 0) FROM versions");
        let last: i64 = self.ok(query.fetch_one(&mut *write).await)?;
        let query = sqlx::query_as("SELECT id, version FROM connections");
        let rows: Vec<(String, i64)> = self.ok(query.fetch_all(&mut *write).await)?;
        self.ok(sqlx::raw_sql(OLD_TABLES).execute(&mut *write).await)?;
        let mut records = BTreeMap::new();
        for (name, version) in rows {
            let Ok(id) = ConnectionId::new(name) else {
                tracing::warn!(
                    target: "integrations::credential",
                    "the database has a row whose name is not the id of a connection: it is not listed"
                );
                continue;
            };
            self.adopt_record(write, &id, version).await?;
            records.insert(id, number(version));
        }
        let mut head = Head::new(number(last));
        let parts = head.adopt(records);
        self.enlist(write, &head, &parts).await
    }

    async fn adopt_record(
        &self,
        write: &mut SqliteConnection,
        id: &ConnectionId,
        version: i64,
    ) -> Result<()> {
        let query = sqlx::query_scalar("SELECT record FROM connections WHERE id = ?");
        let query = query.bind(id.as_str());
        let sealed: Vec<u8> = self.ok(query.fetch_one(&mut *write).await)?;
        if envelope::head(&sealed, Kind::Listed).is_some() {
            return Err(self.list_removed());
        }
        let connection = match self.opened(id, number(version), &sealed) {
            Ok(connection) => connection,
            // With other keys it may be a good one: a list that another key seals would be in the
            // way of who has them.
            Err(error) if error.code() == Some("record_key") => return Err(error),
            // It is damaged, and stays what it is: `load` says so.
            Err(_) => return Ok(()),
        };
        let sealed = self.sealed(&connection, number(version))?;
        self.put_record(write, id, sealed).await
    }

    pub(super) fn sealed(&self, connection: &Connection, version: u64) -> Result<Vec<u8>> {
        let text = connection.export();
        let text = text.expose_secret().as_bytes();
        let id = connection.id.as_str();
        envelope::seal(&self.keys, Kind::Listed, id, version, text)
    }

    pub(super) async fn put_record(
        &self,
        write: &mut SqliteConnection,
        id: &ConnectionId,
        sealed: Vec<u8>,
    ) -> Result<()> {
        let query = sqlx::query(
            "INSERT INTO connections (id, record) VALUES (?, ?) \
             ON CONFLICT (id) DO UPDATE SET record = excluded.record",
        );
        let query = query.bind(id.as_str()).bind(sealed);
        self.ok(query.execute(write).await).map(|_| ())
    }
}

/// A row of before the list may be put back into a database that has one: it is opened to say that
/// it is an earlier one.
pub(super) fn kind_of(sealed: &[u8]) -> Kind {
    match envelope::head(sealed, Kind::Record) {
        Some(_) => Kind::Record,
        None => Kind::Listed,
    }
}
