//! A mirror of a provider that forgets tokens, breaks off, and ends subscriptions.

mod keeping;
mod pulling;
mod remote;

use std::sync::Arc;

use super::{MemoryMirror, contract};

#[tokio::test]
async fn memory_is_a_store() {
    contract::check(|| async { Arc::new(MemoryMirror::new()) as _ }).await;
}

#[cfg(feature = "mirror-sqlite")]
mod database {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::super::{Mirror, SqliteMirror};
    use super::remote::Remote;
    use super::*;
    use crate::error::ErrorKind;

    #[tokio::test]
    async fn a_database_is_a_store() {
        let folder = tempfile::tempdir().unwrap();
        let count = AtomicU32::new(0);
        contract::check(|| async {
            let n = count.fetch_add(1, Ordering::Relaxed);
            let path = folder.path().join(format!("{n}.db"));
            Arc::new(SqliteMirror::open(path).await.unwrap()) as _
        })
        .await;
    }

    #[tokio::test]
    async fn a_mirror_goes_on_after_a_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calendar.db");
        let remote = Remote::new();
        for n in 0..7 {
            remote.put(&format!("e{n}"), "One");
        }
        // It breaks off at the third page of two.
        remote.fail_at(2);
        let store = SqliteMirror::open(&path).await.unwrap();
        let mirror = Mirror::new(remote.calendar(), "c".into(), store.clone()).unwrap();
        mirror.pull().await.unwrap_err();
        store.close().await;

        let store = SqliteMirror::open(&path).await.unwrap();
        let mirror = Mirror::new(remote.calendar(), "c".into(), store.clone()).unwrap();
        assert_eq!(mirror.events().all().await.unwrap().len(), 4);
        let asked = remote.pages();
        mirror.pull().await.unwrap();
        assert_eq!(mirror.events().all().await.unwrap().len(), 7);
        // The third and the fourth, and not the first two again.
        assert_eq!(remote.pages() - asked, 2);
        store.close().await;
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calendar.db");
        let remote = Remote::new();
        remote.put("a", "One");
        let store = SqliteMirror::open(&path).await.unwrap();
        let mirror = Mirror::new(remote.calendar(), "c".into(), store).unwrap();
        mirror.pull().await.unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let mode = file.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
    }

    #[tokio::test]
    async fn another_database_is_refused_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
        let pool = sqlx::SqlitePool::connect_with(options.create_if_missing(true));
        let pool = pool.await.unwrap();
        let made = sqlx::raw_sql("CREATE TABLE customers (id INTEGER)").execute(&pool);
        made.await.unwrap();
        pool.close().await;
        let error = SqliteMirror::open(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}
