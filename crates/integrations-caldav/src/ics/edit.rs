//! Changes of components.

use integrations_core::calendar::recurrence::{Property, Recurrence};
use integrations_core::calendar::{
    Attachment, Attendee, AttendeeRole, Conference, ConferenceRequest, EventPatch, EventStatus,
    NewEvent, Participation, Patch, Reminder, ReminderMethod, Reminders, ShowAs, Visibility,
};
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{Error, Result};
use jiff::Timestamp;

use super::line::Line;
use super::read::{BUSY_STATUS, NO_REMINDERS, PROPERTY, PROPERTY_NAME, address, is_link, reminder};
use super::tree::Component;
use super::value::{time_line, utc};

/// What writes the objects (section 3.7.3).
pub(super) const PRODUCT: &str = "-//integrations//caldav//EN";

/// A new event or series as an object.
///
/// # Errors
/// `Unsupported` for what has no form here.
pub(crate) fn write_new(new: &NewEvent, uid: &str, now: Timestamp) -> Result<Component> {
    let mut object = Component::new("VCALENDAR");
    object.push(Line::new("VERSION").value("2.0"));
    object.push(Line::new("PRODID").text(PRODUCT));
    let mut event = Component::new("VEVENT");
    event.push(Line::new("UID").text(uid));
    event.push(Line::new("CREATED").value(&utc(now)));
    event.push(Line::new("SEQUENCE").value("0"));
    set_times(&mut event, &new.start, &new.end);
    if let Some(recurrence) = &new.recurrence {
        put_recurrence(&mut event, recurrence);
    }
    event.push(Line::new("SUMMARY").text(&new.summary));
    let text = |name: &str, text: &Option<String>| text.as_ref().map(|it| Line::new(name).text(it));
    event.replace("DESCRIPTION", text("DESCRIPTION", &new.description));
    event.replace("LOCATION", text("LOCATION", &new.location));
    put_status(&mut event, &new.status);
    put_visibility(&mut event, &new.visibility);
    put_show_as(&mut event, &new.show_as);
    put_attendees(&mut event, &new.attendees);
    put_links(&mut event, &new.attachments);
    if let Some(request) = &new.conference {
        put_conference(&mut event, Some(link(request)?));
    }
    for (name, value) in &new.properties {
        put_property(&mut event, name, Some(value));
    }
    put_reminders(&mut event, &new.reminders);
    touch(&mut event, now);
    object.push_part(event);
    Ok(object)
}

fn link(request: &ConferenceRequest) -> Result<&Conference> {
    match request {
        ConferenceRequest::Link(conference) => Ok(conference),
        _ => Err(Error::unsupported("conference_create")),
    }
}

/// Carries a patch out on one component: everything but how it repeats.
///
/// # Errors
/// `Unsupported` for what has no form here.
pub(crate) fn apply(event: &mut Component, patch: &EventPatch) -> Result<()> {
    if let Some(summary) = &patch.summary {
        event.replace("SUMMARY", [Line::new("SUMMARY").text(summary)]);
    }
    put_text(event, "DESCRIPTION", &patch.description);
    put_text(event, "LOCATION", &patch.location);
    if !patch.description.is_keep() {
        // The same text with markup, which would contradict it.
        event.remove("X-ALT-DESC");
        event.remove("STYLED-DESCRIPTION");
    }
    if let Some((start, end)) = &patch.times {
        set_times(event, start, end);
    }
    if let Some(attendees) = &patch.attendees {
        put_attendees(event, attendees);
    }
    if let Some(status) = &patch.status {
        put_status(event, status);
    }
    if let Some(visibility) = &patch.visibility {
        put_visibility(event, visibility);
    }
    if let Some(show_as) = &patch.show_as {
        put_show_as(event, show_as);
    }
    match &patch.conference {
        Patch::Keep => {}
        Patch::Clear => put_conference(event, None),
        Patch::Set(request) => put_conference(event, Some(link(request)?)),
    }
    if let Some(links) = &patch.attachments {
        put_links(event, links);
    }
    for (name, value) in &patch.properties {
        put_property(event, name, value.as_deref());
    }
    if let Some(reminders) = &patch.reminders {
        put_reminders(event, reminders);
    }
    Ok(())
}

fn put_text(event: &mut Component, name: &str, patch: &Patch<String>) {
    match patch {
        Patch::Keep => {}
        Patch::Clear => event.remove(name),
        Patch::Set(text) => event.replace(name, [Line::new(name).text(text)]),
    }
}

/// Sets start and end.
pub(crate) fn set_times(event: &mut Component, start: &EventTime, end: &EventTime) {
    event.replace("DTSTART", [time_line("DTSTART", start)]);
    event.remove("DURATION");
    event.replace("DTEND", [time_line("DTEND", end)]);
}

