//! Occurrences that differ from their series, made so again in another series, or in the same one
//! after Outlook forgot them.

use integrations_core::Result;
use integrations_core::calendar::{CalendarId, Event, EventId, EventKind, EventPatch};
use integrations_core::guard::Operation;
use integrations_microsoft_graph::Call;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::events::is_meeting;
use crate::fetch::own_properties;
use crate::ids::PROPERTIES;
use crate::operations::{EXCEPTIONS, EXCEPTIONS_TOLD, GET};
use crate::provider::preferred;
use crate::{Outlook, read, times, write};

/// What an event takes over from another, as Graph has it.
const TAKEN: &[&str] = &[
    "subject",
    "body",
    "location",
    "locations",
    "categories",
    "importance",
    "sensitivity",
    "showAs",
    "isReminderOn",
    "reminderMinutesBeforeStart",
    "attendees",
    "responseRequested",
    "allowNewTimeProposals",
    "hideAttendees",
];

/// An occurrence that differs from its series, with its description as it is kept.
pub(crate) struct Differing {
    event: Event,
    pub(crate) raw: Value,
}

/// When the series has an occurrence that differs.
pub(crate) fn original(exception: &Value) -> Option<Timestamp> {
    exception["originalStart"].as_str()?.parse().ok()
}

impl Outlook {
    /// An event with its description as it is kept: read as plain text, it would lose its form.
    pub(crate) async fn formatted(&self, calendar: &CalendarId, id: &EventId) -> Result<Value> {
        let path = self.path(calendar, &["events", id.as_str()]);
        let call = preferred(Call::get(&path).with("$expand", own_properties()));
        self.api.send(&Operation::of(&GET), &call).await
    }

    /// Reads occurrences that differ.
    pub(crate) async fn differing(
        &self,
        calendar: &CalendarId,
        exceptions: &[Value],
    ) -> Result<Vec<Differing>> {
        let mut all = Vec::with_capacity(exceptions.len());
        for exception in exceptions {
            let id = exception["id"].as_str().unwrap_or_default();
            let raw = self.formatted(calendar, &EventId::new(id)).await?;
            let event = read::event(calendar, raw.clone())?;
            all.push(Differing { event, raw });
        }
        Ok(all)
    }

    /// Makes the occurrence of a series that is at the same time differ in the same way. Where the
    /// series has none, there is nothing to do.
    pub(crate) async fn make_differ(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        own: &Differing,
        patch: Option<&EventPatch>,
    ) -> Result<()> {
        let EventKind::Occurrence { original_start, .. } = &own.event.kind else {
            return Ok(());
        };
        let there = self.occurrence_at(calendar, series, original_start).await?;
        let Some(there) = there else {
            return Ok(());
        };
        let mut body = taken(&own.raw);
        let (start, end) = (&own.event.start, &own.event.end);
        body.insert("start".into(), times::written(start)?);
        body.insert("end".into(), times::written(end)?);
        body.insert("isAllDay".into(), start.is_date().into());
        if let Some(patch) = patch {
            body.extend(write::patch(patch, &own.event)?);
        }
        let path = self.path(calendar, &["events", there.as_str()]);
        let call = preferred(Call::patch(&path).json(Value::Object(body)));
        // Outlook tells those invited, of a second one too.
        let told = is_meeting(&own.event) || patch.is_some_and(|it| it.attendees.is_some());
        let operation = match told {
            true => Operation::of(&EXCEPTIONS_TOLD),
            false => Operation::of(&EXCEPTIONS),
        };
        self.api.send(&operation, &call).await.map(drop)
    }
}

/// The fields that are taken over, without what is not a client's to set.
pub(crate) fn taken(from: &Value) -> Map<String, Value> {
    let mut body = Map::new();
    for name in TAKEN {
        if let Some(value) = from.get(*name).filter(|value| !value.is_null()) {
            body.insert((*name).to_owned(), value.clone());
        }
    }
    // The two say the same, and one place is said by one alone.
    let several = from["locations"]
        .as_array()
        .is_some_and(|all| all.len() > 1);
    body.remove(if several { "location" } else { "locations" });
    for name in ["location", "locations"] {
        match body.get_mut(name) {
            Some(Value::Array(all)) => all.iter_mut().for_each(without_ids),
            Some(place) => without_ids(place),
            None => {}
        }
    }
    if let Some(Value::Array(people)) = body.get_mut("attendees") {
        for one in people.iter_mut().filter_map(Value::as_object_mut) {
            one.retain(|name, _| matches!(&**name, "type" | "emailAddress"));
        }
    }
    if let Some(own) = read::extended(from, PROPERTIES) {
        let own = json!([{"id": PROPERTIES, "value": own}]);
        body.insert("singleValueExtendedProperties".into(), own);
    }
    body
}

/// "For internal use only" (<https://learn.microsoft.com/en-us/graph/api/resources/location>).
fn without_ids(place: &mut Value) {
    if let Some(fields) = place.as_object_mut() {
        fields.remove("uniqueId");
        fields.remove("uniqueIdType");
    }
}
