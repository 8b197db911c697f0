//! A calendar at a provider: a log of changes, given in pages of two.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::date;

use crate::calendar::groups::{
    Change, SyncFrom, SyncNext, SyncPage, SyncProvider, SyncToken, Watch, WatchProvider,
    WatchRequest,
};
use crate::calendar::model::{CalendarId, CalendarInfo, Event, EventId};
use crate::calendar::request::{DeleteOptions, EventPatch, EventQuery, NewEvent, UpdateOptions};
use crate::calendar::{Calendar, CalendarCapabilities, CalendarProvider};
use crate::error::{Error, ErrorKind, Result};
use crate::integration::{Category, Descriptor, Health, Integration, Status};
use crate::page::{Cursor, Page, PageRequest};
use crate::time::EventTime;

/// How long a subscription holds here.
pub(super) const TTL: Duration = Duration::from_secs(600);

#[derive(Debug, Default)]
struct Held {
    events: BTreeMap<EventId, Event>,
    /// Every id that changed, in order.
    log: Vec<EventId>,
    /// Tokens below this are too old.
    oldest: usize,
    /// Cursors with another number are too old.
    epoch: u32,
    pages: u32,
    /// The page that fails, counted from now.
    fail_at: Option<u32>,
    /// Cursors that are too old as soon as they are given.
    forgetful: bool,
    watches: Vec<WatchId>,
    now: Timestamp,
}

type WatchId = String;

#[derive(Debug, Clone)]
pub(super) struct Remote {
    held: Arc<Mutex<Held>>,
    descriptor: Descriptor,
    capabilities: CalendarCapabilities,
}

fn at(hour: i8) -> EventTime {
    EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin")
}

impl Remote {
    pub(super) fn new() -> Self {
        let mut capabilities = CalendarCapabilities::new();
        (capabilities.sync, capabilities.watching) = (true, true);
        // Zero is the start, and no token.
        let held = Held {
            log: vec!["nothing".into()],
            ..Held::default()
        };
        Self {
            held: Arc::new(Mutex::new(held)),
            descriptor: Descriptor::new("remote", Category::CALENDAR, "test"),
            capabilities,
        }
    }

    pub(super) fn named(mut self, name: &'static str) -> Self {
        self.descriptor = Descriptor::new(name, Category::CALENDAR, "test");
        self
    }

    pub(super) fn calendar(&self) -> Calendar {
        Calendar::new(self.clone())
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    pub(super) fn put(&self, id: &str, summary: &str) {
        let event = Event::new(id, "c", summary, at(9), at(10));
        let mut held = self.held();
        held.log.push(event.id.clone());
        held.events.insert(event.id.clone(), event);
    }

    pub(super) fn delete(&self, id: &str) {
        let mut held = self.held();
        held.log.push(id.into());
        held.events.remove(&EventId::new(id));
    }

    /// Deletes with every trace.
    pub(super) fn erase(&self, id: &str) {
        let mut held = self.held();
        let id = EventId::new(id);
        for entry in held.log.iter_mut().filter(|entry| **entry == id) {
            *entry = "nothing".into();
        }
        held.events.remove(&id);
    }

    /// Forgets what changed until now.
    pub(super) fn forget(&self) {
        let mut held = self.held();
        held.oldest = held.log.len() + 1;
        held.log.push("nothing".into());
    }

    /// Makes the cursors of runs that are on their way too old.
    pub(super) fn drop_runs(&self) {
        self.held().epoch += 1;
    }

    pub(super) fn always_forget(&self) {
        self.held().forgetful = true;
    }

    /// Fails once, at so many pages from now.
    pub(super) fn fail_at(&self, page: u32) {
        self.held().fail_at = Some(page);
    }

    pub(super) fn pages(&self) -> u32 {
        self.held().pages
    }

    /// The subscriptions that hold.
    pub(super) fn watches(&self) -> Vec<String> {
        self.held().watches.clone()
    }

    pub(super) fn end_watches(&self) {
        self.held().watches.clear();
    }

    pub(super) fn set_now(&self, now: Timestamp) {
        self.held().now = now;
    }

    pub(super) fn now(&self) -> Timestamp {
        self.held().now
    }
}

#[async_trait]
impl SyncProvider for Remote {
    async fn sync_page(&self, _: &CalendarId, from: &SyncFrom) -> Result<SyncPage> {
        let mut held = self.held();
        held.pages += 1;
        match &mut held.fail_at {
            Some(0) => {
                held.fail_at = None;
                return Err(Error::new(ErrorKind::Network, "the line broke"));
            }
            Some(left) => *left -= 1,
            None => {}
        }
        // epoch.start.end.offset, or a number.
        let numbers = |text: &str| -> Vec<usize> {
            text.split('.').map(|part| part.parse().unwrap()).collect()
        };
        let (whole, start, end, offset) = match from {
            SyncFrom::Start => (true, 0, held.log.len(), 0),
            SyncFrom::Token(token) => (false, numbers(token.as_str())[0], held.log.len(), 0),
            SyncFrom::Cursor(cursor) => {
                let numbers = numbers(cursor.as_str());
                if numbers[0] != held.epoch as usize || held.forgetful {
                    return Ok(SyncPage::Expired);
                }
                (numbers[1] == 0, numbers[1], numbers[2], numbers[3])
            }
        };
        if !whole && start < held.oldest {
            return Ok(SyncPage::Expired);
        }
        let mut ids: Vec<EventId> = match whole {
            true => held.events.keys().cloned().collect(),
            false => held.log[start..end].to_vec(),
        };
        if !whole {
            ids.sort();
            ids.dedup();
        }
        let page = ids.iter().skip(offset).take(2);
        let changes = page
            .map(|id| match held.events.get(id) {
                Some(event) => Change::Upserted(Box::new(event.clone())),
                None => Change::Deleted(id.clone()),
            })
            .collect();
        let next = match offset + 2 < ids.len() {
            true => {
                let cursor = format!("{}.{start}.{end}.{}", held.epoch, offset + 2);
                SyncNext::More(Cursor::new(cursor))
            }
            false => SyncNext::Done(SyncToken::new(end.to_string())),
        };
        Ok(SyncPage::Changes { changes, next })
    }
}

#[async_trait]
impl WatchProvider for Remote {
    async fn watch(&self, request: &WatchRequest) -> Result<Watch> {
        let mut held = self.held();
        let id = format!("watch {}", held.pages);
        held.watches.push(id.clone());
        Ok(Watch::new(id, request.calendar.clone(), held.now + TTL))
    }

