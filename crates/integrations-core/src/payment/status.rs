//! Where payments and their parts stand. Vendors' words that this library does not know are kept
//! as `Other`, and never read as money that arrived.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// Where a payment stands.
    PaymentStatus {
        /// A payment method is missing, or the last one was declined. Continue it with one.
        RequiresInstrument = "requires_instrument",
        /// The buyer has agreed; [`continue_payment`](super::Payments::continue_payment) takes it
        /// from here.
        RequiresConfirmation = "requires_confirmation",
        /// The buyer has to do something: see [`Payment::next_action`](super::Payment::next_action).
        RequiresAction = "requires_action",
        /// The bank takes its time. It may still fail.
        Processing = "processing",
        /// The money is reserved and not taken.
        Authorized = "authorized",
        /// A part is taken and the rest still reserved.
        PartiallyCaptured = "partially_captured",
        /// Taken: nothing more will be. [`Payment::captured`](super::Payment::captured) says how
        /// much, which may be less than what was authorized. Refunds do not change it.
        Captured = "captured",
        /// Given up before any money was taken.
        Canceled = "canceled",
        /// It failed for good.
        Failed = "failed",
    }
}

impl PaymentStatus {
    /// Whether the money was taken. Only [`Captured`](Self::Captured) is: neither an authorization
    /// nor a state that is not known.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Captured)
    }

    /// Whether nothing more can happen to the payment itself. A state that is not known is open.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Captured | Self::Canceled | Self::Failed)
    }
}

words! {
    /// Where an authorization stands.
    AuthorizationStatus {
        /// The bank has not answered yet.
        Pending = "pending",
        /// The money is reserved.
        Authorized = "authorized",
        /// A part is taken, the rest is reserved.
        PartiallyCaptured = "partially_captured",
        /// Taken; what was not taken is released.
        Captured = "captured",
        /// Released by the merchant.
        Voided = "voided",
        /// Released because its time ran out.
        Expired = "expired",
        /// Refused.
        Denied = "denied",
    }
}

words! {
    /// Where a capture stands.
    CaptureStatus {
        /// On its way.
        Pending = "pending",
        /// The money was taken, and none of it was refunded.
        Completed = "completed",
        /// A part was refunded.
        PartiallyRefunded = "partially_refunded",
        /// All was refunded.
        Refunded = "refunded",
        /// The bank refused.
        Declined = "declined",
        /// It failed.
        Failed = "failed",
    }
}

impl CaptureStatus {
    /// Whether money was taken by it, refunded or not. A state that is not known is no.
    #[must_use]
    pub const fn is_taken(&self) -> bool {
        matches!(
            self,
            Self::Completed | Self::PartiallyRefunded | Self::Refunded
        )
    }
}

words! {
    /// Where a refund stands.
    RefundStatus {
        /// On its way. It may still fail.
        Pending = "pending",
        /// The provider needs the buyer or the merchant first.
        RequiresAction = "requires_action",
        /// Done, as far as the provider is concerned.
        Completed = "completed",
        /// It failed: the money is still the merchant's.
        Failed = "failed",
        /// It was called off.
        Canceled = "canceled",
    }
}

impl RefundStatus {
    /// Whether the money has gone back. A state that is not known is no.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Completed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_status_is_kept_and_never_settled() {
        let status: PaymentStatus = serde_json::from_str("\"succeeded_probably\"").unwrap();
        assert_eq!(status, PaymentStatus::Other("succeeded_probably".into()));
        assert!(!status.is_settled() && !status.is_final());
        assert_eq!(
            serde_json::to_string(&status).unwrap(),
            "\"succeeded_probably\""
        );
        assert!(!RefundStatus::from("sent".to_owned()).is_settled());
        assert!(!CaptureStatus::from("sent".to_owned()).is_taken());
    }

    #[test]
    fn only_captured_is_settled() {
        for status in [
            PaymentStatus::RequiresInstrument,
            PaymentStatus::RequiresConfirmation,
            PaymentStatus::RequiresAction,
            PaymentStatus::Processing,
            PaymentStatus::Authorized,
            PaymentStatus::PartiallyCaptured,
            PaymentStatus::Canceled,
            PaymentStatus::Failed,
        ] {
            assert!(!status.is_settled(), "{status}");
        }
        assert!(PaymentStatus::Captured.is_settled());
    }
}
