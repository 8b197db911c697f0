//! The SDK's errors in the terms of the workspace.

use std::error::Error as StdError;
use std::time::Duration;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use integrations_core::{Effect, Error, ErrorKind};

/// Maps one failed attempt.
pub(crate) fn map<E>(error: SdkError<E>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    match &error {
        SdkError::ConstructionFailure(_) => {
            // Nothing was sent: credentials could not be found, or the input cannot be a request.
            let why = innermost(&error);
            let kind = if mentions(&error, "credential") || mentions(&error, "identity") {
                ErrorKind::Unauthenticated
            } else {
                ErrorKind::InvalidInput
            };
            Error::new(kind, format!("the request cannot be made: {why}"))
                .with_effect(Effect::NotApplied)
        }
        SdkError::TimeoutError(_) => Error::new(ErrorKind::Timeout, "no answer in time"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            let sent = !mentions(&error, "connect");
            Error::new(ErrorKind::Timeout, "no answer in time").with_effect(if sent {
                Effect::Unknown
            } else {
                Effect::NotApplied
            })
        }
        SdkError::DispatchFailure(_) if mentions(&error, "credential") => {
            Error::new(ErrorKind::Unauthenticated, "no credentials were found")
                .with_effect(Effect::NotApplied)
                .with_advice(
                    "set access_key_id and secret_access_key, or a source of the AWS chain",
                )
        }
        SdkError::DispatchFailure(_) => {
            let why = innermost(&error);
            if never_sent(&error) {
                Error::new(ErrorKind::Network, format!("no connection: {why}"))
                    .with_effect(Effect::NotApplied)
            } else {
                Error::new(ErrorKind::Network, format!("the connection broke: {why}"))
            }
        }
        SdkError::ServiceError(context) => {
            let raw = context.raw();
            let status = raw.status().as_u16();
            let header = |name: &str| raw.headers().get(name).map(str::to_owned);
            let code = error.code().map(str::to_owned);
            let message = error.message().map(str::to_owned);
            let mut mapped = from_status(status, code.as_deref(), message);
            if let Some(id) = header("x-amz-request-id") {
                mapped = mapped.with_request_id(id);
            }
            // HeadBucket API reference: with 301, and with 400 for a region that is wrong.
            if let Some(region) = header("x-amz-bucket-region")
                && matches!(status, 301 | 307 | 400)
                && code
                    .as_deref()
                    .is_none_or(|code| REGION_CODES.contains(&code))
            {
                let text = format!("the bucket is in the region {region}");
                let advice = format!("set region to {region}");
                mapped = retold(ErrorKind::Config, text, &mapped).with_advice(advice);
            }
            if let Some(seconds) = header("retry-after").and_then(|text| text.parse().ok()) {
                mapped = mapped.with_retry_after(Duration::from_secs(seconds));
            }
            mapped
        }
        SdkError::ResponseError(context) => {
            let status = context.raw().status().as_u16();
            let why = innermost(&error);
            Error::new(
                ErrorKind::Decode,
                format!("the answer cannot be read: {why}"),
            )
            .with_status(status)
        }
        _ => Error::internal(format!("the SDK failed: {}", innermost(&error))),
    }
}

/// What S3 calls a request that went to another region than the bucket's ("Error responses").
const REGION_CODES: [&str; 4] = [
    "PermanentRedirect",
    "Redirect",
    "TemporaryRedirect",
    "AuthorizationHeaderMalformed",
];

/// The same refusal in other words.
pub(crate) fn retold(kind: ErrorKind, text: String, error: &Error) -> Error {
    let mut told = Error::new(kind, text).with_effect(error.effect());
    if let Some(status) = error.status() {
        told = told.with_status(status);
    }
    if let Some(code) = error.code() {
        told = told.with_code(code.to_owned());
    }
    match error.request_id() {
        Some(id) => told.with_request_id(id),
        None => told,
    }
}

