//! `calendar free` and `calendar find-time`: whose time is taken, and when all have some.

use std::path::Path;
use std::process::ExitCode;

use integrations::calendar::{MeetingTimeQuery, Subject, WorkingHours};
use integrations::time::TimeRange;
use jiff::{SignedDuration, Span};
use serde_json::json;

use super::Wall;
use super::place::{Place, Target, choose};
use super::reader::Reader;
use super::when;
use crate::output::{Output, table};
use crate::{Failure, Outcome, text};

/// Whose time, and when.
#[derive(Debug, clap::Args)]
pub(crate) struct Whose {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    wall: Wall,
    /// Whose: an address, or a calendar of the account by id or name. Without it the calendar that
    /// is chosen.
    #[arg(long, value_name = "WHO")]
    who: Vec<String>,
    /// From when on, as with `events`. Without it: today, or now for `find-time`.
    #[arg(long, allow_hyphen_values = true)]
    from: Option<String>,
    /// Until when: a day (it is included), a time, or a length from the start (`+7d`).
    #[arg(long)]
    to: Option<String>,
}

/// Which time is looked for.
#[derive(Debug, clap::Args)]
pub(crate) struct FindArgs {
    /// How long: `45m`, `1h30m`.
    #[arg(long = "for", id = "length", value_name = "LENGTH")]
    length: String,
    #[command(flatten)]
    whose: Whose,
    /// Only Monday to Friday in these hours of the reader: 9-17 where none are written.
    #[arg(long, value_name = "HOURS", num_args = 0..=1, default_missing_value = "9-17")]
    working_hours: Option<String>,
    /// Free time that is kept before and after.
    #[arg(long, value_name = "LENGTH")]
    buffer: Option<String>,
    /// How many times are shown.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

/// How many days are looked at when nobody says.
const DAYS: i32 = 7;

impl Whose {
    fn range(&self, from: Option<&str>, reader: &Reader) -> Result<TimeRange, Failure> {
        let from = self.from.as_deref().or(from);
        Ok(reader.range(from, self.to.as_deref(), DAYS)?.span)
    }

    /// Whose time: an id or a name of a calendar, or else an address.
    fn subjects(&self, target: &Target) -> Result<Vec<Subject>, Failure> {
        if self.who.is_empty() {
            return Ok(vec![Subject::from(target.id())]);
        }
        let subject = |who: &String| match choose(&target.all, Some(who)) {
            Ok(found) => Ok(Subject::Calendar(found.id.clone())),
            Err(_) if who.contains('@') => Ok(Subject::Person(who.clone())),
            Err(failure) => Err(failure),
        };
        self.who.iter().map(subject).collect()
    }

