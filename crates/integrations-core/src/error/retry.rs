//! How a failed call may be repeated, and until when its idempotency key makes that harmless.

use jiff::Timestamp;

use super::{Effect, Error, ErrorKind};
use crate::IdempotencyKey;

/// How a failed call may be repeated by its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetryAdvice {
    /// Repeating the same request gives the same answer.
    Never,
    /// The cause may pass: send the same request (with the same idempotency key) after
    /// [`Error::retry_after`], or soon where there is none.
    SameRequest,
    /// The key has its answer, and that answer changed nothing: the same request with the same key
    /// gives it again, for example a decline. A further attempt is a new operation and takes a new
    /// key.
    NewKey,
    /// The outcome is unknown: read the state back first. Until [`Error::safe_until`], where there
    /// is one, the same request with the same idempotency key tells it as well.
    ReadBackFirst,
}

impl RetryAdvice {
    /// The advice as a short, stable word, for logs and job queues.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::SameRequest => "same_request",
            Self::NewKey => "new_key",
            Self::ReadBackFirst => "read_back_first",
        }
    }
}

impl Error {
    /// The idempotency key was used before for *another* request, which the provider refuses
    /// (`Conflict`, nothing applied, never to be repeated as it is). Nearly always the caller built
    /// a repeated request anew and it came out different; a new key would then do the operation
    /// twice.
    ///
    /// ```
    /// use integrations_core::{Error, RetryAdvice};
    /// let key = "order-1042-charge".parse()?;
    /// assert_eq!(Error::key_reused(&key).retry(), RetryAdvice::Never);
    /// # Ok::<_, Error>(())
    /// ```
    #[must_use]
    pub fn key_reused(key: &IdempotencyKey) -> Self {
        Self::new(
            ErrorKind::Conflict,
            format!("the idempotency key {key} was used for another request"),
        )
        .with_code("idempotency_key_reused")
        .with_retry(RetryAdvice::Never)
        .with_advice("send the request as it was first; a new key is for a new operation alone")
    }

    /// A call with the same idempotency key is being carried out (`Conflict`). What it does is not
    /// known yet: send the same request with the same key later.
    ///
    /// ```
    /// use integrations_core::{Effect, Error, RetryAdvice};
    /// let key = "order-1042-charge".parse()?;
    /// let error = Error::key_in_flight(&key);
    /// assert_eq!((error.retry(), error.effect()), (RetryAdvice::SameRequest, Effect::Unknown));
    /// # Ok::<_, Error>(())
    /// ```
    #[must_use]
    pub fn key_in_flight(key: &IdempotencyKey) -> Self {
        Self::new(
            ErrorKind::Conflict,
            format!("a call with the idempotency key {key} is being carried out"),
        )
        .with_code("idempotency_key_in_use")
        .with_effect(Effect::Unknown)
        .with_retry(RetryAdvice::SameRequest)
        .with_advice("wait, then send the same request with the same key: its answer tells")
    }

