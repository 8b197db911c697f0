//! Events as the model has them, as Graph has them.

use std::collections::BTreeMap;
use std::fmt;

use integrations_core::calendar::{
    Attendee, AttendeeRole, ConferenceRequest, Event, EventPatch, EventStatus, NewEvent, Notify,
    Participation, Patch, Reminder, ReminderMethod, Reminders, ShowAs, Visibility,
};
use integrations_core::time::EventTime;
use integrations_core::{Error, Result};
use serde_json::{Map, Value, json};

use crate::ids::PROPERTIES;
use crate::{recurrence, times};

/// A new event.
///
/// # Errors
/// `Unsupported` for what Graph has no word for.
pub(crate) fn new_event(new: &NewEvent) -> Result<Map<String, Value>> {
    told(new.notify, !new.attendees.is_empty())?;
    let mut body = Map::new();
    body.insert("subject".into(), new.summary.as_str().into());
    times_of(&mut body, &new.start, &new.end)?;
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    set("body", new.description.as_deref().map(text));
    set("location", new.location.as_deref().map(place));
    let recurrence = new.recurrence.as_ref();
    let recurrence = recurrence.map(|it| recurrence::written(it, &new.start));
    set("recurrence", recurrence.transpose()?);
    if !new.attendees.is_empty() {
        set("attendees", Some(attendees(&new.attendees, &[])?));
    }
    if new.visibility != Visibility::Default {
        set("sensitivity", Some(sensitivity(&new.visibility)?.into()));
    }
    if new.show_as != ShowAs::Busy {
        set("showAs", Some(show_as(&new.show_as)?.into()));
    }
    if !new.properties.is_empty() {
        let own = json!([{"id": PROPERTIES, "value": own(&new.properties)?}]);
        set("singleValueExtendedProperties", Some(own));
    }
    if new.reminders != Reminders::Default {
        reminders(&mut body, &new.reminders)?;
    }
    if let Some(request) = &new.conference {
        conference(&mut body, request)?;
    }
    Ok(body)
}

/// A patch of an event that is known, without how it repeats.
///
/// # Errors
/// `Unsupported` for what Graph has no word for.
pub(crate) fn patch(patch: &EventPatch, named: &Event) -> Result<Map<String, Value>> {
    let mut body = Map::new();
    if let Some((start, end)) = &patch.times {
        times_of(&mut body, start, end)?;
    }
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    set("subject", patch.summary.as_deref().map(Into::into));
    if !patch.description.is_keep() && is_online(named) {
        // "Inadvertently removing the meeting blob from the body would disable meeting online"
        // (https://learn.microsoft.com/en-us/graph/api/event-update).
        return Err(Error::unsupported(
            "another description of an event that has an online meeting",
        )
        .with_advice("the description carries the meeting, which would be lost with it"));
    }
    set("body", cleared(&patch.description, text));
    set("location", cleared(&patch.location, place));
    let people = patch.attendees.as_deref();
    let people = people.map(|list| attendees(list, &named.attendees));
    set("attendees", people.transpose()?);
    let visibility = patch.visibility.as_ref().map(sensitivity).transpose()?;
    set("sensitivity", visibility.map(Into::into));
    let shown = patch.show_as.as_ref().map(show_as).transpose()?;
    set("showAs", shown.map(Into::into));
    if !patch.properties.is_empty() {
        let mut all = named.properties.clone();
        for (name, value) in &patch.properties {
            match value {
                Some(value) => drop(all.insert(name.clone(), value.clone())),
                None => drop(all.remove(name)),
            }
        }
        let own = json!([{"id": PROPERTIES, "value": own(&all)?}]);
        set("singleValueExtendedProperties", Some(own));
    }
    match patch.status {
        // Every event is, that was not cancelled.
        None | Some(EventStatus::Confirmed) => {}
        _ => {
            return Err(Error::unsupported(
                "a cancellation together with other changes",
            ));
        }
    }
    if let Some(wanted) = &patch.reminders {
        if *wanted == Reminders::Default {
            return Err(Error::unsupported(
                "a return to the reminders of the calendar",
            ));
        }
        reminders(&mut body, wanted)?;
    }
    match &patch.conference {
        Patch::Keep => {}
        // "The meeting remains available online" whatever is set afterwards
        // (https://learn.microsoft.com/en-us/graph/api/resources/event, `isOnlineMeeting`).
        Patch::Clear => return Err(Error::unsupported("taking a conference away")),
        Patch::Set(request) => conference(&mut body, request)?,
    }
    Ok(body)
}

/// Whether an event has a meeting online.
pub(crate) fn is_online(event: &Event) -> bool {
    event
        .raw
        .get("isOnlineMeeting")
        .is_some_and(|it| *it == true)
}

