//! A database, and what somebody without the key does to its rows.

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use super::*;
use crate::credential::sealed::SealedSqliteStore;
use crate::credential::sealed::envelope::{self, Kind};
use crate::error::ErrorKind;

/// A store in a database that is removed with it, and another way into it.
pub(super) struct Database {
    _place: tempfile::TempDir,
    path: PathBuf,
    keys: SealingKeys,
    pub(super) store: SealedSqliteStore,
    behind: SqlitePool,
}

impl Database {
    pub(super) async fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let keys = keys();
        let path = place.path().join("credentials.db");
        let store = SealedSqliteStore::open(&path, keys.clone()).await.unwrap();
        let options = SqliteConnectOptions::new().filename(&path);
        let behind = SqlitePool::connect_with(options).await.unwrap();
        Self {
            _place: place,
            path,
            keys,
            store,
            behind,
        }
    }

    async fn with_three() -> Self {
        let database = Self::new().await;
        for name in ["a", "b", "c"] {
            put(&database.store, name, &format!("access-{name}")).await;
        }
        database
    }

    pub(super) async fn again(&self) -> crate::Result<SealedSqliteStore> {
        SealedSqliteStore::open(&self.path, self.keys.clone()).await
    }

    async fn sql(&self, query: &'static str) {
        sqlx::raw_sql(query).execute(&self.behind).await.unwrap();
    }

    pub(super) async fn row(&self, name: &str) -> Vec<u8> {
        let query = sqlx::query_scalar("SELECT record FROM connections WHERE id = ?");
        query.bind(name).fetch_one(&self.behind).await.unwrap()
    }

    pub(super) async fn put_row(&self, name: &str, record: &[u8]) {
        let query = sqlx::query("INSERT OR REPLACE INTO connections (id, record) VALUES (?, ?)");
        let query = query.bind(name).bind(record);
        query.execute(&self.behind).await.unwrap();
    }

    pub(super) async fn remove_row(&self, name: &str) {
        let query = sqlx::query("DELETE FROM connections WHERE id = ?");
        query.bind(name).execute(&self.behind).await.unwrap();
    }

    pub(super) async fn list(&self) -> Vec<(i64, Vec<u8>)> {
        let query = sqlx::query_as("SELECT part, sealed FROM listed ORDER BY part");
        query.fetch_all(&self.behind).await.unwrap()
    }

    async fn put_part(&self, part: i64, sealed: &[u8]) {
        let query = sqlx::query("INSERT OR REPLACE INTO listed (part, sealed) VALUES (?, ?)");
        let query = query.bind(part).bind(sealed);
        query.execute(&self.behind).await.unwrap();
    }

    pub(super) async fn put_list(&self, list: &[(i64, Vec<u8>)]) {
        self.sql("DELETE FROM listed").await;
        for (part, sealed) in list {
            self.put_part(*part, sealed).await;
        }
    }

    async fn code(&self, name: &str) -> Option<String> {
        let error = self.store.load(&id(name)).await.err()?;
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("access-"), "{shown}");
        error.code().map(str::to_owned)
    }

    /// What a version of before there was a list left behind: `a` and `b`, and an id that was given
    /// and deleted.
    async fn of_before() -> Self {
        let database = Self::new().await;
        database
            .sql(
                "DROP TABLE connections; DROP TABLE listed; \
                 CREATE TABLE connections (id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, \
                 record BLOB NOT NULL) STRICT; \
                 CREATE TABLE versions (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), \
                 last INTEGER NOT NULL) STRICT; \
                 INSERT INTO versions (one, last) VALUES (1, 30);",
            )
            .await;
        for (name, version, sealed) in [("a", 7, 7), ("b", 9, 9)] {
            database.put_old_row(name, version, sealed).await;
        }
        database
    }

    async fn put_old_row(&self, name: &str, version: i64, sealed: u64) {
        let text = connection(name, &format!("access-{name}")).export();
        let text = text.expose_secret().as_bytes();
        let record = envelope::seal(&self.keys, Kind::Record, name, sealed, text).unwrap();
        let query = sqlx::query(
            "INSERT OR REPLACE INTO connections (id, version, record) VALUES (?, ?, ?)",
        );
        let query = query.bind(name).bind(version).bind(record);
        query.execute(&self.behind).await.unwrap();
    }
}

