//! Changes of events and of parts of series, their end, and answers to them.

use integrations_core::calendar::{
    CalendarId, DeleteOptions, ETag, EditScope, Event, EventId, EventKind, EventPatch, EventStatus,
    Notify, Participation, Patch, Rsvp, UpdateOptions,
};
use integrations_core::guard::Operation;
use integrations_core::operation::OperationSpec;
use integrations_core::time::EventTime;
use integrations_core::{Effect, Error, ErrorKind, Result};
use integrations_microsoft_graph::Call;
use serde_json::{Map, Value, json};

use crate::fetch::is_series;
use crate::operations::{
    CANCEL, DELETE, PATCH, PATCH_TOLD, RESPOND, RESPOND_TOLD, TAKE_OUT_CHANGED,
};
use crate::provider::{is_gone, plain, preferred};
use crate::write::{self, told};
use crate::{Outlook, read, recurrence};

/// A refusal of an old version, as Graph would give it.
pub(crate) fn another_version() -> Error {
    let text = "the event has another version";
    Error::new(ErrorKind::PreconditionFailed, text)
}

pub(crate) fn check_version(event: &Event, wanted: Option<&ETag>) -> Result<()> {
    match wanted.is_none_or(|wanted| event.etag.as_ref() == Some(wanted)) {
        true => Ok(()),
        false => Err(another_version()),
    }
}

/// An error of a call of which a part was done already.
pub(crate) fn in_part(error: Error, spec: &OperationSpec) -> Error {
    error.with_read_back(spec.read_back.unwrap_or("read the event"))
}

/// Whether the owner of the calendar organizes an event: of others' events nobody is told from here.
fn organizes(event: &Event) -> bool {
    event.raw.get("isOrganizer").is_none_or(|it| *it == true)
}

/// Checks that who is told of a change is as Graph does it. Gives whether anybody is.
pub(crate) fn telling(event: &Event, people: bool, notify: Notify) -> Result<bool> {
    if organizes(event) {
        told(notify, people)?;
        return Ok(people);
    }
    match notify {
        Notify::Nobody => Ok(false),
        _ => Err(Error::unsupported(
            "telling others of a change of an event that somebody else organizes",
        )),
    }
}

/// Whether anybody is invited.
pub(crate) fn is_meeting(event: &Event) -> bool {
    !event.attendees.is_empty()
}

fn whole_series() -> Error {
    Error::invalid_input("this is a whole series: take the scope All, or name an occurrence")
}

fn no_occurrence() -> Error {
    Error::invalid_input("name the occurrence from which on, or take the scope All")
}

/// What a call with a scope is for.
enum Part {
    /// The event that is named.
    Named,
    /// The series of the occurrence that is named.
    Series(EventId),
    /// The series, from this occurrence on.
    Following(EventId, EventTime),
}

fn part(event: &Event, scope: EditScope) -> Result<Part> {
    match (scope, &event.kind) {
        (EditScope::This, EventKind::Series) => Err(whole_series()),
        (EditScope::ThisAndFollowing, EventKind::Series) => Err(no_occurrence()),
        (EditScope::All, EventKind::Occurrence { series, .. }) => Ok(Part::Series(series.clone())),
        (
            EditScope::ThisAndFollowing,
            EventKind::Occurrence {
                series,
                original_start,
                ..
            },
        ) => Ok(Part::Following(series.clone(), original_start.clone())),
        _ => Ok(Part::Named),
    }
}

impl Outlook {
    pub(crate) async fn update(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        patch: &EventPatch,
        options: &UpdateOptions,
    ) -> Result<Event> {
        let named = self.named(calendar, id).await?;
        if patch.status == Some(EventStatus::Cancelled) {
            return self.call_off(calendar, named, patch, options).await;
        }
        if named.status == EventStatus::Cancelled && patch.status == Some(EventStatus::Confirmed) {
            let text = "the organizer cancelled the event, and alone can invite again";
            return Err(Error::new(ErrorKind::Conflict, text));
        }
        match part(&named, options.scope)? {
            Part::Named => {
                let etag = options.if_match.as_ref();
                self.patch(calendar, &named, patch, etag, options.notify)
                    .await
            }
            Part::Series(series) => {
                check_version(&named, options.if_match.as_ref())?;
                // The version that is checked is the occurrence's; between the two the series may
                // change only where no version was asked for.
                let series = self.named(calendar, &series).await?;
                let etag = options.if_match.as_ref().and(series.etag.as_ref());
                self.patch(calendar, &series, patch, etag, options.notify)
                    .await
            }
            Part::Following(series, from) => {
                check_version(&named, options.if_match.as_ref())?;
                self.update_following(calendar, &series, &from, patch, options.notify)
                    .await
            }
        }
    }

