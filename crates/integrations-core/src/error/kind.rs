//! The classes of failure, and what each lets a caller do.

use std::fmt;

/// What class of failure an [`Error`](super::Error) is.
///
/// The set is small on purpose: a caller decides by kind, and reads the vendor's own code with
/// [`Error::code`](super::Error::code) when it needs more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is wrong and was refused before or by the provider. Change it; never resend it.
    InvalidInput,
    /// The integration is not configured correctly. An operator has to act.
    Config,
    /// The credentials are missing, wrong or expired. Connect again or replace them.
    Unauthenticated,
    /// The credentials are valid and not allowed to do this.
    PermissionDenied,
    /// The thing that the call names does not exist.
    NotFound,
    /// A thing with that name or key exists already.
    AlreadyExists,
    /// A condition that the caller set (an entity tag, "only if absent") does not hold.
    PreconditionFailed,
    /// The thing is in a state that does not allow the call.
    Conflict,
    /// A payment was declined. The reason hangs off the error as a category detail.
    Declined,
    /// The provider, or our own limiter, asks for fewer calls. Wait for [`Error::retry_after`](super::Error::retry_after).
    RateLimited,
    /// A quota is used up. Waiting seconds does not help.
    QuotaExceeded,
    /// The provider cannot do this at all. Nothing was sent.
    Unsupported,
    /// The deadline passed before an answer came.
    Timeout,
    /// The connection failed.
    Network,
    /// The provider answered that it is broken or overloaded.
    Unavailable,
    /// Our circuit breaker is open after repeated failures. Nothing was sent.
    CircuitOpen,
    /// An answer came and could not be understood.
    Decode,
    /// A delivery (webhook, callback, token) could not be proved genuine.
    Untrusted,
    /// The caller dropped or cancelled the call.
    Cancelled,
    /// A defect in this library or an impossible answer.
    Internal,
}

impl ErrorKind {
    /// The kind as a short, stable word, for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::Config => "config",
            Self::Unauthenticated => "unauthenticated",
            Self::PermissionDenied => "permission_denied",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::PreconditionFailed => "precondition_failed",
            Self::Conflict => "conflict",
            Self::Declined => "declined",
            Self::RateLimited => "rate_limited",
            Self::QuotaExceeded => "quota_exceeded",
            Self::Unsupported => "unsupported",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::Unavailable => "unavailable",
            Self::CircuitOpen => "circuit_open",
            Self::Decode => "decode",
            Self::Untrusted => "untrusted",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }

    /// What is known of the effect when nobody said more: refusals did not take effect, losses of
    /// contact may have.
    #[must_use]
    pub const fn default_effect(self) -> Effect {
        match self {
            Self::Timeout
            | Self::Network
            | Self::Unavailable
            | Self::Decode
            | Self::Cancelled
            | Self::Internal => Effect::Unknown,
            _ => Effect::NotApplied,
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Timeout
                | Self::Network
                | Self::Unavailable
                | Self::CircuitOpen
        )
    }

    /// What the person who reads the error should do.
    pub(super) const fn advice(self) -> &'static str {
        match self {
            Self::InvalidInput => "correct the request",
            Self::Config => "correct the configuration",
            Self::Unauthenticated => "check or renew the credentials",
            Self::PermissionDenied => "grant the permission or use another account",
            Self::NotFound => "check the name or id",
            Self::AlreadyExists => "use another name, or read the existing one",
            Self::PreconditionFailed => "read it again and decide on the new state",
            Self::Conflict => "read its state before trying again",
            Self::Declined => "ask for another payment method",
            Self::RateLimited => "wait, then send it again",
            Self::QuotaExceeded => "raise the quota or wait for its reset",
            Self::Unsupported => "use another provider or another way",
            Self::Timeout | Self::Network | Self::Unavailable => "try again later",
            Self::CircuitOpen => "wait for the provider to recover",
            Self::Decode => "report it with the request id",
            Self::Untrusted => "do not act on it; check the signing secret",
            Self::Cancelled => "send it again if it is still wanted",
            Self::Internal => "report it",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a failed call changed anything at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing was changed. Sending the call again cannot double it.
    NotApplied,
    /// Nobody can tell from here: the request may have been carried out. Read back before acting.
    Unknown,
    /// The change was made, although the call failed afterwards.
    Applied,
}

impl Effect {
    /// The effect as a short, stable phrase.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotApplied => "not applied",
            Self::Unknown => "unknown",
            Self::Applied => "applied",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
