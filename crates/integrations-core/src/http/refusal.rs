//! An answer that is no success.

use std::fmt;

use ::http::StatusCode;
use ::http::header::{AsHeaderName, DATE, HeaderMap, RETRY_AFTER};
use bytes::Bytes;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::parse_retry_after;
use crate::error::{Effect, Error, ErrorKind};

/// An answer with a status other than success, in memory. A provider reads the vendor's own code
/// from the body and builds on [`error`](Self::error).
#[derive(Clone)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body, its first 64 KiB at most.
    pub body: Bytes,
}

impl Refusal {
    /// The first header of that name, where it is a text.
    #[must_use]
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON, if it is that: a proxy's page of HTML is not.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The error that the status stands for, by RFC 9110 and nothing that a vendor adds.
    ///
    /// | status | kind | effect |
    /// |---|---|---|
    /// | 401, 407, 511 | `Unauthenticated` | not applied |
    /// | 402, 403, 451 | `PermissionDenied` | not applied |
    /// | 404, 410 | `NotFound` | not applied |
    /// | 409, 423, 424 | `Conflict` | not applied |
    /// | 412, 428 | `PreconditionFailed` | not applied |
    /// | 408 | `Timeout` | unknown: a proxy may have passed it on |
    /// | 421, 425 | `Unavailable` | not applied: both ask for the same request again |
    /// | 429 | `RateLimited` | not applied |
    /// | other 4xx | `InvalidInput` | not applied |
    /// | 501, 505 | `Unsupported` | not applied |
    /// | 507 | `QuotaExceeded` | not applied |
    /// | other 5xx | `Unavailable` | unknown |
    /// | 307, 308, 304 | `Config` | not applied |
    /// | other 3xx | `Decode` | unknown: 302 and 303 often answer a request that was carried out |
    ///
    /// A `Retry-After` is on the error, whatever the status. One that is a point in time is
    /// measured from the answer's own `Date`, where there is one: the provider's clock and ours
    /// may differ by more than the wait.
    #[must_use]
    pub fn error(&self) -> Error {
        let (kind, effect) = meaning(self.status);
        let name = self.status.canonical_reason().unwrap_or("no known status");
        let mut text = format!("answered {} {name}", self.status.as_u16());
        if self.status.is_redirection() {
            text.push_str(", a redirect that is not followed");
        }
        let mut error = Error::new(kind, text)
            .with_effect(effect)
            .with_status(self.status.as_u16());
        let wait = self.header(RETRY_AFTER).map(str::trim);
        if let Some(wait) = wait.and_then(|text| parse_retry_after(text, self.answered_at())) {
            error = error.with_retry_after(wait);
        }
        error
    }

    /// When the provider answered, by its own clock where it says so (RFC 9110, section 6.6.1).
    fn answered_at(&self) -> Timestamp {
        self.header(DATE)
            .and_then(|date| httpdate::parse_http_date(date.trim()).ok())
            .and_then(|date| Timestamp::try_from(date).ok())
            .unwrap_or_else(Timestamp::now)
    }
}

fn meaning(status: StatusCode) -> (ErrorKind, Effect) {
    use Effect::{NotApplied, Unknown};
    match status.as_u16() {
        401 | 407 | 511 => (ErrorKind::Unauthenticated, NotApplied),
        402 | 403 | 451 => (ErrorKind::PermissionDenied, NotApplied),
        404 | 410 => (ErrorKind::NotFound, NotApplied),
        409 | 423 | 424 => (ErrorKind::Conflict, NotApplied),
        412 | 428 => (ErrorKind::PreconditionFailed, NotApplied),
        408 => (ErrorKind::Timeout, Unknown),
        421 | 425 => (ErrorKind::Unavailable, NotApplied),
        429 => (ErrorKind::RateLimited, NotApplied),
        400..=499 => (ErrorKind::InvalidInput, NotApplied),
        501 | 505 => (ErrorKind::Unsupported, NotApplied),
        507 => (ErrorKind::QuotaExceeded, NotApplied),
        500..=599 => (ErrorKind::Unavailable, Unknown),
        304 | 307 | 308 => (ErrorKind::Config, NotApplied),
        _ => (ErrorKind::Decode, Unknown),
    }
}

/// Status and length only: bodies and headers may repeat what was sent.
impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("status", &self.status)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn refusal(status: u16) -> Refusal {
        Refusal {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    #[test]
    fn the_effect_is_unknown_exactly_where_the_server_may_have_acted() {
        for status in 400..600 {
            let error = refusal(status).error();
            let unknown = match status {
                408 => true,
                501 | 505 | 507 | 511 => false,
                other => other >= 500,
            };
            let expected = match unknown {
                true => Effect::Unknown,
                false => Effect::NotApplied,
            };
            assert_eq!(error.effect(), expected, "{error}");
            assert_eq!(error.status(), Some(status));
        }
    }

    #[test]
    fn a_redirect_after_a_post_may_hide_an_effect_and_one_that_keeps_the_method_cannot() {
        assert_eq!(refusal(303).error().effect(), Effect::Unknown);
        assert_eq!(refusal(302).error().effect(), Effect::Unknown);
        assert_eq!(refusal(307).error().effect(), Effect::NotApplied);
        assert_eq!(refusal(308).error().effect(), Effect::NotApplied);
    }

    #[test]
    fn a_wait_until_a_point_in_time_is_measured_by_the_clock_that_named_it() {
        // A provider whose clock is far from ours.
        for (date, until) in [
            (
                "Sun, 06 Nov 1994 08:49:30 GMT",
                "Sun, 06 Nov 1994 08:49:37 GMT",
            ),
            ("Sun, 06 Nov 1994 08:49:30 GMT", "1994-11-06T08:49:37Z"),
            ("Wed, 06 Nov 2097 08:49:30 GMT", "2097-11-06T08:49:37Z"),
        ] {
            let mut limited = refusal(429);
            limited.headers.insert(DATE, date.parse().unwrap());
            limited.headers.insert(RETRY_AFTER, until.parse().unwrap());
            let wait = limited.error().retry_after();
            assert_eq!(wait, Some(Duration::from_secs(7)), "{date} to {until}");
        }
        let mut undated = refusal(429);
        let past = "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap();
        undated.headers.insert(RETRY_AFTER, past);
        assert_eq!(undated.error().retry_after(), Some(Duration::ZERO));
    }

    #[test]
    fn a_retry_after_is_on_the_error_and_the_body_is_not() {
        let mut limited = refusal(429);
        limited.headers.insert(RETRY_AFTER, "7".parse().unwrap());
        limited.body = Bytes::from_static(b"<html>secret-canary</html>");
        let error = limited.error();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(!format!("{error} {error:?} {limited:?}").contains("canary"));
        assert_eq!(limited.json::<serde_json::Value>(), None);
    }
}
