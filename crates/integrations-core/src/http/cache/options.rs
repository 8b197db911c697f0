//! What a reader allows, and what it is told.

use std::fmt;
use std::time::Duration;

use crate::error::ErrorKind;
use crate::http::Response;

/// The failures in which there is nobody to ask.
const NOBODY_TO_ASK: [ErrorKind; 4] = [
    ErrorKind::CircuitOpen,
    ErrorKind::Unavailable,
    ErrorKind::Network,
    ErrorKind::Timeout,
];

/// What a reader allows. The default allows nothing that is stale.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    max_stale: Option<Duration>,
    kinds: Option<Vec<ErrorKind>>,
}

impl ReadOptions {
    /// Allows nothing that is stale.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows a kept answer instead of an error, up to so long after the end of its freshness, when
    /// the provider cannot be asked: the circuit is open, it answers that it is broken, the
    /// connection fails, the deadline passes. It is [marked](Freshness::Stale).
    ///
    /// The provider has the last word: a `stale-if-error` (RFC 5861, section 4) that is shorter
    /// holds, and with `must-revalidate` or `no-cache` (RFC 9111, sections 5.2.2.2 and 5.2.2.4)
    /// nothing stale is ever used.
    #[must_use]
    pub fn stale_if_error(mut self, max_stale: Duration) -> Self {
        self.max_stale = Some(max_stale);
        self
    }

    /// Says for which failures [`stale_if_error`](Self::stale_if_error) holds, in place of those
    /// that are named there. Only those that [pass](ErrorKind::is_transient) count: who is told that
    /// its access ended is not shown what it once read.
    #[must_use]
    pub fn only_after(mut self, kinds: impl IntoIterator<Item = ErrorKind>) -> Self {
        self.kinds = Some(kinds.into_iter().collect());
        self
    }

    /// How long after its freshness an answer may be used after such a failure.
    pub(super) fn allows(&self, kind: ErrorKind) -> Option<Duration> {
        let kinds = self.kinds.as_deref().unwrap_or(&NOBODY_TO_ASK);
        let allowed = kind.is_transient() && kinds.contains(&kind);
        self.max_stale.filter(|_| allowed)
    }
}

/// How a read came by its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freshness {
    /// The provider gave it just now.
    Fetched,
    /// It was kept and is fresh: the provider was not asked.
    Fresh,
    /// It was kept, and the provider said just now that it still holds.
    Revalidated,
    /// It was kept, is **no longer fresh**, and the provider could not be asked.
    Stale {
        /// How long ago the provider gave it or said that it holds.
        age: Duration,
        /// Why the provider could not be asked.
        because: ErrorKind,
    },
}

impl Freshness {
    /// Whether it may be out of date.
    #[must_use]
    pub fn is_stale(self) -> bool {
        matches!(self, Self::Stale { .. })
    }
}

/// An answer, and how fresh it is.
#[must_use]
pub struct CachedResponse {
    response: Response,
    freshness: Freshness,
}

impl CachedResponse {
    pub(super) fn new(response: Response, freshness: Freshness) -> Self {
        Self {
            response,
            freshness,
        }
    }

    /// How the read came by it.
    #[must_use]
    pub fn freshness(&self) -> Freshness {
        self.freshness
    }

    /// The answer. From the cache it has an `Age` header, in seconds.
    #[must_use]
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// The answer, to read its body.
    #[must_use]
    pub fn into_response(self) -> Response {
        self.response
    }
}

impl fmt::Debug for CachedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedResponse")
            .field("status", &self.response.status())
            .field("freshness", &self.freshness)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_can_be_allowed() {
        let limit = Duration::from_secs(60);
        let options = ReadOptions::new().stale_if_error(limit);
        let every = [ErrorKind::RateLimited, ErrorKind::PermissionDenied];
        assert_eq!(options.allows(ErrorKind::CircuitOpen), Some(limit));
        assert_eq!(options.allows(ErrorKind::RateLimited), None);
        let options = options.only_after(every);
        assert_eq!(options.allows(ErrorKind::RateLimited), Some(limit));
        assert_eq!(options.allows(ErrorKind::PermissionDenied), None);
        assert_eq!(options.allows(ErrorKind::CircuitOpen), None);
        let never = ReadOptions::new().only_after([ErrorKind::CircuitOpen]);
        assert_eq!(never.allows(ErrorKind::CircuitOpen), None);
    }
}
