//! A change of the configuration while the application runs.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, stream};
use integrations::storage::{ObjectKey, PutBody, PutOptions, Storage};
use integrations::{ErrorKind, Manager};
use tokio::sync::oneshot;

async fn manager() -> Manager {
    let text = "[files]\nprovider = 'local_storage'\n";
    let builder = Manager::builder().toml("app.toml", text).unwrap();
    builder.build().await.unwrap()
}

fn key() -> ObjectKey {
    ObjectKey::new("report").unwrap()
}

/// A put that has begun and ends when it is told to.
async fn held_put(storage: Storage) -> (tokio::task::JoinHandle<()>, oneshot::Sender<()>) {
    let (begun, begins) = oneshot::channel();
    let (end, ends) = oneshot::channel();
    let first = stream::once(async move {
        begun.send(()).unwrap();
        Ok(Bytes::from_static(b"first, "))
    });
    let rest = stream::once(async move {
        ends.await.unwrap();
        Ok(Bytes::from_static(b"rest"))
    });
    let body = PutBody::stream(first.chain(rest));
    let put = tokio::spawn(async move {
        let put = storage.put(&key(), body, PutOptions::default()).await;
        put.unwrap();
    });
    begins.await.unwrap();
    (put, end)
}

#[tokio::test]
async fn a_running_call_finishes_on_the_provider_that_it_began_on() {
    let manager = Arc::new(manager().await);
    let old = manager.storage("files").unwrap();
    let (put, end) = held_put(old.clone()).await;

    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    manager.update("files", [("path", place)]).await.unwrap();
    let new = manager.storage("files").unwrap();
    end.send(()).unwrap();
    put.await.unwrap();

    assert_eq!(old.get_bytes(&key()).await.unwrap(), "first, rest");
    assert!(!new.exists(&key()).await.unwrap());
    new.put(&key(), "new", PutOptions::default()).await.unwrap();
    assert_eq!(old.get_bytes(&key()).await.unwrap(), "first, rest");

    // The new one is where the update said: whoever opens that folder later finds the object.
    drop((old, new, manager));
    let text = format!("[files]\nprovider = 'local_storage'\npath = '{place}'\n");
    let builder = Manager::builder().toml("app.toml", &text).unwrap();
    let later = builder.build().await.unwrap().storage("files").unwrap();
    assert_eq!(later.get_bytes(&key()).await.unwrap(), "new");
}

#[tokio::test]
async fn another_provider_can_take_the_place() {
    let manager = manager().await;
    let old = manager.storage("files").unwrap();
    assert_eq!(old.provider().descriptor().provider, "local");
    let values = [
        ("provider", "s3"),
        ("bucket", "reports"),
        ("region", "eu-central-1"),
        ("access_key_id", "AKIAEXAMPLE"),
        ("secret_access_key", "secretexample"),
    ];
    manager.update("files", values).await.unwrap();
    let new = manager.storage("files").unwrap();
    let descriptor = new.provider().descriptor();
    assert_eq!((&*descriptor.name, &*descriptor.provider), ("files", "aws"));
    // Who kept the old handle still has the old one.
    old.put(&key(), "kept", PutOptions::default())
        .await
        .unwrap();
    assert_eq!(manager.names(), ["files"]);
}

#[tokio::test]
async fn an_update_that_does_not_work_changes_nothing() {
    let manager = manager().await;
    let storage = manager.storage("files").unwrap();
    storage
        .put(&key(), "kept", PutOptions::default())
        .await
        .unwrap();
    for values in [
        &[("provider", "nobody")][..],
        &[("provider", "s3")],
        &[("colour", "red")],
    ] {
        let error = manager
            .update("files", values.iter().copied())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{values:?}: {error}");
        let still = manager.storage("files").unwrap();
        assert_eq!(still.get_bytes(&key()).await.unwrap(), "kept", "{values:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    manager.update("files", [("path", place)]).await.unwrap();
    let moved = manager.storage("files").unwrap();
    assert!(
        !moved.exists(&key()).await.unwrap(),
        "refused values stayed"
    );
}

#[tokio::test]
async fn an_integration_is_switched_off_and_on() {
    let manager = manager().await;
    let kept = manager.storage("files").unwrap();
    manager
        .update("files", [("enabled", "false")])
        .await
        .unwrap();
    let error = manager.storage("files").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let report = &manager.status()[0];
    assert_eq!((report.name.as_str(), report.enabled), ("files", false));
    // A call under way is not cut off.
    kept.put(&key(), "x", PutOptions::default()).await.unwrap();
    manager
        .update("files", [("enabled", "true")])
        .await
        .unwrap();
    assert!(manager.storage("files").is_ok());
}
