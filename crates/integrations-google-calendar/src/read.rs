//! Events as Google has them, as the model has them.

use integrations_core::calendar::{
    Attachment, Attendee, AttendeeRole, CalendarId, Conference, Event, EventKind, EventStatus,
    Participation, Person, Reminder, ReminderMethod, Reminders, ShowAs, Visibility,
};
use integrations_core::{Effect, Error, ErrorKind, Raw, Result};
use jiff::Timestamp;
use serde_json::Value;

use crate::{html, recurrence, times};

fn decode(what: &'static str) -> Error {
    Error::new(ErrorKind::Decode, what).with_effect(Effect::Applied)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// An event. `exception` says that an occurrence is one that differs from its series: lists that are
/// not expanded have no others, and in those that are Google does not say.
///
/// # Errors
/// `Decode` for an answer without id or times.
pub(crate) fn event(calendar: &CalendarId, value: Value, exception: bool) -> Result<Event> {
    let id = value["id"]
        .as_str()
        .ok_or_else(|| decode("the event has no id"))?;
    let original = times::read(&value["originalStartTime"]);
    // Of a cancelled occurrence only the original start is promised (`Event.status`).
    let start = times::read(&value["start"]).or_else(|| original.clone());
    let start = start.ok_or_else(|| decode("the event has no start"))?;
    let end = times::read(&value["end"]).unwrap_or_else(|| start.clone());
    let mut event = Event::new(
        id,
        calendar.clone(),
        value["summary"].as_str().unwrap_or_default(),
        start,
        end,
    );
    event.ical_uid = text(&value["iCalUID"]);
    event.etag = value["etag"].as_str().map(Into::into);
    event.status = status(&value);
    if let Some(description) = value["description"].as_str() {
        let plain = html::read(description);
        if plain != description {
            event.description_html = Some(description.to_owned());
        }
        event.description = Some(plain);
    }
    event.location = text(&value["location"]);
    let lines: Vec<&str> = list(&value["recurrence"])
        .filter_map(Value::as_str)
        .collect();
    event.kind = match value["recurringEventId"].as_str() {
        Some(series) => {
            let original_start = original.unwrap_or_else(|| event.start.clone());
            let changed = exception || event.start != original_start;
            EventKind::Occurrence {
                series: series.into(),
                original_start,
                changed,
            }
        }
        None if lines.is_empty() => EventKind::Single,
        None => {
            // A line that the model does not have leaves the recurrence out; `raw` has it.
            event.recurrence = recurrence::read(lines, &event.start).ok();
            EventKind::Series
        }
    };
    event.organizer = person(&value["organizer"]);
    event.attendees = list(&value["attendees"]).filter_map(attendee).collect();
    event.reminders = reminders(&value["reminders"]);
    event.visibility = value["visibility"]
        .as_str()
        .map_or(Visibility::Default, |word| word.to_owned().into());
    event.show_as = match (value["eventType"].as_str(), value["transparency"].as_str()) {
        (Some("outOfOffice"), _) => ShowAs::OutOfOffice,
        (_, Some("transparent")) => ShowAs::Free,
        (_, None | Some("opaque")) => ShowAs::Busy,
        (_, Some(other)) => ShowAs::Other(other.to_owned()),
    };
    event.conference = conference(&value);
    event.attachments = list(&value["attachments"]).filter_map(attachment).collect();
    for (name, own) in value["extendedProperties"]["private"]
        .as_object()
        .into_iter()
        .flatten()
    {
        event
            .properties
            .insert(name.clone(), own.as_str().unwrap_or_default().to_owned());
    }
    event.sequence = value["sequence"]
        .as_u64()
        .and_then(|number| number.try_into().ok());
    event.created = time(&value["created"]);
    event.updated = time(&value["updated"]);
    event.web_link = value["htmlLink"]
        .as_str()
        .and_then(|link| link.parse().ok());
    event.raw = Raw::from(value);
    Ok(event)
}

pub(crate) fn is_cancelled(value: &Value) -> bool {
    value["status"] == "cancelled"
}

fn status(value: &Value) -> EventStatus {
    value["status"]
        .as_str()
        .map_or(EventStatus::Confirmed, |word| word.to_owned().into())
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn person(value: &Value) -> Option<Person> {
    let mut person = Person::new(value["email"].as_str()?);
    person.name = text(&value["displayName"]);
    Some(person)
}

fn attendee(value: &Value) -> Option<Attendee> {
    let mut attendee = Attendee::new(value["email"].as_str()?);
    attendee.person.name = text(&value["displayName"]);
    attendee.role = match (value["resource"].as_bool(), value["optional"].as_bool()) {
        (Some(true), _) => AttendeeRole::Resource,
        (_, Some(true)) => AttendeeRole::Optional,
        _ => AttendeeRole::Required,
    };
    attendee.participation = match value["responseStatus"].as_str() {
        None | Some("needsAction") => Participation::NeedsAction,
        Some(word) => word.to_owned().into(),
    };
    attendee.comment = text(&value["comment"]);
    attendee.raw = Raw::from(value.clone());
    Some(attendee)
}

fn reminders(value: &Value) -> Reminders {
    if value["useDefault"] != false {
        return Reminders::Default;
    }
    let read = |one: &Value| {
        Some(Reminder {
            method: ReminderMethod::from(one["method"].as_str()?.to_owned()),
            minutes_before: one["minutes"].as_u64()?.try_into().ok()?,
        })
    };
    Reminders::Only(list(&value["overrides"]).filter_map(read).collect())
}

fn conference(value: &Value) -> Option<Conference> {
    let data = &value["conferenceData"];
    let video = list(&data["entryPoints"]).find(|point| point["entryPointType"] == "video");
    let link = video
        .and_then(|point| point["uri"].as_str())
        .or(value["hangoutLink"].as_str());
    let mut conference = Conference::new(link?.parse().ok()?);
    conference.name = text(&data["conferenceSolution"]["name"]);
    if !data.is_null() {
        conference.raw = Raw::from(data.clone());
    }
    Some(conference)
}

fn attachment(value: &Value) -> Option<Attachment> {
    let url = value["fileUrl"].as_str()?.parse().ok()?;
    let name = value["title"].as_str().unwrap_or_default();
    let mut attachment = Attachment::link(name, url);
    attachment.media_type = text(&value["mimeType"]);
    attachment.raw = Raw::from(value.clone());
    Some(attachment)
}
