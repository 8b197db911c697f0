//! What an event is after a write: Google's checks, and the fields that Google sets.

use serde_json::{Value, json};

use super::conference;
use super::refusal::Refusal;
use super::route::Query;
use super::rules;
use super::state::{Answer, Calendar, Fields, State, text};
use super::times::write as write_time;

/// What only Google sets (discovery document: "Read-only", "Immutable").
const READ_ONLY: &[&str] = &[
    "kind",
    "etag",
    "created",
    "updated",
    "htmlLink",
    "creator",
    "organizer",
    "hangoutLink",
    "recurringEventId",
    "originalStartTime",
    "locked",
    "privateCopy",
];

/// Merges a patch into a resource: fields of objects one by one, lists whole, `null` removes
/// (<https://developers.google.com/workspace/calendar/api/guides/performance#patch>).
pub(super) fn merge(base: &mut Fields, patch: &Fields) {
    for (name, value) in patch {
        match (base.get_mut(name), value) {
            (_, Value::Null) => {
                base.remove(name);
            }
            (Some(Value::Object(base)), Value::Object(patch)) => merge(base, patch),
            (_, Value::Object(patch)) => {
                let mut made = Fields::new();
                merge(&mut made, patch);
                base.insert(name.clone(), Value::Object(made));
            }
            (_, value) => {
                base.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Takes out what a request cannot set: `conferenceData` without `conferenceDataVersion=1`, and
/// `attachments` without `supportsAttachments=true`, are ignored (discovery document).
pub(super) fn accepted(body: &Fields, query: &Query) -> Fields {
    let mut body = body.clone();
    for name in READ_ONLY {
        body.remove(*name);
    }
    if query.get("conferenceDataVersion") != Some("1") {
        body.remove("conferenceData");
    }
    if query.get("supportsAttachments") != Some("true") {
        body.remove("attachments");
    }
    body
}

/// With `attendeesOmitted` only the response of those named changes.
pub(super) fn answer_only(base: &Fields, body: &mut Fields) {
    if body.remove("attendeesOmitted") != Some(Value::Bool(true)) {
        return;
    }
    let mut all = base.get("attendees").cloned().unwrap_or_else(|| json!([]));
    let named = body.get("attendees").and_then(Value::as_array).cloned();
    for one in all.as_array_mut().into_iter().flatten() {
        let same = |other: &&Value| other["email"] == one["email"];
        if let Some(answer) = named.iter().flatten().find(same) {
            for name in ["responseStatus", "comment"] {
                if let Some(value) = answer.get(name) {
                    one[name] = value.clone();
                }
            }
        }
    }
    body.insert("attendees".into(), all);
}

impl State {
    /// An event as it is kept: checked, and with what Google sets. `before` is what it was.
    pub(super) fn normal(
        &mut self,
        calendar_id: &str,
        mut fields: Fields,
        before: Option<&Fields>,
    ) -> Answer<Fields> {
        fields.retain(|_, value| !value.is_null());
        conference::write(
            &mut fields,
            before.and_then(|before| before.get("conferenceData")),
        )?;
        let owner = self.owner.clone();
        let now = super::times::stamp(self.now);
        let calendar = self.calendar(calendar_id)?;
        times(calendar, &mut fields)?;
        status(&mut fields)?;
        reminders(&mut fields)?;
        let address = text(&calendar.resource, "id")
            .unwrap_or_default()
            .to_owned();
        if fields.get("organizer").is_none() {
            let mut organizer = json!({"email": address, "self": true});
            if address != owner {
                organizer["displayName"] = calendar.resource["summary"].clone();
            }
            fields.insert("organizer".into(), organizer);
            fields.insert("creator".into(), json!({"email": owner}));
        }
        attendees(&mut fields, &address)?;
        let most = |name: &str| {
            fields
                .get(name)
                .and_then(Value::as_array)
                .map_or(0, Vec::len)
        };
        if most("attachments") > 25 {
            return Err(Refusal::invalid(
                "There can be at most 25 attachments per event.",
            ));
        }
        let moved = before.is_some_and(|before| {
            ["start", "end", "recurrence"]
                .iter()
                .any(|name| before.get(*name) != fields.get(*name))
        });
        let sequence = fields.get("sequence").and_then(Value::as_i64).unwrap_or(0);
        fields.insert("sequence".into(), (sequence + i64::from(moved)).into());
        fields.insert("kind".into(), "calendar#event".into());
        fields
            .entry("eventType")
            .or_insert_with(|| "default".into());
        fields.entry("created").or_insert_with(|| now.into());
        let id = text(&fields, "id").unwrap_or_default().to_owned();
        let link = format!("https://www.google.com/calendar/event?eid={id}");
        fields.insert("htmlLink".into(), link.into());
        fields
            .entry("iCalUID")
            .or_insert_with(|| format!("{id}@google.com").into());
        Ok(fields)
    }
}

fn times(calendar: &Calendar, fields: &mut Fields) -> Answer<()> {
    let given = |fields: &Fields, name: &str, part: &str| {
        fields
            .get(name)
            .and_then(|it| it.get(part))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let repeats = fields
        .get("recurrence")
        .and_then(Value::as_array)
        .is_some_and(|it| !it.is_empty());
    for name in ["start", "end"] {
        // "For recurring events this field is required and specifies the time zone in which the
        // recurrence is expanded." (discovery document, `EventDateTime.timeZone`)
        if repeats
            && given(fields, name, "dateTime").is_some()
            && given(fields, name, "timeZone").is_none()
        {
            let text = format!("Missing time zone definition for {name} time.");
            return Err(Refusal::required(text));
        }
    }
    let times = calendar.times(fields)?;
    if times.start.is_date() != times.end.is_date() {
        return Err(Refusal::invalid(
            "Start and end times must either both be date or both be dateTime.",
        ));
    }
    let empty = if times.start.is_date() {
        times.to <= times.from
    } else {
        times.to < times.from
    };
    if empty {
        return Err(Refusal::new(
            400,
            "timeRangeEmpty",
            "The specified time range is empty.",
        ));
    }
    rules::read(fields, &times.start)?;
    if !repeats {
        fields.remove("recurrence");
    }
    for (name, time) in [("start", &times.start), ("end", &times.end)] {
        let zone = given(fields, name, "timeZone");
        fields.insert(
            name.into(),
            write_time(time, &calendar.zone, zone.as_deref())?,
        );
    }
    Ok(())
}

fn status(fields: &mut Fields) -> Answer<()> {
    for (name, known) in [
        ("status", &["confirmed", "tentative", "cancelled"][..]),
        ("transparency", &["opaque", "transparent"]),
        (
            "visibility",
            &["default", "public", "private", "confidential"],
        ),
    ] {
        let given = fields
            .get(name)
            .map(|value| value.as_str().unwrap_or_default());
        if given.is_some_and(|word| !known.contains(&word)) {
            return Err(Refusal::invalid(format!("Invalid value for: {name}")));
        }
    }
    fields.entry("status").or_insert_with(|| "confirmed".into());
    Ok(())
}

fn reminders(fields: &mut Fields) -> Answer<()> {
    let reminders = fields
        .entry("reminders")
        .or_insert_with(|| json!({"useDefault": true}));
    let overrides = reminders["overrides"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if reminders["useDefault"] == true && !overrides.is_empty() {
        return Err(Refusal::new(
            400,
            "cannotUseDefaultRemindersAndSpecifyOverride",
            "Cannot specify both default reminders and overrides at the same time.",
        ));
    }
    // "The maximum number of override reminders is 5."; "between 0 and 40320 (4 weeks in minutes)"
    // (discovery document, `Event.reminders`, `EventReminder.minutes`).
    let fits = |one: &Value| {
        one["minutes"]
            .as_i64()
            .is_some_and(|minutes| (0..=40_320).contains(&minutes))
            && matches!(one["method"].as_str(), Some("email" | "popup"))
    };
    if overrides.len() > 5 || !overrides.iter().all(fits) {
        return Err(Refusal::invalid("Invalid reminders."));
    }
    if let Some(fields) = reminders.as_object_mut()
        && overrides.is_empty()
    {
        fields.remove("overrides");
    }
    Ok(())
}

fn attendees(fields: &mut Fields, calendar: &str) -> Answer<()> {
    let organizer = fields.get("organizer").map(|it| it["email"].clone());
    let Some(list) = fields.get_mut("attendees").and_then(Value::as_array_mut) else {
        return Ok(());
    };
    if list.is_empty() {
        fields.remove("attendees");
        return Ok(());
    }
    for one in list {
        let email = one["email"].as_str().unwrap_or_default().to_owned();
        if !email.contains('@') {
            return Err(Refusal::invalid("Invalid attendee email."));
        }
        let Some(one) = one.as_object_mut() else {
            return Err(Refusal::invalid("Invalid attendee."));
        };
        one.entry("responseStatus")
            .or_insert_with(|| "needsAction".into());
        let word = text(one, "responseStatus").unwrap_or_default();
        if !["needsAction", "declined", "tentative", "accepted"].contains(&word) {
            return Err(Refusal::invalid("Invalid value for: responseStatus"));
        }
        // "Whether this entry represents the calendar on which this copy of the event appears."
        if email == calendar {
            one.insert("self".into(), true.into());
        }
        if organizer.as_ref() == Some(&email.into()) {
            one.insert("organizer".into(), true.into());
        }
    }
    Ok(())
}
