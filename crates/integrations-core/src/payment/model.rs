//! Payments and their parts, as providers answer them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::status::{AuthorizationStatus, CaptureStatus, PaymentStatus, RefundStatus};
use super::words::words;
use super::{Decline, NextAction};
use crate::Raw;
use crate::money::Money;

crate::id_types! {
    /// The id of a payment.
    PaymentId;
    /// The id of an authorization: money that is reserved.
    AuthorizationId;
    /// The id of a capture: money that was taken.
    CaptureId;
    /// The id of a refund.
    RefundId;
    /// The id of a customer at the provider.
    CustomerId;
    /// The id of a saved payment method.
    PaymentMethodId;
    /// The id of an attempt to save a payment method.
    SetupId;
    /// The id of a plan: what is billed, how much and how often.
    PlanId;
    /// The id of a subscription.
    SubscriptionId;
    /// The id of a dispute.
    DisputeId;
    /// The merchant's own reference of a payment, for example an order number. 1 to 127 printable
    /// characters.
    MerchantRef;
}

/// A payment: one purchase of one buyer, with what was reserved and taken for it.
///
/// A payment that was answered is not money. Deliver when
/// [`is_paid`](Self::is_paid) says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// Where it stands.
    pub status: PaymentStatus,
    /// What was asked for.
    pub amount: Money,
    /// What is reserved and can still be taken.
    pub capturable: Money,
    /// What was taken so far, refunded or not.
    pub captured: Money,
    /// What was given back, pending refunds included, failed ones not.
    pub refunded: Money,
    /// The merchant's reference.
    pub reference: Option<MerchantRef>,
    /// Whose it is.
    pub customer: Option<CustomerId>,
    /// The saved method that it was paid with.
    pub method: Option<PaymentMethodId>,
    /// The reservations.
    pub authorizations: Vec<Authorization>,
    /// What was taken, piece by piece.
    pub captures: Vec<Capture>,
    /// What has to happen before it goes on.
    pub next_action: Option<NextAction>,
    /// Why the last attempt was declined.
    pub last_decline: Option<Decline>,
    /// What it is for.
    pub description: Option<String>,
    /// The merchant's own data.
    pub metadata: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// The provider's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl Payment {
    /// A payment of which nothing was reserved or taken.
    #[must_use]
    pub fn new(id: PaymentId, status: PaymentStatus, amount: Money) -> Self {
        let zero = Money::zero(amount.currency());
        Self {
            id,
            status,
            amount,
            capturable: zero,
            captured: zero,
            refunded: zero,
            reference: None,
            customer: None,
            method: None,
            authorizations: Vec::new(),
            captures: Vec::new(),
            next_action: None,
            last_decline: None,
            description: None,
            metadata: BTreeMap::new(),
            created_at: None,
            updated_at: None,
            raw: Raw::None,
        }
    }

    /// Whether all that was asked for was taken. Refunds made later do not change it.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        self.status.is_settled() && self.captured >= self.amount
    }

    /// What can still be refunded: taken and not given back.
    #[must_use]
    pub fn refundable(&self) -> Money {
        let left = self.captured.minor().saturating_sub(self.refunded.minor());
        Money::new(left.max(0), self.amount.currency())
    }
}

/// Money that is reserved at the buyer's bank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Authorization {
    /// Its id.
    pub id: AuthorizationId,
    /// Where it stands.
    pub status: AuthorizationStatus,
    /// How much was reserved.
    pub amount: Money,
    /// How much of it was taken.
    pub captured: Money,
    /// When the bank lets go of it.
    pub expires_at: Option<Timestamp>,
    /// The provider's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl Authorization {
    /// A reservation of which nothing was taken.
    #[must_use]
    pub fn new(id: AuthorizationId, status: AuthorizationStatus, amount: Money) -> Self {
        Self {
            id,
            status,
            captured: Money::zero(amount.currency()),
            amount,
            expires_at: None,
            raw: Raw::None,
        }
    }

    /// Sets how much of it was taken.
    #[must_use]
    pub fn with_captured(mut self, captured: Money) -> Self {
        self.captured = captured;
        self
    }

    /// Sets when the bank lets go of it.
    #[must_use]
    pub fn with_expires_at(mut self, expires_at: Timestamp) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Keeps the provider's own form.
    #[must_use]
    pub fn with_raw(mut self, raw: impl Into<Raw>) -> Self {
        self.raw = raw.into();
        self
    }
}

