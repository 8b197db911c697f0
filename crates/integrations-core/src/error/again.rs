//! One failure that several callers are told.

use super::{Error, Inner};

impl Error {
    /// The same failure for another caller who waited for the same call: everything but the detail
    /// and the source, which cannot be had twice.
    pub(crate) fn same_again(&self) -> Self {
        let Inner {
            kind,
            effect,
            ref message,
            ref provider,
            ref operation,
            ref code,
            ref request_id,
            ref advice,
            ref default_advice,
            retry,
            safe_until,
            status,
            retry_after,
            attempts,
            elapsed,
            reconnect,
            detail: _,
            source: _,
        } = *self.0;
        Self(Box::new(Inner {
            kind,
            effect,
            message: message.clone(),
            provider: provider.clone(),
            operation: operation.clone(),
            code: code.clone(),
            request_id: request_id.clone(),
            advice: advice.clone(),
            default_advice: default_advice.clone(),
            retry,
            safe_until,
            status,
            retry_after,
            attempts,
            elapsed,
            reconnect,
            detail: None,
            source: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::error::{Effect, Error, ErrorKind};

    #[test]
    fn another_caller_is_told_the_same_line() {
        let error = Error::new(ErrorKind::Unavailable, "answered 503")
            .with_provider("zoom")
            .with_operation("list")
            .with_effect(Effect::NotApplied)
            .with_status(503)
            .with_request_id("req_1")
            .with_retry_after(Duration::from_secs(3))
            .with_attempts(3, Duration::from_secs(2))
            .with_reconnect()
            .with_source(Error::internal("beneath"));
        let again = error.same_again();
        assert_eq!(again.to_string(), error.to_string());
        assert!(again.needs_reconnect());
    }
}
