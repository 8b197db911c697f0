//! Calendars: on an embedded one in a folder, and on the stand-in of Google's.
//!
//! The zone is said each time, and the days too: no answer depends on when the test runs.

mod copies;
mod events;
mod files;
mod google;
mod wrong;

use std::process::Output;

use serde_json::Value;

use crate::{configure, run, stderr, stdout};

/// A program that ends with the test, however that ends.
pub(crate) struct Running(pub(crate) std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder whose configuration has a calendar in it.
pub(crate) fn diary() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    configure(
        &folder,
        "[diary]\nprovider = \"local_calendar\"\npath = \"diary\"\n",
    );
    folder
}

/// A command of `calendar`.
pub(crate) fn calendar(folder: &tempfile::TempDir, args: &[&str]) -> Output {
    run(folder.path(), &[&["calendar"], args].concat())
}

/// The text of a command that succeeds.
pub(crate) fn text(folder: &tempfile::TempDir, args: &[&str]) -> String {
    let output = calendar(folder, args);
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    stdout(&output)
}

/// The JSON of a command that succeeds.
pub(crate) fn json(folder: &tempfile::TempDir, args: &[&str]) -> Value {
    let text = text(folder, &[&["--json"], args].concat());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Makes an event, and gives its id.
pub(crate) fn add(folder: &tempfile::TempDir, args: &[&str]) -> String {
    let made = json(
        folder,
        &[&["add", "--zone", "Europe/Berlin"], args].concat(),
    );
    made["id"].as_str().unwrap().to_owned()
}

/// The events of days in Berlin, as their starts and titles.
pub(crate) fn listed(folder: &tempfile::TempDir, from: &str, to: &str) -> Vec<(String, String)> {
    let all = json(
        folder,
        &[
            "events",
            "--zone",
            "Europe/Berlin",
            "--from",
            from,
            "--to",
            to,
        ],
    );
    assert_eq!(all["unclear"], Value::Array(Vec::new()));
    let all = all["events"].as_array().unwrap().iter();
    all.map(|one| {
        let of = |name: &str| one[name].as_str().unwrap().to_owned();
        (of("start").replace("[Europe/Berlin]", ""), of("summary"))
    })
    .collect()
}

/// The ids of the occurrences of days in Berlin.
pub(crate) fn ids(folder: &tempfile::TempDir, from: &str, to: &str) -> Vec<String> {
    let all = json(
        folder,
        &[
            "events",
            "--zone",
            "Europe/Berlin",
            "--from",
            from,
            "--to",
            to,
        ],
    );
    let all = all["events"].as_array().unwrap().iter();
    all.map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}
