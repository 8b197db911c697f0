//! Events, as they are answered.

use integrations_core::time::EventTime;
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::body;
use super::ids;
use super::query::Prefer;
use super::series::{Event, Kind};
use super::state::{Calendar, Fields};
use super::times;

/// The time that is none.
pub(super) const NEVER: &str = "0001-01-01T00:00:00Z";

/// An event as it is answered, with all its properties.
pub(super) fn event(event: &Event, prefer: &Prefer) -> Fields {
    let item = &event.item;
    let utc = ("UTC".to_owned(), TimeZone::UTC);
    let (name, zone) = prefer.zone.as_ref().unwrap_or(&utc);
    let mut made = item.fields.clone();
    let id = ids::id(&event.key, prefer.immutable);
    let key = change_key(item.changed);
    made.insert("@odata.etag".into(), etag(item.changed).into());
    made.insert("id".into(), id.clone().into());
    made.insert("changeKey".into(), key.into());
    made.insert("createdDateTime".into(), times::stamp(item.created).into());
    made.insert(
        "lastModifiedDateTime".into(),
        times::stamp(item.modified).into(),
    );
    made.insert("originalStartTimeZone".into(), item.zones.0.clone().into());
    made.insert("originalEndTimeZone".into(), item.zones.1.clone().into());
    made.insert("start".into(), times::write(&item.start, (name, zone)));
    made.insert("end".into(), times::write(&item.end, (name, zone)));
    made.insert("isAllDay".into(), item.start.is_date().into());
    made.insert("type".into(), event.kind.word().into());
    let series = matches!(event.kind, Kind::Occurrence | Kind::Exception);
    let master = series.then(|| ids::id(ids::master(&event.key), prefer.immutable));
    made.insert("seriesMasterId".into(), master.into());
    if let Some(original) = item.original.as_ref().filter(|_| series) {
        let at = original.to_timestamp(&TimeZone::UTC);
        made.insert("originalStart".into(), at.ok().map(times::stamp).into());
        // "This ID is different for each occurrence in a recurring series."
        let uid = times::text(&item.fields, "iCalUId").unwrap_or_default();
        let day = times::day(original).strftime("%Y%m%d");
        made.insert("iCalUId".into(), format!("{uid}{day}").into());
    }
    made.entry("recurrence").or_insert(Value::Null);
    made.insert(
        "hasAttachments".into(),
        (!item.attachments.is_empty()).into(),
    );
    let web = utf8_percent_encode(&id, NON_ALPHANUMERIC);
    let link =
        format!("https://outlook.office365.com/owa/?itemid={web}&exvsurl=1&path=/calendar/item");
    made.insert("webLink".into(), link.into());
    let body = body::answered(item.fields.get("body"), prefer.text);
    made.insert(
        "bodyPreview".into(),
        body::preview(item.fields.get("body")).into(),
    );
    made.insert("body".into(), body);
    made
}

/// What delta answers of an occurrence that is as its series has it. The page says "the same
/// properties you'd normally get from a `GET /calendarView` request"; what is answered are these
/// alone, and the rest is that of the series, which is answered beside them (as people found, for
/// example <https://stackoverflow.com/q/47567391>). A client has to stand both.
pub(super) fn bare(seen: &Event, prefer: &Prefer) -> Fields {
    let mut made = event(seen, prefer);
    let kept = [
        "@odata.etag",
        "id",
        "seriesMasterId",
        "type",
        "start",
        "end",
    ];
    made.retain(|name, _| kept.contains(&name.as_str()));
    made
}

/// The properties that `$select` names; ids and tags come with them.
pub(super) fn select(mut fields: Fields, names: Option<&[&str]>) -> Fields {
    if let Some(names) = names {
        fields.retain(|name, _| {
            let with = name == "id" || name.contains('@');
            with || names.contains(&name.as_str())
        });
    }
    fields
}

pub(super) fn change_key(changed: u64) -> String {
    format!("sandbox{changed:08}==")
}

pub(super) fn etag(changed: u64) -> String {
    format!("W/\"{}\"", change_key(changed))
}

/// `cancelledOccurrences`: "the occurrenceId property values of canceled instances in a recurring
/// series".
pub(super) fn cancelled(seen: &Event, prefer: &Prefer) -> Value {
    let id = ids::id(&seen.key, prefer.immutable);
    let all = seen.item.cancelled.iter();
    all.map(|day| json!(format!("OID.{id}.{day}"))).collect()
}

/// `exceptionOccurrences`.
pub(super) fn exceptions(calendar: &Calendar, master: &str, prefer: &Prefer) -> Value {
    let all = calendar.exceptions(master);
    let seen = all.filter_map(|(key, item)| calendar.seen(key, item).ok());
    seen.map(|one| Value::Object(event(&one, prefer))).collect()
}

/// What the stand-in sets of an event that is made, where nothing else is said. The defaults are
/// those of the event's page; `isReminderOn` with 15 minutes is what its examples answer.
pub(super) fn defaults() -> Fields {
    let made = json!({
        "subject": "", "body": {"contentType": "html", "content": ""}, "categories": [],
        "importance": "normal", "sensitivity": "normal", "showAs": "busy",
        "isReminderOn": true, "reminderMinutesBeforeStart": 15, "responseRequested": true,
        "allowNewTimeProposals": true, "hideAttendees": false, "isDraft": false,
        "isCancelled": false, "isOnlineMeeting": false, "onlineMeetingProvider": "unknown",
        "onlineMeeting": null, "onlineMeetingUrl": null, "transactionId": null,
        "location": no_place(), "locations": [], "attendees": [],
    });
    match made {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}

pub(super) fn no_place() -> Value {
    json!({"displayName": "", "locationType": "default", "uniqueIdType": "unknown",
        "address": {}, "coordinates": {}})
}

/// Whether a clock on the wall shows midnight.
pub(super) fn is_midnight(time: &EventTime) -> bool {
    let wall = time.wall();
    wall == wall.date().at(0, 0, 0, 0)
}
