//! What is no success, in Google's form.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Map, Value, json};

/// An error that the stand-in answers: a status, Google's reason, and words
/// (<https://developers.google.com/workspace/calendar/api/guides/errors>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    domain: &'static str,
    reason: &'static str,
    message: String,
    location: Option<(&'static str, &'static str)>,
    retry_after: Option<u32>,
}

impl Refusal {
    /// An error by its status, Google's reason and words.
    pub fn new(status: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            domain: "global",
            reason,
            message: message.into(),
            location: None,
            retry_after: None,
        }
    }

    /// Says how many seconds to wait.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// 403 `rateLimitExceeded`: the application or the calendar is asked too often.
    #[must_use]
    pub fn rate_limit() -> Self {
        Self::usage(403, "rateLimitExceeded", "Rate Limit Exceeded")
    }

    /// 403 `userRateLimitExceeded`: the user is served too often.
    #[must_use]
    pub fn user_rate_limit() -> Self {
        Self::usage(403, "userRateLimitExceeded", "User Rate Limit Exceeded")
    }

    /// 429 `rateLimitExceeded`.
    #[must_use]
    pub fn too_many_requests() -> Self {
        Self::usage(429, "rateLimitExceeded", "Rate Limit Exceeded")
    }

    /// 403 `quotaExceeded`: a limit of the product, for example calendars made in a short time.
    #[must_use]
    pub fn quota() -> Self {
        Self::usage(403, "quotaExceeded", "Calendar usage limits exceeded.")
    }

    /// 500 `backendError`.
    #[must_use]
    pub fn backend() -> Self {
        Self::new(500, "backendError", "Backend Error")
    }

    fn usage(status: u16, reason: &'static str, message: &str) -> Self {
        let mut made = Self::new(status, reason, message);
        made.domain = "usageLimits";
        made
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid", message)
    }

    pub(super) fn required(message: impl Into<String>) -> Self {
        Self::new(400, "required", message)
    }

    pub(super) fn parameter(name: &'static str, message: impl Into<String>) -> Self {
        let mut made = Self::invalid(message);
        made.location = Some(("parameter", name));
        made
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "notFound", "Not Found")
    }

    pub(super) fn forbidden() -> Self {
        Self::new(403, "forbidden", "Forbidden")
    }

    pub(super) fn gone() -> Self {
        Self::new(410, "deleted", "Resource has been deleted")
    }

    pub(super) fn duplicate() -> Self {
        Self::new(409, "duplicate", "The requested identifier already exists.")
    }

    pub(super) fn precondition() -> Self {
        let mut made = Self::new(412, "conditionNotMet", "Precondition Failed");
        made.location = Some(("header", "If-Match"));
        made
    }

    pub(super) fn credentials() -> Self {
        let mut made = Self::new(401, "authError", "Invalid Credentials");
        made.location = Some(("header", "Authorization"));
        made
    }

    pub(super) fn full_sync() -> Self {
        let message = "Sync token is no longer valid, a full sync is required.";
        let mut made = Self::new(410, "fullSyncRequired", message);
        made.domain = "calendar";
        made.location = Some(("parameter", "syncToken"));
        made
    }

    pub(super) fn response(&self) -> Response<Bytes> {
        let mut error = Map::new();
        error.insert("domain".into(), self.domain.into());
        error.insert("reason".into(), self.reason.into());
        error.insert("message".into(), self.message.clone().into());
        if let Some((kind, name)) = self.location {
            error.insert("locationType".into(), kind.into());
            error.insert("location".into(), name.into());
        }
        let body = json!({"error": {
            "errors": [Value::Object(error)], "code": self.status, "message": self.message}});
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/json; charset=UTF-8"),
        );
        if let Some(seconds) = self.retry_after {
            headers.insert(http::header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
