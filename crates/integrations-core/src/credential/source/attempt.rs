//! One refresh: the lease, the request, and what its answer means.

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::renew::cut_off;
use super::{Current, Inner, Mine, Unstored};
use crate::auth::{IssuedTokens, TokenSet, secrets_equal};
use crate::credential::{Connection, RefreshAttempt, Swap, Version, Versioned};
use crate::error::{Effect, Error, ErrorKind, Result};

/// What the answer to a refresh means.
enum Outcome {
    Tokens(Box<TokenSet>),
    /// The grant is gone.
    Gone(Error),
    /// The refresh token may be spent, and its successor lost.
    Lost(Error),
    /// It failed, and the refresh token is as good as it was.
    Failed(Error),
}

impl Inner {
    /// Refreshes, if the record is still as it was loaded; `None` when it is not.
    pub(super) async fn attempt(
        &self,
        loaded: Versioned<Connection>,
        after_rejection: bool,
        repeat: bool,
    ) -> Result<Option<Current>> {
        let Some(tokens) = loaded.value.tokens().cloned() else {
            return Ok(None);
        };
        let Some(spent) = tokens.refresh_token.clone() else {
            return Ok(None);
        };
        let began = Instant::now();
        let note = self.note(repeat);
        self.mine(&note, false);
        // What a repetition that sends nothing leaves behind: the attempt that was cut off.
        let before = loaded.value.attempt.clone().filter(|_| repeat);
        let before = before.map(|attempt| RefreshAttempt {
            lost: true,
            repeat: false,
            ..attempt
        });
        let leased = loaded.value.attempting(Some(note.clone()), self.now());
        let swap = self.store.compare_and_swap(Some(loaded.version), &leased);
        let Swap::Stored(version) = swap.await? else {
            return Ok(None);
        };
        // The lease is twice as long as the refresh may take. A store that took its time used it up.
        if began.elapsed() > self.timeout / 2 {
            self.free(&leased, version, before).await;
            return Err(slow_store());
        }
        self.mine(&note, true);
        let request = tokio::time::timeout(self.timeout, self.sign_in.refresh(&tokens));
        let answer = request.await.unwrap_or_else(|_| Err(self.no_answer()));
        match self.meaning(answer) {
            Outcome::Tokens(new) => {
                let unstored = Unstored {
                    spent,
                    tokens: *new,
                    after_rejection,
                };
                self.keep(unstored, Some(Versioned::new(version, leased)))
                    .await
            }
            Outcome::Gone(error) => {
                // Once more: whoever waited longer than our lease may have refreshed it.
                let loaded = self.load().await?;
                if !has_refresh_token(&loaded.value, &spent) {
                    return Ok(None);
                }
                let reason = match &before {
                    Some(before) => format!("{}; after {}", error.message(), cut_off(before)),
                    None => error.message().to_owned(),
                };
                match self.give_up(loaded, reason).await? {
                    Some(error) => Err(error),
                    None => Ok(None),
                }
            }
            Outcome::Lost(error) => {
                let lost = RefreshAttempt { lost: true, ..note };
                let record = leased.attempting(Some(lost), self.now());
                // Where this is not written, the lease says the same at its end.
                let _ = self.store.compare_and_swap(Some(version), &record).await;
                Err(error.with_advice(
                    "the refresh token may be spent, and the next one lost with the answer: it is \
                     not sent again before the access token has ended, and then once (see CutOff)",
                ))
            }
            Outcome::Failed(error) => {
                self.mine(&note, false);
                self.free(&leased, version, before).await;
                Err(error)
            }
        }
    }

    fn note(&self, repeat: bool) -> RefreshAttempt {
        RefreshAttempt {
            id: uuid::Uuid::new_v4().simple().to_string(),
            by: format!("process {}", std::process::id()),
            since: self.now(),
            lease: self.timeout * 2,
            lost: false,
            repeat,
        }
    }

    fn mine(&self, note: &RefreshAttempt, sent: bool) {
        self.state().mine = Some(Mine {
            attempt: note.id.clone(),
            sent,
        });
    }

    /// Takes the note of an attempt away that sent nothing, or whose answer is known.
    async fn free(&self, leased: &Connection, version: Version, before: Option<RefreshAttempt>) {
        let free = leased.clone().attempting(before, self.now());
        // Where this fails, this source knows, and others wait for the end of the lease.
        let _ = self.store.compare_and_swap(Some(version), &free).await;
    }

    fn meaning(&self, answer: Result<TokenSet>) -> Outcome {
        let error = match answer {
            Ok(tokens) => return Outcome::Tokens(Box::new(tokens)),
            Err(error) => error,
        };
        if let Some(tokens) = IssuedTokens::of(&error) {
            tracing::warn!(
                target: "integrations::credential",
                connection = %self.id,
                %error,
                "tokens were renewed, and a later step failed"
            );
            let mut tokens = tokens.clone();
            // It could not be verified, and nothing here needs it.
            tokens.id_token = None;
            return Outcome::Tokens(Box::new(tokens));
        }
        if error.needs_reconnect() {
            return Outcome::Gone(error);
        }
        match error.effect() {
            _ if !self.rotates() => Outcome::Failed(error),
            Effect::NotApplied => Outcome::Failed(error),
            // Spent for tokens that are not to be trusted.
            Effect::Applied => Outcome::Gone(error),
            Effect::Unknown => Outcome::Lost(error),
        }
    }

    fn no_answer(&self) -> Error {
        Error::new(
            ErrorKind::Timeout,
            format!(
                "the refresh of {} took more than {:?}",
                self.id, self.timeout
            ),
        )
    }
}

/// Whether a record still has the refresh token that was sent.
pub(super) fn has_refresh_token(connection: &Connection, sent: &SecretString) -> bool {
    connection
        .tokens()
        .and_then(|tokens| tokens.refresh_token.as_ref())
        .is_some_and(|there| secrets_equal(there.expose_secret(), sent.expose_secret()))
}

fn slow_store() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the store took so long that the refresh was not begun",
    )
    .with_effect(Effect::NotApplied)
    .with_advice("look at the store's disk or database; or set a longer refresh_timeout")
}
