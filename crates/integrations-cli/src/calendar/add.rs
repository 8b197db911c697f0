//! `calendar add`: a new event.

use std::path::Path;
use std::process::ExitCode;

use integrations::IdempotencyKey;
use integrations::calendar::{Attendee, NewEvent, Notify, Reminder, Reminders};
use integrations::time::EventTime;
use jiff::{Span, ToSpan};

use super::Wall;
use super::entry::{self, Entry};
use super::place::Place;
use super::reader::{Reader, far};
use super::when::{self, When};
use crate::output::Output;
use crate::{Failure, Outcome};

/// What is made.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Its title.
    title: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    wall: Wall,
    /// When it starts: `2026-06-01T14:30`, `14:30`, `"tomorrow 14:30"`; with --all-day a day.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    start: String,
    /// When it ends; with --all-day the last day. Without it and --for: an hour, or a day.
    #[arg(long, value_name = "TIME", conflicts_with = "length")]
    end: Option<String>,
    /// How long it is: `45m`, `1h30m`, `3d`.
    #[arg(long = "for", id = "length", value_name = "LENGTH")]
    length: Option<String>,
    /// It is of whole days.
    #[arg(long)]
    all_day: bool,
    /// How it repeats: a rule of RFC 5545 (`FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10`), or `daily`,
    /// `weekly`, `monthly`, `yearly`.
    #[arg(long, value_name = "RRULE")]
    repeat: Option<String>,
    /// Whom to invite.
    #[arg(long, value_name = "EMAIL")]
    with: Vec<String>,
    /// Who of them is told.
    #[arg(long, value_enum, default_value_t = Told::Nobody)]
    notify: Told,
    /// Where it is.
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,
    /// What it is about.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// How long before the start to remind (`10m`, `1d`), once for each; `none` for not at all.
    /// Without it the calendar's own reminders hold.
    #[arg(long, value_name = "LENGTH")]
    remind: Vec<String>,
    /// A key of your own, 1 to 64 characters of `A-Z a-z 0-9 _ -`: the same command run again with
    /// it makes no second event.
    #[arg(long)]
    key: Option<String>,
}

/// Who is told of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Told {
    /// Nobody.
    Nobody,
    /// Those who do not see the calendar itself.
    External,
    /// Everybody who is invited.
    Everybody,
}

impl From<Told> for Notify {
    fn from(told: Told) -> Self {
        match told {
            Told::Nobody => Self::Nobody,
            Told::External => Self::External,
            Told::Everybody => Self::Everybody,
        }
    }
}