/// Checks that who is told is as Graph does it: always everybody who is invited.
///
/// # Errors
/// `Unsupported` where nobody should be told, or some alone.
pub(crate) fn told(notify: Notify, invited: bool) -> Result<()> {
    match notify {
        Notify::Everybody => Ok(()),
        Notify::Nobody if !invited => Ok(()),
        Notify::Nobody => Err(
            Error::unsupported("a change of which those invited are not told")
                .with_advice("Outlook tells them always: say so with Notify::Everybody"),
        ),
        _ => Err(Error::unsupported("telling some of those invited alone")
            .with_advice("Outlook tells them all: say so with Notify::Everybody")),
    }
}

fn times_of(body: &mut Map<String, Value>, start: &EventTime, end: &EventTime) -> Result<()> {
    body.insert("start".into(), times::written(start)?);
    body.insert("end".into(), times::written(end)?);
    body.insert("isAllDay".into(), start.is_date().into());
    Ok(())
}

fn text(text: &str) -> Value {
    json!({"contentType": "text", "content": text})
}

fn place(name: &str) -> Value {
    json!({"displayName": name})
}

/// An empty text clears a field.
fn cleared(patch: &Patch<String>, write: impl Fn(&str) -> Value) -> Option<Value> {
    match patch {
        Patch::Keep => None,
        Patch::Clear => Some(write("")),
        Patch::Set(text) => Some(write(text)),
    }
}

fn other(what: &str, word: impl fmt::Debug) -> Error {
    Error::unsupported(format_args!("the {what} {word:?}"))
}

/// The people. Answers are theirs to give: one that is as it was read is no change.
fn attendees(list: &[Attendee], before: &[Attendee]) -> Result<Value> {
    let write = |one: &Attendee| {
        let known = before.iter().find(|known| {
            let (known, own) = (&known.person.email, &one.person.email);
            known.eq_ignore_ascii_case(own)
        });
        let same = known.is_some_and(|known| known.participation == one.participation);
        if !same && one.participation != Participation::NeedsAction {
            return Err(Error::unsupported(
                "an answer that somebody else has to give",
            ));
        }
        if one.comment.is_some() {
            return Err(Error::unsupported("what somebody said with their answer"));
        }
        let role = match &one.role {
            AttendeeRole::Required => "required",
            AttendeeRole::Optional => "optional",
            AttendeeRole::Resource => "resource",
            role => return Err(other("role", role)),
        };
        let mut address = json!({"address": one.person.email});
        if let Some(name) = &one.person.name {
            address["name"] = name.as_str().into();
        }
        Ok(json!({"type": role, "emailAddress": address}))
    };
    let all = list.iter().map(write);
    all.collect::<Result<Vec<_>>>().map(Into::into)
}

fn reminders(body: &mut Map<String, Value>, reminders: &Reminders) -> Result<()> {
    let minutes = match reminders {
        Reminders::Default => return Ok(()),
        Reminders::Only(list) => match &list[..] {
            [] => None,
            [
                Reminder {
                    method: ReminderMethod::Popup,
                    minutes_before,
                },
            ] => Some(*minutes_before),
            [one] => return Err(other("reminder", &one.method)),
            _ => return Err(Error::unsupported("more than 1 reminders")),
        },
        other => return Err(self::other("kind of reminders", other)),
    };
    body.insert("isReminderOn".into(), minutes.is_some().into());
    if let Some(minutes) = minutes {
        let minutes = i32::try_from(minutes);
        let minutes = minutes.map_err(|_| Error::unsupported("a reminder so long before"))?;
        body.insert("reminderMinutesBeforeStart".into(), minutes.into());
    }
    Ok(())
}

fn sensitivity(visibility: &Visibility) -> Result<&'static str> {
    match visibility {
        Visibility::Default => Ok("normal"),
        Visibility::Private => Ok("private"),
        Visibility::Other(word) if word == "personal" => Ok("personal"),
        Visibility::Other(word) if word == "confidential" => Ok("confidential"),
        unknown => Err(other("visibility", unknown)),
    }
}

fn show_as(show_as: &ShowAs) -> Result<&'static str> {
    match show_as {
        ShowAs::Busy => Ok("busy"),
        ShowAs::Free => Ok("free"),
        ShowAs::Tentative => Ok("tentative"),
        ShowAs::OutOfOffice => Ok("oof"),
        ShowAs::Other(word) if word == "workingElsewhere" => Ok("workingElsewhere"),
        unknown => Err(other("state of time", unknown)),
    }
}

fn conference(body: &mut Map<String, Value>, request: &ConferenceRequest) -> Result<()> {
    match request {
        ConferenceRequest::Create => {
            body.insert("isOnlineMeeting".into(), true.into());
            body.insert("onlineMeetingProvider".into(), "teamsForBusiness".into());
            Ok(())
        }
        _ => Err(Error::unsupported("conference_link")),
    }
}

