//! An event or a series, with its changed occurrences.

use std::collections::BTreeMap;
use std::sync::Arc;

use integrations_core::calendar::recurrence::Recurrence;
use integrations_core::calendar::{
    Conference, ConferenceRequest, ETag, Event, EventId, EventKind, EventPatch, EventStatus, Patch,
};
use integrations_core::time::EventTime;
use integrations_core::{Error, Result};
use integrations_icalendar::{Component, Plan};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use super::occurrence;

/// An event or a series.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) master: Event,
    /// Occurrences that differ, by when the series has them.
    pub(super) changed: BTreeMap<Timestamp, Event>,
    /// The object, where it says more than the events: lines of other programs, content that is
    /// attached.
    pub(super) object: Option<Arc<Component>>,
}

/// A part of a series, or an event that stands alone.
pub(super) enum Part {
    /// The event, or the whole series.
    Whole,
    /// The occurrence that the series has at this instant.
    Occurrence(Timestamp),
}

impl Series {
    pub(super) fn new(master: Event) -> Self {
        Self {
            master,
            changed: BTreeMap::new(),
            object: None,
        }
    }

    pub(super) fn uid(&self) -> &str {
        self.master.id.as_str()
    }

    /// When it takes place. Days and floating times are read in a zone.
    pub(super) fn plan<'a>(&'a self, zone: &'a TimeZone) -> Plan<'a> {
        Plan {
            master: Some(&self.master),
            changed: &self.changed,
            zone,
            name: occurrence::id,
        }
    }

    /// Carries a patch out on the whole series.
    pub(super) fn patch_all(&mut self, patch: &EventPatch, zone: &TimeZone) -> Result<()> {
        let before = Counted::of(&self.master);
        apply(&mut self.master, patch)?;
        match &patch.recurrence {
            Patch::Keep => {}
            Patch::Clear => self.master.recurrence = None,
            Patch::Set(recurrence) => self.master.recurrence = Some(recurrence.clone()),
        }
        self.master.kind = match self.master.recurrence {
            Some(_) => EventKind::Series,
            None => EventKind::Single,
        };
        if let Some(recurrence) = &self.master.recurrence {
            recurrence.check(&self.master.start)?;
        }
        before.count_change(&mut self.master);
        // An occurrence that the series no longer has cannot differ from it.
        if patch.times.is_some() || !patch.recurrence.is_keep() {
            let mut kept = BTreeMap::new();
            for (at, event) in std::mem::take(&mut self.changed) {
                if self.plan(zone).start_at(at)?.is_some() {
                    kept.insert(at, event);
                } else if event.and_future {
                    return Err(future(
                        "another time or rule of a series of which all were changed",
                    ));
                }
            }
            self.changed = kept;
        }
        Ok(())
    }

    /// Carries a patch out on one occurrence.
    pub(super) fn patch_one(
        &mut self,
        at: Timestamp,
        mut event: Event,
        patch: &EventPatch,
    ) -> Result<Event> {
        if event.and_future {
            return Err(future(
                "a change of the one occurrence from which on all were changed",
            ));
        }
        let before = Counted::of(&event);
        apply(&mut event, patch)?;
        before.count_change(&mut event);
        if let EventKind::Occurrence { changed, .. } = &mut event.kind {
            *changed = true;
        }
        self.changed.insert(at, event.clone());
        Ok(event)
    }

    /// Takes one occurrence out.
    pub(super) fn take_out(&mut self, at: Timestamp, original: EventTime) -> Result<()> {
        if self.changed.get(&at).is_some_and(|event| event.and_future) {
            return Err(future(
                "a deletion of the one occurrence from which on all were changed",
            ));
        }
        self.changed.remove(&at);
        if let Some(recurrence) = &mut self.master.recurrence {
            recurrence.except.push(original);
        }
        count(&mut self.master);
        Ok(())
    }

    /// Cuts the series at an occurrence, and gives the part from there on.
    pub(super) fn split(
        &mut self,
        at: Timestamp,
        start: &EventTime,
        id: EventId,
        zone: &TimeZone,
    ) -> Result<Self> {
        if self.plan(zone).in_force(at).is_some() {
            return Err(future(
                "a change of what follows where all that follow were changed",
            ));
        }
        let mut tail = self.clone();
        tail.master.id = id.clone();
        tail.master.ical_uid = Some(id.into_string());
        tail.master.end = self.master.end_from(start, zone)?;
        tail.master.start = start.clone();
        // It is a series of its own, of which nobody was told before.
        tail.master.sequence = Some(0);
        tail.changed = self.changed.split_off(&at);
        if let Some(whole) = &self.master.recurrence {
            let (_, rest) = whole.split_at(&self.master.start, at, zone)?;
            let alone = rest.rules.is_empty() && rest.dates.is_empty();
            tail.master.recurrence = (!alone).then_some(rest);
            if alone {
                tail.master.kind = EventKind::Single;
            }
        }
        self.end_before(at, zone)?;
        // Ids of occurrences name their series.
        let ids: Vec<(Timestamp, Event)> = std::mem::take(&mut tail.changed).into_iter().collect();
        for (at, mut event) in ids {
            if let EventKind::Occurrence {
                series,
                original_start,
                ..
            } = &mut event.kind
            {
                *series = tail.master.id.clone();
                event.id = occurrence::id(&tail.master.id, original_start, zone);
            }
            event.ical_uid.clone_from(&tail.master.ical_uid);
            tail.changed.insert(at, event);
        }
        Ok(tail)
    }

