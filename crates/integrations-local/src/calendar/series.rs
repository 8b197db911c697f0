//! An event or a series, with its changed occurrences.

use std::collections::BTreeMap;

use bytes::Bytes;
use integrations_core::calendar::recurrence::{self, Definition, Override, Recurrence, expand};
use integrations_core::calendar::{
    Attachment, AttachmentId, Conference, ConferenceRequest, ETag, Event, EventId, EventKind,
    EventPatch, EventStatus, Patch,
};
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{Error, Result};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::ics::Kept;
use super::occurrence;

/// An event or a series.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) master: Event,
    /// Occurrences that differ, by when the series has them.
    pub(super) changed: BTreeMap<Timestamp, Event>,
    /// Content that is attached.
    pub(super) contents: BTreeMap<AttachmentId, Bytes>,
    /// What a file says that is not known here.
    pub(super) kept: Kept,
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
            contents: BTreeMap::new(),
            kept: Kept::default(),
        }
    }

    pub(super) fn uid(&self) -> &str {
        self.master.id.as_str()
    }

    /// The series with its changed occurrences, in the order in which they are kept.
    pub(super) fn plan(&self, zone: &TimeZone) -> Result<recurrence::Series> {
        let Event { start, end, .. } = &self.master;
        let recurrence = self.master.recurrence.clone().unwrap_or_default();
        let mut plan = recurrence::Series::new(start.clone(), end.clone(), recurrence)?;
        for event in self.changed.values() {
            if let EventKind::Occurrence { original_start, .. } = &event.kind {
                let (start, end) = (event.start.clone(), event.end.clone());
                plan = plan.with_override(Override::new(original_start.clone(), start, end))?;
            }
        }
        Ok(plan.read_in(zone.clone()))
    }

    /// When the series has occurrences that start in a span, whether they were changed or not.
    pub(super) fn starts(
        &self,
        window: TimeRange,
        zone: &TimeZone,
    ) -> Result<Vec<(Timestamp, EventTime)>> {
        let Some(recurrence) = &self.master.recurrence else {
            return Ok(Vec::new());
        };
        let starts = expand(&self.master.start, recurrence, window, zone)?;
        starts
            .into_iter()
            .map(|start| Ok((start.to_timestamp(zone)?, start)))
            .collect()
    }

    /// Whether the series has an occurrence at an instant.
    pub(super) fn start_at(
        &self,
        instant: Timestamp,
        zone: &TimeZone,
    ) -> Result<Option<EventTime>> {
        let Ok(end) = instant.checked_add(SignedDuration::from_secs(1)) else {
            return Ok(None);
        };
        let window = TimeRange::new(instant, end)?;
        let found = self.starts(window, zone)?;
        Ok(found
            .into_iter()
            .find(|(at, _)| *at == instant)
            .map(|(_, start)| start))
    }

    /// One occurrence: as it was changed, or as the series has it.
    pub(super) fn occurrence(&self, at: Timestamp, zone: &TimeZone) -> Result<Option<Event>> {
        if let Some(changed) = self.changed.get(&at) {
            return Ok(Some(changed.clone()));
        }
        if self.master.recurrence.is_none() {
            return Ok(None);
        }
        for one in self.plan(zone)?.upcoming(at) {
            let one = one?;
            if one.starts_at > at {
                break;
            }
            if one.starts_at == at && one.definition == Definition::Series {
                return Ok(Some(self.generate(one, zone)));
            }
        }
        Ok(None)
    }

    /// An occurrence as the series has it.
    fn generate(&self, one: recurrence::Occurrence, zone: &TimeZone) -> Event {
        let start = one.start;
        let mut event = self.master.clone();
        event.id = occurrence::id(&self.master.id, &start, zone);
        event.kind = EventKind::Occurrence {
            series: self.master.id.clone(),
            original_start: start.clone(),
            changed: false,
        };
        event.recurrence = None;
        event.end = one.end;
        event.start = start;
        event
    }

    /// Every occurrence that shares an instant with a span, or the event itself, in no order.
    pub(super) fn within(&self, range: TimeRange, zone: &TimeZone) -> Result<Vec<Event>> {
        if self.master.recurrence.is_none() {
            let hit = self.master.overlaps(range, zone)?;
            return Ok(hit.then(|| self.master.clone()).into_iter().collect());
        }
        let mut found = Vec::new();
        for one in self.plan(zone)?.within(range) {
            let one = one?;
            match one.definition {
                Definition::Series => found.push(self.generate(one, zone)),
                Definition::Override(place) => {
                    found.extend(self.changed.values().nth(place).cloned())
                }
            }
        }
        Ok(found)
    }

    /// Carries a patch out on the whole series.
    pub(super) fn patch_all(&mut self, patch: &EventPatch, zone: &TimeZone) -> Result<()> {
        let before = Plan::of(&self.master);
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
                if self.start_at(at, zone)?.is_some() {
                    kept.insert(at, event);
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
        let before = Plan::of(&event);
        apply(&mut event, patch)?;
        before.count_change(&mut event);
        if let EventKind::Occurrence { changed, .. } = &mut event.kind {
            *changed = true;
        }
        self.changed.insert(at, event.clone());
        Ok(event)
    }

    /// Takes one occurrence out.
    pub(super) fn take_out(&mut self, at: Timestamp, original: EventTime) {
        self.changed.remove(&at);
        if let Some(recurrence) = &mut self.master.recurrence {
            recurrence.except.push(original);
        }
        count(&mut self.master);
    }

    /// Cuts the series at an occurrence, and gives the part from there on.
    pub(super) fn split(
        &mut self,
        at: Timestamp,
        start: &EventTime,
        id: EventId,
        zone: &TimeZone,
    ) -> Result<Self> {
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
struct Plan {
    start: EventTime,
    end: EventTime,
    recurrence: Option<Recurrence>,
    status: EventStatus,
}

impl Plan {
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

/// Whether an attachment's content is kept.
pub(super) fn is_kept(attachment: &Attachment, id: &AttachmentId) -> bool {
    attachment.id.as_ref() == Some(id)
}
