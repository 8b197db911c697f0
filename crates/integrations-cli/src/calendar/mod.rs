//! `integrations calendar`: calendars from the command line, of whatever provider.
//!
//! Times are read and shown on the wall of the reader: that of `--zone`, or of the machine. What a
//! clock skips or shows twice is told and never guessed.

mod add;
mod agenda;
mod copy;
mod edit;
mod entry;
mod events;
mod export;
mod free;
mod import;
mod list;
mod month;
mod place;
mod reader;
mod when;

use std::path::Path;

use crate::output::Output;
use crate::{Failure, Outcome};
use place::{Account, Place};
use reader::Reader;

/// On whose wall times are.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Wall {
    /// The zone in which times are read and shown, by its IANA name or by that of Windows. Without
    /// it: that of this machine.
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
}

impl Wall {
    fn reader(&self) -> Result<Reader, Failure> {
        Reader::new(self.zone.as_deref())
    }
}

/// What to do with calendars.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the account's calendars.
    Calendars {
        #[command(flatten)]
        account: Account,
    },
    /// Show what takes place: series as their occurrences, whole days first.
    Events(events::Args),
    /// Show everything of one event.
    Show {
        /// The event, by its id: `events --ids` shows it.
        event: String,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        wall: Wall,
    },
    /// Make an event or a series.
    Add(add::Args),
    /// Change an event or a part of a series.
    Edit(edit::Args),
    /// Remove events or parts of series.
    Rm(edit::RemoveArgs),
    /// Show when time is taken.
    Free(free::Whose),
    /// Find times at which all can meet.
    FindTime(free::FindArgs),
    /// Write a calendar as an iCalendar file (`.ics`).
    Export(export::Args),
    /// Bring the events of an iCalendar file (`.ics`) into a calendar. Run again it goes on, changes
    /// what differs, and makes nothing twice.
    Import(import::Args),
    /// Copy a calendar into a file that is read offline, or bring the copy up to date.
    Sync(copy::Args),
}

pub(crate) async fn run(command: Command, file: Option<&Path>, output: &Output) -> Outcome {
    match command {
        Command::Calendars { account } => list::calendars(&account, file, output).await,
        Command::Events(args) => events::run(&args, file, output).await,
        Command::Show { event, place, wall } => {
            list::show(&place, &event, &wall.reader()?, file, output).await
        }
        Command::Add(args) => add::run(&args, file, output).await,
        Command::Edit(args) => edit::run(&args, file, output).await,
        Command::Rm(args) => edit::remove(&args, file, output).await,
        Command::Free(whose) => free::free(&whose, file, output).await,
        Command::FindTime(args) => free::find_time(&args, file, output).await,
        Command::Export(args) => export::run(&args, file, output).await,
        Command::Import(args) => import::run(&args, file, output).await,
        Command::Sync(args) => copy::run(&args, file, output).await,
    }
}
