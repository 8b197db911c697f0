//! Wrong input gives one clear line and its exit code, and changes nothing.

use super::{calendar, diary, listed};
use crate::{configure, run, stderr};

fn refused(folder: &tempfile::TempDir, args: &[&str], code: i32, words: &[&str]) {
    let output = calendar(folder, args);
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
fn times_that_are_none_or_two_are_told() {
    let folder = diary();
    let add = |start: &'static str, more: &[&'static str], words: &[&str]| {
        let args = ["add", "x", "--zone", "Europe/Berlin", "--start", start];
        refused(&folder, &[&args[..], more].concat(), 2, words);
    };
    add("soon", &[], &["soon", "2026-06-01"]);
    add("2026-03-29T02:30", &[], &["skipped", "01:30", "03:30"]);
    add(
        "2026-10-25T02:30",
        &[],
        &["comes twice", "+02:00", "+01:00"],
    );
    add("2026-06-01", &[], &["--all-day"]);
    add("2026-06-01T09:00", &["--end", "08:00"], &["ends after"]);
    add("2026-06-01T09:00", &["--for", "soon"], &["length"]);
    add(
        "2026-06-01T09:00",
        &["--repeat", "FREQ=SOMETIMES"],
        &["SOMETIMES"],
    );
    add("2026-06-01T09:00", &["--with", "nobody"], &["nobody"]);
    add("2026-06-01T09:00", &["--remind", "later"], &["later"]);
    add("2026-06-01T09:00", &["--key", "no blanks"], &["key"]);
    let zone = ["add", "x", "--zone", "Nowhere/Land", "--start", "09:00"];
    refused(&folder, &zone, 2, &["Nowhere/Land", "IANA"]);
    let back = [
        "events",
        "--zone",
        "UTC",
        "--from",
        "2026-06-02",
        "--to",
        "2026-06-01",
    ];
    refused(&folder, &back, 2, &["--to"]);
    refused(
        &folder,
        &["events", "--zone", "UTC", "--month", "June"],
        2,
        &["2026-06"],
    );
    assert_eq!(listed(&folder, "2026-01-01", "2026-12-31"), []);
}

#[test]
fn which_calendar_is_never_guessed() {
    let folder = diary();
    let there = ["events", "--zone", "UTC"];
    let with = |more: &[&'static str]| [&there[..], more].concat();
    refused(
        &folder,
        &with(&["--calendar", "Garden"]),
        2,
        &["Garden", "\"Home\""],
    );
    refused(&folder, &with(&["--integration", "none"]), 2, &["none"]);
    configure(
        &folder,
        "[one]\nprovider = \"local_calendar\"\n[two]\nprovider = \"local_calendar\"\n\
         [store]\nprovider = \"local_storage\"\n",
    );
    refused(&folder, &there, 2, &["--integration", "one, two"]);
    refused(
        &folder,
        &with(&["--integration", "store"]),
        2,
        &["no calendar"],
    );
    configure(&folder, "[store]\nprovider = \"local_storage\"\n");
    refused(&folder, &there, 3, &["no calendar is configured"]);
}

#[test]
fn an_event_that_is_not_there_is_said() {
    let folder = diary();
    refused(
        &folder,
        &["show", "none", "--zone", "UTC"],
        1,
        &["none", "does not exist"],
    );
    let edit = ["edit", "none", "--zone", "UTC", "--title", "x"];
    refused(&folder, &edit, 1, &["none"]);
}

#[test]
fn a_copy_that_is_not_there_is_not_made() {
    let folder = diary();
    let read = ["events", "--zone", "UTC", "--mirror", "none.db"];
    refused(&folder, &read, 2, &["none.db", "sync"]);
    assert!(!folder.path().join("none.db").exists());
    std::fs::write(folder.path().join("note.txt"), "hello").unwrap();
    refused(
        &folder,
        &["events", "--zone", "UTC", "--mirror", "note.txt"],
        1,
        &["note.txt"],
    );
    assert_eq!(
        std::fs::read(folder.path().join("note.txt")).unwrap(),
        b"hello"
    );
}

#[test]
fn errors_are_json_where_json_is_asked_for() {
    let folder = diary();
    let args = ["--json", "calendar", "events", "--zone", "Nowhere"];
    let error: serde_json::Value =
        serde_json::from_str(&stderr(&run(folder.path(), &args))).unwrap();
    assert_eq!(error["error"]["kind"], "invalid_input");
}
