//! What a flight does: looks at the store, and refreshes if that is due and nobody else does.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::flight::is_refused;
use super::{AccessToken, Current, CutOff, Inner, meters};
use crate::auth::TokenSet;
use crate::credential::{
    Connection, ConnectionEvent, GrantState, RefreshAttempt, Swap, Version, Versioned,
};
use crate::error::{Effect, Error, ErrorKind, Result};

/// Within this time a second refusal is not answered by a second refresh.
const REFUSED_AGAIN: Duration = Duration::from_secs(60);
/// How often a flight meets a record that somebody changed meanwhile, before it gives up.
const ROUNDS: u32 = 100;

/// What is to be done about a record.
enum Look {
    /// Its token can be given out.
    Good(Current),
    /// Somebody else refreshes it.
    Wait,
    /// It is for us to refresh; `repeat` when the refresh token may have been sent before.
    Refresh { repeat: bool },
    /// There is nothing left to refresh it with.
    Over(String),
}

/// An attempt of somebody else, as it is watched.
#[derive(Default)]
struct Watch(Option<(Version, Instant)>);

impl Watch {
    /// How long the record has not changed under our eyes.
    fn unchanged(&mut self, version: Version) -> Duration {
        match self.0 {
            Some((seen, since)) if seen == version => since.elapsed(),
            _ => {
                self.0 = Some((version, Instant::now()));
                Duration::ZERO
            }
        }
    }
}

impl Inner {
    pub(super) async fn renew(&self, refused: Option<&AccessToken>) -> Result<Current> {
        self.renew_at(refused)
            .await
            .map_err(|error| error.in_call(&self.sign_in.provider().descriptor().name, "refresh"))
    }

