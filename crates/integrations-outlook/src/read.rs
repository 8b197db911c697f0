//! Events as Graph has them, as the model has them.

use std::collections::BTreeMap;

use integrations_core::calendar::{
    Attachment, Attendee, AttendeeRole, CalendarId, Conference, Event, EventKind, EventStatus,
    Participation, Person, Reminder, Reminders, ShowAs, Visibility,
};
use integrations_core::{Effect, Error, ErrorKind, Raw, Result};
use jiff::Timestamp;
use serde_json::Value;

use crate::ids::PROPERTIES;
use crate::{recurrence, times};

fn decode(what: &'static str) -> Error {
    Error::new(ErrorKind::Decode, what).with_effect(Effect::Applied)
}

fn text(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// An event.
///
/// # Errors
/// `Decode` for an answer without id or times.
pub(crate) fn event(calendar: &CalendarId, value: Value) -> Result<Event> {
    let id = value["id"]
        .as_str()
        .ok_or_else(|| decode("the event has no id"))?;
    let all_day = value["isAllDay"] == true;
    let (first, last) = zones(&value);
    let start = times::read(&value["start"], first, all_day);
    let start = start.ok_or_else(|| decode("the event has no start"))?;
    let end = times::read(&value["end"], last, all_day).unwrap_or_else(|| start.clone());
    let title = value["subject"].as_str().unwrap_or_default();
    let mut event = Event::new(id, calendar.clone(), title, start, end);
    event.ical_uid = text(&value["iCalUId"]);
    event.etag = value["@odata.etag"].as_str().map(Into::into);
    if value["isCancelled"] == true {
        event.status = EventStatus::Cancelled;
    }
    body(&mut event, &value);
    event.location = text(&value["location"]["displayName"]);
    event.kind = match value["type"].as_str() {
        Some("seriesMaster") => {
            // A pattern that is not known leaves the recurrence out; `raw` has it.
            let read = recurrence::read(&value["recurrence"], &event.start).ok();
            event.recurrence = read.map(|mut all| {
                all.except = recurrence::cancelled(&value["cancelledOccurrences"], &event.start);
                all
            });
            EventKind::Series
        }
        Some(kind @ ("occurrence" | "exception")) => {
            let series = text(&value["seriesMasterId"]);
            let original = times::read_instant(&value["originalStart"], first, all_day);
            EventKind::Occurrence {
                series: series
                    .ok_or_else(|| decode("the occurrence has no series"))?
                    .into(),
                original_start: original.unwrap_or_else(|| event.start.clone()),
                changed: kind == "exception",
            }
        }
        _ => EventKind::Single,
    };
    event.organizer = person(&value["organizer"]);
    event.attendees = list(&value["attendees"]).filter_map(attendee).collect();
    event.reminders = reminders(&value);
    event.visibility = visibility(&value["sensitivity"]);
    event.show_as = show_as(&value["showAs"]);
    event.conference = conference(&value);
    event.attachments = list(&value["attachments"]).filter_map(attachment).collect();
    event.properties = properties(&value);
    event.created = time(&value["createdDateTime"]);
    event.updated = time(&value["lastModifiedDateTime"]);
    event.web_link = value["webLink"].as_str().and_then(|it| it.parse().ok());
    // It is of the answer that the event came in, and not of the event.
    event.raw = Raw::from(value).without(&["/@odata.context"]);
    Ok(event)
}

/// The zones in which start and end are meant. Of a series it is the one in which it repeats.
fn zones(value: &Value) -> (&str, &str) {
    let name = |field: &str| value[field].as_str().unwrap_or_default();
    let (first, last) = (name("originalStartTimeZone"), name("originalEndTimeZone"));
    let repeats = value["recurrence"]["range"]["recurrenceTimeZone"].as_str();
    match repeats.filter(|zone| !zone.is_empty()) {
        Some(zone) => (zone, if last == first { zone } else { last }),
        None => (first, last),
    }
}

/// Plain text is asked for; where HTML comes nevertheless it is not taken for text.
fn body(event: &mut Event, value: &Value) {
    let content = text(&value["body"]["content"]);
    match value["body"]["contentType"].as_str() {
        Some("html") => {
            event.description = text(&value["bodyPreview"]);
            event.description_html = content;
        }
        // Exchange keeps lines as mail has them.
        _ => event.description = content.map(|text| text.replace("\r\n", "\n")),
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn person(value: &Value) -> Option<Person> {
    let address = &value["emailAddress"];
    let mut person = Person::new(text(&address["address"])?);
    // Graph repeats the address where there is no name.
    person.name = text(&address["name"]).filter(|name| *name != person.email);
    Some(person)
}

fn attendee(value: &Value) -> Option<Attendee> {
    let person = person(value)?;
    let mut attendee = Attendee::new(person.email.clone());
    attendee.person = person;
    attendee.role = match value["type"].as_str() {
        None | Some("required") => AttendeeRole::Required,
        Some("optional") => AttendeeRole::Optional,
        Some("resource") => AttendeeRole::Resource,
        Some(other) => AttendeeRole::Other(other.to_owned()),
    };
    attendee.participation = participation(&value["status"]["response"]);
    attendee.raw = Raw::from(value.clone());
    Some(attendee)
}

/// `responseType`: who organizes, comes.
pub(crate) fn participation(value: &Value) -> Participation {
    match value.as_str() {
        None | Some("none" | "notResponded") => Participation::NeedsAction,
        Some("accepted" | "organizer") => Participation::Accepted,
        Some("declined") => Participation::Declined,
        Some("tentativelyAccepted") => Participation::Tentative,
        Some(other) => Participation::Other(other.to_owned()),
    }
}

fn reminders(value: &Value) -> Reminders {
    let minutes = value["reminderMinutesBeforeStart"].as_u64();
    let minutes = minutes.and_then(|it| u32::try_from(it).ok());
    match (value["isReminderOn"].as_bool(), minutes) {
        (Some(true), Some(minutes)) => Reminders::Only(vec![Reminder::popup(minutes)]),
        (Some(false), _) => Reminders::Only(Vec::new()),
        _ => Reminders::Default,
    }
}

fn visibility(value: &Value) -> Visibility {
    match value.as_str() {
        None | Some("normal") => Visibility::Default,
        Some("private") => Visibility::Private,
        Some(other) => Visibility::Other(other.to_owned()),
    }
}

/// `freeBusyStatus`.
pub(crate) fn show_as(value: &Value) -> ShowAs {
    match value.as_str() {
        None | Some("busy") => ShowAs::Busy,
        Some("free") => ShowAs::Free,
        Some("tentative") => ShowAs::Tentative,
        Some("oof") => ShowAs::OutOfOffice,
        Some(other) => ShowAs::Other(other.to_owned()),
    }
}

fn conference(value: &Value) -> Option<Conference> {
    let meeting = &value["onlineMeeting"];
    let link = meeting["joinUrl"]
        .as_str()
        .or(value["onlineMeetingUrl"].as_str());
    let mut conference = Conference::new(link?.parse().ok()?);
    conference.name = match value["onlineMeetingProvider"].as_str() {
        Some("teamsForBusiness") => Some("Microsoft Teams".to_owned()),
        Some("skypeForBusiness" | "skypeForConsumer") => Some("Skype".to_owned()),
        _ => None,
    };
    if !meeting.is_null() {
        conference.raw = Raw::from(meeting.clone());
    }
    Some(conference)
}

/// An attachment. Its size is Graph's, which counts what is kept beside the bytes too.
pub(crate) fn attachment(value: &Value) -> Option<Attachment> {
    let name = value["name"].as_str().unwrap_or_default();
    let mut attachment = match value["sourceUrl"].as_str().and_then(|it| it.parse().ok()) {
        Some(url) => Attachment::link(name, url),
        None => Attachment::kept(
            value["id"].as_str()?,
            name,
            value["size"].as_u64().unwrap_or_default(),
        ),
    };
    attachment.media_type = text(&value["contentType"]);
    attachment.raw = Raw::from(value.clone()).without(&["/contentBytes"]);
    Some(attachment)
}

/// An extended property that was asked for.
pub(crate) fn extended<'v>(value: &'v Value, id: &str) -> Option<&'v str> {
    let mut all = list(&value["singleValueExtendedProperties"]);
    let one = all.find(|one| {
        let own = one["id"].as_str();
        own.is_some_and(|own| own.eq_ignore_ascii_case(id))
    });
    one?["value"].as_str()
}

/// The application's own values. What is no object of texts is somebody else's.
pub(crate) fn properties(value: &Value) -> BTreeMap<String, String> {
    let own = extended(value, PROPERTIES);
    own.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use integrations_core::time::EventTime;
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Event {
        event(&"c".into(), value).unwrap()
    }

    // The example of https://learn.microsoft.com/en-us/graph/api/event-get, shortened.
    /// evidence: outlook: get_event: published vector: the answer on Microsoft's page of an event
    #[test]
    fn the_documented_event_is_read() {
        let event = read(json!({
            "@odata.etag": "W/\"IiLKjG2I7E+Xv0+ys6MD0wAEd5/kNQ==\"",
            "id": "AAMkAGVm",
            "subject": "New Product Regulations Touchpoint",
            "bodyPreview": "New Product Regulations Strategy Online Touchpoint Meeting",
            "body": {"contentType": "html", "content": "<html><body>New Product</body></html>"},
            "start": {"dateTime": "2014-11-03T17:00:00.0000000", "timeZone": "UTC"},
            "end": {"dateTime": "2014-11-03T17:30:00.0000000", "timeZone": "UTC"},
            "location": {"displayName": "Conf Room Rainier", "locationType": "default",
                "uniqueId": "Conf Room Rainier", "uniqueIdType": "private"},
            "attendees": [{"type": "required",
                "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
                "emailAddress": {"name": "Irvin Sayers", "address": "IrvinS@M365x214355.onmicrosoft.com"}}],
            "organizer": {"emailAddress": {"name": "Engineering",
                "address": "engineering@M365x214355.onmicrosoft.com"}}}));
        assert_eq!(event.summary, "New Product Regulations Touchpoint");
        assert_eq!(
            event.start,
            EventTime::Utc("2014-11-03T17:00:00Z".parse().unwrap())
        );
        assert_eq!(event.location.as_deref(), Some("Conf Room Rainier"));
        assert_eq!(
            event.attendees[0].person.name.as_deref(),
            Some("Irvin Sayers")
        );
        assert_eq!(event.attendees[0].participation, Participation::NeedsAction);
        assert_eq!(
            event.organizer.unwrap().name.as_deref(),
            Some("Engineering")
        );
        assert!(event.description_html.unwrap().starts_with("<html>"));
        assert_eq!(
            event.etag.unwrap().as_str(),
            "W/\"IiLKjG2I7E+Xv0+ys6MD0wAEd5/kNQ==\""
        );
    }

    fn times() -> Value {
        json!({"id": "1", "start": {"dateTime": "2026-06-01T07:00:00.0000000", "timeZone": "UTC"},
            "end": {"dateTime": "2026-06-01T08:00:00.0000000", "timeZone": "UTC"},
            "originalStartTimeZone": "W. Europe Standard Time",
            "originalEndTimeZone": "W. Europe Standard Time"})
    }

    fn with(fields: Value) -> Event {
        let mut value = times();
        for (name, field) in fields.as_object().unwrap() {
            value[name] = field.clone();
        }
        read(value)
    }

    #[test]
    fn words_that_graph_has_and_the_model_has_not_are_kept() {
        let event = with(
            json!({"showAs": "workingElsewhere", "sensitivity": "confidential",
            "attendees": [{"type": "host", "status": {"response": "delegated"},
                "emailAddress": {"address": "a@example.com", "name": "a@example.com"}}]}),
        );
        assert_eq!(event.show_as, ShowAs::Other("workingElsewhere".into()));
        assert!(event.show_as.is_busy());
        assert_eq!(event.visibility, Visibility::Other("confidential".into()));
        assert_eq!(event.attendees[0].role, AttendeeRole::Other("host".into()));
        assert_eq!(event.attendees[0].person.name, None);
        let said = &event.attendees[0].participation;
        assert_eq!(*said, Participation::Other("delegated".into()));
        assert_eq!(with(json!({"showAs": "oof"})).show_as, ShowAs::OutOfOffice);
    }

    #[test]
    fn a_series_repeats_in_its_own_zone_and_without_what_was_deleted() {
        let event = with(json!({"type": "seriesMaster", "recurrence": {
                "pattern": {"type": "daily", "interval": 1},
                "range": {"type": "noEnd", "startDate": "2026-06-01",
                    "recurrenceTimeZone": "Romance Standard Time"}},
            "cancelledOccurrences": ["OID.1.2026-06-03"]}));
        let paris = |day| EventTime::zoned(date(2026, 6, day).at(9, 0, 0, 0), "Europe/Paris");
        assert_eq!(event.start, paris(1));
        assert_eq!(event.recurrence.unwrap().except, [paris(3)]);
        // A pattern that is not known is not guessed at.
        let event = with(json!({"type": "seriesMaster", "recurrence": {
            "pattern": {"type": "lunar", "interval": 1}, "range": {"type": "noEnd"}}}));
        assert_eq!((event.kind, event.recurrence), (EventKind::Series, None));
    }

    #[test]
    fn an_occurrence_says_when_its_series_has_it() {
        let event = with(json!({"type": "exception", "seriesMasterId": "s",
            "originalStart": "2026-06-01T06:00:00Z"}));
        let original_start = EventTime::zoned(date(2026, 6, 1).at(8, 0, 0, 0), "Europe/Berlin");
        let series = "s".into();
        let kind = EventKind::Occurrence {
            series,
            original_start,
            changed: true,
        };
        assert_eq!(event.kind, kind);
        assert!(super::event(&"c".into(), json!({"id": "1"})).is_err());
    }

    #[test]
    fn properties_of_others_are_not_the_applications() {
        let own = |value: &str| {
            with(json!({"singleValueExtendedProperties": [
                {"id": "String {00020329-0000-0000-C000-000000000046} Name x", "value": "{}"},
                {"id": PROPERTIES, "value": value}]}))
        };
        let event = own(r#"{"order": "1042"}"#);
        assert_eq!(event.properties["order"], "1042");
        for odd in ["", "[]", "{\"a\": 1}", "text"] {
            assert!(own(odd).properties.is_empty(), "{odd}");
        }
    }
}
