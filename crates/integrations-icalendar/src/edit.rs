//! Changes of an event's component: each replaces the lines that it is about, and no others.

use std::collections::HashMap;

use integrations_core::calendar::recurrence::Recurrence;
use integrations_core::calendar::{
    Attachment, Attendee, AttendeeRole, Conference, ConferenceRequest, EventPatch, EventStatus,
    Participation, Patch, Reminder, ReminderMethod, Reminders, ShowAs, Visibility,
};
use integrations_core::time::EventTime;
use integrations_core::{Error, Result};
use jiff::Timestamp;

use crate::component::Component;
use crate::line::Line;
use crate::read::{
    BUSY_STATUS, COMMENT, NO_REMINDERS, PROPERTY, PROPERTY_NAME, address, is_link, reminder,
};
use crate::value::{rdate_line, time_line, utc};

fn link(request: &ConferenceRequest) -> Result<&Conference> {
    match request {
        ConferenceRequest::Link(conference) => Ok(conference),
        _ => Err(Error::unsupported("conference_create")),
    }
}

/// Carries a patch out on one component: everything but how it repeats
/// ([`put_recurrence`]). What the patch does not name stays, and so does what the model has no place
/// for: other parameters of those who are invited, alarms that are no reminders, inline content.
///
/// # Errors
/// `Unsupported` for what has no form here.
pub fn apply(event: &mut Component, patch: &EventPatch) -> Result<()> {
    if let Some(summary) = &patch.summary {
        event.replace("SUMMARY", [Line::new("SUMMARY").text(summary)]);
    }
    put_text(event, "DESCRIPTION", &patch.description);
    put_text(event, "LOCATION", &patch.location);
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
        Patch::Clear => put_text_of(event, name, None),
        Patch::Set(text) => put_text_of(event, name, Some(text)),
    }
}

pub(crate) fn put_text_of(event: &mut Component, name: &str, text: Option<&str>) {
    event.replace(name, text.map(|text| Line::new(name).text(text)));
    if name == "DESCRIPTION" {
        // The same text with markup, which would contradict it.
        event.remove("X-ALT-DESC");
        event.remove("STYLED-DESCRIPTION");
    }
}

/// Sets start and end.
pub fn set_times(event: &mut Component, start: &EventTime, end: &EventTime) {
    event.replace("DTSTART", [time_line("DTSTART", start)]);
    event.remove("DURATION");
    event.replace("DTEND", [time_line("DTEND", end)]);
}

/// Sets how it repeats.
pub fn put_recurrence(event: &mut Component, recurrence: &Recurrence) {
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
    event.replace("RDATE", recurrence.dates.iter().map(rdate_line));
    let except = recurrence.except.iter();
    event.replace("EXDATE", except.map(|date| time_line("EXDATE", date)));
}

pub(crate) fn put_status(event: &mut Component, status: &EventStatus) {
    let word = match status {
        EventStatus::Confirmed => "CONFIRMED",
        EventStatus::Cancelled => "CANCELLED",
        EventStatus::Other(other) => other,
        // The enumeration may grow; what is not known is not confirmed.
        _ => "TENTATIVE",
    };
    event.replace("STATUS", [Line::new("STATUS").text(word)]);
}

pub(crate) fn put_visibility(event: &mut Component, visibility: &Visibility) {
    let word = match visibility {
        Visibility::Public => Some("PUBLIC"),
        Visibility::Private => Some("PRIVATE"),
        Visibility::Other(other) => Some(other.as_str()),
        _ => None,
    };
    event.replace("CLASS", word.map(|word| Line::new("CLASS").text(word)));
}

pub(crate) fn put_show_as(event: &mut Component, show_as: &ShowAs) {
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
pub(crate) fn put_attendees(event: &mut Component, attendees: &[Attendee]) {
    let mut before: HashMap<String, &Line> = HashMap::new();
    for line in event.all("ATTENDEE") {
        if let Some(email) = address(line) {
            before.entry(email.to_lowercase()).or_insert(line);
        }
    }
    let lines = attendees.iter().map(|one| {
        let email = &one.person.email;
        match before.get(&email.to_lowercase()) {
            Some(line) => attendee_line(line, one),
            None => {
                let line = Line::new("ATTENDEE").value(&format!("mailto:{email}"));
                attendee_line(&line, one)
            }
        }
    });
    // Who has no address is not in the model, and stays.
    let others = event.all("ATTENDEE").filter(|line| address(line).is_none());
    let lines: Vec<Line> = lines.chain(others.cloned()).collect();
    event.replace("ATTENDEE", lines);
}

fn attendee_line(line: &Line, attendee: &Attendee) -> Line {
    let kind_before = line.get("CUTYPE").unwrap_or_default().to_ascii_uppercase();
    let (kind, role) = match &attendee.role {
        AttendeeRole::Resource => match kind_before.as_str() {
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
    let was_thing = matches!(kind_before.as_str(), "ROOM" | "RESOURCE");
    if kind.is_some() || (was_thing && attendee.role != AttendeeRole::Resource) {
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
        .with_param(COMMENT, attendee.comment.as_deref())
}

pub(crate) fn put_links(event: &mut Component, links: &[Attachment]) {
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

/// Sets where to join it: in the first line of its kind, and further ones stay; cleared, all go.
pub(crate) fn put_conference(event: &mut Component, conference: Option<&Conference>) {
    let Some(conference) = conference else {
        event.remove("CONFERENCE");
        return;
    };
    let mut line = Line::new("CONFERENCE").param("VALUE", "URI");
    if let Some(name) = &conference.name {
        line = line.param("LABEL", name);
    }
    let line = line.value(conference.join_url.as_str());
    let others: Vec<Line> = event.all("CONFERENCE").skip(1).cloned().collect();
    event.replace("CONFERENCE", std::iter::once(line).chain(others));
}

pub(crate) fn put_property(event: &mut Component, name: &str, value: Option<&str>) {
    let is = |line: &Line| line.is(PROPERTY) && line.get(PROPERTY_NAME).as_deref() == Some(name);
    event.retain_lines(|line| !is(line));
    if let Some(value) = value {
        event.push(Line::new(PROPERTY).param(PROPERTY_NAME, name).text(value));
    }
}

/// Sets the reminders. Alarms that are no reminders of the model stay.
pub(crate) fn put_reminders(event: &mut Component, reminders: &Reminders) {
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

/// An occurrence of a series as a component of its own, as the series has it, or as a change of it
/// and of all that follow has it.
#[must_use]
pub fn override_of(
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

/// The lines about which those who are invited have to be asked again when they change (RFC 5546,
/// section 2.1.4): times, rules, status. Who compares them before and after a change knows whether
/// `SEQUENCE` counts.
#[must_use]
pub fn significant_lines(event: &Component) -> Vec<Line> {
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
pub fn touch(event: &mut Component, now: Timestamp) {
    for name in ["DTSTAMP", "LAST-MODIFIED"] {
        event.replace(name, [Line::new(name).value(&utc(now))]);
    }
}
