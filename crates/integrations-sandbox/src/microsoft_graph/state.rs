//! What the tenant has: mailboxes, calendars, events.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use integrations_core::calendar::recurrence::Recurrence;
use integrations_core::time::EventTime;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::attachments::Attachment;
use super::delta::{Pending, Sync};
use super::refusal::Refusal;
use super::subscriptions::{Subscription, Unproven};
use super::times;
use super::upload::Upload;
use super::{Message, Notice};

pub(super) type Fields = Map<String, Value>;
pub(super) type Answer<T = Value> = Result<T, Refusal>;

/// The tenant.
pub(super) struct State {
    pub(super) owner: String,
    pub(super) mailboxes: BTreeMap<String, Mailbox>,
    pub(super) subscriptions: BTreeMap<String, Subscription>,
    pub(super) syncs: HashMap<String, Sync>,
    pub(super) pending: HashMap<String, Pending>,
    pub(super) uploads: HashMap<String, Upload>,
    pub(super) notices: Vec<Notice>,
    /// Notices that are still to be delivered.
    pub(super) outbox: Vec<Notice>,
    pub(super) messages: Vec<Message>,
    pub(super) refusals: VecDeque<Refusal>,
    pub(super) quota: Option<Quota>,
    pub(super) effects: u64,
    /// Whether delta is silent about occurrences that were taken out.
    pub(super) silent: bool,
    /// A subscription that was just made or changed.
    pub(super) unproven: Option<Unproven>,
    pub(super) now: Timestamp,
    /// The last version given: change keys, and what changed since a state token.
    version: u64,
}

/// A mailbox with its calendars.
pub(super) struct Mailbox {
    pub(super) address: String,
    /// The id of its user.
    pub(super) id: String,
    /// The zone in which whole days are read.
    pub(super) zone: TimeZone,
    pub(super) calendars: BTreeMap<String, Calendar>,
    pub(super) default: String,
    /// What was asked for with a `transactionId`, and the event that it made.
    pub(super) transactions: HashMap<String, (Value, String)>,
}

/// A calendar.
#[derive(Default)]
pub(super) struct Calendar {
    pub(super) resource: Fields,
    pub(super) events: BTreeMap<String, Item>,
    /// Events that are gone, and when they went.
    pub(super) gone: BTreeMap<String, u64>,
    pub(super) permissions: BTreeMap<String, Fields>,
    /// State tokens of another epoch are too old.
    pub(super) epoch: u64,
}

/// An event, a series, or an exception of one: of the latter, what differs from the series.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) fields: Fields,
    pub(super) start: EventTime,
    pub(super) end: EventTime,
    /// The names of the zones of start and end, as they were sent.
    pub(super) zones: (String, String),
    pub(super) rule: Option<Recurrence>,
    /// When the series has it, of an exception.
    pub(super) original: Option<EventTime>,
    /// The days of occurrences that do not take place, of a series.
    pub(super) cancelled: BTreeSet<Date>,
    pub(super) properties: BTreeMap<String, String>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) changed: u64,
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

    /// Takes one more, or says for how many seconds none is there. Graph counts over ten minutes
    /// (<https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits>); a minute that
    /// begins with the first request is this stand-in's choice.
    pub(super) fn take(&mut self, now: Timestamp) -> Result<(), u32> {
        let minute = SignedDuration::from_secs(60);
        let past = self.since.map(|since| now.duration_since(since));
        let past = past.filter(|past| *past < minute).unwrap_or_else(|| {
            self.since = Some(now);
            self.used = 0;
            SignedDuration::ZERO
        });
        self.used += 1;
        match self.used <= self.most {
            true => Ok(()),
            false => Err(u32::try_from((minute - past).as_secs().max(1)).unwrap_or(60)),
        }
    }
}

impl State {
    pub(super) fn new(owner: &str, zone: &str) -> Self {
        let mut state = Self {
            owner: owner.to_lowercase(),
            mailboxes: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            syncs: HashMap::new(),
            pending: HashMap::new(),
            uploads: HashMap::new(),
            notices: Vec::new(),
            outbox: Vec::new(),
            messages: Vec::new(),
            refusals: VecDeque::new(),
            quota: None,
            effects: 0,
            silent: false,
            unproven: None,
            now: Timestamp::UNIX_EPOCH,
            version: 0,
        };
        state.add_mailbox(owner, zone);
        state
    }

    pub(super) fn add_mailbox(&mut self, address: &str, zone: &str) {
        let address = address.to_lowercase();
        let number = self.mailboxes.len() + 1;
        let mut mailbox = Mailbox {
            id: format!("00000000-0000-4000-8000-{number:012}"),
            zone: times::zone(zone)
                .or_else(|| TimeZone::get(zone).ok())
                .unwrap_or(TimeZone::UTC),
            calendars: BTreeMap::new(),
            default: String::new(),
            transactions: HashMap::new(),
            address: address.clone(),
        };
        let name = Value::from("Calendar");
        mailbox.default = self.add_calendar(
            &mut mailbox,
            [("name".to_owned(), name)].into_iter().collect(),
            true,
        );
        self.mailboxes.insert(address, mailbox);
    }

    pub(super) fn next(&mut self) -> u64 {
        self.version += 1;
        self.version
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// The mailbox that a path names: by its address, or the id of its user.
    pub(super) fn address(&self, named: &str) -> Answer<String> {
        let named = named.to_lowercase();
        let mut all = self.mailboxes.values();
        let found = all.find(|mailbox| mailbox.address == named || mailbox.id == named);
        found
            .map(|mailbox| mailbox.address.clone())
            .ok_or_else(Refusal::no_mailbox)
    }

    pub(super) fn mailbox(&self, address: &str) -> Answer<&Mailbox> {
        self.mailboxes.get(address).ok_or_else(Refusal::no_mailbox)
    }

    pub(super) fn mailbox_mut(&mut self, address: &str) -> Answer<&mut Mailbox> {
        self.mailboxes
            .get_mut(address)
            .ok_or_else(Refusal::no_mailbox)
    }
}

impl Mailbox {
    pub(super) fn calendar(&self, id: &str) -> Answer<&Calendar> {
        self.calendars.get(id).ok_or_else(Refusal::not_found)
    }

    pub(super) fn calendar_mut(&mut self, id: &str) -> Answer<&mut Calendar> {
        self.calendars.get_mut(id).ok_or_else(Refusal::not_found)
    }

    /// The calendar that has an event, or the series that makes it.
    pub(super) fn home(&self, key: &str) -> Option<&str> {
        let master = super::ids::master(key);
        let mut all = self.calendars.iter();
        let found = all.find(|(_, calendar)| calendar.events.contains_key(master));
        found.map(|(id, _)| id.as_str())
    }
}
