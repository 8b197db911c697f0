//! Events that are made, and the occurrences that a new recurrence leaves out.

use integrations_core::calendar::{CalendarId, Event, EventId, EventKind, NewEvent};
use integrations_core::guard::Operation;
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{Effect, Error, IdempotencyKey, Result};
use integrations_microsoft_graph::Call;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::events::in_part;
use crate::fetch::own_properties;
use crate::ids::{self, MARK, REQUEST};
use crate::operations::{INSERT, INSTANCES, TAKE_OUT};
use crate::provider::{items, next_link, plain};
use crate::{Outlook, read, write};

/// The properties by which a create is recognised when it is repeated.
pub(crate) fn mark(body: &mut Map<String, Value>, transaction: &str) -> String {
    let request = ids::of(&[&Value::Object(body.clone()).to_string()]);
    let own = [(MARK, transaction), (REQUEST, &*request)];
    let own = own.map(|(id, value)| json!({"id": id, "value": value}));
    let all = body.entry("singleValueExtendedProperties");
    if let Value::Array(all) = all.or_insert_with(|| json!([])) {
        all.extend(own);
    }
    body.insert("transactionId".into(), transaction.into());
    request
}

/// Graph's word for a `transactionId` that made another event.
pub(crate) fn is_duplicate(error: &Error) -> bool {
    error.code() == Some("ErrorDuplicateTransactionId")
}

impl Outlook {
    /// The event that was made with a `transactionId`.
    pub(crate) async fn marked(
        &self,
        calendar: &CalendarId,
        transaction: &str,
    ) -> Result<Option<Value>> {
        let filter = format!(
            "singleValueExtendedProperties/Any(ep: ep/id eq '{MARK}' and ep/value eq '{transaction}')"
        );
        let call = Call::get(&self.path(calendar, &["events"]))
            .with("$filter", filter)
            .with("$expand", own_properties());
        let answer = self.api.attempt(&plain(call)).await;
        // Reading changes nothing, whatever became of it.
        let mut answer = answer.map_err(|error| error.with_effect(Effect::NotApplied))?;
        Ok(items(&mut answer).into_iter().next())
    }

    pub(crate) async fn insert(&self, calendar: &CalendarId, new: &NewEvent) -> Result<Event> {
        let key = new.key.clone().unwrap_or_else(IdempotencyKey::random);
        let mut body = write::new_event(new)?;
        // The same key in another calendar is another event.
        let transaction = ids::of(&["event", calendar.as_str(), key.as_str()]);
        let request = mark(&mut body, &transaction);
        let call = Call::post(&self.path(calendar, &["events"])).json(Value::Object(body));
        let call = &plain(call);
        let operation = Operation::keyed(&INSERT, key.clone());
        let (key, transaction, request) = (&key, &transaction, &request);
        let made = self.api.guard().run(&operation, |_| async move {
            match self.api.attempt(call).await {
                // By an earlier call, which Graph does not take for the same.
                Err(error) if is_duplicate(&error) => {
                    let found = self.marked(calendar, transaction).await?;
                    let same = found.filter(|it| read::extended(it, REQUEST) == Some(request));
                    same.ok_or_else(|| {
                        let advice = "send the event as it was first; where it was deleted since, \
                                      take a new key";
                        Error::key_reused(key).with_advice(advice)
                    })
                }
                answer => answer,
            }
        });
        let mut event = read::event(calendar, made.await?)?;
        let except = new.recurrence.as_ref().map(|it| &it.except[..]);
        let except = except.unwrap_or_default();
        if !except.is_empty() {
            let operation = Operation::of(&TAKE_OUT);
            self.take_out(calendar, &event.id, except, &operation)
                .await
                .map_err(|error| in_part(error, &TAKE_OUT))?;
        }
        if !except.is_empty() || !new.properties.is_empty() {
            // The answer has no extended properties. The event is there, whatever becomes of this.
            match self.event(calendar, &event.id).await {
                Ok(read) => event = read,
                Err(_) => event.properties.clone_from(&new.properties),
            }
        }
        Ok(event)
    }

    /// Deletes the occurrences of a series that should not be, as far as they are.
    pub(crate) async fn take_out(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        except: &[EventTime],
        operation: &Operation,
    ) -> Result<()> {
        for time in except {
            if let Some(id) = self.occurrence_at(calendar, series, time).await? {
                self.delete_one(calendar, &id, None, operation).await?;
            }
        }
        Ok(())
    }

    /// The occurrence that a series has at a time, wherever it was moved to in the days around it.
    pub(crate) async fn occurrence_at(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        time: &EventTime,
    ) -> Result<Option<EventId>> {
        let at = time.to_timestamp(&TimeZone::UTC)?;
        let far = |_| Error::invalid_input("the series leaves the range of time");
        // A whole day begins earlier or later than in UTC.
        let days = SignedDuration::from_hours(36);
        let range = TimeRange {
            start: at.checked_sub(days).map_err(far)?,
            end: at.checked_add(days).map_err(far)?,
        };
        let mut call = self.instances_call(calendar, series, range);
        loop {
            let mut answer = self.api.send(&Operation::of(&INSTANCES), &call).await?;
            for raw in items(&mut answer) {
                let one = read::event(calendar, raw)?;
                if let EventKind::Occurrence { original_start, .. } = &one.kind
                    && original_start.to_timestamp(&TimeZone::UTC)? == at
                {
                    return Ok(Some(one.id));
                }
            }
            match next_link(&answer) {
                Some(link) => call = plain(Call::follow(link)),
                None => return Ok(None),
            }
        }
    }
}
