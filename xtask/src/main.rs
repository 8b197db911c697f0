//! What a contributor types.
//!
//! - `cargo xtask test`: every test, against the counterparts (servers that this project did not
//!   write), which it installs and starts itself.
//! - `cargo xtask counterparts up`: the same servers, left running for work by hand.
//! - `cargo xtask alone`: each crate by itself, with its smallest features.
//! - `cargo xtask evidence`: the page that says what each operation of each provider stands on.
//! - `cargo xtask effects`: the page that says of each request whether it is sent twice.
//! - `cargo xtask cost`: crates and compile time of each provider, beside its SDK.
//! - `cargo xtask bench storage`: object storage beside its peers, in one run.
//! - `cargo xtask bench guard`: the guard beside its peers, under load, outages and lost answers.
//! - `cargo xtask bench recurrence`: series beside the crate `rrule`.
//! - `cargo xtask bench stream`, `bench tree`: a long stream and a real tree of files through the
//!   command line to an S3 server and back, with the peak of its memory.
//! - `cargo xtask windows-zones`: the table of Windows' names for time zones.
#![allow(clippy::print_stdout, clippy::print_stderr)] // It is a command line.

mod alone;
mod bench;
mod cost;
mod counterparts;
mod evidence;
mod memory;
mod test;
mod windows_zones;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

/// How a task ends: nothing, or the line to print.
type Outcome = Result<(), String>;

#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run every test.
    Test(test::Args),
    /// The servers that tests run against.
    #[command(subcommand)]
    Counterparts(counterparts::Command),
    /// Check each crate by itself, with its smallest features.
    Alone,
    /// Make the page that says what each operation of each provider stands on.
    Evidence(evidence::Args),
    /// Make the page that says of each request whether it is sent twice. A test holds it to the code.
    Effects,
    /// Measure what each provider costs to compile.
    Cost(cost::Args),
    /// Measure speed, beside the peers.
    #[command(subcommand)]
    Bench(bench::Command),
    /// Make the table of the names that Windows has for time zones.
    WindowsZones(windows_zones::Args),
}

fn main() -> ExitCode {
    if let Some(file) = std::env::var_os(memory::PEAKS) {
        return memory::compile(&file);
    }
    let done = match Cli::parse().task {
        Task::Test(args) => test::run(&args),
        Task::Counterparts(command) => counterparts::run(&command),
        Task::Alone => alone::run(),
        Task::Evidence(args) => evidence::run(&args),
        Task::Effects => effects(),
        Task::Cost(args) => cost::run(&args),
        Task::Bench(command) => bench::run(&command),
        Task::WindowsZones(args) => windows_zones::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => {
            eprintln!("error: {line}");
            ExitCode::FAILURE
        }
    }
}

/// The test that holds the page to the declarations writes it.
fn effects() -> Outcome {
    let mut write = cargo();
    write
        .args(["test", "--quiet", "--package", "integrations-tests"])
        .args(["--all-features", "--test", "it", "effects::the_page"])
        .env("INTEGRATIONS_WRITE_EFFECTS", "1");
    run(&mut write)
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}

/// `cargo`, in the workspace.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs a command to its end.
fn run(command: &mut Command) -> Outcome {
    let shown = format!("{command:?}").replace('"', "");
    let status = command
        .status()
        .map_err(|error| format!("{shown} cannot be run: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{shown} ended with {status}"))
    }
}
