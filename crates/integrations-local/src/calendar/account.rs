//! What an account has, and a change to it.

use std::collections::{BTreeMap, BTreeSet};

use integrations_core::calendar::{
    AclRole, AclRule, AclScope, CalendarId, CalendarInfo, ETag, EventId, Watch,
};
use integrations_core::{Error, ErrorKind, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::invite::Invitation;
use super::series::Series;
use super::{Notice, no_calendar};

/// How many changes are remembered for synchronisation.
const MOST_CHANGES: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) calendars: BTreeMap<CalendarId, Held>,
}

/// A calendar with its events.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) meta: Meta,
    /// By `UID`.
    pub(super) series: BTreeMap<String, Series>,
}

/// What is known of a calendar beside its events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Meta {
    pub(super) info: CalendarInfo,
    pub(super) acl: Vec<AclRule>,
    /// Counts changes. Every version of an event is the number of its last change.
    pub(super) sequence: u64,
    /// Tokens from before are too old.
    pub(super) floor: u64,
    /// Tells this calendar's tokens from those of another with the same id.
    pub(super) epoch: String,
    pub(super) changes: Vec<(u64, EventId)>,
    pub(super) watches: Vec<Watch>,
    /// The check sum of every file by `UID`, to find what other programs changed.
    #[serde(default)]
    pub(super) files: BTreeMap<String, u32>,
    /// The key that it was made with.
    #[serde(default)]
    pub(super) key: Option<String>,
}

/// The version of a calendar that was never changed.
pub(super) fn first_version() -> ETag {
    ETag::new("\"0\"")
}

impl Meta {
    pub(super) fn new(mut info: CalendarInfo) -> Self {
        info.etag = Some(first_version());
        let owner = AclRule::new("owner", AclScope::Other("owner".to_owned()), AclRole::Owner);
        Self {
            info,
            acl: vec![owner],
            sequence: 0,
            floor: 0,
            epoch: uuid::Uuid::new_v4().simple().to_string(),
            changes: Vec::new(),
            watches: Vec::new(),
            files: BTreeMap::new(),
            key: None,
        }
    }

    /// The zone in which days and floating times are read.
    pub(super) fn zone(&self) -> TimeZone {
        let zone = self.info.time_zone.as_ref();
        zone.and_then(|zone| zone.time_zone().ok())
            .unwrap_or(TimeZone::UTC)
    }

    /// Whether somebody sees the calendar itself.
    pub(super) fn is_shared_with(&self, email: &str) -> bool {
        self.acl.iter().any(|rule| match &rule.scope {
            AclScope::User(who) => who.eq_ignore_ascii_case(email),
            AclScope::Domain(domain) => email
                .rsplit_once('@')
                .is_some_and(|(_, of)| of.eq_ignore_ascii_case(domain)),
            AclScope::Public => true,
            // Who is in a group is not known here.
            _ => false,
        })
    }

    pub(super) fn expire_tokens(&mut self) {
        self.sequence += 1;
        self.floor = self.sequence;
        self.changes.clear();
    }

    pub(super) fn remember(&mut self, id: EventId) {
        self.changes.push((self.sequence, id));
        if self.changes.len() > MOST_CHANGES {
            let cut = self.changes.len() - MOST_CHANGES;
            if let Some((sequence, _)) = self.changes.drain(..cut).next_back() {
                self.floor = sequence;
            }
        }
    }
}

impl Account {
    pub(super) fn add_home(&mut self) {
        let mut delta = Delta::default();
        delta.add_home();
        self.apply(delta, Timestamp::now());
    }

    pub(super) fn calendar(&self, id: &CalendarId) -> Result<&Held> {
        self.calendars.get(id).ok_or_else(|| no_calendar(id))
    }

    /// A calendar that can be written.
    pub(super) fn writable(&self, id: &CalendarId) -> Result<&Held> {
        let held = self.calendar(id)?;
        if held.meta.info.writable {
            return Ok(held);
        }
        Err(Error::new(
            ErrorKind::PermissionDenied,
            format!("the calendar {:?} cannot be written", id.as_str()),
        ))
    }

