//! Payments without a bank: a ledger in memory or in a folder, and instruments for tests.
//!
//! ```
//! use integrations_core::payment::{ContinuePayment, CreatePayment, Instrument, Payments};
//! use integrations_local::payment::LocalPayments;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> integrations_core::Result<()> {
//! let bank = LocalPayments::in_memory();
//! let payments = Payments::new(bank.clone());
//!
//! // A card that asks the buyer to confirm.
//! let request = CreatePayment::new("order-1-charge".parse()?, "29.99 USD".parse()?)
//!     .with_instrument(Instrument::token("tok_requires_action"));
//! let payment = payments.create_payment(request).await?;
//! assert!(!payment.is_paid() && payment.next_action.is_some());
//!
//! // The buyer confirms, and the payment goes on.
//! bank.approve(&payment.id).await?;
//! let request = ContinuePayment::new("order-1-continue".parse()?, payment.id);
//! assert!(payments.continue_payment(request).await?.is_paid());
//! # Ok(()) }
//! ```
//!
//! # Test instruments
//!
//! [`TEST_INSTRUMENTS`] is the table as data. Any other token is refused.
//!
//! | token | what it does |
//! |---|---|
//! | `tok_visa`, `tok_mastercard`, `tok_amex` | pays |
//! | `tok_declined` | is declined without a reason |
//! | `tok_declined_insufficient_funds` | is declined: not enough money |
//! | `tok_declined_expired_card` | is declined: expired |
//! | `tok_declined_incorrect_details` | is declined: a detail is wrong |
//! | `tok_declined_lost_card`, `tok_declined_stolen_card` | is declined: lost, stolen |
//! | `tok_declined_do_not_honor` | is declined: the bank gives no reason |
//! | `tok_declined_suspected_fraud` | is declined: fraud is suspected |
//! | `tok_declined_limit_exceeded` | is declined: a limit is reached |
//! | `tok_declined_processing_error` | is declined: the bank has a fault |
//! | `tok_requires_action` | asks the buyer to confirm, then pays; saved, it pays without asking |
//! | `tok_always_requires_action` | asks the buyer every time; off session it is declined |
//! | `tok_requires_action_then_declined` | asks the buyer, then is declined: not enough money |
//! | `tok_saves_then_declined` | can be saved, and is declined when it is paid with |
//! | `tok_bank_transfer` | shows instructions; the money comes with [`LocalPayments::approve`] |
//! | `tok_processing` | waits; the money comes with [`LocalPayments::approve`] |
//!
//! # What a test does in the place of buyer and bank
//!
//! [`approve`](LocalPayments::approve) and [`reject`](LocalPayments::reject) answer an action,
//! [`open_dispute`](LocalPayments::open_dispute) and
//! [`decide_dispute`](LocalPayments::decide_dispute) play the buyer's bank, and
//! [`report_status`](LocalPayments::report_status) makes the provider answer a status that no
//! library knows. [`with_capabilities`](LocalPayments::with_capabilities) takes abilities away, so
//! that an application can be tried against a provider that has less.
//!
//! # The folder
//!
//! [`open`](LocalPayments::open) keeps the ledger as `ledger.jsonl`: one line per operation with
//! all that it changed, its idempotency key included, on the disk before it is answered. A line
//! that was cut off by a crash is dropped when the folder is opened again; damage anywhere else is
//! an error, and nothing is changed. One program at a time can have the folder open.

mod bank;
mod billing;
mod customers;
mod disputes;
mod instruments;
mod ledger;
mod moves;
mod provider;
mod subscriptions;
mod vault;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use integrations_core::payment::{
    DisputeId, DisputeReason, KeyWindows, MetadataLimits, NextAction, PartialCapture,
    PaymentCapabilities, PaymentId, SetupId,
};
use integrations_core::{
    Category, ConnectionState, Descriptor, Error, Health, Integration, Result, Status,
};
use jiff::Timestamp;

pub use instruments::{Outcome, TEST_INSTRUMENTS, TestInstrument};
use ledger::{Book, Tx};

use crate::files;
use crate::lazy::Lazy;

/// Payments without a bank. See the [module page](self). Cheap to clone; clones share the ledger.
#[derive(Clone)]
pub struct LocalPayments {
    descriptor: Descriptor,
    capabilities: PaymentCapabilities,
    book: Arc<Lazy<Arc<Mutex<Book>>>>,
    status: Arc<Mutex<Status>>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl LocalPayments {
    /// A ledger that is gone with its last clone.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::over(Lazy::memory(Arc::default()))
    }

