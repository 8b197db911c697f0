//! The program as its users run it.

// A test that cannot set itself up has failed; one that is skipped says so.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod bad_input;
mod browser;
mod calendar;
mod commands;
mod connect;
mod copies;
mod credentials;
#[cfg(unix)]
mod interrupted;
mod names;
mod replay;
#[cfg(unix)]
mod sandbox;
mod stub;
mod suites;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program in a folder, with nothing of the surrounding environment.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_integrations"));
    command
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null());
    command
}

pub(crate) fn run(folder: &Path, args: &[&str]) -> Output {
    program(folder).args(args).output().unwrap()
}

/// A folder whose configuration has a store in it.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    configure(
        &folder,
        "[store]\nprovider = \"local_storage\"\npath = \"data\"\n",
    );
    folder
}

pub(crate) fn configure(folder: &tempfile::TempDir, text: &str) {
    std::fs::write(folder.path().join("integrations.toml"), text).unwrap();
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