/// The application's own values, as the text of one property.
fn own(values: &BTreeMap<String, String>) -> Result<String> {
    serde_json::to_string(values).map_err(|_| Error::internal("texts are no JSON"))
}

#[cfg(test)]
mod tests {
    use integrations_core::ErrorKind;
    use integrations_core::calendar::Conference;
    use jiff::civil::date;

    use super::*;

    fn at(hour: i8) -> EventTime {
        EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin")
    }

    fn lunch() -> NewEvent {
        NewEvent::new("Lunch", at(12), at(13))
    }

    fn named(raw: Value) -> Event {
        let mut event = Event::new("1", "c", "Lunch", at(12), at(13));
        event.raw = raw.into();
        event
    }

    fn unsupported<T: fmt::Debug>(result: Result<T>) {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn whoever_is_invited_is_told_or_the_event_is_refused() {
        let party = || lunch().with_attendee(Attendee::new("ada@example.com"));
        unsupported(new_event(&party()));
        unsupported(new_event(&party().with_notify(Notify::External)));
        let body = new_event(&party().with_notify(Notify::Everybody)).unwrap();
        let expected =
            json!([{"type": "required", "emailAddress": {"address": "ada@example.com"}}]);
        assert_eq!(body["attendees"], expected);
        // Of nobody, everybody is nobody.
        new_event(&lunch().with_notify(Notify::Everybody)).unwrap();
    }

    #[test]
    fn what_graph_has_no_word_for_is_refused() {
        let with = |change: fn(&mut NewEvent)| {
            let mut event = lunch().with_notify(Notify::Everybody);
            change(&mut event);
            new_event(&event)
        };
        unsupported(with(|it| it.visibility = Visibility::Public));
        unsupported(with(|it| {
            it.visibility = Visibility::Other("secret".into())
        }));
        unsupported(with(|it| it.show_as = ShowAs::Other("unknown".into())));
        unsupported(with(|it| {
            it.reminders = Reminders::Only(vec![Reminder::email(5)])
        }));
        unsupported(with(|it| {
            it.reminders = Reminders::Only(vec![Reminder::popup(u32::MAX)])
        }));
        unsupported(with(|it| {
            let link = "https://example.com/join".parse().unwrap();
            it.conference = Some(ConferenceRequest::Link(Conference::new(link)));
        }));
        unsupported(with(|it| {
            let mut came = Attendee::new("a@example.com");
            came.participation = Participation::Accepted;
            it.attendees.push(came);
        }));
        unsupported(with(|it| {
            let mut said = Attendee::new("a@example.com");
            said.comment = Some("gladly".into());
            it.attendees.push(said);
        }));
        unsupported(with(|it| {
            let role = AttendeeRole::Other("chair".into());
            it.attendees
                .push(Attendee::new("a@example.com").with_role(role));
        }));
    }

    #[test]
    fn a_patch_says_what_it_clears_and_refuses_what_cannot_be_undone() {
        let change = |change: fn(&mut EventPatch), raw: Value| {
            let mut patch = EventPatch::default();
            change(&mut patch);
            super::patch(&patch, &named(raw))
        };
        let cleared = change(
            |it| (it.description, it.location) = (Patch::Clear, Patch::Clear),
            json!({}),
        );
        let cleared = Value::Object(cleared.unwrap());
        let expected = json!({"body": {"contentType": "text", "content": ""},
            "location": {"displayName": ""}});
        assert_eq!(cleared, expected);
        let online = json!({"isOnlineMeeting": true});
        unsupported(change(
            |it| it.description = Patch::Set("x".into()),
            online.clone(),
        ));
        unsupported(change(|it| it.conference = Patch::Clear, online));
        unsupported(change(
            |it| it.reminders = Some(Reminders::Default),
            json!({}),
        ));
        unsupported(change(
            |it| it.status = Some(EventStatus::Cancelled),
            json!({}),
        ));
        let none = change(|it| it.reminders = Some(Reminders::Only(vec![])), json!({}));
        assert_eq!(Value::Object(none.unwrap()), json!({"isReminderOn": false}));
    }

    #[test]
    fn answers_that_were_read_are_no_change() {
        let mut event = named(json!({}));
        let mut ada = Attendee::new("ada@example.com");
        ada.participation = Participation::Accepted;
        event.attendees = vec![ada.clone()];
        let bob = Attendee::new("bob@example.com");
        let patch = EventPatch::default().with_attendees(vec![ada, bob]);
        let body = super::patch(&patch, &event).unwrap();
        assert_eq!(body["attendees"].as_array().unwrap().len(), 2);
    }
}