    /// What a subject is called where it was asked for.
    fn name(&self, n: usize, target: &Target) -> String {
        let name = self
            .who
            .get(n)
            .map_or(target.info.name.as_str(), String::as_str);
        text::line(name)
    }
}

pub(super) async fn free(whose: &Whose, file: Option<&Path>, output: &Output) -> Outcome {
    let reader = whose.wall.reader()?;
    let range = whose.range(None, &reader)?;
    let target = whose.place.open(file).await?;
    let subjects = whose.subjects(&target)?;
    let known = target.calendars.free_busy(&subjects, range).await?;
    let values: Vec<_> = known
        .iter()
        .enumerate()
        .map(|(n, one)| {
            json!({ "who": whose.name(n, &target), "busy": one.busy, "unknown": one.unknown })
        })
        .collect();
    let value = json!({ "from": range.start, "to": range.end,
        "zone": reader.zone.iana_name(), "subjects": values });
    output.show(&value, || {
        let mut rows = Vec::new();
        for (n, one) in known.iter().enumerate() {
            let who = whose.name(n, &target);
            match &one.unknown {
                Some(why) => rows.push([who, format!("not known: {}", text::line(why))]),
                None if one.busy.is_empty() => rows.push([who, "free".to_owned()]),
                None => {
                    let spans = one.busy.iter().map(|busy| span(*busy, &reader));
                    rows.extend(spans.map(|busy| [who.clone(), busy]));
                }
            }
        }
        format!(
            "{}\n\n{}",
            table(&["who", "busy"], rows),
            bounds(range, &reader)
        )
    });
    // A time that is not known is not free, and is not an answer either.
    Ok(match known.iter().any(|one| one.unknown.is_some()) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

pub(super) async fn find_time(args: &FindArgs, file: Option<&Path>, output: &Output) -> Outcome {
    let whose = &args.whose;
    let reader = whose.wall.reader()?;
    let range = whose.range(Some("now"), &reader)?;
    let length = time(&args.length)?;
    let hours = args.working_hours.as_deref();
    let hours = hours.map(|text| working_hours(text, &reader)).transpose()?;
    let buffer = args.buffer.as_deref().map(time).transpose()?;
    let target = whose.place.open(file).await?;
    let mut query = MeetingTimeQuery::new(whose.subjects(&target)?, range, length)
        .with_limit(args.limit.into())
        .with_buffer(buffer.unwrap_or(SignedDuration::ZERO));
    query.hours = hours;
    let found = target.calendars.find_meeting_times(&query).await?;
    let value = json!({ "from": range.start, "to": range.end,
        "zone": reader.zone.iana_name(), "times": found });
    output.show(&value, || {
        if found.is_empty() {
            return format!("nobody finds {} {}", args.length, bounds(range, &reader));
        }
        let spans: Vec<_> = found.iter().map(|free| span(*free, &reader)).collect();
        spans.join("\n")
    });
    Ok(ExitCode::SUCCESS)
}

/// A span on the reader's wall.
fn span(span: TimeRange, reader: &Reader) -> String {
    let day = |at| reader.wall(at).strftime("%a %-d %B %Y").to_string();
    let (start, end) = (day(span.start), day(span.end));
    let (from, to) = (reader.clock(span.start), reader.clock(span.end));
    match start == end {
        true => format!("{start}, {from}-{to}"),
        false => format!("{start}, {from} to {end}, {to}"),
    }
}

fn bounds(range: TimeRange, reader: &Reader) -> String {
    format!("in {}, {}", span(range, reader), reader.zone_name())
}

/// A length as time that passes, a day as 24 hours.
fn time(text: &str) -> Result<SignedDuration, Failure> {
    let span: Span = when::length(text)?;
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    span.to_duration(days)
        .map_err(|error| Failure::usage(format!("{text:?}: {error}")))
}

/// Hours of a day: `9-17`.
fn working_hours(text: &str, reader: &Reader) -> Result<WorkingHours, Failure> {
    let wrong = || {
        Failure::usage(format!(
            "{text:?} is not hours of a day; write for example 9-17, of 0 to 24"
        ))
    };
    let Some(zone) = reader.zone.iana_name() else {
        return Err(Failure::usage(
            "the time zone of this machine has no name; name one, for example --zone Europe/Berlin",
        ));
    };
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    let hour = |text: &str| text.trim().parse::<i8>().map_err(|_| wrong());
    let (from_hour, to_hour) = (hour(from)?, hour(to)?);
    if !(0..=23).contains(&from_hour) || !(from_hour + 1..=24).contains(&to_hour) {
        return Err(wrong());
    }
    Ok(WorkingHours {
        from_hour,
        to_hour,
        ..WorkingHours::weekdays(zone)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_on_the_readers_wall() {
        let reader = Reader::at("Europe/Berlin", "2026-06-03T08:30:00Z");
        let of = |from: &str, to: &str| {
            let range = TimeRange::new(from.parse().unwrap(), to.parse().unwrap());
            span(range.unwrap(), &reader)
        };
        assert_eq!(
            of("2026-06-01T07:00:00Z", "2026-06-01T08:00:00Z"),
            "Mon 1 June 2026, 09:00-10:00"
        );
        assert_eq!(
            of("2026-06-01T20:00:00Z", "2026-06-01T22:30:00Z"),
            "Mon 1 June 2026, 22:00 to Tue 2 June 2026, 00:30"
        );
    }

    #[test]
    fn working_hours_are_hours_of_a_day() {
        let reader = Reader::at("Europe/Berlin", "2026-06-03T08:30:00Z");
        let hours = working_hours("8-24", &reader).unwrap();
        assert_eq!((hours.from_hour, hours.to_hour), (8, 24));
        for text in ["", "9", "17-9", "9-9", "-1-9", "9-25", "nine-five"] {
            assert!(working_hours(text, &reader).is_err(), "{text:?}");
        }
    }
}