/// Maps an answer by the status and code of the "Error responses" page of the S3 API reference.
fn from_status(status: u16, code: Option<&str>, message: Option<String>) -> Error {
    let kind = match (code.unwrap_or_default(), status) {
        (_, 304) => ErrorKind::PreconditionFailed,
        // Copies and completions may begin with 200 and fail in the body.
        ("InternalError" | "ServiceUnavailable", _) => ErrorKind::Unavailable,
        ("NoSuchBucket", _) => ErrorKind::Config,
        ("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken", _)
        | ("NotSignedUp" | "TokenRefreshRequired" | "RequestTimeTooSkewed", _)
        | (_, 401) => ErrorKind::Unauthenticated,
        ("SlowDown" | "RequestLimitExceeded" | "Throttling" | "ThrottlingException", _)
        | (_, 429) => ErrorKind::RateLimited,
        ("QuotaExceeded" | "TooManyBuckets", _) => ErrorKind::QuotaExceeded,
        ("ConditionalRequestConflict" | "OperationAborted", _) => ErrorKind::Conflict,
        ("RequestTimeout", _) => ErrorKind::Timeout,
        // What arrived is not what was sent, and was not stored: worth sending again.
        ("BadDigest" | "XAmzContentSHA256Mismatch" | "IncompleteBody", _) => ErrorKind::Network,
        (_, 403) => ErrorKind::PermissionDenied,
        (_, 404) => ErrorKind::NotFound,
        (_, 409) => ErrorKind::Conflict,
        (_, 412) => ErrorKind::PreconditionFailed,
        (_, 501) => ErrorKind::Unsupported,
        (_, 500..=599) => ErrorKind::Unavailable,
        (_, 300..=399) => ErrorKind::Config,
        (_, 200..=299) => ErrorKind::Unavailable,
        _ => ErrorKind::InvalidInput,
    };
    let text = match (status, message) {
        (304, _) => "the object is not modified".to_owned(),
        (_, Some(message)) if !message.is_empty() => message,
        (404, _) => "the object or the bucket does not exist".to_owned(),
        (403, _) => "access is denied".to_owned(),
        (412, _) => "a condition does not hold".to_owned(),
        (416, _) => "the range has no byte of the object".to_owned(),
        (300..=399, _) => "the bucket is in another region".to_owned(),
        (status, _) => format!("the answer was {status}"),
    };
    let mut error = Error::new(kind, text).with_status(status);
    // 503 is the documented answer to too many requests, given before execution; the other 5xx
    // may come after it. A body that the server gave up waiting for was not stored.
    let refused = [ErrorKind::Network, ErrorKind::Timeout].contains(&kind);
    if status == 503 || refused {
        error = error.with_effect(Effect::NotApplied);
    }
    // What began with a success was under way when it failed.
    if (200..300).contains(&status) {
        error = error.with_effect(Effect::Unknown);
    }
    match (status, code) {
        (304, _) => error.with_code("NotModified"),
        (_, Some(code)) => error.with_code(code.to_owned()),
        _ => error,
    }
}

/// Whether the failure was in making the connection.
fn never_sent(error: &(dyn StdError + 'static)) -> bool {
    use std::io::ErrorKind as Io;
    chain(error).any(|cause| {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return matches!(
                io.kind(),
                Io::ConnectionRefused
                    | Io::HostUnreachable
                    | Io::NetworkUnreachable
                    | Io::AddrNotAvailable
            );
        }
        let text = cause.to_string();
        text.contains("client error (Connect)")
            || text.contains("dns error")
            || text.contains("tcp connect error")
    })
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn mentions(error: &(dyn StdError + 'static), word: &str) -> bool {
    chain(error).any(|cause| cause.to_string().to_ascii_lowercase().contains(word))
}

/// The cause beneath: the SDK's own texts say only "dispatch failure".
fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes and their meaning from the "Error responses" page of the S3 API reference.
    #[test]
    fn documented_codes_have_their_kinds() {
        for (status, code, kind) in [
            (404, "NoSuchKey", ErrorKind::NotFound),
            (404, "NoSuchBucket", ErrorKind::Config),
            (403, "AccessDenied", ErrorKind::PermissionDenied),
            (403, "SignatureDoesNotMatch", ErrorKind::Unauthenticated),
            (403, "InvalidAccessKeyId", ErrorKind::Unauthenticated),
            (400, "ExpiredToken", ErrorKind::Unauthenticated),
            (412, "PreconditionFailed", ErrorKind::PreconditionFailed),
            (409, "ConditionalRequestConflict", ErrorKind::Conflict),
            (503, "SlowDown", ErrorKind::RateLimited),
            (503, "ServiceUnavailable", ErrorKind::Unavailable),
            (500, "InternalError", ErrorKind::Unavailable),
            (400, "EntityTooSmall", ErrorKind::InvalidInput),
            (400, "RequestTimeout", ErrorKind::Timeout),
            (400, "BadDigest", ErrorKind::Network),
            (400, "XAmzContentSHA256Mismatch", ErrorKind::Network),
            (400, "IncompleteBody", ErrorKind::Network),
            (416, "InvalidRange", ErrorKind::InvalidInput),
            (501, "NotImplemented", ErrorKind::Unsupported),
        ] {
            assert_eq!(from_status(status, Some(code), None).kind(), kind, "{code}");
        }
    }

    #[test]
    fn only_an_answer_before_execution_says_that_nothing_was_applied() {
        assert_eq!(
            from_status(503, Some("SlowDown"), None).effect(),
            Effect::NotApplied
        );
        assert_eq!(
            from_status(400, Some("BadDigest"), None).effect(),
            Effect::NotApplied
        );
        assert_eq!(
            from_status(500, Some("InternalError"), None).effect(),
            Effect::Unknown
        );
        assert_eq!(from_status(502, None, None).effect(), Effect::Unknown);
    }
}
