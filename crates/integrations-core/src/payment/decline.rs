//! Why a payment was declined, and what to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{PaymentId, PaymentMethodId};
use crate::error::{Error, ErrorKind, RetryAdvice};

words! {
    /// Why the buyer's bank, the network or the processor said no.
    DeclineReason {
        /// The account has not enough money.
        InsufficientFunds = "insufficient_funds",
        /// The card has expired.
        ExpiredCard = "expired_card",
        /// The number, the security code, the address or another detail is wrong.
        IncorrectDetails = "incorrect_details",
        /// The card was reported lost.
        LostCard = "lost_card",
        /// The card was reported stolen.
        StolenCard = "stolen_card",
        /// The bank refused without a reason.
        DoNotHonor = "do_not_honor",
        /// The bank or the processor suspects fraud.
        SuspectedFraud = "suspected_fraud",
        /// A limit on amount or number of payments is reached.
        LimitExceeded = "limit_exceeded",
        /// The buyer has to be present and prove who they are (3-D Secure).
        AuthenticationRequired = "authentication_required",
        /// The buyer tried to prove who they are, and failed or gave up.
        AuthenticationFailed = "authentication_failed",
        /// The card or account cannot be used for this: currency, country, kind of purchase.
        NotPermitted = "not_permitted",
        /// The buyer revoked the permission for such payments.
        RevokedAuthorization = "revoked_authorization",
        /// The bank or the processor had a fault, or could not be reached.
        ProcessingError = "processing_error",
        /// The provider gave no reason, or one that says nothing.
        Generic = "generic_decline",
    }
}

impl DeclineReason {
    /// What to do about it.
    #[must_use]
    pub const fn advice(&self) -> DeclineAdvice {
        match self {
            Self::InsufficientFunds | Self::LimitExceeded | Self::ProcessingError => {
                DeclineAdvice::TryLater
            }
            Self::ExpiredCard | Self::IncorrectDetails => DeclineAdvice::CorrectDetails,
            Self::AuthenticationRequired | Self::AuthenticationFailed => {
                DeclineAdvice::Authenticate
            }
            Self::LostCard
            | Self::StolenCard
            | Self::SuspectedFraud
            | Self::RevokedAuthorization => DeclineAdvice::DoNotRetry,
            Self::DoNotHonor | Self::NotPermitted | Self::Generic | Self::Other(_) => {
                DeclineAdvice::UseAnotherMethod
            }
        }
    }

    /// A text that may be shown to the buyer. It never says that a card was reported lost or
    /// stolen or that fraud is suspected: whoever holds it may be the thief (Stripe's advice for
    /// these codes, too).
    #[must_use]
    pub const fn buyer_message(&self) -> &'static str {
        match self {
            Self::InsufficientFunds => "The account has not enough money. Use another method.",
            Self::ExpiredCard => "The card has expired. Use another card.",
            Self::IncorrectDetails => "A detail of the card is wrong. Check it and try again.",
            Self::LimitExceeded => "The limit of the card is reached. Use another method.",
            Self::AuthenticationRequired => "The bank asks you to confirm the payment.",
            Self::AuthenticationFailed => "The payment was not confirmed. Try again.",
            Self::ProcessingError => "The payment could not be processed. Try again in a while.",
            Self::NotPermitted => "The card cannot be used for this purchase. Use another one.",
            _ => "The payment was declined. Use another method or ask the bank.",
        }
    }
}

/// What to do after a decline. A further attempt is a new operation and takes a **new**
/// idempotency key: providers repeat the decline for the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeclineAdvice {
    /// The same method may work another day.
    TryLater,
    /// Ask the buyer to check what they entered.
    CorrectDetails,
    /// Bring the buyer back, so that they prove who they are.
    Authenticate,
    /// Ask for another method.
    UseAnotherMethod,
    /// Never try this method again: networks fine merchants who do.
    DoNotRetry,
}

impl DeclineAdvice {
    /// The key has its answer, so every further attempt takes a new one; with this method there is
    /// none at all where networks forbid it.
    const fn retry(self) -> RetryAdvice {
        match self {
            Self::DoNotRetry => RetryAdvice::Never,
            _ => RetryAdvice::NewKey,
        }
    }

