//! The same over the stand-in of Google Calendar.

use super::{Running, add, ids, json, listed, text};
use crate::configure;
use crate::sandbox::serve;

/// A stand-in that runs, and ends with the test.
pub(crate) struct Google {
    _running: Running,
}

impl Google {
    /// Starts one, and configures a folder for it.
    pub(crate) fn start(folder: &tempfile::TempDir) -> Self {
        let (child, serving) = serve(folder.path(), "google_calendar");
        configure(
            folder,
            &format!(
                "[work]\nprovider = \"google_calendar\"\nbase_url = {}\naccess_token = {}\n",
                serving["base_url"], serving["access_token"]
            ),
        );
        Self {
            _running: Running(child),
        }
    }
}

#[test]
fn a_day_at_google() {
    let folder = tempfile::tempdir().unwrap();
    let _google = Google::start(&folder);
    let calendars = json(&folder, &["calendars"]);
    assert_eq!(calendars[0]["primary"], true, "{calendars}");
    let series = add(
        &folder,
        &[
            "Planning",
            "--start",
            "2026-06-01T09:00",
            "--repeat",
            "FREQ=DAILY;COUNT=4",
            "--with",
            "ada@example.com",
        ],
    );
    add(&folder, &["Holiday", "--start", "2026-06-02", "--all-day"]);
    let second = ids(&folder, "2026-06-03", "2026-06-03").remove(0);
    text(
        &folder,
        &[
            "edit",
            &second,
            "--zone",
            "Europe/Berlin",
            "--start",
            "16:00",
        ],
    );
    let agenda = [
        "events",
        "--zone",
        "America/New_York",
        "--from",
        "2026-06-01",
        "--to",
        "2026-06-03",
    ];
    let expected = "\
Monday, 1 June 2026
  03:00-04:00  Planning

Tuesday, 2 June 2026
  all day      Holiday
  03:00-04:00  Planning

Wednesday, 3 June 2026
  10:00-11:00  Planning
";
    assert_eq!(text(&folder, &agenda), expected);
    text(&folder, &["sync", "--to", "work.db", "--zone", "UTC"]);
    let offline = [&agenda[..], &["--mirror", "work.db"]].concat();
    assert_eq!(text(&folder, &offline), expected);
    let last = ids(&folder, "2026-06-03", "2026-06-03").remove(0);
    text(&folder, &["rm", "--yes", "--following", &last]);
    assert_eq!(listed(&folder, "2026-06-01", "2026-06-30").len(), 3);
    text(&folder, &["rm", "--yes", "--all", &series]);
    let left = listed(&folder, "2026-06-01", "2026-06-30");
    assert_eq!(left, [("2026-06-02".to_owned(), "Holiday".to_owned())]);
}
