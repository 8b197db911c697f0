//! Objects as events to make.

use integrations_core::calendar::{
    Attendee, ConferenceRequest, EditScope, Event, EventKind, EventPatch, EventStatus, NewEvent,
    Patch, Reminders,
};
use integrations_core::time::EventTime;
use integrations_core::{Error, IdempotencyKey};
use uuid::Uuid;

use crate::component::Component;
use crate::objects::Object;
use crate::read::{BUSY_STATUS, NO_REMINDERS, PROPERTY, PROPERTY_NAME, address, is_link, reminder};

/// An event or a series to make at any provider, and then to change.
///
/// A [`NewEvent`] has no place for all that iCalendar says. What is not carried is named in
/// [`left_out`](Self::left_out), so that nobody takes a copy for a whole one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Import {
    /// The `UID` that it had.
    pub uid: String,
    /// What to make. Its key is made of the `UID` ([`import_key`]): made twice, it is one event.
    pub new: NewEvent,
    /// It was cancelled. No provider makes a cancelled event: leave it out, or delete the one that
    /// was made of it before.
    pub cancelled: bool,
    /// Then, on a series, what to change of its occurrences, in the order of the file. Who carries
    /// changes of all that follow out begins with the last: a provider makes a series of its own of
    /// what follows, and what is later goes with it.
    pub changes: Vec<OccurrenceChange>,
    /// What is not carried, by names of iCalendar with what is wrong, in the order of the text; each
    /// once.
    pub left_out: Vec<String>,
}

/// A change of one occurrence of an imported series.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OccurrenceChange {
    /// When the series has the occurrence.
    pub original: EventTime,
    /// Which part of the series: this one, or it and those that follow (`RANGE=THISANDFUTURE`).
    pub scope: EditScope,
    /// What differs from the series; nothing, where it only has lines that are not carried.
    pub patch: EventPatch,
    /// It does not take place: delete it, and there is nothing to change.
    pub cancelled: bool,
}

/// The key of an import: the same for the same `UID`, and for each occurrence that stands alone by
/// its `RECURRENCE-ID`. It is a UUID made of that name (RFC 9562, section 5.5), because a `UID` may be
/// longer than a key, and have signs that no key has.
///
/// ```
/// let key = integrations_icalendar::import_key("20260601T070000Z-1@example.com", None);
/// assert_eq!(key.as_str(), "ical-8f05b34d-8c5d-5719-a96d-0ffa8cddc89d");
/// ```
#[must_use]
pub fn import_key(uid: &str, recurrence_id: Option<&EventTime>) -> IdempotencyKey {
    let name = match recurrence_id {
        None => format!("ical:{uid}"),
        Some(original) => format!("ical:{uid}\n{original}"),
    };
    let uuid = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes());
    // A UUID has none but the signs of a key.
    IdempotencyKey::new(format!("ical-{uuid}")).unwrap_or_else(|_| IdempotencyKey::random())
}

impl Object {
    /// What to make of it: one event or series; or, where the series itself is not there, one event
    /// for each of its occurrences.
    #[must_use]
    pub fn imports(&self) -> Vec<Import> {
        let parts = || self.component.vevents();
        let Some(master) = &self.master else {
            let both = self.changed.iter().zip(parts());
            return both.map(|(event, part)| alone(event, part)).collect();
        };
        let of_master = parts().find(|part| part.line("RECURRENCE-ID").is_none());
        let mut import = import(master, of_master, None);
        for (event, part) in self.changed.iter().zip(occurrences(&self.component)) {
            let EventKind::Occurrence { original_start, .. } = &event.kind else {
                continue;
            };
            let mut left = Vec::new();
            let changed = new_event(event, Some(part), &mut left);
            for one in left {
                note(
                    &mut import.left_out,
                    format!("RECURRENCE-ID {original_start}: {one}"),
                );
            }
            let patch = difference(&import.new, master, &changed, event, original_start);
            import.changes.push(OccurrenceChange {
                original: original_start.clone(),
                scope: match event.and_future {
                    true => EditScope::ThisAndFollowing,
                    false => EditScope::This,
                },
                patch,
                cancelled: event.status == EventStatus::Cancelled,
            });
        }
        vec![import]
    }
}

