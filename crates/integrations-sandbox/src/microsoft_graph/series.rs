//! Occurrences of series.

use std::collections::BTreeSet;

use integrations_core::calendar::recurrence::{Recurrence, RuleEnd, expand};
use integrations_core::time::{EventTime, TimeRange};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::ids;
use super::pattern::Pattern;
use super::refusal::Refusal;
use super::state::{Answer, Calendar, Item};
use super::times::{self, DAY};

/// What an event is to a series (`eventType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Single,
    Master,
    Occurrence,
    Exception,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Single => "singleInstance",
            Self::Master => "seriesMaster",
            Self::Occurrence => "occurrence",
            Self::Exception => "exception",
        }
    }
}

/// An event as it is seen: of an exception what it changes, over what its series has.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) key: String,
    pub(super) kind: Kind,
    pub(super) item: Item,
}

impl Event {
    pub(super) fn span(&self, local: &TimeZone) -> Answer<(Timestamp, Timestamp)> {
        Ok((
            times::at(&self.item.start, local)?,
            times::at(&self.item.end, local)?,
        ))
    }
}

/// The start of a series moves to the first day on which its pattern falls; the range follows.
pub(super) fn begin(item: &mut Item, mut pattern: Pattern) -> Answer<()> {
    let day = times::day(&item.start);
    if !pattern.falls_on(day) {
        let mut open = pattern.recurrence.clone();
        for rule in &mut open.rules {
            rule.end = RuleEnd::Never;
        }
        let none = || Refusal::property("The recurrence has no occurrence.");
        let local = &TimeZone::UTC;
        let from = times::at(&item.start, local)?;
        // The longest step is of as many years as an interval has.
        let year = SignedDuration::from_hours(366 * 24);
        let windows = [2, 40, 1000].map(|years| year * years);
        let first = windows.iter().find_map(|length| {
            let end = from.checked_add(*length).ok()?;
            let window = TimeRange { start: from, end };
            // The start is the rule's first occurrence in any case.
            expand(&item.start, &open, window, local)
                .ok()?
                .into_iter()
                .nth(1)
        });
        let first = first.ok_or_else(none)?;
        item.end = times::end_of(&first, (&item.start, &item.end))?;
        item.start = first;
        let day = times::day(&item.start);
        let past = pattern.written["range"]["endDate"].as_str();
        let last = past.and_then(|it| it.parse::<Date>().ok());
        if pattern.written["range"]["type"] == "endDate" && last.is_some_and(|last| last < day) {
            return Err(none());
        }
        pattern.written["range"]["startDate"] = day.to_string().into();
    }
    let longest = times::at(&item.end, &TimeZone::UTC)?
        .duration_since(times::at(&item.start, &TimeZone::UTC)?);
    item.fields.insert("recurrence".into(), pattern.written);
    item.rule = Some(pattern.recurrence);
    overlap(item, longest)
}

/// An occurrence is over before the next begins: `ErrorOccurrenceTimeSpanTooBig` of Exchange
/// (<https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode>).
fn overlap(item: &Item, length: SignedDuration) -> Answer<()> {
    let Some(rule) = &item.rule else {
        return Ok(());
    };
    let from = times::at(&item.start, &TimeZone::UTC)?;
    let Ok(end) = from.checked_add(length.max(DAY)) else {
        return Ok(());
    };
    let window = TimeRange { start: from, end };
    let first = expand(&item.start, rule, window, &TimeZone::UTC);
    let first = first.map_err(|error| Refusal::property(error.message().to_owned()))?;
    let second = first
        .get(1)
        .map(|second| times::at(second, &TimeZone::UTC))
        .transpose()?;
    match second.is_some_and(|second| second < from + length) {
        false => Ok(()),
        true => Err(Refusal::new(
            400,
            "ErrorOccurrenceTimeSpanTooBig",
            "The duration of the recurring event must be shorter than how frequently it occurs.",
        )),
    }
}

impl Calendar {
    /// An event by its key: one that is kept, or an occurrence that a series makes.
    pub(super) fn find(&self, key: &str, local: &TimeZone) -> Answer<Event> {
        if let Some(item) = self.events.get(key) {
            return self.seen(key, item);
        }
        let day = ids::day(key).ok_or_else(Refusal::not_found)?;
        let master = ids::master(key);
        let item = self.events.get(master).ok_or_else(Refusal::not_found)?;
        if item.cancelled.contains(&day) {
            return Err(Refusal::not_found());
        }
        let at = times::at(&EventTime::Date(day), local)?;
        let window = TimeRange {
            start: at.checked_sub(DAY * 2).map_err(Refusal::far)?,
            end: at.checked_add(DAY * 3).map_err(Refusal::far)?,
        };
        let mut made = starts(item, window, local)?.into_iter();
        let start = made.find(|start| times::day(start) == day);
        occurrence(master, item, start.ok_or_else(Refusal::not_found)?)
    }

