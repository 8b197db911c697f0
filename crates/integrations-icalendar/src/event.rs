//! Events of the model as components.

use std::collections::HashMap;

use integrations_core::calendar::{
    CalendarId, ConferenceRequest, Event, EventId, EventKind, NewEvent,
};
use integrations_core::time::EventTime;
use integrations_core::{Error, Result};
use jiff::Timestamp;

use crate::component::Component;
use crate::edit::{
    override_of, put_attendees, put_conference, put_links, put_property, put_recurrence,
    put_reminders, put_show_as, put_status, put_text_of, put_visibility, set_times,
};
use crate::line::Line;
use crate::read::{PROPERTY, PROPERTY_NAME, Reader};
use crate::value::{time_line, utc};

/// A calendar without events: `VERSION` and `PRODID` (section 3.6).
#[must_use]
pub fn calendar() -> Component {
    let mut object = Component::new("VCALENDAR");
    object.push(Line::new("VERSION").value("2.0"));
    object.push(Line::new("PRODID").text(crate::PRODUCT));
    object
}

/// An object with one of the events of another, its lines and the zones that the event names.
#[must_use]
pub fn own_object(object: &Component, event: &Component) -> Component {
    let zones = crate::zone::used_zones(std::iter::once(event));
    let mut own = object.clone_where(|part| {
        let name = part.text_of("TZID");
        part.name() == "VTIMEZONE" && name.is_some_and(|name| zones.contains_key(&name))
    });
    own.push_part(event.clone());
    own
}

/// A new event or series as an object with this `UID`. Who organizes it is for the caller to say,
/// and so are the zones ([`add_zones`](crate::add_zones)).
///
/// # Errors
/// `Unsupported` for a conference that is to be made: text does not make one.
pub fn write_new(new: &NewEvent, uid: &str, now: Timestamp) -> Result<Component> {
    let mut event = Event::new(uid, "", &new.summary, new.start.clone(), new.end.clone());
    event.ical_uid = Some(uid.to_owned());
    event.recurrence.clone_from(&new.recurrence);
    event.description.clone_from(&new.description);
    event.location.clone_from(&new.location);
    event.status = new.status.clone();
    event.visibility = new.visibility.clone();
    event.show_as = new.show_as.clone();
    event.attendees.clone_from(&new.attendees);
    event.attachments.clone_from(&new.attachments);
    event.conference = match &new.conference {
        None => None,
        Some(ConferenceRequest::Link(conference)) => Some(conference.clone()),
        Some(_) => return Err(Error::unsupported("conference_create")),
    };
    event.properties.clone_from(&new.properties);
    event.reminders = new.reminders.clone();
    event.sequence = Some(0);
    (event.created, event.updated) = (Some(now), Some(now));
    let mut part = Component::new("VEVENT");
    let mut object = calendar();
    put_event(&mut part, &event, &Reader::new(&object, &event.calendar));
    object.push_part(part);
    Ok(object)
}

/// Makes an object say what a series is: the event or series, and its changed occurrences. Lines
/// stay as they are where they say so already, and what the model has no place for stays; a changed
/// occurrence that the object does not have begins as the series has it, and one that the series no
/// longer has goes. The zones are for the caller to add ([`add_zones`](crate::add_zones)).
pub fn write_series<'a>(
    object: &mut Component,
    master: &Event,
    changed: impl IntoIterator<Item = &'a Event>,
) {
    let before = object.clone();
    let nowhere = CalendarId::new("");
    let reader = Reader::new(&before, &nowhere);
    let is_master =
        |part: &Component| part.name() == "VEVENT" && part.line("RECURRENCE-ID").is_none();
    let mut series = before.parts().find(|part| is_master(part)).cloned();
    let part = series.get_or_insert_with(|| Component::new("VEVENT"));
    put_event(part, master, &reader);
    let mut parts = vec![part.clone()];
    let mut known: HashMap<EventTime, &Component> = HashMap::new();
    for part in before.vevents() {
        if let Some(original) = reader.original(part) {
            known.insert(original, part);
        }
    }
    for event in changed {
        let EventKind::Occurrence { original_start, .. } = &event.kind else {
            continue;
        };
        let mut part = match known.get(original_start) {
            Some(part) => (*part).clone(),
            None => override_of(&parts[0], original_start, &event.start, &event.end),
        };
        put_event(&mut part, event, &reader);
        parts.push(part);
    }
    object.retain_parts(|part| part.name() != "VEVENT");
    for part in parts {
        object.push_part(part);
    }
}

