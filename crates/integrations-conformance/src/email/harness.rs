//! What a behaviour gets: the mailer under test, and who plays the recipients, the senders and time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use integrations_core::email::{
    EmailAddress, EmailEvent, EmailMessage, EventQuery, Mailbox, Mailer, MessageId,
    ReceivedMessage, SendOptions, SendReport,
};
use integrations_core::{Error, IdempotencyKey, PageRequest, Paged, Result};
use url::Url;

use crate::Failure;

/// Reads everything that arrived for an address, oldest first.
pub type ReadMailbox =
    Arc<dyn Fn(EmailAddress) -> BoxFuture<'static, Result<Vec<ReceivedMessage>>> + Send + Sync>;

/// Plays a recipient of a message.
pub type Happen =
    Arc<dyn Fn(MessageId, EmailAddress, Happening) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Lets time pass for the provider.
pub type PassTime = Arc<dyn Fn(Duration) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Lets mail come in for an address, as it is on the wire.
pub type Deliver = Arc<dyn Fn(EmailAddress, Bytes) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// What a recipient does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Happening {
    /// Their server refuses the message for good.
    Bounce,
    /// They say that it is spam.
    Complaint,
    /// They open it.
    Open,
    /// They follow a link.
    Click(Url),
}

/// What a behaviour of this suite gets.
#[derive(Clone)]
#[non_exhaustive]
pub struct Harness {
    /// The mailer under test.
    pub mailer: Mailer,
    /// Who mail is from: a sender that the account may use.
    pub from: Mailbox,
    /// The domain of all recipients. Behaviours make up addresses in it; mail to them must be taken
    /// and, with [`mailbox`](Self::mailbox), be readable.
    pub domain: String,
    /// Every address, key and name of the behaviour has it in it; nobody else uses it.
    pub label: String,
    /// How long to wait for what arrives or is counted later than the call that caused it.
    pub patience: Duration,
    /// How many requests have left the provider so far, where that can be told. With it the suite
    /// proves that refusals send nothing; without it those behaviours are skipped.
    pub requests: Option<Arc<dyn Fn() -> u64 + Send + Sync>>,
    /// Reads a recipient's mailbox.
    pub mailbox: Option<ReadMailbox>,
    /// Plays a recipient.
    pub happen: Option<Happen>,
    /// Lets time pass.
    pub pass_time: Option<PassTime>,
    /// Lets mail come in.
    pub deliver: Option<Deliver>,
}

impl Harness {
    /// A harness with a fresh label, a sender and recipients in `example.org`, and no patience.
    #[must_use]
    pub fn new(mailer: Mailer) -> Self {
        let mut label = uuid::Uuid::new_v4().simple().to_string();
        label.truncate(12);
        Self {
            mailer,
            from: Mailbox::new(EmailAddress::from_provider("conformance@example.org")),
            domain: "example.org".into(),
            label: format!("c{label}"),
            patience: Duration::ZERO,
            requests: None,
            mailbox: None,
            happen: None,
            pass_time: None,
            deliver: None,
        }
    }

    /// Sends from another address.
    #[must_use]
    pub fn with_from(mut self, from: Mailbox) -> Self {
        self.from = from;
        self
    }

