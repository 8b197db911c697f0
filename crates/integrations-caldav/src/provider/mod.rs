//! The driver trait over one account at a server.

mod calendars;
mod change;
mod driver;
mod events;
mod free_busy;
mod lists;
mod moves;
mod people;
mod sync;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use integrations_core::calendar::CalendarCapabilities;
use integrations_core::guard::Guard;
use integrations_core::http::{HttpTransport, Transport, TransportConfig};
use integrations_core::{
    Category, Descriptor, Error, ErrorKind, Health, Integration, Result, Status,
};
use jiff::Timestamp;
use url::Url;

use crate::auth::{Auth, Credentials};
use crate::client::Dav;
use crate::config::{CalDavConfig, web_address};
use crate::discovery::{Account, discover};

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The calendars of one account at a CalDAV server. Cheap to clone; clones share what was found.
#[derive(Clone)]
pub struct CalDav {
    descriptor: Descriptor,
    dav: Dav,
    start: Url,
    address: Option<String>,
    clock: Clock,
    found: Arc<Found>,
}

/// What was found out about the account.
#[derive(Default)]
struct Found {
    account: Mutex<Option<Arc<Account>>>,
    /// Held while it is looked for, so that many calls look once.
    looking: tokio::sync::Mutex<()>,
    capabilities: OnceLock<CalendarCapabilities>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CalDav {
    /// An account over the usual transport. Sends nothing.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn new(config: CalDavConfig) -> Result<Self> {
        let mut transport = TransportConfig::new();
        if config.plain_http {
            transport = transport.with_plain_http();
        }
        Self::with_transport(config, HttpTransport::new(transport)?)
    }

    /// An account over a transport of your own.
    ///
    /// # Errors
    /// One `Config` error that names everything that is wrong.
    pub fn with_transport(
        config: CalDavConfig,
        transport: impl Transport + 'static,
    ) -> Result<Self> {
        config.validate()?;
        let wrong = |()| Error::new(ErrorKind::Config, "url is no https or http URL");
        let start = web_address(&config.url).map_err(wrong)?;
        let mut trusted = vec![start.origin()];
        for host in &config.hosts {
            trusted.push(web_address(host).map_err(wrong)?.origin());
        }
        let descriptor = Descriptor::new("caldav", Category::CALENDAR, "caldav");
        let guard = Guard::builder().integration(&descriptor).build()?;
        let auth = Auth::new(config.credentials());
        Ok(Self {
            dav: Dav::new(Arc::new(transport), auth, trusted).with_guard(guard),
            descriptor,
            start,
            address: config.address,
            clock: Arc::new(Timestamp::now),
            found: Arc::default(),
        })
    }

    /// Proves who the account is by other credentials than the configured ones: the tokens of a
    /// connection, which are renewed when they end.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.dav = self.dav.with_auth(Auth::new(credentials));
        self.found = Arc::default();
        self
    }

    /// Gives the integration another name, for example when two accounts are configured.
    ///
    /// # Errors
    /// None in practice: the guard is made anew with the same policy.
    pub fn with_name(mut self, name: impl Into<String>) -> Result<Self> {
        self.descriptor = self.descriptor.with_name(name.into());
        let policy = self.dav.guard().config().clone();
        let guard = Guard::builder()
            .config(policy)
            .integration(&self.descriptor)
            .build()?;
        self.dav = self.dav.with_guard(guard);
        Ok(self)
    }

    /// The guard that every request runs under.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        self.dav.guard()
    }

    /// Runs every request under this guard.
    #[must_use]
    pub fn with_guard(mut self, guard: Guard) -> Self {
        self.dav = self.dav.with_guard(guard);
        self
    }

    /// Tells the time by another clock, for tests: it is written into events as when they changed.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// What is known of the account; it is looked for at the first call.
    async fn account(&self) -> Result<Arc<Account>> {
        if let Some(account) = lock(&self.found.account).clone() {
            return Ok(account);
        }
        let _looking = self.found.looking.lock().await;
        if let Some(account) = lock(&self.found.account).clone() {
            return Ok(account);
        }
        self.look().await
    }

    async fn look(&self) -> Result<Arc<Account>> {
        let account = Arc::new(discover(&self.dav, &self.start).await?);
        self.found
            .capabilities
            .get_or_init(|| self.capabilities_of(&account));
        *lock(&self.found.account) = Some(account.clone());
        Ok(account)
    }

    fn known(&self) -> &CalendarCapabilities {
        static BASE: OnceLock<CalendarCapabilities> = OnceLock::new();
        let base = || BASE.get_or_init(base);
        self.found.capabilities.get().unwrap_or_else(base)
    }

    fn capabilities_of(&self, account: &Account) -> CalendarCapabilities {
        let mut all = base();
        all.calendar_write = account.allows("MKCALENDAR");
        // Every server of class 1 moves (RFC 4918, section 9.9); what the home says is of the home.
        all.move_event = account.has("1");
        all.notify = account.schedules();
        all.respond = account.schedules();
        all.free_busy_people = account.schedules() && account.outbox.is_some();
        all
    }
}

/// What every server can keep, because it keeps iCalendar objects as they are.
fn base() -> CalendarCapabilities {
    let mut all = CalendarCapabilities::new();
    all.calendar_write = true;
    all.calendar_description = true;
    all.calendar_time_zone = true;
    all.calendar_color = true;
    all.idempotent_create = true;
    all.etag_conditions = true;
    all.whole_days = true;
    all.floating_times = true;
    all.recurrence = true;
    all.recurrence_dates = true;
    all.recurrence_sub_daily = true;
    all.expand = true;
    all.scope_this = true;
    all.scope_following = true;
    all.text_search = true;
    all.include_cancelled = true;
    all.updated_since = true;
    all.move_event = true;
    all.attendees = true;
    all.attendee_roles = true;
    all.max_reminders = 20;
    all.reminder_email = true;
    all.tentative = true;
    all.show_as_free = true;
    all.show_as_finer = true;
    all.visibility = true;
    all.properties = true;
    all.attachment_links = true;
    all.conference_link = true;
    all.free_busy = true;
    all.sync = true;
    all
}

#[async_trait]
impl Integration for CalDav {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Finds the account anew, and what the server can do for it. What it declares is decided at
    /// the first time and stays.
    async fn connect(&self) -> Result<()> {
        let _looking = self.found.looking.lock().await;
        self.look().await.map(drop)
    }

    async fn disconnect(&self) -> Result<()> {
        *lock(&self.found.account) = None;
        Ok(())
    }

    async fn check_health(&self) -> Health {
        let started = Instant::now();
        let result = self.connect().await;
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        self.dav.guard().status()
    }
}

impl fmt::Debug for CalDav {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CalDav")
            .field("name", &self.descriptor.name)
            .field("server", &self.start.origin().ascii_serialization())
            .finish_non_exhaustive()
    }
}