/// Makes a component say what an event is, whatever it said before. A part that was never read is
/// written whole.
pub(crate) fn put_event(part: &mut Component, event: &Event, reader: &Reader<'_>) {
    let uid = event
        .ical_uid
        .as_deref()
        .unwrap_or(event.series_id().as_str());
    let before = reader.event(part, &EventId::new(uid)).ok();
    let differs = |same: &dyn Fn(&Event) -> bool| !before.as_ref().is_some_and(same);
    let second = |at: Option<Timestamp>| at.map(Timestamp::as_second);

    if differs(&|it| it.ical_uid.as_deref() == Some(uid)) {
        part.replace("UID", [Line::new("UID").text(uid)]);
    }
    if part.line("DTSTAMP").is_none() || differs(&|it| second(it.updated) == second(event.updated))
    {
        let stamp = event.updated.or(event.created);
        let stamp = stamp.unwrap_or(Timestamp::UNIX_EPOCH);
        part.replace("DTSTAMP", [Line::new("DTSTAMP").value(&utc(stamp))]);
        put_instant(part, "LAST-MODIFIED", event.updated);
    }
    put_original(part, event, before.as_ref());
    if differs(&|it| it.sequence == event.sequence) {
        let count = event.sequence.map(|count| count.to_string());
        let line = count.map(|count| Line::new("SEQUENCE").value(&count));
        part.replace("SEQUENCE", line);
    }
    if differs(&|it| (&it.start, &it.end) == (&event.start, &event.end)) {
        set_times(part, &event.start, &event.end);
    }
    if differs(&|it| it.recurrence == event.recurrence) {
        put_recurrence(part, &event.recurrence.clone().unwrap_or_default());
    }
    if differs(&|it| it.summary == event.summary) {
        part.replace("SUMMARY", [Line::new("SUMMARY").text(&event.summary)]);
    }
    if differs(&|it| it.description == event.description) {
        put_text_of(part, "DESCRIPTION", event.description.as_deref());
    }
    if differs(&|it| it.location == event.location) {
        put_text_of(part, "LOCATION", event.location.as_deref());
    }
    if differs(&|it| it.status == event.status) {
        put_status(part, &event.status);
    }
    if differs(&|it| it.show_as == event.show_as) {
        put_show_as(part, &event.show_as);
    }
    if differs(&|it| it.visibility == event.visibility) {
        put_visibility(part, &event.visibility);
    }
    if differs(&|it| it.organizer == event.organizer) {
        let line = event.organizer.as_ref().map(|person| {
            let line = match part.line("ORGANIZER") {
                Some(line) if crate::address(line).as_ref() == Some(&person.email) => line.clone(),
                _ => Line::new("ORGANIZER").value(&format!("mailto:{}", person.email)),
            };
            line.with_param("CN", person.name.as_deref())
        });
        part.replace("ORGANIZER", line);
    }
    if differs(&|it| it.attendees == event.attendees) {
        put_attendees(part, &event.attendees);
    }
    let links = |event: &Event| -> Vec<_> {
        let links = event.attachments.iter().filter(|one| one.url.is_some());
        links.cloned().collect()
    };
    if differs(&|it| links(it) == links(event)) {
        put_links(part, &links(event));
    }
    let joined = |event: &Event| {
        let conference = event.conference.as_ref();
        conference.map(|it| (it.join_url.clone(), it.name.clone()))
    };
    if differs(&|it| joined(it) == joined(event)) {
        put_conference(part, event.conference.as_ref());
    }
    if differs(&|it| it.properties == event.properties) {
        part.retain_lines(|line| {
            let own = line.get(PROPERTY_NAME).unwrap_or_default();
            !line.is(PROPERTY) || event.properties.contains_key(&own)
        });
        for (name, value) in &event.properties {
            put_property(part, name, Some(value));
        }
    }
    if differs(&|it| it.web_link == event.web_link) {
        let line = event.web_link.as_ref();
        part.replace("URL", line.map(|url| Line::new("URL").value(url.as_str())));
    }
    if differs(&|it| second(it.created) == second(event.created)) {
        put_instant(part, "CREATED", event.created);
    }
    if differs(&|it| it.reminders == event.reminders) {
        put_reminders(part, &event.reminders);
    }
}

/// Which occurrence of its series it is.
fn put_original(part: &mut Component, event: &Event, before: Option<&Event>) {
    let original = |event: &Event| -> Option<EventTime> {
        match &event.kind {
            EventKind::Occurrence { original_start, .. } => Some(original_start.clone()),
            _ => None,
        }
    };
    let same = |before: &Event| {
        original(before) == original(event) && before.and_future == event.and_future
    };
    if before.is_some_and(same) {
        return;
    }
    let line = original(event).map(|original| {
        let line = time_line("RECURRENCE-ID", &original);
        line.with_param("RANGE", event.and_future.then_some("THISANDFUTURE"))
    });
    part.replace("RECURRENCE-ID", line);
}

fn put_instant(part: &mut Component, name: &str, instant: Option<Timestamp>) {
    let line = instant.map(|at| Line::new(name).value(&utc(at)));
    part.replace(name, line);
}
