//! To whom, when and under which key a message is sent.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{EmailAddress, EmailMessage, Mailbox, MergeData};
use crate::idempotency::IdempotencyKey;

/// One recipient of a batch, with what is theirs alone. `Debug` shows how much of it there is, and
/// not what it says.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recipient {
    /// Who.
    pub mailbox: Mailbox,
    /// Values for `{{name}}` places, over those of the message.
    pub merge_data: MergeData,
    /// Metadata, over that of the message.
    pub metadata: BTreeMap<String, String>,
    /// Headers, after those of the message.
    pub headers: Vec<(String, String)>,
}

impl Recipient {
    /// A recipient with nothing of their own.
    pub fn new(mailbox: impl Into<Mailbox>) -> Self {
        Self {
            mailbox: mailbox.into(),
            merge_data: MergeData::new(),
            metadata: BTreeMap::new(),
            headers: Vec::new(),
        }
    }

    /// Adds a value for a `{{name}}` place.
    #[must_use]
    pub fn with_merge(
        mut self,
        name: impl Into<String>,
        value: impl Into<serde_json::Value>,
    ) -> Self {
        self.merge_data.insert(name.into(), value.into());
        self
    }

    /// Adds one piece of metadata.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The message as this recipient alone gets it: addressed to them, with their values over the
    /// message's.
    #[must_use]
    pub fn personalize(&self, message: &EmailMessage) -> EmailMessage {
        let mut own = message.clone();
        own.to = vec![self.mailbox.clone()];
        own.cc.clear();
        own.bcc.clear();
        own.merge_data.extend(self.merge_data.clone());
        own.metadata.extend(self.metadata.clone());
        own.headers.extend(self.headers.iter().cloned());
        own
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipient")
            .field("merge_data", &self.merge_data.len())
            .field("metadata", &self.metadata.len())
            .field("headers", &self.headers.len())
            .finish_non_exhaustive()
    }
}

impl From<Mailbox> for Recipient {
    fn from(mailbox: Mailbox) -> Self {
        Self::new(mailbox)
    }
}

impl From<EmailAddress> for Recipient {
    fn from(address: EmailAddress) -> Self {
        Self::new(address)
    }
}

/// How a message is sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SendOptions {
    /// When to send it; `None` for now.
    pub send_at: Option<Timestamp>,
    /// The key under which the same send happens once.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl SendOptions {
    /// Sends at a later time.
    #[must_use]
    pub fn at(send_at: Timestamp) -> Self {
        Self {
            send_at: Some(send_at),
            ..Self::default()
        }
    }

    /// Sends once under a key.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.idempotency_key = Some(key);
        self
    }
}

/// Whom a raw message goes to. The recipients are those of the SMTP dialogue, not of the headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Envelope {
    /// The return path.
    pub from: EmailAddress,
    /// The recipients.
    pub to: Vec<EmailAddress>,
}

impl Envelope {
    /// From somebody to somebody.
    #[must_use]
    pub fn new(from: EmailAddress, to: Vec<EmailAddress>) -> Self {
        Self { from, to }
    }
}
