//! The guard's policy, as whoever operates an application sets it.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use integrations::capsule::Capsule;
use integrations::storage::{ObjectKey, Storage};
use integrations::{ErrorKind, Manager};
use integrations_core::testing::FaultyServer;

/// Whoever sends requests takes the settings; who does not, refuses them.
#[test]
fn every_provider_that_sends_requests_takes_the_policy_and_no_other_does() {
    for factory in integrations::registry().factories() {
        let takes = factory.fields().iter().any(|f| f.name == "max_attempts");
        let sends = !factory.operations().is_empty();
        assert_eq!(takes, sends, "{}", factory.name());
    }
}

async fn storage(endpoint: &str, policy: &str) -> Storage {
    let text = format!(
        "[photos]\nprovider = 's3'\nbucket = 'photos'\nendpoint = '{endpoint}'\n\
         access_key_id = 'AKIAEXAMPLE'\nsecret_access_key = 'canary-canary-canary'\n{policy}"
    );
    let builder = Manager::builder().toml("app.toml", &text).unwrap();
    let manager = builder.build().await.unwrap();
    manager.storage("photos").unwrap()
}

fn unavailable() -> http::Response<Bytes> {
    let answer = http::Response::builder().status(503);
    answer.body(Bytes::new()).unwrap()
}

async fn capsules(folder: &Path) -> Vec<Capsule> {
    // They are written beside the call.
    for _ in 0..500 {
        let found: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().collect();
        let paths = found.into_iter().map(|entry| entry.unwrap().path());
        let done = paths.filter(|path| path.extension().is_some_and(|end| end == "json"));
        let read: Vec<_> = done.map(|path| Capsule::load(&path).unwrap()).collect();
        if !read.is_empty() {
            return read;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no capsule was written");
}

#[tokio::test]
async fn attempts_are_as_many_as_the_file_says_and_failures_are_kept_where_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("failed");
    let key = ObjectKey::new("a.jpg").unwrap();
    for (attempts, expected) in [("", 3), ("max_attempts = 1", 1), ("max_attempts = 2", 2)] {
        let server = FaultyServer::answering(|_| unavailable()).await.unwrap();
        let kept = format!("capsule_folder = '{}'\n{attempts}\n", place.display());
        let storage = storage(server.url(), &kept).await;
        let error = storage.get_bytes(&key).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.attempts(), Some(expected), "{attempts}");
        assert_eq!(server.served(), expected as usize, "{attempts}");
        let capsules = capsules(&place).await;
        assert_eq!(capsules.len(), 1);
        assert_eq!(capsules[0].integration(), "photos");
        std::fs::remove_dir_all(&place).unwrap();
    }
}

#[tokio::test]
async fn what_cannot_work_is_said_before_anything_is_made() {
    let text = "[photos]\nprovider = 's3'\nbucket = 'photos'\nmax_attempts = 0\n";
    let builder = Manager::builder().toml("app.toml", text).unwrap();
    let error = builder.build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let text = error.to_string();
    assert!(
        text.contains("photos.max_attempts: must be 1 to 100 (from app.toml)"),
        "{text}"
    );
}