/// Money that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Capture {
    /// Its id.
    pub id: CaptureId,
    /// The payment that it belongs to.
    pub payment: PaymentId,
    /// Where it stands.
    pub status: CaptureStatus,
    /// How much was taken.
    pub amount: Money,
    /// How much of it was given back, pending refunds included.
    pub refunded: Money,
    /// The reservation that it was taken from, where it was reserved first.
    pub authorization: Option<AuthorizationId>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// The provider's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl Capture {
    /// A capture of which nothing was refunded.
    #[must_use]
    pub fn new(id: CaptureId, payment: PaymentId, status: CaptureStatus, amount: Money) -> Self {
        Self {
            id,
            payment,
            status,
            refunded: Money::zero(amount.currency()),
            amount,
            authorization: None,
            created_at: None,
            raw: Raw::None,
        }
    }

    /// Sets how much of it was given back.
    #[must_use]
    pub fn with_refunded(mut self, refunded: Money) -> Self {
        self.refunded = refunded;
        self
    }

    /// Names the reservation that it was taken from.
    #[must_use]
    pub fn with_authorization(mut self, authorization: AuthorizationId) -> Self {
        self.authorization = Some(authorization);
        self
    }

    /// Sets when it was made.
    #[must_use]
    pub fn with_created_at(mut self, created_at: Timestamp) -> Self {
        self.created_at = Some(created_at);
        self
    }

    /// Keeps the provider's own form.
    #[must_use]
    pub fn with_raw(mut self, raw: impl Into<Raw>) -> Self {
        self.raw = raw.into();
        self
    }
}

/// Money that was given back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// The payment that it belongs to.
    pub payment: PaymentId,
    /// The capture that it was taken from, where that is known.
    pub capture: Option<CaptureId>,
    /// Where it stands.
    pub status: RefundStatus,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: Option<RefundReason>,
    /// The merchant's own data.
    pub metadata: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// The provider's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl Refund {
    /// A refund of a payment.
    #[must_use]
    pub fn new(id: RefundId, payment: PaymentId, status: RefundStatus, amount: Money) -> Self {
        Self {
            id,
            payment,
            capture: None,
            status,
            amount,
            reason: None,
            metadata: BTreeMap::new(),
            created_at: None,
            raw: Raw::None,
        }
    }

    /// Names the capture that it was taken from.
    #[must_use]
    pub fn with_capture(mut self, capture: CaptureId) -> Self {
        self.capture = Some(capture);
        self
    }

    /// Says why.
    #[must_use]
    pub fn with_reason(mut self, reason: RefundReason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Sets the merchant's own data.
    #[must_use]
    pub fn with_metadata(mut self, metadata: BTreeMap<String, String>) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets when it was made.
    #[must_use]
    pub fn with_created_at(mut self, created_at: Timestamp) -> Self {
        self.created_at = Some(created_at);
        self
    }

    /// Keeps the provider's own form.
    #[must_use]
    pub fn with_raw(mut self, raw: impl Into<Raw>) -> Self {
        self.raw = raw.into();
        self
    }
}

words! {
    /// Why money is given back.
    RefundReason {
        /// The buyer asked for it.
        RequestedByCustomer = "requested_by_customer",
        /// The same purchase was paid twice.
        Duplicate = "duplicate",
        /// The payment was fraud.
        Fraudulent = "fraudulent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn a_payment_is_paid_only_when_all_of_it_was_taken() {
        let usd = |minor| Money::new(minor, Currency::USD);
        let mut payment = Payment::new("p".into(), PaymentStatus::Captured, usd(1000));
        assert!(!payment.is_paid());
        payment.captured = usd(999);
        assert!(!payment.is_paid());
        payment.captured = usd(1000);
        assert!(payment.is_paid());
        payment.refunded = usd(400);
        assert!(payment.is_paid());
        assert_eq!(payment.refundable(), usd(600));
        payment.status = PaymentStatus::Other("settled?".into());
        assert!(!payment.is_paid());
    }
}
