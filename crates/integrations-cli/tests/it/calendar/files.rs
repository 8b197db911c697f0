//! iCalendar files go in, in whatever state, and come out.

use std::io::Write;
use std::process::{Child, Output, Stdio};

use serde_json::Value;

use super::google::Google;
use super::{calendar, diary, json, listed, text};
use crate::{program, stderr, stdout};

/// A file as programs write them: a zone by Windows' name, a series with a moved and a cancelled
/// occurrence, an invitation, a task, an event that is damaged, one that is there twice.
const FILE: &str = "\
BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//example//file//EN\r
BEGIN:VEVENT\r
UID:series@example.com\r
DTSTART;TZID=W. Europe Standard Time:20260601T090000\r
DTEND;TZID=W. Europe Standard Time:20260601T100000\r
RRULE:FREQ=DAILY;COUNT=4\r
SUMMARY:Planning\r
LOCATION:Room 5\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:series@example.com\r
RECURRENCE-ID;TZID=W. Europe Standard Time:20260602T090000\r
DTSTART;TZID=W. Europe Standard Time:20260602T150000\r
DTEND;TZID=W. Europe Standard Time:20260602T160000\r
SUMMARY:Planning in the afternoon\r
LOCATION:Room 5\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:series@example.com\r
RECURRENCE-ID;TZID=W. Europe Standard Time:20260603T090000\r
DTSTART;TZID=W. Europe Standard Time:20260603T090000\r
DTEND;TZID=W. Europe Standard Time:20260603T100000\r
STATUS:CANCELLED\r
SUMMARY:Planning\r
LOCATION:Room 5\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:review@example.com\r
DTSTART:20260602T110000Z\r
DTEND:20260602T120000Z\r
SUMMARY:Review\r
DESCRIPTION:Bring the figures.\\nAll of them.\r
ORGANIZER:mailto:ada@example.com\r
ATTENDEE;PARTSTAT=ACCEPTED:mailto:grace@example.com\r
BEGIN:VALARM\r
ACTION:DISPLAY\r
TRIGGER:-PT10M\r
DESCRIPTION:x\r
END:VALARM\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:damaged@example.com\r
DTSTART:no time at all\r
SUMMARY:Damaged\r
END:VEVENT\r
BEGIN:VTODO\r
UID:task@example.com\r
SUMMARY:A task\r
END:VTODO\r
BEGIN:VEVENT\r
UID:fair@example.com\r
DTSTART;VALUE=DATE:20260603\r
DTEND;VALUE=DATE:20260605\r
SUMMARY:Fair\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:fair@example.com\r
DTSTART;VALUE=DATE:20260703\r
SUMMARY:Another fair\r
END:VEVENT\r
END:VCALENDAR\r
";

/// What is in the calendar after it was imported.
const THERE: [(&str, &str); 5] = [
    ("2026-06-01T09:00:00", "Planning"),
    ("2026-06-02T11:00:00Z", "Review"),
    ("2026-06-02T15:00:00", "Planning in the afternoon"),
    ("2026-06-03", "Fair"),
    ("2026-06-04T09:00:00", "Planning"),
];

fn import(folder: &tempfile::TempDir, file: &str, more: &[&str]) -> (Option<i32>, Value) {
    let args = ["import", file, "--zone", "Europe/Berlin", "--json"];
    let output = calendar(folder, &[&args[..], more].concat());
    let text = stdout(&output);
    let value = serde_json::from_str(&text);
    let value = value.unwrap_or_else(|error| panic!("{error}: {text}{}", stderr(&output)));
    (output.status.code(), value)
}

fn counts(report: &Value) -> (u64, u64, u64) {
    let of = |name: &str| report[name].as_u64().unwrap();
    (of("made"), of("changed"), of("equal"))
}

/// The times of June, with the instants of whatever form they have.
fn june(folder: &tempfile::TempDir) -> Vec<(String, String)> {
    let mut all = listed(folder, "2026-06-01", "2026-06-30");
    all.sort();
    // Google has a zone for each time, and the file says the instant.
    for (start, _) in &mut all {
        if start == "2026-06-02T11:00:00[UTC]" || start == "2026-06-02T13:00:00" {
            "2026-06-02T11:00:00Z".clone_into(start);
        }
    }
    all
}

fn there() -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    THERE.iter().map(owned).collect()
}

