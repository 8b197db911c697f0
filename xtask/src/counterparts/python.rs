//! Packages of PyPI.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run as run_command;

/// What expands series beside ours, with its zones. The zones are those of the system where it has
/// some, as in jiff; otherwise those of `tzdata`, whose 2026.6 is the 2026f that jiff brings.
const RECURRENCE: [&str; 5] = [
    "python-dateutil==2.9.0",
    "recurring-ical-events==3.8.2",
    "icalendar==7.3.2",
    "tzlocal==5.4.5",
    "tzdata==2026.6",
];

/// The interpreter that has them.
pub(super) fn recurrence(home: &Path) -> Result<PathBuf, String> {
    Ok(environment(home, "recurrence-1", &RECURRENCE)?.join("bin/python"))
}

/// Google's own client, with the discovery documents of its version.
const GOOGLE: &str = "google-api-python-client==2.202.0";

/// The interpreter that has it.
pub(super) fn google(home: &Path) -> Result<PathBuf, String> {
    Ok(environment(home, "google-1", &[GOOGLE])?.join("bin/python"))
}

/// Microsoft's own client, and what its core imports without saying that it needs it.
const GRAPH: [&str; 2] = ["msgraph-sdk==1.65.0", "Deprecated==1.3.1"];

/// The interpreter that has it.
pub(super) fn graph(home: &Path) -> Result<PathBuf, String> {
    Ok(environment(home, "graph-1", &GRAPH)?.join("bin/python"))
}

/// An environment of Python with some packages, made once for each name.
pub(super) fn environment(home: &Path, name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let folder = home.join(name);
    // Written last: an installation that was cut off is made anew.
    let done = folder.join("installed");
    if !done.exists() {
        println!("installing {} (once)", packages.join(", "));
        let _ = std::fs::remove_dir_all(&folder);
        let mut venv = Command::new("python3");
        run_command(venv.args(["-m", "venv"]).arg(&folder))?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet"])
            .arg("--disable-pip-version-check")
            .args(packages);
        run_command(&mut pip)?;
        std::fs::write(&done, "").map_err(|e| format!("{}: {e}", done.display()))?;
    }
    Ok(folder)
}
