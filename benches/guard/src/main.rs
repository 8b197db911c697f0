//! The guard beside its peers: what a call costs, what it leaves of the throughput, what idle
//! connections hold, and what becomes of outages and of answers that are lost.
//!
//! Each part can be run alone. Arms are measured in interleaved rounds: every arm once before any
//! is measured again. The machine is shared by all that is measured, so compare the arms of a run
//! with each other.

mod alloc;
mod calls;
mod duplicates;
mod idle;
mod peers;
mod policy;
mod process;
mod report;
mod server;
mod stats;
mod storm;
mod throughput;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use serde_json::json;

/// Whatever goes wrong ends the bench.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
pub type Result<T> = std::result::Result<T, Error>;

#[derive(Parser)]
#[command(about, name = "cargo xtask bench guard --")]
struct Cli {
    #[command(flatten)]
    options: Options,
    /// Also write all figures to this file, as JSON.
    #[arg(long, global = true)]
    json: Option<PathBuf>,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What every part is told.
#[derive(Args, Clone)]
pub struct Options {
    /// A short run: whether everything works, not what it takes.
    #[arg(long, global = true)]
    quick: bool,
    /// How often each arm is measured, where there are rounds.
    #[arg(long, global = true)]
    rounds: Option<usize>,
    /// Only these arms.
    #[arg(long, global = true, value_delimiter = ',')]
    arms: Vec<String>,
}

impl Options {
    fn rounds(&self, full: usize, quick: usize) -> usize {
        let default = if self.quick { quick } else { full };
        self.rounds.unwrap_or(default).max(1)
    }

    fn wants(&self, arm: &str) -> bool {
        self.arms.is_empty() || self.arms.iter().any(|wanted| wanted == arm)
    }
}

#[derive(Subcommand)]
enum Role {
    /// What a call costs whose attempt does nothing: time and allocations.
    Calls,
    /// Small requests over loopback, beside the bare client.
    Throughput,
    /// What connections hold that are not used.
    Idle,
    /// An outage under load: what is sent meanwhile, and how soon it is over.
    Storm {
        /// Only this kind of outage.
        #[arg(long)]
        down: Option<storm::Down>,
    },
    /// Answers that are lost after their effect: what is done twice, and what callers are told.
    Duplicates,
    /// The server of `throughput`: prints its address.
    #[command(hide = true)]
    Server,
    /// One measurement of `idle`.
    #[command(hide = true)]
    IdleOne { accounts: usize, held: idle::Held },
    /// One process of callers of `storm`.
    #[command(hide = true)]
    StormCallers(storm::Callers),
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    let options = &cli.options;
    let machine = report::machine();
    let parts: Vec<Box<dyn Fn() -> Result<report::Part> + '_>> = match &cli.role {
        None => vec![
            Box::new(|| calls::run(options)),
            Box::new(|| throughput::run(options)),
            Box::new(|| idle::run(options)),
            Box::new(|| storm::run(options, None)),
            Box::new(|| duplicates::run(options)),
        ],
        Some(Role::Calls) => vec![Box::new(|| calls::run(options))],
        Some(Role::Throughput) => vec![Box::new(|| throughput::run(options))],
        Some(Role::Idle) => vec![Box::new(|| idle::run(options))],
        Some(Role::Storm { down }) => vec![Box::new(|| storm::run(options, *down))],
        Some(Role::Duplicates) => vec![Box::new(|| duplicates::run(options))],
        Some(Role::Server) => return server::serve(),
        Some(Role::IdleOne { accounts, held }) => return idle::one(*accounts, *held),
        Some(Role::StormCallers(callers)) => return storm::call(callers),
    };
    println!("{machine}.");
    let mut found = Vec::new();
    for part in parts {
        let part = part()?;
        println!("{}", part.markdown());
        found.push(part.json());
    }
    if let Some(path) = &cli.json {
        let all = json!({ "machine": machine, "quick": options.quick, "parts": found });
        std::fs::write(path, serde_json::to_string_pretty(&all)?)?;
    }
    Ok(())
}
