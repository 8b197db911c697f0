//! This and following: the rest of a series becomes one of its own, and the first part ends before
//! it. Google has no request for it
//! (<https://developers.google.com/workspace/calendar/api/guides/recurringevents>).

use std::num::NonZeroU32;

use integrations_core::calendar::recurrence::{Recurrence, RuleEnd, Until, expand};
use integrations_core::calendar::{CalendarId, Event, EventId, EventPatch, Notify, Patch};
use integrations_core::guard::Operation;
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{Effect, Error, ErrorKind, Result};
use integrations_google::Call;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::events::path;
use crate::operations::{CUT, CUT_DELETE, EXCEPTIONS, EXCEPTIONS_OF_REST, INSERT_REST};
use crate::provider::{items, missing};
use crate::read::{self, is_cancelled};
use crate::write::{self, told};
use crate::{GoogleCalendar, ids, recurrence, times};

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
        let (head, rest) = split(&whole, &master.start, at)?;
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
                // Somebody was faster, and the first part still has the rest.
                self.remove(calendar, &id, None, Notify::Nobody)
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
        let lines = recurrence::written(&cut.head);
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
    body["end"] = times::written(&end_of(&cut.master, from)?, false)?;
    let mut rest = cut.rest.clone();
    if let Some((start, _)) = &patch.times {
        let shift = |time: &EventTime| shifted(time, from, start);
        rest.except = rest.except.iter().filter_map(shift).collect();
        rest.dates = rest.dates.iter().filter_map(shift).collect();
    }
    let rest = match &patch.recurrence {
        Patch::Keep => Some(rest).filter(|rest| !rest.rules.is_empty() || !rest.dates.is_empty()),
        Patch::Clear => None,
        Patch::Set(other) => Some(other.clone()),
    };
    if let Some(rest) = rest {
        body["recurrence"] = recurrence::written(&rest).into();
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

fn far<E>(_: E) -> Error {
    Error::invalid_input("the series leaves the range of time")
}

/// When an occurrence ends that starts at `start`.
fn end_of(master: &Event, start: &EventTime) -> Result<EventTime> {
    if let (EventTime::Date(first), EventTime::Date(end), EventTime::Date(start)) =
        (&master.start, &master.end, start)
    {
        let days = first.until(*end).map_err(far)?;
        return start.checked_add(days).map(EventTime::Date).map_err(far);
    }
    let utc = &TimeZone::UTC;
    let length = master
        .end
        .to_timestamp(utc)?
        .duration_since(master.start.to_timestamp(utc)?);
    let end = start.to_timestamp(utc)?.checked_add(length).map_err(far)?;
    Ok(match &master.end {
        EventTime::Zoned { tz, .. } => EventTime::Zoned {
            local: tz.time_zone()?.to_datetime(end),
            tz: tz.clone(),
        },
        _ => EventTime::Utc(end),
    })
}

/// A date of the series after its start moved: as far on the wall. `None` where the forms differ:
/// then nothing of the new series is at it.
fn shifted(time: &EventTime, from: &EventTime, to: &EventTime) -> Option<EventTime> {
    let by = from.wall().until(to.wall()).ok()?;
    let wall = time.wall().checked_add(by).ok()?;
    match (time, to) {
        (EventTime::Date(_), EventTime::Date(_)) => Some(EventTime::Date(wall.date())),
        (EventTime::Zoned { .. }, EventTime::Zoned { tz, .. }) => Some(EventTime::Zoned {
            local: wall,
            tz: tz.clone(),
        }),
        (EventTime::Utc(_), EventTime::Utc(_)) => {
            TimeZone::UTC.to_timestamp(wall).ok().map(EventTime::Utc)
        }
        _ => None,
    }
}

/// A recurrence before an instant and from there on. What `COUNT` counts is all that the rule makes,
/// those that were taken out included (RFC 5545, section 3.8.5.1).
fn split(whole: &Recurrence, start: &EventTime, at: Timestamp) -> Result<(Recurrence, Recurrence)> {
    let utc = &TimeZone::UTC;
    let second = at.checked_sub(SignedDuration::from_secs(1)).map_err(far)?;
    let last = match start {
        EventTime::Date(_) => Until::Date(utc.to_datetime(second).date()),
        EventTime::Floating(_) => Until::Local(utc.to_datetime(second)),
        _ => Until::Utc(second),
    };
    let (mut head, mut rest) = (Recurrence::default(), Recurrence::default());
    for rule in &whole.rules {
        let left = match rule.end {
            RuleEnd::Never => Some(RuleEnd::Never),
            RuleEnd::Until(until) => {
                let until_at = match until {
                    Until::Utc(instant) => instant,
                    // The day is included.
                    Until::Date(day) => utc.to_timestamp(day.at(23, 59, 59, 0)).map_err(far)?,
                    Until::Local(wall) => utc.to_timestamp(wall).map_err(far)?,
                };
                (until_at >= at).then_some(rule.end)
            }
            RuleEnd::Count(count) => {
                let alone = Recurrence::from(rule.clone());
                let before = TimeRange {
                    start: start.to_timestamp(utc)?,
                    end: at,
                };
                let before = expand(start, &alone, before, utc)?.len();
                let before = u32::try_from(before).unwrap_or(u32::MAX);
                NonZeroU32::new(count.get().saturating_sub(before)).map(RuleEnd::Count)
            }
        };
        let mut ended = rule.clone();
        if let Some(left) = left {
            ended.end = RuleEnd::Until(last);
            let mut goes_on = rule.clone();
            goes_on.end = left;
            rest.rules.push(goes_on);
        }
        head.rules.push(ended);
    }
    for (all, before, after) in [
        (&whole.dates, &mut head.dates, &mut rest.dates),
        (&whole.except, &mut head.except, &mut rest.except),
    ] {
        for date in all {
            match date.to_timestamp(utc)? < at {
                true => before.push(date.clone()),
                false => after.push(date.clone()),
            }
        }
    }
    Ok((head, rest))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn berlin(day: i8) -> EventTime {
        EventTime::zoned(date(2026, 6, day).at(9, 0, 0, 0), "Europe/Berlin")
    }

    fn cut(rule: &str, day: i8) -> (Vec<String>, Vec<String>) {
        let rule: integrations_core::calendar::recurrence::RRule = rule.parse().unwrap();
        let whole = Recurrence::from(rule)
            .with_except(berlin(2))
            .with_except(berlin(5));
        let at = berlin(day).to_timestamp(&TimeZone::UTC).unwrap();
        let (head, rest) = split(&whole, &berlin(1), at).unwrap();
        (recurrence::written(&head), recurrence::written(&rest))
    }

    #[test]
    fn a_series_is_cut_with_its_exceptions_and_its_count() {
        let (head, rest) = cut("FREQ=DAILY;COUNT=6", 4);
        assert_eq!(
            head,
            [
                "RRULE:FREQ=DAILY;UNTIL=20260604T065959Z",
                "EXDATE;TZID=Europe/Berlin:20260602T090000"
            ]
        );
        assert_eq!(
            rest,
            [
                "RRULE:FREQ=DAILY;COUNT=3",
                "EXDATE;TZID=Europe/Berlin:20260605T090000"
            ]
        );
        let (_, rest) = cut("FREQ=DAILY", 4);
        assert_eq!(rest[0], "RRULE:FREQ=DAILY");
        let (head, rest) = cut("FREQ=DAILY;UNTIL=20260610T070000Z", 4);
        assert_eq!(head[0], "RRULE:FREQ=DAILY;UNTIL=20260604T065959Z");
        assert_eq!(rest[0], "RRULE:FREQ=DAILY;UNTIL=20260610T070000Z");
        // A rule that ended before goes on nowhere, and does not get longer.
        let (head, rest) = cut("FREQ=DAILY;UNTIL=20260602T070000Z", 4);
        assert_eq!(head[0], "RRULE:FREQ=DAILY;UNTIL=20260602T070000Z");
        assert_eq!(rest.len(), 1);
    }
}
