//! Calendars in memory, or as folders of `.ics` files that other programs can read.
//!
//! ```
//! use integrations_core::calendar::{Calendar, EventQuery, NewEvent};
//! use integrations_core::time::{EventTime, TimeRange};
//! use integrations_local::calendar::LocalCalendar;
//! use jiff::civil::date;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> integrations_core::Result<()> {
//! let calendar = Calendar::new(LocalCalendar::in_memory());
//! let home = calendar.list_calendars().all().await?.remove(0).id;
//!
//! let at = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin");
//! let event = calendar.create_event(&home, NewEvent::new("Lunch", at(12), at(13))).await?;
//! assert_eq!(calendar.get_event(&home, &event.id).await?.start, at(12));
//! # Ok(()) }
//! ```
//!
//! # In a folder
//!
//! Each calendar is a folder, and each event or series a file of it: an iCalendar object
//! (RFC 5545) with the series and its changed occurrences. A file is replaced whole, so a crash
//! leaves the old event or the new one. Files that other programs put there, change or remove are
//! seen when the folder is opened; what they say that is not known here is kept. `calendar.json`
//! has the calendar's name, sharing and the record of changes.
//!
//! A folder belongs to one process at a time; opening it a second time is an error that says so.
//!
//! # What a developer can do beyond the trait
//!
//! [`LocalCalendar::invitations`] says who would have been told of what,
//! [`LocalCalendar::notices`] gives the notices that subscriptions would get,
//! [`LocalCalendar::expire_sync_tokens`] makes every token too old, and
//! [`LocalCalendar::with_clock`] lets time pass.

mod account;
mod change;
mod folder;
mod groups;
mod ics;
mod invite;
mod occurrence;
mod provider;
mod search;
mod series;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use integrations_core::calendar::{CalendarCapabilities, CalendarId, WatchId};
use integrations_core::{Category, Descriptor, Error, Result, Status};
use jiff::Timestamp;

use account::{Account, Delta};
use folder::Folder;
pub use invite::{Invitation, InvitationMethod};

use crate::lazy::Lazy;

/// The owner's address when none is set (RFC 2606 reserves the domain).
const OWNER: &str = "owner@calendar.invalid";

/// A notice that a subscription's webhook would get.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// The subscription.
    pub watch: WatchId,
    /// The calendar that changed.
    pub calendar: CalendarId,
}

/// The calendars of one account. Clones share them.
#[derive(Clone)]
pub struct LocalCalendar {
    descriptor: Descriptor,
    capabilities: CalendarCapabilities,
    owner: String,
    page_size: usize,
    shared: Arc<Shared>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

struct Shared {
    store: Arc<Lazy<Store>>,
    notices: Mutex<Vec<Notice>>,
    status: Mutex<Status>,
}

/// The account, in memory or as it is in a folder.
struct Store {
    account: Mutex<Account>,
    /// Held while a change is decided, written and made.
    commit: tokio::sync::Mutex<()>,
    folder: Option<Folder>,
    /// The messages since it was opened.
    invitations: Mutex<Vec<Invitation>>,
}

impl Store {
    fn new(account: Account, folder: Option<Folder>) -> Self {
        Self {
            account: Mutex::new(account),
            commit: tokio::sync::Mutex::new(()),
            folder,
            invitations: Mutex::default(),
        }
    }

    /// Opens a folder, which is made, with one calendar, when it is not there.
    async fn open(folder: PathBuf) -> Result<Self> {
        let (folder, mut account) = Folder::open(folder).await?;
        if account.calendars.is_empty() {
            let mut delta = Delta::default();
            delta.add_home();
            folder.write(&delta).await?;
            account.apply(delta, Timestamp::now());
        }
        Ok(Self::new(account, Some(folder)))
    }

    /// Whether the folder can be used.
    async fn check(&self) -> Result<()> {
        match &self.folder {
            Some(folder) => folder.check().await,
            None => Ok(()),
        }
    }
}

impl LocalCalendar {
    /// An account with one calendar, gone with its last clone.
    #[must_use]
    pub fn in_memory() -> Self {
        let mut account = Account::default();
        account.add_home();
        Self::over(Lazy::memory(Store::new(account, None)))
    }

    /// An account in a folder, which is opened when it is connected or used first, and made then,
    /// with one calendar, when it is not there. Making it does no I/O; what
    /// [`open`](Self::open) fails with, the first use fails with.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self::over(Lazy::folder(folder.into()))
    }