    const fn as_text(self) -> &'static str {
        match self {
            Self::TryLater => "ask for another payment method, or try this one another day",
            Self::CorrectDetails => "ask the buyer to check the details or use another method",
            Self::Authenticate => "bring the buyer back to confirm the payment",
            Self::UseAnotherMethod => "ask for another payment method",
            Self::DoNotRetry => "never try this method again; ask for another one",
        }
    }
}

/// The detail of an error of kind [`Declined`](ErrorKind::Declined).
///
/// ```
/// use integrations_core::payment::{Decline, DeclineAdvice, DeclineReason};
///
/// let error = Decline::new(DeclineReason::InsufficientFunds).with_code("51").into_error();
/// let decline = error.detail::<Decline>().expect("declined errors carry it");
/// assert_eq!(decline.advice, DeclineAdvice::TryLater);
/// assert_eq!(error.code(), Some("51"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decline {
    /// Why.
    pub reason: DeclineReason,
    /// What to do. Starts as the reason's own advice; a provider that knows better replaces it.
    pub advice: DeclineAdvice,
    /// The provider's code, for example Stripe's `decline_code`.
    pub code: Option<String>,
    /// The card network's code (ISO 8583, for example `51`).
    pub network_code: Option<String>,
    /// The payment that was declined. It can be continued with another method where the provider
    /// keeps it open.
    pub payment: Option<PaymentId>,
    /// The saved method that was declined.
    pub method: Option<PaymentMethodId>,
}

impl Decline {
    /// A decline with the reason's own advice.
    #[must_use]
    pub fn new(reason: DeclineReason) -> Self {
        Self {
            advice: reason.advice(),
            reason,
            code: None,
            network_code: None,
            payment: None,
            method: None,
        }
    }

    /// Names the provider's code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Names the network's code.
    #[must_use]
    pub fn with_network_code(mut self, code: impl Into<String>) -> Self {
        self.network_code = Some(code.into());
        self
    }

    /// Names the payment.
    #[must_use]
    pub fn with_payment(mut self, payment: PaymentId) -> Self {
        self.payment = Some(payment);
        self
    }

    /// Names the saved method.
    #[must_use]
    pub fn with_method(mut self, method: PaymentMethodId) -> Self {
        self.method = Some(method);
        self
    }

    /// Replaces the advice by what the provider said.
    #[must_use]
    pub fn with_advice(mut self, advice: DeclineAdvice) -> Self {
        self.advice = advice;
        self
    }

    /// The error that a provider answers: no money moved.
    #[must_use]
    pub fn into_error(self) -> Error {
        let error = Error::new(
            ErrorKind::Declined,
            format!("the payment was declined: {}", self.reason),
        )
        .with_retry(self.advice.retry())
        .with_advice(self.advice.as_text());
        let error = match &self.code {
            Some(code) => error.with_code(code.clone()),
            None => error,
        };
        error.with_detail(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Effect;

    #[test]
    fn a_decline_moved_no_money_and_says_what_to_do() {
        let error = Decline::new(DeclineReason::LostCard).into_error();
        assert_eq!(error.kind(), ErrorKind::Declined);
        assert_eq!(error.effect(), Effect::NotApplied);
        assert!(error.to_string().contains("never try this method again"));
    }

    #[test]
    fn a_further_attempt_takes_a_new_key_or_is_not_made() {
        let retry = |reason| Decline::new(reason).into_error().retry();
        assert_eq!(retry(DeclineReason::InsufficientFunds), RetryAdvice::NewKey);
        assert_eq!(
            retry(DeclineReason::Other("new".into())),
            RetryAdvice::NewKey
        );
        assert_eq!(retry(DeclineReason::StolenCard), RetryAdvice::Never);
    }

    #[test]
    fn the_buyer_is_not_told_that_a_card_is_lost_or_stolen() {
        let generic = DeclineReason::Generic.buyer_message();
        for reason in [
            DeclineReason::LostCard,
            DeclineReason::StolenCard,
            DeclineReason::SuspectedFraud,
        ] {
            assert_eq!(reason.buyer_message(), generic);
            assert_eq!(reason.advice(), DeclineAdvice::DoNotRetry);
        }
    }
}
