//! `calendar edit` and `calendar rm`: an event, or a part of a series.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use integrations::calendar::{
    Attendee, DeleteOptions, EditScope, Event, EventId, EventKind, EventPatch, Patch, UpdateOptions,
};
use integrations::time::EventTime;
use jiff::{Span, ToSpan};
use serde_json::json;

use super::Wall;
use super::add::{self, End, Told, told};
use super::entry::{self, Entry};
use super::place::{Place, Target};
use super::reader::Reader;
use crate::output::Output;
use crate::{Failure, Outcome, interrupt};

/// Which part of a series.
#[derive(Debug, Clone, Copy, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Part {
    /// This occurrence of a series. It goes without saying for the id of one.
    #[arg(long)]
    this: bool,
    /// This occurrence and all that follow.
    #[arg(long)]
    following: bool,
    /// The whole series.
    #[arg(long)]
    all: bool,
}

/// What is changed, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The event, by its id: `events --ids` shows it.
    event: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    wall: Wall,
    #[command(flatten)]
    part: Part,
    /// A new title.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// When it starts; a time alone keeps the day. Without an end it stays as long as it is. With
    /// --all it is the start of the first occurrence.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    start: Option<String>,
    /// When it ends; of whole days the last one.
    #[arg(long, value_name = "TIME", conflicts_with = "length")]
    end: Option<String>,
    /// How long it is: `45m`, `1h30m`, `3d`.
    #[arg(long = "for", id = "length", value_name = "LENGTH")]
    length: Option<String>,
    /// It becomes one of whole days; with --start.
    #[arg(long, requires = "start")]
    all_day: bool,
    /// How it repeats, as with `add`; `none` for no more.
    #[arg(long, value_name = "RRULE")]
    repeat: Option<String>,
    /// Whom to invite besides.
    #[arg(long, value_name = "EMAIL")]
    with: Vec<String>,
    /// Whom to invite no more.
    #[arg(long, value_name = "EMAIL")]
    without: Vec<String>,
    /// Who of those invited is told.
    #[arg(long, value_enum, default_value_t = Told::Nobody)]
    notify: Told,
    /// Where it is; an empty text takes it away.
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,
    /// What it is about; an empty text takes it away.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// How long before the start to remind, as with `add`; they take the place of those before.
    #[arg(long, value_name = "LENGTH")]
    remind: Vec<String>,
}

/// What is removed, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct RemoveArgs {
    /// The events, by their ids: `events --ids` shows them.
    #[arg(required = true, value_name = "EVENT")]
    events: Vec<String>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    wall: Wall,
    #[command(flatten)]
    part: Part,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Who of those invited is told.
    #[arg(long, value_enum, default_value_t = Told::Nobody)]
    notify: Told,
}

impl Part {
    /// The part that is meant of what an id names. Which one of a series is never guessed.
    fn scope(self, event: &Event) -> Result<EditScope, Failure> {
        let is_series = event.kind == EventKind::Series;
        match (self.this, self.following, self.all) {
            (_, _, true) => Ok(EditScope::All),
            (_, true, _) if is_series => Err(Failure::usage(
                "that is the id of a whole series; name the occurrence from which on, as `events \
                 --ids` shows it",
            )),
            (true, _, _) if is_series => Err(Failure::usage(
                "that is the id of a whole series; name the occurrence, as `events --ids` shows it",
            )),
            (_, true, _) => match event.kind {
                EventKind::Occurrence { .. } => Ok(EditScope::ThisAndFollowing),
                _ => Err(Failure::usage(
                    "the event stands alone, and nothing follows it",
                )),
            },
            _ if is_series => Err(Failure::usage(
                "the event repeats; say --all for the whole series, or name an occurrence, as \
                 `events --ids` shows it",
            )),
            _ => Ok(EditScope::This),
        }
    }
}

/// An event and the part of it that is meant. For a whole series that is the series.
async fn find(target: &Target, id: &str, part: Part) -> Result<(Event, EditScope), Failure> {
    let event = target
        .calendars
        .get_event(target.id(), &EventId::new(id))
        .await?;
    let scope = part.scope(&event)?;
    if scope == EditScope::All && *event.series_id() != event.id {
        let series = event.series_id().clone();
        let event = target.calendars.get_event(target.id(), &series).await?;
        return Ok((event, scope));
    }
    Ok((event, scope))
}

/// How it is changed: only as it was read, where the provider can say so.
fn options(target: &Target, event: &Event, scope: EditScope, notify: Told) -> UpdateOptions {
    let mut options = UpdateOptions::scope(scope);
    options.notify = notify.into();
    // What follows an occurrence has no version of its own.
    if target.calendars.capabilities().etag_conditions && scope != EditScope::ThisAndFollowing {
        options.if_match.clone_from(&event.etag);
    }
    options
}

pub(super) async fn run(args: &Args, file: Option<&Path>, output: &Output) -> Outcome {
    let reader = args.wall.reader()?;
    // What can be wrong on the command line is said before anybody is asked.
    let reminders = add::reminders(&args.remind)?;
    let recurrence = match args.repeat.as_deref() {
        None => Patch::Keep,
        Some("none") => Patch::Clear,
        Some(text) => Patch::Set(entry::rule(text)?.into()),
    };
    let target = args.place.open(file).await?;
    let (event, scope) = find(&target, &args.event, args.part).await?;
    let mut patch = EventPatch::default();
    patch.summary.clone_from(&args.title);
    patch.location = optional(args.location.as_deref());
    patch.description = optional(args.description.as_deref());
    patch.recurrence = recurrence;
    patch.reminders = reminders;
    patch.times = times(args, &event, &reader)?;
    patch.attendees = attendees(args, &event)?;
    if patch.is_empty() {
        return Err(Failure::usage(
            "nothing is to be changed; see `integrations calendar edit --help`",
        ));
    }
    let options = options(&target, &event, scope, args.notify);
    let changed = target
        .calendars
        .update_event(target.id(), &event.id, patch, options)
        .await?;
    told("changed", Entry::of(changed, &reader)?, &reader, output);
    Ok(ExitCode::SUCCESS)
}

