//! What an event is after a write: Graph's checks, and the fields that Graph sets.

use integrations_core::time::EventTime;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::series::begin;
use super::show::{NEVER, is_midnight, no_place};
use super::state::{Answer, Fields, Item};
use super::times::{self, text};
use super::{body, pattern::Pattern};

/// What only Graph sets: it is read over where it is sent, as the example of the page
/// (<https://learn.microsoft.com/graph/api/event-update>) sends it.
const READ_ONLY: &[&str] = &[
    "id",
    "changeKey",
    "createdDateTime",
    "lastModifiedDateTime",
    "iCalUId",
    "type",
    "webLink",
    "bodyPreview",
    "hasAttachments",
    "isCancelled",
    "isDraft",
    "isOrganizer",
    "onlineMeeting",
    "onlineMeetingUrl",
    "organizer",
    "originalStart",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "responseStatus",
    "seriesMasterId",
    "cancelledOccurrences",
];

/// What a client sets.
const OWN: &[&str] = &[
    "allowNewTimeProposals",
    "attendees",
    "body",
    "categories",
    "end",
    "hideAttendees",
    "importance",
    "isAllDay",
    "isOnlineMeeting",
    "isReminderOn",
    "location",
    "locations",
    "onlineMeetingProvider",
    "recurrence",
    "reminderMinutesBeforeStart",
    "responseRequested",
    "sensitivity",
    "showAs",
    "start",
    "subject",
    "transactionId",
    "singleValueExtendedProperties",
];

/// The words of enumerations.
const WORDS: [(&str, &[&str]); 4] = [
    ("importance", &["low", "normal", "high"]),
    (
        "sensitivity",
        &["normal", "personal", "private", "confidential"],
    ),
    (
        "showAs",
        &[
            "free",
            "tentative",
            "busy",
            "oof",
            "workingElsewhere",
            "unknown",
        ],
    ),
    (
        "onlineMeetingProvider",
        &[
            "unknown",
            "teamsForBusiness",
            "skypeForBusiness",
            "skypeForConsumer",
        ],
    ),
];

/// What a request sets: nothing that the type does not have.
pub(super) fn accepted(sent: Fields) -> Answer<Fields> {
    let mut body = Fields::new();
    for (name, value) in sent {
        if name.contains('@') || READ_ONLY.contains(&name.as_str()) {
            continue;
        }
        if !OWN.contains(&name.as_str()) {
            let words = format!(
                "The property '{name}' does not exist on type 'microsoft.graph.event'. Make sure \
                 to only use property names that are defined by the type."
            );
            return Err(Refusal::body(words));
        }
        body.insert(name, value);
    }
    for (name, words) in WORDS {
        if let Some(word) = body.get(name).filter(|it| !it.is_null())
            && !word.as_str().is_some_and(|word| words.contains(&word))
        {
            let words = format!("Requested value {word} was not found.");
            return Err(Refusal::body(words));
        }
    }
    for (name, fits) in [
        ("isAllDay", Value::is_boolean as fn(&Value) -> bool),
        ("isOnlineMeeting", Value::is_boolean),
        ("isReminderOn", Value::is_boolean),
        ("responseRequested", Value::is_boolean),
        ("allowNewTimeProposals", Value::is_boolean),
        ("hideAttendees", Value::is_boolean),
        ("subject", Value::is_string),
        ("transactionId", Value::is_string),
        ("reminderMinutesBeforeStart", |it| {
            it.as_i64().is_some_and(|it| i32::try_from(it).is_ok())
        }),
        ("categories", |it| {
            it.as_array()
                .is_some_and(|all| all.iter().all(Value::is_string))
        }),
        ("attendees", Value::is_array),
        ("locations", Value::is_array),
        ("location", Value::is_object),
        ("recurrence", Value::is_object),
        ("start", Value::is_object),
        ("end", Value::is_object),
    ] {
        if body.get(name).is_some_and(|it| !it.is_null() && !fits(it)) {
            let words = format!("The property '{name}' has a value of another type.");
            return Err(Refusal::body(words));
        }
    }
    Ok(body)
}