    /// A status that Graph does not let anybody set: a cancelled event is one that was deleted.
    async fn call_off(
        &self,
        calendar: &CalendarId,
        mut named: Event,
        patch: &EventPatch,
        options: &UpdateOptions,
    ) -> Result<Event> {
        let mut alone = EventPatch::default();
        alone.status = Some(EventStatus::Cancelled);
        if *patch != alone {
            let what = "a cancellation together with other changes";
            return Err(Error::unsupported(what));
        }
        self.delete(calendar, &named.id, options).await?;
        named.status = EventStatus::Cancelled;
        Ok(named)
    }

    /// Changes an event, or a whole series.
    pub(crate) async fn patch(
        &self,
        calendar: &CalendarId,
        named: &Event,
        patch: &EventPatch,
        etag: Option<&ETag>,
        notify: Notify,
    ) -> Result<Event> {
        let invited = patch.attendees.as_ref().is_some_and(|it| !it.is_empty());
        let told = telling(named, is_meeting(named) || invited, notify)?;
        let mut body = write::patch(patch, named)?;
        let except = self.repeat(&mut body, named, patch)?;
        if body.is_empty() {
            // It was said that it takes place, and it does.
            check_version(named, etag)?;
            return Ok(named.clone());
        }
        let call = Call::patch(&self.path(calendar, &["events", named.id.as_str()]))
            .if_match(etag.map(ETag::as_str))
            .json(Value::Object(body));
        let operation = match told {
            true => Operation::of(&PATCH_TOLD),
            false => Operation::of(&PATCH),
        };
        let changed = self.api.send(&operation, &plain(call)).await?;
        let mut event = read::event(calendar, changed)?;
        if !except.is_empty() {
            let operation = Operation::of(&TAKE_OUT_CHANGED);
            self.take_out(calendar, &event.id, &except, &operation)
                .await
                .map_err(|error| in_part(error, &TAKE_OUT_CHANGED))?;
        }
        // The answer has no extended properties, and nothing that was deleted of a series. The
        // change is made, whatever becomes of this.
        if is_series(&event) || !patch.properties.is_empty() || !named.properties.is_empty() {
            match self.event(calendar, &event.id).await {
                Ok(read) => event = read,
                Err(_) => {
                    event.properties.clone_from(&named.properties);
                    for (name, value) in &patch.properties {
                        match value {
                            Some(value) => event.properties.insert(name.clone(), value.clone()),
                            None => event.properties.remove(name),
                        };
                    }
                }
            }
        }
        Ok(event)
    }

    /// Writes how an event repeats, where that changes: its rule, or the day that it starts on. Gives
    /// the occurrences that have to be deleted again.
    fn repeat(
        &self,
        body: &mut Map<String, Value>,
        named: &Event,
        patch: &EventPatch,
    ) -> Result<Vec<EventTime>> {
        let start = patch
            .times
            .as_ref()
            .map_or(&named.start, |(start, _)| start);
        let wanted = match &patch.recurrence {
            Patch::Clear => {
                body.insert("recurrence".into(), Value::Null);
                return Ok(Vec::new());
            }
            Patch::Set(other) => other,
            Patch::Keep if !is_series(named) || patch.times.is_none() => return Ok(Vec::new()),
            Patch::Keep => named.recurrence.as_ref().ok_or_else(|| {
                Error::unsupported("other times of a series whose pattern is not known")
            })?,
        };
        wanted.check(start)?;
        body.insert("recurrence".into(), recurrence::written(wanted, start)?);
        Ok(wanted.except.clone())
    }

