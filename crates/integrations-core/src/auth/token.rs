//! Tokens, and what a provider knows of one.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Scopes, SubjectKey};
use crate::error::{Error, ErrorKind, Result};
use crate::raw::Raw;

/// The tokens of one sign-in. `Debug` shows none of them.
#[derive(Clone)]
#[non_exhaustive]
pub struct TokenSet {
    /// What API calls carry.
    pub access_token: SecretString,
    /// How to send it, nearly always `Bearer`.
    pub token_type: String,
    /// What renews the set, where the provider gave one.
    pub refresh_token: Option<SecretString>,
    /// The signed statement of who signed in.
    pub id_token: Option<SecretString>,
    /// When the access token ends; `None` when the provider does not say or it has no end.
    pub expires_at: Option<Timestamp>,
    /// When the refresh token ends; `None` when the provider does not say or it has no end. After
    /// it the user has to sign in again.
    pub refresh_expires_at: Option<Timestamp>,
    /// What was granted, which may be less than was asked for.
    pub scopes: Scopes,
    /// Who signed in, proved by a verified ID token. The handle sets it.
    pub subject: Option<SubjectKey>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    v: u8,
    access_token: String,
    token_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_expires_at: Option<Timestamp>,
    scopes: Scopes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<SubjectKey>,
}

impl TokenSet {
    /// A set with an access token, of type `Bearer`.
    #[must_use]
    pub fn new(access_token: impl Into<SecretString>) -> Self {
        Self {
            access_token: access_token.into(),
            token_type: "Bearer".to_owned(),
            refresh_token: None,
            id_token: None,
            expires_at: None,
            refresh_expires_at: None,
            scopes: Scopes::none(),
            subject: None,
        }
    }

    /// Adds the refresh token.
    #[must_use]
    pub fn with_refresh_token(mut self, token: impl Into<SecretString>) -> Self {
        self.refresh_token = Some(token.into());
        self
    }

    /// Adds the ID token.
    #[must_use]
    pub fn with_id_token(mut self, token: impl Into<SecretString>) -> Self {
        self.id_token = Some(token.into());
        self
    }

    /// Says when the access token ends.
    #[must_use]
    pub fn with_expiry(mut self, at: Timestamp) -> Self {
        self.expires_at = Some(at);
        self
    }

    /// Says when the refresh token ends.
    #[must_use]
    pub fn with_refresh_expiry(mut self, at: Timestamp) -> Self {
        self.refresh_expires_at = Some(at);
        self
    }

    /// Says what was granted.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Whether the access token ends before `now + skew`. A token without an end never does.
    #[must_use]
    pub fn expires_within(&self, skew: Duration, now: Timestamp) -> bool {
        ends_within(self.expires_at, skew, now)
    }

    /// Whether the refresh token ends before `now + skew`: time to ask the user to sign in. One
    /// without a known end never does.
    #[must_use]
    pub fn refresh_expires_within(&self, skew: Duration, now: Timestamp) -> bool {
        ends_within(self.refresh_expires_at, skew, now)
    }

    /// The access token, named for [`revoke`](super::SignIn::revoke) and
    /// [`introspect`](super::SignIn::introspect).
    #[must_use]
    pub fn access_ref(&self) -> TokenRef {
        TokenRef::access(self.access_token.clone())
    }

    /// The refresh token, where there is one.
    #[must_use]
    pub fn refresh_ref(&self) -> Option<TokenRef> {
        self.refresh_token.clone().map(TokenRef::refresh)
    }

    /// This set as the successor of `old`: what the answer to a refresh leaves out stays as it was
    /// (RFC 6749, sections 5.1 and 6; OpenID Connect Core, section 12.2).
    #[must_use]
    pub fn renewing(mut self, old: &Self) -> Self {
        if self.refresh_token.is_none() {
            self.refresh_token.clone_from(&old.refresh_token);
            // A new end without a new token is a longer life of the old one.
            self.refresh_expires_at = self.refresh_expires_at.or(old.refresh_expires_at);
        }
        if self.id_token.is_none() {
            self.id_token.clone_from(&old.id_token);
        }
        if self.scopes.is_empty() {
            self.scopes = old.scopes.clone();
        }
        if self.subject.is_none() {
            self.subject.clone_from(&old.subject);
        }
        self
    }

