//! Google's refusals, told apart by their reasons: the status alone says too little. Much of what
//! Google answers with 403 has to be repeated later, and the rest must not be.

use integrations_core::http::Refusal;
use integrations_core::{Effect, Error, ErrorKind};
use serde_json::Value;

/// What Google said of a refusal, as the [detail](Error::detail) of an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct GoogleError {
    /// The reason, for example `fullSyncRequired`.
    pub reason: Option<String>,
    /// The parameter or header that was refused, for example `pageToken`.
    pub location: Option<String>,
}

/// A word of Google's that can be shown: the messages beside it repeat what was sent.
fn word(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let fits = (1..=64).contains(&text.len()) && text.chars().all(plain);
    fits.then(|| text.to_owned())
}

/// The error that a refusal is. The reasons are those of
/// <https://developers.google.com/workspace/calendar/api/guides/errors>, and in the newer form those
/// of `google.rpc.ErrorInfo`.
pub(crate) fn read(refusal: &Refusal) -> Error {
    let body: Value = refusal.json().unwrap_or_default();
    let body = &body["error"];
    let first = &body["errors"][0];
    let info = body["details"].as_array().into_iter().flatten();
    let info = info.filter_map(|detail| word(&detail["reason"])).next();
    let said = GoogleError {
        reason: info
            .or_else(|| word(&first["reason"]))
            .or_else(|| word(&body["status"])),
        location: word(&first["location"]),
    };
    let plain = refusal.error();
    let reason = said.reason.as_deref().unwrap_or_default();
    let mut error = match kind(refusal.status.as_u16(), reason) {
        None => plain,
        Some((kind, advice)) => {
            let mut error = Error::new(kind, plain.message().to_owned())
                .with_status(refusal.status.as_u16())
                .with_effect(Effect::NotApplied)
                .with_advice(advice);
            if let Some(wait) = plain.retry_after() {
                error = error.with_retry_after(wait);
            }
            error
        }
    };
    if let Some(reason) = &said.reason {
        error = error.with_code(reason.clone());
    }
    error.with_detail(said)
}

/// What a reason means where the status does not say it.
fn kind(status: u16, reason: &str) -> Option<(ErrorKind, &'static str)> {
    Some(match (status, reason) {
        (
            403 | 429,
            "rateLimitExceeded"
            | "userRateLimitExceeded"
            | "RATE_LIMIT_EXCEEDED"
            | "servingLimitExceeded"
            | "concurrentLimitExceeded",
        ) => (
            ErrorKind::RateLimited,
            "call more slowly: set calls_per_second, or ask Google for a higher quota",
        ),
        (403, "quotaExceeded" | "dailyLimitExceeded" | "calendarLimitReached") => (
            ErrorKind::QuotaExceeded,
            "a limit of the account or the project is used up: wait for hours, or ask Google for more",
        ),
        (403, "accessNotConfigured" | "SERVICE_DISABLED") => (
            ErrorKind::Config,
            "switch the API on for the project in Google's console",
        ),
        (403, "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT") => (
            ErrorKind::PermissionDenied,
            "the token has not the scope: let the account's owner consent to it",
        ),
        (409, "duplicate") => (
            ErrorKind::AlreadyExists,
            "an id is given once in a calendar, also when what had it was deleted",
        ),
        (410, "fullSyncRequired" | "updatedMinTooLongAgo") => (
            ErrorKind::Conflict,
            "what changed since then is no longer known: read everything again",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn refused(status: u16, body: &str) -> Error {
        read(&Refusal {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.to_owned().into(),
        })
    }

    fn with_reason(status: u16, reason: &str) -> Error {
        let body = serde_json::json!({"error": {"code": status, "message": "words",
            "errors": [{"domain": "global", "reason": reason, "message": "words"}]}});
        refused(status, &body.to_string())
    }

    // https://developers.google.com/workspace/calendar/api/guides/errors
    #[test]
    fn what_has_to_wait_is_told_from_what_is_forbidden() {
        use ErrorKind::{
            AlreadyExists, Config, Conflict, InvalidInput, NotFound, PermissionDenied,
            PreconditionFailed, QuotaExceeded, RateLimited, Unauthenticated, Unavailable,
        };
        for (status, reason, kind) in [
            (400, "badRequest", InvalidInput),
            (400, "timeRangeEmpty", InvalidInput),
            (401, "authError", Unauthenticated),
            (403, "rateLimitExceeded", RateLimited),
            (403, "userRateLimitExceeded", RateLimited),
            (429, "rateLimitExceeded", RateLimited),
            (403, "quotaExceeded", QuotaExceeded),
            (403, "dailyLimitExceeded", QuotaExceeded),
            (403, "accessNotConfigured", Config),
            (403, "forbiddenForNonOrganizer", PermissionDenied),
            (403, "insufficientPermissions", PermissionDenied),
            (404, "notFound", NotFound),
            (409, "duplicate", AlreadyExists),
            (409, "conflict", Conflict),
            (410, "deleted", NotFound),
            (410, "fullSyncRequired", Conflict),
            (412, "conditionNotMet", PreconditionFailed),
            (500, "backendError", Unavailable),
        ] {
            let error = with_reason(status, reason);
            assert_eq!(error.kind(), kind, "{status} {reason}");
            assert_eq!(error.code(), Some(reason));
            assert_eq!(error.status(), Some(status));
            let effect = if status < 500 {
                Effect::NotApplied
            } else {
                Effect::Unknown
            };
            assert_eq!(error.effect(), effect, "{status} {reason}");
        }
    }

    #[test]
    fn the_newer_form_is_read_too() {
        let body = r#"{"error": {"code": 403, "status": "PERMISSION_DENIED", "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}]}}"#;
        let error = refused(403, body);
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Config, Some("SERVICE_DISABLED"))
        );
        let body = r#"{"error": {"code": 403, "status": "PERMISSION_DENIED"}}"#;
        assert_eq!(refused(403, body).code(), Some("PERMISSION_DENIED"));
    }

    #[test]
    fn what_is_no_word_of_googles_is_not_shown() {
        for body in [
            "<html>canary</html>",
            r#"{"error": {"message": "canary", "errors": [{"reason": "can ary", "message": "canary"}]}}"#,
            r#"{"error": "canary"}"#,
            "",
        ] {
            let error = refused(403, body);
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
            assert!(!format!("{error} {error:?}").contains("canary"), "{body}");
        }
    }
}
