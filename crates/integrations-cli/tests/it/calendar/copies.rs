//! A calendar is copied into a file, and read without it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::{Running, add, diary, json, text};
use crate::{configure, program};

#[test]
fn what_changed_is_told_and_the_copy_is_read_when_nobody_is_there() {
    let folder = diary();
    let sync = || {
        text(
            &folder,
            &["sync", "--to", "home.db", "--zone", "Europe/Berlin"],
        )
    };
    let series = add(
        &folder,
        &[
            "Planning",
            "--start",
            "2026-06-01T09:00",
            "--repeat",
            "FREQ=DAILY;COUNT=3",
        ],
    );
    let other = add(&folder, &["Lunch", "--start", "2026-06-02T12:00"]);
    assert_eq!(sync(), "copied 2 events\n");
    assert_eq!(sync(), "nothing changed\n");
    let second = super::ids(&folder, "2026-06-02", "2026-06-02").remove(0);
    text(
        &folder,
        &[
            "edit",
            &second,
            "--zone",
            "Europe/Berlin",
            "--start",
            "10:00",
        ],
    );
    text(&folder, &["rm", "--yes", &other]);
    let told = sync();
    assert!(
        told.contains("changed  Planning, Tue 2 June 2026, 10:00-11:00\n"),
        "{told}"
    );
    assert!(told.contains(&format!("removed  {other}\n")), "{told}");
    let shown = [
        "events",
        "--zone",
        "Europe/Berlin",
        "--from",
        "2026-06-01",
        "--to",
        "2026-06-04",
    ];
    let live = text(&folder, &shown);
    // Without the calendar, and without any.
    std::fs::remove_dir_all(folder.path().join("diary")).unwrap();
    configure(&folder, "");
    let copy = text(&folder, &[&shown[..], &["--mirror", "home.db"]].concat());
    assert_eq!(copy, live);
    let expected = "\
Monday, 1 June 2026
  09:00-10:00  Planning

Tuesday, 2 June 2026
  10:00-11:00  Planning

Wednesday, 3 June 2026
  09:00-10:00  Planning
";
    assert_eq!(copy, expected);
    let values = json(&folder, &[&shown[..], &["--mirror", "home.db"]].concat());
    assert_eq!(values["events"][0]["series"], series.as_str());
    // Asking for a calendar besides the copy is two things at once.
    let both = super::calendar(
        &folder,
        &["events", "--mirror", "home.db", "--calendar", "x"],
    );
    assert_eq!(both.status.code(), Some(2));
}

/// The next JSON value of a program's output.
fn next(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> serde_json::Value {
    let mut text = String::new();
    loop {
        text.push_str(&lines.next().unwrap().unwrap());
        if let Ok(value) = serde_json::from_str(&text) {
            return value;
        }
    }
}

#[cfg(unix)]
#[test]
fn a_watch_goes_on_until_it_is_interrupted() {
    let folder = diary();
    let google = super::google::Google::start(&folder);
    let mut command = program(folder.path());
    command.args([
        "--json", "calendar", "sync", "--to", "w.db", "--watch", "1", "--zone", "UTC",
    ]);
    let mut child = Running(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let first = next(&mut lines);
    assert_eq!(
        (&first["first"], &first["changed"]),
        (&true.into(), &0.into())
    );
    add(&folder, &["Lunch", "--start", "2026-06-02T12:00"]);
    let second = next(&mut lines);
    assert_eq!(
        second["changes"][0]["event"]["summary"], "Lunch",
        "{second}"
    );
    let pid = child.0.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(sent.unwrap().success());
    assert_eq!(child.0.wait().unwrap().code(), Some(130));
    drop(google);
}