    /// A kept event, as it is seen.
    pub(super) fn seen(&self, key: &str, item: &Item) -> Answer<Event> {
        let kind = match (&item.original, &item.rule) {
            (Some(_), _) => Kind::Exception,
            (None, Some(_)) => Kind::Master,
            (None, None) => Kind::Single,
        };
        let mut item = item.clone();
        if kind == Kind::Exception {
            let master = self
                .events
                .get(ids::master(key))
                .ok_or_else(Refusal::not_found)?;
            let mut fields = master.fields.clone();
            fields.remove("recurrence");
            fields.append(&mut item.fields);
            item.fields = fields;
            for (name, value) in &master.properties {
                let own = item.properties.entry(name.clone());
                own.or_insert_with(|| value.clone());
            }
        }
        Ok(Event {
            key: key.to_owned(),
            kind,
            item,
        })
    }

    /// The exceptions of a series.
    pub(super) fn exceptions<'c>(
        &'c self,
        master: &'c str,
    ) -> impl Iterator<Item = (&'c String, &'c Item)> {
        let of = move |(key, _): &(&String, &Item)| {
            ids::day(key).is_some() && ids::master(key) == master
        };
        self.events.iter().filter(of)
    }

    /// The occurrences and exceptions of a series that share an instant with a span, in order.
    pub(super) fn instances(
        &self,
        master: &str,
        span: TimeRange,
        local: &TimeZone,
    ) -> Answer<Vec<Event>> {
        let item = self.events.get(master).ok_or_else(Refusal::not_found)?;
        let mut found = Vec::new();
        let length = times::at(&item.end, local)?.duration_since(times::at(&item.start, local)?);
        let window = TimeRange {
            start: span.start.checked_sub(length + DAY).map_err(Refusal::far)?,
            end: span.end.checked_add(DAY).map_err(Refusal::far)?,
        };
        let changed: BTreeSet<Date> = self
            .exceptions(master)
            .filter_map(|(key, _)| ids::day(key))
            .collect();
        for start in starts(item, window, local)? {
            let day = times::day(&start);
            if !item.cancelled.contains(&day) && !changed.contains(&day) {
                found.push(occurrence(master, item, start)?);
            }
        }
        for (key, item) in self.exceptions(master) {
            found.push(self.seen(key, item)?);
        }
        within(found, span, local)
    }

    /// Every event that shares an instant with a span, series as their occurrences, in order.
    pub(super) fn between(&self, span: TimeRange, local: &TimeZone) -> Answer<Vec<Event>> {
        let mut found = Vec::new();
        for (key, item) in &self.events {
            match (&item.original, &item.rule) {
                (Some(_), _) => {}
                (None, Some(_)) => found.append(&mut self.instances(key, span, local)?),
                (None, None) => found.push(self.seen(key, item)?),
            }
        }
        within(found, span, local)
    }
}

/// Those that share an instant with a span, in order; one that takes no time is at its start.
fn within(events: Vec<Event>, span: TimeRange, local: &TimeZone) -> Answer<Vec<Event>> {
    let mut found = Vec::new();
    for event in events {
        let (from, to) = event.span(local)?;
        if from < span.end && (to > span.start || from == to && from == span.start) {
            found.push((from, event));
        }
    }
    found.sort_by(|(a, one), (b, other)| (a, &one.key).cmp(&(b, &other.key)));
    Ok(found.into_iter().map(|(_, event)| event).collect())
}

/// Whether a series has an occurrence on a day.
pub(super) fn has_day(master: &Item, day: Date, local: &TimeZone) -> bool {
    let around = |at: Timestamp| {
        let (start, end) = (at.checked_sub(DAY * 2).ok()?, at.checked_add(DAY * 3).ok()?);
        starts(master, TimeRange { start, end }, local).ok()
    };
    let at = times::at(&EventTime::Date(day), local).ok();
    let all = at.and_then(around).unwrap_or_default();
    all.iter().any(|start| times::day(start) == day)
}

/// The starts that a series makes in a window.
fn starts(master: &Item, window: TimeRange, local: &TimeZone) -> Answer<Vec<EventTime>> {
    let none = Recurrence::default();
    let rule = master.rule.as_ref().unwrap_or(&none);
    if rule.rules.is_empty() {
        return Ok(Vec::new());
    }
    expand(&master.start, rule, window, local)
        .map_err(|error| Refusal::property(error.message().to_owned()))
}

/// An occurrence as its series makes it.
pub(super) fn occurrence(master: &str, item: &Item, start: EventTime) -> Answer<Event> {
    let mut made = item.clone();
    made.fields.remove("recurrence");
    made.end = times::end_of(&start, (&item.start, &item.end))?;
    made.original = Some(start.clone());
    made.rule = None;
    made.cancelled.clear();
    let key = ids::occurrence(master, times::day(&start));
    made.start = start;
    Ok(Event {
        key,
        kind: Kind::Occurrence,
        item: made,
    })
}
