//! Events of any provider as one file.

use std::collections::BTreeSet;

use integrations_core::calendar::{CalendarId, Event, EventKind};
use integrations_core::{Error, Raw, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::component::Component;
use crate::event::{calendar, put_event};
use crate::read::Reader;
use crate::zone::{component, used_zones, zone_id};

/// A `VCALENDAR` in the making: pieces of text, to be written one after the other, so that a large
/// calendar is never whole in memory.
///
/// ```
/// use integrations_core::calendar::Event;
/// use integrations_core::time::EventTime;
/// use integrations_icalendar::Export;
/// use jiff::civil::date;
///
/// let at = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin");
/// let mut export = Export::new();
/// let mut file = export.begin();
/// file += &export.event(&Event::new("1", "home", "Lunch", at(12), at(13)))?;
/// file += &export.end();
///
/// let read = integrations_icalendar::objects(file.as_bytes()).next().unwrap();
/// assert_eq!(read.unwrap().master.unwrap().start, at(12));
/// # Ok::<_, integrations_core::Error>(())
/// ```
///
/// A series is exported as what it is, with its changed occurrences: list events without `expand`.
#[derive(Debug, Default)]
pub struct Export {
    /// The zones that were written.
    zones: BTreeSet<String>,
}

impl Export {
    /// A calendar without events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How the file begins.
    #[must_use]
    pub fn begin(&self) -> String {
        let whole = calendar().text();
        let end = whole.rfind("END:").unwrap_or(whole.len());
        whole[..end].to_owned()
    }

    /// An event, a series or a changed occurrence, after the zones that it is the first to name.
    ///
    /// What an event of a calendar of iCalendar has beyond the model, in its raw form, is in the file
    /// as it is there.
    ///
    /// # Errors
    /// `InvalidInput` for an occurrence that was not changed, which its series says already, and for
    /// a zone that has no rules.
    pub fn event(&mut self, event: &Event) -> Result<String> {
        if let EventKind::Occurrence { changed: false, .. } = &event.kind {
            let text = "an occurrence as its series has it is exported with the series";
            return Err(Error::invalid_input(text)
                .with_advice("list the events of the calendar without `expand`"));
        }
        let raw = match &event.raw {
            Raw::Text(text) => Component::parse(text).ok(),
            _ => None,
        };
        let none = Component::new("VCALENDAR");
        let object = raw.as_ref().unwrap_or(&none);
        let nowhere = CalendarId::new("");
        let reader = Reader::new(object, &nowhere);
        let original = match &event.kind {
            EventKind::Occurrence { original_start, .. } => Some(original_start.clone()),
            _ => None,
        };
        let known = object
            .vevents()
            .find(|part| reader.original(part) == original);
        let mut part = known.cloned().unwrap_or_else(|| Component::new("VEVENT"));
        put_event(&mut part, event, &reader);

        let mut text = String::new();
        for (name, first) in used_zones(std::iter::once(&part)) {
            if self.zones.contains(&name) {
                continue;
            }
            let mut own = object.parts().filter(|part| {
                part.name() == "VTIMEZONE" && part.text_of("TZID").as_deref() == Some(&*name)
            });
            let zone = match (own.next(), zone_id(&name, None).time_zone()) {
                // What follows may be earlier: a zone is written from 1970 on.
                (_, Ok(rules)) => {
                    let first = first.and_then(|wall| TimeZone::UTC.to_timestamp(wall).ok());
                    let from = first.unwrap_or(Timestamp::UNIX_EPOCH);
                    component(&name, &rules, from.min(Timestamp::UNIX_EPOCH))
                }
                (Some(own), Err(_)) => own.clone(),
                (None, Err(error)) => return Err(error),
            };
            zone.write(&mut text);
            self.zones.insert(name);
        }
        part.write(&mut text);
        Ok(text)
    }

    /// How the file ends.
    #[must_use]
    pub fn end(self) -> String {
        "END:VCALENDAR\r\n".to_owned()
    }
}
