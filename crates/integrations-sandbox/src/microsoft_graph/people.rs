//! Who is told of a meeting, and what comes of it in other mailboxes.
//!
//! Graph mails whoever is invited, always: there is no switch. A mailbox that is here gets the
//! meeting into its calendar too, where it can be answered.

use serde_json::{Value, json};

use super::Message;
use super::ids;
use super::route::Place;
use super::series::{Event, Kind};
use super::show::NEVER;
use super::state::{Answer, Item, State};
use super::times::{self, text};

impl State {
    /// Tells the people of a meeting what its organizer did. "An event update that includes only
    /// the attendees property in the request body sends a meeting update to only the attendees that
    /// have changed." (<https://learn.microsoft.com/graph/api/event-update>)
    pub(super) fn invite(
        &mut self,
        mailbox: &str,
        before: Option<&Event>,
        after: Option<&Event>,
        comment: Option<&str>,
    ) -> Answer<()> {
        let Some(one) = after.or(before) else {
            return Ok(());
        };
        if one.item.fields.get("isOrganizer") != Some(&Value::Bool(true)) {
            return Ok(());
        }
        let (was, is) = (guests(before), guests(after));
        let alone = match (before, after) {
            (Some(before), Some(after)) => only_attendees(before, after),
            _ => false,
        };
        let event = one.key.clone();
        let mut say = |to: &String, method| {
            self.messages.push(Message {
                to: to.clone(),
                method,
                event: ids::id(&event, true),
                comment: comment.map(str::to_owned),
            });
        };
        for to in was.iter().filter(|to| !is.contains(to)) {
            say(to, "CANCEL");
        }
        for to in is.iter().filter(|to| !alone || !was.contains(to)) {
            say(to, "REQUEST");
        }
        for to in was.iter().filter(|to| !is.contains(to)) {
            self.withdraw(to, one)?;
        }
        if let Some(after) = after {
            for to in &is {
                self.arrive(mailbox, to, after)?;
            }
        }
        Ok(())
    }

    /// Puts a meeting into the calendar of one who is invited, or brings it up to date there.
    fn arrive(&mut self, from: &str, to: &str, event: &Event) -> Answer<()> {
        if to == from || !self.mailboxes.contains_key(to) {
            return Ok(());
        }
        let known = self.copy_of(to, &event.item);
        let (calendar, master) = match known {
            Some(known) => known,
            None if event.kind == Kind::Exception => return Ok(()),
            None => (self.mailbox(to)?.default.clone(), ids::event(self.next())),
        };
        let key = match ids::day(&event.key) {
            Some(day) => ids::occurrence(&master, day),
            None => master.clone(),
        };
        let here = self.mailbox(to)?.calendar(&calendar)?;
        let mine = here.events.get(&key).cloned();
        let how = if mine.is_some() { "updated" } else { "created" };
        let mut item = event.item.clone();
        item.attachments.clear();
        item.properties.clear();
        let waiting = json!({"response": "notResponded", "time": NEVER});
        for (name, value) in [
            ("isOrganizer", Value::Bool(false)),
            ("responseStatus", waiting),
            // Outlook shows what is not yet answered as tentative.
            ("showAs", "tentative".into()),
            ("transactionId", Value::Null),
        ] {
            item.fields.insert(name.into(), value);
        }
        // What is one's own stays.
        for name in [
            "responseStatus",
            "showAs",
            "categories",
            "isReminderOn",
            "sensitivity",
        ] {
            if let Some(own) = mine.as_ref().and_then(|mine| mine.fields.get(name)) {
                item.fields.insert(name.into(), own.clone());
            }
        }
        if mine.is_some() && event.kind == Kind::Master {
            let at = Place::of(to);
            let before = self.seen(to, &key)?;
            self.keep_exceptions(&at, &calendar, &before, &mut item)?;
        }
        self.keep(to, &calendar, &key, item)?;
        self.notify(to, &calendar, &key, how)
    }

