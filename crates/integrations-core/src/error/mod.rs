//! Errors for the person who reads them at night: what failed, at whom, whether it took effect,
//! and what to do.
//!
//! Every fallible function here returns [`Result`]. An [`Error`] is one pointer wide and carries
//! its [kind](Error::kind), the provider and operation, the [effect](Error::effect) that the call
//! had, when to [try again](Error::retry_after), the vendor's own [code](Error::code) and
//! [request id](Error::request_id). Its `Display` is one line.
//!
//! ```
//! use integrations_core::{Effect, Error, ErrorKind};
//!
//! let error = Error::new(ErrorKind::Timeout, "no answer within 30 s")
//!     .with_provider("stripe")
//!     .with_operation("create_payment")
//!     .with_read_back("find the payment by its idempotency key before charging again");
//! assert_eq!(error.effect(), Effect::Unknown);
//! assert_eq!(
//!     error.to_string(),
//!     "stripe create_payment: no answer within 30 s (timeout; effect unknown): find the payment \
//!      by its idempotency key before charging again"
//! );
//! ```

#[cfg(any(feature = "cache", feature = "credentials"))]
mod again;
mod kind;
mod retry;

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

pub use kind::{Effect, ErrorKind};
pub use retry::RetryAdvice;

/// What every fallible function of this workspace returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// A failed call. See the [module page](self).
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    effect: Effect,
    message: Cow<'static, str>,
    provider: Option<Cow<'static, str>>,
    operation: Option<Cow<'static, str>>,
    code: Option<Cow<'static, str>>,
    request_id: Option<String>,
    advice: Option<Cow<'static, str>>,
    /// What to do when nobody said it better: see [`Error::with_default_advice`].
    default_advice: Option<Cow<'static, str>>,
    retry: Option<RetryAdvice>,
    safe_until: Option<Timestamp>,
    status: Option<u16>,
    retry_after: Option<Duration>,
    attempts: u32,
    elapsed: Option<Duration>,
    reconnect: bool,
    detail: Option<Box<dyn Any + Send + Sync>>,
    source: Option<Source>,
}

