//! Finding events: by id, by query, by the time that they take.

use integrations_core::calendar::{BusySpan, Event, EventId, EventQuery};
use integrations_core::time::TimeRange;
use integrations_core::{Error, Result};

use super::account::Held;
use super::occurrence;
use super::series::{Part, Series, takes_place};

pub(super) fn no_event(id: &EventId) -> Error {
    Error::not_found(format_args!("the event {:?}", id.as_str()))
}

/// The series that an id belongs to, and which part of it the id names.
pub(super) fn find<'a>(held: &'a Held, id: &EventId) -> Result<(&'a Series, Part)> {
    if let Some(series) = held.series.get(id.as_str()) {
        return Ok((series, Part::Whole));
    }
    let (series, at) = occurrence::split(id, &held.meta.zone()).ok_or_else(|| no_event(id))?;
    let series = held.series.get(series).ok_or_else(|| no_event(id))?;
    Ok((series, Part::Occurrence(at)))
}

/// The event that an id names, as it is.
pub(super) fn read(held: &Held, id: &EventId) -> Result<Event> {
    match find(held, id)? {
        (series, Part::Whole) => Ok(series.master.clone()),
        (series, Part::Occurrence(at)) => {
            let found = series.plan(&held.meta.zone()).occurrence(at)?;
            found.ok_or_else(|| no_event(id))
        }
    }
}

pub(super) fn in_order(held: &Held, events: &mut Vec<Event>) -> Result<()> {
    let zone = held.meta.zone();
    let mut keyed = Vec::with_capacity(events.len());
    for event in events.drain(..) {
        keyed.push((event.start.to_timestamp(&zone)?, event.id.clone(), event));
    }
    keyed.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    events.extend(keyed.into_iter().map(|(_, _, event)| event));
    Ok(())
}

pub(super) fn search(held: &Held, query: &EventQuery) -> Result<Vec<Event>> {
    let zone = held.meta.zone();
    let text = query.text.as_deref().map(str::to_lowercase);
    let fits = |event: &Event| {
        let shown = query.include_cancelled || takes_place(event);
        let recent = query
            .updated_since
            .is_none_or(|since| event.updated.is_some_and(|at| at >= since));
        let has = |field: &str, text: &str| field.to_lowercase().contains(text);
        let said = text.as_deref().is_none_or(|text| {
            has(&event.summary, text)
                || event
                    .description
                    .as_deref()
                    .is_some_and(|field| has(field, text))
                || event
                    .location
                    .as_deref()
                    .is_some_and(|field| has(field, text))
        });
        shown && recent && said
    };
    let mut found = Vec::new();
    for series in held.series.values() {
        match query.range {
            Some(range) => {
                let within = series.plan(&zone).within(range)?;
                if query.expand || series.master.recurrence.is_none() {
                    found.extend(within.into_iter().filter(|event| fits(event)));
                } else if !within.is_empty() {
                    found.extend(whole(series).filter(|event| fits(event)).cloned());
                }
            }
            None => found.extend(whole(series).filter(|event| fits(event)).cloned()),
        }
    }
    in_order(held, &mut found)?;
    Ok(found)
}

/// A series and its changed occurrences.
pub(super) fn whole(series: &Series) -> impl Iterator<Item = &Event> {
    std::iter::once(&series.master).chain(series.changed.values())
}

pub(super) fn busy_time(held: &Held, range: TimeRange) -> Result<Vec<BusySpan>> {
    let zone = held.meta.zone();
    let mut busy = Vec::new();
    for series in held.series.values() {
        for event in series.plan(&zone).within(range)? {
            if event.show_as.is_busy() && takes_place(&event) {
                let start = event.start.to_timestamp(&zone)?;
                let range = TimeRange::new(start, event.end.to_timestamp(&zone)?);
                busy.extend(range.map(|range| BusySpan::new(range, event.show_as)));
            }
        }
    }
    Ok(busy)
}
