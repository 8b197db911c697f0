//! The command line of `integrations`.
//!
//! Exit codes: 0 done; 1 something failed; 2 wrong usage or input, an unknown name among it; 3 the
//! configuration is wrong; 130 interrupted.
#![allow(clippy::print_stdout, clippy::print_stderr)] // It is what a command line does.

mod calendar;
mod config;
mod conformance;
mod credential;
mod demo;
mod interrupt;
mod output;
mod progress;
mod providers;
mod replay;
mod sandbox;
mod status;
mod storage;
mod text;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand};
use integrations::{Error, ErrorKind, Manager};

use output::Output;

/// One interface per category of third-party service.
#[derive(Debug, Parser)]
#[command(name = "integrations", version, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 something failed, 2 wrong usage or input (an unknown name \
                  among it), 3 the configuration is wrong, 130 interrupted."
)]
struct Cli {
    /// The configuration file. Without it: $INTEGRATIONS_CONFIG, or integrations.toml here.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    json: bool,
    /// Log what is sent and decided, to standard error (again: more).
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A quick tour of all six categories.
    Demo(demo::Args),
    /// The providers that this program knows, and what each needs.
    Providers(providers::Args),
    /// The status of everything that is configured.
    Status(status::Args),
    /// Check or show the configuration.
    #[command(subcommand)]
    Config(config::Command),
    Connect(credential::ConnectArgs),
    /// Look at, renew and end connections.
    #[command(subcommand)]
    Connections(credential::ConnectionsCommand),
    /// Keep secrets, sealed, and change the keys that seal them.
    #[command(subcommand)]
    Credentials(credential::CredentialsCommand),
    /// Work with object stores.
    #[command(subcommand)]
    Storage(storage::Command),
    /// Work with calendars.
    #[command(subcommand)]
    Calendar(Box<calendar::Command>),
    /// Run the behaviour suites against a provider.
    Conformance(conformance::Args),
    /// Replay a call that failed, from its capsule, and say whether it ends the same.
    Replay(replay::Args),
    /// Serve a stand-in of a vendor's API on this machine, until Ctrl-C.
    Sandbox(sandbox::Args),
    /// Print shell completions.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
}

/// How a command ended.
type Outcome = Result<ExitCode, Failure>;

/// Why a command failed: the line that is printed, and the exit code.
#[derive(Debug)]
struct Failure {
    line: String,
    kind: Option<ErrorKind>,
    code: u8,
}

impl Failure {
    /// Wrong usage or input.
    fn usage(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            kind: Some(ErrorKind::InvalidInput),
            code: 2,
        }
    }

    /// The error of a lookup by a name that was typed. An unknown name is wrong usage, and so is one
    /// that is switched off or of another category.
    fn about_a_name(error: Error) -> Self {
        let mut failure = Self::from(error);
        if failure.kind == Some(ErrorKind::NotFound) {
            failure.code = 2;
        }
        failure
    }

    /// The configuration is wrong.
    fn config(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            kind: Some(ErrorKind::Config),
            code: 3,
        }
    }

    /// Something failed.
    fn failed(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            kind: None,
            code: 1,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error.kind() {
            ErrorKind::InvalidInput => 2,
            ErrorKind::Config => 3,
            ErrorKind::Cancelled => interrupt::EXIT_CODE,
            _ => 1,
        };
        Self {
            line: error.to_string(),
            kind: Some(error.kind()),
            code,
        }
    }
}

/// How long what cannot be interrupted may hold up the end: a read of a terminal that nobody types
/// at is never done.
const GRACE: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_parsed(&error),
    };
    log(cli.verbose);
    let output = Output::new(cli.json);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.failure(&format!("no threads can be had: {error}"), None);
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(async {
        interrupt::listen(output.is_json());
        tokio::select! {
            ended = run(cli, &output) => ended,
            () = interrupt::overdue() => {
                // The work is dropped by now.
                interrupt::take_back().await;
                Err(interrupt::cut_off().into())
            }
        }
    });
    runtime.shutdown_timeout(GRACE);
    match ended {
        Ok(code) => match output.failed() {
            None => code,
            Some(line) => {
                output.failure(&line, None);
                ExitCode::FAILURE
            }
        },
        Err(failure) => {
            output.failure(&failure.line, failure.kind);
            ExitCode::from(failure.code)
        }
    }
}

/// Prints why the arguments cannot be read, or the help or version that they ask for.
fn not_parsed(error: &clap::Error) -> ExitCode {
    // What was parsed until then is not known, so the flag is looked for by hand.
    let json = std::env::args_os().any(|argument| argument == "--json");
    if !error.use_stderr() || !json {
        // There is nobody to tell that it cannot be printed.
        let _ = error.print();
    } else {
        Output::new(true).failure(&line_of(error), Some(ErrorKind::InvalidInput));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// A parser's message without the usage that follows it, on one line.
fn line_of(error: &clap::Error) -> String {
    use clap::error::ErrorKind::{DisplayHelpOnMissingArgumentOrSubcommand, MissingSubcommand};
    // The first has the whole help as its text.
    if matches!(
        error.kind(),
        DisplayHelpOnMissingArgumentOrSubcommand | MissingSubcommand
    ) {
        return "a command is missing; see `integrations --help`".to_owned();
    }
    let text = error.render().to_string();
    let lines = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"))
        .filter(|line| !line.is_empty());
    let line = lines.collect::<Vec<_>>().join(" ");
    line.trim_start_matches("error: ").to_owned()
}

/// A manager that has made the integrations with these names and no others.
async fn open<N: Into<String>>(
    file: Option<&Path>,
    names: impl IntoIterator<Item = N>,
) -> Result<Manager, Failure> {
    let mut builder = Manager::builder().usual(file)?.only(names);
    if let Some(store) = credential::usual().await? {
        builder = builder.credentials(&store).await?;
    }
    builder.build().await.map_err(Failure::about_a_name)
}

async fn run(cli: Cli, output: &Output) -> Outcome {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Demo(args) => demo::run(args, file, output).await,
        Command::Providers(args) => providers::run(&args, output),
        Command::Status(args) => status::run(&args, file, output).await,
        Command::Config(command) => config::run(command, file, output).await,
        Command::Connect(args) => credential::connect(args, file, output).await,
        Command::Connections(command) => credential::connections(command, file, output).await,
        Command::Credentials(command) => credential::credentials(command, output).await,
        Command::Storage(command) => {
            let manager = open(file, command.names()).await?;
            storage::run(command, &manager, output).await
        }
        Command::Calendar(command) => calendar::run(*command, file, output).await,
        Command::Conformance(args) => conformance::run(args, file, output).await,
        Command::Replay(args) => replay::run(&args, output).await,
        Command::Sandbox(args) => sandbox::run(&args, output).await,
        Command::Completions { shell } => {
            let mut command = Cli::command();
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut command, "integrations", &mut text);
            output.line(String::from_utf8_lossy(&text).trim_end());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn log(verbose: u8) {
    let default = match verbose {
        0 => "error",
        1 => "integrations=debug,warn",
        _ => "integrations=trace,info",
    };
    let filter = std::env::var("RUST_LOG")
        .ok()
        .filter(|filter| !filter.is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(
            filter.unwrap_or_else(|| default.to_owned()),
        ))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