    /// An account in a folder, opened now.
    ///
    /// # Errors
    /// `Conflict` when another process has it open; `PermissionDenied` and its like when the folder
    /// cannot be used; `Decode` when a record is damaged, which names the file.
    pub async fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let this = Self::in_folder(folder.as_ref());
        this.store().await?;
        Ok(this)
    }

    fn over(store: Arc<Lazy<Store>>) -> Self {
        Self {
            descriptor: Descriptor::new("local_calendar", Category::CALENDAR, "local"),
            capabilities: all(),
            owner: OWNER.to_owned(),
            page_size: 100,
            shared: Arc::new(Shared {
                store,
                notices: Mutex::default(),
                status: Mutex::new(Status::disconnected()),
            }),
            clock: Arc::new(Timestamp::now),
        }
    }

    /// Gives the integration another name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.descriptor = self.descriptor.with_name(name.into());
        self
    }

    /// Sets the address of the account's owner, who organizes and answers.
    #[must_use]
    pub fn with_owner(mut self, email: impl Into<String>) -> Self {
        self.owner = email.into();
        self
    }

    /// The address of the account's owner.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Takes abilities away: what `capabilities` does not declare is refused.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: CalendarCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// How many items a page has when the caller does not say.
    #[must_use]
    pub fn with_page_size(mut self, size: usize) -> Self {
        self.page_size = size.max(1);
        self
    }

    /// Tells the time by another clock, so that a test can let subscriptions end.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Takes the notices that subscriptions would have got since the last call.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        std::mem::take(&mut *lock(&self.shared.notices))
    }

    /// What those who are invited would have been told since the account was opened, the first
    /// first ([`Notify`](integrations_core::calendar::Notify)). Nothing is sent: this is the
    /// outbox. In a folder each is a mail in `outbox/` too.
    ///
    /// # Errors
    /// What the opening of the folder fails with.
    pub async fn invitations(&self) -> Result<Vec<Invitation>> {
        Ok(lock(&self.store().await?.invitations).clone())
    }

    /// Makes every token of synchronisation too old, as a provider does after a while.
    ///
    /// # Errors
    /// `NotFound` for the calendar; what the file system answers.
    pub async fn expire_sync_tokens(&self, calendar: &CalendarId) -> Result<()> {
        self.change(|account, delta| {
            let mut meta = account.calendar(calendar)?.meta.clone();
            meta.expire_tokens();
            delta.put_calendar(meta);
            Ok(())
        })
        .await
    }

    /// How often something here was read or written so far: what would be requests to a service. It
    /// is for tests, which prove with it that a call that is refused does neither. Clones count
    /// together.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.store.asked()
    }

    /// The account, opened now when it was not.
    async fn store(&self) -> Result<&Store> {
        self.shared.store.get(Store::open).await
    }

    async fn account(&self) -> Result<MutexGuard<'_, Account>> {
        Ok(lock(&self.store().await?.account))
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Decides on a change, writes it down, and then makes it: all of it or nothing.
    async fn change<T>(&self, decide: impl FnOnce(&Account, &mut Delta) -> Result<T>) -> Result<T> {
        let store = self.store().await?;
        let _commit = store.commit.lock().await;
        let mut delta = Delta::default();
        let answer = {
            let account = lock(&store.account);
            let answer = decide(&account, &mut delta)?;
            delta.log(&account);
            answer
        };
        if let Some(folder) = &store.folder {
            folder.write(&delta).await?;
        }
        lock(&store.invitations).append(&mut delta.invitations);
        let watches = lock(&store.account).apply(delta, self.now());
        lock(&self.shared.notices).extend(watches);
        Ok(answer)
    }
}

impl std::fmt::Debug for LocalCalendar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalCalendar")
            .field("name", &self.descriptor.name)
            .field("folder", &self.shared.store.path())
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn all() -> CalendarCapabilities {
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
    all.notify = true;
    all.respond = true;
    all.respond_comment = true;
    all.max_reminders = 20;
    all.reminder_email = true;
    all.tentative = true;
    all.show_as_free = true;
    all.show_as_finer = true;
    all.visibility = true;
    all.properties = true;
    all.attachment_links = true;
    all.attachments = true;
    all.conference_link = true;
    all.conference_create = true;
    all.free_busy = true;
    all.free_busy_people = true;
    all.calendar_etag = true;
    all.sharing = true;
    all.sync = true;
    all.watching = true;
    all
}

fn no_calendar(id: &CalendarId) -> Error {
    Error::not_found(format_args!("the calendar {:?}", id.as_str()))
}
