//! What a caller asks for. Everything that moves money carries an idempotency key.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::{
    AuthorizationId, CaptureId, CustomerId, Instrument, MerchantRef, PaymentId, RefundReason,
};
use crate::IdempotencyKey;
use crate::money::Money;

/// Whether the money is taken at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CaptureMode {
    /// Taken as soon as it is authorized.
    #[default]
    Automatic,
    /// Reserved, and taken by [`capture`](super::Payments::capture).
    Manual,
}

/// A payment to make.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CreatePayment {
    /// Makes a repeated call one payment.
    pub key: IdempotencyKey,
    /// How much: more than nothing.
    pub amount: Money,
    /// What it is paid with. Without one the payment waits for one
    /// ([`PaymentStatus::RequiresInstrument`](super::PaymentStatus::RequiresInstrument)), or the
    /// buyer chooses at the provider.
    pub instrument: Option<Instrument>,
    /// Whether the money is taken at once.
    pub capture: CaptureMode,
    /// Whose it is.
    pub customer: Option<CustomerId>,
    /// The merchant's own reference.
    pub reference: Option<MerchantRef>,
    /// What it is for.
    pub description: Option<String>,
    /// What the buyer's statement should show.
    pub statement_descriptor: Option<String>,
    /// Where the provider sends a receipt.
    pub receipt_email: Option<String>,
    /// Where the buyer comes back to after an action.
    pub return_url: Option<Url>,
    /// The buyer is not present: no action is possible, a bank that wants one declines.
    pub off_session: bool,
    /// The merchant's own data.
    pub metadata: BTreeMap<String, String>,
}

impl CreatePayment {
    /// A payment of an amount, taken at once.
    #[must_use]
    pub fn new(key: IdempotencyKey, amount: Money) -> Self {
        Self {
            key,
            amount,
            instrument: None,
            capture: CaptureMode::Automatic,
            customer: None,
            reference: None,
            description: None,
            statement_descriptor: None,
            receipt_email: None,
            return_url: None,
            off_session: false,
            metadata: BTreeMap::new(),
        }
    }

    /// Sets what it is paid with.
    #[must_use]
    pub fn with_instrument(mut self, instrument: Instrument) -> Self {
        self.instrument = Some(instrument);
        self
    }

    /// Sets whether the money is taken at once.
    #[must_use]
    pub fn with_capture(mut self, capture: CaptureMode) -> Self {
        self.capture = capture;
        self
    }

    /// Says whose it is.
    #[must_use]
    pub fn with_customer(mut self, customer: impl Into<CustomerId>) -> Self {
        self.customer = Some(customer.into());
        self
    }

    /// Sets the merchant's own reference.
    #[must_use]
    pub fn with_reference(mut self, reference: impl Into<MerchantRef>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Says what it is for.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets what the buyer's statement should show.
    #[must_use]
    pub fn with_statement_descriptor(mut self, statement_descriptor: impl Into<String>) -> Self {
        self.statement_descriptor = Some(statement_descriptor.into());
        self
    }

    /// Sets where the provider sends a receipt.
    #[must_use]
    pub fn with_receipt_email(mut self, receipt_email: impl Into<String>) -> Self {
        self.receipt_email = Some(receipt_email.into());
        self
    }

    /// Sets where the buyer comes back to after an action.
    #[must_use]
    pub fn with_return_url(mut self, return_url: Url) -> Self {
        self.return_url = Some(return_url);
        self
    }

    /// The buyer is not present.
    #[must_use]
    pub fn off_session(mut self) -> Self {
        self.off_session = true;
        self
    }

    /// Adds a piece of the merchant's own data.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }
}

/// Takes a payment on: after the buyer's action, or with another method after a decline.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ContinuePayment {
    /// Makes a repeated call one attempt. A new attempt after a decline takes a new key.
    pub key: IdempotencyKey,
    /// Which payment.
    pub payment: PaymentId,
    /// What it is paid with from here on.
    pub instrument: Option<Instrument>,
    /// Where the buyer comes back to after a further action.
    pub return_url: Option<Url>,
}

impl ContinuePayment {
    /// Takes a payment on after the buyer's action.
    #[must_use]
    pub fn new(key: IdempotencyKey, payment: PaymentId) -> Self {
        Self {
            key,
            payment,
            instrument: None,
            return_url: None,
        }
    }

    /// Pays it with this from here on.
    #[must_use]
    pub fn with_instrument(mut self, instrument: Instrument) -> Self {
        self.instrument = Some(instrument);
        self
    }

