//! `integrations storage`: objects from the command line.

mod commands;
mod download;
mod location;
mod sync;
mod upload;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use integrations::Manager;
use integrations::storage::{PresignMethod, PresignRequest};

use crate::output::Output;
use crate::{Failure, Outcome};
pub(crate) use location::{Location, Remote};

/// What to do with a store. A place in a store is written `NAME:KEY`, where NAME is a configured
/// integration: `s3:photos/cat.jpg`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List objects.
    Ls {
        /// Where: `NAME:` or `NAME:PREFIX`.
        place: String,
        /// Go into folders.
        #[arg(short, long)]
        recursive: bool,
    },
    /// Store a file, or standard input (`-`), as an object.
    Put {
        /// The file, or `-`.
        file: String,
        /// Where to: `NAME:KEY`. A KEY that ends with `/` takes the file's name.
        place: String,
        /// The content type to keep with it.
        #[arg(long)]
        content_type: Option<String>,
        /// Fail if the object exists.
        #[arg(long)]
        create: bool,
    },
    /// Fetch an object into a file, or to standard output (`-`). An interrupted fetch goes on
    /// where it stopped.
    Get {
        /// Where from: `NAME:KEY`.
        place: String,
        /// The file or folder, or `-`.
        #[arg(default_value = ".")]
        file: String,
    },
    /// Copy an object, within a store or between two.
    Cp {
        /// Where from: `NAME:KEY`.
        from: String,
        /// Where to: `NAME:KEY`.
        to: String,
    },
    /// Remove an object, or all that start with a prefix.
    Rm {
        /// What: `NAME:KEY`.
        place: String,
        /// Remove every object whose key starts so.
        #[arg(short, long)]
        recursive: bool,
    },
    /// Make one side like the other: a folder and a store, either way. What is there already is
    /// not sent again, so an interrupted run goes on where it stopped.
    Sync {
        /// Where from: a folder or `NAME:PREFIX`.
        from: String,
        /// Where to: a folder or `NAME:PREFIX`.
        to: String,
        /// Remove what the source does not have.
        #[arg(long)]
        delete: bool,
        /// Say what would be done.
        #[arg(long)]
        dry_run: bool,
        /// How many objects are under way at a time, as far as 64 MiB hold what is in memory.
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
        parallel: u16,
    },
    /// Make a URL that lets its holder read or store one object for a while.
    Presign {
        /// What: `NAME:KEY`.
        place: String,
        /// What the holder may do.
        #[arg(long, value_enum, default_value_t = Method::Get)]
        method: Method,
        /// For how many seconds.
        #[arg(long, default_value_t = 3600)]
        expires: u64,
    },
    /// Show what is known of an object.
    Stat {
        /// What: `NAME:KEY`.
        place: String,
    },
}

impl Command {
    /// The integrations whose stores it works with.
    pub(crate) fn names(&self) -> Vec<String> {
        let places = match self {
            Self::Ls { place, .. }
            | Self::Put { place, .. }
            | Self::Get { place, .. }
            | Self::Rm { place, .. }
            | Self::Presign { place, .. }
            | Self::Stat { place } => vec![place],
            Self::Cp { from, to } | Self::Sync { from, to, .. } => vec![from, to],
        };
        let names = places.into_iter().filter_map(|place| location::name(place));
        names.map(str::to_owned).collect()
    }
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Method {
    /// Read it.
    Get,
    /// Store it.
    Put,
}

pub(crate) async fn run(command: Command, manager: &Manager, output: &Output) -> Outcome {
    let remote = |place: &str| Remote::parse(place, manager);
    match command {
        Command::Ls { place, recursive } => {
            commands::ls(&remote(&place)?, recursive, output).await?;
        }
        Command::Put {
            file,
            place,
            content_type,
            create,
        } => {
            let to = remote(&place)?;
            upload::put(&file, &to, content_type, create, output).await?;
        }
        Command::Get { place, file } => {
            let from = remote(&place)?;
            if file == "-" {
                download::to_stdout(&from).await?;
            } else {
                download::get(&from, &PathBuf::from(file), output).await?;
            }
        }
        Command::Cp { from, to } => {
            commands::cp(&remote(&from)?, &remote(&to)?, output).await?;
        }
        Command::Rm { place, recursive } => {
            return commands::rm(&remote(&place)?, recursive, output).await;
        }
        Command::Sync {
            from,
            to,
            delete,
            dry_run,
            parallel,
        } => {
            let options = sync::Options {
                delete,
                dry_run,
                parallel: usize::from(parallel),
            };
            let from = Location::parse(&from, manager)?;
            let to = Location::parse(&to, manager)?;
            return sync::run(&from, &to, options, output).await;
        }
        Command::Presign {
            place,
            method,
            expires,
        } => {
            let remote = remote(&place)?;
            let key = remote.object()?;
            let expires = Duration::from_secs(expires);
            let request = match method {
                Method::Get => PresignRequest::get(key, expires),
                Method::Put => PresignRequest::put(key, expires),
            };
            debug_assert!(matches!(
                request.method,
                PresignMethod::Get | PresignMethod::Put
            ));
            commands::presign(&remote, request, output).await?;
        }
        Command::Stat { place } => commands::stat(&remote(&place)?, output).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A failure that names the file.
fn file_failure(path: &std::path::Path, doing: &str, error: &std::io::Error) -> Failure {
    Failure::failed(format!("{} cannot be {doing}: {error}", path.display()))
}