/// Writes what was sent into an event. `series` says that it is one occurrence of a series.
pub(super) fn apply(item: &mut Item, mut sent: Fields, series: bool) -> Answer<()> {
    when(item, &mut sent, series)?;
    online(item, &mut sent);
    if let Some(properties) = sent.remove("singleValueExtendedProperties") {
        super::properties::set(item, &properties)?;
    }
    if let Some(body) = sent.get_mut("body") {
        *body = body::sent(body)?;
    }
    places(&mut sent);
    if let Some(list) = sent.get_mut("attendees") {
        *list = attendees(list, item.fields.get("attendees"))?;
    }
    for (name, value) in sent {
        let empty = match name.as_str() {
            "categories" | "attendees" | "locations" => json!([]),
            "subject" => json!(""),
            "location" => no_place(),
            _ => Value::Null,
        };
        let value = if value.is_null() { empty } else { value };
        item.fields.insert(name, value);
    }
    Ok(())
}

/// Times and the recurrence.
fn when(item: &mut Item, sent: &mut Fields, series: bool) -> Answer<()> {
    let (start, end) = (sent.remove("start"), sent.remove("end"));
    let all_day = sent.remove("isAllDay").and_then(|it| it.as_bool());
    let all_day = all_day.unwrap_or(item.start.is_date());
    let recurrence = sent.remove("recurrence");
    let moved = start.is_some() || end.is_some() || all_day != item.start.is_date();
    if let Some(start) = &start {
        (item.start, item.zones.0) = times::read(Some(start), "start")?;
    }
    if let Some(end) = &end {
        (item.end, item.zones.1) = times::read(Some(end), "end")?;
    }
    if moved {
        whole_days(item, all_day)?;
        let utc = &jiff::tz::TimeZone::UTC;
        if times::at(&item.end, utc)? < times::at(&item.start, utc)? {
            return Err(Refusal::new(
                400,
                "ErrorCalendarEndDateIsEarlierThanStartDate",
                "The end date is earlier than the start date.",
            ));
        }
    }
    match recurrence {
        Some(Value::Null) => {
            item.rule = None;
            item.fields.remove("recurrence");
        }
        Some(_) if series => {
            return Err(Refusal::invalid(
                "An occurrence cannot have a recurrence of its own.",
            ));
        }
        Some(value) => {
            let pattern = Pattern::read(&value, &item.start, &item.zones.0)?;
            begin(item, pattern)?;
        }
        // A series whose times are moved keeps its pattern, from the new day on. That its range has
        // to be sent with it when the day is another, as the range's `startDate` "must be the same
        // value as the start property", is this stand-in's reading.
        None if moved && item.rule.is_some() => {
            let mut kept = item.fields.get("recurrence").cloned().unwrap_or_default();
            kept["range"]["recurrenceTimeZone"] = item.zones.0.clone().into();
            let pattern = Pattern::read(&kept, &item.start, &item.zones.0)?;
            begin(item, pattern)?;
        }
        None => {}
    }
    Ok(())
}

/// "If true, regardless of whether it's a single-day or multi-day event, start, and endtime must be
/// set to midnight and be in the same time zone." (the event's page, `isAllDay`)
fn whole_days(item: &mut Item, all_day: bool) -> Answer<()> {
    for (name, time) in [("Start", &mut item.start), ("End", &mut item.end)] {
        *time = match (&*time, all_day) {
            (EventTime::Date(_), true) | (EventTime::Zoned { .. } | EventTime::Utc(_), false) => {
                continue;
            }
            (EventTime::Date(_), false) => {
                let words = "An event that is no more of whole days needs start and end.";
                return Err(Refusal::property(words));
            }
            (time, true) if is_midnight(time) => EventTime::Date(times::day(time)),
            _ => {
                let words = format!(
                    "The Event.{name} property for an all-day event needs to be set to midnight."
                );
                return Err(Refusal::property(words));
            }
        };
    }
    if all_day && times::zone(&item.zones.0) != times::zone(&item.zones.1) {
        let words = "The start and end of an all-day event need to be in the same time zone.";
        return Err(Refusal::property(words));
    }
    if all_day && times::day(&item.end) <= times::day(&item.start) {
        let words = "The duration of an all-day event is at least a day.";
        return Err(Refusal::property(words));
    }
    Ok(())
}

