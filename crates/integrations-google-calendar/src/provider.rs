//! The calendar trait.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use integrations_core::calendar::{
    CalendarCapabilities, CalendarId, CalendarInfo, CalendarPatch, CalendarProvider, DeleteOptions,
    Event, EventId, EventPatch, EventQuery, FreeBusy, NewCalendar, NewEvent, Notify, Rsvp,
    SharingProvider, Subject, SyncProvider, UpdateOptions, WatchProvider,
};
use integrations_core::guard::{Guard, Operation};
use integrations_core::http::{HttpTransport, Transport, TransportConfig};
use integrations_core::oauth::AccessTokens;
use integrations_core::time::TimeRange;
use integrations_core::{
    Category, Descriptor, Effect, Error, ErrorKind, Health, Integration, Page, PageRequest, Result,
    Status,
};
use integrations_google::{Api, Call};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::GoogleCalendarConfig;
use crate::operations::PRIMARY;

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The calendars of one Google account. Cheap to clone.
#[derive(Clone)]
pub struct GoogleCalendar {
    descriptor: Descriptor,
    pub(crate) api: Api,
    pub(crate) capabilities: CalendarCapabilities,
    /// The account's address, once it is known.
    me: Arc<OnceCell<String>>,
    clock: Clock,
}

fn capabilities() -> CalendarCapabilities {
    let mut has = CalendarCapabilities::new();
    has.calendar_write = true;
    has.calendar_description = true;
    has.calendar_time_zone = true;
    has.calendar_etag = true;
    has.idempotent_create = true;
    has.etag_conditions = true;
    has.whole_days = true;
    has.recurrence = true;
    has.recurrence_dates = true;
    has.expand = true;
    has.scope_this = true;
    has.scope_following = true;
    has.text_search = true;
    has.include_cancelled = true;
    has.updated_since = true;
    has.move_event = true;
    has.attendees = true;
    has.attendee_roles = true;
    has.notify = true;
    has.respond = true;
    has.respond_comment = true;
    // "The maximum number of override reminders is 5" (discovery document, `Event.reminders`).
    has.max_reminders = 5;
    has.reminder_email = true;
    has.tentative = true;
    has.show_as_free = true;
    has.visibility = true;
    has.properties = true;
    has.attachment_links = true;
    has.conference_link = true;
    has.conference_create = true;
    has.free_busy = true;
    has.free_busy_people = true;
    // "Maximum value is 50" (`FreeBusyRequest.calendarExpansionMax`).
    has.max_free_busy_subjects = 50;
    has.sharing = true;
    has.sync = true;
    has.watching = true;
    has
}

impl GoogleCalendar {
    /// An account over the usual transport. Sends nothing.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn new(config: GoogleCalendarConfig) -> Result<Self> {
        config.validate()?;
        Self::with_transport(config, HttpTransport::new(TransportConfig::new())?)
    }

    /// An account over a transport of your own.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn with_transport(
        config: GoogleCalendarConfig,
        transport: impl Transport + 'static,
    ) -> Result<Self> {
        config.validate()?;
        let descriptor =
            Descriptor::new("google_calendar", Category::CALENDAR, "google").with_version("v3");
        let transport: Arc<dyn Transport> = Arc::new(transport);
        let guard = Guard::builder().integration(&descriptor).build()?;
        let tokens = config.tokens(transport.clone())?;
        Ok(Self {
            api: Api::new(config.base()?, transport, tokens, guard),
            descriptor,
            capabilities: capabilities(),
            me: Arc::default(),
            clock: Arc::new(Timestamp::now),
        })
    }

    /// Takes access tokens from elsewhere, for example a connection's
    /// [`TokenSource`](integrations_core::oauth::AccessTokens) (core's feature `credentials`).
    #[must_use]
    pub fn with_tokens(mut self, tokens: impl AccessTokens + 'static) -> Self {
        self.api = self.api.with_tokens(Arc::new(tokens));
        self.me = Arc::default();
        self
    }

    /// Gives the integration another name, for example when two accounts are configured.
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

    /// The account's address, which is the id of its primary calendar.
    pub(crate) async fn me(&self) -> Result<&str> {
        let ask = || async {
            let call = Call::get(&["calendars", "primary"]);
            let primary = self.api.send(&Operation::of(&PRIMARY), &call).await?;
            let id = primary["id"].as_str().map(str::to_owned);
            id.ok_or_else(|| missing("the primary calendar has no id"))
        };
        self.me.get_or_try_init(ask).await.map(String::as_str)
    }
}

/// An answer without what it has to have.
pub(crate) fn missing(what: &'static str) -> Error {
    Error::new(ErrorKind::Decode, what).with_effect(Effect::Applied)
}

/// Whether an error says that a thing is gone: never there, or deleted.
pub(crate) fn is_gone(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound
}

/// The cursor of the page after this one.
pub(crate) fn next_page<T>(items: Vec<T>, answer: &Value) -> Page<T> {
    let mut page = Page::last(items);
    page.next = answer["nextPageToken"].as_str().map(Into::into);
    page
}

/// The items of a list's answer, taken out of it.
pub(crate) fn items(answer: &mut Value) -> Vec<Value> {
    match answer["items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

impl fmt::Debug for GoogleCalendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleCalendar")
            .field("descriptor", &self.descriptor)
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Integration for GoogleCalendar {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        let call = Call::get(&["calendars", "primary"]);
        let primary = self.api.send(&Operation::of(&PRIMARY), &call).await?;
        if let Some(id) = primary["id"].as_str() {
            // Known already is as good.
            let _ = self.me.set(id.to_owned());
        }
        Ok(())
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
impl CalendarProvider for GoogleCalendar {
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

    async fn move_event(
        &self,
        from: &CalendarId,
        id: &EventId,
        to: &CalendarId,
        notify: Notify,
    ) -> Result<Event> {
        self.capabilities.check_move(notify)?;
        self.move_to(from, id, to, notify).await
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

    fn sync(&self) -> Option<&dyn SyncProvider> {
        Some(self)
    }

    fn watching(&self) -> Option<&dyn WatchProvider> {
        Some(self)
    }
}
