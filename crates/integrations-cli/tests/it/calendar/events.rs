//! Events are made, shown, changed and removed.

use super::{add, calendar, diary, ids, json, listed, text};
use crate::{program, stderr, stdout};

const BERLIN: &str = "Europe/Berlin";

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    all.iter().map(owned).collect()
}

#[test]
fn an_agenda_has_whole_days_first_and_series_as_occurrences() {
    let folder = diary();
    add(
        &folder,
        &[
            "Planning",
            "--start",
            "2026-06-01T09:00",
            "--for",
            "45m",
            "--repeat",
            "FREQ=WEEKLY;BYDAY=MO,WE",
            "--location",
            "Room 5",
        ],
    );
    add(
        &folder,
        &[
            "Fair",
            "--start",
            "2026-06-02",
            "--end",
            "2026-06-03",
            "--all-day",
        ],
    );
    add(
        &folder,
        &[
            "会議",
            "--start",
            "2026-06-03T23:00",
            "--end",
            "2026-06-04T01:00",
        ],
    );
    let shown = text(
        &folder,
        &[
            "events",
            "--zone",
            BERLIN,
            "--from",
            "2026-06-01",
            "--to",
            "2026-06-04",
        ],
    );
    let expected = "\
Monday, 1 June 2026
  09:00-09:45  Planning · Room 5

Tuesday, 2 June 2026
  all day      Fair (day 1 of 2)

Wednesday, 3 June 2026
  all day      Fair (day 2 of 2)
  09:00-09:45  Planning · Room 5
  23:00 →      会議 (day 1 of 2)

Thursday, 4 June 2026
  → 01:00      会議 (day 2 of 2)
";
    assert_eq!(shown, expected);
    // The same on another wall: seven hours later in Tokyo, in summer.
    let shown = text(
        &folder,
        &[
            "events",
            "--zone",
            "Tokyo Standard Time",
            "--from",
            "2026-06-03",
            "--to",
            "2026-06-04",
        ],
    );
    let expected = "\
Wednesday, 3 June 2026
  all day      Fair (day 2 of 2)
  16:00-16:45  Planning · Room 5

Thursday, 4 June 2026
  06:00-08:00  会議
";
    assert_eq!(shown, expected);
}

#[test]
fn a_month_is_as_wide_as_the_reader_says() {
    let folder = diary();
    add(
        &folder,
        &[
            "Planning of the year",
            "--start",
            "2026-02-02T09:00",
            "--repeat",
            "daily",
        ],
    );
    add(
        &folder,
        &[
            "Ski 🎿",
            "--start",
            "2026-02-07",
            "--for",
            "2d",
            "--all-day",
        ],
    );
    let month = |columns: &str| {
        let mut command = program(folder.path());
        command.env("COLUMNS", columns);
        command.args(["calendar", "events", "--zone", BERLIN, "--month", "2026-02"]);
        stdout(&command.output().unwrap())
    };
    let shown = month("80");
    let mut lines = shown.lines();
    assert_eq!(lines.next().unwrap().trim(), "February 2026");
    assert_eq!(
        lines.next(),
        Some("Wk │Mon       │Tue       │Wed       │Thu       │Fri       │Sat       │Sun")
    );
    let first: Vec<&str> = lines.skip(1).take(2).collect();
    // The first of February 2026 is the Sunday of week 5.
    assert_eq!(
        first,
        [
            " 5 │          │          │          │          │          │          │1",
            "   │          │          │          │          │          │          │",
        ]
    );
    assert!(
        shown.contains(
            "   │Planning… │Planning… │Planning… │Planning… │Planning… │Ski 🎿    │Ski 🎿\n\
             \u{20}  │          │          │          │          │          │Planning… │Planning…\n"
        ),
        "{shown}"
    );
    let wide = month("140");
    assert!(wide.contains("│09:00 Planning of…│"), "{wide}");
}

