//! Registration for meetings and webinars.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use url::Url;

use super::model::MeetingId;
use super::rules::{check_address, check_id, check_topic, refuse};
use super::webinars::WebinarId;
use crate::calendar::words::words;
use crate::error::{Error, Result};
use crate::page::{Page, PageRequest};
use crate::raw::Raw;

crate::id_types! {
    /// The id of somebody who registered.
    RegistrantId;
}

/// Whether somebody who registered may join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum RegistrantStatus {
    /// Not decided.
    Pending,
    /// Yes.
    Approved,
    /// No.
    Denied,
    /// They called off.
    Cancelled,
    /// A status of the provider's own. It is not taken for approved.
    Other(String),
}

words! {
    RegistrantStatus {
        Pending = "pending",
        Approved = "approved",
        Denied = "denied",
        Cancelled = "cancelled",
    }
}

/// What somebody registers for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationTarget {
    /// A meeting that asks for registration.
    Meeting(MeetingId),
    /// A webinar that asks for registration.
    Webinar(WebinarId),
}

impl RegistrationTarget {
    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Meeting(id) => check_id(id.as_str()),
            Self::Webinar(id) => check_id(id.as_str()),
        }
    }
}

impl From<MeetingId> for RegistrationTarget {
    fn from(id: MeetingId) -> Self {
        Self::Meeting(id)
    }
}

impl From<&MeetingId> for RegistrationTarget {
    fn from(id: &MeetingId) -> Self {
        Self::Meeting(id.clone())
    }
}

impl From<WebinarId> for RegistrationTarget {
    fn from(id: WebinarId) -> Self {
        Self::Webinar(id)
    }
}

impl From<&WebinarId> for RegistrationTarget {
    fn from(id: &WebinarId) -> Self {
        Self::Webinar(id.clone())
    }
}

/// Somebody who registers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewRegistrant {
    /// Their address.
    pub email: String,
    /// Their first name.
    pub first_name: String,
    /// Their last name.
    pub last_name: Option<String>,
}

impl NewRegistrant {
    /// Somebody by address and first name.
    pub fn new(email: impl Into<String>, first_name: impl Into<String>) -> Self {
        Self {
            email: email.into(),
            first_name: first_name.into(),
            last_name: None,
        }
    }

    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        check_address(&self.email)?;
        let name =
            |name: &str| check_topic(name).or_else(|_| refuse("a name is one line and not empty"));
        name(&self.first_name)?;
        self.last_name.as_deref().map_or(Ok(()), name)
    }
}

/// Somebody who registered. Providers keep one per address: who registers again is the same.
/// `Debug` does not show their link.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Registrant {
    /// Their id.
    pub id: RegistrantId,
    /// Their address.
    pub email: String,
    /// Their first name.
    pub first_name: String,
    /// Their last name.
    pub last_name: Option<String>,
    /// Whether they may join.
    pub status: RegistrantStatus,
    /// Their own link, once they may. Who has it joins as them.
    pub join_url: Option<Url>,
    /// The vendor's own form, without links.
    #[serde(default)]
    pub raw: Raw,
}

impl fmt::Debug for Registrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The link is personal: who has it joins under this name.
        f.debug_struct("Registrant")
            .field("id", &self.id)
            .field("email", &self.email)
            .field("status", &self.status)
            .field("has_join_url", &self.join_url.is_some())
            .finish_non_exhaustive()
    }
}

impl Registrant {
    /// Somebody who registered.
    pub fn new(id: impl Into<RegistrantId>, new: NewRegistrant, status: RegistrantStatus) -> Self {
        Self {
            id: id.into(),
            email: new.email,
            first_name: new.first_name,
            last_name: new.last_name,
            status,
            join_url: None,
            raw: Raw::None,
        }
    }
}

/// Registration for meetings and webinars that ask for it.
#[async_trait]
pub trait RegistrantProvider: Send + Sync {
    /// Registers somebody. The same address twice is one registration.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for one that does not ask for registration; `Unsupported` for a kind
    /// of target that is not declared.
    async fn add_registrant(
        &self,
        target: &RegistrationTarget,
        new: &NewRegistrant,
    ) -> Result<Registrant>;

    /// One page of those who registered.
    ///
    /// # Errors
    /// `NotFound`.
    async fn list_registrants(
        &self,
        target: &RegistrationTarget,
        status: Option<RegistrantStatus>,
        page: &PageRequest,
    ) -> Result<Page<Registrant>>;

    /// Decides on somebody.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for a status that cannot be given.
    async fn set_registrant_status(
        &self,
        target: &RegistrationTarget,
        registrant: &RegistrantId,
        status: &RegistrantStatus,
    ) -> Result<()>;

    /// Takes a registration away, as if it had not been made. One that is not there is no error.
    ///
    /// # Errors
    /// `NotFound` for the target; `Unsupported` where
    /// [`registrant_remove`](super::VideoCapabilities::registrant_remove) is not declared.
    async fn remove_registrant(
        &self,
        target: &RegistrationTarget,
        registrant: &RegistrantId,
    ) -> Result<()> {
        let _ = (target, registrant);
        Err(Error::unsupported("registrant_remove"))
    }
}