    async fn renew_watch(&self, watch: &Watch, request: &WatchRequest) -> Result<Watch> {
        let held = self.held();
        if !held.watches.iter().any(|id| id == watch.id.as_str()) {
            return Err(Error::not_found("the subscription"));
        }
        Ok(Watch::new(
            watch.id.clone(),
            request.calendar.clone(),
            held.now + TTL,
        ))
    }

    async fn stop_watch(&self, watch: &Watch) -> Result<()> {
        self.held().watches.retain(|id| id != watch.id.as_str());
        Ok(())
    }
}

#[async_trait]
impl Integration for Remote {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }
    async fn connect(&self) -> Result<()> {
        Ok(())
    }
    async fn disconnect(&self) -> Result<()> {
        Ok(())
    }
    async fn check_health(&self) -> Health {
        Health::from_result(Duration::ZERO, &Ok(()))
    }
    fn status(&self) -> Status {
        unreachable!("no test asks")
    }
}

#[async_trait]
impl CalendarProvider for Remote {
    fn capabilities(&self) -> &CalendarCapabilities {
        &self.capabilities
    }

    async fn list_calendars(&self, _: &PageRequest) -> Result<Page<CalendarInfo>> {
        Ok(Page::last(Vec::new()))
    }

    async fn list_events(
        &self,
        _: &CalendarId,
        _: &EventQuery,
        _: &PageRequest,
    ) -> Result<Page<Event>> {
        Ok(Page::last(self.held().events.values().cloned().collect()))
    }

    async fn get_event(&self, _: &CalendarId, id: &EventId) -> Result<Event> {
        let found = self.held().events.get(id).cloned();
        found.ok_or_else(|| Error::not_found("the event"))
    }

    async fn create_event(&self, calendar: &CalendarId, new: &NewEvent) -> Result<Event> {
        self.put(&new.summary, &new.summary);
        self.get_event(calendar, &new.summary.as_str().into()).await
    }

    async fn update_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        patch: &EventPatch,
        _: &UpdateOptions,
    ) -> Result<Event> {
        self.get_event(calendar, id).await?;
        self.put(id.as_str(), patch.summary.as_deref().unwrap_or_default());
        self.get_event(calendar, id).await
    }

    async fn delete_event(&self, _: &CalendarId, id: &EventId, _: &DeleteOptions) -> Result<()> {
        self.delete(id.as_str());
        Ok(())
    }

    fn sync(&self) -> Option<&dyn SyncProvider> {
        Some(self)
    }

    fn watching(&self) -> Option<&dyn WatchProvider> {
        Some(self)
    }
}
