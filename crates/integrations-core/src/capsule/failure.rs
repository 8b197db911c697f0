//! Errors as data, and back.

use serde::{Deserialize, Serialize};

use super::seconds::Seconds;
use crate::error::{Effect, Error, ErrorKind, RetryAdvice};

/// An error of one attempt: what the guard decides by, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) kind: String,
    pub(crate) effect: String,
    pub(crate) message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<Seconds>,
    /// How it may be repeated, where that was stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) default_advice: Option<String>,
}

/// The error of the whole call, as its caller got it from the guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) kind: String,
    pub(crate) effect: String,
    pub(crate) message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<Seconds>,
    pub(crate) retry: String,
    pub(crate) advice: String,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Seconds,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let (advice, default_advice) = error.stated_advice();
        Self {
            kind: error.kind().as_str().to_owned(),
            effect: error.effect().as_str().to_owned(),
            message: error.message().to_owned(),
            status: error.status(),
            code: error.code().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            retry_after: error.retry_after().map(Seconds),
            retry: error.stated_retry().map(|retry| retry.as_str().to_owned()),
            advice: advice.map(str::to_owned),
            default_advice: default_advice.map(str::to_owned),
        }
    }
}

impl From<&Error> for End {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind().as_str().to_owned(),
            effect: error.effect().as_str().to_owned(),
            message: error.message().to_owned(),
            status: error.status(),
            code: error.code().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            retry_after: error.retry_after().map(Seconds),
            retry: error.retry().as_str().to_owned(),
            advice: error.advice().to_owned(),
            attempts: error.attempts().unwrap_or_default(),
            elapsed: Seconds(error.elapsed().unwrap_or_default()),
        }
    }
}

impl Failure {
    /// The error again; without its source and its detail, which are no data. `None` for words
    /// that this version does not know.
    pub(crate) fn to_error(&self) -> Option<Error> {
        let mut error =
            Error::new(kind(&self.kind)?, self.message.clone()).with_effect(effect(&self.effect)?);
        if let Some(status) = self.status {
            error = error.with_status(status);
        }
        if let Some(code) = &self.code {
            error = error.with_code(code.clone());
        }
        if let Some(id) = &self.request_id {
            error = error.with_request_id(id.clone());
        }
        if let Some(wait) = self.retry_after {
            error = error.with_retry_after(wait.0);
        }
        if let Some(word) = &self.retry {
            error = error.with_retry(retry(word)?);
        }
        if let Some(advice) = &self.advice {
            error = error.with_advice(advice.clone());
        }
        if let Some(advice) = &self.default_advice {
            error = error.with_default_advice(advice.clone());
        }
        Some(error)
    }

    pub(crate) fn texts(&mut self) -> Vec<&mut String> {
        let said = self.advice.iter_mut().chain(&mut self.default_advice);
        let named = self.code.iter_mut().chain(&mut self.request_id);
        said.chain(named).chain([&mut self.message]).collect()
    }
}

impl End {
    pub(crate) fn texts(&mut self) -> Vec<&mut String> {
        let named = self.code.iter_mut().chain(&mut self.request_id);
        named.chain([&mut self.message, &mut self.advice]).collect()
    }
}

const KINDS: [ErrorKind; 20] = [
    ErrorKind::InvalidInput,
    ErrorKind::Config,
    ErrorKind::Unauthenticated,
    ErrorKind::PermissionDenied,
    ErrorKind::NotFound,
    ErrorKind::AlreadyExists,
    ErrorKind::PreconditionFailed,
    ErrorKind::Conflict,
    ErrorKind::Declined,
    ErrorKind::RateLimited,
    ErrorKind::QuotaExceeded,
    ErrorKind::Unsupported,
    ErrorKind::Timeout,
    ErrorKind::Network,
    ErrorKind::Unavailable,
    ErrorKind::CircuitOpen,
    ErrorKind::Decode,
    ErrorKind::Untrusted,
    ErrorKind::Cancelled,
    ErrorKind::Internal,
];

pub(crate) fn kind(word: &str) -> Option<ErrorKind> {
    KINDS.into_iter().find(|kind| kind.as_str() == word)
}

pub(crate) fn effect(word: &str) -> Option<Effect> {
    let all = [Effect::NotApplied, Effect::Unknown, Effect::Applied];
    all.into_iter().find(|effect| effect.as_str() == word)
}

pub(crate) fn retry(word: &str) -> Option<RetryAdvice> {
    let all = [
        RetryAdvice::Never,
        RetryAdvice::SameRequest,
        RetryAdvice::NewKey,
        RetryAdvice::ReadBackFirst,
    ];
    all.into_iter().find(|retry| retry.as_str() == word)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_error_comes_back_with_all_that_is_data() {
        for kind in KINDS {
            let error = Error::new(kind, "x")
                .with_effect(Effect::Applied)
                .with_status(503)
                .with_code("c")
                .with_request_id("r")
                .with_retry_after(Duration::from_nanos(7))
                .with_retry(RetryAdvice::NewKey)
                .with_advice("a")
                .with_default_advice("d");
            let failure = Failure::from(&error);
            let back = failure.to_error().unwrap();
            assert_eq!(format!("{error:?} {error}"), format!("{back:?} {back}"));
            assert_eq!(Failure::from(&back), failure);
        }
    }
}