/// When something ends, as it was said.
#[derive(Debug, Clone, Copy)]
pub(super) enum End<'a> {
    /// It was not said.
    Unsaid,
    /// At a time, or with a day.
    At(&'a str),
    /// After so long.
    For(&'a str),
}

impl<'a> End<'a> {
    pub(super) fn of(end: Option<&'a str>, length: Option<&'a str>) -> Self {
        match (end, length) {
            (Some(end), _) => Self::At(end),
            (None, Some(length)) => Self::For(length),
            (None, None) => Self::Unsaid,
        }
    }
}

pub(super) async fn run(args: &Args, file: Option<&Path>, output: &Output) -> Outcome {
    let reader = args.wall.reader()?;
    let start = start(&args.start, reader.today(), args.all_day, &reader)?;
    let said = End::of(args.end.as_deref(), args.length.as_deref());
    let end = end(&start, said, None, &reader)?;
    let mut new = NewEvent::new(args.title.as_str(), start, end).with_notify(args.notify.into());
    if let Some(text) = &args.repeat {
        new = new.with_recurrence(entry::rule(text)?);
    }
    for email in &args.with {
        new = new.with_attendee(Attendee::new(email.as_str()));
    }
    new.location.clone_from(&args.location);
    new.description.clone_from(&args.description);
    new.reminders = reminders(&args.remind)?.unwrap_or_default();
    new.key = args.key.as_deref().map(IdempotencyKey::new).transpose()?;
    let target = args.place.open(file).await?;
    let made = target.calendars.create_event(target.id(), new).await?;
    told("added", Entry::of(made, &reader)?, &reader, output);
    Ok(ExitCode::SUCCESS)
}

/// Prints what was done to an event.
pub(super) fn told(done: &str, entry: Entry, reader: &Reader, output: &Output) {
    output.show(&entry.details(), || {
        let id = entry.event.id.as_str();
        format!(
            "{done} {:?}, {}\nid {id}",
            entry.title(),
            entry.when(reader)
        )
    });
}

/// The start of an event. `day` is that of a time alone.
pub(super) fn start(
    text: &str,
    day: jiff::civil::Date,
    all_day: bool,
    reader: &Reader,
) -> Result<EventTime, Failure> {
    let when = when::parse(text, reader)?;
    let when = match when {
        When::After(span) if all_day && !when::has_clock(&span) => {
            When::Day(reader.today().checked_add(span).map_err(far)?)
        }
        when => when,
    };
    match (reader.event_time(&when, day)?, all_day) {
        (EventTime::Date(_), false) => Err(Failure::usage(format!(
            "{text:?} has no time; write {text}T09:00 for example, or --all-day"
        ))),
        (EventTime::Date(day), true) => Ok(EventTime::Date(day)),
        (_, true) => Err(Failure::usage(format!(
            "--all-day goes with days, and {text:?} is a time"
        ))),
        (time, false) => Ok(time),
    }
}

/// The end of an event, exclusive. What is not said is as it was, or usual.
pub(super) fn end(
    start: &EventTime,
    said: End<'_>,
    usual: Option<Span>,
    reader: &Reader,
) -> Result<EventTime, Failure> {
    let is_all_day = start.is_date();
    let text = match said {
        End::Unsaid => {
            let usual = usual.unwrap_or(if is_all_day { 1.day() } else { 1.hour() });
            return Ok(start.after(usual)?);
        }
        End::For(text) => return Ok(start.after(when::length(text)?)?),
        End::At(text) => text,
    };
    let when = when::parse(text, reader)?;
    if let When::After(span) = when {
        return Ok(start.after(span)?);
    }
    // A time alone is of the day of the start, as the reader sees it.
    let day = reader.wall(start.to_timestamp(&reader.zone)?).date();
    match (reader.event_time(&when, day)?, is_all_day) {
        (EventTime::Date(last), true) => Ok(EventTime::Date(last.tomorrow().map_err(far)?)),
        (EventTime::Date(_), false) => Err(Failure::usage(format!(
            "{text:?} has no time, and the start has one; write {text}T10:00 for example"
        ))),
        (_, true) => Err(Failure::usage(format!(
            "the event is of whole days, and {text:?} is a time"
        ))),
        (time, false) => Ok(time),
    }
}

/// The reminders that were said; None where nothing was.
pub(super) fn reminders(said: &[String]) -> Result<Option<Reminders>, Failure> {
    match said {
        [] => Ok(None),
        [none] if none == "none" => Ok(Some(Reminders::Only(Vec::new()))),
        all => {
            let all = all
                .iter()
                .map(|text| when::minutes(text).map(Reminder::popup));
            Ok(Some(Reminders::Only(all.collect::<Result<_, _>>()?)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(begins: &str, said: End<'_>, all_day: bool) -> Result<String, String> {
        let reader = Reader::at("Europe/Berlin", "2026-06-03T08:30:00Z");
        let start = start(begins, reader.today(), all_day, &reader).map_err(|it| it.line)?;
        let end = end(&start, said, None, &reader).map_err(|it| it.line)?;
        let short = |time: EventTime| time.to_string().replace("[Europe/Berlin]", "");
        Ok(format!("{} {}", short(start), short(end)))
    }

    #[test]
    fn ends_are_said_by_a_time_a_length_or_not_at_all() {
        for (start, said, meant) in [
            (
                "14:30",
                End::Unsaid,
                "2026-06-03T14:30:00 2026-06-03T15:30:00",
            ),
            (
                "14:30",
                End::At("16:00"),
                "2026-06-03T14:30:00 2026-06-03T16:00:00",
            ),
            (
                "14:30",
                End::At("+20m"),
                "2026-06-03T14:30:00 2026-06-03T14:50:00",
            ),
            (
                "tomorrow 23:00",
                End::For("1h30m"),
                "2026-06-04T23:00:00 2026-06-05T00:30:00",
            ),
            (
                "2026-06-10T09:00",
                End::At("10:15"),
                "2026-06-10T09:00:00 2026-06-10T10:15:00",
            ),
            // An hour over the change of the clocks is an hour.
            (
                "2026-03-29T01:30",
                End::For("1h"),
                "2026-03-29T01:30:00 2026-03-29T03:30:00",
            ),
        ] {
            assert_eq!(times(start, said, false).unwrap(), meant);
        }
        for (start, said, meant) in [
            ("2026-06-10", End::Unsaid, "2026-06-10 2026-06-11"),
            ("2026-06-10", End::At("2026-06-12"), "2026-06-10 2026-06-13"),
            ("today", End::For("2d"), "2026-06-03 2026-06-05"),
            ("+1d", End::Unsaid, "2026-06-04 2026-06-05"),
        ] {
            assert_eq!(times(start, said, true).unwrap(), meant);
        }
    }

    #[test]
    fn forms_that_do_not_go_together_are_refused() {
        for (start, said, all_day, word) in [
            ("2026-06-10", End::Unsaid, false, "--all-day"),
            ("14:30", End::Unsaid, true, "--all-day"),
            ("14:30", End::At("2026-06-10"), false, "has no time"),
            ("2026-06-10", End::At("10:00"), true, "whole days"),
            ("2026-06-10", End::For("2h"), true, "whole day"),
            ("2026-03-29T02:30", End::Unsaid, false, "skipped"),
            ("2026-10-25T01:30", End::At("02:30"), false, "comes twice"),
        ] {
            let told = times(start, said, all_day).unwrap_err();
            assert!(told.contains(word), "{told}");
        }
    }
}