/// Sets how it repeats.
pub(crate) fn put_recurrence(event: &mut Component, recurrence: &Recurrence) {
    let rules = recurrence.rules.iter();
    event.replace(
        "RRULE",
        rules.map(|rule| Line::new("RRULE").value(&rule.to_string())),
    );
    let rules = recurrence.except_rules.iter();
    event.replace(
        "EXRULE",
        rules.map(|rule| Line::new("EXRULE").value(&rule.to_string())),
    );
    let dates = recurrence.dates.iter().cloned();
    event.replace(
        "RDATE",
        dates.map(|date| Line::of(Property::RDate(vec![date]).to_string())),
    );
    let except = recurrence.except.iter();
    event.replace("EXDATE", except.map(|date| time_line("EXDATE", date)));
}

fn put_status(event: &mut Component, status: &EventStatus) {
    let word = match status {
        EventStatus::Confirmed => "CONFIRMED",
        EventStatus::Cancelled => "CANCELLED",
        EventStatus::Other(other) => other,
        // The enumeration may grow; what is not known is not confirmed.
        _ => "TENTATIVE",
    };
    event.replace("STATUS", [Line::new("STATUS").text(word)]);
}

fn put_visibility(event: &mut Component, visibility: &Visibility) {
    let word = match visibility {
        Visibility::Public => Some("PUBLIC"),
        Visibility::Private => Some("PRIVATE"),
        Visibility::Other(other) => Some(other.as_str()),
        _ => None,
    };
    event.replace("CLASS", word.map(|word| Line::new("CLASS").text(word)));
}

fn put_show_as(event: &mut Component, show_as: &ShowAs) {
    let transparency = if show_as.is_busy() {
        "OPAQUE"
    } else {
        "TRANSPARENT"
    };
    event.replace("TRANSP", [Line::new("TRANSP").value(transparency)]);
    let finer = match show_as {
        ShowAs::Tentative => Some("TENTATIVE"),
        ShowAs::OutOfOffice => Some("OOF"),
        ShowAs::Other(other) => Some(other.as_str()),
        _ => None,
    };
    let finer = finer.map(|word| Line::new(BUSY_STATUS).text(word));
    event.replace(BUSY_STATUS, finer);
}

/// Sets who is invited. Who was invited before keeps what the line says beyond the model.
fn put_attendees(event: &mut Component, attendees: &[Attendee]) {
    let before: Vec<Line> = event.all("ATTENDEE").cloned().collect();
    let lines = attendees.iter().map(|one| {
        let email = &one.person.email;
        let known = before
            .iter()
            .find(|line| address(line).is_some_and(|it| it.eq_ignore_ascii_case(email)));
        match known {
            Some(line) => attendee_line(line, one),
            None => {
                let line = Line::new("ATTENDEE").value(&format!("mailto:{email}"));
                attendee_line(&line, one)
            }
        }
    });
    let lines: Vec<Line> = lines.collect();
    event.replace("ATTENDEE", lines);
}

fn attendee_line(line: &Line, attendee: &Attendee) -> Line {
    let kind = line.get("CUTYPE").unwrap_or_default().to_ascii_uppercase();
    let (kind, role) = match &attendee.role {
        AttendeeRole::Resource => match kind.as_str() {
            "ROOM" | "RESOURCE" => (None, None),
            _ => (Some("RESOURCE"), Some("NON-PARTICIPANT")),
        },
        AttendeeRole::Optional => (None, Some("OPT-PARTICIPANT")),
        AttendeeRole::Other(other) => (None, Some(other.as_str())),
        _ => (None, Some("REQ-PARTICIPANT")),
    };
    let mut line = line.clone();
    if let Some(name) = &attendee.person.name {
        line = line.with_param("CN", Some(name));
    }
    if kind.is_some() {
        line = line.with_param("CUTYPE", kind);
    }
    if role.is_some() {
        line = line.with_param("ROLE", role);
    }
    let answer = match &attendee.participation {
        Participation::Accepted => "ACCEPTED",
        Participation::Declined => "DECLINED",
        Participation::Tentative => "TENTATIVE",
        Participation::Other(other) => other,
        _ => "NEEDS-ACTION",
    };
    line.with_param("PARTSTAT", Some(answer))
}

fn put_links(event: &mut Component, links: &[Attachment]) {
    let mut lines: Vec<Line> = event
        .all("ATTACH")
        .filter(|it| !is_link(it))
        .cloned()
        .collect();
    for one in links {
        if let Some(url) = &one.url {
            let mut line = Line::new("ATTACH");
            if let Some(media_type) = &one.media_type {
                line = line.param("FMTTYPE", media_type);
            }
            lines.push(line.param("FILENAME", &one.name).value(url.as_str()));
        }
    }
    event.replace("ATTACH", lines);
}

