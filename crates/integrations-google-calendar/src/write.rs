//! Events as the model has them, as Google has them.

use std::fmt;

use integrations_core::calendar::{
    Attachment, Attendee, AttendeeRole, ConferenceRequest, EventPatch, EventStatus, NewEvent,
    Notify, Participation, Patch, ReminderMethod, Reminders, ShowAs, Visibility,
};
use integrations_core::{Error, Result};
use integrations_google::Call;
use serde_json::{Map, Value, json};

use crate::{html, times};

/// A body, and the parameters that it needs.
pub(crate) struct Written {
    pub(crate) body: Value,
    conference: bool,
    attachments: bool,
}

impl Written {
    /// Sends it. Without `conferenceDataVersion` and `supportsAttachments` Google drops what is sent
    /// of the two.
    pub(crate) fn on(self, call: Call) -> Call {
        call.with_if("conferenceDataVersion", self.conference.then_some(1))
            .with_if("supportsAttachments", self.attachments.then_some(true))
            .json(self.body)
    }
}

/// Who is told (`sendUpdates`): without it nobody is.
pub(crate) fn told(notify: Notify) -> Option<&'static str> {
    match notify {
        Notify::External => Some("externalOnly"),
        Notify::Everybody => Some("all"),
        _ => None,
    }
}

/// A new event.
///
/// # Errors
/// `Unsupported` for words of another provider.
pub(crate) fn new_event(new: &NewEvent, request: &str) -> Result<Written> {
    let mut body = json!({
        "summary": new.summary,
        "start": times::written(&new.start, false)?,
        "end": times::written(&new.end, false)?,
    });
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body[name] = value;
        }
    };
    set(
        "description",
        new.description
            .as_deref()
            .map(|it| html::written(it).into()),
    );
    set("location", new.location.as_deref().map(Into::into));
    set(
        "recurrence",
        new.recurrence.as_ref().map(|it| it.to_lines().into()),
    );
    if !new.attendees.is_empty() {
        set("attendees", Some(attendees(&new.attendees)?));
    }
    if new.reminders != Reminders::Default {
        set("reminders", Some(reminders(&new.reminders, false)?));
    }
    if new.status != EventStatus::Confirmed {
        set("status", Some(String::from(new.status.clone()).into()));
    }
    if new.visibility != Visibility::Default {
        set(
            "visibility",
            Some(String::from(new.visibility.clone()).into()),
        );
    }
    if new.show_as != ShowAs::Busy {
        set("transparency", Some(transparency(&new.show_as)?.into()));
    }
    set(
        "conferenceData",
        new.conference
            .as_ref()
            .map(|it| conference(it, request))
            .transpose()?,
    );
    if !new.attachments.is_empty() {
        set("attachments", Some(attachments(&new.attachments)));
    }
    if !new.properties.is_empty() {
        set(
            "extendedProperties",
            Some(json!({"private": new.properties})),
        );
    }
    Ok(Written {
        body,
        conference: new.conference.is_some(),
        attachments: !new.attachments.is_empty(),
    })
}

/// A patch.
///
/// # Errors
/// `Unsupported` for words of another provider.
pub(crate) fn patch(patch: &EventPatch, request: &str) -> Result<Written> {
    let mut body = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    set("summary", patch.summary.as_deref().map(Into::into));
    set(
        "description",
        field(&patch.description, |it| Ok(html::written(it).into()))?,
    );
    set(
        "location",
        field(&patch.location, |it| Ok(it.as_str().into()))?,
    );
    if let Some((start, end)) = &patch.times {
        set("start", Some(times::written(start, true)?));
        set("end", Some(times::written(end, true)?));
    }
    set(
        "recurrence",
        field(&patch.recurrence, |it| Ok(it.to_lines().into()))?,
    );
    set(
        "attendees",
        patch.attendees.as_deref().map(attendees).transpose()?,
    );
    set(
        "reminders",
        patch
            .reminders
            .as_ref()
            .map(|it| reminders(it, true))
            .transpose()?,
    );
    set(
        "status",
        patch.status.clone().map(|it| String::from(it).into()),
    );
    set(
        "visibility",
        patch.visibility.clone().map(|it| String::from(it).into()),
    );
    set(
        "transparency",
        patch
            .show_as
            .as_ref()
            .map(transparency)
            .transpose()?
            .map(Into::into),
    );
    set(
        "conferenceData",
        field(&patch.conference, |it| conference(it, request))?,
    );
    set("attachments", patch.attachments.as_deref().map(attachments));
    if !patch.properties.is_empty() {
        set(
            "extendedProperties",
            Some(json!({"private": patch.properties})),
        );
    }
    Ok(Written {
        body: Value::Object(body),
        conference: !patch.conference.is_keep(),
        attachments: patch.attachments.is_some(),
    })
}

