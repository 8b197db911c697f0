//! What the account has.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::channels::Channel;
use super::refusal::Refusal;
use super::{Message, Notice};

pub(super) type Fields = Map<String, Value>;
pub(super) type Answer<T = Value> = Result<T, Refusal>;

/// The account.
pub(super) struct State {
    pub(super) owner: String,
    pub(super) calendars: BTreeMap<String, Calendar>,
    pub(super) syncs: HashMap<String, Sync>,
    pub(super) pages: HashMap<String, Page>,
    pub(super) channels: Vec<Channel>,
    pub(super) notices: Vec<Notice>,
    pub(super) messages: Vec<Message>,
    pub(super) refusals: VecDeque<Refusal>,
    pub(super) quota: Option<Quota>,
    pub(super) effects: u64,
    pub(super) now: Timestamp,
    /// The last version given: entity tags, and what changed since a sync token.
    version: u64,
}

/// A calendar, as its resource, and as it is in the calendar list.
pub(super) struct Calendar {
    pub(super) resource: Fields,
    pub(super) entry: Fields,
    pub(super) zone: TimeZone,
    pub(super) events: BTreeMap<String, Item>,
    pub(super) rules: BTreeMap<String, Fields>,
    /// Sync tokens of another epoch are too old.
    pub(super) epoch: u64,
}

/// An event, a series, or an exception of one.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) fields: Fields,
    pub(super) changed: u64,
}

impl Item {
    pub(super) fn is_cancelled(&self) -> bool {
        is_cancelled(&self.fields)
    }
}

pub(super) fn is_cancelled(fields: &Fields) -> bool {
    text(fields, "status") == Some("cancelled")
}

pub(super) fn text<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    fields.get(name).and_then(Value::as_str)
}

/// Where a synchronisation ended.
#[derive(Clone)]
pub(super) struct Sync {
    pub(super) calendar: String,
    pub(super) since: u64,
    pub(super) epoch: u64,
    /// `singleEvents` and the like: they must be the same again.
    pub(super) single: bool,
}

/// What follows a page.
#[derive(Clone)]
pub(super) struct Page {
    /// The request that the page belongs to.
    pub(super) of: String,
    pub(super) items: Arc<Vec<Value>>,
    pub(super) from: usize,
    /// The sync token of the last page.
    pub(super) sync: Option<String>,
}

/// How many requests a minute are allowed.
pub(super) struct Quota {
    most: u32,
    since: Option<Timestamp>,
    used: u32,
}

impl Quota {
    pub(super) fn new(most: u32) -> Self {
        Self {
            most,
            since: None,
            used: 0,
        }
    }

    /// Whether one more is allowed. Google counts in a sliding window of a minute
    /// (<https://developers.google.com/workspace/calendar/api/guides/quota>); here it is one that
    /// begins with the first request, which refuses no request that Google would take.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let minute = SignedDuration::from_secs(60);
        if self
            .since
            .is_none_or(|since| now.duration_since(since) >= minute)
        {
            self.since = Some(now);
            self.used = 0;
        }
        self.used += 1;
        self.used <= self.most
    }
}

impl State {
    pub(super) fn new(owner: &str, zone: &str) -> Self {
        let mut state = Self {
            owner: owner.to_owned(),
            calendars: BTreeMap::new(),
            syncs: HashMap::new(),
            pages: HashMap::new(),
            channels: Vec::new(),
            notices: Vec::new(),
            messages: Vec::new(),
            refusals: VecDeque::new(),
            quota: None,
            effects: 0,
            now: Timestamp::UNIX_EPOCH,
            version: 0,
        };
        let mut body = Fields::new();
        body.insert("summary".into(), owner.into());
        body.insert("timeZone".into(), zone.into());
        state.add_calendar(owner.to_owned(), body);
        state
    }

    pub(super) fn next(&mut self) -> u64 {
        self.version += 1;
        self.version
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Another entity tag: a text in quotes (RFC 9110, section 8.8.3).
    pub(super) fn etag(&mut self) -> Value {
        format!("\"{}\"", self.next()).into()
    }

    /// The id that `primary` stands for is the account's address.
    pub(super) fn calendar_id<'s>(&'s self, id: &'s str) -> &'s str {
        match id {
            "primary" => &self.owner,
            id => id,
        }
    }

    pub(super) fn calendar(&self, id: &str) -> Answer<&Calendar> {
        let id = self.calendar_id(id);
        self.calendars.get(id).ok_or_else(Refusal::not_found)
    }

    pub(super) fn calendar_mut(&mut self, id: &str) -> Answer<&mut Calendar> {
        let id = self.calendar_id(id).to_owned();
        self.calendars.get_mut(&id).ok_or_else(Refusal::not_found)
    }

    pub(super) fn add_calendar(&mut self, id: String, body: Fields) -> Fields {
        let primary = id == self.owner;
        let zone = text(&body, "timeZone").unwrap_or("UTC").to_owned();
        let mut resource = body;
        resource.insert("kind".into(), "calendar#calendar".into());
        resource.insert("id".into(), id.clone().into());
        resource.insert("timeZone".into(), zone.clone().into());
        resource.insert("etag".into(), self.etag());
        let mut entry = Fields::new();
        entry.insert("backgroundColor".into(), "#9fe1e7".into());
        entry.insert("foregroundColor".into(), "#000000".into());
        entry.insert("accessRole".into(), "owner".into());
        entry.insert("selected".into(), true.into());
        if primary {
            entry.insert("primary".into(), true.into());
        }
        let mut rules = BTreeMap::new();
        let rule = format!("user:{}", self.owner);
        let owner = json!({"kind": "calendar#aclRule", "id": rule, "role": "owner",
            "scope": {"type": "user", "value": self.owner}, "etag": self.etag()});
        if let Value::Object(owner) = owner {
            rules.insert(rule, owner);
        }
        let calendar = Calendar {
            resource: resource.clone(),
            entry,
            zone: TimeZone::get(&zone).unwrap_or(TimeZone::UTC),
            events: BTreeMap::new(),
            rules,
            epoch: 0,
        };
        self.calendars.insert(id, calendar);
        resource
    }

    /// Keeps an event, tells the calendar's channels, and counts the effect.
    pub(super) fn keep(&mut self, calendar: &str, mut fields: Fields) -> Answer<Fields> {
        let id = text(&fields, "id").unwrap_or_default().to_owned();
        let changed = self.next();
        fields.insert("etag".into(), format!("\"{changed}\"").into());
        fields.insert("updated".into(), super::times::stamp(self.now).into());
        let item = Item {
            fields: fields.clone(),
            changed,
        };
        self.calendar_mut(calendar)?.events.insert(id, item);
        Ok(fields)
    }
}