fn put_conference(event: &mut Component, conference: Option<&Conference>) {
    let line = conference.map(|conference| {
        let line = Line::new("CONFERENCE").param("VALUE", "URI");
        let line = match &conference.name {
            Some(name) => line.param("LABEL", name),
            None => line,
        };
        line.value(conference.join_url.as_str())
    });
    event.replace("CONFERENCE", line);
}

fn put_property(event: &mut Component, name: &str, value: Option<&str>) {
    let is = |line: &Line| line.is(PROPERTY) && line.get(PROPERTY_NAME).as_deref() == Some(name);
    event.retain_lines(|line| !is(line));
    if let Some(value) = value {
        event.push(Line::new(PROPERTY).param(PROPERTY_NAME, name).text(value));
    }
}

/// Sets the reminders. Alarms that are no reminders of the model stay.
fn put_reminders(event: &mut Component, reminders: &Reminders) {
    event.retain_parts(|part| reminder(part).is_none());
    event.remove(NO_REMINDERS);
    let Reminders::Only(reminders) = reminders else {
        return;
    };
    if reminders.is_empty() {
        event.push(Line::new(NO_REMINDERS).value("NONE"));
    }
    for one in reminders {
        let alarm = alarm(event, one);
        event.push_part(alarm);
    }
}

fn alarm(event: &Component, reminder: &Reminder) -> Component {
    let action = match &reminder.method {
        ReminderMethod::Email => "EMAIL",
        ReminderMethod::Other(other) => other,
        _ => "DISPLAY",
    };
    let mut alarm = Component::new("VALARM");
    alarm.push(Line::new("ACTION").text(action));
    alarm.push(Line::new("TRIGGER").value(&format!("-PT{}M", reminder.minutes_before)));
    // Both are required of an alarm (section 3.6.6).
    let title = event.text_of("SUMMARY").unwrap_or_default();
    alarm.push(Line::new("DESCRIPTION").text(&title));
    if reminder.method == ReminderMethod::Email {
        alarm.push(Line::new("SUMMARY").text(&title));
        let people: Vec<String> = event.all("ATTENDEE").filter_map(address).collect();
        for email in people {
            alarm.push(Line::new("ATTENDEE").value(&format!("mailto:{email}")));
        }
    }
    alarm
}

/// An occurrence of a series as a component of its own, as the series has it.
pub(crate) fn override_of(
    master: &Component,
    original: &EventTime,
    start: &EventTime,
    end: &EventTime,
) -> Component {
    let mut one = master.clone();
    for name in ["RRULE", "RDATE", "EXDATE", "EXRULE"] {
        one.remove(name);
    }
    one.replace("RECURRENCE-ID", [time_line("RECURRENCE-ID", original)]);
    set_times(&mut one, start, end);
    one
}

/// What those who are invited have to be asked about again when it changes (RFC 5546, section
/// 2.1.4): times, rules, status.
pub(crate) fn plan(event: &Component) -> Vec<Line> {
    const PARTS: [&str; 8] = [
        "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "STATUS",
    ];
    let lines = event.lines();
    lines
        .filter(|line| PARTS.iter().any(|name| line.is(name)))
        .cloned()
        .collect()
}

/// Marks a component as written now.
pub(crate) fn touch(event: &mut Component, now: Timestamp) {
    for name in ["DTSTAMP", "LAST-MODIFIED"] {
        event.replace(name, [Line::new(name).value(&utc(now))]);
    }
}

/// A question for the free/busy time of people (RFC 6638, section 5.1).
pub(crate) fn free_busy_request(
    own: &str,
    people: &[&str],
    range: TimeRange,
    now: Timestamp,
) -> Component {
    let mut object = Component::new("VCALENDAR");
    object.push(Line::new("VERSION").value("2.0"));
    object.push(Line::new("PRODID").text(PRODUCT));
    object.push(Line::new("METHOD").value("REQUEST"));
    let mut part = Component::new("VFREEBUSY");
    part.push(Line::new("UID").value(&uuid::Uuid::new_v4().to_string()));
    part.push(Line::new("DTSTAMP").value(&utc(now)));
    part.push(Line::new("DTSTART").value(&utc(range.start)));
    part.push(Line::new("DTEND").value(&utc(range.end)));
    part.push(Line::new("ORGANIZER").value(&format!("mailto:{own}")));
    for email in people {
        part.push(Line::new("ATTENDEE").value(&format!("mailto:{email}")));
    }
    object.push_part(part);
    object
}