fn occurrences(object: &Component) -> impl Iterator<Item = &Component> {
    let parts = object.vevents();
    parts.filter(|part| part.line("RECURRENCE-ID").is_some())
}

/// An occurrence without its series.
fn alone(event: &Event, part: &Component) -> Import {
    let original = match &event.kind {
        EventKind::Occurrence { original_start, .. } => Some(original_start),
        _ => None,
    };
    let mut import = import(event, Some(part), original);
    note(
        &mut import.left_out,
        "RECURRENCE-ID: its series is not there".to_owned(),
    );
    import
}

fn import(event: &Event, part: Option<&Component>, original: Option<&EventTime>) -> Import {
    let mut left_out = Vec::new();
    let uid = event.ical_uid.clone().unwrap_or_default();
    let mut new = new_event(event, part, &mut left_out);
    new.key = Some(import_key(&uid, original));
    Import {
        uid,
        new,
        cancelled: event.status == EventStatus::Cancelled,
        changes: Vec::new(),
        left_out,
    }
}

fn note(left_out: &mut Vec<String>, what: String) {
    if !left_out.contains(&what) {
        left_out.push(what);
    }
}

/// A text without what providers refuse.
fn clean(name: &str, text: &str, line: bool, left_out: &mut Vec<String>) -> String {
    let odd = |c: char| c.is_control() && (line || !matches!(c, '\n' | '\r' | '\t'));
    if !text.contains(odd) {
        return text.to_owned();
    }
    note(left_out, format!("{name}: control characters"));
    let text = text.replace("\r\n", "\n");
    let text = text.chars().map(|c| match c {
        '\n' | '\r' | '\t' => Some(if line { ' ' } else { c }),
        c => (!c.is_control()).then_some(c),
    });
    text.flatten().collect()
}

fn new_event(event: &Event, part: Option<&Component>, left_out: &mut Vec<String>) -> NewEvent {
    let summary = clean("SUMMARY", &event.summary, true, left_out);
    let mut new = NewEvent::new(summary, event.start.clone(), event.end.clone());
    let text = |name, text: &Option<String>, left_out: &mut Vec<String>| {
        text.as_ref().map(|text| clean(name, text, false, left_out))
    };
    new.description = text("DESCRIPTION", &event.description, left_out);
    new.location = text("LOCATION", &event.location, left_out);
    new.recurrence.clone_from(&event.recurrence);
    new.reminders = event.reminders.clone();
    new.status = event.status.clone();
    new.visibility = event.visibility.clone();
    new.show_as = event.show_as.clone();
    let conference = event.conference.clone();
    new.conference = conference.map(ConferenceRequest::Link);
    for one in event.attachments.iter().filter(|one| one.url.is_some()) {
        let mut one = one.clone();
        one.name = clean("ATTACH", &one.name, true, left_out);
        new.attachments.push(one);
    }
    new.attendees = attendees(event, left_out);
    for (name, value) in &event.properties {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        match (1..=44).contains(&name.len()) && name.chars().all(plain) {
            true => {
                let value = clean(PROPERTY, value, false, left_out);
                new.properties.insert(name.clone(), value);
            }
            false => note(left_out, format!("{PROPERTY} {name:?}: its name")),
        }
    }
    if let Some(part) = part {
        unknown(part, event, left_out);
    }
    new
}

/// Those who are invited, each once, by an address that is one.
fn attendees(event: &Event, left_out: &mut Vec<String>) -> Vec<Attendee> {
    let mut seen = std::collections::HashSet::new();
    let mut all = Vec::new();
    for one in &event.attendees {
        let email = &one.person.email;
        let whole = email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
        if !whole || email.contains(|c: char| c.is_whitespace() || c.is_control()) {
            note(left_out, format!("ATTENDEE {email:?}: it is no address"));
            continue;
        }
        if !seen.insert(email.to_lowercase()) {
            note(left_out, format!("ATTENDEE {email}: it is there twice"));
            continue;
        }
        let mut one = one.clone();
        if one.comment.take().is_some() {
            note(left_out, format!("ATTENDEE {email}: the comment"));
        }
        one.person.name = one
            .person
            .name
            .map(|name| clean("ATTENDEE", &name, true, left_out));
        all.push(one);
    }
    all
}

