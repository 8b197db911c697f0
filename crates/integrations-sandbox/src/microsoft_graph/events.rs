//! Single calls of events.

use std::collections::{BTreeMap, BTreeSet};

use integrations_core::time::{EventTime, TimeRange};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::ids;
use super::query::Prefer;
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::{Call, Place};
use super::series::{Event, Kind, has_day};
use super::show;
use super::state::{Answer, Fields, Item, State};
use super::times::{self, DAY, text};
use super::write::{accepted, apply};

impl State {
    pub(super) fn create(&mut self, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let sent = call.body()?;
        let body = accepted(sent.clone())?;
        let calendar = self.calendar_id(at)?;
        let transaction = text(&body, "transactionId").map(str::to_owned);
        let whole = Value::Object(sent);
        if let Some(id) = &transaction
            && let Some((first, key)) = self.mailbox(&at.mailbox)?.transactions.get(id)
        {
            return self.again(at, call, *first == whole, key);
        }
        let key = ids::event(self.next());
        let mut item = self.blank(&at.mailbox)?;
        for name in ["start", "end"] {
            if !body.get(name).is_some_and(Value::is_object) {
                return Err(Refusal::property(format!("The {name} time is missing.")));
            }
        }
        apply(&mut item, body, false)?;
        let uid = format!("040000008200E00074C5B7101A82E008{key}");
        item.fields.insert("iCalUId".into(), uid.into());
        self.keep(&at.mailbox, &calendar, &key, item)?;
        if let Some(id) = transaction {
            let mailbox = self.mailbox_mut(&at.mailbox)?;
            mailbox.transactions.insert(id, (whole, key.clone()));
        }
        let made = self.seen(&at.mailbox, &key)?;
        self.invite(&at.mailbox, None, Some(&made), None)?;
        self.changed(&at.mailbox, &calendar, &[(key, "created")])?;
        let made = show::event(&made, &call.prefer);
        Ok(Reply::json(
            201,
            Value::Object(call.one(made, at, "events")),
        ))
    }

    /// A `transactionId` is "to avoid redundant POST operations in case of client retries to create
    /// the same event" (the event's page): the repeat of a request is answered with the event that
    /// the first made. For another request Graph has `ErrorDuplicateTransactionId`, "The
    /// TransactionId specified in the request has already been used to create a different event"
    /// (as people met it, for example <https://github.com/alcionai/corso/issues/2490>). How long
    /// ids are remembered is not described; here it is for ever, deleted events too.
    fn again(&self, at: &Place, call: &Call<'_>, same: bool, key: &str) -> Answer<Reply> {
        if same && let Ok(made) = self.seen(&at.mailbox, key) {
            let made = show::event(&made, &call.prefer);
            return Ok(Reply::json(
                201,
                Value::Object(call.one(made, at, "events")),
            ));
        }
        let words = "Your request can't be completed. The TransactionId specified in the request \
                     has already been used to create a different event.";
        let refused = Refusal::new(400, "ErrorDuplicateTransactionId", words);
        Err(refused.with(
            "@event.existingEventId",
            ids::id(key, call.prefer.immutable),
        ))
    }

    fn blank(&mut self, owner: &str) -> Answer<Item> {
        let mut fields = show::defaults();
        let name = owner.split('@').next().unwrap_or(owner);
        let organizer = json!({"emailAddress": {"name": name, "address": owner}});
        fields.insert("organizer".into(), organizer);
        fields.insert("isOrganizer".into(), true.into());
        let status = json!({"response": "organizer", "time": show::NEVER});
        fields.insert("responseStatus".into(), status);
        let none = EventTime::Utc(Timestamp::UNIX_EPOCH);
        Ok(Item {
            fields,
            start: none.clone(),
            end: none,
            zones: ("UTC".to_owned(), "UTC".to_owned()),
            rule: None,
            original: None,
            cancelled: BTreeSet::new(),
            properties: BTreeMap::new(),
            attachments: Vec::new(),
            created: self.now,
            modified: self.now,
            changed: self.version(),
        })
    }