    pub(crate) async fn delete(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let named = match self.named(calendar, id).await {
            Err(error) if is_gone(&error) => return Ok(()),
            answer => answer?,
        };
        let people = telling(&named, is_meeting(&named), options.notify)?;
        if options.message.is_some() && !people {
            return Err(Error::invalid_input(
                "a message goes to those who are told, and nobody is",
            ));
        }
        let message = options.message.as_deref();
        match part(&named, options.scope)? {
            Part::Named => {
                let etag = options.if_match.as_ref();
                self.remove(calendar, id, etag, message).await
            }
            Part::Series(series) => {
                check_version(&named, options.if_match.as_ref())?;
                let etag = match options.if_match {
                    None => None,
                    Some(_) => self.named(calendar, &series).await?.etag,
                };
                self.remove(calendar, &series, etag.as_ref(), message).await
            }
            Part::Following(series, from) => {
                if message.is_some() {
                    let what = "a message about a part of a series";
                    return Err(Error::unsupported(what));
                }
                check_version(&named, options.if_match.as_ref())?;
                self.delete_following(calendar, &series, &from).await
            }
        }
    }

    /// Deletes an event, which tells those invited; with a message it is cancelled, which says it.
    pub(crate) async fn remove(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        etag: Option<&ETag>,
        message: Option<&str>,
    ) -> Result<()> {
        let Some(message) = message else {
            let operation = Operation::of(&DELETE);
            return self.delete_one(calendar, id, etag, &operation).await;
        };
        if etag.is_some() {
            let what = "a message to those invited on a condition";
            return Err(Error::unsupported(what));
        }
        let path = self.path(calendar, &["events", id.as_str(), "cancel"]);
        let call = preferred(Call::post(&path).json(json!({"comment": message})));
        self.gone(&call, &Operation::of(&CANCEL)).await
    }

    pub(crate) async fn delete_one(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        etag: Option<&ETag>,
        operation: &Operation,
    ) -> Result<()> {
        let path = self.path(calendar, &["events", id.as_str()]);
        let call = Call::delete(&path).if_match(etag.map(ETag::as_str));
        self.gone(&preferred(call), operation).await
    }

    /// Sends what makes an event be no more; that it is gone already is as good.
    async fn gone(&self, call: &Call, operation: &Operation) -> Result<()> {
        let sent = self.api.guard().run(operation, |_| async move {
            match self.api.attempt(call).await {
                Err(error) if is_gone(&error) => Ok(Value::Null),
                answer => answer,
            }
        });
        sent.await.map(drop)
    }

    pub(crate) async fn answer(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        rsvp: &Rsvp,
    ) -> Result<Event> {
        let action = match &rsvp.participation {
            Participation::Accepted => "accept",
            Participation::Tentative => "tentativelyAccept",
            Participation::Declined => "decline",
            other => {
                let what = format_args!("the answer {other:?}");
                return Err(Error::unsupported(what));
            }
        };
        if rsvp.comment.is_some() && !rsvp.notify {
            return Err(Error::unsupported("a comment of which nobody is told"));
        }
        let mut named = self.named(calendar, id).await?;
        let own = named.raw.get("responseStatus");
        let own = own.and_then(|it| it["response"].as_str());
        if organizes(&named) || matches!(own, None | Some("none" | "organizer")) {
            let text = "the calendar's owner is not invited to the event";
            return Err(Error::new(ErrorKind::Conflict, text));
        }
        let mut body = json!({"sendResponse": rsvp.notify});
        if let Some(comment) = &rsvp.comment {
            body["comment"] = comment.as_str().into();
        }
        let path = self.path(calendar, &["events", id.as_str(), action]);
        let call = &preferred(Call::post(&path).json(body));
        let operation = match rsvp.notify {
            true => Operation::of(&RESPOND_TOLD),
            false => Operation::of(&RESPOND),
        };
        let declined = rsvp.participation == Participation::Declined;
        let answered = self.api.guard().run(&operation, |attempt| async move {
            match self.api.attempt(call).await {
                // Outlook takes an event that was declined out of the calendar: by the attempt whose
                // answer was lost.
                Err(error) if declined && attempt.number > 1 && is_gone(&error) => Ok(Value::Null),
                answer => answer,
            }
        });
        answered.await?;
        match self.event(calendar, id).await {
            Err(error) if declined && is_gone(&error) => {
                named.status = EventStatus::Cancelled;
                Ok(named)
            }
            // The answer is given.
            answer => answer.map_err(|error| error.with_effect(Effect::Applied)),
        }
    }
}
