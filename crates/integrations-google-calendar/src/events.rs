//! Single events, and parts of series.

use std::time::Duration;

use integrations_core::calendar::{
    CalendarId, DeleteOptions, ETag, EditScope, Event, EventId, EventKind, EventPatch, EventStatus,
    NewEvent, Notify, Rsvp, UpdateOptions,
};
use integrations_core::guard::Operation;
use integrations_core::{Error, ErrorKind, IdempotencyKey, Result};
use integrations_google::Call;
use serde_json::{Value, json};

use crate::operations::{DELETE, GET, INSERT, MOVE, PATCH, PATCH_TOLD, RESPOND, RESPOND_TOLD};
use crate::provider::is_gone;
use crate::read::{self, is_cancelled};
use crate::write::{self, told};
use crate::{GoogleCalendar, ids};

/// How often a conference that is being made is looked for, and how long apart.
const LOOKS: u32 = 5;
const APART: Duration = Duration::from_millis(500);

pub(crate) fn path<'a>(calendar: &'a CalendarId, id: &'a EventId) -> [&'a str; 4] {
    ["calendars", calendar.as_str(), "events", id.as_str()]
}

/// A refusal of an old version, as Google would give it.
pub(crate) fn another_version() -> Error {
    Error::new(
        ErrorKind::PreconditionFailed,
        "the event has another version",
    )
}

pub(crate) fn check_version(event: &Event, wanted: Option<&ETag>) -> Result<()> {
    match wanted.is_none_or(|wanted| event.etag.as_ref() == Some(wanted)) {
        true => Ok(()),
        false => Err(another_version()),
    }
}

impl GoogleCalendar {
    pub(crate) async fn raw_event(&self, calendar: &CalendarId, id: &EventId) -> Result<Value> {
        let call = Call::get(&path(calendar, id));
        self.api.send(&Operation::of(&GET), &call).await
    }

    pub(crate) async fn event(&self, calendar: &CalendarId, id: &EventId) -> Result<Event> {
        read::event(calendar, self.raw_event(calendar, id).await?, false)
    }

    pub(crate) async fn insert(&self, calendar: &CalendarId, new: &NewEvent) -> Result<Event> {
        let key = new.key.clone().unwrap_or_else(IdempotencyKey::random);
        let id = EventId::new(ids::of("k", key.as_str()));
        let mut written = write::new_event(new, id.as_str())?;
        written.body["id"] = id.as_str().into();
        let post = Call::post(&["calendars", calendar.as_str(), "events"])
            .with_if("sendUpdates", told(new.notify));
        let post = written.on(post);
        let get = Call::get(&path(calendar, &id));
        let operation = Operation::keyed(&INSERT, key.clone());
        let (api, post, get) = (&self.api, &post, &get);
        let made = api.guard().run(&operation, |_| async move {
            match api.attempt(post).await {
                // Made by an earlier attempt, or by an earlier call with the key.
                Err(error) if error.code() == Some("duplicate") => api.attempt(get).await,
                answer => answer,
            }
        });
        let made = made.await?;
        if is_cancelled(&made) {
            return Err(Error::key_reused(&key)
                .with_advice("the event that the key made was deleted since: take a new key"));
        }
        let event = read::event(calendar, made, false)?;
        Ok(self.with_conference(calendar, event).await)
    }

    /// Waits a little for a conference that is being made: "the data is generated asynchronously"
    /// (discovery document, `ConferenceData.createRequest`). The event is there whatever comes of it.
    async fn with_conference(&self, calendar: &CalendarId, mut event: Event) -> Event {
        for _ in 0..LOOKS {
            let pending = event
                .raw
                .get("conferenceData")
                .is_some_and(|data| data["createRequest"]["status"]["statusCode"] == "pending");
            if !pending {
                break;
            }
            tokio::time::sleep(APART).await;
            match self.event(calendar, &event.id).await {
                Ok(read) => event = read,
                Err(_) => break,
            }
        }
        event
    }

    pub(crate) async fn update(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        patch: &EventPatch,
        options: &UpdateOptions,
    ) -> Result<Event> {
        let named = self.event(calendar, id).await?;
        let restores = matches!(
            patch.status,
            Some(EventStatus::Confirmed | EventStatus::Tentative)
        );
        if named.status == EventStatus::Cancelled && !restores {
            return Err(Error::not_found("the event"));
        }
        match (options.scope, named.kind.clone()) {
            (EditScope::This, EventKind::Series) => Err(whole_series()),
            (EditScope::ThisAndFollowing, EventKind::Series) => Err(Error::invalid_input(
                "name the occurrence from which on, or take the scope All",
            )),
            (EditScope::All, EventKind::Occurrence { series, .. }) => {
                check_version(&named, options.if_match.as_ref())?;
                // The version that is checked is the occurrence's; between the two the series may
                // change only where no version was asked for.
                let etag = match options.if_match {
                    None => None,
                    Some(_) => self.event(calendar, &series).await?.etag,
                };
                self.patch(calendar, &series, patch, etag.as_ref(), options.notify)
                    .await
            }
            (
                EditScope::ThisAndFollowing,
                EventKind::Occurrence {
                    series,
                    original_start,
                    ..
                },
            ) => {
                check_version(&named, options.if_match.as_ref())?;
                self.update_following(calendar, &series, &original_start, patch, options.notify)
                    .await
            }
            _ => {
                self.patch(
                    calendar,
                    id,
                    patch,
                    options.if_match.as_ref(),
                    options.notify,
                )
                .await
            }
        }
    }

