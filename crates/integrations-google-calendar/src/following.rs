//! This and following: the rest of a series becomes one of its own, and the first part ends before
//! it. Google has no request for it
//! (<https://developers.google.com/workspace/calendar/api/guides/recurringevents>).

use integrations_core::calendar::recurrence::{RDate, Recurrence, moved_with};
use integrations_core::calendar::{CalendarId, Event, EventId, EventPatch, Notify, Patch};
use integrations_core::guard::Operation;
use integrations_core::time::EventTime;
use integrations_core::{Effect, Error, ErrorKind, Result};
use integrations_google::Call;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::events::path;
use crate::operations::{CUT, CUT_DELETE, EXCEPTIONS, EXCEPTIONS_OF_REST, INSERT_REST};
use crate::provider::{items, missing};
use crate::read::{self, is_cancelled};
use crate::write::{self, told};
use crate::{GoogleCalendar, ids, times};

/// What the rest of a series takes over from the first part.
const TAKEN: &[&str] = &[
    "summary",
    "description",
    "location",
    "colorId",
    "attendees",
    "reminders",
    "status",
    "visibility",
    "transparency",
    "conferenceData",
    "attachments",
    "extendedProperties",
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
    "anyoneCanAddSelf",
    "source",
];

/// A series, where it is cut.
struct Cut {
    master: Event,
    head: Recurrence,
    rest: Recurrence,
    at: Timestamp,
}

impl GoogleCalendar {
    /// `None` when it is cut before its first occurrence: then it is the whole series.
    async fn cut(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        from: &EventTime,
    ) -> Result<(Event, Option<Cut>)> {
        let master = self.event(calendar, series).await?;
        let whole = master.recurrence.clone().ok_or_else(|| {
            Error::unsupported(
                "cutting a series whose recurrence has other lines than RRULE, RDATE and EXDATE",
            )
        })?;
        let at = from.to_timestamp(&TimeZone::UTC)?;
        if at <= master.start.to_timestamp(&TimeZone::UTC)? {
            return Ok((master, None));
        }
        let (head, rest) = whole.split_at(&master.start, at, &TimeZone::UTC)?;
        let cut = Cut {
            master: master.clone(),
            head,
            rest,
            at,
        };
        Ok((master, Some(cut)))
    }

    pub(crate) async fn delete_following(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        from: &EventTime,
        notify: Notify,
    ) -> Result<()> {
        match self.cut(calendar, series, from).await? {
            (master, None) => {
                self.remove(calendar, series, master.etag.as_ref(), notify)
                    .await
            }
            (_, Some(cut)) => {
                let operation = Operation::of(&CUT_DELETE);
                self.end_head(calendar, &cut, &operation, notify).await
            }
        }
    }

    pub(crate) async fn update_following(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        from: &EventTime,
        patch: &EventPatch,
        notify: Notify,
    ) -> Result<Event> {
        let mut cut = match self.cut(calendar, series, from).await? {
            (master, None) => {
                return self
                    .patch(calendar, series, patch, master.etag.as_ref(), notify)
                    .await;
            }
            (_, Some(cut)) => cut,
        };
        let exceptions = self.exceptions(calendar, &cut).await?;
        let keeps = patch.times.is_none() && patch.recurrence.is_keep();
        for exception in exceptions
            .iter()
            .filter(|exception| is_cancelled(exception))
        {
            cut.rest
                .except
                .extend(times::read(&exception["originalStartTime"]));
        }
        // The same call on the same series gives the same id, so that it can be repeated.
        let etag = cut.master.etag.as_ref().map_or("", |etag| etag.as_str());
        let id = EventId::new(ids::of("r", &format!("{series}/{}/{etag}", cut.at)));
        let call = rest_of(&cut, from, patch, &id)?;
        let rest = self.insert_rest(calendar, &id, call, notify).await?;
        if keeps {
            let changed = exceptions
                .iter()
                .filter(|exception| !is_cancelled(exception));
            for exception in changed {
                self.carry_over(calendar, &id, exception, patch).await?;
            }
        }
        let operation = Operation::of(&CUT);
        if let Err(error) = self.end_head(calendar, &cut, &operation, notify).await {
            if error.kind() == ErrorKind::PreconditionFailed {
                // Somebody was faster, and the first part still has the rest. Who was told of the new
                // series is told of its end.
                self.remove(calendar, &id, None, notify)
                    .await
                    .map_err(|_| left(&id))?;
                let text = "the series was changed meanwhile; nothing was changed here";
                return Err(Error::new(ErrorKind::Conflict, text).with_effect(Effect::NotApplied));
            }
            return Err(error);
        }
        read::event(calendar, rest, false)
    }

