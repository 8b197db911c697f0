//! A connection as text, for stores.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Connection, ConnectionId, Credential, GrantState, RefreshAttempt, Secrets};
use crate::auth::{SubjectKey, TokenSet};
use crate::error::{Error, ErrorKind, Result};

#[derive(Serialize, Deserialize)]
struct Stored {
    v: u8,
    id: ConnectionId,
    integration: String,
    credential: StoredCredential,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<SubjectKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    needs_consent: Option<StoredNeed>,
    created_at: Timestamp,
    updated_at: Timestamp,
    obtained_at: Timestamp,
    #[serde(default)]
    after_rejection: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempt: Option<StoredAttempt>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredCredential {
    /// As `TokenSet::export` writes it.
    Tokens(String),
    Secrets(BTreeMap<String, String>),
}

#[derive(Serialize, Deserialize)]
struct StoredNeed {
    since: Timestamp,
    reason: String,
}

#[derive(Serialize, Deserialize)]
struct StoredAttempt {
    id: String,
    by: String,
    since: Timestamp,
    lease_ms: u64,
    #[serde(default)]
    lost: bool,
    #[serde(default)]
    repeat: bool,
}

impl Connection {
    /// The connection as text, whole, to be stored encrypted. It holds secrets.
    #[must_use]
    pub fn export(&self) -> SecretString {
        let stored = Stored {
            v: 1,
            id: self.id.clone(),
            integration: self.integration.clone(),
            credential: match &self.credential {
                Credential::Tokens(tokens) => {
                    StoredCredential::Tokens(tokens.export().expose_secret().to_owned())
                }
                Credential::Secrets(secrets) => StoredCredential::Secrets(
                    secrets
                        .iter()
                        .map(|(name, secret)| (name.clone(), secret.expose_secret().to_owned()))
                        .collect(),
                ),
            },
            subject: self.subject.clone(),
            needs_consent: match &self.state {
                GrantState::Active => None,
                GrantState::NeedsConsent { since, reason } => Some(StoredNeed {
                    since: *since,
                    reason: reason.clone(),
                }),
            },
            created_at: self.created_at,
            updated_at: self.updated_at,
            obtained_at: self.obtained_at,
            after_rejection: self.after_rejection,
            attempt: self.attempt.as_ref().map(|attempt| StoredAttempt {
                id: attempt.id.clone(),
                by: attempt.by.clone(),
                since: attempt.since,
                lease_ms: u64::try_from(attempt.lease.as_millis()).unwrap_or(u64::MAX),
                lost: attempt.lost,
                repeat: attempt.repeat,
            }),
        };
        // Strings, numbers and maps of strings always serialise.
        serde_json::to_string(&stored).unwrap_or_default().into()
    }

    /// The connection that [`export`](Self::export) gave.
    ///
    /// # Errors
    /// `Untrusted` for any other text.
    pub fn import(text: &str) -> Result<Self> {
        let stored: Option<Stored> = serde_json::from_str(text).ok();
        let Some(stored) = stored.filter(|stored| stored.v == 1) else {
            return Err(
                Error::new(ErrorKind::Untrusted, "the stored connection is not ours")
                    .with_code("record_form")
                    .with_advice("restore the store from a copy, or connect the account again"),
            );
        };
        Ok(Self {
            id: stored.id,
            integration: stored.integration,
            credential: match stored.credential {
                StoredCredential::Tokens(text) => TokenSet::import(&text)?.into(),
                StoredCredential::Secrets(secrets) => secrets
                    .into_iter()
                    .fold(Secrets::new(), |all, (name, secret)| all.with(name, secret))
                    .into(),
            },
            subject: stored.subject,
            state: match stored.needs_consent {
                None => GrantState::Active,
                Some(StoredNeed { since, reason }) => GrantState::NeedsConsent { since, reason },
            },
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            obtained_at: stored.obtained_at,
            after_rejection: stored.after_rejection,
            attempt: stored.attempt.map(|attempt| RefreshAttempt {
                id: attempt.id,
                by: attempt.by,
                since: attempt.since,
                lease: Duration::from_millis(attempt.lease_ms),
                lost: attempt.lost,
                repeat: attempt.repeat,
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Scopes;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn connection() -> Connection {
        let mut tokens = TokenSet::new("acc3ss")
            .with_refresh_token("r3fresh")
            .with_expiry(at(1000))
            .with_scopes(Scopes::sign_in());
        tokens.subject = Some(SubjectKey::new("https://issuer.example", "u1"));
        let id = ConnectionId::new("google:1").unwrap();
        let mut connection = Connection::new(id, "google_calendar", tokens, at(1));
        connection.after_rejection = true;
        connection.attempt = Some(RefreshAttempt {
            id: "a1".into(),
            by: "process 7".into(),
            since: at(2),
            lease: Duration::from_secs(60),
            lost: true,
            repeat: true,
        });
        connection
    }

    #[test]
    fn a_connection_survives_export_and_import_whole() {
        let before = connection();
        let back = Connection::import(before.export().expose_secret()).unwrap();
        // `Debug` has every field, and of the secrets whether they are there.
        assert_eq!(format!("{before:?}"), format!("{back:?}"));
        let tokens = back.tokens().unwrap();
        assert_eq!(tokens.access_token.expose_secret(), "acc3ss");
        assert_eq!(
            tokens.refresh_token.as_ref().unwrap().expose_secret(),
            "r3fresh"
        );
        assert_eq!(
            back.export().expose_secret(),
            before.export().expose_secret()
        );
    }

    #[test]
    fn a_connection_that_waits_and_one_with_secrets_survive_too() {
        let secrets = Secrets::new()
            .with("secret_key", "sk_1")
            .with("webhook", "wh_1");
        let id = ConnectionId::new("stripe").unwrap();
        let waiting =
            Connection::new(id, "stripe", secrets, at(1)).needing_consent("revoked".into(), at(9));
        let back = Connection::import(waiting.export().expose_secret()).unwrap();
        assert_eq!(format!("{waiting:?}"), format!("{back:?}"));
        let kept = back.secrets().unwrap().get("webhook").unwrap();
        assert_eq!(kept.expose_secret(), "wh_1");
    }

    #[test]
    fn other_text_is_refused_and_not_repeated() {
        for text in ["", "{}", "acc3ss", r#"{"v":2}"#] {
            let error = Connection::import(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Untrusted);
            assert!(!format!("{error} {error:?}").contains("acc3ss"));
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let secrets = Secrets::new().with("secret_key", "sk_1");
        let stripe = Connection::new(ConnectionId::new("s").unwrap(), "stripe", secrets, at(1));
        let shown = format!("{:?} {:?}", connection(), stripe);
        for secret in ["acc3ss", "r3fresh", "sk_1"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("secret_key"));
    }

    #[test]
    fn consenting_again_makes_a_connection_active_and_ends_what_was_under_way() {
        let waiting = connection().needing_consent("revoked".into(), at(9));
        let again = waiting.reconnected(TokenSet::new("new"), at(20));
        assert!(again.state.is_active());
        assert_eq!(again.attempt(), None);
        // The new tokens do not say whose they are; whose the connection is stays known.
        assert!(again.subject.is_some());
        assert_eq!((again.created_at, again.obtained_at), (at(1), at(20)));
    }
}