    /// Ends the series before an instant.
    pub(super) fn end_before(&mut self, at: Timestamp, zone: &TimeZone) -> Result<()> {
        self.changed.split_off(&at);
        if let Some(whole) = self.master.recurrence.take() {
            let (head, _) = whole.split_at(&self.master.start, at, zone)?;
            self.master.recurrence = Some(head);
        }
        count(&mut self.master);
        Ok(())
    }
}

/// What those who are invited have to be asked about again when it changes: a change of it counts
/// in `SEQUENCE` (RFC 5546, section 2.1.4).
struct Counted {
    start: EventTime,
    end: EventTime,
    recurrence: Option<Recurrence>,
    status: EventStatus,
}

impl Counted {
    fn of(event: &Event) -> Self {
        Self {
            start: event.start.clone(),
            end: event.end.clone(),
            recurrence: event.recurrence.clone(),
            status: event.status.clone(),
        }
    }

    fn count_change(&self, event: &mut Event) {
        let same = self.start == event.start
            && self.end == event.end
            && self.recurrence == event.recurrence
            && self.status == event.status;
        if !same {
            count(event);
        }
    }
}

/// What would take a change of all that follow apart (`RANGE=THISANDFUTURE`).
fn future(what: &'static str) -> Error {
    Error::unsupported(format_args!("{what} (RANGE=THISANDFUTURE)"))
        .with_advice("change it with the program that wrote it, or end the series and make another")
}

/// One more significant change by the organizer.
pub(super) fn count(event: &mut Event) {
    event.sequence = Some(event.sequence.unwrap_or(0).saturating_add(1));
}

fn apply(event: &mut Event, patch: &EventPatch) -> Result<()> {
    if let Some(summary) = &patch.summary {
        event.summary.clone_from(summary);
    }
    patch.description.apply(&mut event.description);
    patch.location.apply(&mut event.location);
    if let Some((start, end)) = &patch.times {
        event.start = start.clone();
        event.end = end.clone();
    }
    if let Some(attendees) = &patch.attendees {
        event.attendees.clone_from(attendees);
    }
    if let Some(reminders) = &patch.reminders {
        event.reminders = reminders.clone();
    }
    if let Some(status) = &patch.status {
        event.status = status.clone();
    }
    if let Some(visibility) = &patch.visibility {
        event.visibility = visibility.clone();
    }
    if let Some(show_as) = &patch.show_as {
        event.show_as = show_as.clone();
    }
    match &patch.conference {
        Patch::Keep => {}
        Patch::Clear => event.conference = None,
        Patch::Set(request) => event.conference = Some(conference(request)?),
    }
    if let Some(links) = &patch.attachments {
        // Content that is kept has an id and stays.
        event.attachments.retain(|one| one.id.is_some());
        event.attachments.extend(links.iter().cloned());
    }
    for (name, value) in &patch.properties {
        match value {
            Some(value) => event.properties.insert(name.clone(), value.clone()),
            None => event.properties.remove(name),
        };
    }
    Ok(())
}

/// The conference that is asked for. One of its own has a link that leads nowhere (RFC 2606).
pub(super) fn conference(request: &ConferenceRequest) -> Result<Conference> {
    match request {
        ConferenceRequest::Link(conference) => Ok(conference.clone()),
        ConferenceRequest::Create => {
            let room = uuid::Uuid::new_v4();
            let url = Url::parse(&format!("https://meet.invalid/{room}"));
            let url = url.map_err(|_| Error::internal("the link of a conference is no URL"))?;
            Ok(Conference::new(url).with_name("Local meeting"))
        }
        _ => Err(Error::unsupported("this kind of conference")),
    }
}

/// Marks an event as written now.
pub(super) fn stamp(event: &mut Event, version: u64, now: Timestamp) {
    event.etag = Some(ETag::new(format!("\"{version}\"")));
    event.updated = Some(now);
    event.created.get_or_insert(now);
}

/// Whether lists show an event that was not asked for with the cancelled ones.
pub(super) fn takes_place(event: &Event) -> bool {
    event.status != EventStatus::Cancelled
}