    /// The exceptions from the cut on: they have the `iCalUID` of their series.
    async fn exceptions(&self, calendar: &CalendarId, cut: &Cut) -> Result<Vec<Value>> {
        let uid = cut.master.ical_uid.as_deref();
        let uid = uid.ok_or_else(|| missing("the series has no iCalUID"))?;
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let call = Call::get(&["calendars", calendar.as_str(), "events"])
                .with("iCalUID", uid)
                .with("showDeleted", true)
                .with_if("pageToken", cursor.as_deref());
            let mut answer = self.api.send(&Operation::of(&EXCEPTIONS), &call).await?;
            for item in items(&mut answer) {
                let original = times::read(&item["originalStartTime"]);
                let original = original
                    .map(|time| time.to_timestamp(&TimeZone::UTC))
                    .transpose()?;
                let of = item["recurringEventId"] == cut.master.id.as_str();
                if of && original.is_some_and(|at| at >= cut.at) {
                    found.push(item);
                }
            }
            cursor = answer["nextPageToken"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return Ok(found);
            }
        }
    }

    /// Makes the rest; where an earlier call made it and did not come further, it is written again.
    async fn insert_rest(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        body: Value,
        notify: Notify,
    ) -> Result<Value> {
        let with = |call: Call| {
            call.with("conferenceDataVersion", 1)
                .with("supportsAttachments", true)
                .json(body.clone())
        };
        let post = Call::post(&["calendars", calendar.as_str(), "events"]);
        let post = with(post.with_if("sendUpdates", told(notify)));
        // Nobody is told twice.
        let put = with(Call::put(&path(calendar, id)));
        let (api, post, put) = (&self.api, &post, &put);
        let operation = Operation::of(&INSERT_REST);
        let made = api.guard().run(&operation, |_| async move {
            match api.attempt(post).await {
                Err(error) if error.code() == Some("duplicate") => api.attempt(put).await,
                answer => answer,
            }
        });
        made.await
    }

    /// Makes an occurrence of the rest differ as the one of the first part did.
    async fn carry_over(
        &self,
        calendar: &CalendarId,
        rest: &EventId,
        exception: &Value,
        patch: &EventPatch,
    ) -> Result<()> {
        let stamp = exception["id"]
            .as_str()
            .and_then(|id| id.rsplit_once('_'))
            .map(|(_, it)| it);
        let stamp = stamp.ok_or_else(|| missing("an exception's id names no occurrence"))?;
        let id = EventId::new(format!("{rest}_{stamp}"));
        let mut body = taken(exception);
        for name in ["start", "end"] {
            body.insert(name.to_owned(), exception[name].clone());
        }
        let mut body = Value::Object(body);
        merge(&mut body, &write::patch(patch, id.as_str())?.body);
        let call = Call::patch(&path(calendar, &id))
            .with("conferenceDataVersion", 1)
            .with("supportsAttachments", true)
            .json(body);
        self.api
            .send(&Operation::of(&EXCEPTIONS_OF_REST), &call)
            .await
            .map(drop)
    }

    /// Ends the first part, if it is as it was read.
    async fn end_head(
        &self,
        calendar: &CalendarId,
        cut: &Cut,
        operation: &Operation,
        notify: Notify,
    ) -> Result<()> {
        let here = path(calendar, &cut.master.id);
        let lines = cut.head.to_lines();
        let call = Call::patch(&here)
            .with_if("sendUpdates", told(notify))
            .if_match(cut.master.etag.as_ref().map(|etag| etag.as_str()))
            .json(json!({"recurrence": lines}));
        let get = Call::get(&here);
        let (api, call, get) = (&self.api, &call, &get);
        let ended = api.guard().run(operation, |attempt| async move {
            match api.attempt(call).await {
                // By the attempt whose answer was lost, if it ends as it should.
                Err(error)
                    if attempt.number > 1 && error.kind() == ErrorKind::PreconditionFailed =>
                {
                    let now = read::event(calendar, api.attempt(get).await?, false)?;
                    match now.recurrence.as_ref() == Some(&cut.head) {
                        true => Ok(Value::Null),
                        false => Err(error),
                    }
                }
                answer => answer,
            }
        });
        ended.await.map(drop)
    }
}

