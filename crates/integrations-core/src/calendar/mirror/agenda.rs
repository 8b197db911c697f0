//! What takes place in a span, from the copy alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Mirror;
use crate::calendar::model::{Event, EventId, EventKind, EventStatus};
use crate::calendar::recurrence::{Definition, Override, Series};
use crate::error::{Error, Result};
use crate::time::{EventTime, TimeRange};

/// What takes place in a span.
#[derive(Debug)]
#[non_exhaustive]
pub struct Agenda {
    /// Everything, in the order of the starts.
    pub items: Vec<AgendaItem>,
    /// Events whose times cannot be told, with the reason: a zone that is not known, a rule that is
    /// none. They may take place in the span.
    pub unclear: Vec<(EventId, Error)>,
}

/// Something that takes place.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AgendaItem {
    /// The event, the changed occurrence, or the series that it is an occurrence of.
    pub event: Arc<Event>,
    /// When the series has it, for an occurrence of one.
    pub original: Option<EventTime>,
    /// When it starts.
    pub start: EventTime,
    /// When it ends.
    pub end: EventTime,
    /// The instant of the start.
    pub starts_at: Timestamp,
    /// The instant of the end.
    pub ends_at: Timestamp,
}

impl AgendaItem {
    fn of(event: Event, zone: &TimeZone) -> Result<Self> {
        let original = match &event.kind {
            EventKind::Occurrence { original_start, .. } => Some(original_start.clone()),
            _ => None,
        };
        Ok(Self {
            original,
            starts_at: event.start.to_timestamp(zone)?,
            ends_at: event.end.to_timestamp(zone)?,
            start: event.start.clone(),
            end: event.end.clone(),
            event: Arc::new(event),
        })
    }

    /// Whether it shares an instant with a span; one that takes no time is at its start.
    fn meets(&self, span: TimeRange) -> bool {
        match self.starts_at < self.ends_at {
            true => self.starts_at < span.end && span.start < self.ends_at,
            false => span.contains(self.starts_at),
        }
    }
}

impl Mirror {
    /// Every event and every occurrence of a series that shares an instant with a span, from the
    /// copy: nothing is sent. What was cancelled is left out. Days and floating times are read in a
    /// zone.
    ///
    /// # Errors
    /// What the store answers. What is wrong with one event is in the answer.
    pub async fn agenda(&self, span: TimeRange, zone: &TimeZone) -> Result<Agenda> {
        let (mut items, mut unclear) = (Vec::new(), Vec::new());
        for event in self.0.store.near(span).await? {
            let id = event.id.clone();
            let found = match event.kind {
                EventKind::Series => self.series(event, span, zone).await?,
                _ if event.status == EventStatus::Cancelled => continue,
                _ => AgendaItem::of(event, zone).map(|item| vec![item]),
            };
            match found {
                Ok(found) => items.extend(found.into_iter().filter(|item| item.meets(span))),
                Err(error) => unclear.push((id, error)),
            }
        }
        items.sort_by(|a, b| {
            let key = |item: &AgendaItem| (item.starts_at, item.ends_at);
            key(a)
                .cmp(&key(b))
                .then_with(|| a.event.id.cmp(&b.event.id))
        });
        Ok(Agenda { items, unclear })
    }

    /// The occurrences as the series has them: those that were changed are events of their own.
    async fn series(
        &self,
        series: Event,
        span: TimeRange,
        zone: &TimeZone,
    ) -> Result<Result<Vec<AgendaItem>>> {
        if series.status == EventStatus::Cancelled {
            return Ok(Ok(Vec::new()));
        }
        let changed = self.0.store.occurrences(&series.id).await?;
        Ok(unchanged(series, &changed, span, zone))
    }
}

fn unchanged(
    series: Event,
    changed: &[Event],
    span: TimeRange,
    zone: &TimeZone,
) -> Result<Vec<AgendaItem>> {
    let recurrence = series.recurrence.clone().unwrap_or_default();
    let mut plan = Series::new(series.start.clone(), series.end.clone(), recurrence)?;
    // Of two with the same original the later one counts, whatever their order in the store.
    let mut originals = BTreeMap::new();
    for event in changed {
        if let EventKind::Occurrence { original_start, .. } = &event.kind {
            let at = original_start.to_timestamp(zone)?;
            originals.insert(at, (original_start.clone(), event));
        }
    }
    let mut places = Vec::with_capacity(originals.len());
    for (original, event) in originals.into_values() {
        let out = match event.and_future {
            // What follows is as it says.
            true => {
                Override::new(original.clone(), event.start.clone(), event.end.clone()).and_future()
            }
            // Only that it is not as the series has it: where it is says its event.
            false => {
                Override::new(original.clone(), original.clone(), original.clone()).cancelled()
            }
        };
        plan = plan.with_override(out)?;
        places.push((original, event));
    }
    let event = Arc::new(series);
    let mut found = Vec::new();
    for one in plan.read_in(zone.clone()).within(span) {
        let one = one?;
        let of = match one.definition {
            Definition::Series => Some(event.clone()),
            Definition::Override(place) => match places.get(place) {
                // It follows a change of all that follow; those that were changed themselves are
                // events of their own.
                Some((original, event))
                    if event.and_future
                        && *original != one.original
                        && event.status != EventStatus::Cancelled =>
                {
                    Some(Arc::new((*event).clone()))
                }
                _ => None,
            },
        };
        if let Some(event) = of {
            found.push(AgendaItem {
                event,
                original: Some(one.original),
                start: one.start,
                end: one.end,
                starts_at: one.starts_at,
                ends_at: one.ends_at,
            });
        }
    }
    Ok(found)
}
