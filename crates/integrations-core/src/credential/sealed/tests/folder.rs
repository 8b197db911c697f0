//! Files, modes, and processes that are killed while they write.

use super::*;
use crate::error::ErrorKind;

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn folder_and_files_are_for_their_owner_alone() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("new/credentials");
    let store = SealedFileStore::open(&path, keys()).await.unwrap();
    put(&store, "a", "access-a").await;
    put(&store, "b", "access-b").await;
    assert_eq!(mode(&path), 0o700);
    for entry in std::fs::read_dir(&path).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_others_may_use_is_refused_with_what_to_type() {
    let folder = Folder::with_two().await;
    for path in [
        folder.record("a"),
        folder.list(),
        folder.path().to_path_buf(),
    ] {
        let before = mode(&path);
        for wider in [0o040, 0o020, 0o004, 0o002] {
            set_mode(&path, before | wider);
            let error = match path.is_dir() {
                true => folder.again().await.unwrap_err(),
                false => folder.error("a").await,
            };
            assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
            assert_eq!(error.code(), Some("mode_too_wide"));
            assert!(error.to_string().contains("`chmod "), "{error}");
        }
        set_mode(&path, before);
    }
    assert_eq!(access(&folder.store, "a").await, "access-a");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_of_keys_or_a_database_that_others_may_read_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("keys");
    keys().write_new_file(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert!(SealingKeys::from_file(&path).is_ok());
    let again = keys().write_new_file(&path).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::AlreadyExists);
    set_mode(&path, 0o640);
    let error = SealingKeys::from_file(&path).unwrap_err();
    assert_eq!(error.code(), Some("mode_too_wide"), "{error}");
    #[cfg(feature = "sealed-sqlite")]
    {
        let path = place.path().join("credentials.db");
        let store = super::super::SealedSqliteStore::open(&path, keys())
            .await
            .unwrap();
        put(&store, "a", "access-a").await;
        for entry in std::fs::read_dir(place.path()).unwrap() {
            let path = entry.unwrap().path();
            let database = path.to_str().unwrap().contains("credentials");
            assert!(!database || mode(&path) == 0o600, "{}", path.display());
        }
        store.close().await;
        set_mode(&path, 0o644);
        let error = super::super::SealedSqliteStore::open(&path, keys())
            .await
            .unwrap_err();
        assert_eq!(error.code(), Some("mode_too_wide"), "{error}");
    }
}

/// A process that is killed in a write leaves a part of a temporary file.
#[tokio::test]
async fn a_write_that_was_cut_off_at_any_byte_changes_nothing() {
    let folder = Folder::with_two().await;
    for name in [folder.list(), folder.record("a")] {
        let whole = std::fs::read(&name).unwrap();
        let temporary = name.file_name().unwrap().to_str().unwrap();
        let temporary = folder.path().join(format!(".tmp-{temporary}"));
        for length in 0..=whole.len() {
            std::fs::write(&temporary, &whole[..length]).unwrap();
            assert_eq!(access(&folder.store, "a").await, "access-a");
            let store = folder.again().await.unwrap();
            assert!(!temporary.exists(), "what was cut off stays");
            assert_eq!(access(&store, "b").await, "access-b");
        }
    }
}

/// Between the list and the record's own file, a process may be killed too.
#[tokio::test]
async fn a_write_whose_record_did_not_come_to_its_file_is_there_all_the_same() {
    for first_again in [true, false] {
        let folder = Folder::with_two().await;
        let earlier = std::fs::read(folder.record("a")).unwrap();
        folder.put("a", "access-a2").await;
        // As if it had been killed before the second file.
        std::fs::write(folder.record("a"), &earlier).unwrap();
        let store = match first_again {
            true => folder.again().await.unwrap(),
            false => folder.store.clone(),
        };
        assert_eq!(access(&store, "a").await, "access-a2");
        put(&store, "b", "access-b2").await;
        assert_eq!(access(&store, "a").await, "access-a2");
        assert!(store.verify().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_first_write_whose_record_did_not_come_to_its_file_is_there_and_a_deletion_too() {
    let folder = Folder::with_two().await;
    std::fs::remove_file(folder.record("b")).unwrap();
    assert_eq!(access(&folder.store, "b").await, "access-b");
    let there = folder.store.load(&id("b")).await.unwrap().unwrap();
    let of_b = std::fs::read(folder.record("a")).unwrap();
    assert!(folder.store.delete(&id("b"), there.version).await.unwrap());
    std::fs::write(folder.record("b"), of_b).unwrap();
    assert!(
        folder
            .again()
            .await
            .unwrap()
            .load(&id("b"))
            .await
            .unwrap()
            .is_none()
    );
    assert!(!folder.record("b").exists());
}

#[tokio::test]
async fn a_copy_of_the_lock_in_a_starting_child_holds_no_lock() {
    let folder = Folder::with_two().await;
    let lock = super::super::folder::Locked::exclusive(folder.path()).unwrap();
    let child = std::fs::File::open(folder.path().join("lock")).unwrap();
    drop(lock);
    assert_eq!(access(&folder.store, "a").await, "access-a");
    drop(child);
}
