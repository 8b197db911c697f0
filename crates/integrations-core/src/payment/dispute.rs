//! Disputes: a buyer asks the bank for the money back.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{CaptureId, DisputeId, PaymentId};
use crate::error::{Error, Result};
use crate::money::Money;
use crate::{IdempotencyKey, Page, PageRequest, Raw};

/// The disputes of a provider. Hangs off
/// [`PaymentProvider::disputes`](super::PaymentProvider::disputes).
#[async_trait]
pub trait DisputeProvider: Send + Sync {
    /// One page of the disputes.
    ///
    /// # Errors
    /// What the provider answers.
    async fn list(&self, filter: &DisputeFilter, page: &PageRequest) -> Result<Page<Dispute>>;

    /// A dispute.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get(&self, id: &DisputeId) -> Result<Dispute>;

    /// Gives in: the buyer keeps the money. It cannot be taken back.
    ///
    /// # Errors
    /// `Conflict` when it is decided; `Unsupported` unless
    /// [`dispute_accept`](super::PaymentCapabilities::dispute_accept).
    async fn accept(&self, request: &AcceptDispute) -> Result<Dispute> {
        let _ = request;
        Err(Error::unsupported("dispute_accept"))
    }

    /// Hands in evidence, once and for all. It cannot be changed afterwards.
    ///
    /// # Errors
    /// `Conflict` when it is decided or evidence was handed in; `Unsupported` unless
    /// [`dispute_evidence`](super::PaymentCapabilities::dispute_evidence).
    async fn submit_evidence(&self, request: &SubmitEvidence) -> Result<Dispute> {
        let _ = request;
        Err(Error::unsupported("dispute_evidence"))
    }
}

words! {
    /// Where a dispute stands.
    DisputeStatus {
        /// The merchant has to answer until [`Dispute::respond_by`].
        NeedsResponse = "needs_response",
        /// The bank decides.
        UnderReview = "under_review",
        /// The merchant keeps the money.
        Won = "won",
        /// The buyer has the money.
        Lost = "lost",
        /// The merchant gave in.
        Accepted = "accepted",
    }
}

impl DisputeStatus {
    /// Whether it is decided. A state that is not known is open.
    #[must_use]
    pub const fn is_decided(&self) -> bool {
        matches!(self, Self::Won | Self::Lost | Self::Accepted)
    }
}

words! {
    /// Why a buyer disputes a payment.
    DisputeReason {
        /// The buyer did not make the payment.
        Fraudulent = "fraudulent",
        /// What was bought did not come.
        NotReceived = "not_received",
        /// What came is not what was bought.
        NotAsDescribed = "not_as_described",
        /// It was paid twice.
        Duplicate = "duplicate",
        /// A refund was promised and not made.
        CreditNotProcessed = "credit_not_processed",
        /// A subscription was canceled and billed again.
        SubscriptionCanceled = "subscription_canceled",
        /// The buyer does not know what it is.
        Unrecognized = "unrecognized",
        /// No reason, or a general one.
        General = "general",
    }
}

/// A buyer's demand for the money of a payment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dispute {
    /// Its id.
    pub id: DisputeId,
    /// The payment.
    pub payment: Option<PaymentId>,
    /// The capture, where the provider names it.
    pub capture: Option<CaptureId>,
    /// How much is disputed.
    pub amount: Money,
    /// Why.
    pub reason: DisputeReason,
    /// Where it stands.
    pub status: DisputeStatus,
    /// Until when the merchant has to answer.
    pub respond_by: Option<Timestamp>,
    /// Whether evidence was handed in.
    pub evidence_submitted: bool,
    /// When it was opened.
    pub created_at: Option<Timestamp>,
    /// The provider's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl Dispute {
    /// A dispute about an amount.
    #[must_use]
    pub fn new(id: DisputeId, amount: Money, reason: DisputeReason, status: DisputeStatus) -> Self {
        Self {
            id,
            payment: None,
            capture: None,
            amount,
            reason,
            status,
            respond_by: None,
            evidence_submitted: false,
            created_at: None,
            raw: Raw::None,
        }
    }
}

/// Gives in to a dispute.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AcceptDispute {
    /// Makes a repeated call one act.
    pub key: IdempotencyKey,
    /// Which one.
    pub dispute: DisputeId,
}

impl AcceptDispute {
    /// Gives in to a dispute.
    #[must_use]
    pub fn new(key: IdempotencyKey, dispute: DisputeId) -> Self {
        Self { key, dispute }
    }
}

/// Hands in evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SubmitEvidence {
    /// Makes a repeated call one act.
    pub key: IdempotencyKey,
    /// Which dispute.
    pub dispute: DisputeId,
    /// What happened, in words.
    pub statement: Option<String>,
    /// The carrier and number of the parcel.
    pub tracking: Option<Tracking>,
    /// Further texts by the provider's own field names. A name that it does not know is an error.
    pub fields: BTreeMap<String, String>,
}

impl SubmitEvidence {
    /// Evidence with nothing in it yet.
    #[must_use]
    pub fn new(key: IdempotencyKey, dispute: DisputeId) -> Self {
        Self {
            key,
            dispute,
            statement: None,
            tracking: None,
            fields: BTreeMap::new(),
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statement.is_none() && self.tracking.is_none() && self.fields.is_empty()
    }

    /// Says what happened.
    #[must_use]
    pub fn with_statement(mut self, statement: impl Into<String>) -> Self {
        self.statement = Some(statement.into());
        self
    }

    /// Names the parcel.
    #[must_use]
    pub fn with_tracking(mut self, tracking: Tracking) -> Self {
        self.tracking = Some(tracking);
        self
    }

    /// Adds a text under the provider's own field name.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.insert(name.into(), value.into());
        self
    }
}

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tracking {
    /// Who carries it.
    pub carrier: String,
    /// Its number.
    pub number: String,
}

impl Tracking {
    /// A parcel of a carrier.
    pub fn new(carrier: impl Into<String>, number: impl Into<String>) -> Self {
        Self {
            carrier: carrier.into(),
            number: number.into(),
        }
    }
}

/// Which disputes to list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct DisputeFilter {
    /// Only about this payment.
    pub payment: Option<PaymentId>,
}

impl DisputeFilter {
    /// All disputes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only about this payment.
    #[must_use]
    pub fn with_payment(mut self, payment: impl Into<PaymentId>) -> Self {
        self.payment = Some(payment.into());
        self
    }
}
