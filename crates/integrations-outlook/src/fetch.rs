//! Events, read as a whole: Graph gives some parts of an event only to who asks for them by name,
//! and those of a series only for one series at a time.

use integrations_core::calendar::{CalendarId, Event, EventId, EventKind};
use integrations_core::guard::Operation;
use integrations_core::{Effect, ErrorKind, Result};
use integrations_microsoft_graph::Call;
use serde_json::Value;

use crate::Outlook;
use crate::ids::{PROPERTIES, REQUEST};
use crate::operations::{GET, LIST_ATTACHMENTS};
use crate::provider::{items, next_link, plain, preferred};
use crate::read;

/// Which extended properties are wanted
/// (<https://learn.microsoft.com/en-us/graph/api/singlevaluelegacyextendedproperty-get>).
pub(crate) fn own_properties() -> String {
    format!("singleValueExtendedProperties($filter=id eq '{PROPERTIES}' or id eq '{REQUEST}')")
}

/// What of an attachment is read without its content.
const ATTACHMENT: &str = "id,name,contentType,size,isInline";

/// A series with what is not in it itself.
pub(crate) struct Whole {
    pub(crate) event: Event,
    /// The occurrences that differ, as Graph has them.
    pub(crate) exceptions: Vec<Value>,
}

impl Outlook {
    /// Reads an event with the application's own values.
    pub(crate) fn get(&self, calendar: &CalendarId, id: &EventId) -> Call {
        let path = self.path(calendar, &["events", id.as_str()]);
        plain(Call::get(&path).with("$expand", own_properties()))
    }

    /// Reads what was deleted and changed of a series: "Returned only on $select in a Get operation
    /// which specifies the ID of a series master event"
    /// (<https://learn.microsoft.com/en-us/graph/api/resources/event>).
    pub(crate) fn get_parts(&self, calendar: &CalendarId, id: &str) -> Call {
        let path = self.path(calendar, &["events", id]);
        let call = Call::get(&path)
            .with("$select", "id,cancelledOccurrences")
            .with("$expand", "exceptionOccurrences");
        preferred(call)
    }

    /// An event as it is named in a call: of a series without what was deleted of it.
    pub(crate) async fn named(&self, calendar: &CalendarId, id: &EventId) -> Result<Event> {
        let call = self.get(calendar, id);
        read::event(calendar, self.api.send(&Operation::of(&GET), &call).await?)
    }

    /// An event with all that it has.
    pub(crate) async fn event(&self, calendar: &CalendarId, id: &EventId) -> Result<Event> {
        let operation = Operation::of(&GET);
        let mut raw = self.api.send(&operation, &self.get(calendar, id)).await?;
        if raw["type"] == "seriesMaster" {
            let call = self.get_parts(calendar, id.as_str());
            let mut parts = self.api.send(&operation, &call).await?;
            raw["cancelledOccurrences"] = parts["cancelledOccurrences"].take();
        }
        if raw["hasAttachments"] == true {
            raw["attachments"] = self
                .listed_attachments(calendar, id, &Operation::of(&LIST_ATTACHMENTS))
                .await?
                .into();
        }
        read::event(calendar, raw)
    }

    /// A series with what differs from it.
    pub(crate) async fn whole(&self, calendar: &CalendarId, id: &EventId) -> Result<Whole> {
        let operation = Operation::of(&GET);
        let mut raw = self.api.send(&operation, &self.get(calendar, id)).await?;
        let call = self.get_parts(calendar, id.as_str());
        let mut parts = self.api.send(&operation, &call).await?;
        raw["cancelledOccurrences"] = parts["cancelledOccurrences"].take();
        let exceptions = match parts["exceptionOccurrences"].take() {
            Value::Array(all) => all,
            _ => Vec::new(),
        };
        Ok(Whole {
            event: read::event(calendar, raw)?,
            exceptions,
        })
    }

    /// The attachments of an event, without their content.
    pub(crate) async fn listed_attachments(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        operation: &Operation,
    ) -> Result<Vec<Value>> {
        let path = self.path(calendar, &["events", id.as_str(), "attachments"]);
        let mut call = preferred(Call::get(&path).with("$select", ATTACHMENT));
        let mut all = Vec::new();
        loop {
            let mut answer = self.api.send(operation, &call).await?;
            all.append(&mut items(&mut answer));
            match next_link(&answer) {
                Some(link) => call = preferred(Call::follow(link)),
                None => return Ok(all),
            }
        }
    }

    /// Adds what was deleted of them to the series of a list, and the occurrences that differ behind
    /// their series. What was deleted in the meantime is left out.
    pub(crate) async fn completed(
        &self,
        calendar: &CalendarId,
        raws: Vec<Value>,
        operation: &Operation,
    ) -> Result<Vec<Event>> {
        let series = raws.iter().filter(|raw| raw["type"] == "seriesMaster");
        let series: Vec<&str> = series.filter_map(|raw| raw["id"].as_str()).collect();
        let calls: Vec<Call> = series
            .iter()
            .map(|id| self.get_parts(calendar, id))
            .collect();
        let mut parts = self.many(operation, &calls).await?.into_iter();
        let mut events = Vec::with_capacity(raws.len());
        let mut changed = Vec::new();
        for mut raw in raws {
            let mut behind = Vec::new();
            if raw["type"] == "seriesMaster" {
                let Some(mut parts) = parts.next().flatten() else {
                    continue;
                };
                raw["cancelledOccurrences"] = parts["cancelledOccurrences"].take();
                let exceptions = ids_of(&parts["exceptionOccurrences"]);
                behind.extend(exceptions.map(EventId::new));
            }
            events.push((read::event(calendar, raw)?, changed.len(), behind.len()));
            changed.append(&mut behind);
        }
        let calls: Vec<Call> = changed.iter().map(|id| self.get(calendar, id)).collect();
        let mut exceptions = self.many(operation, &calls).await?;
        let mut all = Vec::with_capacity(events.len() + exceptions.len());
        for (event, first, count) in events {
            all.push(event);
            for raw in exceptions[first..first + count].iter_mut() {
                let exception = raw.take().map(|raw| read::event(calendar, raw));
                all.extend(exception.transpose()?);
            }
        }
        Ok(all)
    }

    /// Reads many at once; `None` for what is no more there.
    pub(crate) async fn many(
        &self,
        operation: &Operation,
        calls: &[Call],
    ) -> Result<Vec<Option<Value>>> {
        let answers = self.api.batch(operation, calls).await?;
        let answers = answers.into_iter().map(|answer| match answer {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            // Reading changes nothing, whatever became of it.
            answer => answer
                .map(Some)
                .map_err(|error| error.with_effect(Effect::NotApplied)),
        });
        answers.collect()
    }
}

pub(crate) fn ids_of(value: &Value) -> impl Iterator<Item = &str> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(|one| one["id"].as_str())
}

/// Whether an event is a whole series.
pub(crate) fn is_series(event: &Event) -> bool {
    event.kind == EventKind::Series
}
