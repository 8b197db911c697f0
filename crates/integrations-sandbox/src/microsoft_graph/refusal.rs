//! What is no success, in Microsoft Graph's form.

use http::header::{HeaderValue, RETRY_AFTER};
use serde_json::{Value, json};

use super::reply::Reply;

/// An error that the stand-in answers: a status, Graph's code, and words
/// (<https://learn.microsoft.com/graph/errors>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
    retry_after: Option<u32>,
    more: Option<(&'static str, String)>,
}

impl Refusal {
    /// An error by its status, Graph's code and words.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after: None,
            more: None,
        }
    }

    /// Says how many seconds to wait.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// 429 `ApplicationThrottled`: the application asks this mailbox too often
    /// (<https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits>).
    #[must_use]
    pub fn throttled() -> Self {
        let words = "Application is over its request limit.";
        Self::new(429, "ApplicationThrottled", words)
    }

    /// 429 `ApplicationThrottled` for more than four requests at a time to one mailbox.
    #[must_use]
    pub fn mailbox_concurrency() -> Self {
        let words = "Application is over its MailboxConcurrency limit.";
        Self::new(429, "ApplicationThrottled", words)
    }

    /// 503 `serviceNotAvailable`.
    #[must_use]
    pub fn unavailable() -> Self {
        let words = "The service is temporarily unavailable.";
        Self::new(503, "serviceNotAvailable", words)
    }

    /// 504 `UnknownError`: something behind Graph did not answer in time.
    #[must_use]
    pub fn gateway_timeout() -> Self {
        Self::new(504, "UnknownError", "")
    }

    /// 500 `ErrorInternalServerError`.
    #[must_use]
    pub fn internal() -> Self {
        let words = "An internal server error occurred. The operation failed.";
        Self::new(500, "ErrorInternalServerError", words)
    }

    /// The error's status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.more = Some((name, value));
        self
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "ErrorInvalidRequest", message)
    }

    pub(super) fn property(message: impl Into<String>) -> Self {
        Self::new(400, "ErrorPropertyValidationFailure", message)
    }

    /// The body is no JSON, or has what the type does not.
    pub(super) fn body(message: impl Into<String>) -> Self {
        Self::new(400, "RequestBodyRead", message)
    }

    /// A query option that cannot be read.
    pub(super) fn query(message: impl Into<String>) -> Self {
        Self::new(400, "RequestBroker--ParseUri", message)
    }

    pub(super) fn segment(name: &str) -> Self {
        let words = format!("Resource not found for the segment '{name}'.");
        Self::new(400, "BadRequest", words)
    }

    pub(super) fn not_found() -> Self {
        let words = "The specified object was not found in the store.";
        Self::new(404, "ErrorItemNotFound", words)
    }

    pub(super) fn malformed_id() -> Self {
        Self::new(400, "ErrorInvalidIdMalformed", "Id is malformed.")
    }

    pub(super) fn no_mailbox() -> Self {
        let words = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
        Self::new(404, "MailboxNotEnabledForRESTAPI", words)
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "ErrorAccessDenied", message)
    }

    /// The status is of the errors page ("A precondition provided in the request (such as an
    /// if-match header) does not match the resource's current state"); which code goes with it, is
    /// not described.
    pub(super) fn precondition() -> Self {
        let words = "The send or update operation could not be performed because the change key \
                     passed in the request does not match the current change key for the item.";
        Self::new(412, "ErrorIrresolvableConflict", words)
    }

    pub(super) fn credentials() -> Self {
        let words = "Access token is empty or not valid.";
        Self::new(401, "InvalidAuthenticationToken", words)
    }

    /// "410 Gone", and the code that the service has for a token that is too old
    /// (<https://learn.microsoft.com/graph/delta-query-overview#synchronization-reset>).
    pub(super) fn sync_state() -> Self {
        let words = "The sync state generation is not found; a full synchronization is required.";
        Self::new(410, "SyncStateNotFound", words)
    }

    pub(super) fn far(_: jiff::Error) -> Self {
        Self::property("The time leaves the range of time.")
    }

    /// The error as an answer; `id` is that of the request.
    pub(super) fn reply(&self, id: &str, client: Option<&str>, date: &str) -> Reply {
        let mut error = json!({"code": self.code, "message": self.message,
            "innerError": {"date": date, "request-id": id, "client-request-id": client.unwrap_or(id)}});
        if let Some((name, value)) = &self.more {
            error[*name] = Value::from(value.as_str());
        }
        let mut reply = Reply::json(self.status, json!({ "error": error }));
        if let Some(seconds) = self.retry_after {
            reply
                .headers
                .push((RETRY_AFTER, HeaderValue::from(seconds)));
        }
        reply
    }
}
