//! Wrong input gives one clear line and its exit code, and changes nothing.

use integrations::testing::counterpart;

use crate::{configure, folder, run, stderr, stdout};

/// Runs the program; it must end with this code and one line that has these words.
fn refused(folder: &tempfile::TempDir, args: &[&str], code: i32, words: &[&str]) {
    let output = run(folder.path(), args);
    let line = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {line}");
    assert_eq!(line.lines().count(), 1, "{args:?}: {line}");
    for word in words {
        assert!(
            line.contains(word),
            "{args:?} says nothing of {word}: {line}"
        );
    }
}

#[test]
fn empty_and_over_long_keys() {
    let folder = folder();
    std::fs::write(folder.path().join("a.txt"), "a").unwrap();
    let long = format!("store:{}", "k".repeat(1100));
    refused(&folder, &["storage", "stat", "store:"], 2, &["key"]);
    refused(&folder, &["storage", "put", "a.txt", &long], 2, &["1024"]);
    assert_eq!(
        stdout(&run(folder.path(), &["--json", "storage", "ls", "store:"])).trim(),
        "[]"
    );
}

#[test]
fn names_with_control_characters() {
    let folder = folder();
    std::fs::write(folder.path().join("a.txt"), "a").unwrap();
    refused(
        &folder,
        &["storage", "put", "a.txt", "store:a\u{7}b"],
        2,
        &["control"],
    );
}

#[test]
fn an_unknown_provider() {
    let folder = folder();
    configure(&folder, "[x]\nprovider = \"no_such\"\n");
    refused(&folder, &["status"], 3, &["no_such", "local_storage"]);
}

#[test]
fn malformed_toml() {
    let folder = folder();
    configure(&folder, "[x\n");
    refused(&folder, &["status"], 3, &["integrations.toml", "line 1"]);
}

#[test]
fn a_secret_in_the_wrong_field_is_not_repeated() {
    let folder = folder();
    // A secret where a number has to be.
    configure(
        &folder,
        "[s3]\nbucket = \"photos\"\npart_size = \"hush-hush-secret\"\n",
    );
    let output = run(folder.path(), &["config", "check"]);
    let shown = format!("{}{}", stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(3), "{shown}");
    assert!(
        shown.contains("part_size") && !shown.contains("hush"),
        "{shown}"
    );
}

#[test]
fn a_missing_object_leaves_no_file() {
    let folder = folder();
    refused(
        &folder,
        &["storage", "get", "store:none", "b.txt"],
        1,
        &["none", "does not exist"],
    );
    assert!(!folder.path().join("b.txt").exists());
}

fn s3(folder: &tempfile::TempDir, endpoint: &str, secret: &str) {
    configure(
        folder,
        &format!(
            "[s3]\nbucket = \"no-such-bucket-here\"\nendpoint = \"{endpoint}\"\n\
             access_key_id = \"AKIAEXAMPLE\"\nsecret_access_key = \"{secret}\"\n"
        ),
    );
}

#[test]
fn a_missing_bucket() {
    let Some(endpoint) = counterpart("moto", "INTEGRATIONS_MOTO_ENDPOINT") else {
        return;
    };
    let folder = folder();
    s3(&folder, &endpoint, "secretexample");
    refused(&folder, &["storage", "ls", "s3:"], 3, &["bucket"]);
}

#[test]
fn wrong_credentials() {
    let Some(endpoint) = counterpart("s3s-fs", "INTEGRATIONS_S3S_ENDPOINT") else {
        return;
    };
    let folder = folder();
    s3(&folder, &endpoint, "not-the-secret");
    refused(&folder, &["storage", "ls", "s3:"], 1, &["unauthenticated"]);
}
