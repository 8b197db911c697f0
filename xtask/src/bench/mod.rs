//! `cargo xtask bench`: what is measured by hand, in release builds.

mod mirror;
mod program;
mod stream;
mod tree;

use std::path::PathBuf;

use crate::{Outcome, cargo, root, run as run_command};

/// What to measure.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Object storage: this workspace, the raw SDK, `object_store` and `opendal`, against the same
    /// in-memory server.
    Storage {
        /// What follows goes to the bench.
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// The guard beside its peers: what a call costs, throughput, idle connections, outages, and
    /// answers that are lost.
    Guard {
        /// What follows goes to the bench.
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Series beside the crate `rrule`, and rules read beside `calcard`.
    Recurrence,
    /// A large calendar through the command line: a file imported at the stand-in of Google Calendar,
    /// and copied into a database; the peak of the program's memory must stay under 80 MB.
    Mirror {
        /// How many events it has.
        #[arg(long, default_value_t = 100_000)]
        events: u32,
    },
    /// A long stream through the command line to an S3 server and back: every byte is compared,
    /// and the peak of the program's memory must stay under 64 MiB.
    Stream {
        /// How long it is, in GiB.
        #[arg(long, default_value_t = 5)]
        gib: u64,
    },
    /// A real tree of files through the command line to an S3 server and back: every file is
    /// compared, and the peak of the program's memory must stay under its bound.
    Tree {
        /// The folder; by default the sources of dependencies, as the package manager keeps them.
        #[arg(long)]
        folder: Option<PathBuf>,
        /// How many files are under way at a time.
        #[arg(long, default_value_t = 8)]
        parallel: u16,
    },
}

pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::Storage { rest } => workspace("storage", rest),
        Command::Guard { rest } => workspace("guard", rest),
        Command::Recurrence => workspace("recurrence", &[]),
        Command::Mirror { events } => mirror::run(*events),
        Command::Stream { gib } => stream::run(*gib),
        Command::Tree { folder, parallel } => tree::run(folder.as_deref(), *parallel),
    }
}

/// Runs a bench in a workspace of its own: the peers are no dependencies of this one.
fn workspace(name: &str, rest: &[String]) -> Outcome {
    let folder = root().join("benches").join(name);
    let mut bench = cargo();
    bench
        .current_dir(&folder)
        .args(["run", "--release", "--quiet", "--"])
        .args(rest);
    run_command(bench.env("CARGO_TARGET_DIR", root().join("target/bench")))
}
