//! `calendar import`: the events of an iCalendar file into a calendar.
//!
//! It can be run again, after an interruption or with a newer file: what the calendar has already is
//! recognised by the `UID` of the file, left alone where it is the same, and changed where it is not.
//! Each event is made with a key of its `UID`, so that an answer that was lost makes no second one,
//! and bears that key as a property: providers give an event a `UID` of their own.

mod content;
mod fit;
mod known;
mod put;
mod tally;

use std::collections::HashSet;
use std::io::BufReader;
use std::path::Path;
use std::process::ExitCode;

use futures::{StreamExt, stream};
use integrations::icalendar::{Damage, Import, Object, objects};
use tokio::sync::mpsc;

use super::Wall;
use super::place::Place;
use crate::output::Output;
use crate::{Failure, Outcome, interrupt, progress};
use known::Known;
use put::{Context, Report};
use tally::Tally;

/// What is imported, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file, or `-` for standard input.
    file: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    wall: Wall,
    /// Say what would be done.
    #[arg(long)]
    dry_run: bool,
    /// How many events are under way at a time, as far as the provider's limits let them.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    parallel: u16,
}

/// How many objects of the file wait for their turn.
const AHEAD: usize = 32;

/// One thing to import, with where it is in the file.
struct Item {
    line: u32,
    import: Import,
    /// When it is the first of its object: how many events of the file that object is.
    counts: u64,
}

pub(super) async fn run(args: &Args, file: Option<&Path>, output: &Output) -> Outcome {
    let reader = args.wall.reader()?;
    let total = count(&args.file).await?;
    let target = args.place.open(file).await?;
    if !target.info.writable {
        return Err(Failure::failed(format!(
            "the calendar {:?} cannot be written",
            crate::text::line(&target.info.name)
        )));
    }
    let known = Known::read(&target).await?;
    let context = Context {
        calendars: &target.calendars,
        calendar: target.id(),
        known: &known,
        reader: &reader,
        dry_run: args.dry_run,
    };
    let bar = progress::count(total, "import", output);
    let (sender, receiver) = mpsc::channel(AHEAD);
    let path = args.file.clone();
    let reading = tokio::task::spawn_blocking(move || read(&path, &sender));

    let mut tally = Tally::new(args.dry_run, total);
    let mut seen = HashSet::new();
    let parallel = usize::from(args.parallel);
    {
        let found = stream::unfold(receiver, |mut receiver| async move {
            // Nothing more is begun once Ctrl-C was pressed; what is under way comes to its end.
            let found = tokio::select! {
                biased;
                () = interrupt::pressed() => None,
                found = receiver.recv() => found,
            };
            Some((found?, receiver))
        });
        let context = &context;
        let works = found.flat_map(|found| stream::iter(split(found, &mut seen)));
        let works = works.map(|work| async move {
            match work {
                Ok(item) => {
                    let report = put::put(item.import, context).await;
                    (item.line, item.counts, report)
                }
                Err((line, counts, why)) => (line, counts, Ok(Report::failed(why))),
            }
        });
        let mut reports = std::pin::pin!(works.buffer_unordered(parallel));
        while let Some((line, counts, report)) = reports.next().await {
            match report {
                Ok(report) => tally.add(line, counts, report),
                // It is not of this event, and would be of the next one too.
                Err(error) => {
                    let mut failure = Failure::from(error);
                    failure.line = format!("{}; {}", tally.how_far(), failure.line);
                    return Err(failure);
                }
            }
            bar.set_position(tally.position());
        }
    }
    bar.finish_and_clear();
    if interrupt::is_set() {
        let mut failure = Failure::from(interrupt::error());
        failure.line = format!("interrupted; {}; run it again to go on", tally.how_far());
        return Err(failure);
    }
    let others = reading
        .await
        .map_err(|_| Failure::failed("reading the file was cut off"))?;
    tally.others = others?;
    let value = tally.value();
    output.show(&value, || tally.text());
    Ok(if tally.is_whole() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

type Found = Result<Object, Damage>;

/// An item, or the line of what is wrong, how many events it counts for, and why.
type Work = Result<Item, (u32, u64, String)>;

/// What an object of the file is to be.
fn split(found: Found, seen: &mut HashSet<String>) -> Vec<Work> {
    let object = match found {
        Ok(object) => object,
        Err(damage) => return vec![Err((damage.line, 1, why(&damage)))],
    };
    let parts = object.changed.len() + usize::from(object.master.is_some());
    let mut counts = parts as u64;
    let line = object.line;
    let mut works = Vec::new();
    for import in object.imports() {
        let counts = std::mem::take(&mut counts);
        let key = import.new.key.as_ref().map(ToString::to_string);
        if key.is_none_or(|key| seen.insert(key)) {
            works.push(Ok(Item {
                line,
                import,
                counts,
            }));
        } else {
            let why = format!("the event {:?}: the file has this UID before", import.uid);
            works.push(Err((line, counts, why)));
        }
    }
    works
}

/// What is wrong, without the line, which is told for everything that is not imported.
fn why(damage: &Damage) -> String {
    let message = damage.error.message();
    let line = format!("line {}: ", damage.line);
    let message = message.strip_prefix(&line).unwrap_or(message);
    match &damage.uid {
        Some(uid) => format!("the event {uid:?}: {message}"),
        None => message.to_owned(),
    }
}

/// Reads the file into the channel, until its end or that of its reader. Gives what is no event.
fn read(
    path: &str,
    sender: &mpsc::Sender<Found>,
) -> Result<std::collections::BTreeMap<String, u64>, Failure> {
    let input: Box<dyn std::io::BufRead> = match path {
        "-" => Box::new(std::io::stdin().lock()),
        path => Box::new(BufReader::new(open(path)?)),
    };
    let mut all = objects(input);
    for found in all.by_ref() {
        if sender.blocking_send(found).is_err() {
            break;
        }
    }
    Ok(all.others().clone())
}

fn open(path: &str) -> Result<std::fs::File, Failure> {
    let failed = |error| Failure::failed(format!("{path} cannot be read: {error}"));
    let file = std::fs::File::open(path).map_err(failed)?;
    match file.metadata().map_err(failed)?.is_file() {
        true => Ok(file),
        false => Err(Failure::usage(format!("{path} is not a file"))),
    }
}

/// How many events a file has; of standard input that is not known.
async fn count(path: &str) -> Result<Option<u64>, Failure> {
    if path == "-" {
        return Ok(None);
    }
    let path = path.to_owned();
    let counted = tokio::task::spawn_blocking(move || {
        use std::io::BufRead;
        let failed = |error| Failure::failed(format!("{path} cannot be read: {error}"));
        let mut input = BufReader::new(open(&path)?);
        let (mut total, mut line) = (0, Vec::new());
        loop {
            line.clear();
            // A line without an end is not to be held whole.
            let mut part = std::io::Read::take(&mut input, 64 * 1024);
            if part.read_until(b'\n', &mut line).map_err(failed)? == 0 {
                return Ok(Some(total));
            }
            total += u64::from(line.trim_ascii().eq_ignore_ascii_case(b"BEGIN:VEVENT"));
        }
    });
    counted
        .await
        .map_err(|_| Failure::failed("reading the file was cut off"))?
}

/// Whether an error is of the one event, so that the others may go on.
fn is_of_the_event(error: &integrations::Error) -> bool {
    use integrations::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::InvalidInput
            | Kind::Unsupported
            | Kind::Conflict
            | Kind::PreconditionFailed
            | Kind::AlreadyExists
            | Kind::NotFound
            | Kind::Decode
    )
}
