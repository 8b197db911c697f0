//! Judging addresses before anything is sent to them.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::EmailAddress;
use crate::error::{Error, Result};
use crate::raw::Raw;

/// What a provider thinks of an address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AddressReport {
    /// The address as it was given. It may be none.
    pub address: String,
    /// The verdict.
    pub verdict: AddressVerdict,
    /// What led to it.
    pub reasons: Vec<AddressReason>,
    /// The address that was probably meant.
    pub did_you_mean: Option<EmailAddress>,
    /// The provider's own form.
    pub raw: Raw,
}

impl AddressReport {
    /// A verdict on an address.
    pub fn new(address: impl Into<String>, verdict: AddressVerdict) -> Self {
        Self {
            address: address.into(),
            verdict,
            reasons: Vec::new(),
            did_you_mean: None,
            raw: Raw::None,
        }
    }

    /// Adds what led to the verdict.
    #[must_use]
    pub fn with_reason(mut self, reason: AddressReason) -> Self {
        self.reasons.push(reason);
        self
    }

    /// Adds the address that was probably meant.
    #[must_use]
    pub fn with_suggestion(mut self, address: EmailAddress) -> Self {
        self.did_you_mean = Some(address);
        self
    }
}

/// Whether to send to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AddressVerdict {
    /// Mail to it will probably arrive.
    Valid,
    /// It may bounce, or nobody may read it.
    Risky,
    /// Mail to it will not arrive.
    Invalid,
    /// The provider cannot tell.
    Unknown,
}

/// What speaks against an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum AddressReason {
    /// It is not written as an address is.
    Syntax,
    /// The domain does not exist or takes no mail.
    Domain,
    /// The mailbox does not exist.
    Mailbox,
    /// It belongs to a role, not to a person: `info@`, `postmaster@`.
    Role,
    /// It is one of a service that gives out addresses to be thrown away.
    Disposable,
    /// The domain looks like another, well known one.
    Typo,
    /// It is on a suppression list.
    Suppressed,
    /// Another reason, in the provider's word.
    Other(String),
}

impl AddressReason {
    /// The reason as a word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Syntax => "syntax",
            Self::Domain => "domain",
            Self::Mailbox => "mailbox",
            Self::Role => "role",
            Self::Disposable => "disposable",
            Self::Typo => "typo",
            Self::Suppressed => "suppressed",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for AddressReason {
    fn from(word: String) -> Self {
        match word.as_str() {
            "syntax" => Self::Syntax,
            "domain" => Self::Domain,
            "mailbox" => Self::Mailbox,
            "role" => Self::Role,
            "disposable" => Self::Disposable,
            "typo" => Self::Typo,
            "suppressed" => Self::Suppressed,
            _ => Self::Other(word),
        }
    }
}

impl From<AddressReason> for String {
    fn from(reason: AddressReason) -> Self {
        match reason {
            AddressReason::Other(word) => word,
            known => known.as_str().to_owned(),
        }
    }
}

/// A provider's judgement of addresses.
#[async_trait]
pub trait AddressValidator: Send + Sync {
    /// Judges an address. Text that is no address is a verdict, not an error.
    ///
    /// # Errors
    /// What the provider answers when it cannot judge at all.
    async fn validate_address(&self, address: &str) -> Result<AddressReport>;

    /// Judges many addresses in one call, with one verdict per address in the order given.
    ///
    /// # Errors
    /// As [`validate_address`](Self::validate_address); `Unsupported` without
    /// [`validation_batch`](super::EmailCapabilities::validation_batch).
    async fn validate_addresses(&self, addresses: &[String]) -> Result<Vec<AddressReport>> {
        let _ = addresses;
        Err(Error::unsupported("validation_batch"))
    }
}
