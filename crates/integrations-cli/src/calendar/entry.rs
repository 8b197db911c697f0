//! Something that takes place, as the views show it.

use std::sync::Arc;

use integrations::calendar::mirror::AgendaItem;
use integrations::calendar::recurrence::RRule;
use integrations::calendar::{Event, EventKind, EventStatus};
use integrations::time::{EventTime, TimeRange};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use serde_json::{Value, json};

use super::reader::Reader;
use crate::{Failure, text};

/// An event, or an occurrence of a series, with its times.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) event: Arc<Event>,
    /// When the series has it, for an occurrence.
    pub(super) original: Option<EventTime>,
    pub(super) start: EventTime,
    pub(super) end: EventTime,
    pub(super) starts_at: Timestamp,
    pub(super) ends_at: Timestamp,
}

/// An entry as JSON: its names are a promise to scripts.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'a> {
    id: &'a str,
    calendar: &'a str,
    summary: &'a str,
    /// In the form that it has: `2026-06-01`, `2026-06-01T09:00:00[Europe/Berlin]`,
    /// `2026-06-01T07:00:00Z`, or `2026-06-01T09:00:00` where it floats with the reader.
    start: String,
    end: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
    all_day: bool,
    /// The series, of an occurrence of one.
    series: Option<&'a str>,
    original_start: Option<String>,
    status: String,
    location: Option<&'a str>,
    join_url: Option<&'a str>,
}

impl Entry {
    /// An event, an occurrence, or a series at its first.
    pub(super) fn of(event: Event, reader: &Reader) -> Result<Self, integrations::Error> {
        let original = match &event.kind {
            EventKind::Occurrence { original_start, .. } => Some(original_start.clone()),
            _ => None,
        };
        Ok(Self {
            original,
            start: event.start.clone(),
            end: event.end.clone(),
            starts_at: event.start.to_timestamp(&reader.zone)?,
            ends_at: event.end.to_timestamp(&reader.zone)?,
            event: Arc::new(event),
        })
    }

    pub(super) fn is_all_day(&self) -> bool {
        self.start.is_date()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.event.status == EventStatus::Cancelled
    }

    /// Whether it shares an instant with a span; one that takes no time is at its start.
    pub(super) fn meets(&self, span: TimeRange) -> bool {
        if self.starts_at < self.ends_at {
            self.starts_at < span.end && span.start < self.ends_at
        } else {
            span.contains(self.starts_at)
        }
    }

    /// The reader's days on which it is, the first and the last. An end at midnight is of the day
    /// before.
    pub(super) fn days(&self, reader: &Reader) -> (Date, Date) {
        let first = reader.wall(self.starts_at).date();
        let inside = self.ends_at.checked_sub(1.nanosecond());
        let inside = inside.unwrap_or(self.ends_at).max(self.starts_at);
        // Whole days are those that they name, also where a day has no midnight.
        match (&self.start, &self.end) {
            (EventTime::Date(first), EventTime::Date(after)) => {
                (*first, after.yesterday().unwrap_or(*first).max(*first))
            }
            _ => (first, reader.wall(inside).date()),
        }
    }

    /// Its title on one line.
    pub(super) fn title(&self) -> String {
        title(&self.event.summary)
    }

    /// The order of a view: whole days first, then by the start.
    pub(super) fn order(&self) -> (bool, Timestamp, Timestamp, &str, &str) {
        let (summary, id) = (self.event.summary.as_str(), self.event.id.as_str());
        (
            !self.is_all_day(),
            self.starts_at,
            self.ends_at,
            summary,
            id,
        )
    }

    pub(super) fn shown(&self) -> Shown<'_> {
        let event = &*self.event;
        let series = match &event.kind {
            EventKind::Occurrence { series, .. } => Some(series.as_str()),
            // A copy has the series alone, and says by it which occurrence is meant.
            EventKind::Series if self.original.is_some() => Some(event.id.as_str()),
            _ => None,
        };
        Shown {
            id: event.id.as_str(),
            calendar: event.calendar.as_str(),
            summary: &event.summary,
            start: self.start.to_string(),
            end: self.end.to_string(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            all_day: self.is_all_day(),
            series,
            original_start: self.original.as_ref().map(ToString::to_string),
            status: String::from(event.status.clone()),
            location: event.location.as_deref(),
            join_url: event.conference.as_ref().map(|it| it.join_url.as_str()),
        }
    }