    /// Sets where the buyer comes back to after a further action.
    #[must_use]
    pub fn with_return_url(mut self, return_url: Url) -> Self {
        self.return_url = Some(return_url);
        self
    }
}

/// What a capture is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CaptureTarget {
    /// The payment's only open authorization.
    Payment(PaymentId),
    /// One authorization.
    Authorization(AuthorizationId),
}

impl From<PaymentId> for CaptureTarget {
    fn from(id: PaymentId) -> Self {
        Self::Payment(id)
    }
}

impl From<AuthorizationId> for CaptureTarget {
    fn from(id: AuthorizationId) -> Self {
        Self::Authorization(id)
    }
}

/// Takes reserved money.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CapturePayment {
    /// Makes a repeated call one capture.
    pub key: IdempotencyKey,
    /// What from.
    pub target: CaptureTarget,
    /// How much; all that is left when `None`.
    pub amount: Option<Money>,
    /// Keep the rest reserved for further captures. Otherwise it is released.
    pub keep_rest: bool,
}

impl CapturePayment {
    /// Takes all that is left.
    pub fn new(key: IdempotencyKey, target: impl Into<CaptureTarget>) -> Self {
        Self {
            key,
            target: target.into(),
            amount: None,
            keep_rest: false,
        }
    }

    /// Takes this much; the rest is released.
    #[must_use]
    pub fn with_amount(mut self, amount: Money) -> Self {
        self.amount = Some(amount);
        self
    }

    /// Keeps the rest reserved for further captures.
    #[must_use]
    pub fn keeping_rest(mut self) -> Self {
        self.keep_rest = true;
        self
    }
}

/// Gives up a payment of which not everything was taken: releases what is reserved.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct VoidPayment {
    /// Makes a repeated call one act.
    pub key: IdempotencyKey,
    /// Which payment.
    pub payment: PaymentId,
}

impl VoidPayment {
    /// Gives up a payment.
    #[must_use]
    pub fn new(key: IdempotencyKey, payment: PaymentId) -> Self {
        Self { key, payment }
    }
}

/// What a refund is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefundTarget {
    /// The payment's only capture.
    Payment(PaymentId),
    /// One capture of a payment.
    Capture {
        /// The payment.
        payment: PaymentId,
        /// Its capture.
        capture: CaptureId,
    },
}

impl From<PaymentId> for RefundTarget {
    fn from(id: PaymentId) -> Self {
        Self::Payment(id)
    }
}

impl From<&super::Capture> for RefundTarget {
    fn from(capture: &super::Capture) -> Self {
        Self::Capture {
            payment: capture.payment.clone(),
            capture: capture.id.clone(),
        }
    }
}

/// Gives money back.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RefundPayment {
    /// Makes a repeated call one refund. Two equal partial refunds take two keys.
    pub key: IdempotencyKey,
    /// What from.
    pub target: RefundTarget,
    /// How much; all that is left when `None`.
    pub amount: Option<Money>,
    /// Why.
    pub reason: Option<RefundReason>,
    /// The merchant's own data.
    pub metadata: BTreeMap<String, String>,
}

impl RefundPayment {
    /// Gives back all that is left.
    pub fn new(key: IdempotencyKey, target: impl Into<RefundTarget>) -> Self {
        Self {
            key,
            target: target.into(),
            amount: None,
            reason: None,
            metadata: BTreeMap::new(),
        }
    }

    /// Gives back this much.
    #[must_use]
    pub fn with_amount(mut self, amount: Money) -> Self {
        self.amount = Some(amount);
        self
    }

    /// Says why.
    #[must_use]
    pub fn with_reason(mut self, reason: RefundReason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Adds a piece of the merchant's own data.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }
}

/// Which payments to list. Everything that is set must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct PaymentFilter {
    /// Only this customer's.
    pub customer: Option<CustomerId>,
    /// Only those made then or later.
    pub created_from: Option<Timestamp>,
    /// Only those made before.
    pub created_before: Option<Timestamp>,
}

impl PaymentFilter {
    /// All payments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only this customer's.
    #[must_use]
    pub fn with_customer(mut self, customer: impl Into<CustomerId>) -> Self {
        self.customer = Some(customer.into());
        self
    }

    /// Only those made then or later.
    #[must_use]
    pub fn with_created_from(mut self, created_from: Timestamp) -> Self {
        self.created_from = Some(created_from);
        self
    }

    /// Only those made before.
    #[must_use]
    pub fn with_created_before(mut self, created_before: Timestamp) -> Self {
        self.created_before = Some(created_before);
        self
    }
}
