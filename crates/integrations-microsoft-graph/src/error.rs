//! Graph's refusals, told apart by their codes
//! (<https://learn.microsoft.com/en-us/graph/errors>; Outlook's own begin with `Error`).

use integrations_core::http::Refusal;
use integrations_core::{Effect, Error, ErrorKind};
use serde_json::Value;

/// What Graph said of a refusal, as the [detail](Error::detail) of an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct GraphError {
    /// The codes, from the outermost to the one that says most.
    pub codes: Vec<String>,
    /// The id that was sent with the request, which Microsoft's support asks for too.
    pub client_request_id: Option<String>,
}

impl GraphError {
    /// Whether one of the codes is this one, whatever the case: Graph writes some in both.
    #[must_use]
    pub fn is(&self, code: &str) -> bool {
        self.codes.iter().any(|own| own.eq_ignore_ascii_case(code))
    }
}

/// A word of Graph's that can be shown: the messages beside it repeat what was sent.
fn word(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let fits = (1..=64).contains(&text.len()) && text.chars().all(plain);
    fits.then(|| text.to_owned())
}

/// Both spellings are in Graph's own pages.
fn inner(error: &Value) -> &Value {
    match &error["innerError"] {
        Value::Null => &error["innererror"],
        inner => inner,
    }
}

/// The error that a refusal is.
pub(crate) fn read(refusal: &Refusal) -> Error {
    let body: Value = refusal.json().unwrap_or_default();
    let mut said = GraphError::default();
    let mut at = &body["error"];
    let mut request_id = None;
    // "The innererror object might recursively contain more": as deep as anything sensible goes.
    for _ in 0..8 {
        said.codes.extend(word(&at["code"]));
        request_id = word(&at["request-id"]).or(request_id);
        said.client_request_id = word(&at["client-request-id"]).or(said.client_request_id);
        at = inner(at);
        if at.is_null() {
            break;
        }
    }
    let header = |name| refusal.header(name).map(Value::from);
    let request_id = header("request-id").and_then(|id| word(&id)).or(request_id);
    let status = refusal.status.as_u16();
    let known = said.codes.iter().rev().find_map(|code| {
        let meaning = kind(status, &code.to_ascii_lowercase())?;
        Some((code.clone(), meaning))
    });
    let plain = refusal.error();
    let code = known.as_ref().map(|(code, _)| code.clone());
    let mut error = match known {
        None => plain,
        Some((_, (kind, advice))) => {
            let mut error = Error::new(kind, plain.message().to_owned())
                .with_status(status)
                .with_effect(Effect::NotApplied)
                .with_advice(advice);
            if let Some(wait) = plain.retry_after() {
                error = error.with_retry_after(wait);
            }
            error
        }
    };
    if let Some(code) = code.or_else(|| said.codes.first().cloned()) {
        error = error.with_code(code);
    }
    if let Some(id) = request_id {
        error = error.with_request_id(id);
    }
    error.with_detail(said)
}