fn left(id: &EventId) -> Error {
    let text = format!(
        "the series was changed meanwhile, and the event {id} that was made could not be taken back"
    );
    Error::new(ErrorKind::Conflict, text)
        .with_effect(Effect::Applied)
        .with_advice("delete that event")
}

/// The fields that are taken over.
fn taken(from: &Value) -> Map<String, Value> {
    let mut body = Map::new();
    for name in TAKEN {
        if let Some(value) = from.get(*name) {
            body.insert((*name).to_owned(), value.clone());
        }
    }
    // A conference that is there is shared; its making is not repeated.
    if let Some(data) = body
        .get_mut("conferenceData")
        .and_then(Value::as_object_mut)
        && data.contains_key("entryPoints")
    {
        data.remove("createRequest");
    }
    body
}

/// The rest as a series of its own.
fn rest_of(cut: &Cut, from: &EventTime, patch: &EventPatch, id: &EventId) -> Result<Value> {
    let raw = match &cut.master.raw {
        integrations_core::Raw::Json(raw) => raw.clone(),
        _ => Value::Null,
    };
    let mut body = Value::Object(taken(&raw));
    body["id"] = id.as_str().into();
    body["start"] = times::written(from, false)?;
    body["end"] = times::written(&cut.master.end_from(from, &TimeZone::UTC)?, false)?;
    let mut rest = cut.rest.clone();
    if let Some((start, _)) = &patch.times {
        let shift = |time: &EventTime| moved_with(time, from, start);
        rest.except = rest.except.iter().filter_map(shift).collect();
        let dates = rest.dates.iter().filter_map(|date| {
            let end = date.end.as_ref().map(shift);
            let (start, end) = (shift(&date.start)?, end.flatten());
            Some(RDate { start, end })
        });
        rest.dates = dates.collect();
    }
    let rest = match &patch.recurrence {
        Patch::Keep => Some(rest).filter(|rest| !rest.rules.is_empty() || !rest.dates.is_empty()),
        Patch::Clear => None,
        Patch::Set(other) => Some(other.clone()),
    };
    if let Some(rest) = rest {
        body["recurrence"] = rest.to_lines().into();
    }
    let mut written = write::patch(patch, id.as_str())?.body;
    if let Some(fields) = written.as_object_mut() {
        fields.remove("recurrence");
    }
    merge(&mut body, &written);
    Ok(body)
}

/// Merges a patch, as Google does: `null` clears.
fn merge(base: &mut Value, patch: &Value) {
    let (Some(fields), Some(patch)) = (base.as_object_mut(), patch.as_object()) else {
        return;
    };
    for (name, value) in patch {
        match (fields.get_mut(name), value) {
            (_, Value::Null) => drop(fields.remove(name)),
            (Some(base @ Value::Object(_)), Value::Object(_)) => merge(base, value),
            (_, Value::Object(_)) => {
                let mut made = json!({});
                merge(&mut made, value);
                fields.insert(name.clone(), made);
            }
            (_, value) => drop(fields.insert(name.clone(), value.clone())),
        }
    }
}
