//! Single calls of events.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::conference;
use super::refusal::Refusal;
use super::route::{Call, Query};
use super::state::{Answer, Fields, State, is_cancelled, text};
use super::write::{accepted, answer_only, merge};
use super::{Message, times};

/// "Characters allowed in the ID are those used in base32hex encoding, i.e. lowercase letters a-v
/// and digits 0-9; the length of the ID must be between 5 and 1024 characters" (discovery document,
/// `Event.id`).
fn is_id(id: &str) -> bool {
    (5..=1024).contains(&id.len()) && id.bytes().all(|b| matches!(b, b'a'..=b'v' | b'0'..=b'9'))
}

impl State {
    pub(super) fn insert(&mut self, calendar: &str, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let mut fields = accepted(&body, call.query);
        self.calendar(calendar)?;
        let id = match text(&fields, "id") {
            None => self.new_id(),
            Some(id) if !is_id(id) => {
                return Err(Refusal::invalid("Invalid resource id value."));
            }
            // Also that of a deleted event: ids are not given again.
            Some(id) if self.calendar(calendar)?.events.contains_key(id) => {
                return Err(Refusal::duplicate());
            }
            Some(id) => id.to_owned(),
        };
        fields.insert("id".into(), id.into());
        let fields = self.normal(calendar, fields, None)?;
        let fields = self.keep(calendar, fields)?;
        self.tell(call.query, None, Some(&fields));
        Ok(self.changed(calendar, fields))
    }

    /// A private copy of an event that exists elsewhere: its `iCalUID` and organizer are kept, and
    /// nobody is told (discovery document, `events.import`).
    pub(super) fn import(&mut self, calendar: &str, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let mut fields = accepted(&body, call.query);
        if text(&fields, "iCalUID").is_none() {
            return Err(Refusal::required("Missing iCalUID."));
        }
        if let Some(organizer) = body.get("organizer") {
            fields.insert("organizer".into(), organizer.clone());
        }
        let uid = text(&fields, "iCalUID");
        let known = self.calendar(calendar)?.events.values();
        let known = known
            .map(|item| &item.fields)
            .find(|known| text(known, "iCalUID") == uid && !known.contains_key("recurringEventId"));
        let id = known.and_then(|known| text(known, "id")).map(str::to_owned);
        let id = id.unwrap_or_else(|| self.new_id());
        fields.insert("id".into(), id.into());
        let fields = self.normal(calendar, fields, None)?;
        let fields = self.keep(calendar, fields)?;
        Ok(self.changed(calendar, fields))
    }

    /// The text is the title here, and the event in an hour: how Google reads it is not described.
    pub(super) fn quick_add(&mut self, calendar: &str, call: &Call<'_>) -> Answer {
        let text = call
            .query
            .get("text")
            .ok_or_else(|| Refusal::required("Missing text."))?;
        let hour = SignedDuration::from_hours(1);
        let far = |_| Refusal::invalid("The time leaves the range of time.");
        let start = self.now.checked_add(hour).map_err(far)?;
        let end = start.checked_add(hour).map_err(far)?;
        let body = json!({"id": self.new_id(), "summary": text,
            "start": {"dateTime": times::stamp(start)}, "end": {"dateTime": times::stamp(end)}});
        let fields = self.normal(calendar, object(body), None)?;
        let fields = self.keep(calendar, fields)?;
        Ok(self.changed(calendar, fields))
    }

    pub(super) fn get(&mut self, calendar: &str, id: &str) -> Answer {
        let mut fields = self.calendar(calendar)?.find(id)?;
        if conference::settle(&mut fields) {
            fields = self.keep(calendar, fields)?;
        }
        Ok(Value::Object(fields))
    }

    /// `patch` and `update`: the fields that are sent, or the whole event.
    pub(super) fn change(
        &mut self,
        calendar: &str,
        id: &str,
        call: &Call<'_>,
        whole: bool,
    ) -> Answer {
        let before = self.calendar(calendar)?.find(id)?;
        call.condition(before.get("etag"))?;
        let mut body = accepted(&call.body()?, call.query);
        body.remove("id");
        if !whole {
            body.remove("iCalUID");
        }
        body.remove("eventType");
        answer_only(&before, &mut body);
        let mut fields = before.clone();
        if whole {
            let kept = |name: &str| {
                matches!(
                    name,
                    "id" | "iCalUID"
                        | "created"
                        | "creator"
                        | "organizer"
                        | "eventType"
                        | "recurringEventId"
                        | "originalStartTime"
                        | "sequence"
                        | "conferenceData"
                        | "hangoutLink"
                        | "attachments"
                )
            };
            fields.retain(|name, _| kept(name));
        }
        merge(&mut fields, &body);
        let fields = self.normal(calendar, fields, Some(&before))?;
        let fields = self.keep(calendar, fields)?;
        self.drop_exceptions(calendar, id)?;
        self.tell(call.query, Some(&before), Some(&fields));
        Ok(self.changed(calendar, fields))
    }