    /// A ledger in a folder, which is opened when it is connected or used first, and made then if
    /// it is not there. Making it does no I/O; what [`open`](Self::open) fails with, the first use
    /// fails with.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self::over(Lazy::folder(folder.into()))
    }

    /// A ledger in a folder, opened now.
    ///
    /// # Errors
    /// `Conflict` when it is open already; `Config` when the ledger is damaged; what the file
    /// system answers.
    pub async fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let this = Self::in_folder(folder.as_ref());
        this.book().await?;
        Ok(this)
    }

    fn over(book: Arc<Lazy<Arc<Mutex<Book>>>>) -> Self {
        Self {
            descriptor: Descriptor::new("local_payment", Category::PAYMENT, "local")
                .with_sandbox(true),
            capabilities: all(),
            book,
            status: Arc::new(Mutex::new(Status::disconnected())),
            clock: Arc::new(Timestamp::now),
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
    pub fn with_capabilities(mut self, capabilities: PaymentCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Gives the integration another name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.descriptor = self.descriptor.with_name(name.into());
        self
    }

    /// Tells the time by another clock, so that a test can let periods pass.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The buyer confirms a payment's action, or the money of a transfer arrives.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it asks for nothing.
    pub async fn approve(&self, payment: &PaymentId) -> Result<()> {
        let id = payment.clone();
        self.run(move |tx| bank::approve(tx, &id)).await
    }

    /// The buyer does not confirm a payment's action.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it asks for nothing.
    pub async fn reject(&self, payment: &PaymentId) -> Result<()> {
        let id = payment.clone();
        self.run(move |tx| bank::reject(tx, &id)).await
    }

    /// The buyer confirms the saving of a method.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it asks for nothing.
    pub async fn approve_setup(&self, setup: &SetupId) -> Result<()> {
        let id = setup.clone();
        self.run(move |tx| vault::approve(tx, &id)).await
    }

    /// The buyer follows a redirect of this provider and confirms, whatever it is for.
    ///
    /// # Errors
    /// `InvalidInput` when it is no redirect of this provider; as [`approve`](Self::approve).
    pub async fn follow(&self, action: &NextAction) -> Result<()> {
        let id = action
            .redirect_url()
            .filter(|url| url.host_str() == Some(bank::HOST))
            .and_then(|url| url.path_segments()?.next_back().map(str::to_owned))
            .ok_or_else(|| Error::invalid_input("the action is no redirect of this provider"))?;
        if id.starts_with("set_") {
            self.approve_setup(&SetupId::new(id)).await
        } else {
            self.approve(&PaymentId::new(id)).await
        }
    }

    /// The buyer's bank disputes all that was taken by a payment. The merchant has seven days.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when nothing was taken.
    pub async fn open_dispute(
        &self,
        payment: &PaymentId,
        reason: DisputeReason,
    ) -> Result<DisputeId> {
        let id = payment.clone();
        self.run(move |tx| disputes::open(tx, &id, reason)).await
    }

    /// The bank decides a dispute.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is decided.
    pub async fn decide_dispute(&self, dispute: &DisputeId, merchant_wins: bool) -> Result<()> {
        let id = dispute.clone();
        self.run(move |tx| disputes::decide(tx, &id, merchant_wins))
            .await
    }

    /// From now on the provider answers this status for a payment, in its own words.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn report_status(&self, payment: &PaymentId, status: &str) -> Result<()> {
        let (id, status) = (payment.clone(), status.to_owned());
        self.run(move |tx| {
            let mut row = bank::payment(tx, &id)?;
            row.reported = Some(status);
            bank::keep(tx, row);
            Ok(())
        })
        .await
    }

    /// Runs an operation on the ledger. With a folder it runs beside the async threads and to its
    /// end, also when the caller stops waiting.
    async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let now = (self.clock)();
        let book = Arc::clone(self.book().await?);
        if self.book.path().is_none() {
            return lock(&book).run(now, operation);
        }
        files::off_thread(move || lock(&book).run(now, operation)).await
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

/// Everything that the trait has.
fn all() -> PaymentCapabilities {
    let mut all = PaymentCapabilities::new();
    all.deferred_instrument = true;
    all.saved_instrument = true;
    all.off_session = true;
    all.manual_capture = true;
    all.partial_capture = PartialCapture::Several;
    all.void_unapproved = true;
    all.void_authorized = true;
    all.partial_refund = true;
    all.refund_list = true;
    all.payment_list = true;
    all.find_by_reference = true;
    all.max_reference_len = 127;
    all.max_description_len = 1000;
    all.max_statement_len = 22;
    all.receipt_email = true;
    all.refund_reason = true;
    all.metadata = Some(MetadataLimits::new(50, 40, 500));
    all.key_reuse_refused = true;
    // Keys are kept as long as the ledger.
    all.key_windows = KeyWindows::all(Duration::from_secs(100 * 365 * 24 * 3600));
    all.customers = true;
    all.max_customer_name_len = 256;
    all.customer_email = true;
    all.max_customer_phone_len = 40;
    all.max_customer_description_len = 1000;
    all.customer_list = true;
    all.vault = true;
    all.subscriptions = true;
    all.subscription_trial = true;
    all.subscription_change = true;
    all.subscription_proration = true;
    all.subscription_pause = true;
    all.subscription_cancel_at_period_end = true;
    all.disputes = true;
    all.dispute_accept = true;
    all.dispute_evidence = true;
    all
}

impl fmt::Debug for LocalPayments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalPayments")
            .field("folder", &self.book.path())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Integration for LocalPayments {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        let result = self.check().await;
        let now = Some((self.clock)());
        *lock(&self.status) = match &result {
            Ok(()) => Status::new(ConnectionState::Connected, now),
            Err(error) => {
                Status::new(ConnectionState::Failed, now).with_last_error(Some(error.to_string()))
            }
        };
        result
    }

    async fn disconnect(&self) -> Result<()> {
        *lock(&self.status) = Status::new(ConnectionState::Disconnected, Some((self.clock)()));
        Ok(())
    }

    async fn check_health(&self) -> Health {
        let started = Instant::now();
        let result = self.check().await;
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        lock(&self.status).clone()
    }
}