    pub(super) fn get(&self, at: &Place, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&["$select", "$expand"])?;
        let key = ids::key(id)?;
        let (calendar, event) = self.found(at, &key)?;
        let made = call.shaped(
            &event,
            self.mailbox(&at.mailbox)?.calendar(&calendar)?,
            true,
        )?;
        let tag = show::etag(event.item.changed);
        let reply = Reply::json(200, Value::Object(call.one(made, at, "events")));
        Ok(reply.with(http::header::ETAG, &tag))
    }

    pub(super) fn patch(&mut self, at: &Place, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let key = ids::key(id)?;
        let (calendar, before) = self.found(at, &key)?;
        call.condition(&show::etag(before.item.changed))?;
        let mut body = accepted(call.body()?)?;
        // "After you set transactionId when creating an event, you cannot change transactionId in a
        // subsequent update."
        if let Some(id) = body.remove("transactionId")
            && before.item.fields.get("transactionId") != Some(&id)
        {
            return Err(Refusal::invalid(
                "The transactionId of an event cannot be changed.",
            ));
        }
        let series = matches!(before.kind, Kind::Occurrence | Kind::Exception);
        let mut item = before.item.clone();
        apply(&mut item, body, series)?;
        if series {
            self.between_neighbours(at, &calendar, &key, &item)?;
            item.rule = None;
            self.differ(at, &calendar, &key, &mut item)?;
        }
        if before.kind == Kind::Master {
            self.keep_exceptions(at, &calendar, &before, &mut item)?;
        }
        self.keep(&at.mailbox, &calendar, &key, item)?;
        let after = self.seen(&at.mailbox, &key)?;
        self.invite(&at.mailbox, Some(&before), Some(&after), None)?;
        self.changed(&at.mailbox, &calendar, &[(key, "updated")])?;
        let made = show::event(&after, &call.prefer);
        Ok(Reply::json(
            200,
            Value::Object(call.one(made, at, "events")),
        ))
    }

    /// "Deleting the event on the organizer's calendar sends a cancellation message to the meeting
    /// attendees" (<https://learn.microsoft.com/graph/api/event-delete>).
    pub(super) fn delete(&mut self, at: &Place, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let key = ids::key(id)?;
        let (_, before) = self.found(at, &key)?;
        call.condition(&show::etag(before.item.changed))?;
        self.take(at, &key, None)?;
        Ok(Reply::nothing(204))
    }

    /// Takes an event out: of a series one occurrence, or all of it.
    pub(super) fn take(&mut self, at: &Place, key: &str, comment: Option<&str>) -> Answer<()> {
        let (calendar, before) = self.found(at, key)?;
        self.invite(&at.mailbox, Some(&before), None, comment)?;
        self.remove(&at.mailbox, &calendar, key)?;
        self.changed(&at.mailbox, &calendar, &[(key.to_owned(), "deleted")])
    }

    /// Takes an event out of a calendar, and tells nobody.
    pub(super) fn remove(&mut self, mailbox: &str, calendar: &str, key: &str) -> Answer<()> {
        let changed = self.next();
        let now = self.now;
        let here = self.mailbox_mut(mailbox)?.calendar_mut(calendar)?;
        here.gone.insert(key.to_owned(), changed);
        if let Some(day) = ids::day(key) {
            here.events.remove(key);
            if let Some(master) = here.events.get_mut(ids::master(key)) {
                master.cancelled.insert(day);
                (master.changed, master.modified) = (changed, now);
            }
        } else {
            here.events.retain(|other, _| ids::master(other) != key);
        }
        Ok(())
    }

    /// What an exception changes: what it has as its series has it, is the series'.
    fn differ(&self, at: &Place, calendar: &str, key: &str, item: &mut Item) -> Answer<()> {
        let here = self.mailbox(&at.mailbox)?.calendar(calendar)?;
        let master = here
            .events
            .get(ids::master(key))
            .ok_or_else(Refusal::not_found)?;
        item.fields
            .retain(|name, value| master.fields.get(name) != Some(&*value));
        item.properties
            .retain(|name, value| master.properties.get(name) != Some(&*value));
        Ok(())
    }

    /// What becomes of a series' exceptions when it changes. "If the recurrence pattern has changed,
    /// the client ... removes every exception" ([MS-OXOCAL], section 3.1.4.7.3.5), and so it is with
    /// its times. Where the range alone is another, those within it stay, as people found of what was
    /// taken out (<https://github.com/OfficeDev/ews-managed-api/issues/235>).
    pub(super) fn keep_exceptions(
        &mut self,
        at: &Place,
        calendar: &str,
        before: &Event,
        item: &mut Item,
    ) -> Answer<()> {
        let shape = |item: &Item| {
            let pattern = item
                .fields
                .get("recurrence")
                .map(|it| it["pattern"].clone());
            (item.start.clone(), item.end.clone(), pattern)
        };
        let same = shape(item) == shape(&before.item);
        let changed = self.next();
        let mailbox = self.mailbox_mut(&at.mailbox)?;
        let local = mailbox.zone.clone();
        let here = mailbox.calendar_mut(calendar)?;
        let stays = |day| same && has_day(item, day, &local);
        let cancelled = item.cancelled.iter().copied().filter(|day| stays(*day));
        let cancelled = cancelled.collect();
        let all = here.exceptions(&before.key).map(|(key, _)| key.clone());
        let lost = all.filter(|key| !ids::day(key).is_some_and(stays));
        let lost: Vec<String> = lost.collect();
        item.cancelled = cancelled;
        for key in lost {
            here.events.remove(&key);
            here.gone.insert(key, changed);
        }
        Ok(())
    }

    /// `ErrorOccurrenceCrossingBoundary`: "an occurrence cannot be moved to or before the day of the
    /// previous occurrence, and cannot be moved to or after the day of the following occurrence"
    /// (<https://learn.microsoft.com/graph/api/event-update>).
    fn between_neighbours(&self, at: &Place, calendar: &str, key: &str, item: &Item) -> Answer<()> {
        let mailbox = self.mailbox(&at.mailbox)?;
        let here = mailbox.calendar(calendar)?;
        let (master, own) = (
            ids::master(key),
            ids::day(key).ok_or_else(Refusal::not_found)?,
        );
        let from = times::at(&item.start, &mailbox.zone)?;
        let original = times::at(&EventTime::Date(own), &mailbox.zone)?;
        // Wide enough for the neighbours of both days, of any step that Exchange has.
        let year = DAY * 366;
        let span = TimeRange {
            start: from.min(original).checked_sub(year).map_err(Refusal::far)?,
            end: from.max(original).checked_add(year).map_err(Refusal::far)?,
        };
        let to = times::day(&item.start);
        for other in here.instances(master, span, &mailbox.zone)? {
            let Some(day) = ids::day(&other.key).filter(|day| *day != own) else {
                continue;
            };
            let there = times::day(&other.item.start);
            if day < own && to <= there || day > own && to >= there {
                return Err(Refusal::new(
                    400,
                    "ErrorOccurrenceCrossingBoundary",
                    "Modified occurrence is crossing or overlapping adjacent occurrence.",
                ));
            }
        }
        Ok(())
    }

    /// The calendar of an event, and the event.
    pub(super) fn found(&self, at: &Place, key: &str) -> Answer<(String, Event)> {
        let mailbox = self.mailbox(&at.mailbox)?;
        let home = mailbox.home(key).ok_or_else(Refusal::not_found)?;
        if at.names_calendar && self.calendar_id(at)? != home {
            return Err(Refusal::not_found());
        }
        let event = mailbox.calendar(home)?.find(key, &mailbox.zone)?;
        Ok((home.to_owned(), event))
    }

    pub(super) fn seen(&self, mailbox: &str, key: &str) -> Answer<Event> {
        let mailbox = self.mailbox(mailbox)?;
        let home = mailbox.home(key).ok_or_else(Refusal::not_found)?;
        mailbox.calendar(home)?.find(key, &mailbox.zone)
    }

    /// Keeps an event in its new version.
    pub(super) fn keep(
        &mut self,
        mailbox: &str,
        calendar: &str,
        key: &str,
        mut item: Item,
    ) -> Answer<()> {
        item.changed = self.next();
        item.modified = self.now;
        let here = self.mailbox_mut(mailbox)?.calendar_mut(calendar)?;
        here.gone.remove(key);
        here.events.insert(key.to_owned(), item);
        Ok(())
    }

    /// Counts the effect, and tells the subscriptions.
    pub(super) fn changed(
        &mut self,
        mailbox: &str,
        calendar: &str,
        what: &[(String, &'static str)],
    ) -> Answer<()> {
        self.effects += 1;
        for (key, how) in what {
            self.notify(mailbox, calendar, key, how)?;
        }
        Ok(())
    }

    /// The instances of a series: both bounds are required
    /// (<https://learn.microsoft.com/graph/api/event-list-instances>).
    pub(super) fn list_instances(&self, at: &Place, id: &str, call: &Call<'_>) -> Answer<Reply> {
        let span = call.span()?;
        let key = ids::key(id)?;
        let (calendar, event) = self.found(at, &key)?;
        let mailbox = self.mailbox(&at.mailbox)?;
        let here = mailbox.calendar(&calendar)?;
        // "If the event is a SeriesMaster type, this returns the occurrences and exceptions of the
        // event in the specified time range": of another there are none.
        let found = match event.kind {
            Kind::Master => here.instances(&key, span, &mailbox.zone)?,
            _ => Vec::new(),
        };
        call.page(found, here, at)
    }
}

/// An event with what is expanded of it.
pub(super) fn with_expanded(
    mut made: Fields,
    event: &Event,
    expand: &super::list::Expand,
    prefer: &Prefer,
) -> Fields {
    if let Some(ids) = &expand.properties {
        let found = super::properties::expanded(&event.item, ids);
        if found.as_array().is_some_and(|found| !found.is_empty()) {
            made.insert("singleValueExtendedProperties".into(), found);
        }
    }
    if expand.attachments {
        let all = event
            .item
            .attachments
            .iter()
            .map(|one| one.shown(prefer.immutable, true));
        made.insert("attachments".into(), all.collect());
    }
    made
}