    /// The set as text, to be stored encrypted. It holds secrets.
    #[must_use]
    pub fn export(&self) -> SecretString {
        let text = |token: &SecretString| token.expose_secret().to_owned();
        let stored = Stored {
            v: 1,
            access_token: text(&self.access_token),
            token_type: self.token_type.clone(),
            refresh_token: self.refresh_token.as_ref().map(text),
            id_token: self.id_token.as_ref().map(text),
            expires_at: self.expires_at,
            refresh_expires_at: self.refresh_expires_at,
            scopes: self.scopes.clone(),
            subject: self.subject.clone(),
        };
        // Strings and numbers always serialise.
        serde_json::to_string(&stored).unwrap_or_default().into()
    }

    /// The set that [`export`](Self::export) gave.
    ///
    /// # Errors
    /// `Untrusted` for any other text.
    pub fn import(stored: &str) -> Result<Self> {
        let stored: Option<Stored> = serde_json::from_str(stored).ok();
        let Some(stored) = stored.filter(|stored| stored.v == 1) else {
            return Err(
                Error::new(ErrorKind::Untrusted, "the stored tokens are not ours")
                    .with_advice("sign in again"),
            );
        };
        Ok(Self {
            access_token: stored.access_token.into(),
            token_type: stored.token_type,
            refresh_token: stored.refresh_token.map(Into::into),
            id_token: stored.id_token.map(Into::into),
            expires_at: stored.expires_at,
            refresh_expires_at: stored.refresh_expires_at,
            scopes: stored.scopes,
            subject: stored.subject,
        })
    }
}

fn ends_within(end: Option<Timestamp>, skew: Duration, now: Timestamp) -> bool {
    end.is_some_and(|end| now.saturating_add(skew).is_ok_and(|soon| end <= soon))
}

impl fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there = |token: &Option<SecretString>| token.as_ref().map(|_| "[REDACTED]");
        f.debug_struct("TokenSet")
            .field("access_token", &"[REDACTED]")
            .field("token_type", &self.token_type)
            .field("refresh_token", &there(&self.refresh_token))
            .field("id_token", &there(&self.id_token))
            .field("expires_at", &self.expires_at)
            .field("refresh_expires_at", &self.refresh_expires_at)
            .field("scopes", &self.scopes.to_string())
            .field("subject", &self.subject)
            .finish()
    }
}

/// Which kind of token a string is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
}

impl TokenKind {
    /// The `token_type_hint` on the wire (RFC 7009, section 2.1).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// A token, with its kind.
#[derive(Debug, Clone)]
pub struct TokenRef {
    /// The token.
    pub token: SecretString,
    /// What it is.
    pub kind: TokenKind,
}

impl TokenRef {
    /// An access token.
    pub fn access(token: impl Into<SecretString>) -> Self {
        Self {
            token: token.into(),
            kind: TokenKind::AccessToken,
        }
    }

    /// A refresh token.
    pub fn refresh(token: impl Into<SecretString>) -> Self {
        Self {
            token: token.into(),
            kind: TokenKind::RefreshToken,
        }
    }
}

/// What a provider knows of a token (RFC 7662, section 2.2). Of one that is not active it knows
/// nothing else.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Introspection {
    /// Whether the token can be used now.
    pub active: bool,
    /// Whose it is.
    pub subject: Option<String>,
    /// A name for whose it is, for people.
    pub username: Option<String>,
    /// The application that it was given to.
    pub client_id: Option<String>,
    /// What it allows.
    pub scopes: Scopes,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was given.
    pub issued_at: Option<Timestamp>,
    /// The answer as it came.
    pub raw: Raw,
}

