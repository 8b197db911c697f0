//! `calendar events`: what takes place, as an agenda or as a month.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use futures::TryStreamExt;
use integrations::calendar::EventQuery;
use integrations::time::TimeRange;
use jiff::ToSpan;
use serde_json::json;

use super::entry::Entry;
use super::place::Place;
use super::reader::{Range, Reader, far};
use super::{Wall, agenda, copy, month, when};
use crate::output::Output;
use crate::{Failure, Outcome, interrupt, text};

/// Which events, and how they are shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    wall: Wall,
    /// The days, each with its events. It is what is shown when nothing else is said.
    #[arg(long, conflicts_with = "month")]
    agenda: bool,
    /// A month as a grid: `2026-06`, or this one.
    #[arg(long, value_name = "MONTH", num_args = 0..=1, default_missing_value = "this")]
    month: Option<String>,
    /// From when on: a day (`2026-06-01`, `today`, `monday`), a time, or a length from now (`+1d`).
    #[arg(long, conflicts_with = "month", allow_hyphen_values = true)]
    from: Option<String>,
    /// Until when: a day (it is included), a time, or a length from the start (`+7d`).
    #[arg(long, conflicts_with = "month")]
    to: Option<String>,
    /// Show the ids of the events, for `show`, `edit` and `rm`.
    #[arg(long, conflicts_with = "month")]
    ids: bool,
    /// Only events with this text in title, description or place.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Read the copy in this file, which `sync` made, and ask nobody.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["integration", "calendar", "search"])]
    mirror: Option<PathBuf>,
}

/// How many days are shown when nobody says.
const DAYS: i32 = 7;

/// What was found: entries in order, and what is wrong with others.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    /// Events whose times cannot be told, by their ids, and why.
    pub(super) unclear: Vec<(String, String)>,
}

pub(crate) async fn run(args: &Args, file: Option<&Path>, output: &Output) -> Outcome {
    let reader = args.wall.reader()?;
    let first = match args.month.as_deref() {
        None => None,
        Some("this") => Some(reader.today().first_of_month()),
        Some(text) => Some(when::month(text)?),
    };
    let range = match first {
        Some(first) => reader.days(first, first.last_of_month())?,
        None => reader.range(args.from.as_deref(), args.to.as_deref(), DAYS)?,
    };
    let mut found = match &args.mirror {
        Some(mirror) => copy::read(mirror, range.span, &reader).await?,
        None => ask(args, range, &reader, file).await?,
    };
    found
        .entries
        .retain(|entry| entry.meets(range.span) && !entry.is_cancelled());
    found.entries.sort_by(|a, b| a.order().cmp(&b.order()));
    let unclear: Vec<_> = found
        .unclear
        .iter()
        .map(|(id, why)| json!({ "id": id, "why": why }))
        .collect();
    let shown: Vec<_> = found.entries.iter().map(Entry::shown).collect();
    let value = json!({
        "from": range.span.start, "to": range.span.end, "zone": reader.zone.iana_name(),
        "events": shown, "unclear": unclear });
    output.show(&value, || {
        let mut view = match first {
            Some(first) => {
                let columns = text::columns().unwrap_or(text::USUAL);
                month::text(&found.entries, first, &reader, columns, output)
            }
            None => {
                let style = agenda::Style {
                    columns: text::columns(),
                    ids: args.ids,
                };
                agenda::text(&found.entries, range, &reader, style, output)
            }
        };
        for (id, why) in &found.unclear {
            view.push_str(&format!(
                "\nwhen it is cannot be told: {}: {why}",
                text::line(id)
            ));
        }
        view
    });
    Ok(if found.unclear.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Asks the provider for every occurrence in a span.
async fn ask(
    args: &Args,
    range: Range,
    reader: &Reader,
    file: Option<&Path>,
) -> Result<Found, Failure> {
    let target = args.place.open(file).await?;
    // Whole days and floating times are the reader's, and the provider reads them somewhere else:
    // no two places of the Earth are further apart than 26 hours.
    let around = TimeRange::new(
        range.span.start.checked_sub(26.hours()).map_err(far)?,
        range.span.end.checked_add(26.hours()).map_err(far)?,
    )?;
    let mut query = EventQuery::occurrences(around);
    query.text.clone_from(&args.search);
    let mut events = target.calendars.list_events(target.id(), query);
    let mut found = Found::default();
    while let Some(event) = events.try_next().await? {
        interrupt::check()?;
        let id = event.id.to_string();
        match Entry::of(event, reader) {
            Ok(entry) => found.entries.push(entry),
            Err(error) => found.unclear.push((id, error.message().to_owned())),
        }
    }
    Ok(found)
}