    pub(super) fn delete(&mut self, calendar: &str, id: &str, call: &Call<'_>) -> Answer<()> {
        let before = self.calendar(calendar)?.find(id)?;
        if is_cancelled(&before) {
            return Err(Refusal::gone());
        }
        call.condition(before.get("etag"))?;
        let mut fields = before.clone();
        fields.insert("status".into(), "cancelled".into());
        let fields = self.keep(calendar, fields)?;
        self.drop_exceptions(calendar, id)?;
        self.tell(call.query, Some(&before), None);
        self.changed(calendar, fields);
        Ok(())
    }

    /// `move`: "changes an event's organizer". The id stays.
    pub(super) fn move_to(&mut self, calendar: &str, id: &str, call: &Call<'_>) -> Answer {
        let to = call.query.get("destination");
        let to = to
            .ok_or_else(|| Refusal::required("Missing destination."))?
            .to_owned();
        let to = self.calendar_id(&to).to_owned();
        let before = self.calendar(calendar)?.find(id)?;
        let target = self.calendar(&to)?;
        if is_cancelled(&before) {
            return Err(Refusal::gone());
        }
        if before.contains_key("recurringEventId") {
            return Err(Refusal::new(
                400,
                "cannotChangeOrganizerOfInstance",
                "Cannot change the organizer of an instance.",
            ));
        }
        if self.calendar_id(calendar) == to {
            return Err(Refusal::invalid("The event is in that calendar."));
        }
        if target
            .events
            .get(id)
            .is_some_and(|item| !item.is_cancelled())
        {
            return Err(Refusal::duplicate());
        }
        let exceptions: Vec<Fields> = self
            .calendar(calendar)?
            .exceptions(id)
            .map(|item| item.fields.clone())
            .collect();
        let mut gone = before.clone();
        gone.insert("status".into(), "cancelled".into());
        self.keep(calendar, gone)?;
        self.drop_exceptions(calendar, id)?;
        for mut exception in exceptions {
            exception.remove("organizer");
            let exception = self.normal(&to, exception, None)?;
            self.keep(&to, exception)?;
        }
        let mut fields = before;
        fields.remove("organizer");
        let fields = self.normal(&to, fields, None)?;
        let fields = self.keep(&to, fields)?;
        self.notify(calendar);
        Ok(self.changed(&to, fields))
    }

    /// An exception of an occurrence that its series no longer has goes, and so do all of a series
    /// that was deleted. That the others stay is this stand-in's choice.
    fn drop_exceptions(&mut self, calendar: &str, master: &str) -> Answer<()> {
        let of = self.calendar(calendar)?;
        let Some(series) = of.events.get(master).map(|item| item.fields.clone()) else {
            return Ok(());
        };
        let mut gone = Vec::new();
        for item in of.exceptions(master).filter(|item| !item.is_cancelled()) {
            let original = times::read(item.fields.get("originalStartTime"), &of.zone, "original")?;
            let at = times::at_of(&original, &of.zone)?;
            let far = |_| Refusal::invalid("The series leaves the range of time.");
            let second = at.checked_add(SignedDuration::from_secs(1)).map_err(far)?;
            let window = integrations_core::time::TimeRange {
                start: at,
                end: second,
            };
            if is_cancelled(&series) || of.occurrences(&series, window)?.is_empty() {
                let mut fields = item.fields.clone();
                fields.insert("status".into(), "cancelled".into());
                gone.push(fields);
            }
        }
        for fields in gone {
            self.keep(calendar, fields)?;
        }
        Ok(())
    }

    /// Counts the effect, tells the channels, and answers the event.
    fn changed(&mut self, calendar: &str, fields: Fields) -> Value {
        self.effects += 1;
        self.notify(calendar);
        Value::Object(fields)
    }

    /// Who gets a message: all guests, those outside Google Calendar, or none (discovery document,
    /// `sendUpdates`; the default is none). A guest of `gmail.com` or of the owner's domain counts as
    /// inside.
    fn tell(&mut self, query: &Query, before: Option<&Fields>, after: Option<&Fields>) {
        let inside = self.owner.split('@').nth(1).unwrap_or_default().to_owned();
        let told = |address: &str| match query.get("sendUpdates") {
            Some("all") => true,
            Some("externalOnly") => {
                let domain = address.split('@').nth(1).unwrap_or_default();
                domain != "gmail.com" && domain != inside
            }
            _ => false,
        };
        let after = after.filter(|after| !is_cancelled(after));
        let (was, is) = (guests(before), guests(after));
        let event = before
            .or(after)
            .and_then(|it| text(it, "id"))
            .unwrap_or_default();
        let gone = was
            .iter()
            .filter(|address| !is.contains(address))
            .map(|it| (it, "CANCEL"));
        let invited = is.iter().map(|it| (it, "REQUEST"));
        for (to, method) in gone.chain(invited).filter(|(to, _)| told(to)) {
            self.messages.push(Message {
                to: to.clone(),
                method,
                event: event.to_owned(),
            });
        }
    }

    fn new_id(&mut self) -> String {
        format!("sandbox{:08}", self.next())
    }
}

fn guests(fields: Option<&Fields>) -> Vec<String> {
    let list = fields
        .and_then(|it| it.get("attendees"))
        .and_then(Value::as_array);
    let guests = list
        .into_iter()
        .flatten()
        .filter(|one| one["organizer"] != true);
    guests
        .filter_map(|one| one["email"].as_str().map(str::to_owned))
        .collect()
}

pub(super) fn object(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}
