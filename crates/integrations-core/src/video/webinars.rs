//! Webinars.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::model::{AutoRecording, MeetingStatus, made};
use super::request::CancelOptions;
use super::rules::{Plan, refuse, set};
use crate::calendar::Patch;
use crate::error::Result;
use crate::idempotency::IdempotencyKey;
use crate::page::{Page, PageRequest};
use crate::raw::Raw;
use crate::time::EventTime;

crate::id_types! {
    /// The id of a webinar.
    WebinarId;
    /// The id of somebody who speaks at a webinar.
    PanelistId;
}

/// How a webinar is held. What is `None` is the provider's or the account's default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WebinarSettings {
    /// Only those who registered can listen.
    pub registration: Option<bool>,
    /// Those who speak can meet before it begins.
    pub practice_session: Option<bool>,
    /// Whether it is recorded by itself.
    pub auto_recording: Option<AutoRecording>,
}

/// A webinar to make. `Debug` does not show the passcode.
#[derive(Clone)]
#[non_exhaustive]
pub struct NewWebinar {
    /// Its title: one line of 1 to 200 characters.
    pub topic: String,
    /// What it is about.
    pub agenda: Option<String>,
    /// When it starts.
    pub start: EventTime,
    /// How long it is planned, in minutes: 1 to 1440.
    pub duration_minutes: u32,
    /// Whose it is, as the provider names users; `None` is the account's own user.
    pub host: Option<String>,
    /// What those who join have to know; `None` is the provider's default.
    pub passcode: Option<SecretString>,
    /// How it is held.
    pub settings: WebinarSettings,
    /// Makes a repeated call one webinar; without it the call makes its own.
    pub key: Option<IdempotencyKey>,
}

impl NewWebinar {
    /// A webinar at a time, of so many minutes.
    pub fn new(topic: impl Into<String>, start: impl Into<EventTime>, minutes: u32) -> Self {
        Self {
            topic: topic.into(),
            agenda: None,
            start: start.into(),
            duration_minutes: minutes,
            host: None,
            passcode: None,
            settings: WebinarSettings::default(),
            key: None,
        }
    }

    /// Sets what it is about.
    #[must_use]
    pub fn with_agenda(mut self, agenda: impl Into<String>) -> Self {
        self.agenda = Some(agenda.into());
        self
    }

    /// Sets what those who join have to know.
    #[must_use]
    pub fn with_passcode(mut self, passcode: impl Into<String>) -> Self {
        self.passcode = Some(SecretString::from(passcode.into()));
        self
    }

    /// Sets how it is held.
    #[must_use]
    pub fn with_settings(mut self, settings: WebinarSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Makes a repeated call one webinar.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        let plan = Plan {
            topic: Some(&self.topic),
            agenda: self.agenda.as_deref(),
            host: self.host.as_deref(),
            start: Some(&self.start),
            duration_minutes: Some(self.duration_minutes),
            passcode: self.passcode.as_ref(),
        };
        plan.check()
    }
}

impl fmt::Debug for NewWebinar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewWebinar")
            .field("topic", &self.topic)
            .field("start", &self.start)
            .field("duration_minutes", &self.duration_minutes)
            .field("key", &self.key)
            .field("has_passcode", &self.passcode.is_some())
            .finish_non_exhaustive()
    }
}

/// Changes to a webinar. What is not named stays. `Debug` does not show the passcode.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct WebinarPatch {
    /// A new title.
    pub topic: Option<String>,
    /// What it is about.
    pub agenda: Patch<String>,
    /// When it starts.
    pub start: Option<EventTime>,
    /// How long it is planned, in minutes.
    pub duration_minutes: Option<u32>,
    /// What those who join have to know.
    pub passcode: Option<SecretString>,
    /// How it is held: what is `None` stays.
    pub settings: WebinarSettings,
}

impl WebinarPatch {
    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        if self.is_empty() {
            return refuse("the patch changes nothing");
        }
        let plan = Plan {
            topic: self.topic.as_deref(),
            agenda: set(&self.agenda),
            host: None,
            start: self.start.as_ref(),
            duration_minutes: self.duration_minutes,
            passcode: self.passcode.as_ref(),
        };
        plan.check()
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.topic.is_none()
            && self.agenda.is_keep()
            && self.start.is_none()
            && self.duration_minutes.is_none()
            && self.passcode.is_none()
            && self.settings == WebinarSettings::default()
    }
}