    async fn renew_at(&self, refused: Option<&AccessToken>) -> Result<Current> {
        let unstored = self.state().unstored.clone();
        if let Some(unstored) = unstored {
            self.keep(unstored, None).await?;
        }
        let mut watch = Watch::default();
        let mut wait = Duration::from_millis(10);
        let mut rounds = 0;
        while rounds < ROUNDS {
            let loaded = self.load().await?;
            match self.look(&loaded, refused, &mut watch)? {
                Look::Good(current) => return Ok(current),
                Look::Wait => {
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_millis(250));
                    continue;
                }
                Look::Refresh { repeat } => {
                    let integration = loaded.value.integration.clone();
                    let began = Instant::now();
                    let done = self.attempt(loaded, refused.is_some(), repeat).await;
                    meters::refresh(&integration, &done, began.elapsed());
                    if let Some(current) = done? {
                        return Ok(current);
                    }
                }
                Look::Over(reason) => {
                    if let Some(error) = self.give_up(loaded, reason).await? {
                        return Err(error);
                    }
                }
            }
            rounds += 1;
        }
        Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "the record of {} changed at each of {ROUNDS} looks",
                self.id
            ),
        )
        .with_advice("look who else writes to this connection"))
    }

    pub(super) async fn load(&self) -> Result<Versioned<Connection>> {
        let loaded = self.store.load(&self.id).await?;
        loaded.ok_or_else(|| {
            Error::not_found(format!("the connection {}", self.id))
                .with_advice("connect the account, or correct the name")
        })
    }

    fn look(
        &self,
        loaded: &Versioned<Connection>,
        refused: Option<&AccessToken>,
        watch: &mut Watch,
    ) -> Result<Look> {
        let connection = &loaded.value;
        if let GrantState::NeedsConsent { since, reason } = &connection.state {
            return Err(self.needs_consent(*since, reason));
        }
        let Some(tokens) = connection.tokens() else {
            return Err(Error::invalid_input(format!(
                "the connection {} has secrets and no tokens",
                self.id
            ))
            .with_advice("read the secrets from the store, or name another connection"));
        };
        let now = self.now();
        let current = self.adopt(connection, tokens);
        let is_refused = is_refused(&current, refused);
        if !is_refused && current.good_for(self.skew, now) {
            return Ok(Look::Good(current));
        }
        if is_refused && connection.after_rejection {
            let age = now.duration_since(connection.obtained_at).unsigned_abs();
            if age < REFUSED_AGAIN {
                return Err(self.refused_again());
            }
        }
        // What is left of the token is better than nothing.
        let rest = (!is_refused && current.good_for(Duration::ZERO, now)).then_some(current);
        let over = |reason: String| rest.clone().map_or(Look::Over(reason), Look::Good);
        if tokens.refresh_token.is_none() {
            let why = if is_refused {
                "is refused"
            } else {
                "has ended"
            };
            return Ok(over(format!(
                "the access token {why}, and there is no refresh token"
            )));
        }
        if let Some(end) = tokens.refresh_expires_at.filter(|end| *end <= now) {
            return Ok(over(format!("the refresh token ended at {end:.0}")));
        }
        let Some(attempt) = &connection.attempt else {
            return Ok(Look::Refresh { repeat: false });
        };
        Ok(match self.standing(attempt, loaded.version, watch) {
            Standing::NotSent => Look::Refresh {
                repeat: attempt.repeat,
            },
            Standing::Held => Look::Wait,
            Standing::CutOff if !self.rotates() => Look::Refresh { repeat: false },
            Standing::CutOff if attempt.repeat || self.cut_off == CutOff::AskOwner => {
                over(cut_off(attempt))
            }
            Standing::CutOff => match &rest {
                Some(current) => Look::Good(current.clone()),
                None => Look::Refresh { repeat: true },
            },
        })
    }

    /// Takes the token of a record as the present one.
    pub(super) fn adopt(&self, connection: &Connection, tokens: &TokenSet) -> Current {
        let now = self.now();
        let mut state = self.state();
        let current = Current::of(connection, tokens, state.current.as_ref(), now);
        state.current = Some(current.clone());
        current
    }

    fn standing(&self, attempt: &RefreshAttempt, version: Version, watch: &mut Watch) -> Standing {
        let sent = match &self.state().mine {
            Some(mine) if mine.attempt == attempt.id => Some(mine.sent),
            _ => None,
        };
        // There is one flight at a time, so an attempt of ours is not under way any more.
        match sent {
            Some(true) => return Standing::CutOff,
            Some(false) => return Standing::NotSent,
            None => {}
        }
        let age = self.now().duration_since(attempt.since);
        // The second rule is for clocks that were set back: an end that is years away.
        let ended = Duration::try_from(age).is_ok_and(|age| age >= attempt.lease)
            || watch.unchanged(version) >= attempt.lease;
        match attempt.lost || ended {
            true => Standing::CutOff,
            false => Standing::Held,
        }
    }

    /// Writes down that the owner has to consent again. `None` when the record changed meanwhile.
    pub(super) async fn give_up(
        &self,
        loaded: Versioned<Connection>,
        reason: String,
    ) -> Result<Option<Error>> {
        let now = self.now();
        let waiting = loaded.value.needing_consent(reason.clone(), now);
        let swap = self
            .store
            .compare_and_swap(Some(loaded.version), &waiting)
            .await?;
        Ok(match swap {
            Swap::Stored(_) => {
                meters::consent_needed(&waiting.integration);
                Some(self.needs_consent(now, &reason))
            }
            Swap::Stale => None,
        })
    }

    /// The error, after subscribers were told if they were not.
    fn needs_consent(&self, since: Timestamp, reason: &str) -> Error {
        let mut state = self.state();
        state.current = None;
        if state.told.replace(since) != Some(since) {
            tracing::warn!(
                target: "integrations::credential",
                connection = %self.id,
                reason,
                "the owner has to consent again"
            );
            self.events.tell(ConnectionEvent::NeedsConsent {
                id: self.id.clone(),
                since,
                reason: reason.to_owned(),
            });
        }
        Error::new(
            ErrorKind::Unauthenticated,
            format!(
                "the owner of {} has to consent again since {since:.0}: {reason}",
                self.id
            ),
        )
        .with_code("needs_consent")
        .with_effect(Effect::NotApplied)
        .with_advice("connect the account again; until then calls for it cannot succeed")
        .with_reconnect()
    }

    fn refused_again(&self) -> Error {
        Error::new(
            ErrorKind::Unauthenticated,
            format!(
                "the provider refuses the new access token of {} as it refused the one before",
                self.id
            ),
        )
        .with_code("new_token_refused")
        .with_effect(Effect::NotApplied)
        .with_advice(
            "its age is not why: check scopes, audience, the account's state and the address of \
             the API",
        )
    }
}

/// How an attempt in a record stands.
enum Standing {
    /// It is ours, and nothing was sent.
    NotSent,
    /// Somebody is at it.
    Held,
    /// It has ended without saying how.
    CutOff,
}

pub(super) fn cut_off(attempt: &RefreshAttempt) -> String {
    let repeat = match attempt.repeat {
        true => ", as the one before it",
        false => "",
    };
    format!(
        "a refresh begun at {:.0} by {} was cut off{repeat}, and the next refresh token may be lost \
         with its answer",
        attempt.since, attempt.by
    )
}