impl Error {
    /// An error of a kind, with a message that says what failed. The effect starts as the
    /// [kind's default](ErrorKind::default_effect).
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            effect: kind.default_effect(),
            message: message.into(),
            provider: None,
            operation: None,
            code: None,
            request_id: None,
            advice: None,
            default_advice: None,
            retry: None,
            safe_until: None,
            status: None,
            retry_after: None,
            attempts: 0,
            elapsed: None,
            reconnect: false,
            detail: None,
            source: None,
        }))
    }

    /// The request is wrong; nothing was sent.
    pub fn invalid_input(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// The provider cannot serve `feature`; nothing was sent.
    pub fn unsupported(feature: impl fmt::Display) -> Self {
        Self::new(
            ErrorKind::Unsupported,
            format!("{feature} is not supported by this provider"),
        )
    }

    /// The thing that the call names does not exist.
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::NotFound, format!("{what} does not exist"))
    }

    /// A defect, or an answer that cannot be.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// Adds the provider's own words to the message. They must hold no secret and be one line.
    #[must_use]
    pub fn with_words(mut self, words: &str) -> Self {
        self.0.message = format!("{}: {words}", self.0.message).into();
        self
    }

    /// Names the provider, for example `"stripe"`.
    #[must_use]
    pub fn with_provider(mut self, provider: impl Into<Cow<'static, str>>) -> Self {
        self.0.provider = Some(provider.into());
        self
    }

    /// Names the operation, for example `"create_payment"`.
    #[must_use]
    pub fn with_operation(mut self, operation: impl Into<Cow<'static, str>>) -> Self {
        self.0.operation = Some(operation.into());
        self
    }

    /// States what is known of the effect.
    #[must_use]
    pub fn with_effect(mut self, effect: Effect) -> Self {
        self.0.effect = effect;
        self
    }

    /// The vendor's own code for the failure.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// The vendor's id of the request, for its support.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = Some(id.into());
        self
    }

    /// The status of the answer, where the provider speaks HTTP.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// How long the provider asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Replaces the kind's standard advice by a better one.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<Cow<'static, str>>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// What to do as long as nobody says it better: a general rule, which [`advice`](Self::advice)
    /// gives only where there is none of [`with_advice`](Self::with_advice), and which a later call
    /// replaces.
    #[must_use]
    pub fn with_default_advice(mut self, advice: impl Into<Cow<'static, str>>) -> Self {
        self.0.default_advice = Some(advice.into());
        self
    }

    /// Marks the effect as unknown and says how to find it out.
    #[must_use]
    pub fn with_read_back(self, how: impl Into<Cow<'static, str>>) -> Self {
        self.with_effect(Effect::Unknown).with_advice(how)
    }

    /// The error beneath. It is reachable by [`source`](StdError::source), and not printed by
    /// `Display`: vendors' error texts may repeat what was sent.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Hangs a category's own detail off the error, for example a decline reason.
    #[must_use]
    pub fn with_detail<T: Any + Send + Sync>(mut self, detail: T) -> Self {
        self.0.detail = Some(Box::new(detail));
        self
    }

    /// Marks that the account's owner has to consent again: the grant is revoked or expired.
    #[must_use]
    pub fn with_reconnect(mut self) -> Self {
        self.0.reconnect = true;
        self
    }

    /// Says how many attempts the whole operation made, and how long it took with its waits. The
    /// guard calls it; 0 attempts means that nothing was sent.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.attempts = attempts;
        self.0.elapsed = Some(elapsed);
        self
    }

    /// The class of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the call changed anything at the provider.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// What failed, in words.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The provider, once known.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.0.provider.as_deref()
    }

    /// The operation, once known.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// The vendor's own code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The vendor's id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The status of the answer, where the provider speaks HTTP.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// How long the provider (or our limiter) asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many attempts were made, where the call ran under a guard.
    #[must_use]
    pub fn attempts(&self) -> Option<u32> {
        self.0.elapsed.map(|_| self.0.attempts)
    }

    /// How long the whole operation took, waits included, where the call ran under a guard.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.0.elapsed
    }

    /// Whether somebody who knows the failure gave advice for it ([`with_advice`](Self::with_advice),
    /// [`with_read_back`](Self::with_read_back)), which general advice must not replace.
    #[must_use]
    pub fn has_advice(&self) -> bool {
        self.0.advice.is_some()
    }

    /// What [`with_advice`](Self::with_advice) and
    /// [`with_default_advice`](Self::with_default_advice) said.
    #[cfg(feature = "capsule")]
    pub(crate) fn stated_advice(&self) -> (Option<&str>, Option<&str>) {
        (self.0.advice.as_deref(), self.0.default_advice.as_deref())
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &str {
        match self.0.advice.as_ref().or(self.0.default_advice.as_ref()) {
            Some(advice) => advice,
            None if self.0.effect == Effect::Unknown => {
                "read the state back before trying again: it may have been carried out"
            }
            None => self.0.kind.advice(),
        }
    }

    /// Whether the account's owner has to consent again. False for lost contact, for a wrong
    /// configuration, and for a code that is not known to mean it.
    #[must_use]
    pub fn needs_reconnect(&self) -> bool {
        self.0.reconnect
    }

    /// The category's detail of type `T`, if there is one.
    #[must_use]
    pub fn detail<T: Any>(&self) -> Option<&T> {
        self.0
            .detail
            .as_deref()
            .and_then(|detail| (detail as &dyn Any).downcast_ref())
    }

    /// Fills in the provider and operation where they are not yet known. Handles call it, so that
    /// a provider that forgot them still gives a full error.
    #[must_use]
    pub fn in_call(mut self, provider: &str, operation: &'static str) -> Self {
        if self.0.provider.is_none() {
            self.0.provider = Some(Cow::Owned(provider.to_owned()));
        }
        if self.0.operation.is_none() {
            self.0.operation = Some(Cow::Borrowed(operation));
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        match (&inner.provider, &inner.operation) {
            (Some(provider), Some(operation)) => write!(f, "{provider} {operation}: ")?,
            (Some(one), None) | (None, Some(one)) => write!(f, "{one}: ")?,
            (None, None) => {}
        }
        write!(f, "{} ({}", inner.message, inner.kind)?;
        if let Some(status) = inner.status {
            write!(f, ", status {status}")?;
        }
        if let Some(code) = &inner.code {
            write!(f, ", code {code}")?;
        }
        if let Some(id) = &inner.request_id {
            write!(f, ", request {id}")?;
        }
        if let Some(wait) = inner.retry_after {
            write!(f, ", retry after {wait:?}")?;
        }
        if let Some(until) = inner.safe_until {
            write!(f, ", the key is safe until {until:.0}")?;
        }
        if let (2.., Some(elapsed)) = (inner.attempts, inner.elapsed) {
            let seconds = elapsed.as_secs_f64();
            write!(f, ", {} attempts in {seconds:.1} s", inner.attempts)?;
        }
        write!(f, "; effect {}): {}", inner.effect, self.advice())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("provider", &inner.provider)
            .field("operation", &inner.operation)
            .field("effect", &inner.effect)
            .field("message", &inner.message)
            .field("status", &inner.status)
            .field("code", &inner.code)
            .field("request_id", &inner.request_id)
            .field("retry_after", &inner.retry_after)
            .field("retry", &self.retry())
            .field("safe_until", &inner.safe_until)
            .field("attempts", &inner.attempts)
            .field("elapsed", &inner.elapsed)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn refusals_did_not_take_effect_and_lost_contact_is_unknown() {
        for kind in [
            ErrorKind::InvalidInput,
            ErrorKind::RateLimited,
            ErrorKind::CircuitOpen,
        ] {
            assert_eq!(Error::new(kind, "x").effect(), Effect::NotApplied, "{kind}");
        }
        for kind in [ErrorKind::Timeout, ErrorKind::Network, ErrorKind::Decode] {
            assert_eq!(
                Error::new(kind, "x").retry(),
                RetryAdvice::ReadBackFirst,
                "{kind}"
            );
        }
    }

    #[test]
    fn a_detail_is_found_by_its_type_only() {
        let error = Error::new(ErrorKind::Declined, "no").with_detail(7_u8);
        assert_eq!(error.detail::<u8>(), Some(&7));
        assert_eq!(error.detail::<u16>(), None);
    }

    #[test]
    fn display_is_one_line_with_everything_a_reader_needs() {
        let error = Error::new(ErrorKind::RateLimited, "too many requests")
            .with_provider("zoom")
            .with_operation("create_meeting")
            .with_status(429)
            .with_code("rate")
            .with_request_id("req_1")
            .with_retry_after(Duration::from_secs(2));
        assert_eq!(
            error.to_string(),
            "zoom create_meeting: too many requests (rate_limited, status 429, code rate, request \
             req_1, retry after 2s; effect not applied): wait, then send it again"
        );
    }

    #[test]
    fn attempts_are_told_when_there_was_more_than_one() {
        let error = Error::new(ErrorKind::Unavailable, "status 502");
        assert_eq!(error.attempts(), None);
        let once = error.with_attempts(1, Duration::from_millis(40));
        assert!(!once.to_string().contains("attempt"), "{once}");
        let thrice = once.with_attempts(3, Duration::from_millis(2340));
        assert!(
            thrice.to_string().contains("3 attempts in 2.3 s"),
            "{thrice}"
        );
        assert_eq!(thrice.attempts(), Some(3));
        assert_eq!(thrice.elapsed(), Some(Duration::from_millis(2340)));
    }
}
