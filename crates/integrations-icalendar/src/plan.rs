//! When a series takes place, with what was changed.

use std::collections::BTreeMap;

use integrations_core::Result;
use integrations_core::calendar::recurrence::{
    Definition, Occurrence, Override, Recurrence, Series, expand,
};
use integrations_core::calendar::{Event, EventId, EventKind};
use integrations_core::time::{EventTime, TimeRange};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How an occurrence is named: by its series, when the series has it, and where days and floating
/// times are read.
pub type Name = fn(&EventId, &EventTime, &TimeZone) -> EventId;

/// An event or a series with its changed occurrences, asked when it is.
///
/// A change of all that follow (`RANGE=THISANDFUTURE`) is one here: what follows is as it says.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// The event or series; an invitation to single occurrences has none.
    pub master: Option<&'a Event>,
    /// Occurrences that differ, by when the series has them.
    pub changed: &'a BTreeMap<Timestamp, Event>,
    /// The zone in which days and floating times are.
    pub zone: &'a TimeZone,
    /// The names of occurrences.
    pub name: Name,
}

/// A day on both sides for each zone, and its gaps.
const AROUND: SignedDuration = SignedDuration::from_hours(72);

impl<'a> Plan<'a> {
    /// Changed occurrences by when the series has them.
    ///
    /// # Errors
    /// `InvalidInput` for one in an unknown zone.
    pub fn by_original(
        changed: impl IntoIterator<Item = Event>,
        zone: &TimeZone,
    ) -> Result<BTreeMap<Timestamp, Event>> {
        let mut all = BTreeMap::new();
        for event in changed {
            if let EventKind::Occurrence { original_start, .. } = &event.kind {
                all.insert(original_start.to_timestamp(zone)?, event);
            }
        }
        Ok(all)
    }

    /// The series, with its changed occurrences in the order in which they are kept.
    ///
    /// # Errors
    /// `InvalidInput` for a recurrence or times that are none.
    pub fn series(&self, master: &Event) -> Result<Series> {
        let (start, end) = (master.start.clone(), master.end.clone());
        let recurrence = master.recurrence.clone().unwrap_or_default();
        let mut series = Series::new(start, end, recurrence)?;
        for event in self.changed.values() {
            if let EventKind::Occurrence { original_start, .. } = &event.kind {
                let (start, end) = (event.start.clone(), event.end.clone());
                let change = Override::new(original_start.clone(), start, end);
                series = series.with_override(match event.and_future {
                    true => change.and_future(),
                    false => change,
                })?;
            }
        }
        Ok(series.read_in(self.zone.clone()))
    }

    fn recurring(&self) -> Option<(&'a Event, &'a Recurrence)> {
        let master = self.master?;
        Some((master, master.recurrence.as_ref()?))
    }

    /// The series' own start of an occurrence at an instant, whether that was changed or not; `None`
    /// where the series has none then.
    ///
    /// # Errors
    /// `InvalidInput` for a recurrence that is none, or an unknown zone.
    pub fn start_at(&self, instant: Timestamp) -> Result<Option<EventTime>> {
        let Ok(end) = instant.checked_add(SignedDuration::from_secs(1)) else {
            return Ok(None);
        };
        let window = TimeRange::new(instant, end)?;
        let Some((master, recurrence)) = self.recurring() else {
            return Ok(None);
        };
        for start in expand(&master.start, recurrence, window, self.zone)? {
            if start.to_timestamp(self.zone)? == instant {
                return Ok(Some(start));
            }
        }
        Ok(None)
    }

    /// The change of all that follow under which an occurrence is, or that it is itself.
    #[must_use]
    pub fn in_force(&self, at: Timestamp) -> Option<&'a Event> {
        let mut before = self.changed.range(..=at).map(|(_, event)| event);
        before.rfind(|event| event.and_future)
    }

    /// The occurrence that the series has at an instant: as it was changed, or as the series, or a
    /// change of all that follow, has it.
    ///
    /// # Errors
    /// `InvalidInput` for a recurrence that is none, or an unknown zone.
    pub fn occurrence(&self, at: Timestamp) -> Result<Option<Event>> {
        if let Some(changed) = self.changed.get(&at) {
            return Ok(Some(changed.clone()));
        }
        let Some((master, _)) = self.recurring() else {
            return Ok(None);
        };
        if self.start_at(at)?.is_none() {
            return Ok(None);
        }
        let moved = match self.in_force(at) {
            None => SignedDuration::ZERO,
            Some(change) => {
                let EventKind::Occurrence { original_start, .. } = &change.kind else {
                    return Ok(None);
                };
                let from = original_start.to_timestamp(self.zone)?;
                change.start.to_timestamp(self.zone)?.duration_since(from)
            }
        };
        let near = |by: SignedDuration| at.checked_add(moved).and_then(|at| at.checked_add(by));
        let (Ok(start), Ok(end)) = (near(-AROUND), near(AROUND)) else {
            return Ok(None);
        };
        let changed: Vec<&Event> = self.changed.values().collect();
        for one in self.series(master)?.within(TimeRange::new(start, end)?) {
            let one = one?;
            if one.original.to_timestamp(self.zone)? == at {
                return Ok(Some(self.event(master, &changed, one)));
            }
        }
        Ok(None)
    }

    /// Every occurrence that shares an instant with a span, or the event itself, in no order.
    ///
    /// # Errors
    /// `InvalidInput` for a recurrence that is none, or an unknown zone.
    pub fn within(&self, range: TimeRange) -> Result<Vec<Event>> {
        let mut found = Vec::new();
        if let Some((master, _)) = self.recurring() {
            let changed: Vec<&Event> = self.changed.values().collect();
            for one in self.series(master)?.within(range) {
                found.push(self.event(master, &changed, one?));
            }
            return Ok(found);
        }
        for event in self.master.into_iter().chain(self.changed.values()) {
            if event.overlaps(range, self.zone)? {
                found.push(event.clone());
            }
        }
        Ok(found)
    }

    fn event(&self, master: &Event, changed: &[&Event], one: Occurrence) -> Event {
        let of = match one.definition {
            Definition::Series => master,
            // The places are those in which `series` added them.
            Definition::Override(place) => match changed.get(place) {
                Some(event) if is_original(event, &one.original) => return (*event).clone(),
                Some(event) => event,
                None => master,
            },
        };
        let mut event = of.clone();
        event.id = (self.name)(&master.id, &one.original, self.zone);
        event.kind = EventKind::Occurrence {
            series: master.id.clone(),
            original_start: one.original,
            changed: of.and_future,
        };
        event.and_future = false;
        event.recurrence = None;
        (event.start, event.end) = (one.start, one.end);
        event
    }
}

fn is_original(event: &Event, original: &EventTime) -> bool {
    matches!(&event.kind, EventKind::Occurrence { original_start, .. } if original_start == original)
}