impl fmt::Debug for WebinarPatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebinarPatch")
            .field("topic", &self.topic)
            .field("start", &self.start)
            .field("duration_minutes", &self.duration_minutes)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// A webinar: few speak, many listen. `Debug` shows neither the passcode nor a link.
#[derive(Clone)]
#[non_exhaustive]
pub struct Webinar {
    /// Its id.
    pub id: WebinarId,
    /// Where it is in its life.
    pub status: MeetingStatus,
    /// Its title.
    pub topic: String,
    /// What it is about.
    pub agenda: Option<String>,
    /// Whose it is, as the provider names users.
    pub host: Option<String>,
    /// When it starts, where the provider says.
    pub start: Option<EventTime>,
    /// How long it is planned, in minutes.
    pub duration_minutes: Option<u32>,
    /// The link for those who listen; `None` while the provider has not made it yet. See
    /// [`link`](Self::link).
    pub join_url: Option<Url>,
    /// The link that makes its holder the host.
    pub start_url: Option<SecretString>,
    /// What those who join have to know.
    pub passcode: Option<SecretString>,
    /// How it is held.
    pub settings: WebinarSettings,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The vendor's own form, without secrets.
    pub raw: Raw,
}

impl Webinar {
    /// A webinar to come, of which only the title is known.
    pub fn new(id: impl Into<WebinarId>, topic: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            status: MeetingStatus::Waiting,
            topic: topic.into(),
            agenda: None,
            host: None,
            start: None,
            duration_minutes: None,
            join_url: None,
            start_url: None,
            passcode: None,
            settings: WebinarSettings::default(),
            created: None,
            raw: Raw::None,
        }
    }

    /// The link for those who listen.
    ///
    /// # Errors
    /// `Conflict` while the provider has not made it yet: some make it a while after the webinar.
    pub fn link(&self) -> Result<&Url> {
        made(self.join_url.as_ref())
    }
}

impl fmt::Debug for Webinar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A join link can carry the passcode.
        f.debug_struct("Webinar")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("topic", &self.topic)
            .field("start", &self.start)
            .field("duration_minutes", &self.duration_minutes)
            .field("has_passcode", &self.passcode.is_some())
            .finish_non_exhaustive()
    }
}

/// Somebody who speaks at a webinar. `Debug` does not show the vendor's own form, which can carry
/// their link.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Panelist {
    /// Their id.
    pub id: PanelistId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The vendor's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl fmt::Debug for Panelist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panelist")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

impl Panelist {
    /// Somebody who speaks.
    pub fn new(
        id: impl Into<PanelistId>,
        name: impl Into<String>,
        email: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            email: email.into(),
            raw: Raw::None,
        }
    }
}

/// Webinars.
#[async_trait]
pub trait WebinarProvider: Send + Sync {
    /// Makes a webinar. Repeated with the same key it gives the first one.
    ///
    /// # Errors
    /// What the provider answers.
    async fn create_webinar(&self, new: &NewWebinar) -> Result<Webinar>;

    /// A webinar.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_webinar(&self, id: &WebinarId) -> Result<Webinar>;

    /// One page of webinars.
    ///
    /// # Errors
    /// What the provider answers.
    async fn list_webinars(&self, page: &PageRequest) -> Result<Page<Webinar>>;

    /// Changes a webinar.
    ///
    /// # Errors
    /// `NotFound`.
    async fn update_webinar(&self, id: &WebinarId, patch: &WebinarPatch) -> Result<Webinar>;

    /// Cancels a webinar. What is gone already is no error.
    ///
    /// # Errors
    /// `Conflict` for one that is being held.
    async fn cancel_webinar(&self, id: &WebinarId, options: &CancelOptions) -> Result<()>;

    /// Lets somebody speak. The same address twice is one.
    ///
    /// # Errors
    /// `NotFound`.
    async fn add_panelist(&self, id: &WebinarId, name: &str, email: &str) -> Result<Panelist>;

    /// One page of those who speak.
    ///
    /// # Errors
    /// `NotFound`.
    async fn list_panelists(&self, id: &WebinarId, page: &PageRequest) -> Result<Page<Panelist>>;

    /// Lets somebody speak no longer. One who does not is no error.
    ///
    /// # Errors
    /// `NotFound` for the webinar.
    async fn remove_panelist(&self, id: &WebinarId, panelist: &PanelistId) -> Result<()>;
}