impl Introspection {
    /// A token that cannot be used: expired, revoked, or never heard of.
    #[must_use]
    pub fn inactive() -> Self {
        Self::default()
    }

    /// A token that can be used.
    #[must_use]
    pub fn active(scopes: Scopes) -> Self {
        Self {
            active: true,
            scopes,
            ..Self::default()
        }
    }

    /// Says whose it is.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Names whose it is.
    #[must_use]
    pub fn with_username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Says to which application it was given.
    #[must_use]
    pub fn with_client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Says when it was given and when it ends.
    #[must_use]
    pub fn with_times(mut self, issued: Option<Timestamp>, expires: Option<Timestamp>) -> Self {
        self.issued_at = issued;
        self.expires_at = expires;
        self
    }

    /// Keeps the answer as it came.
    #[must_use]
    pub fn with_raw(mut self, raw: impl Into<Raw>) -> Self {
        self.raw = raw.into();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> TokenSet {
        TokenSet::new("acc3ss")
            .with_refresh_token("r3fresh")
            .with_id_token("1d")
            .with_scopes(Scopes::sign_in())
            .with_expiry(Timestamp::from_second(1000).unwrap())
            .with_refresh_expiry(Timestamp::from_second(9000).unwrap())
    }

    #[test]
    fn debug_shows_no_token() {
        let debug = format!("{:?}", set());
        for secret in ["acc3ss", "r3fresh", "\"1d\""] {
            assert!(!debug.contains(secret), "{debug}");
        }
        assert!(!format!("{:?}", set().access_ref()).contains("acc3ss"));
    }

    #[test]
    fn a_refresh_that_leaves_out_the_refresh_token_keeps_the_old_one() {
        let new = TokenSet::new("new").renewing(&set());
        assert_eq!(new.access_token.expose_secret(), "new");
        assert_eq!(new.refresh_token.unwrap().expose_secret(), "r3fresh");
        assert_eq!(new.scopes, Scopes::sign_in());
        // The old expiry belongs to the old access token, that of the refresh token to the kept one.
        assert_eq!(new.expires_at, None);
        assert_eq!(new.refresh_expires_at, set().refresh_expires_at);
        let later = Timestamp::from_second(9999).unwrap();
        let longer = TokenSet::new("new").with_refresh_expiry(later);
        assert_eq!(longer.renewing(&set()).refresh_expires_at, Some(later));
    }

    #[test]
    fn a_refresh_that_rotates_takes_the_new_refresh_token() {
        let new = TokenSet::new("new")
            .with_refresh_token("r2")
            .renewing(&set());
        assert_eq!(new.refresh_token.unwrap().expose_secret(), "r2");
        // The old end is not that of the new token.
        assert_eq!(new.refresh_expires_at, None);
    }

    #[test]
    fn a_token_counts_as_expired_a_little_before_it_is() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let skew = Duration::from_secs(60);
        assert!(!set().expires_within(skew, at(939)));
        assert!(set().expires_within(skew, at(940)));
        assert!(!TokenSet::new("x").expires_within(skew, at(940)));
        assert!(!set().refresh_expires_within(skew, at(8939)));
        assert!(set().refresh_expires_within(skew, at(8940)));
        assert!(!TokenSet::new("x").refresh_expires_within(skew, at(8940)));
    }

    #[test]
    fn a_set_survives_export_and_import_whole() {
        let back = TokenSet::import(set().export().expose_secret()).unwrap();
        assert_eq!(back.access_token.expose_secret(), "acc3ss");
        assert_eq!(back.refresh_token.unwrap().expose_secret(), "r3fresh");
        assert_eq!(back.id_token.unwrap().expose_secret(), "1d");
        assert_eq!(back.expires_at, set().expires_at);
        assert_eq!(back.refresh_expires_at, set().refresh_expires_at);
        assert_eq!(back.scopes, set().scopes);
        assert!(TokenSet::import("{}").is_err());
    }
}
