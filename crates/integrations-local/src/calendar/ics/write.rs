//! Writing.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use integrations_core::calendar::recurrence::RDate;
use integrations_core::calendar::{
    Attachment, Attendee, AttendeeRole, Event, EventKind, EventStatus, Participation, Reminder,
    ReminderMethod, Reminders, ShowAs, Visibility,
};
use integrations_core::time::{EventTime, TzId};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::line::Line;
use super::zone;
use crate::calendar::series::Series;

/// An event or a series as an iCalendar object.
pub(in crate::calendar) fn write(series: &Series) -> String {
    object(series, None)
}

/// An event or a series as an iCalendar object of a message (RFC 5546): with a method.
pub(in crate::calendar) fn write_message(series: &Series, method: &str) -> String {
    object(series, Some(method))
}

fn object(series: &Series, method: Option<&str>) -> String {
    let mut out = String::new();
    Line::new("BEGIN").value(&mut out, "VCALENDAR");
    Line::new("VERSION").value(&mut out, "2.0");
    Line::new("PRODID").text(&mut out, "-//integrations//local calendar//EN");
    if let Some(method) = method {
        Line::new("METHOD").value(&mut out, method);
    }
    let events = || std::iter::once(&series.master).chain(series.changed.values());
    zones(&mut out, events());
    for event in events() {
        write_event(&mut out, event, series);
    }
    Line::new("END").value(&mut out, "VCALENDAR");
    out
}

fn zones<'a>(out: &mut String, events: impl Iterator<Item = &'a Event>) {
    let mut zones: BTreeMap<String, (TzId, Timestamp)> = BTreeMap::new();
    for event in events {
        for time in times(event) {
            if let EventTime::Zoned { tz, .. } = time
                && let Ok(at) = time.to_timestamp(&TimeZone::UTC)
            {
                let entry = zones.entry(tz.raw.to_string()).or_insert((tz.clone(), at));
                entry.1 = entry.1.min(at);
            }
        }
    }
    for (id, from) in zones.into_values() {
        if let Ok(rules) = id.time_zone() {
            zone::write(out, &id, &rules, from);
        }
    }
}

fn times(event: &Event) -> Vec<&EventTime> {
    let mut times = vec![&event.start, &event.end];
    if let Some(recurrence) = &event.recurrence {
        times.extend(recurrence.times());
    }
    if let EventKind::Occurrence { original_start, .. } = &event.kind {
        times.push(original_start);
    }
    times
}

