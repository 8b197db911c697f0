//! `integrations replay`: a call that failed, run again from its capsule.

use std::path::PathBuf;
use std::process::ExitCode;

use integrations::capsule::{Capsule, Difference, Event};
use serde::Serialize;

use crate::Outcome;
use crate::output::Output;

/// Which capsule, and what to do with it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The capsule's file.
    capsule: PathBuf,
    /// Print a test in Rust that has the capsule in it, instead of replaying it.
    #[arg(long)]
    as_test: bool,
    /// The crate that the test takes the types from.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "integrations",
        requires = "as_test"
    )]
    root: String,
}

#[derive(Serialize)]
struct Shown {
    integration: String,
    operation: String,
    started: String,
    same: bool,
    differences: Vec<Difference>,
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Test {
    test: String,
}

pub(crate) async fn run(args: &Args, output: &Output) -> Outcome {
    let capsule = Capsule::load(&args.capsule)?;
    if args.as_test {
        let test = capsule.as_test(&args.root);
        let test = Test { test };
        output.show(&test, || test.test.trim_end().to_owned());
        return Ok(ExitCode::SUCCESS);
    }
    let replay = capsule.replay().await;
    let same = replay.is_same();
    let shown = Shown {
        integration: capsule.integration().to_owned(),
        operation: capsule.operation().to_owned(),
        started: capsule.started().to_string(),
        same,
        differences: replay.differences().to_vec(),
        events: capsule.events(),
    };
    output.show(&shown, || {
        let events: Vec<String> = shown.events.iter().map(Event::to_string).collect();
        let verdict = output.verdict(&replay.to_string(), same);
        format!("{}\n\n{}\n\n{verdict}", capsule.title(), events.join("\n"))
    });
    Ok(match same {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
