//! `storage cp` and `storage sync` from one store to another.

use std::path::Path;

use integrations::local::storage::LocalStorage;
use integrations::storage::{ObjectKey, PutOptions, Storage};
use serde_json::Value;

use crate::{configure, run, stderr, stdout};

const TWO: &str = "[one]\nprovider = \"local_storage\"\npath = \"one\"\n\
                   [two]\nprovider = \"local_storage\"\npath = \"two\"\n";

fn two_stores() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    configure(&folder, TWO);
    folder
}

/// Bytes that are told apart wherever they are cut, more than one chunk of any stream.
fn pattern() -> Vec<u8> {
    (0..3_000_000_usize)
        .map(|n| (n * 31 + n / 251) as u8)
        .collect()
}

fn described() -> PutOptions {
    let mut options = PutOptions::default()
        .with_content_type("text/csv; charset=utf-8")
        .with_metadata("owner", "ada")
        .with_metadata("year", "2026");
    options.attributes.cache_control = Some("max-age=60".to_owned());
    options.attributes.content_disposition = Some("attachment; filename=\"r.csv\"".to_owned());
    options
}

/// Puts an object into the store of a folder, as an application would.
async fn put(folder: &Path, key: &str, bytes: Vec<u8>, options: PutOptions) {
    let storage = Storage::new(LocalStorage::open(folder).await.unwrap());
    let key = ObjectKey::new(key).unwrap();
    storage.put(&key, bytes, options).await.unwrap();
}

/// What is told of an object.
fn stat(folder: &tempfile::TempDir, place: &str) -> Value {
    let output = run(folder.path(), &["--json", "storage", "stat", place]);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

fn contents(folder: &tempfile::TempDir, place: &str) -> Vec<u8> {
    let output = run(folder.path(), &["storage", "get", place, "-"]);
    assert!(output.status.success(), "{}", stderr(&output));
    output.stdout
}

/// The keys of a store.
fn keys(folder: &tempfile::TempDir, place: &str) -> Vec<String> {
    let output = run(folder.path(), &["--json", "storage", "ls", "-r", place]);
    assert!(output.status.success(), "{}", stderr(&output));
    let listed: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let key = |entry: &Value| entry["key"].as_str().unwrap().to_owned();
    listed.as_array().unwrap().iter().map(key).collect()
}

#[tokio::test]
async fn a_copy_to_another_store_is_whole() {
    let folder = two_stores();
    let one = folder.path().join("one");
    put(&one, "a/report.csv", pattern(), described()).await;
    put(&one, "a/empty", Vec::new(), PutOptions::default()).await;
    for (from, to) in [
        ("one:a/report.csv", "two:b/copy.csv"),
        ("one:a/empty", "two:b/empty"),
    ] {
        let output = run(folder.path(), &["storage", "cp", from, to]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stdout(&output), format!("copied {from} to {to}\n"));
        assert_eq!(contents(&folder, to), contents(&folder, from));
    }
    assert_eq!(contents(&folder, "two:b/copy.csv"), pattern());
    let (from, to) = (
        stat(&folder, "one:a/report.csv"),
        stat(&folder, "two:b/copy.csv"),
    );
    for what in ["size", "attributes", "metadata"] {
        assert_eq!(to[what], from[what], "{what}");
    }
    assert_eq!(to["metadata"]["owner"], "ada");
    assert_eq!(to["attributes"]["cache_control"], "max-age=60");
    // The source stays.
    assert_eq!(keys(&folder, "one:"), ["a/empty", "a/report.csv"]);
    assert_eq!(keys(&folder, "two:"), ["b/copy.csv", "b/empty"]);
}

#[tokio::test]
async fn a_copy_takes_the_place_of_what_is_there_whole() {
    let folder = two_stores();
    let old = described().with_metadata("only", "of the old one");
    put(&folder.path().join("two"), "b", pattern(), old).await;
    let new = PutOptions::default().with_content_type("text/plain");
    put(&folder.path().join("one"), "a", b"new".to_vec(), new).await;
    let output = run(folder.path(), &["storage", "cp", "one:a", "two:b"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(contents(&folder, "two:b"), b"new");
    let told = stat(&folder, "two:b");
    assert_eq!(told["metadata"], serde_json::json!({}));
    assert_eq!(told["attributes"], stat(&folder, "one:a")["attributes"]);
}

#[tokio::test]
async fn what_cannot_be_copied_changes_nothing() {
    let folder = two_stores();
    put(
        &folder.path().join("one"),
        "a/b",
        b"1".to_vec(),
        described(),
    )
    .await;
    put(
        &folder.path().join("two"),
        "there",
        b"old".to_vec(),
        described(),
    )
    .await;
    for (from, to, code, word) in [
        ("one:none", "two:there", 1, "does not exist"),
        ("one:none", "two:new", 1, "does not exist"),
        // A prefix is no object: `sync` copies those.
        ("one:a/", "two:there", 1, "does not exist"),
        ("one:", "two:there", 2, "key"),
        ("one:a/b", "two:", 2, "key"),
        ("one:a/b", "nobody:x", 2, "nobody"),
    ] {
        let output = run(folder.path(), &["storage", "cp", from, to]);
        let line = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{from} {to}: {line}");
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(line.contains(word), "{from} {to}: {line}");
        assert_eq!(stdout(&output), "");
    }
    assert_eq!(keys(&folder, "two:"), ["there"]);
    assert_eq!(contents(&folder, "two:there"), b"old");
}

#[tokio::test]
async fn many_are_copied_to_another_store_by_sync() {
    let folder = two_stores();
    let one = folder.path().join("one");
    put(&one, "a/report.csv", pattern(), described()).await;
    put(&one, "a/deep/er", b"2".to_vec(), PutOptions::default()).await;
    put(&one, "other", b"3".to_vec(), PutOptions::default()).await;
    for (copied, equal) in [(2, 0), (0, 2)] {
        let sync = ["--json", "storage", "sync", "one:a", "two:b"];
        let output = run(folder.path(), &sync);
        assert!(output.status.success(), "{}", stderr(&output));
        let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(
            (&report["copied"], &report["equal"]),
            (&copied.into(), &equal.into())
        );
    }
    assert_eq!(keys(&folder, "two:"), ["b/deep/er", "b/report.csv"]);
    assert_eq!(contents(&folder, "two:b/report.csv"), pattern());
    let (from, to) = (
        stat(&folder, "one:a/report.csv"),
        stat(&folder, "two:b/report.csv"),
    );
    assert_eq!(to["attributes"], from["attributes"]);
    assert_eq!(to["metadata"], from["metadata"]);
}