    /// Everything that is known of it, as JSON.
    pub(super) fn details(&self) -> Value {
        let event = &*self.event;
        let mut all = json!(self.shown());
        let organizer = event.organizer.as_ref();
        let more = json!({
            "uid": event.ical_uid, "etag": event.etag, "description": event.description,
            "recurrence": recurrence(event), "show_as": event.show_as,
            "visibility": event.visibility, "organizer": organizer.map(|it| &it.email),
            "attendees": event.attendees.iter().map(|one| json!({
                "email": one.person.email, "name": one.person.name, "role": one.role,
                "participation": one.participation })).collect::<Vec<_>>(),
            "reminders": event.reminders, "properties": event.properties,
            "sequence": event.sequence, "created": event.created, "updated": event.updated,
            "web_link": event.web_link,
        });
        if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
            all.extend(more);
        }
        all
    }

    /// When it is, in words: `Mon 1 June 2026, 09:00-10:00`.
    pub(super) fn when(&self, reader: &Reader) -> String {
        let (first, last) = self.days(reader);
        let day = |day: Date| day.strftime("%a %-d %B %Y").to_string();
        match (self.is_all_day(), first == last) {
            (true, true) => format!("{}, all day", day(first)),
            (true, false) => format!("{} to {}, all day", day(first), day(last)),
            (false, true) => format!("{}, {}", day(first), self.hours(first, reader)),
            (false, false) => format!(
                "{}, {} to {}, {}",
                day(first),
                reader.clock(self.starts_at),
                day(last),
                self.last_hour(reader)
            ),
        }
    }

    /// When it is on one of its days: from and to, or an arrow where it begins before or goes on.
    pub(super) fn hours(&self, day: Date, reader: &Reader) -> String {
        let (first, last) = self.days(reader);
        let start = reader.clock(self.starts_at);
        match (self.is_all_day(), first == day, last == day) {
            (true, _, _) | (_, false, false) => "all day".to_owned(),
            (_, true, true) if self.starts_at == self.ends_at => start,
            (_, true, true) => format!("{start}-{}", self.last_hour(reader)),
            (_, true, false) => format!("{start} →"),
            (_, false, true) => format!("→ {}", self.last_hour(reader)),
        }
    }

    /// The hour of the end; midnight is the end of the day before.
    fn last_hour(&self, reader: &Reader) -> String {
        let (_, last) = self.days(reader);
        match reader.wall(self.ends_at).date() == last {
            true => reader.clock(self.ends_at),
            false => "24:00".to_owned(),
        }
    }
}

/// A title on one line.
pub(super) fn title(summary: &str) -> String {
    match text::line(summary) {
        empty if empty.is_empty() => "(no title)".to_owned(),
        title => title,
    }
}

/// How an event repeats, as lines of RFC 5545.
pub(super) fn recurrence(event: &Event) -> Vec<String> {
    let lines = event.recurrence.as_ref().map(|it| it.to_lines());
    lines.unwrap_or_default()
}

impl From<AgendaItem> for Entry {
    fn from(item: AgendaItem) -> Self {
        Self {
            event: item.event,
            original: item.original,
            start: item.start,
            end: item.end,
            starts_at: item.starts_at,
            ends_at: item.ends_at,
        }
    }
}

/// A rule as it is written on the command line: a line of RFC 5545, or a word.
pub(super) fn rule(text: &str) -> Result<RRule, Failure> {
    let text = text.trim();
    let text = text.strip_prefix("RRULE:").unwrap_or(text);
    let rule = match text.to_lowercase().as_str() {
        "daily" | "weekly" | "monthly" | "yearly" => format!("FREQ={}", text.to_uppercase()),
        _ => text.to_owned(),
    };
    Ok(rule.parse()?)
}
