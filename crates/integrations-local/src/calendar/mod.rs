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
//! [`LocalCalendar::notices`] gives the notices that subscriptions would get,
//! [`LocalCalendar::expire_sync_tokens`] makes every token too old, and
//! [`LocalCalendar::with_clock`] lets time pass.

mod account;
mod folder;
mod groups;
mod ics;
mod occurrence;
mod provider;
mod series;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use integrations_core::calendar::{CalendarCapabilities, CalendarId, WatchId};
use integrations_core::{Category, Descriptor, Error, Result, Status};
use jiff::Timestamp;

use account::{Account, Delta};
use folder::Folder;

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
    account: Mutex<Account>,
    /// Held while a change is decided, written and made.
    commit: tokio::sync::Mutex<()>,
    folder: Option<Folder>,
    notices: Mutex<Vec<Notice>>,
    status: Mutex<Status>,
}

impl LocalCalendar {
    /// An account with one calendar, gone with its last clone.
    #[must_use]
    pub fn in_memory() -> Self {
        let mut account = Account::default();
        account.add_home();
        Self::over(account, None)
    }

    /// An account in a folder, which is made, with one calendar, when it is not there.
    ///
    /// # Errors
    /// `Conflict` when another process has it open; `PermissionDenied` and its like when the folder
    /// cannot be used; `Decode` when a record is damaged, which names the file.
    pub async fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let (folder, account) = Folder::open(folder.as_ref().to_path_buf()).await?;
        let this = Self::over(account, Some(folder));
        if this.account().calendars.is_empty() {
            this.change(|_, delta| {
                delta.add_home();
                Ok(())
            })
            .await?;
        }
        Ok(this)
    }

    fn over(account: Account, folder: Option<Folder>) -> Self {
        Self {
            descriptor: Descriptor::new("local_calendar", Category::CALENDAR, "local"),
            capabilities: all(),
            owner: OWNER.to_owned(),
            page_size: 100,
            shared: Arc::new(Shared {
                account: Mutex::new(account),
                commit: tokio::sync::Mutex::new(()),
                folder,
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

    fn account(&self) -> MutexGuard<'_, Account> {
        lock(&self.shared.account)
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Decides on a change, writes it down, and then makes it: all of it or nothing.
    async fn change<T>(&self, decide: impl FnOnce(&Account, &mut Delta) -> Result<T>) -> Result<T> {
        let _commit = self.shared.commit.lock().await;
        let mut delta = Delta::default();
        let answer = decide(&self.account(), &mut delta)?;
        delta.log(&self.account());
        if let Some(folder) = &self.shared.folder {
            folder.write(&delta).await?;
        }
        let now = self.now();
        let watches = self.account().apply(delta, now);
        lock(&self.shared.notices).extend(watches);
        Ok(answer)
    }
}

impl std::fmt::Debug for LocalCalendar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalCalendar")
            .field("name", &self.descriptor.name)
            .field("folder", &self.shared.folder.as_ref().map(Folder::root))
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
    all.sharing = true;
    all.sync = true;
    all.watching = true;
    all
}

fn no_calendar(id: &CalendarId) -> Error {
    Error::not_found(format_args!("the calendar {:?}", id.as_str()))
}