#[tokio::test]
async fn rows_that_are_altered_or_exchanged_are_found_out() {
    let database = Database::with_three().await;
    let (of_a, of_b) = (database.row("a").await, database.row("b").await);
    database.put_row("a", &of_b).await;
    database.put_row("b", &of_a).await;
    let mut of_c = database.row("c").await;
    // Its version, which says nothing without the seal.
    of_c[22] ^= 1;
    database.put_row("c", &of_c).await;
    for name in ["a", "b", "c"] {
        assert_eq!(database.code(name).await.unwrap(), "record_altered");
    }
    assert_eq!(database.store.verify().await.unwrap().len(), 3);
    let bytes = std::fs::read(&database.path).unwrap();
    assert!(!bytes.windows(7).any(|part| part == b"access-"));
}

#[tokio::test]
async fn a_part_or_the_head_of_another_time_is_found_out() {
    let database = Database::with_three().await;
    let earlier = database.list().await;
    put(&database.store, "a", "access-a2").await;
    let now = database.list().await;
    let changed: Vec<_> = earlier.iter().filter(|part| !now.contains(part)).collect();
    assert_eq!(changed.len(), 2, "a write changes the head and one part");
    // Either alone, with the row of that time or without.
    for (part, sealed) in changed {
        database.put_part(*part, sealed).await;
        assert_eq!(database.code("a").await.unwrap(), "list_rolled_back");
        let error = database.store.verify().await.unwrap_err();
        assert_eq!(error.code(), Some("list_rolled_back"));
        let new = connection("a", "x");
        let swap = database.store.compare_and_swap(None, &new);
        assert_eq!(swap.await.unwrap_err().code(), Some("list_rolled_back"));
        database.put_list(&now).await;
        assert_eq!(access(&database.store, "a").await, "access-a2");
    }
}

#[tokio::test]
async fn parts_that_are_removed_or_exchanged_are_found_out() {
    let database = Database::with_three().await;
    let list = database.list().await;
    assert_eq!(list.len(), 4, "these three are in parts of their own");
    for (part, _) in &list[1..] {
        let others: Vec<_> = list.iter().filter(|one| one.0 != *part).cloned().collect();
        database.put_list(&others).await;
        let error = database.store.verify().await.unwrap_err();
        assert_eq!(error.code(), Some("list_missing"));
    }
    database.put_list(&list).await;
    database.put_part(list[1].0, &list[2].1).await;
    let error = database.store.verify().await.unwrap_err();
    assert_eq!(error.code(), Some("record_altered"));
    // One that the head has nothing of.
    database.put_list(&list).await;
    let free = (1..).find(|n| list.iter().all(|one| one.0 != *n)).unwrap();
    database.put_part(free, &list[1].1).await;
    assert!(database.store.verify().await.is_err());
}

#[tokio::test]
async fn a_list_with_a_byte_changed_opens_no_store() {
    let database = Database::with_three().await;
    let list = database.list().await;
    for (part, sealed) in &list {
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            database.put_part(*part, &altered).await;
            assert!(database.store.verify().await.is_err(), "{part}: {at}");
            if *part == 0 && at % 64 == 0 {
                assert!(database.again().await.is_err(), "{at}");
            }
        }
        database.put_part(*part, sealed).await;
    }
    assert!(database.store.verify().await.unwrap().is_empty());
}