    pub(crate) async fn patch(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        patch: &EventPatch,
        etag: Option<&ETag>,
        notify: Notify,
    ) -> Result<Event> {
        let request = uuid::Uuid::new_v4().simple().to_string();
        let call = Call::patch(&path(calendar, id))
            .with_if("sendUpdates", told(notify))
            .if_match(etag.map(ETag::as_str));
        let call = write::patch(patch, &request)?.on(call);
        let operation = match told(notify) {
            None => Operation::of(&PATCH),
            Some(_) => Operation::of(&PATCH_TOLD),
        };
        let changed = self.api.send(&operation, &call).await?;
        let event = read::event(calendar, changed, true)?;
        Ok(self.with_conference(calendar, event).await)
    }

    pub(crate) async fn delete(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let named = match self.raw_event(calendar, id).await {
            Err(error) if is_gone(&error) => return Ok(()),
            answer => answer?,
        };
        if is_cancelled(&named) {
            return Ok(());
        }
        let named = read::event(calendar, named, false)?;
        match (options.scope, named.kind.clone()) {
            (EditScope::This, EventKind::Series) => Err(whole_series()),
            (EditScope::ThisAndFollowing, EventKind::Series) => Err(Error::invalid_input(
                "name the occurrence from which on, or take the scope All",
            )),
            (EditScope::All, EventKind::Occurrence { series, .. }) => {
                check_version(&named, options.if_match.as_ref())?;
                let etag = match options.if_match {
                    None => None,
                    Some(_) => self.event(calendar, &series).await?.etag,
                };
                self.remove(calendar, &series, etag.as_ref(), options.notify)
                    .await
            }
            (
                EditScope::ThisAndFollowing,
                EventKind::Occurrence {
                    series,
                    original_start,
                    ..
                },
            ) => {
                check_version(&named, options.if_match.as_ref())?;
                self.delete_following(calendar, &series, &original_start, options.notify)
                    .await
            }
            _ => {
                self.remove(calendar, id, options.if_match.as_ref(), options.notify)
                    .await
            }
        }
    }

    pub(crate) async fn remove(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        etag: Option<&ETag>,
        notify: Notify,
    ) -> Result<()> {
        let call = Call::delete(&path(calendar, id))
            .with_if("sendUpdates", told(notify))
            .if_match(etag.map(ETag::as_str));
        let (api, call) = (&self.api, &call);
        let operation = Operation::of(&DELETE);
        let removed = api.guard().run(&operation, |_| async move {
            match api.attempt(call).await {
                Err(error) if is_gone(&error) => Ok(Value::Null),
                answer => answer,
            }
        });
        removed.await.map(drop)
    }

    pub(crate) async fn move_to(
        &self,
        from: &CalendarId,
        id: &EventId,
        to: &CalendarId,
        notify: Notify,
    ) -> Result<Event> {
        let named = self.event(from, id).await?;
        if named.status == EventStatus::Cancelled {
            return Err(Error::not_found("the event"));
        }
        if matches!(named.kind, EventKind::Occurrence { .. }) {
            return Err(Error::invalid_input(
                "an occurrence moves with its series: name that",
            ));
        }
        let [calendars, here, events, event] = path(from, id);
        let call = Call::post(&[calendars, here, events, event, "move"])
            .with("destination", to.as_str())
            .with_if("sendUpdates", told(notify));
        let there = Call::get(&path(to, id));
        let (api, call, there) = (&self.api, &call, &there);
        let operation = Operation::of(&MOVE);
        let moved = api.guard().run(&operation, |attempt| async move {
            match api.attempt(call).await {
                // Moved by the attempt whose answer was lost: it was here before that.
                Err(error) if attempt.number > 1 && is_gone(&error) => {
                    match api.attempt(there).await {
                        Ok(moved) if !is_cancelled(&moved) => Ok(moved),
                        _ => Err(error),
                    }
                }
                answer => answer,
            }
        });
        read::event(to, moved.await?, false)
    }

    pub(crate) async fn answer(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        rsvp: &Rsvp,
    ) -> Result<Event> {
        let status = write::answer(&rsvp.participation)?;
        let raw = self.raw_event(calendar, id).await?;
        let invited = raw["attendees"].as_array().cloned().unwrap_or_default();
        let own = match invited.iter().find(|one| one["self"] == true) {
            Some(own) => Some(own),
            // On another calendar than the primary one nobody is marked.
            None if invited.is_empty() => None,
            None => {
                let me = self.me().await?;
                let is_me = |one: &&Value| {
                    one["email"]
                        .as_str()
                        .is_some_and(|email| email.eq_ignore_ascii_case(me))
                };
                invited.iter().find(is_me)
            }
        };
        let email = own.and_then(|own| own["email"].as_str()).ok_or_else(|| {
            Error::new(
                ErrorKind::Conflict,
                "the account's owner is not invited to the event",
            )
        })?;
        let mut own = json!({"email": email, "responseStatus": status});
        if let Some(comment) = &rsvp.comment {
            own["comment"] = comment.as_str().into();
        }
        // "When updating an event, this can be used to only update the participant's response"
        // (discovery document, `Event.attendeesOmitted`): nobody else's answer is written.
        let call = Call::patch(&path(calendar, id))
            .with_if("sendUpdates", rsvp.notify.then_some("all"))
            .json(json!({"attendeesOmitted": true, "attendees": [own]}));
        let operation = match rsvp.notify {
            true => Operation::of(&RESPOND_TOLD),
            false => Operation::of(&RESPOND),
        };
        let answered = self.api.send(&operation, &call).await?;
        read::event(calendar, answered, true)
    }
}

fn whole_series() -> Error {
    Error::invalid_input("this is a whole series: take the scope All, or name an occurrence")
}
