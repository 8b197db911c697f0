//! Who invites and who is invited.

use serde::{Deserialize, Serialize};

use super::words::words;
use crate::raw::Raw;

/// A person by address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Person {
    /// The email address.
    pub email: String,
    /// The name that is shown.
    pub name: Option<String>,
}

impl Person {
    /// A person by address.
    pub fn new(email: impl Into<String>) -> Self {
        Self {
            email: email.into(),
            name: None,
        }
    }

    /// Sets the name that is shown.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// Whether somebody comes (RFC 5545, section 3.2.12).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Participation {
    /// No answer yet.
    #[default]
    NeedsAction,
    /// Yes.
    Accepted,
    /// No.
    Declined,
    /// Perhaps.
    Tentative,
    /// An answer of the provider's own.
    Other(String),
}

/// In what role somebody is invited (RFC 5545, section 3.2.16).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum AttendeeRole {
    /// Expected.
    #[default]
    Required,
    /// Welcome.
    Optional,
    /// A room or a thing.
    Resource,
    /// A role of the provider's own.
    Other(String),
}

words! {
    Participation {
        NeedsAction = "needs_action",
        Accepted = "accepted",
        Declined = "declined",
        Tentative = "tentative",
    }
    AttendeeRole {
        Required = "required",
        Optional = "optional",
        Resource = "resource",
    }
}

/// Somebody who is invited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attendee {
    /// Who.
    pub person: Person,
    /// In what role.
    pub role: AttendeeRole,
    /// Whether they come.
    pub participation: Participation,
    /// What they said with the answer.
    pub comment: Option<String>,
    /// The vendor's own form. It is read and never written.
    #[serde(default)]
    pub raw: Raw,
}

impl Attendee {
    /// Somebody who is expected and has not answered.
    pub fn new(email: impl Into<String>) -> Self {
        Self {
            person: Person::new(email),
            role: AttendeeRole::Required,
            participation: Participation::NeedsAction,
            comment: None,
            raw: Raw::None,
        }
    }

    /// Sets the name that is shown.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.person.name = Some(name.into());
        self
    }

    /// Sets the role.
    #[must_use]
    pub fn with_role(mut self, role: AttendeeRole) -> Self {
        self.role = role;
        self
    }
}