/// What the page says cannot be found out: it is true that it is not.
#[tokio::test]
async fn a_whole_database_of_yesterday_is_the_database_of_yesterday() {
    let database = Database::with_three().await;
    let list = database.list().await;
    let mut rows = Vec::new();
    for name in ["a", "b", "c"] {
        rows.push((name, database.row(name).await));
    }
    put(&database.store, "a", "access-a2").await;
    database.put_list(&list).await;
    for (name, row) in rows {
        database.put_row(name, &row).await;
    }
    assert_eq!(access(&database.store, "a").await, "access-a");
    assert!(database.store.verify().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_database_of_before_the_list_is_opened_and_has_one_then() {
    let database = Database::of_before().await;
    let row = database.row("a").await;
    let store = database.again().await.unwrap();
    for name in ["a", "b"] {
        assert_eq!(access(&store, name).await, format!("access-{name}"));
    }
    let version = store.load(&id("a")).await.unwrap().unwrap().version;
    // Who held a version goes on, and none is given twice.
    assert_eq!(version, Version::new(7));
    let new = connection("a", "access-a2");
    let swap = store.compare_and_swap(Some(version), &new);
    let Swap::Stored(version) = swap.await.unwrap() else {
        panic!("the version of before is not the present one");
    };
    assert!(version.get() > 30, "{version}");
    database.put_row("a", &row).await;
    assert_eq!(database.code("a").await.unwrap(), "record_rolled_back");
    // It had a list from its first opening on, and each row says so.
    database.remove_row("a").await;
    database.put_list(&[]).await;
    let error = database.again().await.unwrap_err();
    assert_eq!(error.code(), Some("list_missing"), "{error}");
    database
        .sql(
            "ALTER TABLE connections ADD COLUMN version INTEGER NOT NULL DEFAULT 9; \
             CREATE TABLE versions (one INTEGER NOT NULL PRIMARY KEY, last INTEGER NOT NULL);",
        )
        .await;
    let error = database.again().await.unwrap_err();
    assert_eq!(error.code(), Some("list_missing"), "{error}");
}

#[tokio::test]
async fn what_was_damaged_before_the_list_is_no_hindrance_and_stays_an_error() {
    let database = Database::of_before().await;
    database.put_old_row("c", 12, 11).await;
    database.put_old_row("d", 12, 13).await;
    database
        .sql("INSERT INTO connections (id, version, record) VALUES ('e', 3, x'00')")
        .await;
    let store = database.again().await.unwrap();
    assert_eq!(access(&store, "a").await, "access-a");
    let wrong = store.verify().await.unwrap();
    let wrong: Vec<_> = wrong
        .iter()
        .map(|(id, error)| (id.as_str(), error.code().unwrap()))
        .collect();
    let expected = [
        ("c", "record_rolled_back"),
        ("d", "list_rolled_back"),
        ("e", "record_form"),
    ];
    assert_eq!(wrong, expected);
}

#[tokio::test]
async fn a_database_of_before_the_list_is_not_begun_with_the_keys_of_others() {
    let database = Database::of_before().await;
    let error = SealedSqliteStore::open(&database.path, keys()).await;
    let error = error.unwrap_err();
    let told = (error.kind(), error.code());
    assert_eq!(told, (ErrorKind::Config, Some("record_key")), "{error}");
    let store = database.again().await.unwrap();
    assert_eq!(access(&store, "b").await, "access-b");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_open_a_database_of_before_the_list_one_begins_it() {
    let database = Database::of_before().await;
    let open = || async {
        let store = database.again().await.unwrap();
        access(&store, "a").await
    };
    let all = futures::future::join_all((0..8).map(|_| open())).await;
    assert!(all.iter().all(|text| text == "access-a"));
}

#[tokio::test]
async fn a_database_changes_its_key_too() {
    let database = Database::with_three().await;
    let before = database.store.load(&id("a")).await.unwrap().unwrap();
    let new = SealingKey::generate().unwrap();
    let both = database.keys.clone().rotated_to(new.clone());
    let both = SealedSqliteStore::open(&database.path, both).await.unwrap();
    let done = both.reseal().await.unwrap();
    assert_eq!((done.resealed, done.already, done.failed.len()), (3, 0, 0));
    assert_eq!(both.reseal().await.unwrap().already, 3);
    let alone = SealedSqliteStore::open(&database.path, SealingKeys::new(new));
    let alone = alone.await.unwrap();
    assert_eq!(access(&alone, "a").await, "access-a");
    assert!(alone.verify().await.unwrap().is_empty());
    // Who holds a version goes on.
    let new = connection("a", "access-a2");
    let swap = alone.compare_and_swap(Some(before.version), &new);
    assert!(matches!(swap.await.unwrap(), Swap::Stored(_)));
    assert_eq!(database.code("a").await.unwrap(), "record_key");
    let error = database.again().await.unwrap_err();
    assert_eq!(error.code(), Some("record_key"));
}

#[tokio::test]
async fn a_row_that_cannot_be_opened_does_not_keep_the_others_from_the_new_key() {
    let database = Database::with_three().await;
    database.put_row("a", b"damaged").await;
    database.remove_row("b").await;
    let both = database
        .keys
        .clone()
        .rotated_to(SealingKey::generate().unwrap());
    let store = SealedSqliteStore::open(&database.path, both).await.unwrap();
    let done = store.reseal().await.unwrap();
    assert_eq!((done.resealed, done.failed.len()), (1, 2));
}
