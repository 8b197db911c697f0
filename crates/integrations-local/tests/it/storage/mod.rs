//! The storage suite over objects in memory and in a folder; what the folder promises; the faults
//! that the suite must catch.
#![allow(clippy::unwrap_used)] // Helpers of tests, which clippy does not take for tests.

mod fault;
mod faults;
mod faulty;
mod faulty_provider;

use std::sync::Arc;

use integrations_conformance::storage::{Harness, Redeem};
use integrations_core::ErrorKind;
use integrations_core::storage::{ObjectKey, PutOptions, Storage};
use integrations_local::storage::LocalStorage;
use jiff::Timestamp;

/// A harness whose presigned requests the store redeems, and whose calls go through `storage`.
pub(crate) fn harness(store: &LocalStorage, storage: Storage) -> Harness {
    let redeem: Redeem = {
        let store = store.clone();
        Arc::new(move |request, body| {
            let store = store.clone();
            Box::pin(async move {
                let (status, body) = store.redeem(&request, body, Timestamp::now()).await?;
                Ok((status.as_u16(), body))
            })
        })
    };
    let counted = store.clone();
    Harness::new(storage)
        .with_redeem(redeem)
        .with_requests(move || counted.requests())
}

/// evidence: local_storage: suite: own reference: memory
mod memory {
    integrations_conformance::storage_tests!(
        async {
            let store = integrations_local::storage::LocalStorage::in_memory();
            super::harness(&store, store.clone().into())
        },
        complete
    );
}

/// evidence: local_storage: suite: own reference: folder
mod folder {
    integrations_conformance::storage_tests!(
        async {
            // Left to the system's temporary folder: the harness outlives this block.
            let folder = tempfile::tempdir().unwrap().keep();
            let store = integrations_local::storage::LocalStorage::open(folder)
                .await
                .unwrap();
            super::harness(&store, store.clone().into())
        },
        complete
    );
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(name).unwrap()
}

#[tokio::test]
async fn objects_are_there_after_the_folder_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let options = PutOptions::default()
        .with_content_type("text/plain")
        .with_metadata("a", "1");
    {
        let storage = Storage::new(LocalStorage::open(folder.path()).await.unwrap());
        storage
            .put(&key("a/b"), "bytes", options.with_tag("t", "2"))
            .await
            .unwrap();
        storage
            .put(&key("gone"), "bytes", PutOptions::default())
            .await
            .unwrap();
        storage.delete(&key("gone")).await.unwrap();
    }
    let storage = Storage::new(LocalStorage::open(folder.path()).await.unwrap());
    assert_eq!(storage.get_bytes(&key("a/b")).await.unwrap(), "bytes");
    let meta = storage.head(&key("a/b")).await.unwrap();
    assert_eq!(meta.attributes.content_type.as_deref(), Some("text/plain"));
    assert_eq!(meta.metadata["a"], "1");
    assert_eq!(storage.get_tags(&key("a/b")).await.unwrap()["t"], "2");
    assert_eq!(storage.list("").all().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_folder_is_opened_once_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = LocalStorage::open(folder.path()).await.unwrap();
    let error = LocalStorage::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("another process"), "{error}");
    drop(first);
    LocalStorage::open(folder.path()).await.unwrap();
}

#[tokio::test]
async fn what_a_crash_left_is_removed_and_the_newer_record_counts() {
    let folder = tempfile::tempdir().unwrap();
    let objects = folder.path().join("objects");
    {
        let storage = Storage::new(LocalStorage::open(folder.path()).await.unwrap());
        storage
            .put(&key("a"), "old", PutOptions::default())
            .await
            .unwrap();
    }
    // A crash after the new record was written and before the old one was removed.
    let saved: Vec<_> = std::fs::read_dir(&objects)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    {
        let storage = Storage::new(LocalStorage::open(folder.path()).await.unwrap());
        storage
            .put(&key("a"), "new", PutOptions::default())
            .await
            .unwrap();
    }
    for (path, bytes) in saved {
        std::fs::write(path, bytes).unwrap();
    }
    // A crash in the middle of a put.
    std::fs::write(objects.join("0123.data"), "half").unwrap();
    std::fs::write(objects.join(".tmp-0123"), "half").unwrap();

    let storage = Storage::new(LocalStorage::open(folder.path()).await.unwrap());
    assert_eq!(storage.get_bytes(&key("a")).await.unwrap(), "new");
    assert_eq!(
        std::fs::read_dir(&objects).unwrap().count(),
        2,
        "one record and its bytes"
    );
}

#[tokio::test]
async fn a_damaged_record_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("objects")).unwrap();
    std::fs::write(folder.path().join("objects/77.json"), "{").unwrap();
    let error = LocalStorage::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("77.json"), "{error}");
}

#[tokio::test]
async fn a_full_store_refuses_and_keeps_what_it_has() {
    for folder in [false, true] {
        let place = tempfile::tempdir().unwrap();
        let store = match folder {
            true => LocalStorage::open(place.path()).await.unwrap(),
            false => LocalStorage::in_memory(),
        };
        let storage = Storage::new(store.with_capacity(10));
        storage
            .put(&key("a"), "12345678", PutOptions::default())
            .await
            .unwrap();
        for body in ["123", "123456789012"] {
            let error = storage
                .put(&key("b"), body, PutOptions::default())
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::QuotaExceeded);
        }
        // Replacing counts the difference.
        storage
            .put(&key("a"), "1234567890", PutOptions::default())
            .await
            .unwrap();
        assert_eq!(storage.list("").all().await.unwrap().len(), 1);
        if folder {
            assert_eq!(
                std::fs::read_dir(place.path().join("objects"))
                    .unwrap()
                    .count(),
                2
            );
        }
    }
}

#[tokio::test]
async fn a_presigned_request_ends_when_it_expires() {
    let store = LocalStorage::in_memory();
    let storage = Storage::new(store.clone());
    storage
        .put(&key("a"), "bytes", PutOptions::default())
        .await
        .unwrap();
    let hour = std::time::Duration::from_secs(3600);
    let request = integrations_core::storage::PresignRequest::get(key("a"), hour);
    let request = storage.presign(request).await.unwrap();
    let late = request.expires_at;
    let early = late - jiff::SignedDuration::from_secs(1);
    let at = async |now| {
        store
            .redeem(&request, "".into(), now)
            .await
            .unwrap()
            .0
            .as_u16()
    };
    assert_eq!(at(early).await, 200);
    assert_eq!(at(late).await, 403);
}

#[tokio::test]
async fn a_presigned_put_is_bound_to_its_content_type() {
    let store = LocalStorage::in_memory();
    let storage = Storage::new(store.clone());
    let hour = std::time::Duration::from_secs(3600);
    let request = integrations_core::storage::PresignRequest::put(key("a"), hour);
    let mut request = storage
        .presign(request.with_content_type("image/png"))
        .await
        .unwrap();
    assert_eq!(request.headers["content-type"], "image/png");
    request
        .headers
        .insert("content-type", "text/html".parse().unwrap());
    let (status, _) = store
        .redeem(&request, "x".into(), Timestamp::now())
        .await
        .unwrap();
    assert_eq!(status.as_u16(), 403);
    assert!(
        storage
            .list("")
            .next_page()
            .await
            .unwrap()
            .is_none_or(|page| page.items.is_empty())
    );
}
