//! An event or a series, with its changed occurrences: one resource of a calendar.

mod edit;

use std::collections::BTreeMap;

use integrations_core::calendar::{CalendarId, ETag, Event, EventId, EventKind, EventStatus};
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{Error, ErrorKind, Raw, Result};
use integrations_icalendar::{Component, Events, Plan, own_object};
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(crate) use edit::add_known_zones;

use crate::ids::occurrence_id;

/// A resource, read.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) id: EventId,
    pub(crate) calendar: CalendarId,
    pub(crate) etag: Option<ETag>,
    pub(crate) object: Component,
    /// The zone in which days and floating times are.
    pub(crate) zone: TimeZone,
    /// The event or series; an invitation to single occurrences has none.
    pub(crate) master: Option<Event>,
    /// Occurrences that differ, by when the series has them.
    pub(crate) changed: BTreeMap<Timestamp, Event>,
}

impl Series {
    /// Reads a resource; `None` when it has no event: a task, a journal.
    ///
    /// # Errors
    /// `Decode` for what is no iCalendar object, or no series.
    pub(crate) fn read(
        text: &[u8],
        calendar: &CalendarId,
        id: &EventId,
        etag: Option<ETag>,
        zone: TimeZone,
    ) -> Result<Option<Self>> {
        let object = Component::parse(text)?;
        if object.vevents().next().is_none() {
            return Ok(None);
        }
        let mut series = Self {
            id: id.clone(),
            calendar: calendar.clone(),
            etag,
            object,
            zone,
            master: None,
            changed: BTreeMap::new(),
        };
        series.reread()?;
        Ok(Some(series))
    }

    /// Makes the events of the object anew. Of a series each event has its own part of the object
    /// for its raw form: together they are as long as the object.
    fn reread(&mut self) -> Result<()> {
        let events = Events::read(&self.object, &self.calendar, &self.id)?;
        let mut all: Vec<Event> = events.master.into_iter().chain(events.changed).collect();
        let alone = all.len() == 1;
        for (event, part) in all.iter_mut().zip(self.object.in_order()) {
            event.etag.clone_from(&self.etag);
            event.raw = Raw::Text(match alone {
                true => self.object.text(),
                false => own_object(&self.object, part).text(),
            });
            if let EventKind::Occurrence { original_start, .. } = &event.kind {
                event.id = occurrence_id(&self.id, original_start, &self.zone);
            }
        }
        let is_master = |event: &Event| !matches!(event.kind, EventKind::Occurrence { .. });
        let (master, changed): (Vec<_>, Vec<_>) = all.into_iter().partition(is_master);
        self.master = master.into_iter().next();
        self.changed = Plan::by_original(changed, &self.zone)?;
        Ok(())
    }

    /// Gives it another version.
    pub(crate) fn set_etag(&mut self, etag: Option<ETag>) {
        for event in self.master.iter_mut().chain(self.changed.values_mut()) {
            event.etag.clone_from(&etag);
        }
        self.etag = etag;
    }

    /// Takes another text.
    pub(crate) fn set_object(&mut self, object: Component) -> Result<()> {
        self.object = object;
        self.reread()
    }

    /// Whether times of it are days or float, so that the calendar's zone counts.
    pub(crate) fn floats(&self) -> bool {
        let all = self.master.iter().chain(self.changed.values());
        all.into_iter()
            .any(|event| matches!(event.start, EventTime::Date(_) | EventTime::Floating(_)))
    }

    /// Reads days and floating times in another zone.
    pub(crate) fn in_zone(mut self, zone: TimeZone) -> Result<Self> {
        self.zone = zone;
        self.reread()?;
        Ok(self)
    }