/// What a code means where the status does not say it. The codes are in small letters.
fn kind(status: u16, code: &str) -> Option<(ErrorKind, &'static str)> {
    Some(match (status, code) {
        (429, _)
        | (403 | 509, "activitylimitreached" | "throttledrequest" | "applicationthrottled") => (
            ErrorKind::RateLimited,
            "call more slowly: a mailbox takes four requests at a time, and 10,000 in ten minutes",
        ),
        (403, "erroraccessdenied" | "accessdenied" | "authorization_requestdenied") => (
            ErrorKind::PermissionDenied,
            "the token has not the permission Calendars.ReadWrite, or the calendar is not shared \
             with its owner",
        ),
        (403 | 400, "errorquotaexceeded" | "quotalimitreached") => (
            ErrorKind::QuotaExceeded,
            "the mailbox is full: its owner has to make room",
        ),
        (403 | 404, "mailboxnotenabledforrestapi" | "mailboxnotsupportedforrestapi") => (
            ErrorKind::Config,
            "the account has no mailbox at Exchange Online",
        ),
        (404, "errornonexistentmailbox" | "errorinvaliduser") => {
            (ErrorKind::NotFound, "check the user whose mailbox it is")
        }
        // What is no id at all names nothing.
        (400, "errorinvalididmalformed") => (ErrorKind::NotFound, "check the id"),
        (400, "erroroccurrencecrossingboundary") => (
            ErrorKind::InvalidInput,
            "an occurrence cannot be moved to or beyond the day of the one before or after it",
        ),
        (409 | 412, "errorirresolvableconflict" | "resourcemodified") => (
            ErrorKind::PreconditionFailed,
            "read it again and decide on the new state",
        ),
        (409, "namealreadyexists" | "errorfolderexists") => (
            ErrorKind::AlreadyExists,
            "use another name, or read the existing one",
        ),
        (
            410 | 404 | 400,
            "syncstatenotfound"
            | "syncstateinvalid"
            | "resyncrequired"
            | "resyncapplydifferences"
            | "resyncuploaddifferences",
        ) => (
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

    // https://learn.microsoft.com/en-us/graph/errors, and for Outlook the codes of
    // https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/responsecode
    #[test]
    fn what_has_to_wait_is_told_from_what_is_forbidden() {
        use ErrorKind::{
            AlreadyExists, Conflict, InvalidInput, NotFound, PermissionDenied, PreconditionFailed,
            QuotaExceeded, RateLimited, Unauthenticated, Unavailable,
        };
        for (status, code, kind) in [
            (400, "ErrorInvalidRequest", InvalidInput),
            (400, "RequestBodyRead", InvalidInput),
            (400, "ErrorInvalidIdMalformed", NotFound),
            (400, "ErrorOccurrenceCrossingBoundary", InvalidInput),
            (401, "InvalidAuthenticationToken", Unauthenticated),
            (403, "ErrorAccessDenied", PermissionDenied),
            (403, "ErrorQuotaExceeded", QuotaExceeded),
            (404, "ErrorItemNotFound", NotFound),
            (409, "ErrorIrresolvableConflict", PreconditionFailed),
            (409, "nameAlreadyExists", AlreadyExists),
            (410, "SyncStateNotFound", Conflict),
            (410, "resyncRequired", Conflict),
            (412, "ErrorIrresolvableConflict", PreconditionFailed),
            (412, "PreconditionFailed", PreconditionFailed),
            (429, "ApplicationThrottled", RateLimited),
            (429, "MailboxConcurrency", RateLimited),
            (500, "ErrorInternalServerError", Unavailable),
            (503, "serviceNotAvailable", Unavailable),
            (504, "UnknownError", Unavailable),
            (509, "activityLimitReached", RateLimited),
        ] {
            let body = format!(r#"{{"error": {{"code": "{code}", "message": "words"}}}}"#);
            let error = refused(status, &body);
            assert_eq!(error.kind(), kind, "{status} {code}");
            assert_eq!(error.code(), Some(code));
            assert_eq!(error.status(), Some(status));
            let effect = match status {
                500 | 503 | 504 => Effect::Unknown,
                _ => Effect::NotApplied,
            };
            assert_eq!(error.effect(), effect, "{status} {code}");
        }
    }

    // The first is the example of https://learn.microsoft.com/en-us/graph/errors.
    #[test]
    fn the_code_that_says_most_counts_and_the_ids_are_kept() {
        let error = refused(
            416,
            r#"{"error": {"code": "invalidRange", "message": "Uploaded fragment overlaps with existing data.",
            "innerError": {"request-id": "request-id", "date": "date-time"}}}"#,
        );
        assert_eq!(error.code(), Some("invalidRange"));
        assert_eq!(error.request_id(), Some("request-id"));
        let error = refused(
            400,
            r#"{"error": {"code": "generalException", "innererror": {"code": "resyncRequired",
            "client-request-id": "c-1", "innererror": {"code": "newerThanThis"}}}}"#,
        );
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Conflict, Some("resyncRequired"))
        );
        let said = error.detail::<GraphError>().unwrap();
        assert_eq!(said.client_request_id.as_deref(), Some("c-1"));
        assert!(said.is("NewerThanThis") && !said.is("other"));
    }

    #[test]
    fn what_is_no_word_of_graphs_is_not_shown() {
        for body in [
            "<html>canary</html>",
            r#"{"error": {"code": "can ary", "message": "canary"}}"#,
            r#"{"error": "canary"}"#,
            "",
        ] {
            let error = refused(403, body);
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
            assert!(!format!("{error} {error:?}").contains("canary"), "{body}");
        }
    }
}