    /// States how the call may be repeated, where that is not what kind and effect say. The guard
    /// does not repeat what is said to be final.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryAdvice) -> Self {
        self.0.retry = Some(retry);
        self
    }

    /// What [`with_retry`](Self::with_retry) said.
    #[cfg(feature = "guard")]
    pub(crate) fn stated_retry(&self) -> Option<RetryAdvice> {
        self.0.retry
    }

    /// Until when the same request with the same idempotency key does it at most once. The payment
    /// handles set it; see [`safe_until`](Self::safe_until).
    #[must_use]
    pub fn with_safe_until(mut self, until: Timestamp) -> Self {
        self.0.safe_until = Some(until);
        self
    }

    /// How the call may be repeated.
    ///
    /// What [`with_retry`](Self::with_retry) said holds, with one exception: as long as the effect
    /// is unknown a new key may do it twice, so [`NewKey`](RetryAdvice::NewKey) is then
    /// [`ReadBackFirst`](RetryAdvice::ReadBackFirst). Otherwise an unknown effect is to be read
    /// back, a cause that passes lets the same request be sent again, and the rest is final.
    #[must_use]
    pub fn retry(&self) -> RetryAdvice {
        match (self.0.retry, self.0.effect) {
            (Some(RetryAdvice::NewKey), Effect::Unknown) => RetryAdvice::ReadBackFirst,
            // It was done: a new key would do it again.
            (Some(RetryAdvice::NewKey), Effect::Applied) => RetryAdvice::Never,
            (Some(retry), _) => retry,
            (None, Effect::Unknown) => RetryAdvice::ReadBackFirst,
            (None, Effect::NotApplied) if self.0.kind.is_transient() => RetryAdvice::SameRequest,
            (None, _) => RetryAdvice::Never,
        }
    }

    /// Until when the provider remembers the call's idempotency key: before it, the same request
    /// with the same key does it at most once; after it, that is a **new** operation. `None` where
    /// the provider has no such promise, or the effect is known anyway.
    ///
    /// It is counted from the begin of this call, by this machine's clock. Where the key was sent
    /// in an earlier call, the earliest time holds: store the first one beside the key.
    #[must_use]
    pub fn safe_until(&self) -> Option<Timestamp> {
        self.0.safe_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_holds_before_what_the_kind_says() {
        let error = Error::new(ErrorKind::Conflict, "x");
        assert_eq!(error.retry(), RetryAdvice::Never);
        let error = error.with_retry(RetryAdvice::SameRequest);
        assert_eq!(error.retry(), RetryAdvice::SameRequest);
        let error = Error::new(ErrorKind::Unavailable, "x").with_retry(RetryAdvice::Never);
        assert_eq!(error.retry(), RetryAdvice::Never);
    }

    // The guard makes a definite answer unknown when an earlier attempt's answer was lost.
    #[test]
    fn a_new_key_is_never_advised_while_the_old_one_may_have_worked() {
        let declined = Error::new(ErrorKind::Declined, "no").with_retry(RetryAdvice::NewKey);
        assert_eq!(declined.retry(), RetryAdvice::NewKey);
        let lost = declined.with_effect(Effect::Unknown);
        assert_eq!(lost.retry(), RetryAdvice::ReadBackFirst);
        let applied = lost.with_effect(Effect::Applied);
        assert_eq!(applied.retry(), RetryAdvice::Never);
    }

    #[test]
    fn a_key_of_another_request_and_a_key_in_flight_are_told_apart() {
        let key = "order-1".parse().unwrap();
        let (reused, busy) = (Error::key_reused(&key), Error::key_in_flight(&key));
        assert_eq!(
            (reused.kind(), busy.kind()),
            (ErrorKind::Conflict, ErrorKind::Conflict)
        );
        assert_eq!(reused.retry(), RetryAdvice::Never);
        assert_eq!(reused.effect(), Effect::NotApplied);
        assert_eq!(busy.retry(), RetryAdvice::SameRequest);
        // The call that is under way may yet succeed.
        assert_eq!(busy.effect(), Effect::Unknown);
        assert!(reused.to_string().contains("order-1") && busy.to_string().contains("order-1"));
    }

    #[test]
    fn the_line_says_until_when_the_key_is_safe() {
        let until = "2026-11-28T12:00:00.5Z".parse().unwrap();
        let error = Error::new(ErrorKind::Timeout, "no answer").with_safe_until(until);
        let line = error.to_string();
        assert!(
            line.contains("the key is safe until 2026-11-28T12:00:00Z"),
            "{line}"
        );
    }

    #[test]
    fn general_advice_gives_way_to_better_advice_in_either_order() {
        let error = Error::new(ErrorKind::Timeout, "x").with_default_advice("in general");
        assert_eq!((error.advice(), error.has_advice()), ("in general", false));
        let error = error.with_default_advice("more closely");
        assert_eq!(error.advice(), "more closely");
        let error = error
            .with_advice("exactly")
            .with_default_advice("in general");
        assert_eq!((error.advice(), error.has_advice()), ("exactly", true));
    }
}
