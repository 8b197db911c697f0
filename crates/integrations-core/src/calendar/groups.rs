//! What not every calendar provider has: sharing, attachments, synchronisation, watching.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::model::{Attachment, AttachmentId, CalendarId, Event, EventId};
use super::words::words;
use crate::error::Result;
use crate::page::{Cursor, Page, PageRequest};
use crate::raw::Raw;

crate::id_types! {
    /// The id of a rule of sharing.
    AclRuleId;
    /// Where a synchronisation ended: opaque, to be stored and given back.
    SyncToken;
    /// The id of a subscription to notices.
    WatchId;
}

/// With whom a calendar is shared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AclScope {
    /// A person, by address.
    User(String),
    /// A group, by address.
    Group(String),
    /// Everybody of a domain.
    Domain(String),
    /// Everybody.
    Public,
    /// A scope of the provider's own.
    Other(String),
}

/// What somebody may do with a calendar.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum AclRole {
    /// See when time is taken.
    FreeBusyReader,
    /// See events.
    Reader,
    /// Write events.
    Writer,
    /// Share it too.
    Owner,
    /// A role of the provider's own. It grants nothing that is not known.
    Other(String),
}

words! {
    AclRole {
        FreeBusyReader = "free_busy_reader",
        Reader = "reader",
        Writer = "writer",
        Owner = "owner",
    }
}

/// A rule of sharing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AclRule {
    /// Its id.
    pub id: AclRuleId,
    /// With whom.
    pub scope: AclScope,
    /// What they may do.
    pub role: AclRole,
    /// The vendor's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl AclRule {
    /// A rule.
    pub fn new(id: impl Into<AclRuleId>, scope: AclScope, role: AclRole) -> Self {
        Self {
            id: id.into(),
            scope,
            role,
            raw: Raw::None,
        }
    }
}

/// Sharing of calendars.
#[async_trait]
pub trait SharingProvider: Send + Sync {
    /// One page of a calendar's rules.
    ///
    /// # Errors
    /// `NotFound` for the calendar.
    async fn list_acl(&self, calendar: &CalendarId, page: &PageRequest) -> Result<Page<AclRule>>;

    /// Gives a scope a role, in place of the one that it had: done twice it is one rule.
    ///
    /// # Errors
    /// `NotFound` for the calendar.
    async fn put_acl(
        &self,
        calendar: &CalendarId,
        scope: &AclScope,
        role: &AclRole,
    ) -> Result<AclRule>;

    /// Takes a rule away. One that is not there is no error.
    ///
    /// # Errors
    /// `NotFound` for the calendar; `Conflict` for the last owner.
    async fn remove_acl(&self, calendar: &CalendarId, rule: &AclRuleId) -> Result<()>;
}

/// Content to attach. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewAttachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub content: Bytes,
}

impl fmt::Debug for NewAttachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAttachment")
            .field("name", &self.name)
            .field("media_type", &self.media_type)
            .field("bytes", &self.content.len())
            .finish()
    }
}

impl NewAttachment {
    /// Content by name and media type.
    pub fn new(
        name: impl Into<String>,
        media_type: impl Into<String>,
        content: impl Into<Bytes>,
    ) -> Self {
        Self {
            name: name.into(),
            media_type: media_type.into(),
            content: content.into(),
        }
    }
}

/// Content attached to events.
#[async_trait]
pub trait AttachmentProvider: Send + Sync {
    /// Attaches content to an event or a series.
    ///
    /// # Errors
    /// `NotFound` for the event.
    async fn add_attachment(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &NewAttachment,
    ) -> Result<Attachment>;

    /// The bytes of an attachment.
    ///
    /// # Errors
    /// `NotFound`.
    async fn read_attachment(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &AttachmentId,
    ) -> Result<Bytes>;

    /// Takes an attachment away. One that is not there is no error.
    ///
    /// # Errors
    /// `NotFound` for the event.
    async fn remove_attachment(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &AttachmentId,
    ) -> Result<()>;
}