/// A text that an empty one takes away.
fn optional(text: Option<&str>) -> Patch<String> {
    match text {
        None => Patch::Keep,
        Some("") => Patch::Clear,
        Some(text) => Patch::Set(text.to_owned()),
    }
}

/// New times, where any are said.
fn times(
    args: &Args,
    event: &Event,
    reader: &Reader,
) -> Result<Option<(EventTime, EventTime)>, Failure> {
    let said = End::of(args.end.as_deref(), args.length.as_deref());
    let start = match &args.start {
        None if matches!(said, End::Unsaid) => return Ok(None),
        None => event.start.clone(),
        Some(text) => {
            // A time alone is of the day that it is on already.
            let day = reader.wall(event.start.to_timestamp(&reader.zone)?).date();
            let is_days = args.all_day || (event.start.is_date() && !has_time(text, reader)?);
            add::start(text, day, is_days, reader)?
        }
    };
    let is_same_form = start.is_date() == event.start.is_date();
    let usual = is_same_form.then(|| length(event)).transpose()?;
    let end = add::end(&start, said, usual, reader)?;
    Ok(Some((start, end)))
}

fn has_time(text: &str, reader: &Reader) -> Result<bool, Failure> {
    use super::when::{self, When};
    Ok(match when::parse(text, reader)? {
        When::Day(_) => false,
        When::After(span) => when::has_clock(&span),
        _ => true,
    })
}

/// How long an event is: days on the wall, or time that passes.
fn length(event: &Event) -> Result<Span, Failure> {
    if let (EventTime::Date(first), EventTime::Date(after)) = (&event.start, &event.end) {
        let days = after.duration_since(*first).as_hours() / 24;
        return Ok(i32::try_from(days).unwrap_or(1).days());
    }
    let utc = jiff::tz::TimeZone::UTC;
    let (start, end) = (
        event.start.to_timestamp(&utc)?,
        event.end.to_timestamp(&utc)?,
    );
    Ok(end.duration_since(start).as_secs().seconds())
}

/// The list of those invited, where it changes.
fn attendees(args: &Args, event: &Event) -> Result<Option<Vec<Attendee>>, Failure> {
    if args.with.is_empty() && args.without.is_empty() {
        return Ok(None);
    }
    let mut list = event.attendees.clone();
    for email in &args.without {
        let before = list.len();
        list.retain(|one| !one.person.email.eq_ignore_ascii_case(email));
        if list.len() == before {
            return Err(Failure::usage(format!("{email:?} is not invited")));
        }
    }
    for email in &args.with {
        if !list
            .iter()
            .any(|one| one.person.email.eq_ignore_ascii_case(email))
        {
            list.push(Attendee::new(email.as_str()));
        }
    }
    Ok(Some(list))
}

pub(super) async fn remove(args: &RemoveArgs, file: Option<&Path>, output: &Output) -> Outcome {
    let reader = args.wall.reader()?;
    let can_ask = std::io::stdin().is_terminal() && !output.is_json();
    if !args.yes && !can_ask {
        return Err(Failure::usage(
            "nobody can be asked here whether to remove it; say --yes",
        ));
    }
    let target = args.place.open(file).await?;
    // All are looked up first: removing what is not there succeeds, and a person who mistyped wants
    // to know before half of it is gone.
    let mut found = Vec::new();
    for id in &args.events {
        let (event, scope) = find(&target, id, args.part).await?;
        found.push((Entry::of(event, &reader)?, scope));
    }
    let (mut removed, mut kept) = (Vec::new(), 0_usize);
    for (entry, scope) in &found {
        interrupt::check()?;
        if !args.yes && !ask(entry, *scope, &reader).await? {
            kept += 1;
            continue;
        }
        let options: DeleteOptions = options(&target, &entry.event, *scope, args.notify);
        target
            .calendars
            .delete_event(target.id(), &entry.event.id, options)
            .await?;
        output.note(&format!("removed {}", name(entry, *scope, &reader)));
        removed.push(entry.shown());
    }
    if output.is_json() {
        output.show(&json!({ "removed": removed, "kept": kept }), String::new);
    }
    Ok(ExitCode::SUCCESS)
}

fn name(entry: &Entry, scope: EditScope, reader: &Reader) -> String {
    let of = match scope {
        EditScope::This => "",
        EditScope::ThisAndFollowing => ", and all that follow",
        EditScope::All if entry.event.kind == EventKind::Series => ", the whole series",
        EditScope::All => "",
    };
    format!("{:?}, {}{of}", entry.title(), entry.when(reader))
}

async fn ask(entry: &Entry, scope: EditScope, reader: &Reader) -> Result<bool, Failure> {
    print!("remove {}? [y/N] ", name(entry, scope, reader));
    std::io::stdout()
        .flush()
        .map_err(|error| Failure::failed(format!("the output cannot be written: {error}")))?;
    // The thread that reads is left behind when nobody types: see `GRACE` of the program.
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = tokio::select! {
        line = line => line,
        () = interrupt::pressed() => return Err(interrupt::error().into()),
    };
    let line = line.map_err(|_| Failure::failed("reading the answer was cut off"))?;
    let line =
        line.map_err(|error| Failure::failed(format!("the answer cannot be read: {error}")))?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