    /// A meeting that was called off stays in the others' calendars, marked so.
    fn withdraw(&mut self, to: &str, event: &Event) -> Answer<()> {
        let Some((calendar, master)) = self.copy_of(to, &event.item) else {
            return Ok(());
        };
        let key = match ids::day(&event.key) {
            Some(day) => ids::occurrence(&master, day),
            None => master,
        };
        // It may have been declined, and be there no more.
        let Ok(mut seen) = self.seen(to, &key) else {
            return Ok(());
        };
        seen.item.fields.insert("isCancelled".into(), true.into());
        seen.item.fields.insert("showAs".into(), "free".into());
        self.keep(to, &calendar, &key, seen.item)?;
        self.notify(to, &calendar, &key, "updated")
    }

    /// The copy of a meeting in another mailbox: its calendar, and the key of the whole.
    fn copy_of(&self, mailbox: &str, item: &Item) -> Option<(String, String)> {
        let uid = text(&item.fields, "iCalUId");
        let mailbox = self.mailboxes.get(mailbox)?;
        for (id, calendar) in &mailbox.calendars {
            let of = |(key, other): &(&String, &Item)| {
                ids::day(key).is_none() && text(&other.fields, "iCalUId") == uid
            };
            if let Some((key, _)) = calendar.events.iter().find(of) {
                return Some((id.clone(), key.clone()));
            }
        }
        None
    }

    /// Notes an answer in the organizer's copy, where that is here.
    pub(super) fn answered(&mut self, from: &str, event: &Event, answer: &Value) -> Answer<()> {
        let organizer = organizer(&event.item);
        let Some((calendar, master)) = self.copy_of(&organizer, &event.item) else {
            return Ok(());
        };
        let key = match ids::day(&event.key) {
            Some(day) => ids::occurrence(&master, day),
            None => master,
        };
        let Ok(mut seen) = self.seen(&organizer, &key) else {
            return Ok(());
        };
        mark(&mut seen.item, from, answer);
        self.keep(&organizer, &calendar, &key, seen.item)?;
        self.notify(&organizer, &calendar, &key, "updated")
    }
}

/// Writes an answer beside the one who gave it.
pub(super) fn mark(item: &mut Item, who: &str, answer: &Value) {
    let list = item
        .fields
        .get_mut("attendees")
        .and_then(Value::as_array_mut);
    for one in list.into_iter().flatten() {
        let address = one["emailAddress"]["address"].as_str().unwrap_or_default();
        if address.eq_ignore_ascii_case(who) {
            one["status"] = json!({"response": answer["response"], "time": answer["time"]});
            if let Some(proposed) = answer.get("proposedNewTime") {
                one["proposedNewTime"] = proposed.clone();
            }
        }
    }
}

pub(super) fn organizer(item: &Item) -> String {
    let one = item.fields.get("organizer");
    let address = one.and_then(|one| one["emailAddress"]["address"].as_str());
    address.unwrap_or_default().to_lowercase()
}

/// The addresses of those invited.
pub(super) fn guests(event: Option<&Event>) -> Vec<String> {
    let list = event.and_then(|event| event.item.fields.get("attendees"));
    let list = list.and_then(Value::as_array).into_iter().flatten();
    let own = event
        .map(|event| organizer(&event.item))
        .unwrap_or_default();
    list.filter_map(|one| one["emailAddress"]["address"].as_str())
        .map(str::to_lowercase)
        .filter(|address| *address != own)
        .collect()
}

fn only_attendees(before: &Event, after: &Event) -> bool {
    let (one, other) = (&before.item, &after.item);
    let same = |name: &str| one.fields.get(name) == other.fields.get(name);
    let fields = one.fields.keys().chain(other.fields.keys());
    let mut fields = fields.filter(|name| *name != "attendees");
    !same("attendees")
        && (times::day(&one.start), &one.start, &one.end)
            == (times::day(&other.start), &other.start, &other.end)
        && fields.all(|name| same(name))
}