/// The file, again, and with changes.
fn goes_in(folder: &tempfile::TempDir) {
    std::fs::write(folder.path().join("file.ics"), FILE).unwrap();
    let (code, plan) = import(folder, "file.ics", &["--dry-run"]);
    assert_eq!((code, counts(&plan)), (Some(1), (3, 0, 0)), "{plan:#}");
    assert_eq!(june(folder), []);

    let (code, report) = import(folder, "file.ics", &[]);
    assert_eq!((code, counts(&report)), (Some(1), (3, 0, 0)), "{report:#}");
    assert_eq!(june(folder), there());
    // The damaged one and the second of the same UID, each with its line.
    let failed = report["failed"].as_array().unwrap();
    let lines: Vec<_> = failed
        .iter()
        .map(|one| one["line"].as_u64().unwrap())
        .collect();
    let line = |needle: &str| FILE.lines().position(|line| line == needle).unwrap() as u64 + 1;
    assert_eq!(lines.len(), 2, "{report:#}");
    assert!(
        (line("UID:damaged@example.com") - 1..=line("SUMMARY:Damaged")).contains(&lines[0]),
        "{lines:?}"
    );
    assert_eq!(
        lines[1],
        line("DTSTART;VALUE=DATE:20260703") - 2,
        "{report:#}"
    );
    assert_eq!(report["left_out"]["ORGANIZER"], 1, "{report:#}");
    assert_eq!(report["others"]["VTODO"], 1, "{report:#}");
    let ids = super::ids(folder, "2026-06-02", "2026-06-02");
    let review = ids
        .iter()
        .map(|id| json(folder, &["show", id, "--zone", "UTC"]))
        .find(|one| one["summary"] == "Review")
        .unwrap();
    assert_eq!(review["description"], "Bring the figures.\nAll of them.");
    assert_eq!(review["attendees"][0]["email"], "grace@example.com");

    // Again: nothing is made and nothing changes.
    let (_, again) = import(folder, "file.ics", &[]);
    assert_eq!(counts(&again), (0, 0, 3), "{again:#}");
    assert_eq!(june(folder), there());

    // Two differ: an event, and an occurrence alone.
    let changed = FILE
        .replace("SUMMARY:Fair", "SUMMARY:Fair in Hanover")
        .replace("Planning in the afternoon", "Planning later");
    std::fs::write(folder.path().join("file.ics"), changed).unwrap();
    let (_, report) = import(folder, "file.ics", &["--dry-run"]);
    assert_eq!(counts(&report), (0, 2, 1), "{report:#}");
    assert_eq!(june(folder), there());
    let (_, report) = import(folder, "file.ics", &[]);
    assert_eq!(counts(&report), (0, 2, 1), "{report:#}");
    let titles: Vec<String> = june(folder).into_iter().map(|(_, title)| title).collect();
    assert_eq!(
        titles,
        [
            "Planning",
            "Review",
            "Planning later",
            "Fair in Hanover",
            "Planning"
        ]
    );
    let (_, report) = import(folder, "file.ics", &[]);
    assert_eq!(counts(&report), (0, 0, 3), "{report:#}");

    // What was removed since is made again, and what the file calls off goes.
    let fair = super::ids(folder, "2026-06-03", "2026-06-03").remove(0);
    text(folder, &["rm", "--yes", &fair]);
    let off = FILE.replace("SUMMARY:Review", "STATUS:CANCELLED\r\nSUMMARY:Review");
    std::fs::write(folder.path().join("file.ics"), off).unwrap();
    let (_, report) = import(folder, "file.ics", &[]);
    assert_eq!(counts(&report), (1, 1, 0), "{report:#}");
    assert_eq!(report["removed"], 1, "{report:#}");
    let titles: Vec<String> = june(folder).into_iter().map(|(_, title)| title).collect();
    assert_eq!(
        titles,
        ["Planning", "Planning in the afternoon", "Fair", "Planning"]
    );
}

#[test]
fn a_file_goes_into_an_embedded_calendar_and_again() {
    goes_in(&diary());
}

#[test]
fn a_file_goes_into_google_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let _google = Google::start(&folder);
    goes_in(&folder);
}

