//! Storing what a refresh gave: the one step that must not fail.

use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::attempt::has_refresh_token;
use super::{Current, Inner, Unstored};
use crate::auth::{TokenSet, secrets_equal};
use crate::credential::{Connection, ConnectionEvent, Swap, Versioned};
use crate::error::{Effect, Error, Result};

impl Inner {
    /// Stores new tokens, over whatever was changed in the record meanwhile but a newer grant. It
    /// tries for as long as a refresh may take; then they stay in memory, and the next flight begins
    /// with them. `None` when the record has a newer grant, or waits for its owner: look again.
    pub(super) async fn keep(
        &self,
        unstored: Unstored,
        mut base: Option<Versioned<Connection>>,
    ) -> Result<Option<Current>> {
        self.state().unstored = Some(unstored.clone());
        let until = Instant::now() + self.timeout;
        let mut wait = Duration::from_millis(10);
        loop {
            let error = match self.keep_once(&unstored, base.take()).await {
                Ok(Kept::Stored(current)) => {
                    self.state().unstored = None;
                    self.events.tell(ConnectionEvent::Refreshed {
                        id: self.id.clone(),
                        expires_at: current.token.expires_at(),
                    });
                    return Ok(Some(current));
                }
                Ok(Kept::Newer) => {
                    self.state().unstored = None;
                    tracing::warn!(
                        target: "integrations::credential",
                        connection = %self.id,
                        "the connection was made anew while its tokens were renewed: the new grant stays"
                    );
                    return Ok(None);
                }
                Ok(Kept::Deleted) => {
                    self.state().unstored = None;
                    return Err(self.deleted());
                }
                Ok(Kept::Changed) => None,
                Err(error) => Some(error),
            };
            if Instant::now() >= until {
                return Err(self.not_stored(error));
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(1));
        }
    }

    async fn keep_once(
        &self,
        unstored: &Unstored,
        base: Option<Versioned<Connection>>,
    ) -> Result<Kept> {
        let base = match base {
            Some(base) => base,
            None => match self.store.load(&self.id).await? {
                Some(loaded) => loaded,
                None => return Ok(Kept::Deleted),
            },
        };
        // Our own write, whose answer was lost.
        if base
            .value
            .tokens()
            .is_some_and(|there| same(there, &unstored.tokens))
        {
            return Ok(Kept::Stored(self.adopt(&base.value, &unstored.tokens)));
        }
        if !has_refresh_token(&base.value, &unstored.spent) {
            return Ok(Kept::Newer);
        }
        let tokens = unstored.tokens.clone();
        let record = base
            .value
            .renewed(tokens, unstored.after_rejection, self.now());
        let swap = self.store.compare_and_swap(Some(base.version), &record);
        Ok(match swap.await? {
            Swap::Stored(_) => Kept::Stored(self.adopt(&record, &unstored.tokens)),
            Swap::Stale => Kept::Changed,
        })
    }

    fn deleted(&self) -> Error {
        Error::not_found(format!("the connection {}", self.id))
            .with_effect(Effect::Applied)
            .with_code("removed_meanwhile")
            .with_advice(
                "it was removed while its tokens were renewed, and the new ones are not kept: where \
                 its grant must end, end it at the provider",
            )
    }

    fn not_stored(&self, error: Option<Error>) -> Error {
        let error = error.unwrap_or_else(|| Error::internal("the record changed at each look"));
        Error::new(
            error.kind(),
            format!(
                "the tokens of {} were renewed and cannot be stored: {}",
                self.id,
                error.message()
            ),
        )
        .with_code("tokens_not_stored")
        .with_effect(Effect::Applied)
        .with_advice(
            "repair the store and keep this process running: it holds the only refresh token, and \
             stores it at the next call",
        )
        .with_source(error)
    }
}

enum Kept {
    Stored(Current),
    /// The record has another refresh token than the one that was spent.
    Newer,
    Deleted,
    /// Something of it changed; the refresh token perhaps not.
    Changed,
}

fn same(one: &TokenSet, other: &TokenSet) -> bool {
    secrets_equal(
        one.access_token.expose_secret(),
        other.access_token.expose_secret(),
    )
}