/// "After you set isOnlineMeeting to true, Microsoft Graph initializes onlineMeeting. Subsequently,
/// Outlook ignores any further changes to isOnlineMeeting, and the meeting remains available
/// online." The same is so of the provider. (the event's page)
fn online(item: &mut Item, sent: &mut Fields) {
    let was = item.fields.get("isOnlineMeeting") == Some(&Value::Bool(true));
    if was {
        sent.remove("isOnlineMeeting");
        sent.remove("onlineMeetingProvider");
        return;
    }
    if sent.get("isOnlineMeeting") != Some(&Value::Bool(true)) {
        return;
    }
    let named = text(sent, "onlineMeetingProvider").filter(|named| *named != "unknown");
    let provider = named.unwrap_or("teamsForBusiness").to_owned();
    let link = format!(
        "https://teams.microsoft.com/l/meetup-join/sandbox-{}",
        item.changed
    );
    sent.insert("onlineMeetingProvider".into(), provider.into());
    sent.insert("onlineMeeting".into(), json!({ "joinUrl": link }));
}

/// "The location and locations properties always correspond with each other. If you update the
/// location property, any prior locations in the locations collection are removed and replaced by
/// the new location value."
fn places(sent: &mut Fields) {
    let kept = |place: &Value| {
        let mut whole = no_place();
        if let (Some(whole), Some(place)) = (whole.as_object_mut(), place.as_object()) {
            for (name, value) in place {
                whole.insert(name.clone(), value.clone());
            }
        }
        whole
    };
    let named = |place: &Value| {
        place["displayName"]
            .as_str()
            .is_some_and(|it| !it.is_empty())
    };
    if let Some(place) = sent.get("location").cloned() {
        let place = kept(&place);
        let all: Vec<_> = Some(place.clone()).filter(named).into_iter().collect();
        sent.insert("location".into(), place);
        sent.entry("locations").or_insert_with(|| all.into());
    } else if let Some(all) = sent.get("locations").and_then(Value::as_array).cloned() {
        let all: Vec<_> = all.iter().map(kept).collect();
        let names: Vec<_> = all
            .iter()
            .filter_map(|it| it["displayName"].as_str())
            .collect();
        let mut one = all.first().cloned().unwrap_or_else(no_place);
        one["displayName"] = names.join("; ").into();
        sent.insert("location".into(), one);
        sent.insert("locations".into(), all.into());
    }
}

/// The people; their answers are kept, and are not a client's to set.
fn attendees(list: &Value, before: Option<&Value>) -> Answer {
    let mut made = Vec::new();
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    // "The maximum number of attendees included in an event ... is 500." (the event's page)
    if list.len() > 500 {
        return Err(Refusal::new(
            400,
            "ErrorTooManyRecipients",
            "The number of attendees is more than 500.",
        ));
    }
    for one in list {
        let address = one["emailAddress"]["address"].as_str().unwrap_or_default();
        if !address.contains('@') {
            let words = "At least one recipient is not valid.";
            return Err(Refusal::new(400, "ErrorInvalidRecipients", words));
        }
        let name = one["emailAddress"]["name"]
            .as_str()
            .filter(|it| !it.is_empty());
        let kind = one["type"].as_str().unwrap_or("required");
        if !["required", "optional", "resource"].contains(&kind) {
            return Err(Refusal::body(format!(
                "Requested value '{kind}' was not found."
            )));
        }
        let same = |other: &&Value| {
            let other = other["emailAddress"]["address"]
                .as_str()
                .unwrap_or_default();
            other.eq_ignore_ascii_case(address)
        };
        let known = before
            .and_then(Value::as_array)
            .and_then(|all| all.iter().find(same));
        let status = known.map(|known| known["status"].clone());
        let status = status.unwrap_or_else(|| json!({"response": "none", "time": NEVER}));
        made.push(json!({"type": kind, "status": status,
            "emailAddress": {"name": name.unwrap_or(address), "address": address}}));
    }
    Ok(made.into())
}