#[test]
fn a_calendar_comes_out_and_goes_into_another_provider() {
    let from = diary();
    std::fs::write(from.path().join("file.ics"), FILE).unwrap();
    import(&from, "file.ics", &[]);
    let said = text(&from, &["export", "out.ics", "--zone", "UTC"]);
    // The moved occurrence is an event of the file.
    assert_eq!(said, "exported 4 events to out.ics\n");
    let file = std::fs::read_to_string(from.path().join("out.ics")).unwrap();
    assert_eq!(text(&from, &["export", "--zone", "UTC"]), file);
    let to = tempfile::tempdir().unwrap();
    let _google = Google::start(&to);
    std::fs::write(to.path().join("out.ics"), &file).unwrap();
    let (code, report) = import(&to, "out.ics", &[]);
    assert_eq!((code, counts(&report)), (Some(0), (3, 0, 0)), "{report:#}");
    assert_eq!(june(&to), there());
    // Into the calendar that it came from it brings nothing.
    let (code, report) = import(&from, "out.ics", &[]);
    assert_eq!((code, counts(&report)), (Some(0), (0, 0, 3)), "{report:#}");
    // A part: the fair alone is on the fifth of June or later, but for a series with no later one.
    let part = [
        "export",
        "--zone",
        "UTC",
        "--from",
        "2026-06-04T12:00",
        "--to",
        "2026-06-30",
    ];
    let part = text(&from, &part);
    assert!(
        part.contains("SUMMARY:Fair") && !part.contains("SUMMARY:Review"),
        "{part}"
    );
    // A file that cannot be written leaves nothing.
    let output = calendar(&from, &["export", "none/out.ics", "--zone", "UTC"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("none/"), "{}", stderr(&output));
}

#[test]
fn what_is_no_file_of_events_is_told() {
    let folder = diary();
    let refused = |file: &str, code: i32, word: &str| {
        let output = calendar(&folder, &["import", file, "--zone", "UTC"]);
        let line = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{file}: {line}");
        assert!(line.contains(word), "{file}: {line}");
    };
    refused("none.ics", 1, "none.ics");
    refused(".", 2, "not a file");
    std::fs::write(folder.path().join("text.ics"), "hello\nworld\n").unwrap();
    let (code, report) = import(&folder, "text.ics", &[]);
    assert_eq!((code, counts(&report)), (Some(1), (0, 0, 0)), "{report:#}");
    assert_eq!(report["failed"][0]["line"], 1, "{report:#}");
    std::fs::write(folder.path().join("empty.ics"), "").unwrap();
    assert_eq!(import(&folder, "empty.ics", &[]).0, Some(0));
}

/// A file of so many events, each of an hour of its own.
fn many(count: usize) -> String {
    let mut file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n".to_owned();
    for n in 0..count {
        file.push_str(&event(n));
    }
    file + "END:VCALENDAR\r\n"
}

fn event(n: usize) -> String {
    let (day, hour) = (n / 24, n % 24);
    let start: jiff::civil::Date = "2026-01-01".parse().unwrap();
    let date = start + jiff::ToSpan::days(i64::try_from(day).unwrap());
    format!(
        "BEGIN:VEVENT\r\nUID:event-{n}@example.com\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART;TZID=Europe/Berlin:{}T{hour:02}0000\r\nDURATION:PT30M\r\n\
         SUMMARY:Event {n}\r\nDESCRIPTION:{}\r\nEND:VEVENT\r\n",
        date.strftime("%Y%m%d"),
        "A line about it. ".repeat(20)
    )
}

/// Runs an import to its end, and gives the most memory that it had, in MiB.
#[cfg(target_os = "linux")]
fn measured(folder: &tempfile::TempDir, file: &str) -> (Output, u64) {
    let mut command = program(folder.path());
    command.args(["--json", "calendar", "import", file, "--zone", "UTC"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        // `VmHWM` of proc(5), in KiB. There is none when it has ended.
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = kib.unwrap_or(peak).max(peak);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    (child.wait_with_output().unwrap(), peak / 1024)
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_events_go_in_once_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let _google = Google::start(&folder);
    std::fs::write(folder.path().join("many.ics"), many(10_000)).unwrap();
    for expected in [(10_000, 0, 0), (0, 0, 10_000)] {
        let (output, peak) = measured(&folder, "many.ics");
        let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(counts(&report), expected, "{}", stderr(&output));
        assert_eq!(output.status.code(), Some(0), "{report:#}");
        // All events as the provider has them are more than that.
        assert!(peak > 0 && peak < 96, "{peak} MiB");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_import_says_how_far_it_came_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let _google = Google::start(&folder);
    let mut command = program(folder.path());
    command.args(["calendar", "import", "-", "--zone", "UTC"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child: Child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"BEGIN:VCALENDAR\r\n").unwrap();
    for n in 0..40 {
        input.write_all(event(n).as_bytes()).unwrap();
    }
    // Only the line behind the last one says that it does not go on (RFC 5545, section 3.1).
    input.write_all(b"X-MORE:1\r\n").unwrap();
    input.flush().unwrap();
    // It waits for more when those are there.
    while listed(&folder, "2026-01-01", "2026-01-05").len() < 40 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(sent.unwrap().success());
    let output = child.wait_with_output().unwrap();
    drop(input);
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let line = stderr(&output);
    assert!(
        line.contains("40 events are done with: 40 made") && line.contains("run it again"),
        "{line}"
    );
    std::fs::write(folder.path().join("many.ics"), many(60)).unwrap();
    let (code, report) = import(&folder, "many.ics", &[]);
    assert_eq!(
        (code, counts(&report)),
        (Some(0), (20, 0, 40)),
        "{report:#}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn who_waits_at_a_terminal_sees_how_many_are_in() {
    let folder = tempfile::tempdir().unwrap();
    let _google = Google::start(&folder);
    std::fs::write(folder.path().join("many.ics"), many(300)).unwrap();
    let integrations = env!("CARGO_BIN_EXE_integrations");
    let line = format!("{integrations} calendar import many.ics --zone UTC");
    // `script` of util-linux plays the terminal.
    let output = std::process::Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .current_dir(folder.path())
        .env("TERM", "xterm")
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: there is no `script` to play the terminal");
        return;
    };
    let shown = stdout(&output);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("/300"), "{shown:?}");
    assert!(shown.contains("made 300"), "{shown:?}");
}
