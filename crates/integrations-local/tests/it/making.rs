//! Making a provider does no I/O: its folder is opened when it is connected or used first, and what
//! is wrong with it is said then.

use std::path::Path;
use std::sync::Arc;

use integrations_core::config::Layers;
use integrations_core::registry::Registry;
use integrations_core::storage::{ObjectKey, PutOptions, Storage};
use integrations_core::{ConnectionState, ErrorKind, Integration};
use integrations_local::auth::LocalSignIn;
use integrations_local::calendar::LocalCalendar;
use integrations_local::email::LocalMailer;
use integrations_local::payment::LocalPayments;
use integrations_local::storage::LocalStorage;
use integrations_local::video::LocalMeetings;

/// One of every category, over one folder each.
fn every(root: &Path) -> Vec<Arc<dyn Integration>> {
    vec![
        Arc::new(LocalCalendar::in_folder(root.join("calendar"))),
        Arc::new(LocalMailer::in_folder(root.join("email"))),
        Arc::new(LocalPayments::in_folder(root.join("payment"))),
        Arc::new(LocalMeetings::in_folder(root.join("video"))),
        Arc::new(LocalStorage::in_folder(root.join("storage"))),
        Arc::new(LocalSignIn::in_folder(root.join("auth"))),
    ]
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[tokio::test]
async fn making_one_touches_no_file_and_connecting_opens_it() {
    let root = tempfile::tempdir().unwrap();
    let made = every(root.path());
    for provider in &made {
        assert_eq!(provider.status().state, ConnectionState::Disconnected);
    }
    assert_eq!(entries(root.path()), 0);
    for provider in &made {
        let name = &provider.descriptor().name;
        provider.connect().await.unwrap();
        provider.connect().await.unwrap();
        assert_eq!(
            provider.status().state,
            ConnectionState::Connected,
            "{name}"
        );
        assert!(provider.check_health().await.healthy, "{name}");
    }
    assert_eq!(entries(root.path()), made.len());
}

#[tokio::test]
async fn one_that_is_made_from_a_configuration_touches_no_file_either() {
    let root = tempfile::tempdir().unwrap();
    let registry = Registry::new();
    for factory in integrations_local::factories() {
        let name = factory.name().to_owned();
        let place = root.path().join(&name);
        let text = format!("[{name}]\npath = '{}'\n", place.display());
        registry.register(factory);
        let layers = Layers::new().with_toml("app.toml", &text).unwrap();
        let instance = registry.create(&name, &name, &layers).await.unwrap();
        assert_eq!(entries(root.path()), 0, "{name}");
        instance.integration().connect().await.unwrap();
        assert!(place.is_dir(), "{name}");
        std::fs::remove_dir_all(place).unwrap();
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_told_when_it_is_connected() {
    // A file where each folder should be.
    let root = tempfile::tempdir().unwrap();
    for name in ["calendar", "email", "payment", "video", "storage", "auth"] {
        std::fs::write(root.path().join(name), "").unwrap();
    }
    for provider in every(root.path()) {
        let name = &provider.descriptor().name;
        let error = provider.connect().await.unwrap_err();
        let place = root.path().display().to_string();
        assert!(error.to_string().contains(&place), "{name}: {error}");
        assert_eq!(provider.status().state, ConnectionState::Failed, "{name}");
        assert!(provider.status().last_error.is_some(), "{name}");
        assert!(!provider.check_health().await.healthy, "{name}");
    }
}

#[tokio::test]
async fn a_folder_that_another_has_open_is_told_and_can_be_had_later() {
    let root = tempfile::tempdir().unwrap();
    let first = every(root.path());
    for provider in &first {
        provider.connect().await.unwrap();
    }
    let second = every(root.path());
    for provider in &second {
        let error = provider.connect().await.unwrap_err();
        let name = &provider.descriptor().name;
        assert_eq!(error.kind(), ErrorKind::Conflict, "{name}: {error}");
    }
    drop(first);
    for provider in &second {
        provider.connect().await.unwrap();
    }
}

#[tokio::test]
async fn the_first_use_opens_it_and_many_at_once_are_one() {
    let root = tempfile::tempdir().unwrap();
    let storage = Storage::new(LocalStorage::in_folder(root.path()));
    let puts = (0..8).map(|n| {
        let storage = storage.clone();
        async move {
            let key = ObjectKey::new(format!("object-{n}")).unwrap();
            storage.put(&key, "bytes", PutOptions::default()).await
        }
    });
    for put in futures::future::join_all(puts).await {
        put.unwrap();
    }
    assert_eq!(storage.list("").all().await.unwrap().len(), 8);
}
