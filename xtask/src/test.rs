//! `cargo xtask test`.

use crate::counterparts::{self, Counterparts};
use crate::{Outcome, cargo};

/// How to test.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail when a counterpart cannot be had, instead of skipping its tests.
    #[arg(long)]
    require_counterparts: bool,
    /// Use none.
    #[arg(long, conflicts_with = "require_counterparts")]
    no_counterparts: bool,
    /// What follows goes to `cargo test`: package, filter, options.
    #[arg(last = true)]
    rest: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let counterparts = if args.no_counterparts {
        Counterparts::none()
    } else {
        counterparts::start(args.require_counterparts)?
    };
    let mut command = cargo();
    command.arg("test");
    if args.rest.is_empty() {
        command.args(["--workspace", "--all-features"]);
    }
    command.args(&args.rest).envs(counterparts.env());
    if args.require_counterparts {
        command.env("INTEGRATIONS_REQUIRE_COUNTERPARTS", "1");
    }
    let done = crate::run(&mut command);
    for (name, why) in counterparts.skipped() {
        println!("skipped counterpart {name}: {why}");
    }
    done
}