    /// The series and its changed occurrences.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.master.iter().chain(self.changed.values())
    }

    pub(crate) fn is_series(&self) -> bool {
        let kind = self.master.as_ref().map(|event| &event.kind);
        kind.is_none_or(|kind| *kind == EventKind::Series)
    }

    fn the_master(&self) -> Result<&Event> {
        let gone = || {
            let text = "the calendar has only single occurrences of this series";
            Error::new(ErrorKind::NotFound, text)
        };
        self.master.as_ref().ok_or_else(gone)
    }

    /// When it takes place.
    fn plan(&self) -> Plan<'_> {
        Plan {
            master: self.master.as_ref(),
            changed: &self.changed,
            zone: &self.zone,
            name: occurrence_id,
        }
    }

    /// The series' own start of an occurrence at an instant, whether that was changed or not.
    pub(crate) fn start_at(&self, instant: Timestamp) -> Result<Option<EventTime>> {
        self.plan().start_at(instant)
    }

    /// One occurrence: as it was changed, or as the series has it.
    pub(crate) fn occurrence(&self, at: Timestamp) -> Result<Option<Event>> {
        self.plan().occurrence(at)
    }

    /// Every occurrence that shares an instant with a span, or the event itself, in no order.
    pub(crate) fn within(&self, range: TimeRange) -> Result<Vec<Event>> {
        self.plan().within(range)
    }
}

/// Whether lists show an event that was not asked for with the cancelled ones.
pub(crate) fn takes_place(event: &Event) -> bool {
    event.status != EventStatus::Cancelled
}

#[cfg(test)]
mod tests {
    use integrations_core::ErrorKind;
    use integrations_core::calendar::EventPatch;
    use proptest::prelude::*;

    use super::*;

    /// A series as other programs write it, with everything that is looked at.
    const OBJECT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Mine\r\n\
        BEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
        RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Mine:20260601T090000\r\n\
        DURATION:P1DT2H\r\nRRULE:FREQ=DAILY;COUNT=5\r\nEXDATE;TZID=Mine:20260603T090000\r\n\
        RDATE;VALUE=PERIOD:20260701T090000Z/PT1H\r\nSUMMARY;X-P=\"a:b\":x\\, y\r\n\
        ATTENDEE;CN=\"A, B\";PARTSTAT=ACCEPTED:mailto:a@example.com\r\n\
        BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID;TZID=Mine:20260602T090000\r\n\
        DTSTART;TZID=Mine:20260602T150000\r\nDTEND;TZID=Mine:20260602T160000\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";

    fn read(text: &str) -> integrations_core::Result<Option<Series>> {
        let (calendar, id) = (CalendarId::new("/c"), EventId::new("u.ics"));
        Series::read(text.as_bytes(), &calendar, &id, None, TimeZone::UTC)
    }

    fn june() -> TimeRange {
        let (from, to) = ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z");
        TimeRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_object_of_these_tests_is_a_series() {
        let series = read(OBJECT).unwrap().unwrap();
        assert_eq!(series.changed.len(), 1);
        // Five days, of which one is left out; the date in July is outside.
        assert_eq!(series.within(june()).unwrap().len(), 4);
    }

    #[test]
    fn a_task_is_no_event_and_two_series_are_an_error() {
        let task = "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nEND:VTODO\nEND:VCALENDAR\n";
        assert!(read(task).unwrap().is_none());
        let twice = OBJECT.replace("RECURRENCE-ID;TZID=Mine", "X-ID");
        assert_eq!(read(&twice).unwrap_err().kind(), ErrorKind::Decode);
    }

    proptest! {
        /// Pieces of the object cut out, doubled, or with other signs in them: an error or a series,
        /// and what is done with the series afterwards is that too.
        #[test]
        fn no_damage_makes_it_panic(
            at in 0..OBJECT.len(), long in 0..40_usize, to in 0..OBJECT.len(),
            sign in "[0-9A-Z:;,=\"\\\\\r\n\u{e9}-]{0,6}",
        ) {
            let end = (at + long).min(OBJECT.len());
            let piece = &OBJECT[at..end];
            let mut text = format!("{}{sign}{}", &OBJECT[..at], &OBJECT[end..]);
            let to = (0..=to.min(text.len())).rfind(|to| text.is_char_boundary(*to));
            text.insert_str(to.unwrap_or(0), piece);
            if let Ok(Some(mut series)) = read(&text) {
                let _ = series.within(june());
                let patch = EventPatch::default().with_summary("x");
                let now = Timestamp::UNIX_EPOCH;
                let at = "2026-06-04T08:00:00Z".parse().unwrap();
                let _ = series.patch_one(at, &patch, now);
                let _ = series.end_before(at, now);
                if series.patch_all(&patch, now).is_ok() {
                    // What is written is read again.
                    prop_assert!(read(&series.object.text()).is_ok());
                }
            }
        }
    }
}
