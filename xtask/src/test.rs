//! `cargo xtask test`.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

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
        // One failure must not hide the next.
        command.args(["--workspace", "--all-features", "--no-fail-fast"]);
    }
    command.args(&args.rest).envs(counterparts.env());
    if args.require_counterparts {
        command.env("INTEGRATIONS_REQUIRE_COUNTERPARTS", "1");
    }
    let mut sum = Sum::default();
    let done = run_summed(&mut command, &mut sum);
    println!("\n{sum}");
    for (variable, address) in counterparts.env() {
        println!("against {variable} at {address}");
    }
    for (name, why) in counterparts.skipped() {
        println!("skipped counterpart {name}: {why}");
    }
    done
}

/// What the test programs say, added up.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    programs: u64,
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Sum {
    /// Adds a line such as `test result: ok. 12 passed; 0 failed; 1 ignored; …`; others say nothing.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        self.programs += 1;
        let parts = result.split([';', '.']).map(str::trim);
        for (count, what) in parts.filter_map(|part| part.split_once(' ')) {
            let total = match what {
                "passed" => &mut self.passed,
                "failed" => &mut self.failed,
                "ignored" => &mut self.ignored,
                _ => continue,
            };
            *total += count.parse::<u64>().unwrap_or_default();
        }
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            programs,
            passed,
            failed,
            ignored,
        } = self;
        write!(
            f,
            "{passed} tests passed, {failed} failed, {ignored} ignored, in {programs} programs"
        )
    }
}

/// Runs a command to its end, prints what it prints, and adds up its tests.
fn run_summed(command: &mut Command, sum: &mut Sum) -> Outcome {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo test cannot be run: {error}"))?;
    if let Some(output) = child.stdout.take() {
        // Tests may print what is no text.
        for line in BufReader::new(output).split(b'\n') {
            let line = line.map_err(|error| format!("the tests' output: {error}"))?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            sum.add(&line);
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("cargo test ended with {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::Sum;

    #[test]
    fn results_are_added_up() {
        let mut sum = Sum::default();
        for line in [
            "running 3 tests",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; \
             finished in 0.03s",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 5 filtered out; \
             finished in 1.20s",
        ] {
            sum.add(line);
        }
        let text = "14 tests passed, 1 failed, 1 ignored, in 2 programs";
        assert_eq!(sum.to_string(), text);
    }
}