    /// Makes a change, and gives the notices of it.
    pub(super) fn apply(&mut self, delta: Delta, now: Timestamp) -> Vec<Notice> {
        let mut notices = Vec::new();
        for (id, meta) in delta.calendars {
            match meta {
                None => {
                    self.calendars.remove(&id);
                }
                Some(meta) => match self.calendars.get_mut(&id) {
                    Some(held) => held.meta = meta,
                    None => {
                        let series = BTreeMap::new();
                        self.calendars.insert(id, Held { meta, series });
                    }
                },
            }
        }
        let mut touched = BTreeSet::new();
        for ((calendar, uid), series) in delta.series {
            let Some(held) = self.calendars.get_mut(&calendar) else {
                continue;
            };
            match series {
                Some(series) => held.series.insert(uid, series),
                None => held.series.remove(&uid),
            };
            touched.insert(calendar);
        }
        for calendar in touched {
            let Some(held) = self.calendars.get(&calendar) else {
                continue;
            };
            let holding = held.meta.watches.iter().filter(|watch| watch.expires > now);
            notices.extend(holding.map(|watch| Notice {
                watch: watch.id.clone(),
                calendar: calendar.clone(),
            }));
        }
        notices
    }
}

/// A change of an account.
#[derive(Debug, Default)]
pub(super) struct Delta {
    /// Calendars as they will be; `None` for those that go.
    pub(super) calendars: BTreeMap<CalendarId, Option<Meta>>,
    /// Series as they will be; `None` for those that go.
    pub(super) series: BTreeMap<(CalendarId, String), Option<Series>>,
    /// Messages to those who are invited.
    pub(super) invitations: Vec<Invitation>,
    /// What synchronisation reports.
    changed: Vec<(CalendarId, EventId)>,
}

impl Delta {
    pub(super) fn add_home(&mut self) {
        let mut info = CalendarInfo::new("home", "Home");
        info.primary = true;
        self.put_calendar(Meta::new(info));
    }

    pub(super) fn put_calendar(&mut self, meta: Meta) {
        self.calendars.insert(meta.info.id.clone(), Some(meta));
    }

    pub(super) fn remove_calendar(&mut self, id: &CalendarId) {
        self.calendars.insert(id.clone(), None);
    }

    pub(super) fn put(&mut self, calendar: &CalendarId, series: Series) {
        self.changed(calendar, series.master.id.clone());
        self.series
            .insert((calendar.clone(), series.uid().to_owned()), Some(series));
    }

    pub(super) fn remove(&mut self, calendar: &CalendarId, series: &Series) {
        self.changed(calendar, series.master.id.clone());
        for changed in series.changed.values() {
            self.changed(calendar, changed.id.clone());
        }
        self.series
            .insert((calendar.clone(), series.uid().to_owned()), None);
    }

    pub(super) fn changed(&mut self, calendar: &CalendarId, id: EventId) {
        self.changed.push((calendar.clone(), id));
    }

    /// Writes what changed into the calendars' records.
    pub(super) fn log(&mut self, account: &Account) {
        for (calendar, id) in std::mem::take(&mut self.changed) {
            let held = account.calendars.get(&calendar).map(|held| &held.meta);
            let current = self
                .calendars
                .entry(calendar)
                .or_insert_with(|| held.cloned());
            if let Some(meta) = current {
                // A deletion gives nothing a version, and is a change all the same.
                if held.is_some_and(|held| held.sequence == meta.sequence) {
                    meta.sequence += 1;
                }
                meta.remember(id);
            }
        }
    }

    /// The next version of an event in a calendar.
    pub(super) fn next_version(&mut self, held: &Held) -> u64 {
        let id = &held.meta.info.id;
        let current = self
            .calendars
            .entry(id.clone())
            .or_insert_with(|| Some(held.meta.clone()));
        // A calendar that goes gets no version.
        current.as_mut().map_or(0, |meta| {
            meta.sequence += 1;
            meta.sequence
        })
    }
}
