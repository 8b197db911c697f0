//! Ending a whole set of tokens.

use super::{SignIn, TokenKind, TokenSet};
use crate::error::{Effect, Error, ErrorKind, Result, RetryAdvice};

/// The tokens of a set that could not be ended, each with the reason: the detail of an error of
/// [`SignIn::revoke_all`].
#[derive(Debug)]
pub struct RevokeFailures(Vec<(TokenKind, Error)>);

impl RevokeFailures {
    /// The tokens that an error says are still good, the refresh token first.
    #[must_use]
    pub fn of(error: &Error) -> Option<&[(TokenKind, Error)]> {
        error.detail::<Self>().map(|failures| &*failures.0)
    }

    /// One error of all failures, out of `tried` calls.
    fn into_error(self, tried: usize) -> Error {
        let name = |kind: TokenKind| match kind {
            TokenKind::RefreshToken => "refresh token",
            TokenKind::AccessToken => "access token",
        };
        let told: Vec<String> = self
            .0
            .iter()
            .map(|(kind, error)| {
                format!("the {} was not revoked: {}", name(*kind), error.message())
            })
            .collect();
        let first = self.0.first().map(|(_, error)| error);
        let kind = first.map_or(ErrorKind::Internal, Error::kind);
        let nothing = self.0.len() == tried
            && self
                .0
                .iter()
                .all(|(_, error)| error.effect() == Effect::NotApplied);
        let mut error = Error::new(kind, told.join("; ")).with_effect(match nothing {
            true => Effect::NotApplied,
            false => Effect::Unknown,
        });
        if let Some(code) = first.and_then(Error::code) {
            error = error.with_code(code.to_owned());
        }
        if let Some(status) = first.and_then(Error::status) {
            error = error.with_status(status);
        }
        if let Some(id) = first.and_then(Error::request_id) {
            error = error.with_request_id(id);
        }
        let passes = |error: &Error| error.kind().is_transient();
        if self.0.iter().any(|(_, error)| passes(error)) {
            error = error.with_retry(RetryAdvice::SameRequest).with_advice(
                "call it again: a token that is ended already is a success. Until then treat the \
                 tokens as good",
            );
        }
        let waits = self.0.iter().filter_map(|(_, error)| error.retry_after());
        if let Some(wait) = waits.max() {
            error = error.with_retry_after(wait);
        }
        error.with_detail(self)
    }
}

impl SignIn {
    /// Ends a whole set: the refresh token, and the access token. Both are tried: whoever signs out
    /// wants as much to end as can.
    ///
    /// # Errors
    /// As [`revoke`](Self::revoke), of the tokens that are still good: see [`RevokeFailures`].
    /// Calling it again is harmless.
    pub async fn revoke_all(&self, tokens: &TokenSet) -> Result<()> {
        if !self.capabilities().revoke {
            // Refused for either, with the same words.
            return self.revoke(&tokens.access_ref()).await;
        }
        // The refresh token first: it could make new access tokens.
        let all = tokens
            .refresh_ref()
            .into_iter()
            .chain([tokens.access_ref()]);
        let (mut tried, mut failures) = (0, Vec::new());
        for token in all {
            tried += 1;
            match self.revoke(&token).await {
                Ok(()) => {}
                Err(error) => failures.push((token.kind, error)),
            }
        }
        if failures.is_empty() {
            return Ok(());
        }
        let error = RevokeFailures(failures).into_error(tried);
        Err(error.in_call(&self.provider().descriptor().name, "revoke_all"))
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::time::Duration;

    use super::super::{AuthCapabilities, MockAuthProvider};
    use super::*;
    use crate::integration::{Category, Descriptor};

    fn sign_in(outcome: fn(TokenKind) -> Result<()>, calls: usize) -> SignIn {
        let mut mock = MockAuthProvider::new();
        mock.expect_descriptor()
            .return_const(Descriptor::new("mock", Category::AUTH, "mock"));
        let mut can = AuthCapabilities::new();
        can.revoke = true;
        mock.expect_capabilities().return_const(can);
        mock.expect_revoke()
            .times(calls)
            .returning(move |token| outcome(token.kind));
        SignIn::new(mock)
    }

    fn tokens() -> TokenSet {
        TokenSet::new("access-canary").with_refresh_token("refresh-canary")
    }

    fn limited() -> Error {
        Error::new(ErrorKind::RateLimited, "too many requests")
            .with_retry_after(Duration::from_secs(7))
    }

    #[tokio::test]
    async fn the_access_token_ends_although_the_refresh_token_could_not_be_ended() {
        let refresh_fails = |kind| match kind {
            TokenKind::RefreshToken => Err(limited()),
            TokenKind::AccessToken => Ok(()),
        };
        let error = sign_in(refresh_fails, 2)
            .revoke_all(&tokens())
            .await
            .unwrap_err();
        let failures = RevokeFailures::of(&error).unwrap();
        assert_eq!(failures.len(), 1);
        assert_eq!(failures[0].0, TokenKind::RefreshToken);
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        // The access token ended.
        assert_eq!(error.effect(), Effect::Unknown);
        assert_eq!(error.retry(), RetryAdvice::SameRequest);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(
            error
                .to_string()
                .contains("the refresh token was not revoked"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn every_failure_is_told_and_no_token() {
        let both_fail = |kind| match kind {
            TokenKind::RefreshToken => Err(Error::new(ErrorKind::Config, "the client is wrong")),
            TokenKind::AccessToken => Err(limited()),
        };
        let error = sign_in(both_fail, 2)
            .revoke_all(&tokens())
            .await
            .unwrap_err();
        assert_eq!(RevokeFailures::of(&error).unwrap().len(), 2);
        assert_eq!(error.effect(), Effect::NotApplied);
        let shown = format!("{error} {error:?}");
        for told in ["the client is wrong", "too many requests"] {
            assert!(shown.contains(told), "{shown}");
        }
        assert!(!shown.contains("canary"), "{shown}");
    }

    // A vendor that ends refresh tokens alone: RFC 7009 (section 2) demands no more.
    #[tokio::test]
    async fn a_token_that_cannot_be_ended_does_not_hide_that_the_other_one_was() {
        let refresh_only = |kind| match kind {
            TokenKind::RefreshToken => Ok(()),
            TokenKind::AccessToken => Err(Error::unsupported("revoking access tokens")),
        };
        let error = sign_in(refresh_only, 2)
            .revoke_all(&tokens())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(error.effect(), Effect::Unknown);
        assert_eq!(RevokeFailures::of(&error).unwrap().len(), 1);
    }

    #[tokio::test]
    async fn both_are_ended() {
        sign_in(|_| Ok(()), 2).revoke_all(&tokens()).await.unwrap();
        let alone = TokenSet::new("access");
        sign_in(|_| Ok(()), 1).revoke_all(&alone).await.unwrap();
    }
}