pub(super) fn utc(instant: Timestamp) -> String {
    let utc = TimeZone::UTC.to_datetime(instant);
    utc.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn time(out: &mut String, name: &str, time: &EventTime) {
    let line = Line::new(name);
    match time {
        EventTime::Date(date) => {
            let date = date.strftime("%Y%m%d").to_string();
            line.param("VALUE", "DATE").value(out, &date);
        }
        EventTime::Zoned { local, tz } => {
            let local = local.strftime("%Y%m%dT%H%M%S").to_string();
            line.param("TZID", &tz.raw).value(out, &local);
        }
        EventTime::Utc(instant) => line.value(out, &utc(*instant)),
        EventTime::Floating(local) => line.value(out, &local.strftime("%Y%m%dT%H%M%S").to_string()),
    }
}

/// A further occurrence that has an end of its own: as a length, because a line has one zone.
fn period(out: &mut String, start: &EventTime, end: &EventTime) {
    let at = |time: &EventTime| time.to_timestamp(&TimeZone::UTC).unwrap_or_default();
    let seconds = at(end).duration_since(at(start)).as_secs().max(0);
    let line = Line::new("RDATE").param("VALUE", "PERIOD");
    let (line, start) = match start {
        EventTime::Zoned { local, tz } => (
            line.param("TZID", &tz.raw),
            local.strftime("%Y%m%dT%H%M%S").to_string(),
        ),
        EventTime::Utc(instant) => (line, utc(*instant)),
        other => (line, other.wall().strftime("%Y%m%dT%H%M%S").to_string()),
    };
    line.value(out, &format!("{start}/PT{seconds}S"));
}

fn write_event(out: &mut String, event: &Event, series: &Series) {
    Line::new("BEGIN").value(out, "VEVENT");
    let uid = event.ical_uid.as_deref().unwrap_or(series.uid());
    Line::new("UID").text(out, uid);
    let stamp = event.updated.unwrap_or(Timestamp::UNIX_EPOCH);
    Line::new("DTSTAMP").value(out, &utc(stamp));
    if let EventKind::Occurrence { original_start, .. } = &event.kind {
        time(out, "RECURRENCE-ID", original_start);
    }
    if let Some(sequence) = event.sequence {
        Line::new("SEQUENCE").value(out, &sequence.to_string());
    }
    time(out, "DTSTART", &event.start);
    time(out, "DTEND", &event.end);
    if let Some(recurrence) = &event.recurrence {
        for rule in &recurrence.rules {
            Line::new("RRULE").value(out, &rule.to_string());
        }
        for rule in &recurrence.except_rules {
            Line::new("EXRULE").value(out, &rule.to_string());
        }
        for RDate { start, end } in &recurrence.dates {
            match end {
                None => time(out, "RDATE", start),
                Some(end) => period(out, start, end),
            }
        }
        for date in &recurrence.except {
            time(out, "EXDATE", date);
        }
    }
    Line::new("SUMMARY").text(out, &event.summary);
    for (name, text) in [
        ("DESCRIPTION", &event.description),
        ("LOCATION", &event.location),
    ] {
        if let Some(text) = text {
            Line::new(name).text(out, text);
        }
    }
    states(out, event);
    if let Some(organizer) = &event.organizer {
        let line = Line::new("ORGANIZER");
        let line = match &organizer.name {
            Some(name) => line.param("CN", name),
            None => line,
        };
        line.value(out, &format!("mailto:{}", organizer.email));
    }
    for attendee in &event.attendees {
        write_attendee(out, attendee);
    }
    for attachment in &event.attachments {
        write_attachment(out, attachment, series);
    }
    if let Some(conference) = &event.conference {
        let line = Line::new("CONFERENCE").param("VALUE", "URI");
        let line = match &conference.name {
            Some(name) => line.param("LABEL", name),
            None => line,
        };
        line.value(out, conference.join_url.as_str());
    }
    for (name, value) in &event.properties {
        Line::new("X-INTEGRATIONS-PROPERTY")
            .param("X-NAME", name)
            .text(out, value);
    }
    if let Some(url) = &event.web_link {
        Line::new("URL").value(out, url.as_str());
    }
    if let Some(created) = event.created {
        Line::new("CREATED").value(out, &utc(created));
    }
    if let Some(updated) = event.updated {
        Line::new("LAST-MODIFIED").value(out, &utc(updated));
    }
    if let Some(etag) = &event.etag {
        Line::new("X-INTEGRATIONS-VERSION").text(out, etag.as_str());
    }
    let part = match &event.kind {
        EventKind::Occurrence { original_start, .. } => original_start.to_string(),
        _ => String::new(),
    };
    if let Some(kept) = series.kept.lines.get(&part) {
        out.push_str(kept);
    }
    if let Reminders::Only(reminders) = &event.reminders {
        if reminders.is_empty() {
            Line::new("X-INTEGRATIONS-REMINDERS").value(out, "NONE");
        }
        for reminder in reminders {
            write_alarm(out, reminder, event);
        }
    }
    Line::new("END").value(out, "VEVENT");
}

fn states(out: &mut String, event: &Event) {
    let status = match &event.status {
        EventStatus::Confirmed => "CONFIRMED",
        EventStatus::Tentative => "TENTATIVE",
        EventStatus::Cancelled => "CANCELLED",
        EventStatus::Other(other) => other,
        // The enumeration may grow; what is not known is not confirmed.
        _ => "TENTATIVE",
    };
    Line::new("STATUS").text(out, status);
    let transparency = if event.show_as.is_busy() {
        "OPAQUE"
    } else {
        "TRANSPARENT"
    };
    Line::new("TRANSP").value(out, transparency);
    // What iCalendar has no word for; the names are those of MS-OXCICAL, section 2.1.3.1.1.20.31.
    let finer = match &event.show_as {
        ShowAs::Tentative => Some("TENTATIVE"),
        ShowAs::OutOfOffice => Some("OOF"),
        ShowAs::Other(other) => Some(other.as_str()),
        _ => None,
    };
    if let Some(finer) = finer {
        Line::new("X-MICROSOFT-CDO-BUSYSTATUS").text(out, finer);
    }
    match &event.visibility {
        Visibility::Public => Line::new("CLASS").value(out, "PUBLIC"),
        Visibility::Private => Line::new("CLASS").value(out, "PRIVATE"),
        Visibility::Other(other) => Line::new("CLASS").text(out, other),
        _ => {}
    }
}

fn write_attendee(out: &mut String, attendee: &Attendee) {
    let mut line = Line::new("ATTENDEE");
    if let Some(name) = &attendee.person.name {
        line = line.param("CN", name);
    }
    line = match &attendee.role {
        AttendeeRole::Optional => line.param("ROLE", "OPT-PARTICIPANT"),
        AttendeeRole::Resource => line
            .param("CUTYPE", "RESOURCE")
            .param("ROLE", "NON-PARTICIPANT"),
        AttendeeRole::Other(other) => line.param("ROLE", other),
        _ => line.param("ROLE", "REQ-PARTICIPANT"),
    };
    line = line.param(
        "PARTSTAT",
        match &attendee.participation {
            Participation::Accepted => "ACCEPTED",
            Participation::Declined => "DECLINED",
            Participation::Tentative => "TENTATIVE",
            Participation::Other(other) => other,
            _ => "NEEDS-ACTION",
        },
    );
    if let Some(comment) = &attendee.comment {
        line = line.param("X-RESPONSE-COMMENT", comment);
    }
    line.value(out, &format!("mailto:{}", attendee.person.email));
}

fn write_attachment(out: &mut String, attachment: &Attachment, series: &Series) {
    let mut line = Line::new("ATTACH");
    if let Some(media_type) = &attachment.media_type {
        line = line.param("FMTTYPE", media_type);
    }
    line = line.param("FILENAME", &attachment.name);
    if let Some(url) = &attachment.url {
        line.value(out, url.as_str());
        return;
    }
    let content = attachment
        .id
        .as_ref()
        .and_then(|id| Some((id, series.contents.get(id)?)));
    if let Some((id, content)) = content {
        line.param("MANAGED-ID", id.as_str())
            .param("ENCODING", "BASE64")
            .param("VALUE", "BINARY")
            .value(out, &STANDARD.encode(content));
    }
}

fn write_alarm(out: &mut String, reminder: &Reminder, event: &Event) {
    let action = match &reminder.method {
        ReminderMethod::Email => "EMAIL",
        ReminderMethod::Other(other) => other,
        _ => "DISPLAY",
    };
    Line::new("BEGIN").value(out, "VALARM");
    Line::new("ACTION").text(out, action);
    Line::new("TRIGGER").value(out, &format!("-PT{}M", reminder.minutes_before));
    // Both are required of an alarm (section 3.6.6).
    Line::new("DESCRIPTION").text(out, &event.summary);
    if reminder.method == ReminderMethod::Email {
        Line::new("SUMMARY").text(out, &event.summary);
        for attendee in &event.attendees {
            let address = format!("mailto:{}", attendee.person.email);
            Line::new("ATTENDEE").value(out, &address);
        }
    }
    Line::new("END").value(out, "VALARM");
}
