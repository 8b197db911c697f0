//! Secrets that are kept, and the keys that seal them.

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::{program, run, stderr, stdout};

const CANARY: &str = "sk_test_canary_4711";

/// Runs with lines on the standard input.
fn typed(folder: &Path, args: &[&str], lines: &str) -> Output {
    let mut child = program(folder)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who has ended already reads nothing.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    child.wait_with_output().unwrap()
}

/// A folder with a key and a store, in which one secret is kept.
fn kept() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = run(folder.path(), &["credentials", "init"]);
    assert!(made.status.success(), "{}", stderr(&made));
    let set = typed(
        folder.path(),
        &["credentials", "set", "stripe", "secret_key"],
        &format!("{CANARY}\n"),
    );
    assert!(set.status.success(), "{}", stderr(&set));
    folder
}

fn key_file(folder: &Path) -> std::path::PathBuf {
    folder.join(".config/integrations/sealing.keys")
}

fn keys(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(key_file(folder)).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn names(folder: &Path) -> String {
    let list = run(folder, &["credentials", "list", "--json"]);
    assert!(list.status.success(), "{}", stderr(&list));
    let shown = stdout(&list);
    assert!(!shown.contains(CANARY), "{shown}");
    shown
}

/// Every file below, for a secret that must not be in any.
fn nowhere(folder: &Path, secret: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            nowhere(&path, secret);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{} has the secret", path.display());
        }
    }
}

#[test]
fn a_secret_is_kept_sealed_and_only_its_name_is_shown() {
    let folder = kept();
    let shown = names(folder.path());
    assert!(
        shown.contains("\"secret_key\"") && shown.contains("\"stripe\""),
        "{shown}"
    );
    nowhere(folder.path(), CANARY);
    let listed = run(folder.path(), &["connections", "show", "stripe"]);
    assert!(listed.status.success() && !stdout(&listed).contains(CANARY));
    // Another secret of the same connection leaves the first.
    let more = typed(
        folder.path(),
        &["credentials", "set", "stripe", "webhook_secret"],
        "whsec_1\n",
    );
    assert!(more.status.success(), "{}", stderr(&more));
    let shown = names(folder.path());
    assert!(
        shown.contains("secret_key") && shown.contains("webhook_secret"),
        "{shown}"
    );
}

#[test]
fn a_secret_that_is_kept_is_the_integrations() {
    let folder = kept();
    crate::configure(
        &folder,
        "[s3]\nbucket = \"photos\"\naccess_key_id = \"AKIAEXAMPLE\"\n",
    );
    let missing = run(folder.path(), &["config", "check"]);
    assert_eq!(missing.status.code(), Some(3), "the secret is missing");
    typed(
        folder.path(),
        &["credentials", "set", "s3", "secret_access_key"],
        &format!("{CANARY}\n"),
    );
    let shown = stdout(&run(folder.path(), &["config", "show", "s3"]));
    assert!(
        shown.contains("the sealed store") && !shown.contains(CANARY),
        "{shown}"
    );
}

