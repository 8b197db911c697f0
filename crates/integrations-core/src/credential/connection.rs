//! A connection: one account at one provider, and what it is reached with.

use std::time::Duration;

use jiff::Timestamp;

use super::{ConnectionId, Secrets};
use crate::auth::{Scopes, SubjectKey, TokenSet};

/// One account at one provider. `Debug` shows no secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Connection {
    /// Its name. It does not change.
    pub id: ConnectionId,
    /// The integration that it is for, for example `google_calendar`.
    pub integration: String,
    /// What the account is reached with.
    pub credential: Credential,
    /// Whose account it is, where an ID token proved that once. Renewed tokens do not change it.
    pub subject: Option<SubjectKey>,
    /// Whether it can be used.
    pub state: GrantState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When anything of it was changed last.
    pub updated_at: Timestamp,
    /// When the tokens or secrets were obtained.
    pub obtained_at: Timestamp,
    /// Whether the access token was refreshed because the one before was refused.
    pub(crate) after_rejection: bool,
    /// The refresh that is under way, or that was cut off.
    pub(crate) attempt: Option<RefreshAttempt>,
}

/// What an account is reached with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Credential {
    /// Tokens of a sign-in, which a [`TokenSource`](super::TokenSource) renews. Boxed: a set is
    /// large.
    Tokens(Box<TokenSet>),
    /// Secrets that an operator gave, and that stay as they are.
    Secrets(Secrets),
}

impl From<TokenSet> for Credential {
    fn from(tokens: TokenSet) -> Self {
        Self::Tokens(Box::new(tokens))
    }
}

impl From<Secrets> for Credential {
    fn from(secrets: Secrets) -> Self {
        Self::Secrets(secrets)
    }
}

/// Whether a connection can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantState {
    /// It can.
    Active,
    /// Its owner has to consent again.
    NeedsConsent {
        /// When that was found out.
        since: Timestamp,
        /// Why, in one line without secrets.
        reason: String,
    },
}

/// The note in a connection that a refresh is under way: it is written before the refresh token is
/// sent, and gone with the write of the new tokens. So it is a **lease**, which keeps other
/// processes from sending the same refresh token, and what is found of it after its end tells that
/// the process ended in between.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshAttempt {
    /// A random name, of this attempt alone.
    pub id: String,
    /// Which process makes it.
    pub by: String,
    /// When it began, by the clock of that process.
    pub since: Timestamp,
    /// How long it holds. The process gives up well before.
    pub lease: Duration,
    /// Whether the process saw that the answer is lost. Nobody waits for the end of the lease then.
    pub lost: bool,
    /// Whether it follows on an attempt that was cut off, with the same refresh token.
    pub repeat: bool,
}

impl Connection {
    /// A connection that was just made.
    pub fn new(
        id: ConnectionId,
        integration: impl Into<String>,
        credential: impl Into<Credential>,
        now: Timestamp,
    ) -> Self {
        let credential = credential.into();
        let subject = match &credential {
            Credential::Tokens(tokens) => tokens.subject.clone(),
            Credential::Secrets(_) => None,
        };
        Self {
            id,
            integration: integration.into(),
            credential,
            subject,
            state: GrantState::Active,
            created_at: now,
            updated_at: now,
            obtained_at: now,
            after_rejection: false,
            attempt: None,
        }
    }

    /// The same connection with what its owner consented to now, or with other secrets: it is active
    /// again, whatever it was. A refresh that is under way meanwhile changes nothing of it.
    #[must_use]
    pub fn reconnected(mut self, credential: impl Into<Credential>, now: Timestamp) -> Self {
        self.credential = credential.into();
        if let Credential::Tokens(tokens) = &self.credential {
            self.subject = tokens.subject.clone().or(self.subject);
        }
        self.state = GrantState::Active;
        self.updated_at = now;
        self.obtained_at = now;
        self.after_rejection = false;
        self.attempt = None;
        self
    }

    /// The tokens, where it has tokens.
    #[must_use]
    pub fn tokens(&self) -> Option<&TokenSet> {
        match &self.credential {
            Credential::Tokens(tokens) => Some(tokens),
            Credential::Secrets(_) => None,
        }
    }

    /// The secrets, where an operator gave some.
    #[must_use]
    pub fn secrets(&self) -> Option<&Secrets> {
        match &self.credential {
            Credential::Secrets(secrets) => Some(secrets),
            Credential::Tokens(_) => None,
        }
    }

    /// What was granted; none where it has secrets.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        self.tokens()
            .map_or_else(Scopes::none, |tokens| tokens.scopes.clone())
    }

    /// The refresh that is under way, or that was cut off.
    #[must_use]
    pub fn attempt(&self) -> Option<&RefreshAttempt> {
        self.attempt.as_ref()
    }

    /// The same with the tokens of a refresh.
    pub(super) fn renewed(mut self, tokens: TokenSet, rejected: bool, now: Timestamp) -> Self {
        self.credential = tokens.into();
        self.state = GrantState::Active;
        self.updated_at = now;
        self.obtained_at = now;
        self.after_rejection = rejected;
        self.attempt = None;
        self
    }

    /// The same, waiting for its owner.
    pub(super) fn needing_consent(mut self, reason: String, now: Timestamp) -> Self {
        self.state = GrantState::NeedsConsent { since: now, reason };
        self.updated_at = now;
        self.attempt = None;
        self
    }

    /// The same with another note of a refresh.
    pub(super) fn attempting(mut self, attempt: Option<RefreshAttempt>, now: Timestamp) -> Self {
        self.attempt = attempt;
        self.updated_at = now;
        self
    }
}

impl GrantState {
    /// Whether the connection can be used.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Active)
    }
}
