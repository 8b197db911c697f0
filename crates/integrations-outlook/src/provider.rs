//! The calendar trait.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use integrations_core::calendar::{
    AttachmentProvider, CalendarCapabilities, CalendarId, CalendarInfo, CalendarPatch,
    CalendarProvider, DeleteOptions, Event, EventId, EventPatch, EventQuery, FreeBusy, NewCalendar,
    NewEvent, Rsvp, SharingProvider, Subject, SyncProvider, UpdateOptions, WatchProvider,
};
use integrations_core::guard::{Guard, Operation};
use integrations_core::http::{HttpTransport, Transport, TransportConfig};
use integrations_core::oauth::AccessTokens;
use integrations_core::time::TimeRange;
use integrations_core::{
    Category, Cursor, Descriptor, Effect, Error, ErrorKind, Health, Integration, Page, PageRequest,
    Result, Status,
};
use integrations_microsoft_graph::{Api, Call};
use jiff::Timestamp;
use serde_json::Value;

use crate::OutlookConfig;
use crate::operations::DEFAULT;

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The name by which the default calendar can be called, besides its id.
pub(crate) const PRIMARY: &str = "primary";

/// The calendars of one mailbox at Outlook or Exchange Online. Cheap to clone.
#[derive(Clone)]
pub struct Outlook {
    descriptor: Descriptor,
    pub(crate) api: Api,
    pub(crate) capabilities: CalendarCapabilities,
    root: Arc<[String]>,
    /// How many days a synchronisation goes back and ahead.
    pub(crate) window: (u16, u16),
    clock: Clock,
}

fn capabilities() -> CalendarCapabilities {
    let mut has = CalendarCapabilities::new();
    has.calendar_write = true;
    has.idempotent_create = true;
    has.etag_conditions = true;
    has.whole_days = true;
    has.recurrence = true;
    has.expand = true;
    has.scope_this = true;
    has.scope_following = true;
    has.attendees = true;
    has.attendee_roles = true;
    has.notify = true;
    has.notify_always = true;
    has.delete_message = true;
    has.respond = true;
    has.respond_comment = true;
    // `reminderMinutesBeforeStart` is one number.
    has.max_reminders = 1;
    has.show_as_free = true;
    has.show_as_finer = true;
    has.visibility = true;
    has.properties = true;
    has.attachments = true;
    has.conference_create = true;
    has.free_busy = true;
    has.free_busy_people = true;
    // Of getSchedule. Microsoft's page names no limit of either; Exchange, which answers, takes 62
    // days (`MaximumQueryIntervalDays`), and its clients ask for twenty at a time.
    has.max_free_busy_subjects = 20;
    has.max_free_busy_span = Some(Duration::from_secs(62 * 24 * 3600));
    has.sharing = true;
    has.sync = true;
    has.watching = true;
    has
}

impl Outlook {
    /// A mailbox over the usual transport. Sends nothing.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn new(config: OutlookConfig) -> Result<Self> {
        config.validate()?;
        Self::with_transport(config, HttpTransport::new(TransportConfig::new())?)
    }

    /// A mailbox over a transport of your own.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn with_transport(
        config: OutlookConfig,
        transport: impl Transport + 'static,
    ) -> Result<Self> {
        config.validate()?;
        let descriptor =
            Descriptor::new("outlook", Category::CALENDAR, "microsoft").with_version("v1.0");
        let transport: Arc<dyn Transport> = Arc::new(transport);
        let guard = Guard::builder().integration(&descriptor).build()?;
        let tokens = config.tokens(transport.clone())?;
        Ok(Self {
            api: Api::new(config.base()?, transport, tokens, guard),
            descriptor,
            capabilities: capabilities(),
            root: config.root().into(),
            window: (config.sync_past_days, config.sync_ahead_days),
            clock: Arc::new(Timestamp::now),
        })
    }

    /// Takes access tokens from elsewhere, for example a connection's
    /// [`TokenSource`](integrations_core::oauth::AccessTokens) (core's feature `credentials`).
    #[must_use]
    pub fn with_tokens(mut self, tokens: impl AccessTokens + 'static) -> Self {
        self.api = self.api.with_tokens(Arc::new(tokens));
        self
    }

    /// Gives the integration another name, for example when two mailboxes are configured.
    ///
    /// # Errors
    /// None in practice: the guard is made anew with the same policy.
    pub fn with_name(mut self, name: impl Into<String>) -> Result<Self> {
        self.descriptor = self.descriptor.with_name(name.into());
        let policy = self.guard().config().clone();
        let guard = Guard::builder()
            .config(policy)
            .integration(&self.descriptor);
        self.api = self.api.with_guard(guard.build()?);
        Ok(self)
    }

    /// The guard that every request runs under.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        self.api.guard()
    }

    /// Runs every request under this guard.
    #[must_use]
    pub fn with_guard(mut self, guard: Guard) -> Self {
        self.api = self.api.with_guard(guard);
        self
    }

    /// Reads the time from elsewhere, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// A path below the mailbox.
    pub(crate) fn below<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        let root = self.root.iter().map(String::as_str);
        root.chain(rest.iter().copied()).collect()
    }

    /// A path below a calendar.
    pub(crate) fn path<'a>(&'a self, calendar: &'a CalendarId, rest: &[&'a str]) -> Vec<&'a str> {
        let mut path = match calendar.as_str() {
            PRIMARY => self.below(&["calendar"]),
            id => self.below(&["calendars", id]),
        };
        path.extend(rest);
        path
    }
}

