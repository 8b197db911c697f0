//! `cargo xtask bench`: speed beside the peers, in one run on one machine.

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
}

pub(crate) fn run(command: &Command) -> Outcome {
    let Command::Storage { rest } = command;
    // A workspace of its own: the peers are no dependencies of this one.
    let folder = root().join("benches/storage");
    let mut bench = cargo();
    bench
        .current_dir(&folder)
        .args(["run", "--release", "--quiet", "--"])
        .args(rest);
    run_command(bench.env("CARGO_TARGET_DIR", root().join("target/bench")))
}
