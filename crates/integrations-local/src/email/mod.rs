//! Mail that goes into a folder: an outbox of `.eml` files, or of memory, with everything around it
//! that a mail service has.
//!
//! ```
//! use integrations_core::email::{EmailMessage, Mailbox, Mailer, SendOptions};
//! use integrations_local::email::LocalMailer;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> integrations_core::Result<()> {
//! let local = LocalMailer::in_memory();
//! let mailer = Mailer::new(local.clone());
//! let shop: Mailbox = "Corner Shop <shop@example.org>".parse()?;
//! let ana: Mailbox = "Ana Silva <ana@example.com>".parse()?;
//!
//! let message = EmailMessage::new(shop, "Hello {{name}}")
//!     .with_to(ana.clone())
//!     .with_html("<p>Hello {{name}}</p>")
//!     .with_merge("name", "Ana & Zoë");
//! let report = mailer.send(&message).await?;
//! assert_eq!(report.accepted(), 1);
//!
//! // What Ana's mail program shows.
//! let mails = local.mailbox(ana.address()).await?;
//! assert_eq!(mails[0].subject.as_deref(), Some("Hello Ana & Zoë"));
//! assert_eq!(mails[0].html.as_deref(), Some("<p>Hello Ana &amp; Zoë</p>"));
//!
//! // Her server refuses the next one: from then on the address is suppressed.
//! let id = mailer.send(&message).await?.id().cloned().unwrap();
//! local.bounce(&id, ana.address()).await?;
//! assert_eq!(mailer.send(&message).await?.accepted(), 0);
//! # Ok(()) }
//! ```
//!
//! # What a test does in the place of the world
//!
//! [`outbox`](LocalMailer::outbox) and [`mailbox`](LocalMailer::mailbox) read what was sent.
//! [`bounce`](LocalMailer::bounce), [`complain`](LocalMailer::complain),
//! [`unsubscribe`](LocalMailer::unsubscribe), [`open_mail`](LocalMailer::open_mail) and
//! [`click`](LocalMailer::click) play a recipient; [`receive`](LocalMailer::receive) lets mail come
//! in, and [`inbox`](LocalMailer::inbox) shows what the routes kept;
//! [`advance`](LocalMailer::advance) lets time pass. [`with_capabilities`](LocalMailer::with_capabilities)
//! takes abilities away, so that an application can be tried against a provider that has less.
//!
//! # How it differs from a service
//!
//! Nothing opens a connection. Opens and clicks happen when a test says so: the HTML has no tracking
//! image and its links stay as they are. A route that posts to a URL keeps the mail in the inbox
//! with that URL. Mail that is due goes out with the next call, with its own time as its date.
//!
//! # The folder
//!
//! [`open`](LocalMailer::open) keeps messages as files that any mail program reads: `outbox/`,
//! `scheduled/` and `inbox/`. Everything else is in `mail.jsonl`: one line per operation, its
//! idempotency key included, on the disk before it is answered. A message is written first, whole
//! or not at all; one whose operation was never answered is taken away when the folder is opened
//! again, so that sending it again under its key sends it once. One program at a time can have the
//! folder open.

mod ab_tests;
mod analytics;
mod book;
mod compose;
mod mails;
mod older;
mod parse;
mod provider;
mod routes;
mod send;
mod suppressions;
mod templates;
mod validation;
mod world;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use integrations_core::email::EmailCapabilities;
use integrations_core::{Category, Descriptor, Error, Result, Status};
use jiff::{SignedDuration, Timestamp};

pub use world::{InboxMail, OutboxMail};

use crate::files;
use crate::lazy::Lazy;
use book::{Book, Tx};

/// How many items a page has when nobody says.
const PAGE: usize = 50;

/// A mail service in memory or in a folder. See the [module page](self). Cheap to clone; clones
/// share everything.
#[derive(Clone)]
pub struct LocalMailer {
    descriptor: Descriptor,
    capabilities: EmailCapabilities,
    book: Arc<Lazy<Arc<Mutex<Book>>>>,
    status: Arc<Mutex<Status>>,
    /// How far this mailer's clock is ahead.
    ahead: Arc<Mutex<SignedDuration>>,
}

impl LocalMailer {
    /// A mail service that is gone with its last clone.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::over(Lazy::memory(Arc::new(Mutex::new(Book::in_memory()))))
    }

    /// A mail service in a folder, which is opened when it is connected or used first, and made then if
    /// it is not there. Making it does no I/O; what [`open`](Self::open) fails with, the first use
    /// fails with.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self::over(Lazy::folder(folder.into()))
    }

    /// A mail service in a folder, opened now.
    ///
    /// # Errors
    /// `Conflict` when it is open already; `Config` when its journal is damaged; what the file
    /// system answers.
    pub async fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let this = Self::in_folder(folder.as_ref());
        this.book().await?;
        Ok(this)
    }

    fn over(book: Arc<Lazy<Arc<Mutex<Book>>>>) -> Self {
        Self {
            descriptor: Descriptor::new("local_email", Category::EMAIL, "local").with_sandbox(true),
            capabilities: provider::all(),
            book,
            status: Arc::new(Mutex::new(Status::disconnected())),
            ahead: Arc::default(),
        }
    }

    /// How often something here was read or written so far: what would be requests to a service. It
    /// is for tests, which prove with it that a call that is refused does neither. Clones count
    /// together.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.book.asked()
    }

    /// The book, opened now when it was not.
    async fn book(&self) -> Result<&Arc<Mutex<Book>>> {
        let open = |folder: PathBuf| {
            files::off_thread(move || Ok(Arc::new(Mutex::new(Book::open(&folder)?))))
        };
        self.book.get(open).await
    }

    /// Takes abilities away: what `capabilities` does not declare is refused.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: EmailCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Gives the integration another name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.descriptor = self.descriptor.with_name(name.into());
        self
    }

    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(*lock(&self.ahead)).unwrap_or(now)
    }

    fn move_clock(&self, by: Duration) -> Result<()> {
        let mut ahead = lock(&self.ahead);
        let moved = SignedDuration::try_from(by)
            .ok()
            .and_then(|by| ahead.checked_add(by))
            .filter(|moved| Timestamp::now().checked_add(*moved).is_ok())
            .ok_or_else(|| Error::invalid_input("that is beyond the end of time"))?;
        *ahead = moved;
        Ok(())
    }

    /// Runs an operation on the book, after what is due went out. With a folder it runs beside the
    /// async threads and to its end, also when the caller stops waiting.
    async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let now = self.now();
        let book = Arc::clone(self.book().await?);
        let work = move || {
            let mut book = lock(&book);
            book.run(now, send::release)?;
            book.run(now, operation)
        };
        if self.book.path().is_none() {
            return work();
        }
        files::off_thread(work).await
    }

    /// Whether the folder can be written.
    async fn check(&self) -> Result<()> {
        self.book().await?;
        let Some(folder) = self.book.path() else {
            return Ok(());
        };
        let probe = folder.join(".probe");
        files::write_atomic(probe.clone(), b"probe".to_vec()).await?;
        files::blocking(probe.clone(), move || std::fs::remove_file(probe)).await
    }
}

/// A poisoned lock guards whole values: operations undo themselves, and status is replaced whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for LocalMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalMailer")
            .field("folder", &self.book.path())
            .finish_non_exhaustive()
    }
}
