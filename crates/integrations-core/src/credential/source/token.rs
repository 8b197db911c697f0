//! One access token, as it is given out.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::auth::{TokenSet, secrets_equal};
use crate::credential::Connection;

/// An access token. `Debug` does not show it.
#[derive(Clone)]
pub struct AccessToken {
    secret: SecretString,
    token_type: String,
    expires_at: Option<Timestamp>,
}

impl AccessToken {
    fn of(tokens: &TokenSet) -> Self {
        Self {
            secret: tokens.access_token.clone(),
            token_type: tokens.token_type.clone(),
            expires_at: tokens.expires_at,
        }
    }

    /// The token.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// How to send it, nearly always `Bearer`.
    #[must_use]
    pub fn token_type(&self) -> &str {
        &self.token_type
    }

    /// When it ends; `None` when the provider does not say or it has no end.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    pub(super) fn is(&self, other: &SecretString) -> bool {
        secrets_equal(self.secret.expose_secret(), other.expose_secret())
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("token_type", &self.token_type)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The token that is given out at present.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) token: AccessToken,
    /// When it ends by a clock that never runs backwards.
    ends: Option<Instant>,
}

impl Current {
    /// The token of a connection, seen now. A clock that runs behind makes it live longer by at
    /// most its whole life, and not longer for being looked at again (`before`).
    pub(super) fn of(
        connection: &Connection,
        tokens: &TokenSet,
        before: Option<&Self>,
        now: Timestamp,
    ) -> Self {
        let token = AccessToken::of(tokens);
        let between = |from: Timestamp, to: Timestamp| {
            Duration::try_from(to.duration_since(from)).unwrap_or(Duration::ZERO)
        };
        let left = token.expires_at.map(|end| {
            let whole = between(connection.obtained_at, end);
            between(now, end).min(whole)
        });
        // An end that is too far away to be named is none.
        let mut ends = left.and_then(|left| Instant::now().checked_add(left));
        if let Some(before) = before.filter(|before| before.token.is(&token.secret)) {
            ends = match (ends, before.ends) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        Self { token, ends }
    }

    /// Whether the token is good for at least `margin` more, by the wall clock and by the one that
    /// never runs backwards.
    pub(super) fn good_for(&self, margin: Duration, now: Timestamp) -> bool {
        let by_wall = self
            .token
            .expires_at
            .is_none_or(|end| now.saturating_add(margin).is_ok_and(|then| then < end));
        let by_steady = self.ends.is_none_or(|end| {
            Instant::now()
                .checked_add(margin)
                .is_some_and(|then| then < end)
        });
        by_wall && by_steady
    }
}
