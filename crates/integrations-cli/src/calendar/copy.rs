//! `calendar sync`: a copy of a calendar in a file, and reading it offline.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use integrations::calendar::mirror::{Mirror, MirrorStore, Pulled, Revision, SqliteMirror};
use integrations::calendar::{Calendar, CalendarId, Change, EventStatus};
use integrations::local::calendar::LocalCalendar;
use integrations::time::TimeRange;
use serde_json::{Value, json};

use super::Wall;
use super::entry::Entry;
use super::events::Found;
use super::place::Place;
use super::reader::Reader;
use crate::output::Output;
use crate::{Failure, Outcome, interrupt};

/// Which calendar is copied, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    wall: Wall,
    /// The file of the copy, one for each calendar. It is an SQLite database for its owner alone,
    /// and is not encrypted.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Look again so many seconds after each time, until Ctrl-C.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    watch: Option<u32>,
}

/// How many changes are read at a time.
const PAGE: usize = 500;

pub(crate) async fn run(args: &Args, file: Option<&Path>, output: &Output) -> Outcome {
    let reader = args.wall.reader()?;
    let target = args.place.open(file).await?;
    let store = SqliteMirror::open(&args.to).await?;
    let mirror = Mirror::new(target.calendars.clone(), target.info.id.clone(), store)?;
    let pulled = mirror.pull().await?;
    show(&mirror, pulled, &reader, output).await?;
    let Some(seconds) = args.watch else {
        return Ok(ExitCode::SUCCESS);
    };
    let pause = Duration::from_secs(seconds.into());
    // What goes wrong in the same way again and again is told once.
    let mut told = None;
    let mut wait = pause;
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = interrupt::pressed() => return Ok(ExitCode::from(interrupt::EXIT_CODE)),
        }
        wait = pause;
        match mirror.pull().await {
            Ok(pulled) => {
                told = None;
                if pulled.before != pulled.revision {
                    show(&mirror, pulled, &reader, output).await?;
                }
            }
            // The copy is as it was, and the next time may be better.
            Err(error) => {
                wait = error.retry_after().map_or(pause, |least| least.max(pause));
                if told.replace(error.kind()) != Some(error.kind()) {
                    output.failure(&error.to_string(), Some(error.kind()));
                }
            }
        }
    }
}

/// Prints what a pull brought. Of the first one that is only a number.
async fn show(
    mirror: &Mirror,
    pulled: Pulled,
    reader: &Reader,
    output: &Output,
) -> Result<(), Failure> {
    let is_first = pulled.whole && pulled.before == Revision::ZERO;
    let (mut changed, mut removed) = (0_usize, 0_usize);
    let (mut lines, mut values) = (Vec::new(), Vec::new());
    let mut after = pulled.before;
    loop {
        let page = mirror.changes(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.revision;
        for one in page {
            match &one.change {
                Change::Deleted(_) => removed += 1,
                Change::Upserted(event) if event.status == EventStatus::Cancelled => removed += 1,
                _ => changed += 1,
            }
            if !is_first {
                let (line, value) = tell(one.change, reader);
                lines.push(line);
                values.push(value);
            }
        }
    }
    let value = json!({
        "first": is_first, "whole": pulled.whole, "changed": changed, "removed": removed,
        "revision": pulled.revision, "changes": values });
    output.show(&value, || {
        let sum = match (is_first, changed + removed) {
            (true, _) => format!("copied {changed} events"),
            (false, 0) => "nothing changed".to_owned(),
            (false, _) => format!("{changed} changed, {removed} removed"),
        };
        lines.push(sum);
        lines.join("\n")
    });
    Ok(())
}

fn tell(change: Change, reader: &Reader) -> (String, Value) {
    match change {
        Change::Upserted(event) => {
            let word = match event.status {
                EventStatus::Cancelled => "removed",
                _ => "changed",
            };
            let id = event.id.clone();
            match Entry::of(*event, reader) {
                Ok(entry) => (
                    format!("{word}  {}, {}", entry.title(), entry.when(reader)),
                    json!({ "change": word, "event": entry.shown() }),
                ),
                // It is in the copy all the same.
                Err(_) => (format!("{word}  {id}"), json!({ "change": word, "id": id })),
            }
        }
        Change::Deleted(id) => (
            format!("removed  {id}"),
            json!({ "change": "removed", "id": id }),
        ),
        other => (
            format!("changed  {}", other.id()),
            json!({ "change": "changed", "id": other.id() }),
        ),
    }
}

/// What takes place in a span, from a copy alone.
pub(super) async fn read(path: &Path, span: TimeRange, reader: &Reader) -> Result<Found, Failure> {
    // Opening it would make one.
    if !path.is_file() {
        return Err(Failure::usage(format!(
            "{} is not there; make the copy with `integrations calendar sync --to {}`",
            path.display(),
            path.display()
        )));
    }
    let store = SqliteMirror::open(path).await?;
    let id = store.state().await?.place.calendar;
    let id = id.ok_or_else(|| {
        Failure::usage(format!(
            "{} has no calendar yet; `integrations calendar sync --to` copies one",
            path.display()
        ))
    })?;
    // A mirror is over a provider, and reading its copy asks nobody: so it need not be the one
    // that the copy was made from, which may not even be configured here.
    let nobody: (Calendar, CalendarId) = (LocalCalendar::in_memory().into(), id);
    let mirror = Mirror::new(nobody.0, nobody.1, store)?;
    let agenda = mirror.agenda(span, &reader.zone).await?;
    Ok(Found {
        entries: agenda.items.into_iter().map(Entry::from).collect(),
        unclear: agenda
            .unclear
            .into_iter()
            .map(|(id, error)| (id.to_string(), error.message().to_owned()))
            .collect(),
    })
}