#[test]
fn a_secret_in_the_arguments_is_refused_and_not_repeated() {
    let folder = kept();
    let argument = format!("secret_key={CANARY}");
    let refused = run(folder.path(), &["credentials", "set", "stripe", &argument]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(!stderr(&refused).contains(CANARY), "{}", stderr(&refused));
}

#[test]
fn without_a_secret_nothing_is_kept() {
    let folder = kept();
    for (lines, names) in [("", &["a"][..]), ("\n", &["a"]), ("one\n", &["a", "b"])] {
        let args = [&["credentials", "set", "other"], names].concat();
        let refused = typed(folder.path(), &args, lines);
        assert_eq!(refused.status.code(), Some(2), "{lines:?}");
    }
    assert!(!names(folder.path()).contains("other"));
}

#[test]
fn without_a_key_the_line_says_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(folder.path(), &["credentials", "list"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(
        stderr(&refused).contains("credentials init"),
        "{}",
        stderr(&refused)
    );
    // A key is never replaced.
    run(folder.path(), &["credentials", "init"]);
    let first = keys(folder.path());
    assert!(
        run(folder.path(), &["credentials", "init"])
            .status
            .success()
    );
    assert_eq!(keys(folder.path()), first);
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = kept();
    let mode = std::fs::metadata(key_file(folder.path()))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::set_permissions(
        key_file(folder.path()),
        std::fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    let refused = run(folder.path(), &["credentials", "list"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("chmod"), "{}", stderr(&refused));
}

#[test]
fn a_new_key_seals_everything_and_the_old_one_goes() {
    let folder = kept();
    let old = keys(folder.path());
    let rotated = run(folder.path(), &["credentials", "rotate-key"]);
    assert!(rotated.status.success(), "{}", stderr(&rotated));
    let new = keys(folder.path());
    assert_eq!(new.len(), 1);
    assert!(new != old);
    assert!(names(folder.path()).contains("secret_key"));
    // What is sealed with the new key does not open with the old one.
    std::fs::write(key_file(folder.path()), old.join("\n")).unwrap();
    let refused = run(folder.path(), &["credentials", "list"]);
    assert!(!refused.status.success());
    assert!(!stderr(&refused).contains(CANARY));
}

#[test]
fn a_key_is_prepared_first_where_programs_are_running() {
    let folder = kept();
    let old = keys(folder.path());
    let prepared = run(folder.path(), &["credentials", "rotate-key", "--prepare"]);
    assert!(prepared.status.success(), "{}", stderr(&prepared));
    let both = keys(folder.path());
    assert_eq!(both[0], old[0], "the old key seals");
    let again = run(folder.path(), &["credentials", "rotate-key", "--prepare"]);
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(keys(folder.path()), both);
    let rotated = run(folder.path(), &["credentials", "rotate-key", "--keep-old"]);
    assert!(rotated.status.success(), "{}", stderr(&rotated));
    assert_eq!(keys(folder.path()), [both[1].clone(), old[0].clone()]);
    assert!(names(folder.path()).contains("secret_key"));
}

#[test]
fn a_rotation_that_was_interrupted_goes_on_with_the_same_key() {
    let folder = kept();
    let old = keys(folder.path());
    run(folder.path(), &["credentials", "rotate-key"]);
    let new = keys(folder.path());
    // As it was before the old key was taken away.
    let text = format!("{}\n{}\n", new[0], old[0]);
    std::fs::write(key_file(folder.path()), text).unwrap();
    let resumed = run(folder.path(), &["credentials", "rotate-key"]);
    assert!(resumed.status.success(), "{}", stderr(&resumed));
    assert_eq!(keys(folder.path()), new);
    assert!(names(folder.path()).contains("secret_key"));
}

#[test]
fn an_export_is_sealed_and_opens_with_the_same_keys() {
    let folder = kept();
    let plain = run(folder.path(), &["credentials", "export", "backup"]);
    assert_eq!(
        plain.status.code(),
        Some(2),
        "there is no way out but sealed"
    );
    let export = ["credentials", "export", "--sealed", "backup"];
    let exported = run(folder.path(), &export);
    assert!(exported.status.success(), "{}", stderr(&exported));
    nowhere(&folder.path().join("backup"), CANARY);
    let listed = run(folder.path(), &["credentials", "list", "--store", "backup"]);
    assert!(
        stdout(&listed).contains("secret_key"),
        "{}",
        stderr(&listed)
    );
    assert_eq!(
        run(folder.path(), &export).status.code(),
        Some(2),
        "nothing is written over"
    );
}

#[test]
fn a_damaged_record_is_named_and_hides_no_other() {
    let folder = kept();
    typed(
        folder.path(),
        &["credentials", "set", "mailgun", "api_key"],
        "key-1\n",
    );
    let store = folder.path().join(".local/share/integrations/credentials");
    let before = names(folder.path());
    assert!(before.contains("mailgun"));
    let records: Vec<_> = std::fs::read_dir(&store)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() || path.extension().is_some())
        .collect();
    let record = largest(&store);
    let mut bytes = std::fs::read(&record).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&record, bytes).unwrap();
    let listed = run(folder.path(), &["connections", "list", "--json"]);
    assert_eq!(listed.status.code(), Some(1), "{records:?}");
    let shown = stdout(&listed);
    assert!(
        shown.contains("damaged") && shown.contains("active"),
        "{shown}"
    );
}

/// A record: the files beside it are the list and the lock.
fn largest(folder: &Path) -> std::path::PathBuf {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.push(largest(&path)),
            false => files.push(path),
        }
    }
    files.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        !name.contains("list") && !name.contains("manifest") && !name.contains("lock")
    });
    files.sort();
    files.into_iter().next().unwrap()
}