/// What every request for events prefers: ids that stay when an event moves
/// (<https://learn.microsoft.com/en-us/graph/outlook-immutable-id>), and times in UTC.
pub(crate) fn preferred(call: Call) -> Call {
    call.prefer("IdType=\"ImmutableId\"")
        .prefer("outlook.timezone=\"UTC\"")
}

/// With texts as plain text, which Graph otherwise makes HTML of.
pub(crate) fn plain(call: Call) -> Call {
    preferred(call).prefer("outlook.body-content-type=\"text\"")
}

/// An answer without what it has to have.
pub(crate) fn missing(what: &'static str) -> Error {
    Error::new(ErrorKind::Decode, what).with_effect(Effect::Applied)
}

/// Whether an error says that a thing is gone: never there, or deleted.
pub(crate) fn is_gone(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound
}

/// The link to the page after this one.
pub(crate) fn next_link(answer: &Value) -> Option<&str> {
    answer["@odata.nextLink"].as_str()
}

/// The page of these items.
pub(crate) fn page<T>(items: Vec<T>, answer: &Value) -> Page<T> {
    let mut page = Page::last(items);
    page.next = next_link(answer).map(Cursor::new);
    page
}

/// How much a page has when nobody says it: more than the ten that Graph gives.
const USUAL: u32 = 100;

/// The call for a page: the first one, or where the cursor leads.
pub(crate) fn paged(first: Call, page: &PageRequest, most: u32) -> Call {
    match &page.cursor {
        Some(cursor) => Call::follow(cursor.as_str()),
        None => {
            let limit = page.limit.map_or(USUAL, |limit| limit.get());
            first.with("$top", limit.min(most))
        }
    }
}

/// The items of a list's answer, taken out of it.
pub(crate) fn items(answer: &mut Value) -> Vec<Value> {
    match answer["value"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

impl fmt::Debug for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outlook")
            .field("descriptor", &self.descriptor)
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Integration for Outlook {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        let call = Call::get(&self.below(&["calendar"]));
        self.api
            .send(&Operation::of(&DEFAULT), &call)
            .await
            .map(drop)
    }

    async fn check_health(&self) -> Health {
        let started = Instant::now();
        let result = self.connect().await;
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        self.guard().status()
    }
}

#[async_trait]
impl CalendarProvider for Outlook {
    fn capabilities(&self) -> &CalendarCapabilities {
        &self.capabilities
    }

    async fn list_calendars(&self, page: &PageRequest) -> Result<Page<CalendarInfo>> {
        self.calendar_list(page).await
    }

    async fn get_calendar(&self, id: &CalendarId) -> Result<CalendarInfo> {
        self.calendar(id).await
    }

    async fn create_calendar(&self, new: &NewCalendar) -> Result<CalendarInfo> {
        self.insert_calendar(new).await
    }

    async fn update_calendar(
        &self,
        id: &CalendarId,
        patch: &CalendarPatch,
    ) -> Result<CalendarInfo> {
        self.patch_calendar(id, patch).await
    }

    async fn delete_calendar(&self, id: &CalendarId) -> Result<()> {
        self.remove_calendar(id).await
    }

    async fn list_events(
        &self,
        calendar: &CalendarId,
        query: &EventQuery,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        self.capabilities.check_query(query)?;
        self.list(calendar, query, page).await
    }

    async fn instances(
        &self,
        calendar: &CalendarId,
        series: &EventId,
        range: TimeRange,
        page: &PageRequest,
    ) -> Result<Page<Event>> {
        self.occurrences(calendar, series, range, page).await
    }

    async fn get_event(&self, calendar: &CalendarId, id: &EventId) -> Result<Event> {
        self.event(calendar, id).await
    }

    async fn create_event(&self, calendar: &CalendarId, new: &NewEvent) -> Result<Event> {
        self.capabilities.check_new_event(new)?;
        self.insert(calendar, new).await
    }

    async fn update_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        patch: &EventPatch,
        options: &UpdateOptions,
    ) -> Result<Event> {
        self.capabilities.check_patch(patch, options)?;
        self.update(calendar, id, patch, options).await
    }

    async fn delete_event(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        options: &DeleteOptions,
    ) -> Result<()> {
        self.capabilities.check_change(options)?;
        self.delete(calendar, id, options).await
    }

    async fn respond(&self, calendar: &CalendarId, id: &EventId, rsvp: &Rsvp) -> Result<Event> {
        self.capabilities.check_rsvp(rsvp)?;
        self.answer(calendar, id, rsvp).await
    }

    async fn free_busy(&self, subjects: &[Subject], range: TimeRange) -> Result<Vec<FreeBusy>> {
        self.busy(subjects, range).await
    }

    fn sharing(&self) -> Option<&dyn SharingProvider> {
        Some(self)
    }

    fn attachments(&self) -> Option<&dyn AttachmentProvider> {
        Some(self)
    }

    fn sync(&self) -> Option<&dyn SyncProvider> {
        Some(self)
    }

    fn watching(&self) -> Option<&dyn WatchProvider> {
        Some(self)
    }
}
