//! What the calendar has already.

use std::collections::HashMap;
use std::num::NonZeroU32;

use integrations::PageRequest;
use integrations::calendar::{Event, EventId, EventKind, EventQuery};
use integrations::icalendar::import_key;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::content::{MARK, digest_of_event};
use crate::calendar::place::Target;
use crate::{Failure, interrupt};

/// An event that is there: two hundred bytes, and not the event.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) id: EventId,
    pub(super) digest: u64,
}

/// What the calendar has, by the keys of imports.
#[derive(Debug, Default)]
pub(super) struct Known {
    events: HashMap<String, Kept>,
    /// Changed occurrences, by their series and when that has them.
    occurrences: HashMap<EventId, Vec<(Timestamp, Kept)>>,
}

/// How many events are asked for at a time, and are in memory.
const PAGE: u32 = 500;

impl Known {
    /// Reads a calendar once.
    pub(super) async fn read(target: &Target) -> Result<Self, Failure> {
        let mut known = Self::default();
        let first =
            NonZeroU32::new(PAGE).map_or_else(PageRequest::default, PageRequest::with_limit);
        let query = EventQuery::default();
        let mut pages = target.calendars.list_events_from(target.id(), query, first);
        while let Some(page) = pages.next_page().await? {
            interrupt::check()?;
            for event in page.items {
                known.take(&event);
            }
        }
        Ok(known)
    }

    fn take(&mut self, event: &Event) {
        let kept = Kept {
            id: event.id.clone(),
            digest: digest_of_event(event),
        };
        if let EventKind::Occurrence {
            series,
            original_start,
            ..
        } = &event.kind
        {
            if let Ok(at) = original_start.to_timestamp(&TimeZone::UTC) {
                let all = self.occurrences.entry(series.clone()).or_default();
                all.push((at, kept));
            }
            return;
        }
        // By the mark of an import before, or by the UID where the provider keeps it.
        if let Some(uid) = &event.ical_uid {
            let key = import_key(uid, None).to_string();
            self.events.entry(key).or_insert_with(|| kept.clone());
        }
        if let Some(mark) = event.properties.get(MARK) {
            self.events.insert(mark.clone(), kept);
        }
    }

    pub(super) fn event(&self, key: &str) -> Option<&Kept> {
        self.events.get(key)
    }

    pub(super) fn occurrence(&self, series: &EventId, original: Timestamp) -> Option<&Kept> {
        let all = self.occurrences.get(series)?;
        let found = all.iter().find(|(at, _)| *at == original);
        found.map(|(_, kept)| kept)
    }
}