/// A change of a calendar.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// An event, a series or a changed occurrence is there now, as it is.
    Upserted(Box<Event>),
    /// It is gone.
    Deleted(EventId),
}

impl Change {
    /// The event that changed.
    #[must_use]
    pub fn id(&self) -> &EventId {
        match self {
            Self::Upserted(event) => &event.id,
            Self::Deleted(id) => id,
        }
    }
}

/// Where a page of changes starts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncFrom {
    /// Everything that is there.
    Start,
    /// What changed since.
    Token(SyncToken),
    /// The next page of the same run.
    Cursor(Cursor),
}

/// One page of changes, as a driver answers it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SyncPage {
    /// Changes, and where it goes on.
    Changes {
        /// The changes, in an order in which they can be carried out.
        changes: Vec<Change>,
        /// Where it goes on.
        next: SyncNext,
    },
    /// The token or the cursor is too old for the provider: everything has to be read again. Never
    /// answered to [`SyncFrom::Start`].
    Expired,
}

/// What follows a page of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncNext {
    /// Another page.
    More(Cursor),
    /// Nothing now; later, what changed since this token.
    Done(SyncToken),
}

/// Changes of a calendar since a token, complete.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SyncResult {
    /// The changes.
    pub changes: Vec<Change>,
    /// The token for the next time.
    pub token: SyncToken,
    /// Whether `changes` is everything there is: at the first run, and when the token was too old.
    /// What you hold and is not among them is gone.
    pub reset: bool,
}

/// Changes since a token.
#[async_trait]
pub trait SyncProvider: Send + Sync {
    /// One page of changes.
    ///
    /// # Errors
    /// `NotFound` for the calendar; `InvalidInput` for a token of another calendar.
    async fn sync_page(&self, calendar: &CalendarId, from: &SyncFrom) -> Result<SyncPage>;
}

/// A subscription to notices of changes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WatchRequest {
    /// The calendar.
    pub calendar: CalendarId,
    /// Where the notices go.
    pub callback: Url,
    /// What every notice carries, so that a forged one is told apart.
    pub secret: SecretString,
    /// How long it should hold; the provider may shorten it.
    pub ttl: Option<Duration>,
}

impl WatchRequest {
    /// Notices of a calendar's changes.
    pub fn new(calendar: impl Into<CalendarId>, callback: Url, secret: SecretString) -> Self {
        Self {
            calendar: calendar.into(),
            callback,
            secret,
            ttl: None,
        }
    }
}

/// A subscription that holds for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Watch {
    /// Its id.
    pub id: WatchId,
    /// The calendar.
    pub calendar: CalendarId,
    /// When it ends. Renew it at half of its time: afterwards nothing tells that it ended.
    pub expires: Timestamp,
    /// What the provider needs to stop it, beyond the id.
    pub resource: Option<String>,
    /// The vendor's own form.
    pub raw: Raw,
}

impl Watch {
    /// A subscription.
    pub fn new(
        id: impl Into<WatchId>,
        calendar: impl Into<CalendarId>,
        expires: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            calendar: calendar.into(),
            expires,
            resource: None,
            raw: Raw::None,
        }
    }
}

/// Notices of changes by webhook. A notice says only that something changed: read it by
/// synchronisation.
#[async_trait]
pub trait WatchProvider: Send + Sync {
    /// Subscribes.
    ///
    /// # Errors
    /// `NotFound` for the calendar.
    async fn watch(&self, request: &WatchRequest) -> Result<Watch>;

    /// Makes a subscription hold longer. It may get another id; no notice is lost between the two.
    ///
    /// # Errors
    /// `NotFound` when it ended already: subscribe again and synchronise.
    async fn renew_watch(&self, watch: &Watch, request: &WatchRequest) -> Result<Watch>;

    /// Ends a subscription. One that ended already is no error.
    ///
    /// # Errors
    /// What the provider answers.
    async fn stop_watch(&self, watch: &Watch) -> Result<()>;
}
