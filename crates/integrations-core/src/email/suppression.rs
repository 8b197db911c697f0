//! Addresses that a provider does not send to.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{EmailAddress, RejectReason};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::raw::Raw;

/// Why an address is suppressed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum SuppressionKind {
    /// It bounced for good.
    Bounce,
    /// The receiving server refused a message: not the address, but the sender or the content.
    Block,
    /// The recipient complained of spam.
    Complaint,
    /// It is no working address.
    Invalid,
    /// The recipient unsubscribed.
    Unsubscribe,
    /// Another reason, in the provider's word. It is only ever read: a mailer refuses to add, to
    /// remove or to look for it.
    Other(String),
}

impl SuppressionKind {
    /// All kinds that a caller can name.
    pub const ALL: [Self; 5] = [
        Self::Bounce,
        Self::Block,
        Self::Complaint,
        Self::Invalid,
        Self::Unsubscribe,
    ];

    /// The kind as a word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Bounce => "bounce",
            Self::Block => "block",
            Self::Complaint => "complaint",
            Self::Invalid => "invalid",
            Self::Unsubscribe => "unsubscribe",
            Self::Other(word) => word,
        }
    }

    /// The reason with which a send to such an address is rejected.
    #[must_use]
    pub fn reject_reason(&self) -> RejectReason {
        match self {
            Self::Bounce => RejectReason::Bounced,
            Self::Block => RejectReason::Blocked,
            Self::Complaint => RejectReason::Spam,
            Self::Invalid => RejectReason::Invalid,
            Self::Unsubscribe => RejectReason::Unsubscribed,
            Self::Other(word) => RejectReason::Other(word.clone()),
        }
    }
}

impl From<String> for SuppressionKind {
    fn from(word: String) -> Self {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        known.unwrap_or(Self::Other(word))
    }
}

impl From<SuppressionKind> for String {
    fn from(kind: SuppressionKind) -> Self {
        kind.as_str().to_owned()
    }
}

/// An address on a suppression list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Suppression {
    /// The address.
    pub address: EmailAddress,
    /// Why.
    pub kind: SuppressionKind,
    /// For unsubscribes: the group; `None` for all mail.
    pub group: Option<String>,
    /// What the provider or the caller said.
    pub reason: Option<String>,
    /// Since when.
    pub created_at: Option<Timestamp>,
    /// The provider's own form.
    pub raw: Raw,
}

impl Suppression {
    /// An address on the list of a kind.
    #[must_use]
    pub fn new(address: EmailAddress, kind: SuppressionKind) -> Self {
        Self {
            address,
            kind,
            group: None,
            reason: None,
            created_at: None,
            raw: Raw::None,
        }
    }

    /// Names the unsubscribe group.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Adds what was said.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// One list that an address can be on: all of a kind, or the unsubscribes of one group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SuppressionList {
    /// The kind.
    pub kind: SuppressionKind,
    /// For unsubscribes: the group; `None` for the unsubscribes from all mail.
    pub group: Option<String>,
}

impl SuppressionList {
    /// The unsubscribes from one group.
    #[must_use]
    pub fn group(group: impl Into<String>) -> Self {
        Self {
            kind: SuppressionKind::Unsubscribe,
            group: Some(group.into()),
        }
    }
}

impl From<SuppressionKind> for SuppressionList {
    fn from(kind: SuppressionKind) -> Self {
        Self { kind, group: None }
    }
}

/// The list that an entry is on.
impl From<&Suppression> for SuppressionList {
    fn from(entry: &Suppression) -> Self {
        Self {
            kind: entry.kind.clone(),
            group: entry.group.clone(),
        }
    }
}

/// Which suppressions are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SuppressionQuery {
    /// Only of this kind; `None` for all.
    pub kind: Option<SuppressionKind>,
    /// Only unsubscribes from this group; `None` for those of every group and from all mail.
    pub group: Option<String>,
}

impl SuppressionQuery {
    /// Of one kind.
    #[must_use]
    pub fn kind(kind: SuppressionKind) -> Self {
        Self {
            kind: Some(kind),
            group: None,
        }
    }

    /// The unsubscribes from one group.
    #[must_use]
    pub fn group(group: impl Into<String>) -> Self {
        Self {
            kind: Some(SuppressionKind::Unsubscribe),
            group: Some(group.into()),
        }
    }

    /// Whether an entry is meant: for embedded providers and test doubles.
    #[must_use]
    pub fn matches(&self, entry: &Suppression) -> bool {
        self.kind.as_ref().is_none_or(|kind| *kind == entry.kind)
            && (self.group.is_none() || self.group == entry.group)
    }
}

/// A provider's suppression lists.
#[async_trait]
pub trait SuppressionStore: Send + Sync {
    /// One page of the suppressed addresses.
    ///
    /// # Errors
    /// `Unsupported` for a group without
    /// [`unsubscribe_groups`](super::EmailCapabilities::unsubscribe_groups); what the provider
    /// answers.
    async fn list_suppressions(
        &self,
        query: &SuppressionQuery,
        page: &PageRequest,
    ) -> Result<Page<Suppression>>;

    /// Everything for which an address is suppressed; empty when it is not.
    ///
    /// # Errors
    /// What the provider answers.
    async fn get_suppressions(&self, address: &EmailAddress) -> Result<Vec<Suppression>>;

    /// Puts an address on a list. Doing it again replaces the entry.
    ///
    /// # Errors
    /// `Unsupported` for a kind that is not in
    /// [`suppression_adds`](super::EmailCapabilities::suppression_adds).
    async fn add_suppression(&self, suppression: &Suppression) -> Result<()>;

    /// Takes an address off one list; it stays on the others, also on those of other groups. Taking
    /// off what is not on it succeeds.
    ///
    /// # Errors
    /// `Unsupported` for a group without
    /// [`unsubscribe_groups`](super::EmailCapabilities::unsubscribe_groups).
    async fn remove_suppression(
        &self,
        address: &EmailAddress,
        list: &SuppressionList,
    ) -> Result<()>;
}