/// Names the lines and components for which there is no place.
fn unknown(part: &Component, event: &Event, left_out: &mut Vec<String>) {
    // Carried, or of the object and not of the event.
    const CARRIED: [&str; 24] = [
        "UID",
        "DTSTAMP",
        "CREATED",
        "LAST-MODIFIED",
        "SEQUENCE",
        "RECURRENCE-ID",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "EXRULE",
        "RDATE",
        "EXDATE",
        "SUMMARY",
        "DESCRIPTION",
        "LOCATION",
        "STATUS",
        "CLASS",
        "TRANSP",
        BUSY_STATUS,
        PROPERTY,
        NO_REMINDERS,
        "CONFERENCE",
        "ATTENDEE",
    ];
    for line in part.lines() {
        let name = line.name().to_ascii_uppercase();
        let carried = match name.as_str() {
            "ATTACH" => is_link(line),
            "ATTENDEE" => address(line).is_some(),
            // Which of several is read, the model has one for.
            "CONFERENCE" => event.conference.is_some() && part.line("CONFERENCE") == Some(line),
            PROPERTY => line.get(PROPERTY_NAME).is_some(),
            name => CARRIED.contains(&name),
        };
        if !carried {
            note(left_out, name);
        }
    }
    for inner in part.parts().filter(|inner| reminder(inner).is_none()) {
        note(left_out, inner.name().to_owned());
    }
}

/// What a changed occurrence has otherwise than the series.
fn difference(
    series: &NewEvent,
    master: &Event,
    changed: &NewEvent,
    event: &Event,
    original: &EventTime,
) -> EventPatch {
    let mut patch = EventPatch::default();
    let other = |a: &Option<String>, b: &Option<String>| match (a == b, b) {
        (true, _) => Patch::Keep,
        (false, None) => Patch::Clear,
        (false, Some(text)) => Patch::Set(text.clone()),
    };
    patch.summary = (series.summary != changed.summary).then(|| changed.summary.clone());
    patch.description = other(&series.description, &changed.description);
    patch.location = other(&series.location, &changed.location);
    // Days and floating times are as far from each other in one zone as in another.
    let end = master.end_from(original, &jiff::tz::TimeZone::UTC).ok();
    if event.start != *original || Some(&event.end) != end.as_ref() {
        patch.times = Some((event.start.clone(), event.end.clone()));
    }
    patch.attendees = (series.attendees != changed.attendees).then(|| changed.attendees.clone());
    // An occurrence without alarms has those of its series at every provider.
    patch.reminders = (series.reminders != changed.reminders
        && changed.reminders != Reminders::Default)
        .then(|| changed.reminders.clone());
    let status = series.status != changed.status && changed.status != EventStatus::Cancelled;
    patch.status = status.then(|| changed.status.clone());
    patch.visibility =
        (series.visibility != changed.visibility).then(|| changed.visibility.clone());
    patch.show_as = (series.show_as != changed.show_as).then(|| changed.show_as.clone());
    patch.conference = match (series.conference == changed.conference, &changed.conference) {
        (true, _) => Patch::Keep,
        (false, None) => Patch::Clear,
        (false, Some(conference)) => Patch::Set(conference.clone()),
    };
    patch.attachments =
        (series.attachments != changed.attachments).then(|| changed.attachments.clone());
    for (name, value) in &changed.properties {
        if series.properties.get(name) != Some(value) {
            patch.properties.insert(name.clone(), Some(value.clone()));
        }
    }
    for name in series.properties.keys() {
        if !changed.properties.contains_key(name) {
            patch.properties.insert(name.clone(), None);
        }
    }
    patch
}

/// For who imports a single event that was read otherwise.
///
/// # Errors
/// `InvalidInput` for an occurrence that was not changed: its series says all of it.
pub fn import_event(event: &Event) -> Result<Import, Error> {
    match &event.kind {
        EventKind::Occurrence { changed: false, .. } => Err(Error::invalid_input(
            "an occurrence as its series has it is imported with the series",
        )),
        EventKind::Occurrence { original_start, .. } => {
            Ok(import(event, None, Some(original_start)))
        }
        _ => Ok(import(event, None, None)),
    }
}