/// `null` clears a field.
fn field<T: Clone>(patch: &Patch<T>, write: impl Fn(&T) -> Result<Value>) -> Result<Option<Value>> {
    match patch {
        Patch::Keep => Ok(None),
        Patch::Clear => Ok(Some(Value::Null)),
        Patch::Set(value) => write(value).map(Some),
    }
}

fn other(what: &str, word: impl fmt::Debug) -> Error {
    Error::unsupported(format_args!("the {what} {word:?}"))
}

fn attendees(list: &[Attendee]) -> Result<Value> {
    let write = |one: &Attendee| {
        let mut value = json!({
            "email": one.person.email, "responseStatus": answer(&one.participation)?});
        match &one.role {
            AttendeeRole::Required => {}
            AttendeeRole::Optional => value["optional"] = true.into(),
            AttendeeRole::Resource => value["resource"] = true.into(),
            role => return Err(other("role", role)),
        }
        if let Some(name) = &one.person.name {
            value["displayName"] = name.as_str().into();
        }
        if let Some(comment) = &one.comment {
            value["comment"] = comment.as_str().into();
        }
        Ok(value)
    };
    list.iter()
        .map(write)
        .collect::<Result<Vec<_>>>()
        .map(Into::into)
}

/// `EventAttendee.responseStatus`.
pub(crate) fn answer(participation: &Participation) -> Result<&'static str> {
    Ok(match participation {
        Participation::NeedsAction => "needsAction",
        Participation::Accepted => "accepted",
        Participation::Declined => "declined",
        Participation::Tentative => "tentative",
        unknown => return Err(other("answer", unknown)),
    })
}

fn reminders(reminders: &Reminders, patch: bool) -> Result<Value> {
    let Reminders::Only(list) = reminders else {
        return Ok(match patch {
            true => json!({"useDefault": true, "overrides": null}),
            false => json!({"useDefault": true}),
        });
    };
    let write = |one: &integrations_core::calendar::Reminder| match &one.method {
        ReminderMethod::Popup => Ok(json!({"method": "popup", "minutes": one.minutes_before})),
        ReminderMethod::Email => Ok(json!({"method": "email", "minutes": one.minutes_before})),
        unknown => Err(other("reminder", unknown)),
    };
    let overrides = list.iter().map(write).collect::<Result<Vec<_>>>()?;
    Ok(json!({"useDefault": false, "overrides": overrides}))
}

fn transparency(show_as: &ShowAs) -> Result<&'static str> {
    match show_as {
        ShowAs::Busy => Ok("opaque"),
        ShowAs::Free => Ok("transparent"),
        _ => Err(Error::unsupported("show_as_finer")),
    }
}

/// "Either conferenceSolution and at least one entryPoint, or createRequest is required"
/// (`ConferenceData`). `request` is the id that makes a repeated request one conference.
fn conference(conference: &ConferenceRequest, request: &str) -> Result<Value> {
    match conference {
        ConferenceRequest::Create => Ok(json!({"createRequest": {"requestId": request,
            "conferenceSolutionKey": {"type": "hangoutsMeet"}}})),
        ConferenceRequest::Link(link) => {
            let name = link
                .name
                .as_deref()
                .or(link.join_url.host_str())
                .unwrap_or("Conference");
            Ok(
                json!({"conferenceSolution": {"key": {"type": "addOn"}, "name": name},
                "entryPoints": [{"entryPointType": "video", "uri": link.join_url.as_str()}]}),
            )
        }
        _ => Err(Error::unsupported("a conference of another kind")),
    }
}

fn attachments(list: &[Attachment]) -> Value {
    let write = |one: &Attachment| {
        let mut value = json!({"title": one.name});
        if let Some(url) = &one.url {
            value["fileUrl"] = url.as_str().into();
        }
        if let Some(kind) = &one.media_type {
            value["mimeType"] = kind.as_str().into();
        }
        value
    };
    list.iter().map(write).collect::<Vec<_>>().into()
}