#[test]
fn an_occurrence_what_follows_and_a_whole_series_are_changed() {
    let folder = diary();
    let series = add(
        &folder,
        &[
            "Planning",
            "--start",
            "2026-06-01T09:00",
            "--repeat",
            "FREQ=DAILY;COUNT=5",
        ],
    );
    let of = |ids: &[String], n: usize| ids[n].clone();
    let all = ids(&folder, "2026-06-01", "2026-06-05");
    assert_eq!(all.len(), 5);
    // One occurrence, named by its id alone; a time alone keeps its day and its length.
    let edit = |args: &[&str]| json(&folder, &[&["edit", "--zone", BERLIN], args].concat());
    edit(&[&of(&all, 1), "--start", "14:00"]);
    // From the fourth on.
    edit(&[&of(&all, 3), "--following", "--title", "Retrospective"]);
    assert_eq!(
        listed(&folder, "2026-06-01", "2026-06-05"),
        pairs(&[
            ("2026-06-01T09:00:00", "Planning"),
            ("2026-06-02T14:00:00", "Planning"),
            ("2026-06-03T09:00:00", "Planning"),
            ("2026-06-04T09:00:00", "Retrospective"),
            ("2026-06-05T09:00:00", "Retrospective"),
        ])
    );
    // The whole series, named by one of its occurrences.
    edit(&[&of(&all, 2), "--all", "--location", "Room 7"]);
    let shown = json(&folder, &["show", &series, "--zone", BERLIN]);
    assert_eq!(shown["location"], "Room 7");
    // A scope is asked for where an id is that of a series.
    let refused = calendar(&folder, &["edit", &series, "--title", "x"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--all"), "{}", stderr(&refused));
    // Removing goes by the same parts.
    text(&folder, &["rm", "--yes", &of(&all, 2)]);
    assert_eq!(
        listed(&folder, "2026-06-01", "2026-06-03"),
        pairs(&[
            ("2026-06-01T09:00:00", "Planning"),
            ("2026-06-02T14:00:00", "Planning"),
        ])
    );
    let said = text(
        &folder,
        &["rm", "--yes", "--all", "--zone", BERLIN, &series],
    );
    assert_eq!(
        said,
        "removed \"Planning\", Mon 1 June 2026, 09:00-10:00, the whole series\n"
    );
    assert_eq!(
        listed(&folder, "2026-06-01", "2026-06-05"),
        pairs(&[
            ("2026-06-04T09:00:00", "Retrospective"),
            ("2026-06-05T09:00:00", "Retrospective"),
        ])
    );
}

#[test]
fn everything_that_is_said_is_kept_and_shown() {
    let folder = diary();
    let id = add(
        &folder,
        &[
            "Review",
            "--start",
            "2026-06-01T15:00",
            "--end",
            "16:30",
            "--with",
            "ada@example.com",
            "--with",
            "grace@example.com",
            "--location",
            "Room 5",
            "--description",
            "Bring the figures.\nAll of them.",
            "--remind",
            "10m",
            "--remind",
            "1d",
        ],
    );
    let shown = text(&folder, &["show", &id, "--zone", "America/New_York"]);
    for line in [
        " title      Review",
        " when       Mon 1 June 2026, 09:00-10:30",
        " zone       America/New_York",
        " there      Mon 1 June 2026, 15:00 in Europe/Berlin",
        " place      Room 5",
        " with       ada@example.com (needs action)",
        " reminder   10 minutes before",
        " reminder   1440 minutes before",
        "Bring the figures.",
        "All of them.",
    ] {
        assert!(
            shown.lines().any(|found| found == line),
            "{line:?}: {shown}"
        );
    }
    let edit = |args: &[&str]| json(&folder, &[&["edit", &id, "--zone", BERLIN], args].concat());
    let changed = edit(&[
        "--without",
        "ada@example.com",
        "--with",
        "alan@example.com",
        "--location",
        "",
        "--remind",
        "none",
        "--for",
        "30m",
    ]);
    let emails: Vec<_> = changed["attendees"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["email"].as_str().unwrap())
        .collect();
    assert_eq!(emails, ["grace@example.com", "alan@example.com"]);
    assert_eq!(changed["location"], serde_json::Value::Null);
    assert_eq!(changed["ends_at"], "2026-06-01T13:30:00Z");
    assert_eq!(changed["description"], "Bring the figures.\nAll of them.");
    // A day keeps the hour of nothing: the event becomes one of a day and an hour again.
    let days = edit(&["--start", "2026-06-10", "--all-day"]);
    assert_eq!(
        (&days["start"], &days["end"]),
        (&"2026-06-10".into(), &"2026-06-11".into())
    );
    let hours = edit(&["--start", "2026-06-10T08:00"]);
    assert_eq!(hours["ends_at"], "2026-06-10T07:00:00Z");
}

#[test]
fn the_same_key_makes_no_second_event() {
    let folder = diary();
    let make = || {
        add(
            &folder,
            &["Once", "--start", "2026-06-01T09:00", "--key", "order-7"],
        )
    };
    assert_eq!(make(), make());
    assert_eq!(listed(&folder, "2026-06-01", "2026-06-01").len(), 1);
}

#[test]
fn times_are_found_and_a_time_that_is_not_known_is_not_free() {
    let folder = diary();
    add(
        &folder,
        &["Planning", "--start", "2026-06-01T09:00", "--for", "2h"],
    );
    add(
        &folder,
        &["Lunch", "--start", "2026-06-01T12:00", "--for", "1h"],
    );
    let when = [
        "--zone",
        BERLIN,
        "--from",
        "2026-06-01",
        "--to",
        "2026-06-01",
    ];
    let free = text(&folder, &[&["free"], &when[..]].concat());
    let expected = " WHO   BUSY\n Home  Mon 1 June 2026, 09:00-11:00\n \
                    Home  Mon 1 June 2026, 12:00-13:00\n";
    assert!(free.starts_with(expected), "{free}");
    let find = [
        "find-time",
        "--for",
        "45m",
        "--working-hours",
        "--limit",
        "2",
    ];
    let found = text(&folder, &[&find[..], &when[..]].concat());
    assert_eq!(
        found,
        "Mon 1 June 2026, 11:00-11:45\nMon 1 June 2026, 11:15-12:00\n"
    );
    // Saturday has no working hours.
    let saturday = [
        "--zone",
        BERLIN,
        "--from",
        "2026-06-06",
        "--to",
        "2026-06-06",
    ];
    let found = text(&folder, &[&find[..], &saturday[..]].concat());
    assert!(found.starts_with("nobody finds 45m"), "{found}");
    let stranger = ["free", "--who", "stranger@example.com"];
    let output = calendar(&folder, &[&stranger[..], &when[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("not known"), "{}", stdout(&output));
}

#[test]
fn a_removal_asks_and_only_yes_removes() {
    let folder = diary();
    let id = add(&folder, &["Precious", "--start", "2026-06-01T09:00"]);
    let output = calendar(&folder, &["rm", &id]);
    assert_eq!(output.status.code(), Some(2), "nobody can be asked here");
    assert!(stderr(&output).contains("--yes"), "{}", stderr(&output));
    // One of two is not there: nothing is removed.
    let output = calendar(&folder, &["rm", "--yes", &id, "none"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(listed(&folder, "2026-06-01", "2026-06-01").len(), 1);
    if cfg!(target_os = "linux") {
        for (typed, left) in [("n\n", 1), ("\n", 1), ("y\n", 0)] {
            // `script` of util-linux plays the terminal.
            let integrations = env!("CARGO_BIN_EXE_integrations");
            let line = format!("{integrations} calendar rm --zone {BERLIN} {id}");
            let mut command = std::process::Command::new("script");
            command
                .args(["-qec", &line, "/dev/null"])
                .current_dir(folder.path());
            command
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::piped());
            let Ok(mut child) = command.spawn() else {
                eprintln!("skipped: there is no `script` to play the terminal");
                return;
            };
            use std::io::Write;
            child
                .stdin
                .take()
                .unwrap()
                .write_all(typed.as_bytes())
                .unwrap();
            let shown = stdout(&child.wait_with_output().unwrap());
            assert!(
                shown.contains("remove \"Precious\", Mon 1 June 2026, 09:00-10:00? [y/N]"),
                "{shown}"
            );
            assert_eq!(
                listed(&folder, "2026-06-01", "2026-06-01").len(),
                left,
                "{typed:?}"
            );
        }
    }
}
