//! Wrong input gives one clear line and its exit code, and changes nothing.

use std::time::Duration;

use crate::{configure, folder, program, run, stderr, stdout};

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

/// The endpoint of a server; says so when it is not there, and fails where it must be.
fn counterpart(variable: &str) -> Option<String> {
    let endpoint = std::env::var(variable).ok().filter(|text| !text.is_empty());
    if endpoint.is_none() {
        let required = std::env::var("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_ok();
        assert!(!required, "{variable} is not set");
        eprintln!("skipped: {variable} is not set; use `cargo xtask test`");
    }
    endpoint
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
    let Some(endpoint) = counterpart("INTEGRATIONS_MOTO_ENDPOINT") else {
        return;
    };
    let folder = folder();
    s3(&folder, &endpoint, "secretexample");
    refused(&folder, &["storage", "ls", "s3:"], 3, &["bucket"]);
}

#[test]
fn wrong_credentials() {
    let Some(endpoint) = counterpart("INTEGRATIONS_S3S_ENDPOINT") else {
        return;
    };
    let folder = folder();
    s3(&folder, &endpoint, "not-the-secret");
    refused(&folder, &["storage", "ls", "s3:"], 1, &["unauthenticated"]);
}

#[test]
#[cfg(unix)]
fn an_interrupted_sync_is_whole_and_goes_on() {
    let folder = folder();
    let source = folder.path().join("source");
    std::fs::create_dir(&source).unwrap();
    for n in 0..300 {
        std::fs::write(source.join(format!("{n}.bin")), vec![n as u8; 50_000]).unwrap();
    }
    let sync = ["storage", "sync", "source", "store:copy/"];
    let mut child = program(folder.path()).args(sync).spawn().unwrap();
    // Until the work is under way: before, nobody listens for the signal.
    let objects = folder.path().join("data/objects");
    let begun = || std::fs::read_dir(&objects).is_ok_and(|entries| entries.count() > 4);
    while !begun() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let pid = child.id().to_string();
    std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    // It was interrupted, or done before the signal came.
    assert!(matches!(output.status.code(), Some(130 | 0)), "{output:?}");
    let listed = stdout(&run(
        folder.path(),
        &["--json", "storage", "ls", "store:copy/"],
    ));
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    for object in listed.as_array().unwrap() {
        assert_eq!(object["size"], 50_000, "{object} is half-written");
    }
    assert_eq!(run(folder.path(), &sync).status.code(), Some(0));
    let listed = stdout(&run(
        folder.path(),
        &["--json", "storage", "ls", "store:copy/"],
    ));
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 300);
}