    /// Sends to another domain.
    #[must_use]
    pub fn with_domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = domain.into();
        self
    }

    /// Waits for what comes later than its call.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Counts the requests that leave the provider.
    #[must_use]
    pub fn with_requests(mut self, count: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.requests = Some(Arc::new(count));
        self
    }

    /// Reads recipients' mailboxes.
    #[must_use]
    pub fn with_mailbox(mut self, read: ReadMailbox) -> Self {
        self.mailbox = Some(read);
        self
    }

    /// Plays recipients.
    #[must_use]
    pub fn with_happen(mut self, happen: Happen) -> Self {
        self.happen = Some(happen);
        self
    }

    /// Lets time pass.
    #[must_use]
    pub fn with_pass_time(mut self, pass: PassTime) -> Self {
        self.pass_time = Some(pass);
        self
    }

    /// Lets mail come in.
    #[must_use]
    pub fn with_deliver(mut self, deliver: Deliver) -> Self {
        self.deliver = Some(deliver);
        self
    }

    /// An address of this behaviour alone.
    pub(super) fn address(&self, name: &str) -> EmailAddress {
        EmailAddress::from_provider(format!("{}-{name}@{}", self.label, self.domain))
    }

    /// A name of this behaviour alone.
    pub(super) fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.label)
    }

    pub(super) fn key(&self, name: &str) -> Result<IdempotencyKey> {
        IdempotencyKey::new(self.name(name))
    }

    pub(super) fn keyed(&self, name: &str) -> Result<SendOptions> {
        Ok(SendOptions::default().with_key(self.key(name)?))
    }

    /// A message with a text, without recipients.
    pub(super) fn message(&self, subject: &str) -> EmailMessage {
        EmailMessage::new(self.from.clone(), subject).with_text("Hello")
    }

    /// Sends a message that everybody must get.
    pub(super) async fn send(&self, message: &EmailMessage) -> Result<Sent, Failure> {
        self.send_with(message, SendOptions::default()).await
    }

    pub(super) async fn send_with(
        &self,
        message: &EmailMessage,
        options: SendOptions,
    ) -> Result<Sent, Failure> {
        let report = self.mailer.send_with(message, options).await?;
        Ok(Sent(report.all_accepted()?))
    }

    /// What arrived for somebody once there are so many, or patience ends.
    pub(super) async fn mails(
        &self,
        to: &EmailAddress,
        count: usize,
    ) -> Result<Vec<ReceivedMessage>, Failure> {
        let Some(read) = &self.mailbox else {
            return Err(Failure::new("there is no hook `mailbox`"));
        };
        let started = Instant::now();
        loop {
            let mails = read(to.clone()).await?;
            if mails.len() >= count || started.elapsed() >= self.patience {
                return Ok(mails);
            }
            pause().await;
        }
    }

    /// The one message that arrived for somebody.
    pub(super) async fn only(&self, to: &EmailAddress) -> Result<ReceivedMessage, Failure> {
        let mut mails = self.mails(to, 1).await?;
        match (mails.pop(), mails.len()) {
            (Some(mail), 0) => Ok(mail),
            (None, _) => Err(Failure::new(format!("nothing arrived for {to}"))),
            (_, more) => Err(Failure::new(format!("{} mails arrived for {to}", more + 1))),
        }
    }

    /// How many messages arrived for somebody, after patience.
    pub(super) async fn arrived(&self, to: &EmailAddress) -> Result<usize, Failure> {
        Ok(self.mails(to, usize::MAX).await?.len())
    }

    pub(super) async fn happens(
        &self,
        report: &SendReport,
        to: &EmailAddress,
        what: Happening,
    ) -> Result<(), Failure> {
        let Some(happen) = &self.happen else {
            return Err(Failure::new("there is no hook `happen`"));
        };
        Ok(happen(message_id(report, to)?, to.clone(), what).await?)
    }

    pub(super) async fn pass(&self, time: Duration) -> Result<(), Failure> {
        let Some(pass) = &self.pass_time else {
            return Err(Failure::new("there is no hook `pass_time`"));
        };
        Ok(pass(time).await?)
    }

    /// The events of a query once there are so many, or patience ends.
    pub(super) async fn events(
        &self,
        query: &EventQuery,
        count: usize,
    ) -> Result<Vec<EmailEvent>, Failure> {
        let started = Instant::now();
        loop {
            let events = self.mailer.events(query.clone(), PageRequest::default());
            let events = whole(events).await?;
            if events.len() >= count || started.elapsed() >= self.patience {
                return Ok(events);
            }
            pause().await;
        }
    }
}

/// The report of a send that everybody gets: nobody's status is left to look at.
pub(super) struct Sent(SendReport);

impl std::ops::Deref for Sent {
    type Target = SendReport;

    fn deref(&self) -> &SendReport {
        &self.0
    }
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(250)).await;
}

/// The most items of a list that are read: more than a test account has, and no end to a list that
/// has none.
const MOST: usize = 20_000;

/// A list, to its end.
pub(super) async fn whole<T: Send + 'static>(list: Paged<T>) -> Result<Vec<T>> {
    let all: Vec<T> = list.take(MOST).try_collect().await?;
    if all.len() == MOST {
        return Err(Error::internal(format!(
            "the list has no end after {MOST} items"
        )));
    }
    Ok(all)
}

/// The id under which a recipient's copy is known.
pub(super) fn message_id(report: &SendReport, to: &EmailAddress) -> Result<MessageId, Failure> {
    let own = report.of(to).and_then(|result| result.message_id.clone());
    own.or_else(|| report.id().cloned())
        .ok_or_else(|| Failure::new("the report of a send has no id"))
}

/// Text without what mail does to it: line ends, and blank lines at the end.
pub(super) fn plain(text: Option<&str>) -> String {
    let text = text.unwrap_or_default().replace("\r\n", "\n");
    text.trim_end().to_owned()
}

impl std::fmt::Debug for Harness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Harness")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}
